package tool

import (
	"context"
	"errors"
	"fmt"
	"time"

	"huiying"
	"huiying/internal/app"
	"huiying/internal/query"
	"huiying/internal/store/factor"
	"huiying/internal/store/users"
)

// UserOptions names a person.
type UserOptions struct {
	Where app.Where
	ID    string
	Name  string
	Unit  string
	Roles []string
}

// linkFor is how long a link that sets a password works.
const linkFor = 7 * 24 * time.Hour

// UserAdd adds a person and prints the link that sets the password. It writes
// to the database, so the service must not be running; while it is, the
// administrator's page does the same.
func UserAdd(ctx context.Context, s Streams, o UserOptions) error {
	return withUsers(ctx, s, o, func(accounts *users.Users) error {
		p := huiying.Person{ID: o.ID, Name: o.Name, Unit: o.Unit}
		if p.Name == "" {
			p.Name = p.ID
		}
		for _, r := range o.Roles {
			p.Roles = append(p.Roles, huiying.Role(r))
		}
		return accounts.Create(ctx, "cli", p)
	})
}

// UserLink prints a new link that sets a person's password.
func UserLink(ctx context.Context, s Streams, o UserOptions) error {
	return withUsers(ctx, s, o, func(*users.Users) error { return nil })
}

func withUsers(ctx context.Context, s Streams, o UserOptions, do func(*users.Users) error) (err error) {
	data, base, err := app.OpenForWriting(ctx, o.Where)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	accounts := users.New(data.Store, users.Options{})
	if err := do(accounts); err != nil {
		return err
	}
	path, err := accounts.Link(ctx, query.LinkPassword, o.ID, linkFor)
	if err != nil {
		return err
	}
	fmt.Fprintln(s.Out, base+path)
	return nil
}

// UserResetFactor takes a person's second factor away: the way in for an
// administrator who lost phone and recovery codes.
func UserResetFactor(ctx context.Context, s Streams, o UserOptions) (err error) {
	data, _, err := app.OpenForWriting(ctx, o.Where)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	// Nothing is sealed or opened here: the key is not needed.
	if err := factor.New(data.Store, nil, "").Reset(ctx, "cli", o.ID); err != nil {
		return err
	}
	s.say("cli.factor_reset", o.ID)
	return nil
}
