package main

import (
	"context"

	"huiying/internal/app/tool"
)

type tokenCmd struct {
	List   tokenListCmd   `cmd:"" help:"${help_token_list}"`
	Add    tokenAddCmd    `cmd:"" help:"${help_token_add}"`
	Revoke tokenRevokeCmd `cmd:"" help:"${help_token_revoke}"`
}

type tokenListCmd struct{ stored }

func (c *tokenListCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.TokenList(ctx, s, tool.TokenOptions{Where: c.where(), JSON: c.JSON})
}

type tokenAddCmd struct {
	stored
	Name    string   `arg:"" help:"${help_token_name}"`
	User    string   `help:"${help_token_user}" xor:"whose" required:""`
	Service string   `help:"${help_token_service}" xor:"whose" required:""`
	Roles   []string `help:"${help_user_roles}"`
	Unit    string   `help:"${help_user_unit}"`
	Scope   []string `help:"${help_token_scope}" required:""`
	Days    int      `help:"${help_token_days}" default:"90"`
}

func (c *tokenAddCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.TokenAdd(ctx, s, tool.TokenOptions{
		Where: c.where(), Name: c.Name, User: c.User, Service: c.Service, Roles: c.Roles, Unit: c.Unit, Scopes: c.Scope, Days: c.Days,
	})
}

type tokenRevokeCmd struct {
	stored
	ID string `arg:"" help:"${help_token_id}"`
}

func (c *tokenRevokeCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.TokenRevoke(ctx, s, tool.TokenOptions{Where: c.where(), ID: c.ID})
}

type userFactorCmd struct {
	stored
	ID string `arg:"" help:"${help_user_id}"`
}

func (c *userFactorCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.UserResetFactor(ctx, s, tool.UserOptions{Where: c.where(), ID: c.ID})
}
