package limit

import (
	"slices"
	"time"

	"huiying"
	"huiying/notifier/calendar"
)

// Deadline is when a limit ends. Calendar is the version it was computed on, ""
// for hours, which need none; a provisional one crossed a year whose notice is
// not published, and is to be computed again when it is.
type Deadline struct {
	At          time.Time `json:"at"`
	Provisional bool      `json:"provisional,omitempty"`
	Calendar    string    `json:"calendar,omitempty"`
}

// morning is when a warning in days falls.
const morning = 9 * time.Hour

// Due is when a limit that starts at from ends.
func Due(p Preset, from time.Time, c *calendar.Calendar) (Deadline, error) {
	return due(p.Limit, from, c)
}

func due(l Limit, from time.Time, c *calendar.Calendar) (Deadline, error) {
	day := calendar.On(from, c.Zone())
	switch l.Kind {
	case Hours:
		return Deadline{At: from.Add(l.For)}, nil
	case Window:
		return Deadline{At: from.In(c.Zone()).AddDate(0, 0, l.N)}, nil
	case Yearly: // a date set by law is not counted, so no holiday moves it
		year := day.Year()
		if calendar.Of(year, l.Month, l.Day) < day {
			year++
		}
		return Deadline{At: c.EndOf(calendar.Of(year, l.Month, l.Day))}, nil
	case Workdays:
		return count(c, day, l.N, calendar.Workday)
	case Days:
		return count(c, day, l.N, calendar.Natural)
	case Months:
		return count(c, day, l.N, calendar.Month)
	}
	return Deadline{}, huiying.Errorf(huiying.Invalid, "limit.given")
}

func count(c *calendar.Calendar, day calendar.Date, n int, unit calendar.Unit) (Deadline, error) {
	r, err := c.Add(day, n, unit)
	if err != nil {
		return Deadline{}, err
	}
	return Deadline{At: r.At, Provisional: r.Provisional, Calendar: r.Version}, nil
}

// Extend is when the limit ends with n more of its units, counted from the
// start as one limit. Who may give it, and that it is given once, is the case
// machine's business.
func Extend(p Preset, from time.Time, n int, c *calendar.Calendar) (Deadline, error) {
	if p.Extend == 0 {
		return Deadline{}, huiying.Errorf(huiying.Conflict, "limit.no_extension", p.ID)
	}
	if n < 1 || n > p.Extend {
		return Deadline{}, huiying.Errorf(huiying.Invalid, "limit.extension", p.ID, n, p.Extend)
	}
	l := p.Limit
	l.N += n
	return due(l, from, c)
}

// Pause is a span in which a pausable limit did not count.
type Pause struct{ From, To time.Time }

// Resume is when a limit that was to end at d ends after a pause: the days of
// the pause, its first not counted, are given back.
func Resume(p Preset, d Deadline, pause Pause, c *calendar.Calendar) (Deadline, error) {
	if !p.Pausable {
		return Deadline{}, huiying.Errorf(huiying.Conflict, "limit.no_pause", p.ID)
	}
	if pause.To.Before(pause.From) {
		return Deadline{}, huiying.Errorf(huiying.Invalid, "limit.pause", p.ID)
	}
	from, to := calendar.On(pause.From, c.Zone()), calendar.On(pause.To, c.Zone())
	last := calendar.On(d.At.Add(-time.Nanosecond), c.Zone()) // 24:00 is the next day's 0:00
	n, unit := int(to-from), calendar.Natural
	if p.Limit.Kind == Workdays {
		n, _ = c.Between(from, to)
		unit = calendar.Workday
	}
	after, err := count(c, last, n, unit)
	if err != nil {
		return Deadline{}, err
	}
	_, known := c.Between(from, to)
	after.Provisional = after.Provisional || d.Provisional || !known
	return after, nil
}

// Warnings are the moments at which to warn of a limit that started at from
// and ends at d, the earliest first; those that fall outside are left out.
func Warnings(p Preset, from time.Time, d Deadline, c *calendar.Calendar) ([]time.Time, error) {
	var out []time.Time
	for _, w := range p.Warn {
		at, err := p.warnAt(w, from, d, c)
		if err != nil {
			return nil, err
		}
		if at.After(from) && at.Before(d.At) {
			out = append(out, at)
		}
	}
	slices.SortFunc(out, time.Time.Compare)
	return slices.CompactFunc(out, time.Time.Equal), nil
}

// warnAt is the moment of one warning. A share of a limit in working days is
// so many of them, and falls on the morning of a working day.
func (p Preset) warnAt(w Warning, from time.Time, d Deadline, c *calendar.Calendar) (time.Time, error) {
	start := calendar.On(from, c.Zone())
	switch {
	case w.Percent == 0 && w.After.Kind == Days:
		return morningOf(start+calendar.Date(w.After.N), c.Zone()), nil
	case w.Percent == 0:
		return from.Add(w.After.For), nil
	case p.Limit.Kind != Workdays:
		return from.Add(d.At.Sub(from) / 100 * time.Duration(w.Percent)), nil
	}
	last := calendar.On(d.At.Add(-time.Nanosecond), c.Zone())
	all, _ := c.Between(start, last)
	r, err := c.Add(start, max(1, all*w.Percent/100), calendar.Workday)
	if err != nil {
		return time.Time{}, err
	}
	return morningOf(r.Date, c.Zone()), nil
}

func morningOf(d calendar.Date, zone *time.Location) time.Time {
	year, month, day := d.Civil()
	return time.Date(year, month, day, int(morning/time.Hour), 0, 0, 0, zone)
}
