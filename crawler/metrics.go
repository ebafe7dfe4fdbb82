package crawler

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"huiying"
)

// metrics count what the crawler does; labels are classes and source ids,
// never hosts or addresses.
type metrics struct {
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

func newMetrics(r prometheus.Registerer) *metrics {
	counter := func(name, help string) prometheus.CounterOpts {
		return prometheus.CounterOpts{Namespace: "huiying", Subsystem: "crawler", Name: name, Help: help}
	}
	timing := func(name, help string) prometheus.Histogram {
		return prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: "huiying", Subsystem: "crawler", Name: name, Help: help,
			Buckets: []float64{.01, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300},
		})
	}
	gauge := func(name, help string) prometheus.GaugeOpts {
		return prometheus.GaugeOpts{Namespace: "huiying", Subsystem: "crawler", Name: name, Help: help}
	}
	m := &metrics{
		fetches:  prometheus.NewCounterVec(counter("fetches_total", "Questions to sites by class of the answer."), []string{"answer"}),
		took:     timing("fetch_seconds", "From the question to the whole answer, waiting for the turn included."),
		bytes:    prometheus.NewCounter(counter("fetched_bytes_total", "Bytes of answers, unpacked.")),
		waits:    timing("turn_wait_seconds", "Waiting for the turn at a host."),
		rests:    prometheus.NewCounter(counter("host_rests_total", "Times a host began to be left alone.")),
		evidence: prometheus.NewCounterVec(counter("evidence_total", "Pages sealed and kept, or not."), []string{"result"}),
		visits:   prometheus.NewCounterVec(counter("visits_total", "Visits by the state they ended in."), []string{"state"}),
		visit:    timing("visit_seconds", "Duration of visits."),
		running:  prometheus.NewGauge(gauge("visits_running", "Visits under way.")),
		offered:  prometheus.NewCounter(counter("posts_offered_total", "Posts read, known ones included.")),
		accepted: prometheus.NewCounterVec(counter("posts_accepted_total", "New or changed posts handed on."), []string{"source"}),
		invalid:  prometheus.NewCounter(counter("posts_invalid_total", "Posts that could not be named and were left out.")),
		lastOK:   prometheus.NewGaugeVec(gauge("source_last_success_timestamp_seconds", "When a source was last read well."), []string{"source"}),
	}
	if r != nil {
		r.MustRegister(m.fetches, m.took, m.bytes, m.waits, m.rests, m.evidence, m.visits, m.visit, m.running, m.offered, m.accepted, m.invalid, m.lastOK)
	}
	return m
}

func (m *metrics) fetched(p Page, err error, took time.Duration) {
	class := string(p.Answer)
	if err != nil {
		class = string(huiying.ErrorCode(err))
	}
	m.fetches.WithLabelValues(class).Inc()
	m.took.Observe(took.Seconds())
	m.bytes.Add(float64(len(p.Body)))
}

func (m *metrics) waited(d time.Duration) { m.waits.Observe(d.Seconds()) }

func (m *metrics) visited(e huiying.LedgerEntry) {
	m.visits.WithLabelValues(string(e.State)).Inc()
	m.visit.Observe(e.Took.Seconds())
	if e.State == huiying.SourceOK || e.State == huiying.SourceEmpty {
		m.lastOK.WithLabelValues(e.Source).Set(float64(e.At.Unix()))
	}
}

// forget drops the series of a source that is no more.
func (m *metrics) forget(source string) {
	m.accepted.DeleteLabelValues(source)
	m.lastOK.DeleteLabelValues(source)
}
