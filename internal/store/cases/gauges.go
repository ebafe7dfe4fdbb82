package cases

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"huiying"
	"huiying/internal/store"
)

// Gauges gives the live figures of cases to Prometheus. They are read when
// somebody asks; what cannot be read is left out.
type Gauges struct {
	store *store.Store
	now   func() time.Time

	cases, overdue, unacked, rung *prometheus.Desc

	kept   store.Kept[struct{}, []prometheus.Metric]
	missed map[string]missed // of open cases, as they were read last, by number
}

// missed is whether a case was overdue in one version of it.
type missed struct {
	version int
	overdue bool
}

var _ prometheus.Collector = (*Gauges)(nil)

// NewGauges makes the collector of a store.
func NewGauges(s *store.Store, now func() time.Time) *Gauges {
	return &Gauges{
		store: s, now: now,
		cases:   prometheus.NewDesc("huiying_cases", "Cases by state and level.", []string{"state", "level"}, nil),
		overdue: prometheus.NewDesc("huiying_cases_overdue", "Open cases with a time limit that ended and was not met.", nil, nil),
		unacked: prometheus.NewDesc("huiying_cases_oldest_unacknowledged_seconds", "Age of the oldest assignment that nobody acknowledged.", nil, nil),
		rung:    prometheus.NewDesc("huiying_cases_oldest_due_rung_seconds", "How long the oldest rung of a ladder has been due.", nil, nil),
	}
}

// Describe names the series.
func (g *Gauges) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{g.cases, g.overdue, g.unacked, g.rung} {
		out <- d
	}
}

// gaugesWithin bounds the questions of one scrape.
const gaugesWithin = 2 * time.Second

// Collect reads the figures, which are of every open case.
func (g *Gauges) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), gaugesWithin)
	defer cancel()
	list, err := g.kept.Get(struct{}{}, func() ([]prometheus.Metric, error) { return g.figures(ctx) })
	if err != nil {
		return // what cannot be read is left out
	}
	for _, m := range list {
		out <- m
	}
}

// figures is called by one at a time: Kept sees to it.
func (g *Gauges) figures(ctx context.Context) ([]prometheus.Metric, error) {
	type count struct {
		state, level string
		n            int
	}
	list, err := store.Collect[count](g.store.Reader().QueryContext(ctx, `SELECT state, level, count(*) FROM cases GROUP BY state, level`))(
		func(r *sql.Rows) (c count, err error) { return c, r.Scan(&c.state, &c.level, &c.n) })
	if err != nil {
		return nil, err
	}
	var out []prometheus.Metric
	for _, c := range list {
		out = append(out, prometheus.MustNewConstMetric(g.cases, prometheus.GaugeValue, float64(c.n), c.state, c.level))
	}
	overdue, err := g.countOverdue(ctx)
	if err != nil {
		return nil, err
	}
	out = append(out, prometheus.MustNewConstMetric(g.overdue, prometheus.GaugeValue, float64(overdue)))
	now := store.Micros(g.now())
	for _, age := range []struct {
		of    *prometheus.Desc
		query string
	}{
		{g.unacked, `SELECT coalesce(max($1 - assigned_at), 0) / 1000000 FROM cases WHERE state = '` + string(huiying.StateAwaitingAck) + `' AND assigned_at > 0`},
		{g.rung, `SELECT coalesce(max($1 - ladder_at), 0) / 1000000 FROM cases WHERE ladder_at > 0 AND ladder_at <= $1`},
	} {
		var seconds float64
		if err := g.store.Reader().QueryRowContext(ctx, age.query, now).Scan(&seconds); err != nil {
			return nil, err
		}
		out = append(out, prometheus.MustNewConstMetric(age.of, prometheus.GaugeValue, seconds))
	}
	return out, nil
}

// countOverdue counts open cases of which a clock was missed and is still not
// met. A case is decoded once a version.
func (g *Gauges) countOverdue(ctx context.Context) (n int, err error) {
	type version struct {
		no      string
		version int
	}
	open, err := store.Collect[version](g.store.Reader().QueryContext(ctx, `SELECT no, version FROM cases WHERE `+IsOpen))(
		func(r *sql.Rows) (v version, err error) { return v, r.Scan(&v.no, &v.version) })
	if err != nil {
		return 0, err
	}
	seen := make(map[string]missed, len(open))
	for _, v := range open {
		m, known := g.missed[v.no]
		if !known || m.version != v.version {
			c, err := Get(ctx, g.store.Reader(), v.no)
			if err != nil {
				return 0, err
			}
			m = missed{c.Version, slices.ContainsFunc(c.Clocks, func(k huiying.Clock) bool { return !k.BreachedAt.IsZero() && k.MetAt.IsZero() })}
		}
		seen[v.no] = m
		if m.overdue {
			n++
		}
	}
	g.missed = seen
	return n, nil
}
