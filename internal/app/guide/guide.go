// Package guide tells the help page what the service knows of itself: how far
// each stage is behind, which figures there are, what /metrics holds, and what
// things are called. It measures nothing of its own and refuses to guess: what
// this process does not know is said to be unknown.
package guide

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"huiying/docs"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/outbox"
	"huiying/notifier/casework/measure"
)

// Options is what a Desk works with; all are required.
type Options struct {
	Store    *store.Store
	Sources  func(ctx context.Context) ([]query.SourceRow, error)
	Gatherer prometheus.Gatherer
	Now      func() time.Time // how old what was gathered is
	// Consumers of the bus, as its metrics name them.
	Analyzer, Archive, Alerts string
}

// Desk knows the service.
type Desk struct {
	o        Options
	families store.Lately[struct{}, []*dto.MetricFamily]
}

// New makes a Desk.
func New(o Options) *Desk { return &Desk{o: o} }

// Terms are the words of the glossary.
func (d *Desk) Terms() []query.Term { return docs.Terms() }

// Figures names every response figure, in the order they are shown.
func (d *Desk) Figures() []string {
	return append(measure.IDs(), query.FigureAlerts, query.FigureNoise, query.FigureBacklog)
}

// Run gathers once more whenever somebody was told old figures, so that no
// page waits for every collector.
func (d *Desk) Run(ctx context.Context) error { return d.families.Run(ctx) } //nolint:wrapcheck // says nothing

// Metrics are the series of /metrics that have a value now.
func (d *Desk) Metrics(ctx context.Context) ([]query.Metric, error) {
	families, err := d.gather(ctx)
	if err != nil {
		return nil, err
	}
	var out []query.Metric
	for _, f := range families {
		if strings.HasPrefix(f.GetName(), "huiying_") {
			out = append(out, query.Metric{Name: f.GetName(), Kind: strings.ToLower(f.GetType().String()), Help: f.GetHelp()})
		}
	}
	return out, nil
}

// gatheredFor is how long figures of /metrics are not old.
const gatheredFor = 5 * time.Second

// gather reads /metrics once for everything that a page shows of it. What one
// part cannot measure now is left out, and the rest is there.
func (d *Desk) gather(ctx context.Context) ([]*dto.MetricFamily, error) {
	span := store.Span{For: gatheredFor, Now: d.o.Now}
	return d.families.Get(ctx, struct{}{}, span, func(context.Context) ([]*dto.MetricFamily, error) {
		list, err := d.o.Gatherer.Gather()
		if len(list) == 0 && err != nil {
			return nil, fmt.Errorf("gather the metrics: %w", err)
		}
		return list, nil
	})
}

// Flow is how far each stage is behind now.
func (d *Desk) Flow(ctx context.Context) ([]query.Stage, error) {
	gather, err := d.gathering(ctx)
	if err != nil {
		return nil, err
	}
	pending, err := d.pending(ctx)
	if err != nil {
		return nil, err
	}
	out := []query.Stage{gather, {Key: query.StageAnalyse, Waiting: pending(d.o.Analyzer)}}
	for _, l := range d.looks() {
		s, err := d.look(ctx, l)
		if err != nil {
			return nil, err
		}
		switch l.key {
		case query.StageArchive:
			s.Waiting = pending(d.o.Archive)
		case query.StageAlert:
			s.Waiting += max(pending(d.o.Alerts), 0)
		}
		out = append(out, s)
	}
	return out, nil
}

// look is a stage whose rows are in the store: when something last came
// through, how many wait, since when.
type look struct {
	key, sql string
	asks     []any
}

func (d *Desk) looks() []look {
	now := []any{store.Micros(d.o.Store.Now())}
	return []look{
		{query.StageArchive, `SELECT coalesce(max(collected_at), 0), 0, 0 FROM posts`, nil},
		{query.StageAlert, `
			SELECT (SELECT coalesce(max(raised_at), 0) FROM alerts), count(*), coalesce(min(max(created_at, not_before, requeued_at)), 0)
			FROM deliveries WHERE ` + outbox.Unsent + ` AND next_at <= $1`, now}, // what a group or the night holds is not behind
		{query.StageCase, `
			SELECT (SELECT coalesce(max(opened_at), 0) FROM cases), count(*), coalesce(min(opened_at), 0) FROM cases WHERE state = 'pending_triage'`, nil},
		{query.StageRecord, `SELECT (SELECT coalesce(max(at), 0) FROM record_head), (SELECT count(*) FROM bus_outbox), 0`, nil},
	}
}

func (d *Desk) look(ctx context.Context, l look) (query.Stage, error) {
	var last, since int64
	s := query.Stage{Key: l.key}
	if err := d.o.Store.Reader().QueryRowContext(ctx, l.sql, l.asks...).Scan(&last, &s.Waiting, &since); err != nil {
		return s, fmt.Errorf("how far %s is: %w", l.key, err)
	}
	s.Last, s.Since = store.Time(last), store.Time(since)
	return s, nil
}

// late is how long past its time a source may be before it counts as behind.
const late = time.Minute

// gathering is the last visit that ended well, and how many sources are behind
// with theirs.
func (d *Desk) gathering(ctx context.Context) (query.Stage, error) {
	s := query.Stage{Key: query.StageGather}
	rows, err := d.o.Sources(ctx)
	if err != nil {
		return s, err
	}
	now := d.o.Store.Now()
	for _, r := range rows {
		if r.LastOK.After(s.Last) {
			s.Last = r.LastOK
		}
		if !r.Due.IsZero() && now.Sub(r.Due) > late {
			if s.Waiting++; s.Since.IsZero() || r.Due.Before(s.Since) {
				s.Since = r.Due
			}
		}
	}
	return s, nil
}

// pending reads what the consumers of the bus have still to acknowledge, as
// /metrics says it.
func (d *Desk) pending(ctx context.Context) (func(consumer string) int, error) {
	families, err := d.gather(ctx)
	if err != nil {
		return nil, err
	}
	of := map[string]int{}
	for _, f := range families {
		if f.GetName() != "huiying_bus_pending" {
			continue
		}
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				of[l.GetValue()] = int(m.GetGauge().GetValue())
			}
		}
	}
	return func(consumer string) int {
		if n, ok := of[consumer]; ok {
			return n
		}
		return query.Unknown
	}, nil
}
