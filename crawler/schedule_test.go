package crawler_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/badsites"
	"huiying/internal/locale"
)

// answers is a reader that ends with the given class each time.
func answers(a crawler.Answer, detail string) reader {
	return func(_ context.Context, v crawler.Visit) (crawler.Report, error) {
		return crawler.Report{Cursor: v.Cursor, Answer: a, Detail: detail}, nil
	}
}

func once(t *testing.T, w *world, id string) huiying.LedgerEntry {
	t.Helper()
	e, err := w.RunOnce(t.Context(), id)
	if err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	return e
}

// A visit in full: posts, then the named point, then the cursor, then the row.
func TestVisit(t *testing.T) {
	var w *world
	var atPoint []string
	n := 0
	w = newWorld(t, func(ctx context.Context, v crawler.Visit) (crawler.Report, error) {
		n++
		if want := []string{"", `{"n":1}`, `{"n":2}`}[n-1]; string(v.Cursor) != want {
			t.Errorf("visit %d begins at %s, want %s", n, v.Cursor, want)
		}
		if v.Source.ID != "a" || v.Zone == nil || !v.Since.IsZero() || !v.Now().Equal(w.clock.now()) {
			t.Errorf("visit %+v", v)
		}
		w.clock.advance(3 * time.Second)
		for i := range n {
			if err := v.Sink.Accept(ctx, badsites.Thread(v, i)); err != nil {
				return crawler.Report{}, err
			}
		}
		return crawler.Report{
			Cursor: json.RawMessage(fmt.Sprintf(`{"n":%d}`, n)), Answer: crawler.AnswerOK, Detail: "two lists",
			Entry: huiying.LedgerEntry{Pages: 4, Posts: 9, Accepted: 99, Capped: true},
		}, nil
	}, func(o *crawler.Options) {
		o.Checkpoint = func(point string) {
			atPoint = append(atPoint, fmt.Sprintf("%s %d %s", point, len(w.sink.ids()), w.states.cursor("a")))
		}
	})
	w.apply(t, source("a"))
	begun := w.clock.now()
	got := once(t, w, "a")
	want := huiying.LedgerEntry{
		Source: "a", At: begun, Took: 3 * time.Second, State: huiying.SourceOK, Pages: 4, Posts: 9, Accepted: 1, Capped: true,
		Detail: "two lists", NextAt: w.clock.now().Add(time.Minute),
	}
	if got != want || w.ledger.next(t) != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if w.states.cursor("a") != `{"n":1}` {
		t.Errorf("kept %s", w.states.cursor("a"))
	}
	if got := once(t, w, "a"); got.Accepted != 1 { // one known, one new
		t.Errorf("accepted %d", got.Accepted)
	}
	if got := once(t, w, "a"); got.Accepted != 1 {
		t.Errorf("accepted %d", got.Accepted)
	}
	wantPoints := []string{"crawler.accepted 1 ", `crawler.accepted 2 {"n":1}`, `crawler.accepted 3 {"n":2}`}
	if !slices.Equal(atPoint, wantPoints) {
		t.Errorf("points %q, want %q", atPoint, wantPoints)
	}
	if ids := w.sink.ids(); len(ids) != 3 {
		t.Errorf("the sink has %v", ids)
	}
}

// A changed post is news, an unchanged one is not, whoever offers it.
func TestSeen(t *testing.T) {
	text := "一"
	w := newWorld(t, func(ctx context.Context, v crawler.Visit) (crawler.Report, error) {
		p := badsites.Thread(v, 1)
		p.Text = text
		return crawler.Report{}, v.Sink.Accept(ctx, p)
	}, nil)
	w.apply(t, source("a"), source("b"))
	for i, step := range []struct {
		source, text string
		accepted     int
	}{{"a", "一", 1}, {"a", "一", 0}, {"b", "一", 0}, {"b", "二", 1}, {"a", "二", 0}} {
		text = step.text
		if e := once(t, w, step.source); e.Accepted != step.accepted {
			t.Errorf("step %d: accepted %d, want %d", i, e.Accepted, step.accepted)
		}
	}
}

// The cursor stays behind a post the sink did not take, also when the reader
// hides the error.
func TestSinkRefuses(t *testing.T) {
	for _, hides := range []bool{false, true} {
		w := newWorld(t, func(ctx context.Context, v crawler.Visit) (crawler.Report, error) {
			for i := range 3 {
				if err := v.Sink.Accept(ctx, badsites.Thread(v, i)); err != nil && !hides {
					return crawler.Report{Cursor: json.RawMessage(`1`)}, fmt.Errorf("accept: %w", err)
				}
			}
			return crawler.Report{Cursor: json.RawMessage(`3`), Answer: crawler.AnswerOK}, nil
		}, nil)
		w.apply(t, source("a"))
		w.sink.breakWith(huiying.Errorf(huiying.Unavailable, "bus.full", "posts"))
		e, err := w.RunOnce(t.Context(), "a")
		if (err == nil) != hides || e.Reason != "crawler.not_accepted" || e.NextAt.Sub(w.clock.now()) != 15*time.Second {
			t.Errorf("hides %v: %+v, %v", hides, e, err)
		}
		if c := w.states.cursor("a"); c != "" {
			t.Errorf("hides %v: the cursor moved to %s", hides, c)
		}
		w.sink.breakWith(nil)
		if e := once(t, w, "a"); e.Accepted != 3 || w.states.cursor("a") != "3" {
			t.Errorf("hides %v: then %+v at %s", hides, e, w.states.cursor("a"))
		}
	}
}

// A post that has no name is left out and told; what follows it is not held up.
func TestInvalidPost(t *testing.T) {
	w := newWorld(t, func(ctx context.Context, v crawler.Visit) (crawler.Report, error) {
		bad := badsites.Thread(v, 1)
		bad.ID = ""
		return crawler.Report{Cursor: json.RawMessage(`1`)}, errors.Join(v.Sink.Accept(ctx, bad), v.Sink.Accept(ctx, badsites.Thread(v, 2)))
	}, nil)
	w.apply(t, source("a"))
	e := once(t, w, "a")
	if e.Accepted != 1 || e.Detail != "posts without a name: 1" || w.states.cursor("a") != "1" {
		t.Errorf("got %+v", e)
	}
}

// What a refusal does: the state, the reason for people, and the waits of
// three visits in a row.
func TestPatience(t *testing.T) {
	catalogue, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	const m, h = time.Minute, time.Hour
	for answer, want := range map[crawler.Answer]struct {
		state huiying.SourceState
		waits [3]time.Duration
	}{
		crawler.AnswerOK:          {huiying.SourceOK, [3]time.Duration{m, m, m}},
		crawler.AnswerDeleted:     {huiying.SourceOK, [3]time.Duration{m, m, m}},
		crawler.AnswerEmpty:       {huiying.SourceEmpty, [3]time.Duration{m, m, m}},
		crawler.AnswerLoginWall:   {huiying.SourceLoginNeeded, [3]time.Duration{6 * h, 12 * h, 24 * h}},
		crawler.AnswerBlocked:     {huiying.SourceBlocked, [3]time.Duration{h, 2 * h, 4 * h}},
		crawler.AnswerRateLimited: {huiying.SourceRateLimited, [3]time.Duration{30 * m, h, 2 * h}},
		crawler.AnswerForbidden:   {huiying.SourceForbidden, [3]time.Duration{6 * h, 12 * h, 24 * h}},
		crawler.AnswerMaintenance: {huiying.SourceMaintenance, [3]time.Duration{2 * m, 4 * m, 8 * m}},
		crawler.AnswerMalformed:   {huiying.SourceMalformed, [3]time.Duration{m, 2 * m, 4 * m}},
	} {
		w := newWorld(t, answers(answer, "HTTP x"), nil)
		w.apply(t, source("a"))
		for i, wait := range want.waits {
			e := once(t, w, "a")
			if e.State != want.state || e.NextAt.Sub(w.clock.now()) != wait || e.Detail != "HTTP x" {
				t.Errorf("%s, visit %d: %s for %s, want %s for %s", answer, i, e.State, e.NextAt.Sub(w.clock.now()), want.state, wait)
			}
			ok := want.state == huiying.SourceOK || want.state == huiying.SourceEmpty
			if (e.Reason == "") != ok || !ok && !catalogue.Has(e.Reason) {
				t.Errorf("%s: reason %q", answer, e.Reason)
			}
		}
		health := w.health(t, "a")
		if health.State != want.state || health.Last.Detail != "HTTP x" {
			t.Errorf("%s: health %+v", answer, health)
		}
	}
	for _, p := range crawler.DefaultPatience() {
		if !catalogue.Has("crawler.state." + string(p.State)) {
			t.Errorf("no sentence for %s", p.State)
		}
	}
}

// An interval longer than the patience is kept, except where the site could
// not be reached.
func TestPatienceAndInterval(t *testing.T) {
	var fail error
	w := newWorld(t, func(context.Context, crawler.Visit) (crawler.Report, error) {
		return crawler.Report{Answer: crawler.AnswerMaintenance}, fail
	}, nil)
	s := source("a")
	s.Every = 3 * time.Hour
	w.apply(t, s)
	if e := once(t, w, "a"); e.NextAt.Sub(w.clock.now()) != 3*time.Hour {
		t.Errorf("maintenance: again in %s", e.NextAt.Sub(w.clock.now()))
	}
	fail = huiying.Errorf(huiying.Unavailable, "crawler.unreachable", "x", "y")
	var waits []time.Duration
	for range 10 {
		e, err := w.RunOnce(t.Context(), "a")
		if err == nil || e.State != huiying.SourceUnreachable || e.Reason != "crawler.unreachable" {
			t.Fatalf("got %+v, %v", e, err)
		}
		waits = append(waits, e.NextAt.Sub(w.clock.now()))
	}
	if waits[0] != 15*time.Second || waits[1] != 30*time.Second || waits[9] != 30*time.Minute {
		t.Errorf("unreachable: %v", waits)
	}
}

// A reader that panics costs its own visit: its cursor stays, others go on.
func TestPanic(t *testing.T) {
	w := newWorld(t, func(ctx context.Context, v crawler.Visit) (crawler.Report, error) {
		if v.Source.ID == "bad" && v.Cursor != nil {
			v.Sink.Accept(ctx, badsites.Thread(v, 7))
			var p *huiying.Post
			p.ID = "x"
		}
		return crawler.Report{Cursor: json.RawMessage(`1`), Answer: crawler.AnswerOK}, nil
	}, nil)
	w.apply(t, source("bad"), source("good"))
	once(t, w, "bad")
	e, err := w.RunOnce(t.Context(), "bad")
	if err == nil || e.State != huiying.SourceMalformed || e.Reason != "crawler.panic" || e.Accepted != 1 {
		t.Errorf("got %+v, %v", e, err)
	}
	if w.states.cursor("bad") != "1" {
		t.Errorf("the cursor is %s", w.states.cursor("bad"))
	}
	if e := once(t, w, "good"); e.State != huiying.SourceOK {
		t.Errorf("the other source: %+v", e)
	}
}

// robots.txt, walls and rests met through the fetcher become states.
func TestStatesFromFetching(t *testing.T) {
	closed := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "User-agent: *\nDisallow: /\n") }))
	t.Cleanup(closed.Close)
	var status atomic.Int32
	other := site(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(int(status.Load())) })
	w := newWorld(t, func(ctx context.Context, v crawler.Visit) (crawler.Report, error) {
		p, err := v.Fetch.Fetch(ctx, crawler.Request{URL: v.Source.BaseURL + "/x"})
		return crawler.Report{Answer: p.Answer, Detail: p.Detail}, err
	}, nil)
	s := source("a")
	s.BaseURL = closed.URL
	w.apply(t, s)
	e, err := w.RunOnce(t.Context(), "a")
	if huiying.ErrorCode(err) != huiying.Forbidden || e.State != huiying.SourceRobotsDisallowed || e.Reason != "crawler.robots_disallowed" || e.NextAt.Sub(w.clock.now()) != 6*time.Hour {
		t.Errorf("disallowed: %+v, %v", e, err)
	}
	s.Register = huiying.Register{Basis: "授权", Reference: "某函〔2026〕1号", Holder: "某中心", Expires: w.clock.now().Add(time.Hour)}
	w.apply(t, s)
	if h := w.health(t, "a"); h.NextAt.After(w.clock.now()) {
		t.Errorf("a new register row waits until %s", h.NextAt)
	}
	if e := once(t, w, "a"); e.State != huiying.SourceOK || e.Pages != 1 {
		t.Errorf("covered: %+v", e)
	}
	w.clock.advance(2 * time.Hour)
	if e, _ := w.RunOnce(t.Context(), "a"); e.State != huiying.SourceRobotsDisallowed {
		t.Errorf("expired: %+v", e)
	}

	s.ID, s.BaseURL = "b", other.URL
	w.apply(t, s)
	status.Store(418)
	if e := once(t, w, "b"); e.State != huiying.SourceRateLimited || e.NextAt.Sub(w.clock.now()) != 30*time.Minute {
		t.Errorf("418: %+v", e)
	}
	e, err = w.RunOnce(t.Context(), "b")
	if err == nil || e.State != huiying.SourceRateLimited || e.Reason != "crawler.resting" || e.NextAt.Sub(w.clock.now()) != 2*time.Hour {
		t.Errorf("resting: %+v, %v", e, err)
	}
	w.clock.advance(2 * time.Hour)
	status.Store(200)
	if e := once(t, w, "b"); e.State != huiying.SourceMalformed || !strings.Contains(e.Detail, "without a body") {
		t.Errorf("after the rest: %+v", e)
	}
}

// After an unclean start a source is read again from ten minutes before its
// cursor until a visit was complete, even over another unclean start.
func TestReread(t *testing.T) {
	var since []time.Time
	fail := errors.New("no")
	ok := func(ctx context.Context, v crawler.Visit) (crawler.Report, error) {
		since = append(since, v.Since)
		return crawler.Report{Cursor: json.RawMessage(fmt.Sprint(len(since))), Answer: crawler.AnswerOK}, nil
	}
	w := newWorld(t, ok, nil)
	w.apply(t, source("a"))
	once(t, w, "a")
	restart := func(f reader, unclean bool) *world {
		next := newWorld(t, f, func(o *crawler.Options) { o.State, o.Unclean, o.Now = w.states, unclean, w.clock.now })
		next.apply(t, source("a"))
		return next
	}
	w.clock.advance(time.Hour)
	if once(t, restart(ok, false), "a"); !since[1].IsZero() {
		t.Errorf("after a clean start: since %s", since[1])
	}
	savedAt := w.clock.now()
	w.clock.advance(time.Hour)
	broken := restart(func(_ context.Context, v crawler.Visit) (crawler.Report, error) {
		since = append(since, v.Since)
		return crawler.Report{Cursor: json.RawMessage(`"half"`)}, fail
	}, true)
	if _, err := broken.RunOnce(t.Context(), "a"); !errors.Is(err, fail) || !since[2].Equal(savedAt.Add(-10*time.Minute)) {
		t.Errorf("after an unclean start: since %s, want %s (%v)", since[2], savedAt.Add(-10*time.Minute), err)
	}
	w.clock.advance(time.Hour)
	again := restart(ok, true)
	if once(t, again, "a"); !since[3].Equal(savedAt.Add(-10 * time.Minute)) {
		t.Errorf("after a second one: since %s", since[3])
	}
	if once(t, again, "a"); !since[4].IsZero() {
		t.Errorf("after a complete visit: since %s", since[4])
	}
}

// A refusal from before the start holds, unless the definition changed; a ban
// holds even then.
func TestRefusalOutlivesAStart(t *testing.T) {
	for _, tc := range []struct {
		answer  crawler.Answer
		changed bool
		visited bool
	}{
		{crawler.AnswerLoginWall, false, false}, {crawler.AnswerLoginWall, true, true},
		{crawler.AnswerBlocked, false, false}, {crawler.AnswerBlocked, true, false},
		{crawler.AnswerOK, false, true}, {crawler.AnswerOK, true, true},
	} {
		w := newWorld(t, answers(tc.answer, "x"), nil)
		w.apply(t, source("a"))
		before := once(t, w, "a")
		next := newWorld(t, answers(crawler.AnswerOK, ""), func(o *crawler.Options) {
			o.State, o.Now, o.Workers = w.states, w.clock.now, 1
		})
		s := source("a")
		if tc.changed {
			s.Options = json.RawMessage(`{"cookie":"new"}`)
		}
		next.apply(t, s, source("z"))
		stop := next.run(t)
		seen := map[string]bool{next.ledger.next(t).Source: true}
		if tc.visited {
			seen[next.ledger.next(t).Source] = true
		}
		stop()
		if seen["a"] != tc.visited {
			t.Errorf("%+v: visited %v", tc, seen)
		}
		if h := next.health(t, "a"); !tc.visited && (h.State != before.State || !h.NextAt.Equal(before.NextAt)) {
			t.Errorf("%+v: health %+v", tc, h)
		}
	}
}

// When another process moved the progress, the next visit begins there.
func TestStateConflict(t *testing.T) {
	var begins []string
	w := newWorld(t, func(_ context.Context, v crawler.Visit) (crawler.Report, error) {
		begins = append(begins, string(v.Cursor))
		return crawler.Report{Cursor: json.RawMessage(fmt.Sprint(len(begins)))}, nil
	}, nil)
	w.apply(t, source("a"))
	once(t, w, "a")
	if _, err := w.states.Save(t.Context(), "a", []byte(`{"cursor":77,"next_at":"2026-11-23T00:00:00Z","saved_at":"2026-11-23T00:00:00Z","state":"ok","definition":""}`), 1); err != nil {
		t.Fatal(err)
	}
	if e := once(t, w, "a"); e.Reason != "crawler.state_changed" {
		t.Errorf("got %+v", e)
	}
	once(t, w, "a")
	if want := []string{"", "1", "77"}; !slices.Equal(begins, want) {
		t.Errorf("began at %q, want %q", begins, want)
	}
}

func TestStateUnreadable(t *testing.T) {
	w := newWorld(t, answers(crawler.AnswerOK, ""), nil)
	w.apply(t, source("a"))
	w.states.breakWith(errors.New("down"))
	e, err := w.RunOnce(t.Context(), "a")
	if huiying.ErrorCode(err) != huiying.Unavailable || e.Reason != "crawler.state_unread" || e.NextAt.Sub(w.clock.now()) != 15*time.Second {
		t.Errorf("got %+v, %v", e, err)
	}
	w.states.breakWith(nil)
	if e := once(t, w, "a"); e.State != huiying.SourceOK {
		t.Errorf("then %+v", e)
	}
}

// Run visits what is due with a bounded number of workers and one visit per
// source at a time.
func TestRunWorkers(t *testing.T) {
	var mu sync.Mutex
	var most int
	running := map[string]int{}
	entered, leave := make(chan string, 100), make(chan struct{})
	w := newWorld(t, func(ctx context.Context, v crawler.Visit) (crawler.Report, error) {
		mu.Lock()
		running[v.Source.ID]++
		if running[v.Source.ID] > 1 {
			t.Errorf("%s is read twice at a time", v.Source.ID)
		}
		total := 0
		for _, n := range running {
			total += n
		}
		most = max(most, total)
		mu.Unlock()
		entered <- v.Source.ID
		select {
		case <-leave:
		case <-ctx.Done():
		}
		mu.Lock()
		running[v.Source.ID]--
		mu.Unlock()
		return crawler.Report{}, nil
	}, func(o *crawler.Options) { o.Workers = 3 })
	var sources []huiying.Source
	for i := range 8 {
		sources = append(sources, source(fmt.Sprintf("s%d", i)))
	}
	w.apply(t, sources...)
	stop := w.run(t)
	seen := map[string]bool{}
	for range 3 {
		seen[<-entered] = true
	}
	w.poke(t, time.Hour, sources...)
	if _, err := w.RunOnce(t.Context(), anyKey(seen)); huiying.ErrorCode(err) != huiying.Conflict {
		t.Errorf("a source that is being read: %v", err)
	}
	for range 8 {
		leave <- struct{}{}
	}
	for len(seen) < 8 {
		seen[<-entered] = true
	}
	close(leave)
	stop()
	if most != 3 {
		t.Errorf("%d visits at a time", most)
	}
}

func anyKey(m map[string]bool) string {
	for k := range m {
		return k
	}
	return ""
}

// A visit that takes too long is ended; what it reached is kept, and a visit
// that came somewhere is told as cut short, not as a failure.
func TestTimeout(t *testing.T) {
	s := site(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "x") })
	for _, pages := range []int{0, 1} {
		w := newWorld(t, func(ctx context.Context, v crawler.Visit) (crawler.Report, error) {
			for range pages {
				if _, err := v.Fetch.Fetch(ctx, crawler.Request{URL: s.URL}); err != nil {
					t.Error(err)
				}
			}
			<-ctx.Done()
			return crawler.Report{Cursor: json.RawMessage(`5`)}, ctx.Err()
		}, func(o *crawler.Options) { o.VisitTimeout = 300 * time.Millisecond })
		w.apply(t, source("a"))
		e, err := w.RunOnce(t.Context(), "a")
		state := []huiying.SourceState{huiying.SourceUnreachable, huiying.SourceOK}[pages]
		if !errors.Is(err, context.DeadlineExceeded) || e.State != state || e.Reason != "crawler.timeout" || !e.Capped || w.states.cursor("a") != "5" {
			t.Errorf("%d pages: %+v at %s, %v", pages, e, w.states.cursor("a"), err)
		}
	}
}

// A reader that does not stop gives up its worker, not its source; what it
// offers afterwards is not taken.
func TestStuck(t *testing.T) {
	release, late := make(chan struct{}), make(chan error, 1)
	var visits atomic.Int32
	w := newWorld(t, func(ctx context.Context, v crawler.Visit) (crawler.Report, error) {
		if v.Source.ID == "other" || visits.Add(1) > 1 {
			return crawler.Report{}, nil
		}
		<-release
		late <- v.Sink.Accept(ctx, badsites.Thread(v, 1))
		return crawler.Report{Cursor: json.RawMessage(`9`)}, nil
	}, func(o *crawler.Options) {
		o.Workers, o.VisitTimeout, o.Grace = 1, 50*time.Millisecond, 20*time.Millisecond
	})
	w.apply(t, source("stuck"), source("other"))
	stop := w.run(t)
	rows := map[string]huiying.LedgerEntry{}
	for range 2 {
		e := w.ledger.next(t)
		rows[e.Source] = e
	}
	if e := rows["stuck"]; e.Reason != "crawler.stuck" || e.State == huiying.SourceOK {
		t.Errorf("stuck: %+v", e)
	}
	w.poke(t, time.Hour, source("stuck"), source("other"))
	if e := w.ledger.next(t); e.Source != "other" {
		t.Errorf("%s was visited", e.Source)
	}
	if h := w.health(t, "stuck"); !h.Running || visits.Load() != 1 {
		t.Errorf("health %+v after %d visits", h, visits.Load())
	}
	close(release)
	if err := <-late; huiying.ErrorCode(err) != huiying.Unavailable {
		t.Errorf("a late post: %v", err)
	}
	w.poke(t, 24*time.Hour, source("stuck"), source("other"))
	for w.ledger.next(t).Source != "stuck" {
	}
	stop()
	if c := w.states.cursor("stuck"); c != "" {
		t.Errorf("the cursor of a lost visit was kept: %s", c)
	}
}

// At the end of the process a visit saves what it reached and is not judged.
func TestShutdown(t *testing.T) {
	entered := make(chan struct{})
	w := newWorld(t, func(ctx context.Context, v crawler.Visit) (crawler.Report, error) {
		if err := v.Sink.Accept(ctx, badsites.Thread(v, 1)); err != nil {
			return crawler.Report{}, err
		}
		close(entered)
		<-ctx.Done()
		return crawler.Report{Cursor: json.RawMessage(`1`)}, ctx.Err()
	}, nil)
	w.apply(t, source("a"))
	stop := w.run(t)
	<-entered
	stop()
	if c := w.states.cursor("a"); c != "1" {
		t.Errorf("the cursor is %q", c)
	}
	if len(w.ledger.rows) != 0 {
		t.Errorf("a visit cut short by us is in the ledger: %+v", <-w.ledger.rows)
	}
	if h := w.health(t, "a"); h.State != huiying.SourceNew || h.Failures != 0 {
		t.Errorf("health %+v", h)
	}
}

func TestApply(t *testing.T) {
	w := newWorld(t, answers(crawler.AnswerLoginWall, ""), func(o *crawler.Options) {
		o.Kinds[0].Check = func(s huiying.Source) error {
			if s.BaseURL == "" {
				return huiying.Errorf(huiying.Invalid, "weibo.bad_base_url", s.ID, "")
			}
			return nil
		}
	})
	bad, unknown, odd := source("bad"), source("unknown"), source("Odd Id")
	bad.BaseURL, unknown.Kind = "", "none"
	paused := source("paused")
	paused.Disabled = true
	err := w.Apply([]huiying.Source{bad, source("a"), unknown, odd, source("a"), paused})
	for _, key := range []string{"weibo.bad_base_url", "crawler.unknown_kind", "crawler.bad_source_id", "crawler.source_twice"} {
		if err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("%s is missing in %v", key, err)
		}
	}
	list := w.Health()
	if len(list) != 2 || list[0].ID != "a" || list[0].State != huiying.SourceNew || list[1].State != huiying.SourcePaused || !list[1].NextAt.IsZero() {
		t.Errorf("register %+v", list)
	}
	if e := once(t, w, "paused"); e.State != huiying.SourceLoginNeeded {
		t.Errorf("trying a paused source: %+v", e)
	}
	if _, err := w.RunOnce(t.Context(), "bad"); huiying.ErrorCode(err) != huiying.NotFound {
		t.Errorf("a source that is not there: %v", err)
	}
	once(t, w, "a")
	once(t, w, "a")
	before := w.health(t, "a")
	w.apply(t, source("a"))
	if h := w.health(t, "a"); !h.NextAt.Equal(before.NextAt) || h.Failures != 2 {
		t.Errorf("the same definition again: %+v", h)
	}
	renamed := source("a")
	renamed.Name = "新名"
	w.apply(t, renamed)
	if h := w.health(t, "a"); h.NextAt.After(w.clock.now()) || h.Failures != 0 || h.Name != "新名" {
		t.Errorf("a changed definition: %+v", h)
	}
	w.apply(t)
	if len(w.Health()) != 0 {
		t.Errorf("an empty register has %v", w.Health())
	}
}

// A source that is changed or taken out while it is read ends its visit by the
// old definition; the new one follows at once.
func TestApplyWhileRunning(t *testing.T) {
	entered, leave := make(chan string, 10), make(chan struct{})
	w := newWorld(t, func(_ context.Context, v crawler.Visit) (crawler.Report, error) {
		entered <- v.Source.Name
		<-leave
		return crawler.Report{Answer: crawler.AnswerLoginWall}, nil
	}, nil)
	s := source("a")
	s.Name = "old"
	w.apply(t, s)
	stop := w.run(t)
	if n := <-entered; n != "old" {
		t.Fatal(n)
	}
	s.Name = "new"
	w.apply(t, s)
	leave <- struct{}{}
	if n := <-entered; n != "new" {
		t.Errorf("then %s was read", n)
	}
	w.apply(t)
	close(leave)
	stop()
	if len(w.Health()) != 0 {
		t.Errorf("the register has %v", w.Health())
	}
}

func TestNewRefuses(t *testing.T) {
	whole := crawler.Options{Sink: &sink{}, State: newStates(), Now: time.Now, Fetch: crawler.FetchOptions{UserAgent: "x"}}
	for name, spoil := range map[string]func(*crawler.Options){
		"no sink":       func(o *crawler.Options) { o.Sink = nil },
		"no state":      func(o *crawler.Options) { o.State = nil },
		"no clock":      func(o *crawler.Options) { o.Now = nil },
		"no user agent": func(o *crawler.Options) { o.Fetch.UserAgent = "" },
	} {
		o := whole
		spoil(&o)
		if _, err := crawler.New(o); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestUserAgentIsSafe(t *testing.T) {
	s := site(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.UserAgent()) })
	w := newWorld(t, nil, func(o *crawler.Options) { o.Fetch.UserAgent = "huiying/1 (某中心\r\nX-Evil: 1)" })
	p, err := fetch(t, w, crawler.Request{URL: s.URL})
	if err != nil || strings.ContainsAny(string(p.Body), "\r\n") || !strings.HasPrefix(string(p.Body), "huiying/1 (%E6%9F%90") {
		t.Errorf("%q, %v", p.Body, err)
	}
}

func TestMetrics(t *testing.T) {
	s := site(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(432) })
	reg := prometheus.NewPedanticRegistry()
	w := newWorld(t, func(ctx context.Context, v crawler.Visit) (crawler.Report, error) {
		p, err := v.Fetch.Fetch(ctx, crawler.Request{URL: s.URL})
		return crawler.Report{Answer: p.Answer}, errors.Join(err, v.Sink.Accept(ctx, badsites.Thread(v, 1)))
	}, func(o *crawler.Options) { o.Registerer = reg })
	w.apply(t, source("a"))
	once(t, w, "a")
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		if !strings.HasPrefix(f.GetName(), "huiying_crawler_") {
			t.Errorf("metric %s", f.GetName())
		}
		for _, m := range f.GetMetric() {
			got[f.GetName()] += m.GetCounter().GetValue()
		}
	}
	for _, name := range []string{"fetches_total", "host_rests_total", "visits_total", "posts_offered_total", "posts_accepted_total"} {
		if got["huiying_crawler_"+name] != 1 {
			t.Errorf("%s is %v", name, got["huiying_crawler_"+name])
		}
	}
}

// A visit that is wanted is made at once and once, whoever hears of it how
// often; where the site refused, nothing is hurried; and it makes no other
// definition of the source, whose old posts would be held.
func TestWanted(t *testing.T) {
	answer := crawler.AnswerOK
	w := newWorld(t, func(context.Context, crawler.Visit) (crawler.Report, error) {
		return crawler.Report{Answer: answer}, nil
	}, nil)
	w.apply(t, source("a"))
	once(t, w, "a")
	before := w.health(t, "a")
	if !before.NextAt.After(w.clock.now()) {
		t.Fatalf("due before anybody wanted it: %+v", before)
	}
	wanted := source("a")
	wanted.Asked = w.clock.now().Add(time.Second)
	w.apply(t, wanted)
	if h := w.health(t, "a"); h.NextAt.After(w.clock.now()) {
		t.Errorf("wanted, and not due: %+v", h)
	}
	w.clock.advance(2 * time.Second)
	once(t, w, "a")
	w.apply(t, wanted)
	if h := w.health(t, "a"); !h.NextAt.After(w.clock.now()) {
		t.Errorf("visited, and due again: %+v", h)
	}
	for _, refused := range []crawler.Answer{crawler.AnswerBlocked, crawler.AnswerRateLimited, crawler.AnswerForbidden, crawler.AnswerLoginWall} {
		answer = refused
		once(t, w, "a")
		before := w.health(t, "a")
		wanted.Asked = w.clock.now().Add(time.Second)
		w.apply(t, wanted)
		if h := w.health(t, "a"); !h.NextAt.Equal(before.NextAt) {
			t.Errorf("%s is hurried: %v after %v", refused, h.NextAt, before.NextAt)
		}
		w.clock.advance(2 * time.Second)
	}
	paused := source("a")
	paused.Disabled, paused.Asked = true, w.clock.now().Add(time.Hour)
	w.apply(t, paused)
	if h := w.health(t, "a"); !h.NextAt.IsZero() {
		t.Errorf("a paused source is due: %+v", h)
	}
}

// What was kept of a source and cannot be read any more does not stop it: it is
// read from its beginning, and what is kept then can be read.
func TestUnreadableStateBeginsAnew(t *testing.T) {
	var cursors []string
	w := newWorld(t, func(ctx context.Context, v crawler.Visit) (crawler.Report, error) {
		cursors = append(cursors, string(v.Cursor))
		return crawler.Report{Answer: crawler.AnswerOK, Cursor: json.RawMessage(`{"at":1}`)}, nil
	}, nil)
	w.states.m["a"], w.states.rev["a"] = []byte(`{"cursor":{"lists":`), 7
	w.apply(t, source("a"))
	w.run(t)
	if e := w.ledger.next(t); e.State != huiying.SourceOK {
		t.Errorf("state %s, reason %s", e.State, e.Reason)
	}
	if len(cursors) != 1 || cursors[0] != "" {
		t.Errorf("read from %q", cursors)
	}
	if got := w.states.cursor("a"); got != `{"at":1}` {
		t.Errorf("kept %s", got)
	}
}
