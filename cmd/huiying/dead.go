package main

import (
	"context"

	"huiying/internal/app/tool"
)

type deadCmd struct {
	List    deadListCmd    `cmd:"" help:"${help_dead_list}"`
	Replay  deadReplayCmd  `cmd:"" help:"${help_dead_replay}"`
	Discard deadDiscardCmd `cmd:"" help:"${help_dead_discard}"`
}

type deadListCmd struct {
	remote
	User string `help:"${help_remote_user}"`
	JSON bool   `help:"${help_json}" name:"json"`
}

func (c *deadListCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.Dead(ctx, s, tool.DeadOptions{Remote: c.remote.as(c.User), JSON: c.JSON})
}

type deadReplayCmd struct {
	Room string `arg:"" help:"${help_dead_room}"`
	Seq  uint64 `arg:"" optional:"" help:"${help_dead_seq}"`
	User string `help:"${help_remote_user}"`
	remote
}

func (c *deadReplayCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.Dead(ctx, s, tool.DeadOptions{Remote: c.remote.as(c.User), Action: tool.DeadReplay, Room: c.Room, Seq: c.Seq})
}

type deadDiscardCmd struct {
	Room   string `arg:"" help:"${help_dead_room}"`
	Seq    uint64 `arg:"" optional:"" help:"${help_dead_seq}"`
	Reason string `help:"${help_dead_reason}" required:""`
	User   string `help:"${help_remote_user}"`
	remote
}

func (c *deadDiscardCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.Dead(ctx, s, tool.DeadOptions{Remote: c.remote.as(c.User), Action: tool.DeadDiscard, Room: c.Room, Seq: c.Seq, Reason: c.Reason})
}
