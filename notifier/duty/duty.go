// Package duty computes duty rosters: who is on call at an instant, the shifts
// of a span, and the gaps in it. It is pure: a plan is made of a roster, the
// rows of tables, the changes people made and a calendar, and answers the same
// whenever it is asked. It refuses a roster it could misread, and it never
// fills a gap by itself.
package duty

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"huiying"
)

// Calendar knows the working days of the office. A day whose year it does not
// know counts by its weekday.
type Calendar interface {
	// WorkedOn says of the day of a moment whether it is worked, and whether that
	// is known.
	WorkedOn(t time.Time) (work, known bool)
}

// Weekdays is the calendar of those who know no holidays.
type Weekdays struct{}

// WorkedOn counts Monday to Friday, and knows nothing.
func (Weekdays) WorkedOn(day time.Time) (work, known bool) { return !weekend(day.Weekday()), false }

func weekend(d time.Weekday) bool { return d == time.Saturday || d == time.Sunday }

// Options is what a Plan is made of beside its roster.
type Options struct {
	Zone     *time.Location // of the office; nil = UTC
	Calendar Calendar       // nil = Weekdays
	Rows     []huiying.DutyRow
	Changes  []huiying.DutyChange // those of other rosters are passed over
}

// Plan is a roster that can be asked. It does not change and is safe for
// concurrent use.
type Plan struct {
	roster  huiying.Roster
	zone    *time.Location
	cal     Calendar
	layers  []layer
	changes []huiying.DutyChange // in force, in the order they were made
	rows    map[rowKey][]huiying.DutyRow
	must    []hours // when somebody must be on duty; none = always
}

// layer is a RosterLayer that was read.
type layer struct {
	huiying.RosterLayer
	shifts []shift
	start  day
	length int
}

type shift struct {
	name string
	hours
}

// hours are minutes of a day; to may lie on the next one.
type hours struct{ from, to int }

type rowKey struct {
	layer string
	day   day
}

// New makes the plan of a roster; the first mistake of the roster is the error.
func New(r huiying.Roster, o Options) (*Plan, error) {
	if problems := Check(r); len(problems) > 0 {
		return nil, problems[0]
	}
	p := &Plan{roster: r, zone: cmp.Or(o.Zone, time.UTC), cal: o.Calendar, rows: map[rowKey][]huiying.DutyRow{}}
	if p.cal == nil {
		p.cal = Weekdays{}
	}
	for _, l := range r.Layers {
		p.layers = append(p.layers, read(l))
	}
	if r.Hours != "" {
		h, _ := parseHours(r.Hours)
		p.must = []hours{h}
	}
	for _, row := range slices.Concat(r.Fixed, o.Rows) {
		d, ok := parseDay(row.Date)
		if !ok {
			continue // Check refuses it in a roster, ReadTable in a table
		}
		key := rowKey{p.layerOf(row.Layer), d}
		p.rows[key] = append(p.rows[key], row)
	}
	for _, c := range o.Changes {
		if c = inForce(c); c.Roster == r.ID && (c.From.Before(c.Until) || c.BackFrom.Before(c.BackUntil)) {
			p.changes = append(p.changes, c)
		}
	}
	slices.SortStableFunc(p.changes, func(a, b huiying.DutyChange) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(a.ID, b.ID))
	})
	return p, nil
}

// Roster is what the plan is of.
func (p *Plan) Roster() huiying.Roster { return p.roster }

// layerOf is the layer a row is for; a row need not say.
func (p *Plan) layerOf(id string) string {
	if id == "" && len(p.layers) > 0 {
		return p.layers[0].ID
	}
	return id
}

// read reads a layer that was checked.
func read(l huiying.RosterLayer) layer {
	out := layer{RosterLayer: l, length: max(l.Length, 1)}
	out.start, _ = parseDay(l.Start)
	for _, s := range l.Shifts {
		h, _ := parseHours(s.From + "-" + s.To)
		out.shifts = append(out.shifts, shift{s.Name, h})
	}
	if len(l.Shifts) == 0 {
		from, _ := parseMinute(cmp.Or(l.HandOver, "00:00"))
		out.shifts = []shift{{"", hours{from, from + minutesOfDay}}}
	}
	return out
}

// Check finds every mistake of a roster, each as a sentence.
func Check(r huiying.Roster) []error {
	var problems []error
	if !huiying.ValidSubject(r.ID) {
		problems = append(problems, huiying.Errorf(huiying.Invalid, "duty.bad_id", r.ID))
	}
	if _, ok := parseHours(r.Hours); r.Hours != "" && !ok {
		problems = append(problems, huiying.Errorf(huiying.Invalid, "duty.bad_hours", r.ID, r.Hours))
	}
	if len(r.Layers) == 0 {
		problems = append(problems, huiying.Errorf(huiying.Invalid, "duty.no_layer", r.ID))
	}
	seen := map[string]bool{}
	for _, l := range r.Layers {
		if !huiying.ValidSubject(l.ID) || seen[l.ID] {
			problems = append(problems, huiying.Errorf(huiying.Invalid, "duty.bad_layer", r.ID, l.ID))
		}
		seen[l.ID] = true
		for _, c := range layerChecks() {
			if c.wrong(l) {
				problems = append(problems, huiying.Errorf(huiying.Invalid, c.key, r.ID, l.ID, c.value(l)))
			}
		}
	}
	for _, row := range r.Fixed {
		if err := CheckRow(r, row); err != nil {
			problems = append(problems, err)
		}
	}
	return problems
}

// layerCheck is one thing that may be wrong with a layer: the sentence gets the
// roster, the layer and the value.
type layerCheck struct {
	key   string
	value func(huiying.RosterLayer) any
	wrong func(huiying.RosterLayer) bool
}

func layerChecks() []layerCheck {
	return []layerCheck{
		{"duty.bad_days", func(l huiying.RosterLayer) any { return l.Days },
			func(l huiying.RosterLayer) bool { return l.Days != "" && !slices.Contains(huiying.DutyDays(), l.Days) }},
		{"duty.bad_turn", func(l huiying.RosterLayer) any { return l.Turn },
			func(l huiying.RosterLayer) bool {
				return l.Turn != "" && !slices.Contains(huiying.DutyTurns(), l.Turn)
			}},
		{"duty.bad_length", func(l huiying.RosterLayer) any { return l.Length },
			func(l huiying.RosterLayer) bool { return l.Length < 0 || l.Length > 366 }},
		{"duty.bad_hand_over", func(l huiying.RosterLayer) any { return l.HandOver },
			func(l huiying.RosterLayer) bool {
				m, ok := parseMinute(l.HandOver)
				return l.HandOver != "" && (!ok || m == minutesOfDay || len(l.Shifts) > 0)
			}},
		{"duty.bad_start", func(l huiying.RosterLayer) any { return l.Start },
			func(l huiying.RosterLayer) bool { _, ok := parseDay(l.Start); return len(l.People) > 0 && !ok }},
		{"duty.no_person", func(huiying.RosterLayer) any { return "" },
			func(l huiying.RosterLayer) bool { return slices.Contains(l.People, "") }},
		{"duty.bad_shift", badShift, func(l huiying.RosterLayer) bool { return badShift(l) != nil }},
	}
}

// badShift is the first shift of a layer that cannot be read or has no name of
// its own; nil when there is none.
func badShift(l huiying.RosterLayer) any {
	names := map[string]bool{}
	for _, s := range l.Shifts {
		if _, ok := parseHours(s.From + "-" + s.To); !ok || s.Name == "" || names[s.Name] {
			return s.Name + " " + s.From + "-" + s.To
		}
		names[s.Name] = true
	}
	return nil
}

// CheckRow says what is wrong with a row of a table for a roster, nil when
// nothing is.
func CheckRow(r huiying.Roster, row huiying.DutyRow) error {
	if _, ok := parseDay(row.Date); !ok {
		return huiying.Errorf(huiying.Invalid, "duty.row.date", row.Date)
	}
	i := 0
	if row.Layer != "" {
		i = slices.IndexFunc(r.Layers, func(l huiying.RosterLayer) bool { return l.ID == row.Layer })
	}
	if i < 0 || i >= len(r.Layers) {
		return huiying.Errorf(huiying.Invalid, "duty.row.layer", row.Layer, layerNames(r))
	}
	if l := r.Layers[i]; row.Shift != "" && !slices.ContainsFunc(l.Shifts, func(s huiying.RosterShift) bool { return s.Name == row.Shift }) {
		return huiying.Errorf(huiying.Invalid, "duty.row.shift", row.Shift, shiftNames(l))
	}
	if len(row.People) == 0 || slices.Contains(row.People, "") {
		return huiying.Errorf(huiying.Invalid, "duty.row.people")
	}
	return nil
}

func layerNames(r huiying.Roster) string {
	var names []string
	for _, l := range r.Layers {
		names = append(names, cmp.Or(l.Name, l.ID))
	}
	return strings.Join(names, "、")
}

func shiftNames(l huiying.RosterLayer) string {
	var names []string
	for _, s := range l.Shifts {
		names = append(names, s.Name)
	}
	return cmp.Or(strings.Join(names, "、"), "-")
}
