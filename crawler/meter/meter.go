// Package meter counts what the crawler does. Labels are classes, states and
// source ids; it refuses hosts, addresses and anything of a post.
package meter

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"huiying"
)

// Meter holds the metrics huiying_crawler_…. It is safe for concurrent use.
type Meter struct {
	fetches  *prometheus.CounterVec
	took     prometheus.Histogram
	bytes    prometheus.Counter
	waits    prometheus.Histogram
	rests    prometheus.Counter
	evidence *prometheus.CounterVec
	visits   *prometheus.CounterVec
	visit    prometheus.Histogram
	running  prometheus.Gauge
	offered  prometheus.Counter
	accepted *prometheus.CounterVec
	invalid  prometheus.Counter
	lastOK   *prometheus.GaugeVec
}

// New makes a Meter; with nil it counts and shows nothing.
func New(r prometheus.Registerer) *Meter {
	m := &Meter{
		fetches:  prometheus.NewCounterVec(counter("fetches_total", "Questions to sites by class of the answer."), []string{"answer"}),
		took:     timing("fetch_seconds", "From the question to the whole answer, waiting for the turn included."),
		bytes:    prometheus.NewCounter(counter("fetched_bytes_total", "Bytes of answers, unpacked.")),
		waits:    timing("turn_wait_seconds", "Waiting for the turn at a host."),
		rests:    prometheus.NewCounter(counter("host_rests_total", "Times a host began to be left alone.")),
		evidence: prometheus.NewCounterVec(counter("evidence_total", "Pages sealed and kept, or not."), []string{"result"}),
		visits:   prometheus.NewCounterVec(counter("visits_total", "Visits by the state they ended in."), []string{"state"}),
		visit:    timing("visit_seconds", "Duration of visits."),
		running:  prometheus.NewGauge(prometheus.GaugeOpts(counter("visits_running", "Visits under way."))),
		offered:  prometheus.NewCounter(counter("posts_offered_total", "Posts read, known ones included.")),
		accepted: prometheus.NewCounterVec(counter("posts_accepted_total", "New or changed posts handed on."), []string{"source"}),
		invalid:  prometheus.NewCounter(counter("posts_invalid_total", "Posts that could not be named and were left out.")),
		lastOK: prometheus.NewGaugeVec(prometheus.GaugeOpts(counter("source_last_success_timestamp_seconds", "When a source was last read well.")),
			[]string{"source"}),
	}
	if r != nil {
		r.MustRegister(m.fetches, m.took, m.bytes, m.waits, m.rests, m.evidence, m.visits, m.visit, m.running, m.offered, m.accepted, m.invalid, m.lastOK)
	}
	return m
}

func counter(name, help string) prometheus.CounterOpts {
	return prometheus.CounterOpts{Namespace: "huiying", Subsystem: "crawler", Name: name, Help: help}
}

func timing(name, help string) prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{
		Namespace: "huiying", Subsystem: "crawler", Name: name, Help: help,
		Buckets: []float64{.01, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300},
	})
}

// Fetched counts one question: the class of its answer, or the code of its
// error.
func (m *Meter) Fetched(class string, bytes int, took time.Duration) {
	m.fetches.WithLabelValues(class).Inc()
	m.took.Observe(took.Seconds())
	m.bytes.Add(float64(bytes))
}

// Waited notes how long a question waited for its turn.
func (m *Meter) Waited(d time.Duration) { m.waits.Observe(d.Seconds()) }

// Rested counts a host that began to be left alone.
func (m *Meter) Rested() { m.rests.Inc() }

// Evidence counts a page that was sealed and kept, or could not be.
func (m *Meter) Evidence(kept bool) {
	result := "failed"
	if kept {
		result = "kept"
	}
	m.evidence.WithLabelValues(result).Inc()
}

// Running moves the number of visits under way.
func (m *Meter) Running(by float64) { m.running.Add(by) }

// Visited counts a visit by its row in the ledger.
func (m *Meter) Visited(e huiying.LedgerEntry) {
	m.visits.WithLabelValues(string(e.State)).Inc()
	m.visit.Observe(e.Took.Seconds())
	if e.State == huiying.SourceOK || e.State == huiying.SourceEmpty {
		m.Known(e.Source, e.At)
	}
}

// Known notes when a source was last read well, by this process or another;
// the zero time for never.
func (m *Meter) Known(source string, lastOK time.Time) {
	if !lastOK.IsZero() {
		m.lastOK.WithLabelValues(source).Set(float64(lastOK.Unix()))
	}
}

// Offered counts a post that was read.
func (m *Meter) Offered() { m.offered.Inc() }

// Accepted counts a new or changed post of a source.
func (m *Meter) Accepted(source string) { m.accepted.WithLabelValues(source).Inc() }

// Invalid counts a post that could not be named.
func (m *Meter) Invalid() { m.invalid.Inc() }

// Forget drops the series of a source that is no more.
func (m *Meter) Forget(source string) {
	m.accepted.DeleteLabelValues(source)
	m.lastOK.DeleteLabelValues(source)
}
