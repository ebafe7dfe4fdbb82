package crawler_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/host"
)

// A budget of our own pauses the source, says whose doing it is, costs other
// hosts nothing, and ends by itself at midnight; raising it ends it at once.
func TestOwnBudgetPauses(t *testing.T) {
	asked := map[string]int{}
	page := func(ctx context.Context, v crawler.Visit) (crawler.Report, error) {
		p, err := v.Fetch.Fetch(ctx, crawler.Request{URL: v.Source.BaseURL + "/x"})
		return crawler.Report{Answer: p.Answer, Detail: p.Detail}, err
	}
	set := func(b host.Budget) func(*crawler.Options) {
		return func(o *crawler.Options) {
			o.Fetch.Budgets = []host.Budget{b}
			o.Fetch.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
				asked[r.URL.Host]++
				w := &http.Response{StatusCode: 200, Header: http.Header{}, Body: http.NoBody, Request: r}
				if r.URL.Path == "/robots.txt" {
					w.StatusCode = 404
				} else {
					w.StatusCode = 410
				}
				return w, nil
			})
		}
	}
	a, b := source("a"), source("b")
	a.BaseURL, b.BaseURL = "http://a.gov.example", "http://b.example"
	w := newWorld(t, page, set(host.Budget{Host: "*.gov.example", PerDay: 3}))
	w.apply(t, a, b)
	for range 2 {
		if e := once(t, w, "a"); e.State != huiying.SourceOK {
			t.Fatalf("within the budget: %+v", e)
		}
	}
	e, err := w.RunOnce(t.Context(), "a")
	midnight := time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC) // of the office
	if huiying.ErrorCode(err) != huiying.Unavailable || e.State != huiying.SourcePaused || e.Reason != "crawler.budget_spent" || !e.NextAt.Equal(midnight) {
		t.Errorf("spent: %+v, %v", e, err)
	}
	if !strings.Contains(e.Detail, "a.gov.example") || asked["a.gov.example"] != 3 || e.Answers.Asked() != 0 {
		t.Errorf("asked %v, detail %q, answers %+v", asked, e.Detail, e.Answers)
	}
	if e := once(t, w, "b"); e.State != huiying.SourceOK || e.NextAt.Sub(w.clock.now()) != time.Minute {
		t.Errorf("another host: %+v", e)
	}
	restarted := func(perDay int) huiying.SourceState {
		again := newWorld(t, page, func(o *crawler.Options) {
			set(host.Budget{Host: "*.gov.example", PerDay: perDay})(o)
			o.State, o.Now = w.states, w.clock.now
		})
		again.apply(t, a)
		stop := again.run(t)
		for again.health(t, "a").State == huiying.SourceNew {
			time.Sleep(time.Millisecond)
		}
		stop()
		return again.health(t, "a").State
	}
	if state := restarted(3); state != huiying.SourcePaused || asked["a.gov.example"] != 3 {
		t.Errorf("started again: %s, asked %v", state, asked)
	}
	w.clock.advance(midnight.Sub(w.clock.now()))
	if e := once(t, w, "a"); e.State != huiying.SourceOK {
		t.Errorf("the next day: %+v", e)
	}
	for err = nil; err == nil; {
		e, err = w.RunOnce(t.Context(), "a")
	}
	if state := restarted(9); e.State != huiying.SourcePaused || state != huiying.SourceOK {
		t.Errorf("started again with a larger budget: %s, then %s", e.State, state)
	}
}
