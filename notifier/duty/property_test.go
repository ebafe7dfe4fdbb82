package duty_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"huiying"
	"huiying/notifier/duty"
)

// slow is duty computed the obvious way for one instant: every shift of every
// day near it, then every change in the order it was made.
type slow struct {
	roster  huiying.Roster
	rows    []huiying.DutyRow
	changes []huiying.DutyChange
	cal     days
}

func (s slow) works(d time.Time) bool { w, _ := s.cal.WorkedOn(d); return w }

func (s slow) fits(d time.Time, kind string) bool {
	switch kind {
	case "":
		return true
	case huiying.DutyWorkdays:
		return s.works(d)
	case huiying.DutyRestDays:
		return !s.works(d)
	}
	if s.works(d) {
		return false
	}
	holiday := false
	for _, step := range []int{-1, 1} {
		for x := d; !s.works(x); x = x.AddDate(0, 0, step) {
			holiday = holiday || x.Weekday() != time.Saturday && x.Weekday() != time.Sunday
		}
	}
	return holiday == (kind == huiying.DutyHolidays)
}

func clockOf(s string) time.Duration {
	t, err := time.Parse("15:04", s)
	if err != nil {
		panic(err)
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
}

func (s slow) onDuty(now time.Time) []string {
	var out []string
	for _, l := range s.roster.Layers {
		start, _ := time.ParseInLocation(time.DateOnly, l.Start, office)
		y, m, dd := now.In(office).Date()
		for d := time.Date(y, m, dd-2, 0, 0, 0, 0, office); !d.After(now); d = d.AddDate(0, 0, 1) {
			for i, sh := range l.Shifts {
				from := d.Add(clockOf(sh.From))
				until := d.Add(clockOf(sh.To))
				if !until.After(from) {
					until = until.AddDate(0, 0, 1)
				}
				if now.Before(from) || !now.Before(until) {
					continue
				}
				for _, p := range s.named(l, d, i, start) {
					out = append(out, s.after(p, 0, now))
				}
			}
		}
	}
	for i, c := range s.made() {
		if c.Kind == huiying.DutyOverride && c.Instead == "" && !now.Before(c.From) && now.Before(c.Until) {
			out = append(out, s.after(c.Who, i+1, now))
		}
	}
	slices.Sort(out)
	return out
}

func (s slow) named(l huiying.RosterLayer, d time.Time, shift int, start time.Time) []string {
	var named []string
	for _, r := range s.rows {
		if r.Date == d.Format(time.DateOnly) && (r.Layer == l.ID || r.Layer == "" && l.ID == s.roster.Layers[0].ID) && (r.Shift == "" || r.Shift == l.Shifts[shift].Name) {
			for _, p := range r.People {
				if !slices.Contains(named, p) {
					named = append(named, p)
				}
			}
		}
	}
	if len(named) > 0 || d.Before(start) || !s.fits(d, l.Days) {
		return named
	}
	turns := 0
	for x := start; x.Before(d); x = x.AddDate(0, 0, 1) {
		if s.fits(x, l.Days) {
			turns++
		}
	}
	switch l.Turn {
	case huiying.TurnShift:
		turns = turns*len(l.Shifts) + shift
	case huiying.TurnWeek:
		turns = int(d.Sub(start).Hours()/24) / 7
	}
	return []string{l.People[turns/max(l.Length, 1)%len(l.People)]}
}

func (s slow) made() []huiying.DutyChange {
	list := slices.Clone(s.changes)
	slices.SortStableFunc(list, func(a, b huiying.DutyChange) int { return a.At.Compare(b.At) })
	return list
}

func (s slow) after(person string, from int, now time.Time) string {
	in := func(a, b time.Time) bool { return !now.Before(a) && now.Before(b) }
	had := []string{person}
	for _, c := range s.made()[from:] {
		switch {
		case c.Instead == "":
		case in(c.From, c.Until) && slices.Contains(had, c.Instead):
			person = c.Who
			had = append(had, person)
			if c.Kind == huiying.DutySwap {
				had = []string{person}
			}
		case !in(c.From, c.Until) && c.Kind == huiying.DutySwap && in(c.BackFrom, c.BackUntil) && slices.Contains(had, c.Who):
			person = c.Instead
			had = []string{person}
		}
	}
	return person
}

func drawn(t *rapid.T) slow {
	person := rapid.SampledFrom([]string{"an", "bo", "cui", "dong", "er"})
	clock := rapid.SampledFrom([]string{"00:00", "00:15", "08:30", "12:00", "18:00", "23:45"})
	span := func(label string) (from, until time.Time) {
		from = at("2026-09-25 00:00").Add(time.Duration(rapid.IntRange(0, 20*24*4).Draw(t, label)) * 15 * time.Minute)
		return from, from.Add(time.Duration(rapid.IntRange(1, 200).Draw(t, label+" long")) * 15 * time.Minute)
	}
	s := slow{cal: goldenWeek(), roster: huiying.Roster{ID: "main"}}
	for i := range rapid.IntRange(1, 3).Draw(t, "layers") {
		l := huiying.RosterLayer{
			ID: string(rune('a' + i)), Start: rapid.SampledFrom([]string{"2026-09-21", "2026-09-28", "2025-12-31"}).Draw(t, "start"),
			Days: rapid.SampledFrom(append(huiying.DutyDays(), "")).Draw(t, "days"), Turn: rapid.SampledFrom(huiying.DutyTurns()).Draw(t, "turn"),
			Length: rapid.IntRange(0, 3).Draw(t, "length"), People: rapid.SliceOfN(person, 1, 4).Draw(t, "people"),
		}
		for j := range rapid.IntRange(1, 3).Draw(t, "shifts") {
			l.Shifts = append(l.Shifts, huiying.RosterShift{Name: string(rune('A' + j)), From: clock.Draw(t, "from"), To: clock.Draw(t, "to")})
		}
		s.roster.Layers = append(s.roster.Layers, l)
	}
	for range rapid.IntRange(0, 3).Draw(t, "rows") {
		s.rows = append(s.rows, huiying.DutyRow{
			Date:  at("2026-09-28 00:00").AddDate(0, 0, rapid.IntRange(0, 10).Draw(t, "row day")).Format(time.DateOnly),
			Layer: rapid.SampledFrom([]string{"", "a"}).Draw(t, "row layer"), Shift: rapid.SampledFrom([]string{"", "A"}).Draw(t, "row shift"),
			People: rapid.SliceOfN(person, 1, 2).Draw(t, "row people"),
		})
	}
	for i := range rapid.IntRange(0, 5).Draw(t, "changes") {
		c := huiying.DutyChange{ID: string(rune('0' + i)), Roster: "main", Kind: huiying.DutyOverride, Who: person.Draw(t, "who"), At: at("2026-09-01 00:00").Add(time.Duration(i) * time.Hour)}
		c.Instead = rapid.SampledFrom([]string{"", "an", "bo", "cui", "dong", "er"}).Draw(t, "instead")
		c.From, c.Until = span("change")
		if c.Instead != "" && rapid.Bool().Draw(t, "swap") {
			c.Kind = huiying.DutySwap
			c.BackFrom, c.BackUntil = span("back")
		}
		s.changes = append(s.changes, c)
	}
	return s
}

// At any instant the plan says what the obvious computation says, its shifts
// say the same as its instants, and a gap is exactly where nobody is.
func TestPlanEqualsTheScan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawn(t)
		p, err := duty.New(s.roster, duty.Options{Zone: office, Calendar: s.cal, Rows: s.rows, Changes: s.changes})
		if err != nil {
			t.Fatal(err)
		}
		from := at("2026-09-26 00:00").Add(time.Duration(rapid.IntRange(0, 14*24).Draw(t, "hour")) * time.Hour)
		until := from.Add(36 * time.Hour)
		shifts := p.Shifts(from, until)
		gaps := p.Gaps(from, until, func(string) duty.Standing { return duty.Standing{Known: true, Reachable: true} })
		for now := from; now.Before(until); now = now.Add(15 * time.Minute) {
			want := s.onDuty(now)
			var got, spans []string
			for _, d := range p.OnDuty(now) {
				got = append(got, d.Person)
			}
			for _, d := range shifts {
				if !now.Before(d.From) && now.Before(d.Until) {
					spans = append(spans, d.Person)
				}
			}
			slices.Sort(got)
			slices.Sort(spans)
			if !slices.Equal(got, want) || !slices.Equal(spans, want) {
				t.Fatalf("%s: on duty %v, in shifts %v, want %v", now, got, spans, want)
			}
			empty := slices.ContainsFunc(gaps, func(g huiying.DutyGap) bool { return !now.Before(g.From) && now.Before(g.Until) })
			if empty != (len(want) == 0) {
				t.Fatalf("%s: gap %v, on duty %v", now, empty, want)
			}
		}
	})
}

// Whatever a sheet holds, each row is used or has its sentence, and what is
// used can be planned.
func FuzzReadTable(f *testing.F) {
	f.Add("日期,姓名\n2026-10-01,an\n2026年10月2日,bo、an\n,bo")
	f.Add("表\n日期\t班次\t工号\n46296\t白班\tan")
	f.Add("date;name\n2026-13-40;an")
	r := dayAndNight("an", "bo")
	people := []huiying.Person{{ID: "an", Name: "安宁"}, {ID: "bo", Name: "柏青"}}
	f.Fuzz(func(t *testing.T, text string) {
		var lines []duty.Line
		for l := range strings.Lines(text) {
			lines = append(lines, duty.Line{N: len(lines) + 1, Cells: strings.FieldsFunc(strings.TrimRight(l, "\n"), func(c rune) bool { return strings.ContainsRune(",;\t", c) })})
		}
		table := duty.ReadTable(r, people, lines)
		if len(table.Rows)+len(table.Problems) == 0 {
			t.Fatal("neither a row nor a sentence")
		}
		for _, row := range table.Rows {
			if err := duty.CheckRow(r, row); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := duty.New(r, duty.Options{Rows: duty.Merge(r, nil, table.Rows)}); err != nil {
			t.Fatal(err)
		}
	})
}
