package tool

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"huiying"
	"huiying/internal/app"
	"huiying/internal/query"
	"huiying/internal/store/refusals"
)

// RefusalOptions say where refusals are kept and which one is meant.
type RefusalOptions struct {
	Where                 app.Where
	JSON                  bool
	Platform, Post        string
	Reason, Reference, ID string
}

// RefusalAdd records a refusal in the data of a stopped service, which purges
// at its next start; while it runs, the administrator's page and the API do the
// same. The person's id and name are read from standard input: arguments stay
// in histories and lists of processes.
func RefusalAdd(ctx context.Context, s Streams, o RefusalOptions) error {
	who := query.Refuser{Platform: o.Platform, Post: o.Post}
	if o.Post == "" {
		lines := bufio.NewScanner(io.LimitReader(s.In, 4<<10))
		for _, into := range []*string{&who.AuthorID, &who.AuthorName} {
			if lines.Scan() {
				*into = lines.Text()
			}
		}
		if err := lines.Err(); err != nil {
			return fmt.Errorf("read who refuses: %w", err)
		}
	}
	return withRefusals(ctx, o.Where, func(d *app.RefusalDesk) error {
		id, err := d.Refuse(ctx, who, query.NewRefusal{Reason: o.Reason, Reference: o.Reference, Actor: huiying.Actor{ID: "cli"}})
		if err != nil {
			return err
		}
		s.say("cli.refusal_added", id)
		return nil
	})
}

// RefusalLift takes one back.
func RefusalLift(ctx context.Context, s Streams, o RefusalOptions) error {
	return withRefusals(ctx, o.Where, func(d *app.RefusalDesk) error {
		if err := d.Lift(ctx, o.ID, huiying.Actor{ID: "cli"}); err != nil {
			return err
		}
		s.say("cli.refusal_lifted", o.ID)
		return nil
	})
}

func withRefusals(ctx context.Context, w app.Where, do func(*app.RefusalDesk) error) (err error) {
	d, err := app.OpenRefusals(ctx, w)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	return do(d)
}

// RefusalList prints the refusals and what was purged; nothing names a person.
func RefusalList(ctx context.Context, s Streams, o RefusalOptions) (err error) {
	data, err := app.OpenArchive(ctx, o.Where)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	list, err := refusals.New(data.Store).All(ctx)
	if err != nil {
		return err
	}
	if o.JSON {
		return s.line(map[string]any{"refusals": list})
	}
	w := tabwriter.NewWriter(s.Out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, s.Words.Text(s.Lang, "cli.refusal.head"))
	for _, r := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%d\t%d\t%d\t%d\t%s\n", r.ID, r.Platform, s.Words.Text(s.Lang, "refusal.reason."+r.Reason), r.Reference,
			stamp(r.At, data.Zone), r.Posts, r.Revisions, r.Pages, r.Messages, refusalState(s, r, data.Zone))
	}
	return w.Flush()
}

func refusalState(s Streams, r query.Refusal, zone *time.Location) string {
	switch {
	case !r.LiftedAt.IsZero():
		return s.Words.Text(s.Lang, "web.refusals.lifted") + " " + stamp(r.LiftedAt, zone)
	case !r.PurgedAt.IsZero():
		return s.Words.Text(s.Lang, "web.refusals.clean") + " " + stamp(r.PurgedAt, zone)
	}
	return s.Words.Text(s.Lang, "web.refusals.running")
}
