package duty

import (
	"strconv"
	"strings"
	"time"

	"huiying"
)

const minutesOfDay = 24 * 60

// day is a civil day, counted from 1970-01-01.
type day int

func dayOf(t time.Time) day {
	y, m, d := t.Date()
	return day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60))
}

func parseDay(s string) (day, bool) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, false
	}
	return dayOf(t), true
}

// at is the instant of a minute of the day, which may be past its end.
func (d day) at(minute int, zone *time.Location) time.Time {
	return time.Date(1970, 1, 1+int(d)+minute/minutesOfDay, 0, minute%minutesOfDay, 0, 0, zone)
}

func (d day) String() string { return d.at(0, time.UTC).Format(time.DateOnly) }

// parseMinute reads 08:30 as minutes; 24:00 is the end of the day.
func parseMinute(s string) (int, bool) {
	h, m, ok := strings.Cut(s, ":")
	hour, err := strconv.Atoi(h)
	minute, err2 := strconv.Atoi(m)
	if !ok || err != nil || err2 != nil || len(m) != 2 || hour < 0 || minute < 0 || minute > 59 || hour*60+minute > minutesOfDay {
		return 0, false
	}
	return hour*60 + minute, true
}

// parseHours reads 08:30-18:00; what does not end after its beginning ends on
// the next day.
func parseHours(s string) (hours, bool) {
	a, b, ok := strings.Cut(s, "-")
	from, ok1 := parseMinute(strings.TrimSpace(a))
	to, ok2 := parseMinute(strings.TrimSpace(b))
	if !ok || !ok1 || !ok2 || from == minutesOfDay {
		return hours{}, false
	}
	if to <= from {
		to += minutesOfDay
	}
	return hours{from, to}, true
}

// kinds remembers what days are while one question is answered: a run of rest
// days is looked at once.
type kinds struct {
	p    *Plan
	work map[day]bool
	rest map[day]string // weekend or holiday
}

func (p *Plan) kinds() kinds { return kinds{p, map[day]bool{}, map[day]string{}} }

func (k kinds) worked(d day) bool {
	work, seen := k.work[d]
	if seen {
		return work
	}
	at := d.at(0, k.p.zone)
	work, known := k.p.cal.WorkedOn(at)
	if !known {
		work = !weekend(at.Weekday())
	}
	k.work[d] = work
	return work
}

// longestRest bounds the look for the ends of a run of rest days.
const longestRest = 31

// resting says of a rest day whether it is a weekend or of a holiday: of a run
// of rest days that holds one from Monday to Friday.
func (k kinds) resting(d day) string {
	if kind := k.rest[d]; kind != "" {
		return kind
	}
	first, last := d, d
	for d-first < longestRest && !k.worked(first-1) {
		first--
	}
	for last-d < longestRest && !k.worked(last+1) {
		last++
	}
	kind := huiying.DutyWeekends
	for x := first; x <= last; x++ {
		if !weekend(x.at(0, time.UTC).Weekday()) {
			kind = huiying.DutyHolidays
		}
	}
	for x := first; x <= last; x++ {
		k.rest[x] = kind
	}
	return kind
}

// fits reports whether a layer's days hold d.
func (k kinds) fits(d day, days string) bool {
	switch days {
	case "":
		return true
	case huiying.DutyWorkdays:
		return k.worked(d)
	case huiying.DutyRestDays:
		return !k.worked(d)
	}
	return !k.worked(d) && k.resting(d) == days
}
