package store

import (
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	wait  *prometheus.HistogramVec
	tx    *prometheus.HistogramVec
	calls *prometheus.CounterVec
	group prometheus.Histogram
}

func newMetrics(reg prometheus.Registerer, q *queue) (metrics, error) {
	m := metrics{
		wait: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "huiying_store_queue_wait_seconds", Help: "How long a write waited for its turn.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 14),
		}, []string{"priority"}),
		tx: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "huiying_store_tx_seconds", Help: "How long a transaction took, commit included.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 14),
		}, []string{"priority"}),
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "huiying_store_writes_total", Help: "Writes by outcome.",
		}, []string{"priority", "outcome"}),
		group: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "huiying_store_group_size", Help: "How many urgent writes shared one commit.",
			Buckets: []float64{1, 2, 4, 8, 16, 32, 64},
		}),
	}
	if reg == nil {
		return m, nil
	}
	waiting := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "huiying_store_waiting", Help: "Writes that wait for their turn.",
	}, func() float64 { return float64(q.len()) })
	var errs []error
	for _, c := range []prometheus.Collector{m.wait, m.tx, m.calls, m.group, waiting} {
		errs = append(errs, reg.Register(c))
	}
	if err := errors.Join(errs...); err != nil {
		return m, fmt.Errorf("register metrics: %w", err)
	}
	return m, nil
}

func (m metrics) begun(j *job, at time.Time) {
	m.wait.WithLabelValues(j.priority.String()).Observe(at.Sub(j.queued).Seconds())
}

func (m metrics) ended(g *group, took time.Duration) {
	priority := g.jobs[0].priority
	m.tx.WithLabelValues(priority.String()).Observe(took.Seconds())
	if priority == Urgent {
		m.group.Observe(float64(len(g.jobs)))
	}
	for _, j := range g.jobs {
		outcome := "committed"
		if j.err != nil || g.err != nil {
			outcome = "undone"
		}
		m.calls.WithLabelValues(priority.String(), outcome).Inc()
	}
}
