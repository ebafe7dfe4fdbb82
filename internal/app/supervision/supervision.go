// Package supervision is the desk of the supervision page: score cards of units
// by a formula that the office writes, what is overdue, was given back or urged,
// and whom a person praised or named. Every figure is measure's, from the sheets
// that the outcomes page counts from; what the formula makes of them is shown
// with all it is made of. It refuses one unit another's card, scores nobody by
// person, and deletes no mention.
package supervision

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"huiying"
	"huiying/internal/app/outcomes"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/cases"
	"huiying/internal/store/definitions"
	"huiying/internal/store/mentions"
	"huiying/notifier/casework/measure"
)

// Desk answers; all fields are required.
type Desk struct {
	Store    *store.Store
	Shelf    *definitions.Definitions
	Figures  *outcomes.Desk
	Units    func(ctx context.Context) ([]huiying.Unit, error)
	Personal func(text string) bool // that it holds personal data
	Now      func() time.Time

	changing sync.Mutex // one change of the formula at a time
}

// onTime are the three ways to count what was in time.
func onTime() []string { return []string{"on_time_official", "on_time_honest", "on_time_seen"} }

// scoped bounds a question to what whoever asks may see.
func scoped(a *query.SupervisionAsk) error {
	if a.Scope.All {
		return nil
	}
	if a.Scope.Unit == "" || a.Unit != "" && a.Unit != a.Scope.Unit {
		return huiying.Errorf(huiying.Forbidden, "measure.other_unit", a.Unit)
	}
	a.Unit = a.Scope.Unit
	return nil
}

// Supervision answers the page; huiying.Forbidden for another unit's card.
func (d *Desk) Supervision(ctx context.Context, a query.SupervisionAsk) (out query.Supervision, err error) {
	if err := scoped(&a); err != nil {
		return out, err
	}
	all, at, err := d.Figures.Sheets(ctx)
	if err != nil {
		return out, err
	}
	out.AsOf = at
	if out.Scoring, out.Versions, err = d.scoring(ctx); err != nil {
		return out, err
	}
	known, err := d.names(ctx, all)
	if err != nil {
		return out, err
	}
	if a.Scope.All {
		out.Names = known
	}
	if a.Unit != "" {
		known = []string{a.Unit}
	}
	groups, pressed := byUnit(all), counted(all, a)
	if a.Unit == "" {
		out.Office = d.card(query.Scoring{}, all, a, pressed[""])
	}
	for _, unit := range known {
		one := a
		one.Unit = unit
		out.Units = append(out.Units, d.card(out.Scoring, groups[unit], one, pressed[unit]))
	}
	ranked(out.Units)
	if out.Mentions, err = mentions.Of(ctx, d.Store.Reader(), a.From, a.To, a.Unit); err != nil {
		return out, err
	}
	out.Editions, err = d.Figures.Changes(ctx, query.OutcomeAsk{From: a.From, To: a.To})
	return out, err
}

func byUnit(all []*measure.Sheet) map[string][]*measure.Sheet {
	groups := map[string][]*measure.Sheet{}
	for _, s := range all {
		groups[s.Unit] = append(groups[s.Unit], s)
	}
	return groups
}

// names are the office's units and those that have or had a case.
func (d *Desk) names(ctx context.Context, all []*measure.Sheet) ([]string, error) {
	units, err := d.Units(ctx)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, u := range units {
		known[u.ID] = true
	}
	for _, s := range all {
		known[s.Unit] = true
		for _, m := range s.Moments {
			known[m.Unit] = true
		}
	}
	delete(known, "")
	return slices.Sorted(maps.Keys(known)), nil
}

// pressure is how often a unit gave a case back, and was urged.
type pressure struct{ returned, urged int }

// counted is the pressure of every unit in a period, and under "" that of the
// office.
func counted(all []*measure.Sheet, a query.SupervisionAsk) map[string]pressure {
	out := map[string]pressure{}
	a.Unit = ""
	for _, m := range moments(all, a, func(measure.Moment) bool { return true }) {
		for _, unit := range slices.Compact([]string{"", m.Moment.Unit}) {
			p := out[unit]
			if m.Returned() {
				p.returned++
			} else {
				p.urged++
			}
			out[unit] = p
		}
	}
	return out
}

// card is what there is to say of the unit that is asked for, "" = the office.
func (d *Desk) card(s query.Scoring, own []*measure.Sheet, a query.SupervisionAsk, p pressure) query.UnitScore {
	now := d.Now()
	figures := outcomes.ByID(measure.Count(own, measure.Period{From: a.From, To: a.To, Now: now}))
	u := Score(s, figures)
	u.Unit, u.Returned, u.Urged = a.Unit, p.returned, p.urged
	for _, id := range onTime() {
		u.OnTime = append(u.OnTime, figures[id])
	}
	u.Overdue = len(measure.Overdue(own, now))
	return u
}

// ranked puts the best first; what rests on too few cases, and what has no
// score, comes behind.
func ranked(list []query.UnitScore) {
	rank := func(u query.UnitScore) int {
		switch {
		case !u.Scored:
			return 2
		case u.Few:
			return 1
		}
		return 0
	}
	slices.SortStableFunc(list, func(x, y query.UnitScore) int {
		return cmp.Or(cmp.Compare(rank(x), rank(y)), cmp.Compare(y.Score, x.Score), cmp.Compare(x.Unit, y.Unit))
	})
}

// moment is a moment with its case.
type moment struct {
	*measure.Sheet
	measure.Moment
}

// moments are those of a unit in a period.
func moments(all []*measure.Sheet, a query.SupervisionAsk, kind func(measure.Moment) bool) (out []moment) {
	for _, s := range all {
		for _, m := range s.Moments {
			if kind(m) && (a.Unit == "" || m.Unit == a.Unit) && !m.At.Before(a.From) && m.At.Before(a.To) {
				out = append(out, moment{s, m})
			}
		}
	}
	return out
}

// Cases lists what makes up a number; huiying.NotFound for a list that there is
// not, huiying.Forbidden for another unit's.
func (d *Desk) Cases(ctx context.Context, a query.SupervisionListAsk) (out query.SupervisionList, err error) {
	if err := scoped(&a.SupervisionAsk); err != nil {
		return out, err
	}
	all, at, err := d.Figures.Sheets(ctx)
	if err != nil {
		return out, err
	}
	out.AsOf = at
	var rows []query.SupervisionRow
	switch a.List {
	case query.ListOverdue:
		rows = overdue(all, a.SupervisionAsk, d.Now())
	case query.ListReturned:
		rows = taken(moments(all, a.SupervisionAsk, measure.Moment.Returned))
	case query.ListUrged:
		rows = taken(moments(all, a.SupervisionAsk, measure.Moment.Urged))
	default:
		return d.ofFigure(ctx, a)
	}
	out.Total = len(rows)
	rows = rows[min(a.Skip, len(rows)):]
	rows = rows[:min(a.Limit, len(rows))]
	out.Rows = rows
	return out, d.entitle(ctx, rows)
}

// ofFigure lists the cases of a figure as the outcomes page does.
func (d *Desk) ofFigure(ctx context.Context, a query.SupervisionListAsk) (out query.SupervisionList, err error) {
	if !slices.Contains(measure.IDs(), a.List) {
		return out, huiying.Errorf(huiying.NotFound, "supervision.no_list", a.List)
	}
	got, err := d.Figures.Behind(ctx, query.BehindAsk{
		OutcomeAsk: query.OutcomeAsk{Scope: query.Scope{All: true}, From: a.From, To: a.To, Unit: a.Unit}, BehindPage: a.BehindPage, Figure: a.List,
	})
	out.AsOf, out.Figure, out.Total = got.AsOf, &got.Figure, got.Total
	for _, r := range got.Rows {
		out.Rows = append(out.Rows, query.SupervisionRow{BehindRow: r})
	}
	return out, err
}

// overdue lists the cases of which a limit has ended, the longest ago first.
func overdue(all []*measure.Sheet, a query.SupervisionAsk, now time.Time) (rows []query.SupervisionRow) {
	for _, s := range measure.Overdue(all, now) {
		if a.Unit == "" || s.Unit == a.Unit {
			r := query.SupervisionRow{BehindRow: rowOf(s)}
			r.When, r.Took, r.Owed = s.PressesAt, now.Sub(s.PressesAt), true
			rows = append(rows, r)
		}
	}
	slices.SortStableFunc(rows, func(x, y query.SupervisionRow) int { return x.When.Compare(y.When) })
	return rows
}

// taken lists moments, the newest first, with the unit that had the case then.
func taken(list []moment) (rows []query.SupervisionRow) {
	for _, m := range list {
		r := query.SupervisionRow{BehindRow: rowOf(m.Sheet), Action: m.Action, By: m.Actor}
		r.Unit, r.When = m.Moment.Unit, m.At
		rows = append(rows, r)
	}
	slices.SortStableFunc(rows, func(x, y query.SupervisionRow) int { return y.When.Compare(x.When) })
	return rows
}

func rowOf(s *measure.Sheet) query.BehindRow {
	return query.BehindRow{No: s.No, Level: s.Level, State: s.State, Unit: s.Unit, Source: s.Source, Seen: s.FirstSeenAt}
}

func (d *Desk) entitle(ctx context.Context, rows []query.SupervisionRow) error {
	plain := make([]query.BehindRow, len(rows))
	for i, r := range rows {
		plain[i] = r.BehindRow
	}
	err := d.Figures.Entitle(ctx, plain)
	for i := range rows {
		rows[i].Title = plain[i].Title
	}
	return err
}

// maxReason bounds a reason, in characters.
const maxReason = 300

// reason refuses one that says nothing, or names a person: it is never deleted.
func (d *Desk) reason(text string) (string, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "" || utf8.RuneCountInString(text) > maxReason:
		return "", huiying.Errorf(huiying.Invalid, "supervision.reason", maxReason)
	case d.Personal(text):
		return "", huiying.Errorf(huiying.Invalid, "supervision.personal")
	}
	return text, nil
}

// Mention praises or names a unit for a period, with the score as it is now.
func (d *Desk) Mention(ctx context.Context, n query.NewMention) error {
	reason, err := d.reason(n.Reason)
	if err != nil {
		return err
	}
	if n.Kind != query.MentionPraise && n.Kind != query.MentionName {
		return huiying.Errorf(huiying.Invalid, "supervision.kind")
	}
	if n.CaseNo != "" {
		if _, err := cases.Get(ctx, d.Store.Reader(), n.CaseNo); err != nil {
			return err
		}
	}
	got, err := d.Supervision(ctx, query.SupervisionAsk{Scope: query.Scope{All: true}, From: n.From, To: n.To})
	if err != nil {
		return err
	}
	i := slices.IndexFunc(got.Units, func(u query.UnitScore) bool { return u.Unit == n.Unit })
	if i < 0 {
		return huiying.Errorf(huiying.Invalid, "supervision.unit", n.Unit)
	}
	m := query.Mention{Kind: n.Kind, Unit: n.Unit, CaseNo: n.CaseNo, Reason: reason, From: n.From, To: n.To, Scoring: got.Scoring.Version, By: n.Actor.ID}
	if got.Units[i].Scored {
		m.Score = strconv.FormatFloat(got.Units[i].Score, 'f', 2, 64)
	}
	if _, err := mentions.Add(ctx, d.Store, m); err != nil {
		return fmt.Errorf("mention %s: %w", n.Unit, err)
	}
	return nil
}

// Withdraw takes a mention back; it stays, with the reason beside.
func (d *Desk) Withdraw(ctx context.Context, w query.MentionWithdrawal) (err error) {
	if w.Reason, err = d.reason(w.Reason); err != nil {
		return err
	}
	return mentions.Withdraw(ctx, d.Store, w)
}
