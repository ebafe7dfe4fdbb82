package route

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"huiying"
)

// Calendar knows the working days of the office.
type Calendar interface {
	// WorkedOn says whether the day of t is a working day, and whether that is
	// known; of a day that no notice speaks of yet the week alone is.
	WorkedOn(t time.Time) (worked, known bool)
}

// Clock is the office's zone and calendar. Without a calendar the working days
// are Monday to Friday.
type Clock struct {
	Zone     *time.Location
	Calendar Calendar
}

func (c Clock) in(t time.Time) time.Time {
	if c.Zone == nil {
		return t.UTC()
	}
	return t.In(c.Zone)
}

func (c Clock) workday(t time.Time) bool {
	if c.Calendar != nil {
		worked, _ := c.Calendar.WorkedOn(t)
		return worked
	}
	return t.Weekday() != time.Saturday && t.Weekday() != time.Sunday
}

// The words for days beside those of the week.
const (
	workdays = "workdays"
	holidays = "holidays" // every day that is no working day
)

// Window is hours of some days. One that crosses midnight belongs to the day
// on which it begins.
type Window struct {
	days     [7]bool // by time.Weekday
	work     bool    // only working days, or
	off      bool    // only others
	from, to int     // minutes of the day; to ≤ from crosses midnight
}

const day = 24 * 60

// ParseWindow reads "[days] [HH:MM-HH:MM]": "22:00-07:00", "sat,sun",
// "mon-fri 18:00-08:30", "holidays", "workdays 08:30-18:00".
func ParseWindow(text string) (Window, error) {
	w := Window{to: day}
	bad := huiying.Errorf(huiying.Invalid, "route.hours", text)
	parts := strings.Fields(text)
	if len(parts) == 0 || len(parts) > 2 {
		return w, bad
	}
	last := parts[len(parts)-1]
	hasHours := strings.Contains(last, ":")
	if len(parts) == 2 && !hasHours {
		return w, bad
	}
	if hasHours {
		from, to, ok := strings.Cut(last, "-")
		var good [2]bool
		w.from, good[0] = minute(from)
		w.to, good[1] = minute(to)
		if !ok || !good[0] || !good[1] || w.from == w.to || w.from == day {
			return w, bad
		}
		parts = parts[:len(parts)-1]
	}
	if len(parts) == 0 {
		w.days = [7]bool{true, true, true, true, true, true, true}
		return w, nil
	}
	if !w.readDays(strings.ToLower(parts[0])) {
		return w, bad
	}
	return w, nil
}

// minute reads HH:MM, 24:00 included.
func minute(text string) (int, bool) {
	h, m, ok := strings.Cut(text, ":")
	if !ok || len(h) != 2 || len(m) != 2 {
		return 0, false
	}
	hours, err := strconv.ParseUint(h, 10, 8)
	minutes, err2 := strconv.ParseUint(m, 10, 8)
	n := int(hours)*60 + int(minutes)
	return n, err == nil && err2 == nil && minutes < 60 && n <= day
}

func weekdays() []string { return []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} }

func (w *Window) readDays(text string) bool {
	switch text {
	case workdays:
		w.work, w.days = true, [7]bool{true, true, true, true, true, true, true}
		return true
	case holidays:
		w.off, w.days = true, [7]bool{true, true, true, true, true, true, true}
		return true
	}
	for part := range strings.SplitSeq(text, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		from, to := slices.Index(weekdays(), first), slices.Index(weekdays(), last)
		if from < 0 || to < 0 {
			return false
		}
		for d := from; ; d = (d + 1) % 7 {
			w.days[d] = true
			if d == to {
				break
			}
		}
	}
	return true
}

// Holds reports whether t is in the window.
func (w Window) Holds(t time.Time, c Clock) bool {
	t = c.in(t)
	m := t.Hour()*60 + t.Minute()
	if w.from < w.to {
		return m >= w.from && m < w.to && w.onDay(t, c)
	}
	return m >= w.from && w.onDay(t, c) || m < w.to && w.onDay(noon(t, -1), c)
}

// noon is the middle of a day some days from t, where no zone changes its
// clocks.
func noon(t time.Time, days int) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day()+days, 12, 0, 0, 0, t.Location())
}

func (w Window) onDay(t time.Time, c Clock) bool {
	if !w.days[t.Weekday()] {
		return false
	}
	return !w.work && !w.off || c.workday(t) == w.work
}

// end is when the window that holds at t ends.
func (w Window) end(t time.Time, c Clock) time.Time {
	t = c.in(t)
	days := 0
	if m := t.Hour()*60 + t.Minute(); w.to <= w.from && m >= w.from {
		days = 1
	}
	return time.Date(t.Year(), t.Month(), t.Day()+days, w.to/60, w.to%60, 0, 0, t.Location())
}

// mostDays bounds how far ahead an end of hours is looked for.
const mostDays = 40

// ends is when none of the windows holds any more, t itself when none holds
// now. Windows that follow upon each other are one; those without an end give
// up after forty days.
func ends(windows []Window, t time.Time, c Clock) time.Time {
	limit := t.AddDate(0, 0, mostDays)
	for at := t; ; {
		i := slices.IndexFunc(windows, func(w Window) bool { return w.Holds(at, c) })
		if i < 0 {
			return at
		}
		next := windows[i].end(at, c)
		if !next.After(at) { // a clock that is set back at that minute
			next = at.Add(time.Minute)
		}
		if at = next; at.After(limit) {
			return limit
		}
	}
}
