package app_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"huiying"
	"huiying/internal/app"
	"huiying/notifier/calendar"
)

const year2027 = "year 2027\noff 元旦 2027-01-01\noff 劳动节 2027-05-01\noff 国庆节 2027-10-01\n"

// TestImportCalendar keeps years with their versions and authors, and leaves
// the data of a running service alone.
func TestImportCalendar(t *testing.T) {
	where := app.Where{Data: t.TempDir()}
	put := func(text, by string) (app.CalendarImport, error) {
		return app.ImportCalendar(t.Context(), where, strings.NewReader(text), huiying.Actor{ID: by})
	}
	first, err := put(year2027, "wang")
	if err != nil || !first.Changed || first.Version != 1 || first.Before == first.After {
		t.Fatalf("first import: %+v %v", first, err)
	}
	if same, err := put("# again\n"+year2027, "li"); err != nil || same.Changed || same.Version != 1 || same.After != first.After {
		t.Errorf("the same days again: %+v %v", same, err)
	}
	second, err := put(year2027+"off 春节 2027-02-05..2027-02-11\n", "li")
	if err != nil || !second.Changed || second.Version != 2 || second.Workdays != first.Workdays-5 {
		t.Errorf("other days: %+v after %+v, %v", second, first, err)
	}
	c, err := app.OpenCalendar(t.Context(), where)
	if err != nil || c.Version() != second.After || c.Imported[2027].Author != "li" || c.Imported[2027].Version != 2 {
		t.Errorf("opened %+v %v", c.Imported, err)
	}

	running, _, err := app.OpenForWriting(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	_, err = put(year2027, "wang")
	var refused *huiying.Error
	if !errors.As(err, &refused) || refused.Code == huiying.Internal {
		t.Errorf("import beside a running service: %v", err)
	}
	if err := running.Close(); err != nil {
		t.Fatal(err)
	}
}

// A last day ends when the office says so, whichever door asks the calendar.
func TestCalendarEndsWithTheOffice(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "office.yaml")
	if err := os.WriteFile(file, []byte("data: data\noffice: {end_of_day: \"17:30\"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	where := app.Where{ConfigFile: file}
	if _, err := app.ImportCalendar(t.Context(), where, strings.NewReader(year2027), huiying.Actor{ID: "wang"}); err != nil {
		t.Fatal(err)
	}
	c, err := app.OpenCalendar(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	day, err := calendar.ParseDate("2026-02-13")
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.Add(day, 5, calendar.Workday)
	if err != nil || r.At.In(c.Zone()).Format("2006-01-02 15:04") != "2026-02-27 17:30" {
		t.Errorf("ends at %v, %v", r.At.In(c.Zone()), err)
	}
}
