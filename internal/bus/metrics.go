package bus

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"huiying/internal/bus/streams"
)

// metrics are the figures of the bus, huiying_bus_….
type metrics struct {
	published      *prometheus.CounterVec
	publishSeconds *prometheus.HistogramVec
	retries        *prometheus.CounterVec
	delivered      *prometheus.CounterVec
	redelivered    *prometheus.CounterVec
	failed         *prometheus.CounterVec
	dead           *prometheus.CounterVec
	pending        *prometheus.GaugeVec
	streamBytes    *prometheus.GaugeVec
	deadWaiting    prometheus.Gauge
}

func newMetrics(reg prometheus.Registerer) *metrics {
	f := promauto.With(reg)
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return f.NewCounterVec(prometheus.CounterOpts{Name: "huiying_bus_" + name, Help: help}, labels)
	}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return f.NewGaugeVec(prometheus.GaugeOpts{Name: "huiying_bus_" + name, Help: help}, labels)
	}
	return &metrics{
		published: counter("published_total", "Messages acknowledged by JetStream.", "stream"),
		publishSeconds: f.NewHistogramVec(prometheus.HistogramOpts{
			Name: "huiying_bus_publish_seconds", Help: "From Publish to its acknowledgement, retries included.",
			Buckets: []float64{.0001, .0005, .001, .005, .01, .05, .1, .5, 1, 5, 30},
		}, []string{"stream"}),
		retries:     counter("publish_retries_total", "Attempts to publish that had to be repeated.", "stream", "reason"),
		delivered:   counter("delivered_total", "Messages handed to a consumer.", "consumer"),
		redelivered: counter("redelivered_total", "Of these, messages delivered before.", "consumer"),
		failed:      counter("failed_total", "Deliveries whose handler failed.", "consumer"),
		dead:        counter("dead_total", "Messages parked in huiying.dead.", "consumer"),
		pending:     gauge("pending", "Messages a durable consumer has still to acknowledge.", "consumer"),
		streamBytes: gauge("stream_bytes", "Bytes a stream holds.", "stream"),
		deadWaiting: f.NewGauge(prometheus.GaugeOpts{Name: "huiying_bus_dead_waiting", Help: "Parked messages waiting for replay or discard."}),
	}
}

func (m *metrics) measure(states []streams.State) {
	for _, s := range states {
		m.streamBytes.WithLabelValues(s.Stream.Name).Set(float64(s.Bytes))
		if s.Stream.Name == streams.Dead {
			m.deadWaiting.Set(float64(s.Msgs))
		}
		for durable, n := range s.Pending {
			m.pending.WithLabelValues(durable).Set(float64(n))
		}
	}
}
