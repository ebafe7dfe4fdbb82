package tool

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"huiying"
	"huiying/internal/app"
	"huiying/internal/query"
	"huiying/internal/store/routes"
)

// RoutePreview prints who would have been told of the last days' alerts by
// routes, beside those in force.
func RoutePreview(ctx context.Context, s Streams, o app.RouteTrialOptions, asJSON bool) error {
	p, err := app.RouteTrial(ctx, o)
	if err != nil {
		return err
	}
	zone, err := zoneOf(o.Where)
	if err != nil {
		return err
	}
	if asJSON {
		p.From, p.To = p.From.In(zone), p.To.In(zone)
		for i := range p.Changes {
			p.Changes[i].At = p.Changes[i].At.In(zone)
		}
		return s.line(p)
	}
	s.say("cli.route_preview", p.Alerts, stamp(p.From, zone), stamp(p.To, zone), p.Changed)
	w := tabwriter.NewWriter(s.Out, 0, 4, 2, ' ', 0)
	for _, r := range p.People {
		fmt.Fprintf(w, "%s@%s\t%d\t%d\t%+d\n", r.Person, r.Channel, r.Present, r.Tried, r.Tried-r.Present)
	}
	reasons := maps.Clone(p.Tried)
	maps.Copy(reasons, p.Present)
	for _, why := range slices.Sorted(maps.Keys(reasons)) {
		fmt.Fprintf(w, "%s\t%d\t%d\t%+d\n", s.Words.Text(s.Lang, "route.why."+why), p.Present[why], p.Tried[why], p.Tried[why]-p.Present[why])
	}
	for _, c := range p.Changes {
		fmt.Fprintf(w, "%s %s\t%s\t%s\t%s\n", stamp(c.At, zone), s.Words.Text(s.Lang, "level."+string(c.Level)), c.Rule,
			strings.Join(c.Path, " "), signs("+", c.More)+signs("-", c.Less))
	}
	return w.Flush()
}

// zoneOf is the office zone of a configuration.
func zoneOf(w app.Where) (*time.Location, error) {
	c, err := w.Config()
	if err != nil {
		return nil, err
	}
	return c.Zone()
}

func signs(sign string, list []string) string {
	out := ""
	for _, one := range list {
		out += " " + sign + one
	}
	return out
}

// RouteExplain prints which routes an alert would take, and why not others.
// It asks of a stored post or of an alert as it is described, at a moment that is
// now where none is said.
func RouteExplain(ctx context.Context, s Streams, q app.RouteQuestion, asJSON bool) error {
	if (q.Post == "") == (q.Facts.Level == "") {
		return &UsageError{Err: huiying.Errorf(huiying.Invalid, "route.what")}
	}
	if len(q.Facts.Rules) > 0 {
		q.Facts.Rule = q.Facts.Rules[0]
	}
	if q.At.IsZero() {
		q.At = time.Now()
	}
	a, err := app.ExplainRoute(ctx, q)
	if err != nil {
		return err
	}
	if asJSON {
		return s.line(a)
	}
	w := tabwriter.NewWriter(s.Out, 0, 4, 2, ' ', 0)
	for _, step := range a.Steps {
		said := s.Words.Text(s.Lang, "route.step.passes")
		switch {
		case step.Fails != "":
			said = s.Words.Text(s.Lang, "route.step.fails", step.Fails)
		case step.Decides:
			said = s.Words.Text(s.Lang, "route.step.decides", strings.Join(step.To, " "))
		}
		fmt.Fprintf(w, "%s\t%s\n", step.Path, said)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	zone, err := zoneOf(q.Where)
	if err != nil {
		return err
	}
	return s.tellings(a.Tellings, zone)
}

// WhyOptions say which alert is asked about.
type WhyOptions struct {
	Where app.Where
	ID    string
	JSON  bool
}

// AlertWhy prints why people were told of an alert, or were not.
func AlertWhy(ctx context.Context, s Streams, o WhyOptions) (err error) {
	data, err := app.OpenArchive(ctx, o.Where)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	r, err := routes.Of(ctx, data.Store.Reader(), o.ID)
	if err != nil {
		return err
	}
	if o.JSON {
		return s.line(inZone(r, data.Zone))
	}
	f := r.Facts
	s.say("cli.alert_why", stamp(f.At, data.Zone), s.Words.Text(s.Lang, "level."+string(f.Level)), f.Rule, f.Kind, f.Case, f.Topic)
	return s.tellings(r.Tellings, data.Zone)
}

func inZone(r query.Routing, zone *time.Location) query.Routing {
	r.Facts.At = r.Facts.At.In(zone)
	for i, t := range r.Tellings {
		if !t.At.IsZero() {
			r.Tellings[i].At = t.At.In(zone)
		}
	}
	return r
}

// tellings prints what was decided, a line for each recipient.
func (s Streams) tellings(list []huiying.Telling, zone *time.Location) error {
	w := tabwriter.NewWriter(s.Out, 0, 4, 2, ' ', 0)
	for _, t := range list {
		fmt.Fprintf(w, "%s@%s\t%s\t%s\t%s\t%s\n", t.Person, t.Channel, s.Words.Text(s.Lang, "route.why."+t.Why), t.Path, t.By, stamp(t.At, zone))
	}
	return w.Flush()
}
