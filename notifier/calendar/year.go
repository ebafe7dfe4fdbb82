package calendar

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"huiying"
)

// Year is what one year's notice says: the days off and the weekend days that
// are worked instead. Days that it does not name follow the week.
type Year struct {
	Year    int      `json:"year"`
	Notices []Notice `json:"notices"` // the first, then those that changed it
	Days    []Day    `json:"days"`    // in order; the last of the year before may be among them
}

// Notice is where a year's days were published.
type Notice struct {
	Number string `json:"number,omitempty"` // 国办发明电〔2025〕7号
	Issued string `json:"issued,omitempty"` // 2025-11-04
	URL    string `json:"url,omitempty"`
}

// Day is one day off, or one weekend day worked.
type Day struct {
	Date Date   `json:"date"`
	Name string `json:"name"` // of the holiday
	Off  bool   `json:"off"`
}

// Years that a calendar may hold.
const (
	firstYear = 2000
	lastYear  = 2100
)

// draft is a year while it is read: each day with the place it stands at, so
// that a sentence can name it.
type draft struct {
	year  Year
	where []string // of each of year.Days
}

func (d *draft) add(where string, day Day) {
	d.year.Days = append(d.year.Days, day)
	d.where = append(d.where, where)
}

// finish checks the draft and puts its days in order.
func (d *draft) finish() (Year, error) {
	y := d.year
	if y.Year < firstYear || y.Year > lastYear {
		return Year{}, huiying.Errorf(huiying.Invalid, "calendar.year", y.Year, firstYear, lastYear)
	}
	if len(y.Days) == 0 {
		return Year{}, huiying.Errorf(huiying.Invalid, "calendar.empty", y.Year)
	}
	seen := map[Date]Day{}
	for i, day := range y.Days {
		if err := d.check(d.where[i], day, seen); err != nil {
			return Year{}, err
		}
		seen[day.Date] = day
	}
	if missing := missingFestivals(y.Year, seen); len(missing) > 0 {
		return Year{}, huiying.Errorf(huiying.Invalid, "calendar.incomplete", y.Year, strings.Join(missing, " "))
	}
	slices.SortFunc(y.Days, func(a, b Day) int { return int(a.Date - b.Date) })
	return y, nil
}

func (d *draft) check(where string, day Day, seen map[Date]Day) error {
	year, month, _ := day.Date.Civil()
	if year != d.year.Year && (year != d.year.Year-1 || month != time.December) {
		return huiying.Errorf(huiying.Invalid, "calendar.wrong_year", where, day.Date, d.year.Year)
	}
	if before, twice := seen[day.Date]; twice {
		if before.Off != day.Off {
			return huiying.Errorf(huiying.Invalid, "calendar.both", where, day.Date)
		}
		return huiying.Errorf(huiying.Invalid, "calendar.twice", where, day.Date)
	}
	if !day.Off && !day.Date.Weekend() {
		return huiying.Errorf(huiying.Invalid, "calendar.weekday", where, day.Date)
	}
	if day.Name == "" {
		return huiying.Errorf(huiying.Invalid, "calendar.name", where)
	}
	return nil
}

// missingFestivals names the days that every notice gives off and this year
// does not: half a year taken for a whole one would make limits too short.
func missingFestivals(year int, days map[Date]Day) []string {
	var missing []string
	for _, d := range []Date{Of(year, time.January, 1), Of(year, time.May, 1), Of(year, time.October, 1)} {
		if !days[d].Off {
			missing = append(missing, fmt.Sprint(d))
		}
	}
	return missing
}

// Format writes the year in the rows that Parse reads.
func (y Year) Format() string {
	var b strings.Builder
	fmt.Fprintf(&b, "year %d\n", y.Year)
	for _, n := range y.Notices {
		fmt.Fprintf(&b, "notice %s %s %s\n", cmp.Or(n.Number, "-"), cmp.Or(n.Issued, "-"), cmp.Or(n.URL, "-"))
	}
	for i := 0; i < len(y.Days); {
		first := y.Days[i]
		last := first
		for i++; first.Off && i < len(y.Days) && follows(last, y.Days[i]) && y.Days[i].Date-first.Date < maxRun; i++ {
			last = y.Days[i]
		}
		switch {
		case !first.Off:
			fmt.Fprintf(&b, "work %s %s\n", first.Name, first.Date)
		case last.Date == first.Date:
			fmt.Fprintf(&b, "off %s %s\n", first.Name, first.Date)
		default:
			fmt.Fprintf(&b, "off %s %s..%s\n", first.Name, first.Date, last.Date)
		}
	}
	return b.String()
}

func follows(a, b Day) bool { return b.Off && b.Name == a.Name && b.Date == a.Date+1 }
