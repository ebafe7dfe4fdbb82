package outcomes_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sort"
	"testing"
	"time"

	"go.uber.org/goleak"

	"huiying"
	"huiying/internal/app/outcomes/officetest"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/record"
	"huiying/internal/store/storetest"
	"huiying/internal/web/filter"
	view "huiying/internal/web/outcomes"
	"huiying/notifier/casework/measure"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("database/sql.(*DB).connectionOpener"))
}

// office is a store with cases that take whatever steps the machine has.
type office struct{ *officetest.Office }

func newOffice(t testing.TB, seed uint64) *office { return &office{officetest.New(t, seed)} }

var (
	zone  = officetest.Zone()
	metBy = officetest.MetBy()
)

func ask(f filter.Outcomes, o *office) query.OutcomeAsk {
	a, err := f.Ask(query.Scope{All: true}, o.Now, zone)
	o.Must(err)
	return a
}

// recomputed is the figures made anew from the record alone.
func (o *office) recomputed(a query.OutcomeAsk, from, to time.Time) map[string]measure.Figure {
	list, err := record.Histories(context.Background(), o.Store.Reader(), time.Time{}, "")
	o.Must(err)
	var all []measure.History
	for _, h := range list {
		c, err := o.Machine.Fold(h.Steps)
		o.Must(err)
		if (a.Unit == "" || c.Unit == a.Unit || a.Unit == query.Nobody && c.Unit == "") && (a.Level == "" || c.Level == a.Level) &&
			(a.Platform == "" || c.Origin.Platform == a.Platform) {
			all = append(all, measure.History{Case: c, Steps: h.Steps})
		}
	}
	out := map[string]measure.Figure{}
	for _, f := range measure.Figures(all, measure.Office{Zone: zone, MetBy: metBy}, measure.Period{From: from, To: to, Now: o.Now}) {
		out[f.ID] = f
	}
	return out
}

func same(t *testing.T, what string, got query.Outcome, want measure.Figure) {
	t.Helper()
	if got.N != want.Numerator || got.Of != want.Denominator || got.Median != want.Median || got.P90 != want.P90 || got.Max != want.Max {
		t.Fatalf("%s %s: %d of %d, %v %v %v; the record says %d of %d, %v %v %v", what, want.ID, got.N, got.Of, got.Median, got.P90, got.Max,
			want.Numerator, want.Denominator, want.Median, want.P90, want.Max)
	}
}

// Every number of the page, on random histories and after each of them moved
// on, is the one that the record alone gives; what is behind it are the very
// cases; parts and histograms add up.
func TestPageIsTheRecord(t *testing.T) {
	for seed := range uint64(2) {
		o := newOffice(t, seed)
		o.Open(40)
		for round := range 2 {
			for _, f := range []filter.Outcomes{
				{Period: "30d", Compare: true, By: query.ByUnit}, {Period: "7d", Compare: true, By: query.ByWeek, Unit: "u-hall"},
				{Period: filter.Range, From: "2026-11-04", To: "2026-11-15", By: query.ByPlatform, Level: "red"}, {Period: "month", By: query.ByLevel, Unit: query.Nobody},
			} {
				o.check(t, f)
			}
			if round == 0 {
				o.Open(5)
			}
			o.Move(15)
			o.Now = o.Now.Add(3 * time.Hour)
		}
	}
}

func (o *office) check(t *testing.T, f filter.Outcomes) {
	t.Helper()
	a := ask(f, o)
	got, err := o.Desk.Outcomes(t.Context(), a)
	o.Must(err)
	v := view.NewView(f, got, a)
	want := o.recomputed(a, a.From, a.To)
	var was map[string]measure.Figure
	if a.Compare {
		from, to := a.Before()
		was = o.recomputed(a, from, to)
	}
	shown := slices.Concat(v.OnTime, v.Rates, v.Spans)
	for _, s := range v.Stages {
		shown = append(shown, s.Time, *s.Share)
		sum := 0
		for _, b := range s.Chart.Bins {
			sum += b.N
		}
		if sum != want[s.Time.ID].Denominator {
			t.Fatalf("the histogram of %s has %d of %d", s.Time.ID, sum, want[s.Time.ID].Denominator)
		}
	}
	for _, id := range measure.IDs() {
		if !slices.ContainsFunc(shown, func(f view.Figure) bool { return f.ID == id }) {
			t.Fatalf("%s is not on the page", id)
		}
	}
	for _, one := range shown {
		same(t, "the page", one.Outcome, want[one.ID])
		if a.Compare {
			same(t, "the period before", *one.Was, was[one.ID])
		}
		o.behind(t, a, one.Outcome, want[one.ID])
	}
	if a.By == query.ByWeek || a.Unit == "" && a.By == query.ByUnit {
		for _, id := range []string{"ack_rate", "closing_time", "on_time_honest"} {
			sum := 0
			for _, p := range v.Parts {
				sum += p.Figures[id].Of
			}
			if sum != want[id].Denominator {
				t.Fatalf("%s by %s adds up to %d of %d", id, a.By, sum, want[id].Denominator)
			}
		}
	}
}

// behind compares the list that a number leads to with the cases that the
// record names.
func (o *office) behind(t *testing.T, a query.OutcomeAsk, shown query.Outcome, want measure.Figure) {
	t.Helper()
	for part, numbers := range map[string][]string{query.PartIn: want.In, query.PartRest: want.Out, query.PartAll: slices.Concat(want.In, want.Out)} {
		list, err := o.Desk.Behind(t.Context(), query.BehindAsk{OutcomeAsk: a, Figure: shown.ID, BehindPage: query.BehindPage{Part: part, Limit: 1000}})
		o.Must(err)
		var got []string
		for _, r := range list.Rows {
			got = append(got, r.No)
		}
		sort.Strings(got)
		numbers = slices.Sorted(slices.Values(numbers))
		if !slices.Equal(got, numbers) || list.Total != len(numbers) {
			t.Fatalf("%s %s lists %v, the record names %v", shown.ID, part, got, numbers)
		}
	}
}

// A table by weeks has every week of the longest range that may be asked for,
// the last one too.
func TestEveryWeekOfALongRange(t *testing.T) {
	o := newOffice(t, 4)
	o.Open(3)
	a := ask(filter.Outcomes{Period: filter.Range, From: "2024-01-01", To: "2026-11-20", By: query.ByWeek}, o)
	got, err := o.Desk.Outcomes(t.Context(), a)
	o.Must(err)
	if n := len(got.Parts); n != 151 || !got.Parts[0].From.Equal(a.From) || !got.Parts[n-1].To.Equal(a.To) {
		t.Errorf("%d weeks", n)
	}
}

// The figure above a list of alerts is of the whole list, over whatever channel.
func TestAlertsOfEveryChannel(t *testing.T) {
	o := newOffice(t, 6)
	at := o.Now.Add(-time.Hour)
	for i, channel := range []string{"hook", "wecom", "wecom"} {
		raised, acked := store.Micros(at), store.Micros(at.Add(time.Duration(i)*time.Minute))
		if i == 0 {
			acked = 0
		}
		storetest.Exec(t, o.Store, fmt.Sprintf(`INSERT INTO alerts (id, post_id, rule, rule_name, level, unit, topic, case_no, accepted_at, raised_at, body)
			VALUES ('a-%d', '', '', '', 'red', '', '', '', %d, %d, '{}')`, i, raised, raised), fmt.Sprintf(`INSERT INTO deliveries (id, alert_id, case_no, person, unit, channel,
			address, level, state, attempts, next_at, leased_until, last_error, created_at, accepted_at, read_at, acked_at)
			VALUES ('d-%d', 'a-%d', '', 'amin', '', '%s', '', 'red', 'accepted', 1, 0, 0, '', %d, %d, 0, %d)`, i, i, channel, raised, raised, acked))
	}
	for channel, want := range map[string]query.Outcome{
		"": {N: 2, Of: 3, Median: time.Minute, Max: 2 * time.Minute}, "wecom": {N: 2, Of: 2, Median: time.Minute, Max: 2 * time.Minute}, "hook": {Of: 1}, "mail": {},
	} {
		got, err := o.Desk.Behind(t.Context(), query.BehindAsk{
			OutcomeAsk: ask(filter.Outcomes{Period: "30d"}, o), Figure: query.FigureAlerts, Channel: channel, BehindPage: query.BehindPage{Part: query.PartAll, Limit: 10},
		})
		o.Must(err)
		f := got.Figure
		if f.ID != query.FigureAlerts || !f.Lasts || f.N != want.N || f.Of != want.Of || f.Median != want.Median || f.Max != want.Max || got.Total != want.Of {
			t.Errorf("%q: %+v above %d rows", channel, f, got.Total)
		}
	}
}

// One unit sees its own figures and nobody else's.
func TestOwnUnitOnly(t *testing.T) {
	o := newOffice(t, 9)
	o.Open(30)
	mine := query.Scope{Unit: "u-hall"}
	a := ask(filter.Outcomes{Period: "30d"}, o)
	a.Scope = mine
	got, err := o.Desk.Outcomes(t.Context(), a)
	o.Must(err)
	a.Unit = "u-hall"
	same(t, "own unit", got.Figures["closing_rate"], o.recomputed(a, a.From, a.To)["closing_rate"])
	if got.Noise != nil || slices.Contains(got.Units, "u-roads") {
		t.Errorf("shown to one unit: %v %v", got.Noise, got.Units)
	}
	for _, bad := range []query.OutcomeAsk{{Scope: mine, Unit: "u-roads"}, {Scope: query.Scope{}}, {Scope: mine, Unit: query.Nobody}} {
		if _, err := o.Desk.Outcomes(t.Context(), bad); huiying.ErrorCode(err) != huiying.Forbidden {
			t.Errorf("%+v: %v", bad, err)
		}
		if _, err := o.Desk.Behind(t.Context(), query.BehindAsk{OutcomeAsk: bad, Figure: "ack_rate"}); huiying.ErrorCode(err) != huiying.Forbidden {
			t.Errorf("behind %+v: %v", bad, err)
		}
	}
	if _, err := o.Desk.Behind(t.Context(), query.BehindAsk{OutcomeAsk: a, Figure: query.FigureNoise}); huiying.ErrorCode(err) != huiying.Forbidden {
		t.Errorf("posts are shown to one unit: %v", err)
	}
	if _, err := o.Desk.Behind(t.Context(), query.BehindAsk{OutcomeAsk: a, Figure: "guessed"}); huiying.ErrorCode(err) != huiying.NotFound {
		t.Errorf("a figure that there is not: %v", err)
	}
}

// The first edition is no change; another calendar is, and is marked where the
// period holds it.
func TestEditions(t *testing.T) {
	o := newOffice(t, 3)
	o.Open(3)
	run := func() {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- o.Desk.Run(ctx) }()
		for range 200 {
			got, err := o.Desk.Outcomes(t.Context(), ask(filter.Outcomes{Period: "30d"}, o))
			o.Must(err)
			if got.Current.At.Equal(o.Store.Now()) {
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
		cancel()
		o.Must(<-done)
	}
	run()
	got, err := o.Desk.Outcomes(t.Context(), ask(filter.Outcomes{Period: "30d", By: query.ByWeek}, o))
	o.Must(err)
	if len(got.Editions) != 0 || got.Current.Formulas != measure.Edition || !got.Current.At.Equal(o.Now) {
		t.Fatalf("%+v %+v", got.Editions, got.Current)
	}
	o.Now = o.Now.Add(time.Hour)
	o.Desk.Calendar = "2027-b"
	run()
	got, err = o.Desk.Outcomes(t.Context(), ask(filter.Outcomes{Period: "30d", By: query.ByWeek}, o))
	o.Must(err)
	if len(got.Editions) != 1 || got.Editions[0].Calendar != "2027-b" || !got.Parts[len(got.Parts)-1].Changed || got.Parts[0].Changed {
		t.Fatalf("%+v", got.Editions)
	}
	if past, err := o.Desk.Outcomes(t.Context(), ask(filter.Outcomes{Period: filter.Range, From: "2026-11-02", To: "2026-11-05"}, o)); err != nil || len(past.Editions) != 0 {
		t.Errorf("%v %v", past.Editions, err)
	}
}

// Ten thousand cases: what the first look costs, and what a page does after.
func TestFastWithTenThousandCases(t *testing.T) {
	if os.Getenv("HUIYING_LOAD") == "" {
		t.Skip("fills a database for a minute: run with HUIYING_LOAD=1")
	}
	o := newOffice(t, 5)
	for range 20 {
		o.Open(500)
	}
	began := time.Now()
	a := ask(filter.Outcomes{Period: "30d", Compare: true, By: query.ByUnit}, o)
	_, err := o.Desk.Outcomes(t.Context(), a)
	o.Must(err)
	t.Logf("first look at 10,000 cases: %v", time.Since(began))
	for _, f := range []filter.Outcomes{
		{Period: "30d", Compare: true, By: query.ByUnit}, {Period: "90d", Compare: true, By: query.ByWeek}, {Period: "quarter", Compare: true, By: query.ByPlatform},
	} {
		a := ask(f, o)
		var took []time.Duration
		for i := range 60 {
			if i%10 == 0 {
				o.Move(20) // and cases move meanwhile
			}
			began := time.Now()
			got, err := o.Desk.Outcomes(t.Context(), a)
			o.Must(err)
			view.NewView(f, got, a)
			took = append(took, time.Since(began))
		}
		slices.Sort(took)
		t.Logf("%s by %s: p50 %v p95 %v longest %v", f.Period, f.By, took[30], took[57], took[59])
		if took[30] > 80*time.Millisecond { // the promise is of p95, on a machine that does nothing else
			t.Errorf("p50 %v", took[30])
		}
	}
}
