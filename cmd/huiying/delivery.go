package main

import (
	"context"

	"huiying/internal/app/tool"
)

type deliveryCmd struct {
	List   deliveryListCmd   `cmd:"" help:"${help_delivery_list}"`
	Show   deliveryShowCmd   `cmd:"" help:"${help_delivery_show}"`
	Resend deliveryResendCmd `cmd:"" help:"${help_delivery_resend}"`
}

type deliveryListCmd struct {
	stored
	State   string `help:"${help_delivery_state}" enum:"queued,sending,accepted,delivered,read,retrying,dead," default:""`
	Channel string `help:"${help_delivery_channel}"`
	Case    string `help:"${help_case_no}"`
	Limit   int    `help:"${help_limit}" default:"100"`
}

func (c *deliveryListCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.DeliveryList(ctx, s, tool.DeliveryOptions{
		Where: c.where(), JSON: c.JSON, State: c.State, Channel: c.Channel, CaseNo: c.Case, Limit: c.Limit,
	})
}

type deliveryShowCmd struct {
	stored
	ID string `arg:"" help:"${help_delivery_id}"`
}

func (c *deliveryShowCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.DeliveryShow(ctx, s, tool.DeliveryOptions{Where: c.where(), JSON: c.JSON, ID: c.ID})
}

// remote are the flags of commands that ask a running service.
type remote struct {
	Config string `help:"${help_config_file}" type:"existingfile"`
	URL    string `help:"${help_url}" name:"url"`
}

// as is the running service, asked by a user.
func (r remote) as(user string) tool.Remote {
	return tool.Remote{ConfigFile: r.Config, URL: r.URL, User: user}
}

type deliveryResendCmd struct {
	ID      string `arg:"" optional:"" help:"${help_delivery_id}"`
	Channel string `help:"${help_resend_channel}"`
	User    string `help:"${help_resend_user}"`
	remote
}

func (c *deliveryResendCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.DeliveryResend(ctx, s, tool.ResendOptions{
		Remote: c.remote.as(c.User), ID: c.ID, Channel: c.Channel,
	})
}

type channelCmd struct {
	List channelListCmd `cmd:"" help:"${help_channel_list}"`
	Test channelTestCmd `cmd:"" help:"${help_channel_test}"`
}

type channelListCmd struct {
	remote
	User string `help:"${help_remote_user}"`
	JSON bool   `help:"${help_json}" name:"json"`
}

func (c *channelListCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.ChannelList(ctx, s, tool.ChannelOptions{Remote: c.remote.as(c.User), JSON: c.JSON})
}

type channelTestCmd struct {
	ID      string `arg:"" help:"${help_delivery_channel}"`
	Address string `help:"${help_channel_address}"`
	remote
	User string `help:"${help_remote_user}"`
	JSON bool   `help:"${help_json}" name:"json"`
}

func (c *channelTestCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.ChannelTest(ctx, s, tool.ChannelOptions{
		Remote: c.remote.as(c.User), ID: c.ID, Address: c.Address, JSON: c.JSON,
	})
}
