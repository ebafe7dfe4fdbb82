// Package limit is the table of time limits: how long each is, for which cases
// it holds, when it warns, how far it may be extended and which rule it comes
// from; and the arithmetic of its due time on a working calendar. It refuses to
// pause or extend where the rule does not, and names no rule where there is
// only a default of this product.
package limit

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"huiying"
)

// Kind is how a limit counts.
type Kind string

// The kinds. Hours run round the clock and never pause.
const (
	Hours    Kind = "hours"
	Workdays Kind = "workdays"
	Days     Kind = "days"
	Months   Kind = "months"
	Yearly   Kind = "date"   // one day of each year
	Window   Kind = "window" // days that are looked at together
	Given    Kind = "case"   // the deadline comes with the case
)

// Limit is how long something may take.
type Limit struct {
	Kind  Kind
	For   time.Duration // of Hours
	N     int           // of Workdays, Days, Months, Window
	Month time.Month    // of Yearly
	Day   int
}

// mostUnits bounds limits that people write.
const mostUnits = 2000

var counted = regexp.MustCompile(`^(window )?([1-9][0-9]{0,3}) (workday|day|month)s?$`)

// Parse reads 5h, 7 workdays, 15 days, 3 months, 01-31, window 7 days or case.
func Parse(text string) (Limit, error) {
	if text == string(Given) {
		return Limit{Kind: Given}, nil
	}
	if d, err := time.ParseDuration(text); err == nil && d > 0 && d <= mostUnits*time.Hour {
		return Limit{Kind: Hours, For: d}, nil
	}
	if t, err := time.Parse("01-02", text); err == nil {
		return Limit{Kind: Yearly, Month: t.Month(), Day: t.Day()}, nil
	}
	if m := counted.FindStringSubmatch(text); m != nil {
		n, err := strconv.Atoi(m[2])
		kind := Kind(m[3] + "s")
		if m[1] != "" {
			kind = Window
		}
		if err == nil && n <= mostUnits && (m[1] == "" || m[3] == "day") {
			return Limit{Kind: kind, N: n}, nil
		}
	}
	return Limit{}, huiying.Errorf(huiying.Invalid, "limit.limit", text)
}

// String writes what Parse reads.
func (l Limit) String() string {
	switch l.Kind {
	case Hours:
		return l.For.String()
	case Yearly:
		return fmt.Sprintf("%02d-%02d", l.Month, l.Day)
	case Window:
		return fmt.Sprintf("window %d days", l.N)
	case Workdays, Days, Months:
		if l.N == 1 {
			return "1 " + strings.TrimSuffix(string(l.Kind), "s")
		}
		return fmt.Sprintf("%d %s", l.N, l.Kind)
	}
	return string(l.Kind)
}

// Warning is a moment before the end: after a share of the way, or some time
// after the start.
type Warning struct {
	Percent int
	After   Limit // Hours or Days, when Percent is 0
}

// ParseWarning reads 80%, 2h or 30 days.
func ParseWarning(text string) (Warning, error) {
	if share, ok := strings.CutSuffix(text, "%"); ok {
		if n, err := strconv.Atoi(share); err == nil && n > 0 && n <= 100 {
			return Warning{Percent: n}, nil
		}
		return Warning{}, huiying.Errorf(huiying.Invalid, "limit.warn", text)
	}
	after, err := Parse(text)
	if err != nil || after.Kind != Hours && after.Kind != Days {
		return Warning{}, huiying.Errorf(huiying.Invalid, "limit.warn", text)
	}
	return Warning{After: after}, nil
}

// String writes what ParseWarning reads.
func (w Warning) String() string {
	if w.Percent > 0 {
		return strconv.Itoa(w.Percent) + "%"
	}
	return w.After.String()
}
