package main

import (
	"context"

	"huiying/internal/app/tool"
)

type retentionCmd struct {
	Plan retentionPlanCmd `cmd:"" default:"withargs" help:"${help_retention_plan}"`
	Run  retentionRunCmd  `cmd:"" help:"${help_retention_run}"`
}

type retentionPlanCmd struct {
	office
	DryRun bool `name:"dry-run" help:"${help_retention_dry}" required:""`
}

func (c *retentionPlanCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.RetentionPlan(ctx, s, c.where())
}

type retentionRunCmd struct {
	office
	By string `help:"${help_retention_by}" default:"cli"`
}

func (c *retentionRunCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.RetentionRun(ctx, s, c.where(), c.By)
}
