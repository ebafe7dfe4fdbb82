package crawler_test

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"huiying"
	"huiying/crawler"
)

// While all collection is stopped a visit asks nothing, moves nothing and says
// so; when it goes on, sources that wait for long are visited at once.
func TestStopped(t *testing.T) {
	var asked atomic.Int64
	server := site(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	var stopped atomic.Bool
	var dialled error
	w := newWorld(t, func(ctx context.Context, v crawler.Visit) (crawler.Report, error) {
		_, dialled = v.Dial(ctx, "tcp", server.Listener.Addr().String())
		if _, err := v.Fetch.Fetch(ctx, crawler.Request{URL: server.URL}); err != nil {
			return crawler.Report{}, err
		}
		return crawler.Report{Answer: crawler.AnswerOK}, nil
	}, func(o *crawler.Options) {
		o.Stopped = func() error {
			if stopped.Load() {
				return errors.New("stopped by root: 割接")
			}
			return nil
		}
	})
	s := source("a")
	s.Every, s.Cron = 0, "0 9 * * *"
	w.apply(t, s)
	w.run(t)
	if e := w.ledger.next(t); e.State != huiying.SourceOK || dialled != nil {
		t.Fatalf("before: %+v, %v", e, dialled)
	}
	before := asked.Load()
	stopped.Store(true)
	e, err := w.RunOnce(t.Context(), "a")
	for huiying.ErrorCode(err) == huiying.Conflict { // the first visit is being put away
		e, err = w.RunOnce(t.Context(), "a")
	}
	if err == nil || e.State != huiying.SourcePaused || e.Reason != crawler.KeyStopped || e.Detail != "stopped by root: 割接" {
		t.Errorf("stopped: %+v, %v", e, err)
	}
	w.ledger.next(t)
	if asked.Load() != before || dialled == nil {
		t.Errorf("%d questions, a handshake: %v", asked.Load()-before, dialled)
	}
	stopped.Store(false)
	w.Resume()
	for deadline := time.After(20 * time.Second); ; {
		select {
		case e := <-w.ledger.rows:
			if e.State != huiying.SourceOK {
				t.Errorf("started again: %+v", e)
			}
			return
		case <-time.After(10 * time.Millisecond):
			w.poke(t, 11*time.Second, s) // the visit before may still be put away
		case <-deadline:
			t.Fatal("not visited again")
		}
	}
}
