package analyzer

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	posts   prometheus.Counter
	seconds prometheus.Histogram
	failed  *prometheus.CounterVec
	rules   prometheus.Gauge
}

func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		posts: prometheus.NewCounter(prometheus.CounterOpts{Name: "huiying_analyzer_posts_total", Help: "Posts analysed."}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "huiying_analyzer_seconds", Help: "Time to analyse one post.",
			Buckets: []float64{.0001, .0002, .0005, .001, .002, .005, .01, .05, .1, .5, 1, 5},
		}),
		failed: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "huiying_analyzer_failed_steps_total", Help: "Steps of the analysis that failed."}, []string{"step"}),
		rules:  prometheus.NewGauge(prometheus.GaugeOpts{Name: "huiying_analyzer_rules", Help: "Rules in force."}),
	}
	if reg == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.posts, m.seconds, m.failed, m.rules} {
		if err := reg.Register(c); err != nil {
			return nil, fmt.Errorf("register analyzer metrics: %w", err)
		}
	}
	return m, nil
}
