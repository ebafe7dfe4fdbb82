package supervision_test

import (
	"context"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"huiying"
	"huiying/internal/app/outcomes/officetest"
	"huiying/internal/app/supervision"
	"huiying/internal/query"
	"huiying/internal/store/access"
	"huiying/internal/store/definitions"
	"huiying/internal/store/record"
	"huiying/notifier/casework/measure"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("database/sql.(*DB).connectionOpener"))
}

type office struct {
	*officetest.Office
	desk *supervision.Desk
}

func newOffice(t testing.TB, seed uint64) *office {
	o := &office{Office: officetest.New(t, seed)}
	o.desk = &supervision.Desk{
		Store: o.Store, Shelf: definitions.New(o.Store), Figures: o.Desk, Now: func() time.Time { return o.Now },
		Units: func(context.Context) ([]huiying.Unit, error) {
			return []huiying.Unit{{ID: "u-hall"}, {ID: "u-idle"}}, nil
		},
		Personal: func(text string) bool { return strings.Contains(text, "139") },
	}
	return o
}

// told is everything the page says of a unit, made anew from the record alone.
type told struct {
	figures                  map[string]measure.Figure
	overdue, returned, urged []string // cases; one for each time
	urgedBy, backBy          []string
}

func (o *office) recomputed(unit string, from, to time.Time) (out told) {
	list, err := record.Histories(context.Background(), o.Store.Reader(), time.Time{}, "")
	o.Must(err)
	out.figures = map[string]measure.Figure{}
	var own []measure.History
	for _, h := range list {
		c := huiying.Case{No: h.Case.No}
		for _, s := range h.Steps {
			holder := c.Unit // before the step
			if c, err = o.Machine.Apply(c, s); err != nil {
				o.Must(err)
			}
			if s.At.Before(from) || !s.At.Before(to) || unit != "" && holder != unit {
				continue
			}
			switch s.Action {
			case "return_back":
				out.returned, out.backBy = append(out.returned, c.No), append(out.backBy, s.Actor)
			case "escalate":
				if s.Actor != "system" {
					break
				}
				fallthrough
			case "supervise", "remind", "ack_timeout", "unack_timeout":
				out.urged, out.urgedBy = append(out.urged, c.No), append(out.urgedBy, s.Actor)
			}
		}
		if unit != "" && c.Unit != unit {
			continue
		}
		own = append(own, measure.History{Case: c, Steps: h.Steps})
		if k, ok := query.Pressing(c); ok && !k.DueAt.After(o.Now) {
			out.overdue = append(out.overdue, c.No)
		}
	}
	for _, f := range measure.Figures(own, measure.Office{Zone: officetest.Zone(), MetBy: officetest.MetBy()}, measure.Period{From: from, To: to, Now: o.Now}) {
		out.figures[f.ID] = f
	}
	return out
}

// pencil computes a score from the figures as a person would, with fractions.
func pencil(s query.Scoring, figures map[string]measure.Figure) (score string, ok bool) {
	hundredth := func(x *big.Rat, up bool) *big.Rat {
		x = new(big.Rat).Mul(x, big.NewRat(100, 1))
		if up {
			x.Add(x, big.NewRat(1, 2))
		}
		return new(big.Rat).SetFrac(new(big.Int).Quo(x.Num(), x.Denom()), big.NewInt(100))
	}
	dec := func(v float64) *big.Rat { r, _ := new(big.Rat).SetString(fmt.Sprintf("%.2f", v)); return r }
	got, weight := new(big.Rat), new(big.Rat)
	for _, t := range s.Terms {
		f := figures[t.Measure]
		if f.Denominator == 0 {
			continue
		}
		v := big.NewRat(int64(f.Numerator)*100, int64(f.Denominator))
		if f.Lasts {
			v = big.NewRat(int64(f.Median), int64(time.Hour))
		}
		v = hundredth(v, false)
		p := dec(t.Cap)
		if t.Direction == query.ScoreMore {
			p = new(big.Rat).Quo(new(big.Rat).Mul(dec(t.Weight), v), dec(t.Target))
		} else if v.Sign() > 0 {
			p = new(big.Rat).Quo(new(big.Rat).Mul(dec(t.Weight), dec(t.Target)), v)
		}
		if p = hundredth(p, true); p.Cmp(dec(t.Cap)) > 0 {
			p = dec(t.Cap)
		}
		got.Add(got, p)
		weight.Add(weight, dec(t.Weight))
	}
	if weight.Sign() == 0 {
		return "", false
	}
	return hundredth(new(big.Rat).Quo(new(big.Rat).Mul(got, big.NewRat(100, 1)), weight), true).FloatString(2), true
}

// odd is a formula whose points do not come out even.
func odd() query.Scoring {
	return query.Scoring{PraiseAt: 70.5, NameBelow: 33.33, Terms: []query.ScoreTerm{
		{Measure: "on_time_seen", Direction: query.ScoreMore, Target: 83.35, Weight: 17.77, Cap: 21.3}, {Measure: "closing_time", Direction: query.ScoreLess, Target: 30.5, Weight: 12.5, Cap: 40},
		{Measure: "reopen_rate", Direction: query.ScoreLess, Target: 3, Weight: 7, Cap: 7}, {Measure: "ack_rate", Direction: query.ScoreMore, Target: 99.99, Weight: 0.05, Cap: 0.05},
	}}
}

// Every figure of the page and every list behind it, on random histories that
// move on, with the shipped formula and another, is what the record alone gives.
func TestEveryFigureIsTheRecord(t *testing.T) {
	for seed := range uint64(2) {
		o := newOffice(t, 40+seed)
		o.Open(60)
		for round := range 3 {
			if round == 1 {
				o.Must(o.desk.Rescore(t.Context(), query.ScoringChange{Scoring: noted(odd()), Actor: huiying.Actor{ID: "boss"}}))
			}
			o.check(t, o.Now.AddDate(0, 0, -14), o.Now)
			o.check(t, o.Now.AddDate(0, 0, -20), o.Now.AddDate(0, 0, -9))
			o.Move(25)
			o.Now = o.Now.Add(5 * time.Hour)
		}
	}
}

func noted(s query.Scoring) query.Scoring {
	s.Note = "按年初会议调整"
	return s
}

func (o *office) check(t *testing.T, from, to time.Time) {
	t.Helper()
	ask := query.SupervisionAsk{Scope: query.Scope{All: true}, From: from, To: to}
	page, err := o.desk.Supervision(t.Context(), ask)
	o.Must(err)
	if len(page.Units) != 3 {
		t.Fatalf("%d cards", len(page.Units))
	}
	for _, u := range append(slices.Clone(page.Units), page.Office) {
		want := o.recomputed(u.Unit, from, to)
		score, ok := pencil(page.Scoring, want.figures)
		if got := fmt.Sprintf("%.2f", u.Score); u.Unit != "" && (u.Scored != ok || ok && got != score) {
			t.Fatalf("%s scores %s, with a pencil %s", u.Unit, got, score)
		}
		shown := slices.Clone(u.OnTime)
		for _, term := range u.Terms {
			shown = append(shown, term.Outcome)
		}
		for _, f := range shown {
			w := want.figures[f.ID]
			if f.N != w.Numerator || f.Of != w.Denominator || f.Median != w.Median {
				t.Fatalf("%s %s: %d of %d %v, the record says %d of %d %v", u.Unit, f.ID, f.N, f.Of, f.Median, w.Numerator, w.Denominator, w.Median)
			}
			o.lists(t, ask, u.Unit, f.ID, slices.Concat(w.In, w.Out), nil)
		}
		if u.Overdue != len(want.overdue) || u.Returned != len(want.returned) || u.Urged != len(want.urged) {
			t.Fatalf("%s: %d overdue, %d returned, %d urged; the record says %+v", u.Unit, u.Overdue, u.Returned, u.Urged, want)
		}
		o.lists(t, ask, u.Unit, query.ListOverdue, want.overdue, nil)
		o.lists(t, ask, u.Unit, query.ListReturned, want.returned, want.backBy)
		o.lists(t, ask, u.Unit, query.ListUrged, want.urged, want.urgedBy)
	}
	for i := 1; i < len(page.Units); i++ {
		x, y := page.Units[i-1], page.Units[i]
		if !x.Scored && y.Scored || x.Scored && y.Scored && (x.Few && !y.Few || x.Few == y.Few && x.Score < y.Score) {
			t.Errorf("%s stands before %s", x.Unit, y.Unit)
		}
	}
}

// lists compares a list with the cases, and who took the steps, that the record
// names.
func (o *office) lists(t *testing.T, a query.SupervisionAsk, unit, list string, want, by []string) {
	t.Helper()
	a.Unit = unit
	got, err := o.desk.Cases(t.Context(), query.SupervisionListAsk{SupervisionAsk: a, List: list, BehindPage: query.BehindPage{Part: query.PartAll, Limit: 1000}})
	o.Must(err)
	var numbers, actors []string
	for _, r := range got.Rows {
		numbers = append(numbers, r.No)
		if by != nil {
			actors = append(actors, r.By)
		}
		if r.Title == "" {
			t.Fatalf("%s has no title", r.No)
		}
	}
	for _, list := range [][]string{numbers, want, actors, by} {
		slices.Sort(list)
	}
	if !slices.Equal(numbers, want) || got.Total != len(want) || !slices.Equal(actors, by) {
		t.Fatalf("%s of %q lists %v by %v, the record names %v by %v", list, unit, numbers, actors, want, by)
	}
}

// What is written of a formula is checked as a whole; every version stays.
func TestFormulaVersions(t *testing.T) {
	o := newOffice(t, 1)
	o.Open(10)
	ask := query.SupervisionAsk{Scope: query.Scope{All: true}, From: o.Now.AddDate(0, 0, -20), To: o.Now}
	page, err := o.desk.Supervision(t.Context(), ask)
	o.Must(err)
	if page.Scoring.Version != 0 || len(page.Scoring.Terms) != len(supervision.Shipped().Terms) || len(page.Versions) != 0 {
		t.Fatalf("%+v", page.Scoring)
	}
	change := func(seen int, edit func(*query.Scoring)) error {
		s := noted(odd())
		edit(&s)
		return o.desk.Rescore(t.Context(), query.ScoringChange{Scoring: s, Seen: seen, Actor: huiying.Actor{ID: "boss"}})
	}
	for name, edit := range map[string]func(*query.Scoring){
		"no note": func(s *query.Scoring) { s.Note = " " }, "no terms": func(s *query.Scoring) { s.Terms = nil },
		"no figure": func(s *query.Scoring) { s.Terms[0].Measure = "guessed" }, "of another unit": func(s *query.Scoring) { s.Terms[0].Measure = "return_rate" },
		"twice": func(s *query.Scoring) { s.Terms[1] = s.Terms[0] }, "no direction": func(s *query.Scoring) { s.Terms[0].Direction = "" },
		"no target": func(s *query.Scoring) { s.Terms[0].Target = 0 }, "three decimals": func(s *query.Scoring) { s.Terms[0].Weight = 1.005 },
		"less than nothing": func(s *query.Scoring) { s.Terms[0].Cap = -1 }, "bounds": func(s *query.Scoring) { s.NameBelow = s.PraiseAt },
	} {
		if err := change(0, edit); huiying.ErrorCode(err) != huiying.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	o.Must(change(0, func(*query.Scoring) {}))
	if err := change(0, func(*query.Scoring) {}); huiying.ErrorCode(err) != huiying.Conflict {
		t.Errorf("over another's change: %v", err)
	}
	o.Must(change(1, func(s *query.Scoring) { s.PraiseAt = 80 }))
	page, err = o.desk.Supervision(t.Context(), ask)
	o.Must(err)
	if len(page.Versions) != 2 || page.Scoring.Version != 2 || page.Scoring.PraiseAt != 80 || page.Versions[1].PraiseAt != 70.5 || page.Scoring.By != "boss" {
		t.Errorf("%+v", page.Versions)
	}
	if log, err := access.New(o.Store).Of(t.Context(), "units", access.ScoringChanged, 10); err != nil || len(log) != 2 {
		t.Errorf("%v, %v", log, err)
	}
}

// What the figures propose: never where a figure rests on too few cases, and no
// praise while something is overdue.
func TestProposed(t *testing.T) {
	s := supervision.Shipped()
	for want, list := range map[string][]query.UnitScore{
		query.MentionPraise: {{Scored: true, Score: 90}, {Scored: true, Score: 120}},
		query.MentionName:   {{Scored: true, Score: 59.99}, {Scored: true, Overdue: 3}},
		"":                  {{}, {Scored: true, Score: 95, Overdue: 1}, {Scored: true, Few: true, Score: 10}, {Scored: true, Few: true, Score: 99}, {Scored: true, Score: 60}, {Scored: true, Score: 89.99}},
	} {
		for _, u := range list {
			if got := u.Proposed(s); got != want {
				t.Errorf("%+v: %q, want %q", u, got, want)
			}
		}
	}
}

// A mention keeps the score of its day, names nobody, and is withdrawn with a
// reason; one unit sees its own.
func TestMentions(t *testing.T) {
	o := newOffice(t, 2)
	o.Open(40)
	from, to := o.Now.AddDate(0, 0, -20), o.Now
	n := query.NewMention{Kind: query.MentionName, Unit: "u-hall", Reason: "两件逾期未答", From: from, To: to, Actor: huiying.Actor{ID: "boss"}}
	for name, edit := range map[string]func(*query.NewMention){
		"no reason": func(n *query.NewMention) { n.Reason = " " }, "a person": func(n *query.NewMention) { n.Reason = "找 13900001234" }, "no kind": func(n *query.NewMention) { n.Kind = "x" },
		"no unit": func(n *query.NewMention) { n.Unit = "u-none" }, "no case": func(n *query.NewMention) { n.CaseNo = "HY1" },
	} {
		bad := n
		edit(&bad)
		if err := o.desk.Mention(t.Context(), bad); err == nil {
			t.Errorf("%s was kept", name)
		}
	}
	o.Must(o.desk.Mention(t.Context(), n))
	n.Unit, n.Kind, n.CaseNo = "u-roads", query.MentionPraise, "HY20261102-00003"
	o.Must(o.desk.Mention(t.Context(), n))
	all, err := o.desk.Supervision(t.Context(), query.SupervisionAsk{Scope: query.Scope{All: true}, From: from, To: to})
	o.Must(err)
	own, err := o.desk.Supervision(t.Context(), query.SupervisionAsk{Scope: query.Scope{Unit: "u-hall"}, From: from, To: to})
	o.Must(err)
	if len(all.Mentions) != 2 || len(own.Mentions) != 1 || len(own.Units) != 1 || own.Units[0].Unit != "u-hall" || own.Names != nil || own.Office.OnTime != nil {
		t.Fatalf("%+v\n%+v", all.Mentions, own)
	}
	m := own.Mentions[0]
	if m.Score != fmt.Sprintf("%.2f", own.Units[0].Score) || m.Reason != "两件逾期未答" {
		t.Errorf("%+v", m)
	}
	o.Must(o.desk.Withdraw(t.Context(), query.MentionWithdrawal{ID: m.ID, Reason: "已说明情况", Actor: huiying.Actor{ID: "boss"}}))
	own, err = o.desk.Supervision(t.Context(), query.SupervisionAsk{Scope: query.Scope{Unit: "u-hall"}, From: from, To: to})
	o.Must(err)
	if len(own.Mentions) != 1 || own.Mentions[0].WithdrawnBy != "boss" {
		t.Errorf("%+v", own.Mentions)
	}
}

// One unit's card and lists are nobody else's.
func TestOwnUnitOnly(t *testing.T) {
	o := newOffice(t, 3)
	o.Open(10)
	from, to := o.Now.AddDate(0, 0, -20), o.Now
	for _, a := range []query.SupervisionAsk{{Scope: query.Scope{Unit: "u-hall"}, Unit: "u-roads"}, {}} {
		a.From, a.To = from, to
		if _, err := o.desk.Supervision(t.Context(), a); huiying.ErrorCode(err) != huiying.Forbidden {
			t.Errorf("%+v: %v", a, err)
		}
		for _, list := range []string{query.ListOverdue, query.ListUrged, "ack_rate"} {
			if _, err := o.desk.Cases(t.Context(), query.SupervisionListAsk{SupervisionAsk: a, List: list}); huiying.ErrorCode(err) != huiying.Forbidden {
				t.Errorf("%s %+v: %v", list, a, err)
			}
		}
	}
	if _, err := o.desk.Cases(t.Context(), query.SupervisionListAsk{SupervisionAsk: query.SupervisionAsk{Scope: query.Scope{All: true}}, List: "guessed"}); huiying.ErrorCode(err) != huiying.NotFound {
		t.Errorf("a list that there is not: %v", err)
	}
}
