package main

import (
	"context"

	"huiying/internal/app/tool"
)

type refusalCmd struct {
	List refusalListCmd `cmd:"" help:"${help_refusal_list}"`
	Add  refusalAddCmd  `cmd:"" help:"${help_refusal_add}"`
	Lift refusalLiftCmd `cmd:"" help:"${help_refusal_lift}"`
}

type refusalListCmd struct{ stored }

func (c *refusalListCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.RefusalList(ctx, s, tool.RefusalOptions{Where: c.where(), JSON: c.JSON})
}

type refusalAddCmd struct {
	stored
	Platform  string `help:"${help_refusal_platform}" default:"weibo"`
	Post      string `help:"${help_refusal_post}"`
	Reason    string `help:"${help_refusal_reason}" enum:"person,guardian,authority" default:"person"`
	Reference string `help:"${help_refusal_reference}"`
}

func (c *refusalAddCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.RefusalAdd(ctx, s, tool.RefusalOptions{
		Where: c.where(), Platform: c.Platform, Post: c.Post, Reason: c.Reason, Reference: c.Reference,
	})
}

type refusalLiftCmd struct {
	stored
	ID string `arg:"" help:"${help_refusal_id}"`
}

func (c *refusalLiftCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.RefusalLift(ctx, s, tool.RefusalOptions{Where: c.where(), ID: c.ID})
}
