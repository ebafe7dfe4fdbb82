package tool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"huiying"
	"huiying/internal/app"
	"huiying/internal/query"
	"huiying/internal/store/coverage"
)

// HealthOptions says which part of the coverage ledger to print and how.
type HealthOptions struct {
	Where  app.Where
	JSON   bool
	Hours  int
	Source string // "" = all
}

// SourceList prints one line for every source, of the last 24 hours.
func SourceList(ctx context.Context, s Streams, o ListOptions) error {
	c, zone, err := covered(ctx, HealthOptions{Where: o.Where, Hours: 24})
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(s.Out, 0, 4, 2, ' ', 0)
	for _, row := range c.Sources {
		if o.JSON {
			if err := s.line(healthOf(row, s, zone)); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%d\t%s\n", row.Source.ID, row.State, stamp(row.Last.At, zone),
			row.Total.Visits, row.Total.Visits-row.Total.Well, row.Total.Accepted, row.Last.Detail)
	}
	return w.Flush()
}

// SourceHealth prints the ledger of every source and under it its gaps, each
// with its reason. It fails when a source needs a person.
func SourceHealth(ctx context.Context, s Streams, o HealthOptions) error {
	if o.Hours < 1 || o.Hours > 24*366 {
		return &UsageError{huiying.Errorf(huiying.Invalid, "cli.health.hours", o.Hours)}
	}
	c, zone, err := covered(ctx, o)
	if err != nil {
		return err
	}
	if o.Source != "" && len(c.Sources) == 0 {
		return huiying.Errorf(huiying.NotFound, "crawler.no_source", o.Source)
	}
	if o.JSON {
		err = s.line(jsonOf(c, s, zone))
	} else {
		err = table(s.Out, c, s, zone)
	}
	for _, one := range c.Sources {
		if err == nil && one.NeedsPerson() {
			return ErrFailed
		}
	}
	return err
}

func covered(ctx context.Context, o HealthOptions) (c query.Coverage, zone *time.Location, err error) {
	data, err := app.OpenArchive(ctx, o.Where)
	if err != nil {
		return c, nil, err
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	now := time.Now()
	c, err = coverage.New(data.Store).Span(ctx, query.CoverageFilter{From: now.Add(-time.Duration(o.Hours) * time.Hour), To: now, Source: o.Source})
	return c, data.Zone, err
}

func table(out io.Writer, c query.Coverage, s Streams, zone *time.Location) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, s.Words.Text(s.Lang, "cli.health.head"))
	for _, one := range c.Sources {
		t := one.Total
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\n", one.Source.ID, s.Words.Text(s.Lang, "web.source."+string(one.State)),
			stamp(one.LastOK, zone), stamp(one.Due, zone), t.Asked, t.Got, t.Accepted, t.Empty, t.Capped, t.Stopped, t.Failed)
	}
	t := c.Total
	fmt.Fprintf(w, "%s\t\t\t\t%d\t%d\t%d\t%d\t%d\t%d\t%d\n", s.Words.Text(s.Lang, "cli.health.total"),
		t.Asked, t.Got, t.Accepted, t.Empty, t.Capped, t.Stopped, t.Failed)
	if err := w.Flush(); err != nil {
		return err
	}
	for _, one := range c.Sources {
		for i, g := range one.Gaps {
			if i == 0 {
				fmt.Fprintf(out, "\n%s\n", one.Source.ID)
			}
			h := gapOf(g, s, zone)
			until := h.To
			if g.Lasts() {
				until = s.Words.Text(s.Lang, "cli.health.lasts")
			}
			fmt.Fprintf(out, "  %s — %s  %s\n", h.From, until, strings.Join([]string{h.Why, h.Detail, h.Missing}, " · "))
		}
	}
	return nil
}

// health is one source as source health --json prints it.
type health struct {
	Source   string               `json:"source"`
	Name     string               `json:"name"`
	State    huiying.SourceState  `json:"state"`
	Verified string               `json:"verified"`
	LastAt   string               `json:"last_at"`
	LastOK   string               `json:"last_ok"`
	NextAt   string               `json:"next_at"`
	Total    sums                 `json:"total"`
	Answers  huiying.AnswerCounts `json:"answers"`
	Gaps     []gap                `json:"gaps"`
}

type sums struct {
	Visits  int `json:"visits"`
	Asked   int `json:"asked"`
	Got     int `json:"got"`
	Posts   int `json:"posts"`
	New     int `json:"new"`
	Empty   int `json:"empty"`
	Capped  int `json:"capped"`
	Blocked int `json:"blocked"`
	Failed  int `json:"failed"`
	Held    int `json:"held"`
	Refused int `json:"refused"`
	Unwell  int `json:"unwell_visits"`
}

type gap struct {
	Kind    string              `json:"kind"`
	State   huiying.SourceState `json:"state,omitempty"`
	From    string              `json:"from"`
	To      string              `json:"to"` // "" while it lasts
	Why     string              `json:"why"`
	Detail  string              `json:"detail"`
	Missing string              `json:"missing"`
}

func sumsOf(t query.Sums) sums {
	return sums{
		Visits: t.Visits, Asked: t.Asked, Got: t.Got, Posts: t.Posts, New: t.Accepted, Empty: t.Empty, Capped: t.Capped,
		Blocked: t.Stopped, Failed: t.Failed, Held: t.Held, Refused: t.Refused, Unwell: t.Visits - t.Well,
	}
}

func gapOf(g query.Gap, s Streams, zone *time.Location) gap {
	out := gap{
		Kind: g.Kind, State: g.State, From: g.From.In(zone).Format(time.RFC3339), Detail: g.Detail,
		Why: s.Words.Text(s.Lang, g.Why()), Missing: s.Words.Text(s.Lang, g.Missing()),
	}
	if !g.Lasts() {
		out.To = g.To.In(zone).Format(time.RFC3339)
	}
	return out
}

func healthOf(one query.SourceCoverage, s Streams, zone *time.Location) health {
	h := health{
		Source: one.Source.ID, Name: one.Source.Name, State: one.State, Verified: one.Source.Verified,
		LastAt: iso(one.Last.At, zone), LastOK: iso(one.LastOK, zone), NextAt: iso(one.Due, zone),
		Total: sumsOf(one.Total), Answers: one.Total.Answers, Gaps: []gap{},
	}
	for _, g := range one.Gaps {
		h.Gaps = append(h.Gaps, gapOf(g, s, zone))
	}
	return h
}

// healths is what source health --json prints.
type healths struct {
	From    string               `json:"from"`
	To      string               `json:"to"`
	Sources []health             `json:"sources"`
	Total   sums                 `json:"total"`
	Answers huiying.AnswerCounts `json:"answers"`
}

func jsonOf(c query.Coverage, s Streams, zone *time.Location) healths {
	out := healths{From: iso(c.From, zone), To: iso(c.To, zone), Total: sumsOf(c.Total), Answers: c.Total.Answers, Sources: []health{}}
	for _, one := range c.Sources {
		out.Sources = append(out.Sources, healthOf(one, s, zone))
	}
	return out
}

func iso(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format(time.RFC3339)
}
