package outcomes

import (
	"context"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"huiying/internal/query"
	"huiying/notifier/casework/measure"
)

const (
	// seriesDays is the period of the series, in days of 24 hours until now.
	seriesDays = 30
	// seriesEvery is how often they are counted anew.
	seriesEvery = time.Minute
	// seriesMost bounds the values of one label; what is beyond is Others.
	seriesMost = 50
)

// Others is the value of the label "of" for those beyond the bound, together;
// query.Nobody is that of cases without a unit or platform, "" that of all cases.
const Others = "~others"

// SeriesFigures are the figures that Prometheus is given, in their order: the
// four stages of an answer, each with its share in time and how long it took.
func SeriesFigures() []string {
	return []string{
		"ack_rate", "ack_time", "on_time_official", "on_time_honest", "response_rate", "response_time",
		"closing_rate", "closing_in_time", "closing_time", "follow_up_rate", "follow_up_time",
	}
}

// Series gives the response figures of the last thirty days to Prometheus, of
// all cases and by unit, level and platform. They are counted by Run, from what
// the desk keeps of every case; a scrape only hands them out.
type Series struct {
	desk   *Desk
	logger *slog.Logger

	cases, seconds, counted *prometheus.Desc
	list                    atomic.Pointer[[]prometheus.Metric]
}

var _ prometheus.Collector = (*Series)(nil)

// NewSeries makes the collector of a desk.
func NewSeries(d *Desk) *Series {
	return &Series{
		desk: d, logger: d.Logger,
		cases:   prometheus.NewDesc("huiying_outcomes_cases", "Cases behind a response figure of the last 30 days: part in of part all.", []string{"figure", "by", "of", "part"}, nil),
		seconds: prometheus.NewDesc("huiying_outcomes_seconds", "How long a stage of an answer took in the last 30 days, by quantile (nearest rank).", []string{"figure", "by", "of", "quantile"}, nil),
		counted: prometheus.NewDesc("huiying_outcomes_counted_timestamp_seconds", "When the response figures were last counted.", nil, nil),
	}
}

// Describe names the series.
func (s *Series) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{s.cases, s.seconds, s.counted} {
		out <- d
	}
}

// Collect hands out what was counted last; nothing before the first time.
func (s *Series) Collect(out chan<- prometheus.Metric) {
	if list := s.list.Load(); list != nil {
		for _, m := range *list {
			out <- m
		}
	}
}

// Run counts once a minute until ctx ends.
func (s *Series) Run(ctx context.Context) error {
	tick := time.NewTicker(seriesEvery)
	defer tick.Stop()
	for {
		if err := s.Count(ctx); err != nil && ctx.Err() == nil {
			// The age of the figures is a series too, and an alert watches it.
			s.logger.Error("counting the response figures for Prometheus failed", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Count counts the figures as they are now.
func (s *Series) Count(ctx context.Context) error {
	sheets, _, err := s.desk.look(ctx)
	if err != nil {
		return err
	}
	now := s.desk.Now()
	p := measure.Period{From: now.Add(-seriesDays * 24 * time.Hour), To: now, Now: now}
	list := s.of(sheets, p, "all", "")
	for _, part := range []struct {
		by  string
		key func(*measure.Sheet) string
	}{
		{"unit", func(s *measure.Sheet) string { return s.Unit }},
		{"level", func(s *measure.Sheet) string { return string(s.Level) }},
		{"source", func(s *measure.Sheet) string { return s.Source }},
	} {
		groups := bounded(sheets, part.key)
		for name, some := range groups {
			list = append(list, s.of(some, p, part.by, name)...)
		}
	}
	list = append(list, prometheus.MustNewConstMetric(s.counted, prometheus.GaugeValue, float64(now.UnixMilli())/1000))
	s.list.Store(&list)
	return nil
}

// bounded parts cases by a name, the names beyond the bound together: those
// that come last in the alphabet, so that a label does not change its meaning
// with the numbers.
func bounded(sheets []*measure.Sheet, key func(*measure.Sheet) string) map[string][]*measure.Sheet {
	groups := map[string][]*measure.Sheet{}
	for _, s := range sheets {
		name := key(s)
		if name == "" {
			name = query.Nobody
		}
		groups[name] = append(groups[name], s)
	}
	if len(groups) <= seriesMost {
		return groups
	}
	names := make([]string, 0, len(groups))
	for name := range groups {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names[seriesMost:] {
		groups[Others] = append(groups[Others], groups[name]...)
		delete(groups, name)
	}
	return groups
}

// of is the series of some cases. A quantile of nothing is not there.
func (s *Series) of(sheets []*measure.Sheet, p measure.Period, by, name string) (out []prometheus.Metric) {
	figures := measure.Count(sheets, p)
	for _, id := range SeriesFigures() {
		f := figures[slices.IndexFunc(figures, func(f measure.Figure) bool { return f.ID == id })]
		gauge := func(d *prometheus.Desc, value float64, last string) {
			out = append(out, prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, id, by, name, last))
		}
		gauge(s.cases, float64(f.Numerator), "in")
		gauge(s.cases, float64(f.Denominator), "all")
		if f.Lasts && f.Denominator > 0 {
			gauge(s.seconds, f.Median.Seconds(), "0.5")
			gauge(s.seconds, f.P90.Seconds(), "0.9")
			gauge(s.seconds, f.Max.Seconds(), "1")
		}
	}
	return out
}
