package tool

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"huiying"
	"huiying/internal/app"
	"huiying/notifier/calendar"
)

// CalendarOptions say what is asked of which calendar.
type CalendarOptions struct {
	Where app.Where // none = the embedded years
	JSON  bool
	Day   string
	N     int
	Unit  string
	Year  int
	File  string
}

// addedDay is what calendar add --json prints.
type addedDay struct {
	From calendar.Date `json:"from"`
	N    int           `json:"n"`
	Unit calendar.Unit `json:"unit"`
	calendar.Result
}

// CalendarAdd prints the last day of a limit, and that it is provisional where
// a year on the way is not published.
func CalendarAdd(ctx context.Context, s Streams, o CalendarOptions) error {
	day, err := calendar.ParseDate(o.Day)
	if err != nil {
		return &UsageError{Err: huiying.Errorf(huiying.Invalid, "calendar.date", "DAY", o.Day)}
	}
	c, err := app.OpenCalendar(ctx, o.Where)
	if err != nil {
		return err
	}
	r, err := c.Add(day, o.N, calendar.Unit(o.Unit))
	if err != nil {
		return err
	}
	if o.JSON {
		r.Unpublished = append([]int{}, r.Unpublished...) // [] and not null
		return s.line(addedDay{From: day, N: o.N, Unit: calendar.Unit(o.Unit), Result: r})
	}
	parts := []string{r.Date.String(), s.Words.Text(s.Lang, fmt.Sprintf("calendar.day.%d", r.Date.Weekday()))}
	if r.Counted != r.Date {
		parts = append(parts, s.Words.Text(s.Lang, "cli.calendar.moved", r.Counted))
	}
	if r.Provisional {
		parts = append(parts, s.Words.Text(s.Lang, "cli.calendar.provisional", list(r.Unpublished)))
	}
	fmt.Fprintln(s.Out, strings.Join(parts, " "))
	return nil
}

func list(years []int) string {
	words := make([]string, len(years))
	for i, y := range years {
		words[i] = strconv.Itoa(y)
	}
	return strings.Join(words, ", ")
}

// shownYear is what calendar show --json prints.
type shownYear struct {
	calendar.Year
	Workdays int               `json:"workdays"`
	Calendar string            `json:"calendar"`
	Imported *app.ImportedYear `json:"imported,omitempty"`
}

// CalendarShow prints a year in the rows that an import reads.
func CalendarShow(ctx context.Context, s Streams, o CalendarOptions) error {
	c, err := app.OpenCalendar(ctx, o.Where)
	if err != nil {
		return err
	}
	year, ok := c.Year(o.Year)
	if !ok {
		return huiying.Errorf(huiying.NotFound, "calendar.unpublished", o.Year)
	}
	total, _ := c.Total(o.Year)
	imported, own := c.Imported[o.Year]
	if o.JSON {
		out := shownYear{Year: year, Workdays: total, Calendar: c.Version()}
		if own {
			out.Imported = &imported
		}
		return s.line(out)
	}
	fmt.Fprintln(s.Out, s.Words.Text(s.Lang, "cli.calendar.total", total, c.Version()))
	if own {
		fmt.Fprintln(s.Out, s.Words.Text(s.Lang, "cli.calendar.from", imported.Version, imported.At.Format(time.DateTime), imported.Author))
	}
	fmt.Fprint(s.Out, year.Format())
	return nil
}

// CalendarImport keeps a year's days in the data of a stopped service.
func CalendarImport(ctx context.Context, s Streams, o CalendarOptions) (err error) {
	f, err := os.Open(o.File)
	if err != nil {
		return huiying.Errorf(huiying.Invalid, "config.unreadable", o.File, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	done, err := app.ImportCalendar(ctx, o.Where, f, huiying.Actor{ID: "cli"})
	switch {
	case err != nil:
		return err
	case o.JSON:
		return s.line(done)
	case done.Changed:
		s.say("cli.calendar.imported", done.Year, done.Version, done.Workdays, done.After)
	default:
		s.say("cli.calendar.same", done.Year, done.After)
	}
	return nil
}
