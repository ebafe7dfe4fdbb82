package crawler_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/badsites"
	"huiying/crawler/job"
)

// plans is what processes tell each other, in memory.
type plans struct {
	mu    sync.Mutex
	m     map[string][]byte
	ready chan struct{} // closed and renewed with every change
}

func newPlans() *plans { return &plans{m: map[string][]byte{}, ready: make(chan struct{})} }

func (p *plans) Put(_ context.Context, source string, plan []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.m[source] = plan
	close(p.ready)
	p.ready = make(chan struct{})
	return nil
}

func (p *plans) Get(_ context.Context, source string) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.m[source], nil
}

func (p *plans) Follow(ctx context.Context, handle func(string, []byte)) error {
	for {
		p.mu.Lock()
		all, ready := maps.Clone(p.m), p.ready
		p.mu.Unlock()
		for source, plan := range all {
			handle(source, plan)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ready:
		}
	}
}

// Processes that share a queue share the work: each source is read once when
// it is due, whoever reads it, by the cursor that the last one left.
func TestShare(t *testing.T) {
	kept, shared, told, at := newStates(), job.NewLocal(), newPlans(), newClock()
	rows := newLedger()
	var mu sync.Mutex
	begins := map[string][]string{}
	read := reader(func(_ context.Context, v crawler.Visit) (crawler.Report, error) {
		mu.Lock()
		defer mu.Unlock()
		begins[v.Source.ID] = append(begins[v.Source.ID], string(v.Cursor))
		return crawler.Report{Answer: crawler.AnswerOK, Cursor: json.RawMessage(fmt.Sprint(len(begins[v.Source.ID])))}, nil
	})
	var sources []huiying.Source
	for i := range 20 {
		sources = append(sources, source(fmt.Sprintf("s%02d", i)))
	}
	var fleet []*world
	for range 3 {
		w := newWorld(t, read, func(o *crawler.Options) {
			o.State, o.Queue, o.Plans, o.Ledger, o.Now, o.Workers = kept, shared, told, rows, at.now, 4
		})
		w.apply(t, sources...)
		w.run(t)
		fleet = append(fleet, w)
	}
	for round := range 3 {
		seen := map[string]bool{}
		for range sources {
			seen[rows.next(t).Source] = true
		}
		if len(seen) != len(sources) {
			t.Fatalf("round %d: %d of %d sources were read", round, len(seen), len(sources))
		}
		settled(t, fleet, at.now())
		at.advance(2 * time.Minute)
		for _, w := range fleet {
			w.apply(t, sources...)
		}
	}
	for _, s := range sources {
		mu.Lock()
		got := slices.Clone(begins[s.ID][:3])
		mu.Unlock()
		if !slices.Equal(got, []string{"", "1", "2"}) {
			t.Errorf("%s began at %q", s.ID, got)
		}
	}
}

// settled waits until every process knows that every source is read.
func settled(t *testing.T, fleet []*world, now time.Time) {
	t.Helper()
	end := time.Now().Add(20 * time.Second)
	for _, w := range fleet {
		for slices.ContainsFunc(w.Health(), func(h crawler.SourceHealth) bool { return h.Running || !h.NextAt.After(now) }) {
			if time.Now().After(end) {
				t.Fatalf("not settled: %+v", w.Health())
			}
			time.Sleep(time.Millisecond)
		}
	}
}

// A first reading and a back-fill hold what is older than a day; later visits
// hold nothing. What was added to a definition is read for the first time too.
func TestHeld(t *testing.T) {
	ages := []time.Duration{0, 23 * time.Hour, 25 * time.Hour, 400 * 24 * time.Hour}
	n := 0
	w := newWorld(t, func(ctx context.Context, v crawler.Visit) (crawler.Report, error) {
		for i, age := range ages {
			p := badsites.Thread(v, n*10+i)
			p.PublishedAt, p.PublishedPrecision = v.Now().Add(-age), huiying.PrecisionSecond
			if err := v.Sink.Accept(ctx, p); err != nil {
				return crawler.Report{}, err
			}
		}
		day, never := badsites.Thread(v, n*10+8), badsites.Thread(v, n*10+9)
		day.PublishedAt, day.PublishedPrecision = v.Now().Add(-40*time.Hour), huiying.PrecisionDay
		handed := badsites.Thread(v, n*10+7)
		handed.Kind, handed.PublishedAt = huiying.KindTicket, v.Now().Add(-400*24*time.Hour)
		n++
		return crawler.Report{Cursor: json.RawMessage(fmt.Sprint(n)), Answer: crawler.AnswerOK},
			firstError(v.Sink.Accept(ctx, day), v.Sink.Accept(ctx, never), v.Sink.Accept(ctx, handed))
	}, func(o *crawler.Options) { o.HoldOlder = 24 * time.Hour })
	w.apply(t, source("a"))
	held := func() (list []bool) {
		w.sink.mu.Lock()
		defer w.sink.mu.Unlock()
		for _, p := range w.sink.posts {
			list = append(list, p.Held)
		}
		w.sink.posts = nil
		return list
	}
	old, none := []bool{false, false, true, true, false, true, false}, make([]bool, 7)
	if e := once(t, w, "a"); e.Held != 3 || e.Accepted != 7 || !slices.Equal(held(), old) {
		t.Errorf("first reading: %+v", e)
	}
	if e := once(t, w, "a"); e.Held != 0 || !slices.Equal(held(), none) {
		t.Errorf("second: %+v", e)
	}
	more := source("a")
	more.Options = json.RawMessage(`{"boards":["1","2"]}`)
	w.apply(t, more)
	if e := once(t, w, "a"); e.Held != 3 || !slices.Equal(held(), old) {
		t.Errorf("redefined: %+v", e)
	}
	before := w.states.cursor("a")
	window := crawler.Window{From: w.clock.now().Add(-48 * time.Hour), To: w.clock.now()}
	e, err := w.Backfill(t.Context(), "a", window)
	if err != nil || e.Held != 3 || e.Job != huiying.JobBackfill || !slices.Equal(held(), old) || w.states.cursor("a") != before {
		t.Errorf("back-fill: %+v, %v, cursor %s", e, err, w.states.cursor("a"))
	}
	if e := once(t, w, "a"); e.Held != 0 || !slices.Equal(held(), none) {
		t.Errorf("after it: %+v", e)
	}
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// watches gives one list and then waits.
type watches map[string][]huiying.Post

func (l watches) Follow(ctx context.Context, handle func(string, []huiying.Post)) error {
	for source, posts := range l {
		handle(source, posts)
	}
	<-ctx.Done()
	return nil
}

// A back-fill that runs out of time goes on where it was, in parts, and moves
// nothing of the source's own progress; one that is done begins anew.
func TestBackfillInParts(t *testing.T) {
	var begins []string
	w := newWorld(t, func(ctx context.Context, v crawler.Visit) (crawler.Report, error) {
		if v.Window.IsZero() {
			return crawler.Report{Cursor: json.RawMessage(`"own"`), Answer: crawler.AnswerOK}, nil
		}
		begins = append(begins, string(v.Cursor))
		report := crawler.Report{Cursor: json.RawMessage(fmt.Sprintf(`"part %d"`, len(begins))), Answer: crawler.AnswerOK}
		if len(begins) < 3 {
			<-ctx.Done()
			return report, ctx.Err()
		}
		return report, nil
	}, func(o *crawler.Options) { o.VisitTimeout = time.Millisecond })
	w.apply(t, source("a"))
	once(t, w, "a")
	window := crawler.Window{From: w.clock.now().Add(-48 * time.Hour), To: w.clock.now()}
	for range 4 {
		_, _ = w.Backfill(t.Context(), "a", window) // running out of time is its error
	}
	if want := []string{`"own"`, `"part 1"`, `"part 2"`, `"own"`}; !slices.Equal(begins, want) {
		t.Errorf("began at %q, want %q", begins, want)
	}
	if c := w.states.cursor("a"); c != `"own"` {
		t.Errorf("the source's own progress is %s", c)
	}
}
