package notices

import (
	"context"
	"strings"
	"sync"
	"time"

	"huiying/internal/bus"
	"huiying/internal/query"
)

const (
	// Behind is how many messages a step may have waiting before it is behind:
	// some ten seconds of what one process analyses.
	Behind = 10_000
	// BehindAlerts is that of alerting, of which none should wait.
	BehindAlerts = 500
	// shedFor is how long after the last one that was left out pages say so.
	shedFor = time.Minute
)

// Queues looks for steps that are behind.
type Queues struct {
	Backlogs func() []bus.Backlog
	Shed     *Shed
	Now      func() time.Time

	since map[string]time.Time // by step; of one caller at a time
}

// step names what a durable consumer does, where people are told when it is
// behind, and how much may wait for it. Alerting has a durable for each level.
func step(durable string) (name string, most uint64) {
	switch {
	case durable == "analyzer", durable == "archive":
		return durable, Behind
	case strings.HasPrefix(durable, "alerts"):
		return "alerts", BehindAlerts
	}
	return "", 0
}

// Look finds them, each with since when it has been behind.
func (q *Queues) Look(context.Context) ([]query.Notice, error) {
	now, waiting, most := q.Now(), map[string]uint64{}, map[string]uint64{}
	for _, b := range q.Backlogs() {
		for durable, n := range b.Waiting {
			if name, bound := step(durable); name != "" {
				waiting[name] += n
				most[name] = bound
			}
		}
	}
	since, out := map[string]time.Time{}, []query.Notice(nil)
	for _, name := range []string{"alerts", "analyzer", "archive"} {
		if waiting[name] <= most[name] || most[name] == 0 {
			continue
		}
		if since[name] = now; !q.since[name].IsZero() {
			since[name] = q.since[name]
		}
		out = append(out, query.Notice{Kind: query.NoticeBehind, Subject: name, Name: name, From: since[name], More: int(waiting[name])})
	}
	q.since = since
	if n, from := q.Shed.lately(now); n > 0 {
		out = append(out, query.Notice{Kind: query.NoticeShed, Subject: "pages", Name: "pages", From: from, More: n})
	}
	return out, nil
}

// Shed counts what pages were not told of. It is safe for concurrent use.
type Shed struct {
	mu          sync.Mutex
	n           int // since first, until nothing was shed for a while
	first, last time.Time
}

// Add counts one.
func (s *Shed) Add(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.last) > shedFor {
		s.n, s.first = 0, now
	}
	s.n++
	s.last = now
}

func (s *Shed) lately(now time.Time) (n int, from time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.last) > shedFor {
		return 0, time.Time{}
	}
	return s.n, s.first
}
