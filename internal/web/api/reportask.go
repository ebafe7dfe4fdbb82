package api

import (
	"time"

	"huiying"
	"huiying/internal/query"
)

// ReadReportAsk reads the days of a period; "" is none, and last is included.
func ReadReportAsk(zone *time.Location, first, last string) (a query.ReportAsk, err error) {
	for _, d := range []struct {
		text string
		into *time.Time
		days int
	}{{first, &a.From, 0}, {last, &a.To, 1}} {
		if d.text == "" {
			continue
		}
		day, err := time.ParseInLocation(time.DateOnly, d.text, zone)
		if err != nil {
			return a, huiying.Errorf(huiying.Invalid, "cli.bad_day", d.text)
		}
		*d.into = day.AddDate(0, 0, d.days)
	}
	return a, nil
}
