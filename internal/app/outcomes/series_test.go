package outcomes_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"huiying"
	"huiying/internal/app/outcomes"
	"huiying/internal/query"
	"huiying/internal/store/cases"
	"huiying/internal/store/record"
	"huiying/notifier/casework/machine"
)

// told is one case read from its steps alone, without the formulas of measure.
type told struct {
	c     huiying.Case
	steps []huiying.Step
}

// first is when a step that holds was first taken; zero for never.
func (h told) first(holds func(huiying.Step) bool) time.Time {
	if i := slices.IndexFunc(h.steps, holds); i >= 0 {
		return h.steps[i].At
	}
	return time.Time{}
}

func does(actions ...string) func(huiying.Step) bool {
	return func(s huiying.Step) bool { return slices.Contains(actions, s.Action) }
}

func (h told) answered() time.Time {
	for _, s := range h.steps {
		if s.Action == machine.ActionPublish {
			at, err := time.Parse(time.RFC3339Nano, s.Payload["at"])
			if err != nil {
				panic(err)
			}
			return at
		}
	}
	return time.Time{}
}

func (h told) closed() time.Time {
	return h.first(func(s huiying.Step) bool { return s.To == huiying.StateClosed })
}

func (h told) toHandle() bool {
	if h.c.State == huiying.StateArchived {
		return !h.closed().IsZero()
	}
	return h.c.State != huiying.StateDismissed && h.c.State != huiying.StateMerged && h.c.State != huiying.StateTransferred
}

// missed reports whether a limit that an action meets was ever broken; "" is any.
func (h told) missed(by string) bool {
	return slices.ContainsFunc(h.c.Clocks, func(k huiying.Clock) bool { return (by == "" || metBy(k.Preset) == by) && !k.BreachedAt.IsZero() })
}

// sums are the values that the series of some cases must have.
type sums struct {
	cases map[string][2]int
	took  map[string][]time.Duration
}

// add counts a case for a figure, when the moment that decides is in the period.
func (s sums) add(figure string, at, now time.Time, hit bool) bool {
	if at.IsZero() || at.Before(now.Add(-30*24*time.Hour)) || !at.Before(now) {
		return false
	}
	n := s.cases[figure]
	if n[1]++; hit {
		n[0]++
	}
	s.cases[figure] = n
	return true
}

func (s sums) lasted(figure string, from, to, now time.Time) {
	if !from.IsZero() && !to.IsZero() && s.add(figure, to, now, true) {
		s.took[figure] = append(s.took[figure], max(to.Sub(from), 0))
	}
}

func (s sums) count(h told, now time.Time) {
	assigned, acked, answer, closed := h.first(does("assign")), h.first(does("ack")), h.answered(), h.closed()
	asked, rated := h.first(does("request_rating")), h.first(does("rate_ok", "rate_bad"))
	s.add("ack_rate", assigned, now, !acked.IsZero() && !h.missed("ack"))
	s.add("follow_up_rate", asked, now, !rated.IsZero() && !h.missed("rate_ok"))
	if !h.toHandle() {
		return
	}
	s.add("response_rate", h.c.OpenedAt, now, !answer.IsZero())
	s.add("closing_rate", h.c.OpenedAt, now, !closed.IsZero())
	s.add("closing_in_time", closed, now, !h.missed(""))
	s.lasted("ack_time", assigned, acked, now)
	s.lasted("response_time", h.c.FirstSeenAt, answer, now)
	s.lasted("closing_time", h.c.FirstSeenAt, closed, now)
	s.lasted("follow_up_time", asked, rated, now)
	due := huiying.Clock{}
	for _, k := range h.c.Clocks {
		if metBy(k.Preset) == "publish" && (due.DueAt.IsZero() || k.DueAt.Before(due.DueAt)) {
			due = k
		}
	}
	hit := !due.MetAt.IsZero() && due.BreachedAt.IsZero()
	s.add("on_time_honest", due.DueAt, now, hit)
	if !answer.IsZero() {
		s.add("on_time_official", due.DueAt, now, hit)
	}
}

// said are the series that the record alone asks for, as Prometheus prints them.
func (o *office) said() map[string]float64 {
	list, err := record.Histories(context.Background(), o.Store.Reader(), time.Time{}, "")
	o.Must(err)
	groups := map[[2]string]sums{}
	out := map[string]float64{"huiying_cases_overdue": 0, "huiying_cases_oldest_unacknowledged_seconds": 0, "huiying_cases_oldest_due_rung_seconds": 0}
	for _, one := range list {
		c, err := o.Machine.Fold(one.Steps)
		o.Must(err)
		h := told{c, one.Steps}
		for _, key := range [][2]string{{"all", ""}, {"unit", named(c.Unit)}, {"level", string(c.Level)}, {"source", named(c.Origin.Platform)}} {
			if _, ok := groups[key]; !ok {
				groups[key] = sums{map[string][2]int{}, map[string][]time.Duration{}}
			}
			groups[key].count(h, o.Now)
		}
		out[fmt.Sprintf("huiying_cases[level=%s state=%s]", c.Level, c.State)]++
		if c.State.Open() && slices.ContainsFunc(c.Clocks, func(k huiying.Clock) bool { return !k.BreachedAt.IsZero() && k.MetAt.IsZero() }) {
			out["huiying_cases_overdue"]++
		}
		if c.State == huiying.StateAwaitingAck {
			out["huiying_cases_oldest_unacknowledged_seconds"] = max(out["huiying_cases_oldest_unacknowledged_seconds"], float64(o.Now.Sub(c.AssignedAt)/time.Second))
		}
	}
	for key, s := range groups {
		for _, figure := range outcomes.SeriesFigures() {
			label := func(name, last string) string {
				return fmt.Sprintf("huiying_outcomes_%s[by=%s figure=%s of=%s %s]", name, key[0], figure, key[1], last)
			}
			out[label("cases", "part=in")], out[label("cases", "part=all")] = float64(s.cases[figure][0]), float64(s.cases[figure][1])
			took := slices.Sorted(slices.Values(s.took[figure]))
			if n := len(took); n > 0 { // nearest rank
				out[label("seconds", "quantile=0.5")], out[label("seconds", "quantile=0.9")] = took[(n+1)/2-1].Seconds(), took[(9*n+9)/10-1].Seconds()
				out[label("seconds", "quantile=1")] = took[n-1].Seconds()
			}
		}
	}
	out["huiying_outcomes_counted_timestamp_seconds"] = float64(o.Now.Unix())
	return out
}

func named(s string) string {
	if s == "" {
		return query.Nobody
	}
	return s
}

// scraped is /metrics as a scrape reads it.
func (o *office) scraped(registry *prometheus.Registry) map[string]float64 {
	families, err := registry.Gather()
	o.Must(err)
	out := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			var labels []string
			last := ""
			for _, l := range m.GetLabel() {
				if pair := l.GetName() + "=" + l.GetValue(); l.GetName() == "part" || l.GetName() == "quantile" {
					last = pair
				} else {
					labels = append(labels, pair)
				}
			}
			if last != "" {
				labels = append(labels, last)
			}
			name := f.GetName()
			if len(labels) > 0 {
				name += fmt.Sprint(labels)
			}
			out[name] = m.GetGauge().GetValue()
		}
	}
	return out
}

// Every series of cases and of response figures is what the record alone gives,
// on random histories, after each of them moved on, and as time goes by; a
// scrape between two counts reads the last one.
func TestSeriesAreTheRecord(t *testing.T) {
	for seed := range uint64(3) {
		o := newOffice(t, 40+seed)
		o.Open(60)
		series := outcomes.NewSeries(o.Desk)
		for range 4 {
			registry := prometheus.NewRegistry()
			registry.MustRegister(series, cases.NewGauges(o.Store, func() time.Time { return o.Now }))
			o.Must(series.Count(t.Context()))
			want := o.said()
			if got := o.scraped(registry); !maps.Equal(got, want) {
				for name := range want {
					if got[name] != want[name] {
						t.Errorf("%s is %v, the record says %v", name, got[name], want[name])
					}
				}
				t.Fatalf("%d series, the record says %d", len(got), len(want))
			}
			o.Move(25)
			o.Open(5)
			o.Now = o.Now.Add(5 * 24 * time.Hour)
			before := registry
			if stale := o.scraped(before)["huiying_outcomes_counted_timestamp_seconds"]; stale != want["huiying_outcomes_counted_timestamp_seconds"] {
				t.Fatal("a scrape counts")
			}
		}
	}
}

// However many units there are, the label has so many values and no case is lost.
func TestSeriesAreBounded(t *testing.T) {
	o := newOffice(t, 8)
	o.Units = make([]string, 80)
	for i := range o.Units {
		o.Units[i] = fmt.Sprintf("u-%02d", i)
	}
	o.Open(400)
	series := outcomes.NewSeries(o.Desk)
	registry := prometheus.NewRegistry()
	registry.MustRegister(series)
	o.Must(series.Count(t.Context()))
	families, err := registry.Gather()
	o.Must(err)
	units, sum, whole := map[string]bool{}, 0.0, 0.0
	for _, f := range families {
		for _, m := range f.GetMetric() {
			label := map[string]string{}
			for _, l := range m.GetLabel() {
				label[l.GetName()] = l.GetValue()
			}
			switch {
			case f.GetName() != "huiying_outcomes_cases" || label["figure"] != "ack_rate" || label["part"] != "all":
			case label["by"] == "unit":
				units[label["of"]] = true
				sum += m.GetGauge().GetValue()
			case label["by"] == "all":
				whole = m.GetGauge().GetValue()
			}
		}
	}
	if len(units) != 51 || !units[outcomes.Others] || sum != whole || whole == 0 {
		t.Errorf("%d units with %v cases of %v", len(units), sum, whole)
	}
}
