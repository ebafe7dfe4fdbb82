package tool

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"huiying"
	"huiying/internal/app"
	"huiying/internal/query"
	"huiying/internal/store/tokens"
	"huiying/internal/store/users"
	"huiying/internal/web/api"
)

// TokenOptions say where tokens are kept and which one is meant.
type TokenOptions struct {
	Where         app.Where
	JSON          bool
	Name          string
	User, Service string
	Roles         []string
	Unit          string
	Scopes        []string
	Days          int
	ID            string
}

// TokenAdd makes a token and prints it, once. It writes to the database, so the
// service must not be running; while it is, the pages do the same.
func TokenAdd(ctx context.Context, s Streams, o TokenOptions) error {
	return withTokens(ctx, o.Where, func(b *tokens.Book, u *users.Users) error {
		n := query.NewToken{
			Name: o.Name, Account: o.User, Service: o.Service, Unit: o.Unit, Scopes: o.Scopes, For: time.Duration(o.Days) * 24 * time.Hour, By: "cli",
		}
		for _, r := range o.Roles {
			n.Roles = append(n.Roles, huiying.Role(r))
		}
		if o.User != "" {
			if _, err := u.ByID(ctx, o.User); err != nil {
				return err
			}
		}
		token, made, err := b.Make(ctx, n)
		if err != nil {
			return err
		}
		s.say("cli.token_made", made.ID)
		fmt.Fprintln(s.Out, token)
		return nil
	})
}

// TokenRevoke ends a token at once.
func TokenRevoke(ctx context.Context, s Streams, o TokenOptions) error {
	return withTokens(ctx, o.Where, func(b *tokens.Book, _ *users.Users) error {
		if err := b.Revoke(ctx, "cli", "", o.ID); err != nil {
			return err
		}
		s.say("cli.token_revoked", o.ID)
		return nil
	})
}

func withTokens(ctx context.Context, w app.Where, do func(*tokens.Book, *users.Users) error) (err error) {
	data, _, err := app.OpenForWriting(ctx, w)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	u := users.New(data.Store, users.Options{})
	return do(tokens.New(data.Store, tokens.Options{Scopes: api.Scopes(), People: u.ByID}), u)
}

// TokenList prints every token; none can be read from it.
func TokenList(ctx context.Context, s Streams, o TokenOptions) (err error) {
	data, err := app.OpenArchive(ctx, o.Where)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	list, err := tokens.New(data.Store, tokens.Options{}).All(ctx)
	if err != nil {
		return err
	}
	if o.JSON {
		return s.line(map[string]any{"tokens": list})
	}
	w := tabwriter.NewWriter(s.Out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, s.Words.Text(s.Lang, "cli.token.head"))
	for _, t := range list {
		whose := t.Account
		if t.Service != "" {
			whose = huiying.ServiceActor(t.Service).ID
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", t.ID, whose, t.Name, strings.Join(t.Scopes, " "),
			s.Words.Text(s.Lang, "web.tokens.state."+t.State(time.Now())), stamp(t.ExpiresAt, data.Zone), stamp(t.UsedAt, data.Zone))
	}
	return w.Flush()
}
