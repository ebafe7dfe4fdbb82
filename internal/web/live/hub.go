// Package live tells open pages that something is new: one stream per browser,
// resumed where it broke off. It carries counts and case numbers alone, never
// words or names, so that whoever may open a page may hear it; what is new is
// then asked for in the ordinary way. It refuses to wait for a slow reader.
package live

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Kinds of news.
const (
	KindPost  = "post"
	KindAlert = "alert"
	KindCase  = "case"
)

// News is one thing that happened.
type News struct {
	Kind  string // KindPost, KindAlert, KindCase
	Level string // of a post or an alert
	Case  string // number, of a case or an alert
}

// Batch is what happened since the last one.
type Batch struct {
	ID     int64          `json:"id"`
	Posts  map[string]int `json:"posts,omitempty"`  // by level
	Alerts map[string]int `json:"alerts,omitempty"` // by level
	Cases  []string       `json:"cases,omitempty"`
}

func (b Batch) empty() bool { return len(b.Posts) == 0 && len(b.Alerts) == 0 && len(b.Cases) == 0 }

// Options is how a Hub behaves; zero values are the defaults.
type Options struct {
	Every     time.Duration // news is gathered this long before it is told; 500 ms
	Heartbeat time.Duration // 15 s
	Keep      int           // batches kept for resuming; 256
	Buffer    int           // batches a reader may lag behind before it is dropped; 16
	First     int64         // ids start after it; a later start of the service must give a greater one

	Registerer prometheus.Registerer
}

// Hub gathers news and tells every reader.
type Hub struct {
	options Options
	readers prometheus.Gauge
	dropped prometheus.Counter

	mu      sync.Mutex
	pending Batch
	last    int64
	kept    []Batch
	open    map[*reader]struct{}
	closed  bool
}

type reader struct {
	batches chan Batch
}

// maxCases bounds the list of one batch; beyond it pages ask anyway.
const maxCases = 50

// NewHub makes a Hub; Run must be called for it to tell anything.
func NewHub(o Options) *Hub {
	if o.Every <= 0 {
		o.Every = 500 * time.Millisecond
	}
	if o.Heartbeat <= 0 {
		o.Heartbeat = 15 * time.Second
	}
	if o.Keep <= 0 {
		o.Keep = 256
	}
	if o.Buffer <= 0 {
		o.Buffer = 16
	}
	h := &Hub{
		options: o, last: o.First, open: map[*reader]struct{}{},
		readers: prometheus.NewGauge(prometheus.GaugeOpts{Name: "huiying_web_live_readers", Help: "Open live streams."}),
		dropped: prometheus.NewCounter(prometheus.CounterOpts{Name: "huiying_web_live_dropped_total", Help: "Live streams ended because the reader was too slow."}),
	}
	if o.Registerer != nil {
		o.Registerer.MustRegister(h.readers, h.dropped)
	}
	return h
}

// Tell adds news; it never waits.
func (h *Hub) Tell(n News) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch n.Kind {
	case KindPost:
		bump(&h.pending.Posts, n.Level)
	case KindAlert:
		bump(&h.pending.Alerts, n.Level)
	}
	if n.Case != "" && len(h.pending.Cases) < maxCases && !slices.Contains(h.pending.Cases, n.Case) {
		h.pending.Cases = append(h.pending.Cases, n.Case)
	}
}

func bump(m *map[string]int, key string) {
	if *m == nil {
		*m = map[string]int{}
	}
	(*m)[key]++
}

// Run tells readers what was gathered, until ctx ends; then it ends their
// streams.
func (h *Hub) Run(ctx context.Context) error {
	every := time.NewTicker(h.options.Every)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			h.close()
			return nil
		case <-every.C:
			h.flush()
		}
	}
}

func (h *Hub) flush() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.pending.empty() {
		return
	}
	h.last++
	b := h.pending
	b.ID = h.last
	h.pending = Batch{}
	h.kept = append(h.kept, b)
	if len(h.kept) > h.options.Keep {
		h.kept = slices.Delete(h.kept, 0, len(h.kept)-h.options.Keep)
	}
	for r := range h.open {
		select {
		case r.batches <- b:
		default:
			h.drop(r)
			h.dropped.Inc()
		}
	}
}

// drop ends a reader; h.mu is held.
func (h *Hub) drop(r *reader) {
	if _, open := h.open[r]; open {
		delete(h.open, r)
		close(r.batches)
		h.readers.Dec()
	}
}

func (h *Hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for _, r := range slices.Collect(maps.Keys(h.open)) {
		h.drop(r)
	}
}

// join opens a reader that resumes after the batch id. resync is true when
// what lies between is no longer known; missed is what the reader has not
// seen. ok is false when the hub has ended.
func (h *Hub) join(after int64, resuming bool) (r *reader, missed []Batch, last int64, resync, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, nil, 0, false, false
	}
	r = &reader{batches: make(chan Batch, h.options.Buffer)}
	h.open[r] = struct{}{}
	h.readers.Inc()
	if !resuming || after == h.last {
		return r, nil, h.last, false, true
	}
	if after > h.last || len(h.kept) == 0 || after < h.kept[0].ID-1 {
		return r, nil, h.last, true, true
	}
	for _, b := range h.kept {
		if b.ID > after {
			missed = append(missed, b)
		}
	}
	return r, missed, h.last, false, true
}

func (h *Hub) leave(r *reader) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.drop(r)
}

// encode writes a batch as the data of an event.
func encode(b Batch) ([]byte, error) { return json.Marshal(b) }
