package tool

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"huiying/internal/app"
	"huiying/internal/app/papers"
)

// RetentionPlan prints what a run of the retention would take, by year and
// platform. It changes nothing and may be asked beside a running service.
func RetentionPlan(ctx context.Context, s Streams, w app.Where) error {
	return withRetention(ctx, w, false, func(data *app.Archive, r *papers.Retention) error {
		due, err := r.Due(ctx)
		if err != nil {
			return err
		}
		out := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(out, s.Words.Text(s.Lang, "cli.retention_head", due.Before.In(data.Zone).Format(time.DateOnly)))
		posts, kept := 0, 0
		for _, y := range due.Years {
			fmt.Fprintf(out, "%d\t%s\t%d\t%d\n", y.Year, y.Platform, y.Posts, y.Kept)
			posts, kept = posts+y.Posts, kept+y.Kept
		}
		fmt.Fprintln(out, s.Words.Text(s.Lang, "cli.retention_sum", posts, kept))
		return out.Flush()
	})
}

// RetentionRun takes the words of posts out whose time is over, from the data of
// a stopped service. What lies outside the database goes when it starts.
func RetentionRun(ctx context.Context, s Streams, w app.Where, by string) error {
	return withRetention(ctx, w, true, func(_ *app.Archive, r *papers.Retention) error {
		n, err := r.Retire(ctx, by)
		if n > 0 || err == nil {
			s.say("cli.retention_done", n)
		}
		return err
	})
}

func withRetention(ctx context.Context, w app.Where, writing bool, do func(*app.Archive, *papers.Retention) error) (err error) {
	data, r, err := app.OpenRetention(ctx, w, writing)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	return do(data, r)
}
