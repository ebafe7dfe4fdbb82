// Package calendar counts working days as the State Council's notices set
// them: days off, and the weekend days worked instead (调休). The notices of
// 2007 to 2026 are embedded and later ones are imported. It refuses to guess: a
// count that crosses into a year without a notice is marked provisional, and
// half a notice is not taken for a whole one.
package calendar

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"time"

	"huiying"
)

// Unit is what a limit counts in.
type Unit string

// The units. Hours need no calendar.
const (
	Workday Unit = "workday"
	Natural Unit = "day"   // calendar days
	Month   Unit = "month" // calendar months
)

// MaxCount is the most that is counted at once.
const MaxCount = 4000

// Options say what a calendar knows beside the embedded years.
type Options struct {
	Zone     *time.Location // of the office; nil = Asia/Shanghai's eight hours
	EndOfDay time.Duration  // when a last day ends; 0 = 24:00, or the close of business (民法典 §203)
	Imported []Year         // each takes the place of an embedded one
}

// Calendar is working days as far as they are published. It never changes and
// may be used by many at once.
type Calendar struct {
	zone    *time.Location
	end     time.Duration
	years   map[int]Year
	days    map[Date]bool // worked
	version string
}

// Result is the day on which a limit ends.
type Result struct {
	Date        Date      `json:"date"`        // the last day
	Counted     Date      `json:"counted"`     // where counting ended, before a holiday moved it
	At          time.Time `json:"at"`          // when the last day ends
	Provisional bool      `json:"provisional"` // weekends alone were assumed in some year
	Unpublished []int     `json:"unpublished"` // those years
	Version     string    `json:"version"`     // of the calendar
}

// New makes a calendar of the embedded and the imported years.
func New(o Options) (*Calendar, error) {
	if o.EndOfDay < 0 || o.EndOfDay > 24*time.Hour {
		return nil, huiying.Errorf(huiying.Invalid, "calendar.end_of_day", o.EndOfDay)
	}
	published, err := Published()
	if err != nil {
		return nil, err
	}
	c := &Calendar{
		zone: cmp.Or(o.Zone, time.FixedZone("CST", 8*60*60)), end: cmp.Or(o.EndOfDay, 24*time.Hour),
		years: map[int]Year{}, days: map[Date]bool{},
	}
	for _, y := range slices.Concat(published, o.Imported) {
		if len(y.Days) == 0 {
			return nil, huiying.Errorf(huiying.Invalid, "calendar.empty", y.Year)
		}
		c.years[y.Year] = y
	}
	hash := sha256.New()
	for _, n := range c.Years() { // a later notice decides about the last days of the year before
		for _, d := range c.years[n].Days {
			c.days[d.Date] = !d.Off
		}
		fmt.Fprintln(hash, n)
	}
	for _, d := range slices.Sorted(maps.Keys(c.days)) {
		fmt.Fprintln(hash, d, c.days[d])
	}
	newest := slices.Max(c.Years())
	c.version = fmt.Sprintf("%d-%s", newest, hex.EncodeToString(hash.Sum(nil))[:12])
	return c, nil
}

// Version names what the calendar knows: the newest year and a hash of every
// day. Due times keep it, so that one computed on less can be told.
func (c *Calendar) Version() string { return c.version }

// Zone is the zone of the office.
func (c *Calendar) Zone() *time.Location { return c.zone }

// Years lists the published years, the earliest first.
func (c *Calendar) Years() []int { return slices.Sorted(maps.Keys(c.years)) }

// Year gives what was published for a year.
func (c *Calendar) Year(n int) (Year, bool) {
	y, ok := c.years[n]
	y.Days, y.Notices = slices.Clone(y.Days), slices.Clone(y.Notices)
	return y, ok
}

// Workday reports whether a day is worked; where its year is not published,
// known is false and the week alone decides.
func (c *Calendar) Workday(d Date) (worked, known bool) {
	if worked, known = c.days[d]; known {
		return worked, true
	}
	_, known = c.years[d.Year()]
	return !d.Weekend(), known
}

// WorkedOn is Workday of the office's day of a moment.
func (c *Calendar) WorkedOn(t time.Time) (worked, known bool) { return c.Workday(On(t, c.zone)) }

// Total counts the working days of a year.
func (c *Calendar) Total(year int) (n int, known bool) {
	return c.Between(Of(year-1, time.December, 31), Of(year, time.December, 31))
}

// Between counts the working days after from up to and including to.
func (c *Calendar) Between(from, to Date) (n int, known bool) {
	known = true
	for d := from + 1; d <= to; d++ {
		worked, sure := c.Workday(d)
		known = known && sure
		if worked {
			n++
		}
	}
	return n, known
}

// Add gives the last day of a limit of n units whose first day is the day of
// receipt, which does not count (民法典 §201). A limit in days or months that
// ends on a day off ends on the next working day (§203).
func (c *Calendar) Add(day Date, n int, unit Unit) (Result, error) {
	if n < 0 || n > MaxCount {
		return Result{}, huiying.Errorf(huiying.Invalid, "calendar.count", n, MaxCount)
	}
	if y := day.Year(); y < firstYear || y > lastYear {
		return Result{}, huiying.Errorf(huiying.Invalid, "calendar.year", y, firstYear, lastYear)
	}
	w := walk{calendar: c, at: day}
	switch unit {
	case Workday:
		w.workdays(n)
	case Natural:
		w.at += Date(n)
	case Month:
		w.at = day.AddMonths(n)
	default:
		return Result{}, huiying.Errorf(huiying.Invalid, "calendar.unit", unit)
	}
	r := Result{Counted: w.at, Version: c.version}
	if unit != Workday && n > 0 {
		w.offDays()
	}
	r.Date, r.At, r.Unpublished = w.at, c.EndOf(w.at), w.unpublished
	r.Provisional = len(r.Unpublished) > 0
	return r, nil
}

// EndOf is the instant at which a last day ends.
func (c *Calendar) EndOf(d Date) time.Time {
	year, month, day := d.Civil()
	whole := c.end.Truncate(time.Hour)
	return time.Date(year, month, day, int(whole/time.Hour), int((c.end-whole)/time.Minute), 0, 0, c.zone)
}

// walk goes from day to day and notes which years it went through unpublished.
type walk struct {
	calendar    *Calendar
	at          Date
	unpublished []int
}

func (w *walk) worked() bool {
	worked, known := w.calendar.Workday(w.at)
	if year := w.at.Year(); !known && !slices.Contains(w.unpublished, year) {
		w.unpublished = append(w.unpublished, year)
	}
	return worked
}

func (w *walk) workdays(n int) {
	for n > 0 {
		w.at++
		if w.worked() {
			n--
		}
	}
}

func (w *walk) offDays() {
	for !w.worked() {
		w.at++
	}
}
