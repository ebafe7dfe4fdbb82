package duty

import (
	"cmp"
	"slices"
	"time"

	"huiying"
)

// occurrence is a shift of a day with one person of the roster, before changes.
type occurrence struct {
	layer, name string
	from, until time.Time
	person      string
	made        int // changes before this one do not touch it
	change      string
}

// OnDuty is who is on duty at an instant, in the order of the layers; a person
// who holds two of them comes twice.
func (p *Plan) OnDuty(at time.Time) []huiying.DutyShift {
	var out []huiying.DutyShift
	for _, s := range p.Shifts(at, at.Add(time.Nanosecond)) {
		if !s.From.After(at) && s.Until.After(at) {
			out = append(out, s)
		}
	}
	return out
}

// People are the persons of shifts, each once.
func People(shifts []huiying.DutyShift) []string {
	var out []string
	for _, s := range shifts {
		if !slices.Contains(out, s.Person) {
			out = append(out, s.Person)
		}
	}
	return out
}

// Shifts are the spans on duty that touch from–until, whole, in the order of
// their beginnings and then of the layers. Where a change begins or ends within
// a shift, it is two.
func (p *Plan) Shifts(from, until time.Time) []huiying.DutyShift {
	var out []huiying.DutyShift
	for _, o := range p.occurrences(from, until) {
		for _, s := range p.pieces(o) {
			if s.Until.After(from) && s.From.Before(until) {
				out = append(out, s)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b huiying.DutyShift) int { return a.From.Compare(b.From) })
	return out
}

// occurrences are those that touch a span, layer by layer, the extra people
// last.
func (p *Plan) occurrences(from, until time.Time) []occurrence {
	// A shift begins at most a day before it ends; one more for a zone that
	// changes its clocks.
	first, last := dayOf(from.In(p.zone))-2, dayOf(until.In(p.zone))
	days := p.kinds()
	var out []occurrence
	for _, l := range p.layers {
		worked := p.count(days, l, first)
		for d := first; d <= last; d++ {
			fits := days.fits(d, l.Days) && d >= l.start
			for i, s := range l.shifts {
				o := occurrence{layer: l.ID, name: s.name, from: d.at(s.from, p.zone), until: d.at(s.to, p.zone)}
				for _, person := range p.rostered(l, turn{day: d, shift: i, fits: fits, worked: worked}) {
					o.person = person
					out = append(out, o)
				}
			}
			if fits {
				worked++
			}
		}
	}
	for i, c := range p.changes {
		if c.Kind == huiying.DutyOverride && c.Instead == "" {
			out = append(out, occurrence{from: c.From, until: c.Until, person: c.Who, made: i + 1, change: c.ID})
		}
	}
	return slices.DeleteFunc(out, func(o occurrence) bool { return !o.until.After(from) || !o.from.Before(until) })
}

// count is how many days of a layer lie before d.
func (p *Plan) count(days kinds, l layer, d day) int {
	if len(l.People) == 0 || d <= l.start {
		return 0
	}
	if l.Days == "" {
		return int(d - l.start)
	}
	n := 0
	for x := l.start; x < d; x++ {
		if days.fits(x, l.Days) {
			n++
		}
	}
	return n
}

// turn is a shift of a day as the rotation sees it.
type turn struct {
	day    day
	shift  int
	fits   bool
	worked int // days of the layer before this one
}

// rostered are the people of a shift: those of the table's rows for it, else
// whose turn it is.
func (p *Plan) rostered(l layer, t turn) []string {
	var named []string
	for _, row := range p.rows[rowKey{l.ID, t.day}] {
		if row.Shift != "" && row.Shift != l.shifts[t.shift].name {
			continue
		}
		for _, person := range row.People {
			if !slices.Contains(named, person) {
				named = append(named, person)
			}
		}
	}
	if len(named) > 0 || !t.fits || len(l.People) == 0 {
		return named
	}
	n := t.worked
	switch l.Turn {
	case huiying.TurnShift:
		n = t.worked*len(l.shifts) + t.shift
	case huiying.TurnWeek:
		n = int(t.day-l.start) / 7
	}
	return []string{l.People[n/l.length%len(l.People)]}
}

// pieces cuts an occurrence where changes begin and end within it.
func (p *Plan) pieces(o occurrence) []huiying.DutyShift {
	cuts := []time.Time{o.from, o.until}
	for _, c := range p.changes[o.made:] {
		for _, t := range []time.Time{c.From, c.Until, c.BackFrom, c.BackUntil} {
			if t.After(o.from) && t.Before(o.until) {
				cuts = append(cuts, t)
			}
		}
	}
	slices.SortFunc(cuts, time.Time.Compare)
	var out []huiying.DutyShift
	for i := range len(cuts) - 1 {
		if !cuts[i].Before(cuts[i+1]) {
			continue
		}
		s := p.changed(o, cuts[i])
		s.From, s.Until = cuts[i], cuts[i+1]
		if n := len(out); n > 0 && out[n-1].Person == s.Person && out[n-1].Change == s.Change {
			out[n-1].Until = s.Until
			continue
		}
		out = append(out, s)
	}
	return out
}

// changed applies the changes in the order they were made, so that the later
// made holds. An override touches whoever stands in for the person it names; a
// swap gives the shift away for good.
func (p *Plan) changed(o occurrence, at time.Time) huiying.DutyShift {
	s := huiying.DutyShift{Roster: p.roster.ID, Layer: o.layer, Name: o.name, Person: o.person, Rostered: o.person, Change: o.change}
	line := []string{o.person} // who had the shift since it was last given away
	for _, c := range p.changes[o.made:] {
		instead, who, ok := c.Instead, c.Who, covers(c.From, c.Until, at)
		if c.Kind == huiying.DutySwap && !ok {
			instead, who, ok = c.Who, c.Instead, covers(c.BackFrom, c.BackUntil, at)
		}
		if !ok || instead == "" || !slices.Contains(line, instead) {
			continue
		}
		s.Person, s.Change = who, c.ID
		if line = append(line, who); c.Kind == huiying.DutySwap {
			line = []string{who}
		}
	}
	return s
}

func covers(from, until, at time.Time) bool { return !at.Before(from) && at.Before(until) }

// Next is the first shift that begins after an instant, within the given time.
func (p *Plan) Next(at time.Time, within time.Duration) (huiying.DutyShift, bool) {
	for _, s := range p.Shifts(at, at.Add(within)) {
		if s.From.After(at) {
			return s, true
		}
	}
	return huiying.DutyShift{}, false
}

// Standing is what is known of a person that a roster names.
type Standing struct {
	Known     bool // a user who may sign in
	Reachable bool // over a channel that there is
}

// Gaps are the spans of from–until in which nobody is on duty though somebody
// must be, or somebody who cannot be told, in the order of their beginnings.
func (p *Plan) Gaps(from, until time.Time, standing func(person string) Standing) []huiying.DutyGap {
	shifts := p.Shifts(from, until)
	var out []huiying.DutyGap
	for _, must := range p.needed(from, until) {
		out = append(out, p.uncovered(shifts, must)...)
	}
	for _, s := range shifts {
		kind := ""
		switch st := standing(s.Person); {
		case !st.Known:
			kind = huiying.GapUnknown
		case !st.Reachable:
			kind = huiying.GapUnreachable
		}
		if kind != "" {
			out = append(out, huiying.DutyGap{Roster: p.roster.ID, Kind: kind, Person: s.Person, From: later(s.From, from), Until: earlier(s.Until, until)})
		}
	}
	slices.SortStableFunc(out, func(a, b huiying.DutyGap) int {
		return cmp.Or(a.From.Compare(b.From), a.Until.Compare(b.Until), cmp.Compare(a.Person, b.Person))
	})
	return slices.CompactFunc(out, func(a, b huiying.DutyGap) bool { return a == b })
}

// Uncovered are the spans of from–until in which nobody is on duty who can be
// told though somebody must be: an hour whose only person no channel reaches is
// one of them.
func (p *Plan) Uncovered(from, until time.Time, standing func(person string) Standing) []huiying.DutyGap {
	shifts := slices.DeleteFunc(p.Shifts(from, until), func(s huiying.DutyShift) bool {
		st := standing(s.Person)
		return !st.Known || !st.Reachable
	})
	var out []huiying.DutyGap
	for _, must := range p.needed(from, until) {
		out = append(out, p.uncovered(shifts, must)...)
	}
	return out
}

// span is a time from–until.
type span struct{ from, until time.Time }

// needed are the spans in which somebody must be on duty.
func (p *Plan) needed(from, until time.Time) []span {
	if len(p.must) == 0 {
		return []span{{from, until}}
	}
	var out []span
	for d := dayOf(from.In(p.zone)) - 1; d <= dayOf(until.In(p.zone)); d++ {
		for _, h := range p.must {
			s := span{later(d.at(h.from, p.zone), from), earlier(d.at(h.to, p.zone), until)}
			if s.from.Before(s.until) {
				out = append(out, s)
			}
		}
	}
	return out
}

// uncovered are the parts of a span that no shift covers; shifts are in the
// order of their beginnings.
func (p *Plan) uncovered(shifts []huiying.DutyShift, must span) []huiying.DutyGap {
	var out []huiying.DutyGap
	gap := func(from, until time.Time) {
		if from.Before(until) {
			out = append(out, huiying.DutyGap{Roster: p.roster.ID, Kind: huiying.GapNobody, From: from, Until: until})
		}
	}
	at := must.from
	for _, s := range shifts {
		if s.From.After(at) {
			gap(at, earlier(s.From, must.until))
		}
		if s.Until.After(at) {
			at = s.Until
		}
		if !at.Before(must.until) {
			return out
		}
	}
	gap(at, must.until)
	return out
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
