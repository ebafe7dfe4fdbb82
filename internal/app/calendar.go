package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"huiying"
	"huiying/internal/config"
	"huiying/internal/store/definitions"
	"huiying/notifier/calendar"
)

// definitionCalendar is the kind of definitions that keeps imported years, by
// year, every version with its author.
const definitionCalendar = "calendar"

// Calendar is the working calendar of an office, and who imported which year.
type Calendar struct {
	*calendar.Calendar
	Imported map[int]ImportedYear
}

// ImportedYear is how a year came to the office.
type ImportedYear struct {
	Version int       `json:"version"`
	Author  string    `json:"author"`
	At      time.Time `json:"at"`
}

// OpenCalendar makes the calendar of the stored data, or of the embedded years
// when no data are named.
func OpenCalendar(ctx context.Context, w Where) (c Calendar, err error) {
	if w == (Where{}) {
		plain, err := calendar.New(calendar.Options{})
		return Calendar{Calendar: plain}, err
	}
	data, err := OpenArchive(ctx, w)
	if err != nil {
		return Calendar{}, err
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	return CalendarOf(ctx, definitions.New(data.Store), data.Days)
}

// calendarOptions are what an office says of its calendar: its zone, and when a
// last day ends.
func calendarOptions(c config.Config) (o calendar.Options, err error) {
	if o.Zone, err = c.Zone(); err != nil {
		return o, err
	}
	if end := c.Office.EndOfDay; end != "" {
		o.EndOfDay, err = calendar.ParseEndOfDay(end)
	}
	return o, err
}

// CalendarOf makes the calendar of the embedded years and of those on the
// shelf, which come first.
func CalendarOf(ctx context.Context, shelf *definitions.Definitions, o calendar.Options) (Calendar, error) {
	list, err := shelf.Current(ctx, definitionCalendar)
	if err != nil {
		return Calendar{}, err
	}
	out := Calendar{Imported: map[int]ImportedYear{}}
	for _, d := range list {
		var y calendar.Year
		if err := json.Unmarshal(d.Body, &y); err != nil {
			return Calendar{}, fmt.Errorf("read version %d of the days of %s: %w", d.Version, d.ID, err)
		}
		o.Imported = append(o.Imported, y)
		out.Imported[y.Year] = ImportedYear{
			Version: d.Version, Author: d.Author, At: d.At.In(cmp.Or(o.Zone, time.UTC)),
		}
	}
	out.Calendar, err = calendar.New(o)
	return out, err
}

// CalendarImport is what an import did.
type CalendarImport struct {
	Year     int    `json:"year"`
	Changed  bool   `json:"changed"`
	Version  int    `json:"version"` // of the year's days
	Workdays int    `json:"workdays"`
	Before   string `json:"before"` // version of the calendar
	After    string `json:"after"`
}

// ImportCalendar keeps one year in the data of a service that is not running.
// The same days again change nothing.
func ImportCalendar(ctx context.Context, w Where, r io.Reader, by huiying.Actor) (done CalendarImport, err error) {
	year, err := calendar.Parse(r) // before the lock: a wrong file touches nothing
	if err != nil {
		return CalendarImport{}, err
	}
	data, _, err := OpenForWriting(ctx, w)
	if err != nil {
		return CalendarImport{}, err
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	return PutYear(ctx, definitions.New(data.Store), year, by)
}

// PutYear keeps one year on the shelf.
func PutYear(ctx context.Context, shelf *definitions.Definitions, year calendar.Year, by huiying.Actor) (CalendarImport, error) {
	before, err := CalendarOf(ctx, shelf, calendar.Options{})
	if err != nil {
		return CalendarImport{}, err
	}
	body, err := json.Marshal(year)
	if err != nil {
		return CalendarImport{}, fmt.Errorf("encode the days of %d: %w", year.Year, err)
	}
	current, changed, err := shelf.Put(ctx, definitions.Definition{
		Kind: definitionCalendar, ID: strconv.Itoa(year.Year), Author: by.ID, Body: body,
	})
	if err != nil {
		return CalendarImport{}, err
	}
	after, err := CalendarOf(ctx, shelf, calendar.Options{})
	if err != nil {
		return CalendarImport{}, err
	}
	total, _ := after.Total(year.Year)
	return CalendarImport{
		Year: year.Year, Changed: changed, Version: current.Version, Workdays: total, Before: before.Version(), After: after.Version(),
	}, nil
}
