package main

import (
	"context"

	"huiying/internal/app/tool"
)

type dutyCmd struct {
	Show   dutyShowCmd   `cmd:"" help:"${help_duty_show}"`
	Gaps   dutyGapsCmd   `cmd:"" help:"${help_duty_gaps}"`
	Import dutyImportCmd `cmd:"" help:"${help_duty_import}"`
}

type dutyShowCmd struct {
	stored
	Roster string `arg:"" optional:"" help:"${help_duty_roster}"`
	Days   int    `help:"${help_duty_days}" default:"14"`
}

func (c *dutyShowCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.DutyShow(ctx, s, tool.DutyOptions{Where: c.where(), JSON: c.JSON, Roster: c.Roster, Days: c.Days})
}

type dutyGapsCmd struct {
	stored
	Roster string `arg:"" optional:"" help:"${help_duty_roster}"`
	Days   int    `help:"${help_duty_days}" default:"14"`
}

func (c *dutyGapsCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.DutyGaps(ctx, s, tool.DutyOptions{Where: c.where(), JSON: c.JSON, Roster: c.Roster, Days: c.Days})
}

type dutyImportCmd struct {
	Roster string `arg:"" help:"${help_duty_roster}"`
	File   string `arg:"" type:"existingfile" help:"${help_duty_file}"`
	Config string `help:"${help_config_file}" required:"" type:"existingfile"`
	Try    bool   `help:"${help_duty_try}"`
	JSON   bool   `help:"${help_json}" name:"json"`
}

func (c *dutyImportCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.DutyImport(ctx, s, tool.DutyOptions{ConfigFile: c.Config, JSON: c.JSON, Roster: c.Roster, File: c.File, Try: c.Try})
}
