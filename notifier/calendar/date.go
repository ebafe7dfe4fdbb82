package calendar

import (
	"fmt"
	"time"
)

// Date is a civil day, free of clocks and zones: how many days lie between it
// and 1970-01-01.
type Date int

const secondsOfDay = 24 * 60 * 60

// Of is the date of a year, month and day; what exceeds a month carries over
// as in time.Date.
func Of(year int, month time.Month, day int) Date {
	return Date(floorDiv(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix(), secondsOfDay))
}

// On is the civil day of an instant in a zone.
func On(t time.Time, zone *time.Location) Date {
	year, month, day := t.In(zone).Date()
	return Of(year, month, day)
}

// ParseDate reads 2006-01-02.
func ParseDate(text string) (Date, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return 0, fmt.Errorf("date %q: %w", text, err)
	}
	return Of(t.Date()), nil
}

func (d Date) utc() time.Time { return time.Unix(int64(d)*secondsOfDay, 0).UTC() }

// Civil gives year, month and day.
func (d Date) Civil() (int, time.Month, int) { return d.utc().Date() }

// Year is the year of the date.
func (d Date) Year() int { return d.utc().Year() }

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

// Weekend reports a Saturday or Sunday.
func (d Date) Weekend() bool { return d.Weekday() == time.Saturday || d.Weekday() == time.Sunday }

// String is 2006-01-02.
func (d Date) String() string { return d.utc().Format(time.DateOnly) }

// MarshalText writes 2006-01-02.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads 2006-01-02.
func (d *Date) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDate(string(text))
	return err
}

// AddMonths is the corresponding day n months later, or the last day of a
// month that lacks it (民法典 §202).
func (d Date) AddMonths(n int) Date {
	year, month, day := d.Civil()
	last := Of(year, month+time.Month(n)+1, 0)
	_, _, days := last.Civil()
	return last - Date(days-min(day, days))
}

func floorDiv(a, b int64) int64 {
	if a%b < 0 {
		return a/b - 1
	}
	return a / b
}
