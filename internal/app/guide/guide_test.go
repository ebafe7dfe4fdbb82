package guide_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"huiying"
	"huiying/internal/app/guide"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/outbox"
	"huiying/internal/store/storetest"
)

// Each stage says what waits for it and since when, from what the service keeps
// and measures; what this process does not know it does not make up.
func TestFlow(t *testing.T) {
	s, clock := storetest.Open(t)
	registry := prometheus.NewRegistry()
	pending := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "huiying_bus_pending", Help: "Waiting."}, []string{"consumer"})
	registry.MustRegister(pending)
	now := clock.Now()
	rows := []query.SourceRow{
		{Source: "a", LastOK: now.Add(-3 * time.Minute), Due: now.Add(-30 * time.Second)}, {Source: "b", LastOK: now.Add(-time.Hour), Due: now.Add(-20 * time.Minute)}, {Source: "c"},
	}
	wall := now
	d := guide.New(guide.Options{
		Store: s, Now: func() time.Time { return wall }, Gatherer: registry, Analyzer: "analyzer", Archive: "archive", Alerts: "alerts",
		Sources: func(context.Context) ([]query.SourceRow, error) { return rows, nil },
	})
	flow := func() map[string]query.Stage {
		t.Helper()
		list, err := d.Flow(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]query.Stage{}
		for _, one := range list {
			out[one.Key] = one
		}
		if len(out) != 6 {
			t.Errorf("%+v", list)
		}
		return out
	}
	got := flow()
	if g := got[query.StageGather]; g.Waiting != 1 || !g.Last.Equal(rows[0].LastOK) || !g.Since.Equal(rows[1].Due) {
		t.Errorf("%+v", g)
	}
	if got[query.StageAnalyse].Waiting != query.Unknown || got[query.StageArchive].Waiting != query.Unknown || got[query.StageAlert].Waiting != 0 || !got[query.StageAlert].Last.IsZero() {
		t.Errorf("an empty office: %+v", got)
	}
	pending.WithLabelValues("analyzer").Set(7)
	pending.WithLabelValues("archive").Set(2)
	pending.WithLabelValues("alerts").Set(3)
	storetest.Write(t, s, func(ctx context.Context, tx *store.Tx) error {
		a := huiying.Alert{ID: "a-1", Rule: "r", Level: huiying.LevelRed, RaisedAt: now}
		if _, err := outbox.AddAlert(ctx, tx, a); err != nil {
			return err
		}
		for _, d := range []huiying.Delivery{
			{ID: "d-1", Alert: a, Person: "lin", Channel: "hook", NextAt: now, CreatedAt: now.Add(-time.Minute)},
			{ID: "d-held", Alert: a, Person: "wang", Channel: "hook", NextAt: now.Add(time.Hour), CreatedAt: now.Add(-9 * time.Hour)}, // by the night
		} {
			if _, err := outbox.Enqueue(ctx, tx, d); err != nil {
				return err
			}
		}
		return nil
	})
	wall = wall.Add(6 * time.Second) // what was gathered is old
	got = flow()
	if a := got[query.StageAlert]; a.Waiting != 4 || !a.Last.Equal(now) || !a.Since.Equal(now.Add(-time.Minute)) {
		t.Errorf("%+v", a)
	}
	if got[query.StageAnalyse].Waiting != 7 || got[query.StageArchive].Waiting != 2 {
		t.Errorf("%+v", got)
	}
}

// What /metrics holds of ours is listed in its own words.
func TestMetrics(t *testing.T) {
	registry := prometheus.NewRegistry()
	for _, name := range []string{"huiying_cases_overdue", "go_threads"} {
		registry.MustRegister(prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: "Help of " + name}))
	}
	list, err := guide.New(guide.Options{Gatherer: registry, Now: time.Now}).Metrics(t.Context())
	if err != nil || len(list) != 1 || list[0] != (query.Metric{Name: "huiying_cases_overdue", Kind: "gauge", Help: "Help of huiying_cases_overdue"}) {
		t.Errorf("%+v %v", list, err)
	}
}

// What one part cannot measure now leaves the rest.
func TestMetricsWithoutOne(t *testing.T) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(prometheus.NewGauge(prometheus.GaugeOpts{Name: "huiying_cases_overdue", Help: "Overdue."}), broken{})
	list, err := guide.New(guide.Options{Gatherer: registry, Now: time.Now}).Metrics(t.Context())
	if err != nil || len(list) != 1 {
		t.Errorf("%+v %v", list, err)
	}
}

// broken is a collector that fails whenever it is asked.
type broken struct{}

func (broken) Describe(out chan<- *prometheus.Desc) { out <- brokenDesc() }
func (broken) Collect(out chan<- prometheus.Metric) {
	out <- prometheus.NewInvalidMetric(brokenDesc(), errors.New("cannot be read"))
}

func brokenDesc() *prometheus.Desc { return prometheus.NewDesc("huiying_broken", "Broken.", nil, nil) }
