package tool

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"huiying"
	"huiying/internal/app"
	"huiying/internal/store/cases"
	"huiying/internal/store/record"
)

// ListOptions says which stored data to list and how.
type ListOptions struct {
	Where app.Where
	JSON  bool
	State string
	Limit int
}

// CaseList prints cases, the newest first: a table, or one JSON object a line.
func CaseList(ctx context.Context, s Streams, o ListOptions) (err error) {
	data, err := app.OpenArchive(ctx, o.Where)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	filter := cases.Filter{Limit: o.Limit}
	if o.State != "" {
		filter.States = []huiying.CaseState{huiying.CaseState(o.State)}
	}
	list, err := cases.List(ctx, data.Store.Reader(), filter)
	if err != nil {
		return err
	}
	if o.JSON {
		for _, c := range list {
			if err := s.line(c.In(data.Zone)); err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(s.Out, 0, 4, 2, ' ', 0)
	for _, c := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", c.No, s.Words.Text(s.Lang, "level."+string(c.Level)),
			s.Words.Text(s.Lang, "case.state."+string(c.State)), stamp(c.OpenedAt, data.Zone), c.Unit, c.Title)
	}
	return w.Flush()
}

// ShowOptions says which case to show.
type ShowOptions struct {
	Where app.Where
	JSON  bool
	No    string
}

// shown is one case with its steps, as case show --json prints it.
type shown struct {
	Case  huiying.Case   `json:"case"`
	Steps []huiying.Step `json:"steps"`
}

// CaseShow prints one case with every step of its record.
func CaseShow(ctx context.Context, s Streams, o ShowOptions) (err error) {
	data, err := app.OpenArchive(ctx, o.Where)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	c, err := cases.Get(ctx, data.Store.Reader(), o.No)
	if err != nil {
		return err
	}
	steps, err := record.Steps(ctx, data.Store.Reader(), o.No)
	if err != nil {
		return err
	}
	for i := range steps {
		steps[i].At = steps[i].At.In(data.Zone)
	}
	if o.JSON {
		return s.line(shown{Case: c.In(data.Zone), Steps: steps})
	}
	fmt.Fprintf(s.Out, "%s  %s  %s  %s  %s\n", c.No, s.Words.Text(s.Lang, "level."+string(c.Level)),
		s.Words.Text(s.Lang, "case.state."+string(c.State)), c.Unit, c.Title)
	w := tabwriter.NewWriter(s.Out, 0, 4, 2, ' ', 0)
	for _, step := range steps {
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\n", step.N, stamp(step.At, data.Zone), step.Actor, step.Action,
			s.Words.Text(s.Lang, "case.state."+string(step.To)))
	}
	return w.Flush()
}

func stamp(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return "-"
	}
	return t.In(zone).Format("2006-01-02 15:04:05")
}
