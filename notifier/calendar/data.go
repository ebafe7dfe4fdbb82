package calendar

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"time"

	"huiying"
)

//go:embed data/*.txt
var data embed.FS

// Published reads the embedded years, the earliest first.
func Published() ([]Year, error) {
	names, err := fs.Glob(data, "data/*.txt")
	if err != nil {
		return nil, fmt.Errorf("list the embedded years: %w", err)
	}
	years := make([]Year, 0, len(names))
	for _, name := range names {
		raw, err := data.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		y, err := Parse(bytes.NewReader(raw))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		years = append(years, y)
	}
	return years, nil
}

// ParseEndOfDay reads when a last day ends: "24:00", or the close of business
// such as "17:30".
func ParseEndOfDay(text string) (time.Duration, error) {
	if text == "24:00" {
		return 24 * time.Hour, nil
	}
	t, err := time.Parse("15:04", text)
	if err != nil || t.Hour()+t.Minute() == 0 {
		return 0, huiying.Errorf(huiying.Invalid, "calendar.end_of_day", text)
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
}
