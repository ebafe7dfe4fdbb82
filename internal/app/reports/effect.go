package reports

import (
	"context"
	"time"

	"huiying/internal/query"
	"huiying/internal/report/effect"
	"huiying/internal/report/periodic"
	"huiying/internal/store"
	"huiying/internal/store/reports"
	"huiying/internal/store/studies"
)

// effectSpan is how long before and after the moment a special report compares.
const effectSpan = 72 * time.Hour

// opinion remembers a post of the event for the comparison.
func (s *course) opinion(p reports.Post) {
	s.posts = append(s.posts, query.EffectPost{ID: p.ID, At: p.Seen, Tone: p.Tone, Intent: p.Intent, Official: p.Verified == "government"})
}

// effect compares opinion before and after the first answer or interpretation
// of the period, whichever was earlier.
func (c *count) effect(ctx context.Context, q store.Querier) error {
	if c.seen == nil {
		return nil
	}
	list, err := studies.Interpretations(ctx, q, c.ask.Event)
	if err != nil {
		return err
	}
	var e periodic.Effect
	note := func(at time.Time, title string) {
		if !at.Before(c.ask.From) && at.Before(c.end) && (e.At.IsZero() || at.Before(e.At)) {
			e.At, e.Title = at, title
		}
	}
	if answer, ok := c.seen.first["answer"]; ok {
		note(answer.at.Truncate(time.Minute), "")
	}
	for _, i := range list {
		if i.RemovedBy != "" || !i.At.Before(c.end) {
			continue
		}
		e.Papers = append(e.Papers, periodic.Paper{Kind: i.Kind, Title: i.Title, URL: i.URL, At: i.At})
		note(i.At.Truncate(time.Minute), i.Title)
	}
	if e.At.IsZero() {
		return nil
	}
	c.facts.Effect = &e
	begin := e.At
	if first, ok := c.seen.first["first"]; ok && first.at.Before(begin) {
		begin = first.at
	}
	got := effect.Of(c.seen.posts, query.EffectAsk{At: e.At, Begin: begin, End: c.end, Span: effectSpan})
	e.Window, e.Dispersion = got.Window, got.Dispersion
	if got.Shares == nil {
		e.Window = 0
		return nil
	}
	c.compared(got)
	return nil
}

// compared makes figures of a comparison, each of its own window.
func (c *count) compared(e query.Effect) {
	sides := []struct {
		name     string
		from, to time.Time
		posts    []string
	}{{"before", e.At.Add(-e.Window), e.At, e.Before}, {"after", e.At, e.At.Add(e.Window), e.After}}
	for i, side := range sides {
		id := "effect." + side.name
		c.now.at(id)
		for _, p := range side.posts {
			c.now.add(id, p)
		}
		of := []string{id}
		for _, s := range e.Shares {
			count := []query.EffectCount{s.Before, s.After}[i]
			id := "effect." + s.ID + "." + side.name
			c.now.at(id).Rate = true
			for _, p := range count.In {
				c.now.part(id, p, true)
			}
			for _, p := range count.Rest {
				c.now.part(id, p, false)
			}
			of = append(of, id)
		}
		for _, id := range of {
			f := c.now.at(id)
			f.From, f.To = side.from, side.to
		}
	}
}
