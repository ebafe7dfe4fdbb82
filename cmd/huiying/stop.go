package main

import (
	"context"

	"huiying/internal/app/tool"
)

type sourceStopCmd struct {
	Config string `help:"${help_config_file}" required:"" type:"existingfile"`
	Reason string `help:"${help_stop_reason}" required:""`
}

func (c *sourceStopCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.TurnSwitch(ctx, s, tool.SwitchOptions{ConfigFile: c.Config, Stop: true, Reason: c.Reason})
}

type sourceStartCmd struct {
	Config string `help:"${help_config_file}" required:"" type:"existingfile"`
}

func (c *sourceStartCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.TurnSwitch(ctx, s, tool.SwitchOptions{ConfigFile: c.Config})
}

type sourceRegisterCmd struct {
	Config string `help:"${help_config_file}" required:"" type:"existingfile"`
	JSON   bool   `help:"${help_json}" name:"json"`
}

func (c *sourceRegisterCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.Register(ctx, s, tool.RegisterOptions{ConfigFile: c.Config, JSON: c.JSON, Version: version})
}
