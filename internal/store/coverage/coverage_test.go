package coverage_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/coverage"
	"huiying/internal/store/definitions"
	"huiying/internal/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// office is a ledger with sources that are defined.
type office struct {
	t      *testing.T
	ledger *coverage.Ledger
	clock  *storetest.Clock
}

func newOffice(t *testing.T, s *store.Store, clock *storetest.Clock, sources ...huiying.Source) *office {
	t.Helper()
	for _, src := range sources {
		body, err := json.Marshal(src)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := definitions.New(s).Put(context.Background(), definitions.Definition{Kind: "source", ID: src.ID, Author: "t", Body: body}); err != nil {
			t.Fatal(err)
		}
	}
	return &office{t: t, ledger: coverage.New(s), clock: clock}
}

// visited saves a visit so long ago.
func (o *office) visited(source string, ago time.Duration, state huiying.SourceState, more ...func(*huiying.LedgerEntry)) {
	o.t.Helper()
	at := o.clock.Now().Add(-ago)
	e := huiying.LedgerEntry{
		Source: source, At: at, Took: time.Second, State: state, Pages: 2, Posts: 20, Accepted: 3, NextAt: at.Add(5 * time.Minute),
		Answers: huiying.AnswerCounts{OK: 2, Robots: 1}, Held: 1, Refused: 1,
	}
	if state == huiying.SourceEmpty {
		e.Posts, e.Accepted = 0, 0
	}
	for _, f := range more {
		f(&e)
	}
	if err := o.ledger.Save(o.t.Context(), e); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) span(back time.Duration) query.Coverage {
	o.t.Helper()
	c, err := o.ledger.Span(o.t.Context(), query.CoverageFilter{From: o.clock.Now().Add(-back)})
	if err != nil {
		o.t.Fatal(err)
	}
	return c
}

func (o *office) gaps(c query.Coverage, source string) []string {
	var out []string
	for _, s := range c.Sources {
		if s.Source.ID != source {
			continue
		}
		for _, g := range s.Gaps {
			to := "…"
			if !g.Lasts() {
				to = "-" + o.clock.Now().Sub(g.To).String()
			}
			out = append(out, g.Kind+" "+string(g.State)+" -"+o.clock.Now().Sub(g.From).String()+" "+to)
		}
	}
	return out
}

func capped(e *huiying.LedgerEntry) { e.Capped = true }

func every(id string) huiying.Source {
	return huiying.Source{ID: id, Kind: "weibo", Every: 5 * time.Minute}
}

func TestSpanSumsEveryVisitOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		o := newOffice(t, s, clock, every("weibo"), every("new"))
		blocked := func(e *huiying.LedgerEntry) {
			e.Posts, e.Accepted, e.Answers = 0, 0, huiying.AnswerCounts{Redirected: 1, LoginWall: 1, Blocked: 2, Unreachable: 1}
		}
		for range 2 { // a redelivery changes nothing
			o.visited("weibo", 90*time.Minute, huiying.SourceOK, capped)
			o.visited("weibo", 30*time.Minute, huiying.SourceBlocked, blocked)
			o.visited("weibo", 25*time.Minute, huiying.SourceOK, func(e *huiying.LedgerEntry) { e.Job = huiying.JobWatch })
			o.visited("gone", 40*time.Hour, huiying.SourceOK)
		}
		c := o.span(24 * time.Hour)
		if len(c.Sources) != 3 {
			t.Fatal(len(c.Sources))
		}
		got := c.Sources[2]
		want := query.Sums{
			Visits: 3, Well: 2, Capped: 1, Pages: 6, Posts: 40, Accepted: 6, Held: 3, Refused: 3, Asked: 11, Got: 4, Stopped: 3, Failed: 1,
			Answers: huiying.AnswerCounts{OK: 4, Robots: 2, Redirected: 1, LoginWall: 1, Blocked: 2, Unreachable: 1},
		}
		if diff := cmp.Diff(want, got.Total); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(got.Total, c.Total); diff != "" {
			t.Error("the whole is not the sum: " + diff)
		}
		if got.State != huiying.SourceOK || !got.LastOK.Equal(clock.Now().Add(-25*time.Minute)) || len(got.Hours) != 24 {
			t.Error(got.State, got.LastOK, len(got.Hours))
		}
		if c.Sources[1].State != huiying.SourceNew || c.Sources[0].Last.At.IsZero() {
			t.Error(c.Sources[1].State, c.Sources[0].Last)
		}
	})
}

func TestSpanFindsGaps(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		o := newOffice(t, s, clock, every("steady"), every("walled"), every("silent"), every("dry"), every("search"), every("cut"))
		for m := 0; m <= 60*60; m += 5 {
			ago := time.Duration(m) * time.Minute
			o.visited("steady", ago, huiying.SourceOK)
			if m > 30*60 {
				o.visited("walled", ago, huiying.SourceOK)
			}
			if m < 60 || m > 120 {
				o.visited("silent", ago, huiying.SourceOK)
			}
			dry := huiying.SourceOK
			if m <= 20 {
				dry = huiying.SourceEmpty
			}
			o.visited("dry", ago, dry)
			search := huiying.SourceOK
			if m%(24*60) < 6*60 {
				search = huiying.SourceEmpty
			}
			o.visited("search", ago, search)
			cut := func(*huiying.LedgerEntry) {}
			if m == 100 {
				cut = capped
			}
			o.visited("cut", ago, huiying.SourceOK, cut)
		}
		for h := 30; h >= 0; h -= 6 { // it began before the span
			o.visited("walled", time.Duration(h)*time.Hour, huiying.SourceLoginNeeded, func(e *huiying.LedgerEntry) { e.NextAt = e.At.Add(6 * time.Hour) })
		}
		c := o.span(24 * time.Hour)
		for source, want := range map[string][]string{
			"steady": nil,
			"walled": {"state login-needed -30h0m0s …"},
			"silent": {"silent  -1h59m30s -55m0s"},
			"dry":    {"empty  -20m0s …"},
			"search": nil,
			"cut":    {"capped  -1h45m0s -1h39m59s"},
		} {
			if diff := cmp.Diff(want, o.gaps(c, source)); diff != "" {
				t.Error(source, diff)
			}
		}
		clock.Advance(time.Hour)
		if got := o.gaps(o.span(24*time.Hour), "steady"); len(got) != 1 || got[0] != "down  -54m30s …" {
			t.Error(got)
		}
	})
}
