package calendar_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"huiying/notifier/calendar"
)

func mustCalendar(tb testing.TB, o calendar.Options) *calendar.Calendar {
	tb.Helper()
	c, err := calendar.New(o)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func mustDate(tb testing.TB, text string) calendar.Date {
	tb.Helper()
	d, err := calendar.ParseDate(text)
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

func mustAdd(tb testing.TB, c *calendar.Calendar, from string, n int, unit calendar.Unit) calendar.Result {
	tb.Helper()
	r, err := c.Add(mustDate(tb, from), n, unit)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// weekends counts n days as a program without any notice does; with holidays
// it knows the days off and not what is made up for them. Both are the usual
// mistakes.
func naive(c *calendar.Calendar, from calendar.Date, n int, holidays bool) calendar.Date {
	for n > 0 {
		from++
		worked, _ := c.Workday(from)
		if !from.Weekend() && (!holidays || worked) {
			n--
		}
	}
	return from
}

// TestVectors holds the known answers beside the two usual mistakes.
func TestVectors(t *testing.T) {
	c := mustCalendar(t, calendar.Options{})
	for _, v := range []struct {
		from             string
		n                int
		right            string
		weekends, noMake string // the mistakes, as year-month-day of the same year
	}{
		{"2026-02-13", 1, "2026-02-14", "2026-02-16", "2026-02-24"},
		{"2026-02-13", 5, "2026-02-27", "2026-02-20", "2026-03-02"},
		{"2026-02-13", 20, "2026-03-19", "2026-03-13", "2026-03-23"},
		{"2026-02-12", 7, "2026-02-28", "2026-02-23", "2026-03-03"},
		{"2026-09-18", 5, "2026-09-24", "2026-09-25", "2026-09-28"},
		{"2026-09-30", 20, "2026-11-03", "2026-10-28", "2026-11-04"},
		{"2025-09-26", 5, "2025-10-10", "2025-10-03", "2025-10-13"},
		{"2024-09-27", 7, "2024-10-12", "2024-10-08", "2024-10-15"},
		{"2017-01-20", 15, "2017-02-15", "2017-02-10", "2017-02-17"},
		{"2017-09-29", 15, "2017-10-26", "2017-10-20", "2017-10-27"},
	} {
		r := mustAdd(t, c, v.from, v.n, calendar.Workday)
		if r.Date.String() != v.right || r.Provisional {
			t.Errorf("%s + %d = %s (provisional %v), want %s", v.from, v.n, r.Date, r.Provisional, v.right)
		}
		from := mustDate(t, v.from)
		if got := naive(c, from, v.n, false); got.String() != v.weekends || got == r.Date {
			t.Errorf("%s + %d by weekends alone: %s, want %s and not %s", v.from, v.n, got, v.weekends, r.Date)
		}
		if got := naive(c, from, v.n, true); got.String() != v.noMake || got == r.Date {
			t.Errorf("%s + %d without make-up days: %s, want %s and not %s", v.from, v.n, got, v.noMake, r.Date)
		}
	}
}

// TestUnpublished checks that what crosses into a year without a notice says
// so, and what does not, does not.
func TestUnpublished(t *testing.T) {
	c := mustCalendar(t, calendar.Options{})
	for _, v := range []struct {
		from string
		n    int
		unit calendar.Unit
		want string
		open bool
	}{
		{"2026-12-31", 5, calendar.Workday, "2027-01-07", true},
		{"2026-12-30", 1, calendar.Workday, "2026-12-31", false},
		{"2026-12-30", 2, calendar.Workday, "2027-01-01", true},
		{"2026-12-01", 2, calendar.Month, "2027-02-01", true},
		{"2026-12-01", 20, calendar.Natural, "2026-12-21", false},
		{"2026-12-31", 0, calendar.Workday, "2026-12-31", false},
	} {
		r := mustAdd(t, c, v.from, v.n, v.unit)
		if r.Date.String() != v.want || r.Provisional != v.open || (len(r.Unpublished) > 0) != v.open {
			t.Errorf("%s + %d %s = %s, provisional %v %v; want %s, %v", v.from, v.n, v.unit, r.Date, r.Provisional, r.Unpublished, v.want, v.open)
		}
	}
}

// TestNaturalLimits checks 民法典 §201–203: the first day is not counted, a
// month ends on its corresponding or last day, and a last day off moves.
func TestNaturalLimits(t *testing.T) {
	c := mustCalendar(t, calendar.Options{})
	for _, v := range []struct {
		from, counted, want string
		n                   int
		unit                calendar.Unit
	}{
		{"2026-02-01", "2026-02-16", "2026-02-24", 15, calendar.Natural}, // in 春节
		{"2026-02-01", "2026-02-28", "2026-02-28", 27, calendar.Natural}, // a Saturday that is worked
		{"2026-03-02", "2026-03-21", "2026-03-23", 19, calendar.Natural}, // a Saturday
		{"2025-11-30", "2026-02-28", "2026-02-28", 3, calendar.Month},    // February has no 30th
		{"2024-01-31", "2024-02-29", "2024-02-29", 1, calendar.Month},
		{"2025-07-01", "2025-10-01", "2025-10-09", 3, calendar.Month}, // in 国庆
		{"2026-08-31", "2026-11-30", "2026-11-30", 3, calendar.Month},
	} {
		r := mustAdd(t, c, v.from, v.n, v.unit)
		if r.Counted.String() != v.counted || r.Date.String() != v.want {
			t.Errorf("%s + %d %s = %s, counted %s; want %s, %s", v.from, v.n, v.unit, r.Date, r.Counted, v.want, v.counted)
		}
	}
}

// TestTotals holds the working days of each year, counted apart from this code,
// and how many weekend days are worked in it.
func TestTotals(t *testing.T) {
	c := mustCalendar(t, calendar.Options{})
	totals := map[int][2]int{ // working days, made up
		2007: {249, 7}, 2008: {251, 5}, 2009: {250, 6}, 2010: {250, 8}, 2011: {250, 6}, 2012: {249, 6}, 2013: {250, 12},
		2014: {250, 5}, 2015: {249, 5}, 2016: {250, 6}, 2017: {249, 5}, 2018: {250, 7}, 2019: {250, 6}, 2020: {249, 6},
		2021: {250, 7}, 2022: {249, 7}, 2023: {249, 7}, 2024: {251, 8}, 2025: {248, 5}, 2026: {248, 6},
	}
	if len(c.Years()) != len(totals) {
		t.Errorf("years %v", c.Years())
	}
	for _, n := range c.Years() {
		madeUp := 0
		for d := calendar.Of(n, time.January, 1); d.Year() == n; d++ {
			if worked, _ := c.Workday(d); worked && d.Weekend() {
				madeUp++
			}
		}
		if total, known := c.Total(n); !known || total != totals[n][0] || madeUp != totals[n][1] {
			t.Errorf("%d: %d working days, %d made up, known %v; want %v", n, total, madeUp, known, totals[n])
		}
		if y, _ := c.Year(n); len(y.Notices) == 0 || !strings.Contains(y.Notices[0].URL, "gov.cn") {
			t.Errorf("%d names no source: %v", n, y.Notices)
		}
	}
	if _, known := c.Total(2027); known {
		t.Error("2027 is not published and said to be known")
	}
}

// TestYearsThatChanged holds days of notices that were amended, and days that
// the next year's notice moved.
func TestYearsThatChanged(t *testing.T) {
	c := mustCalendar(t, calendar.Options{})
	for day, worked := range map[string]bool{
		"2015-09-03": false, "2015-09-04": false, "2015-09-06": true, // the parade
		"2019-05-02": false, "2019-05-05": true, "2019-04-28": true, // 劳动节 made longer
		"2020-01-31": false, "2020-02-01": false, "2020-02-03": true, // 春节 made longer
		"2018-12-29": true, "2018-12-31": false, "2011-12-31": true, "2007-12-31": false, "2006-12-31": true,
		"2022-12-30": true, "2022-12-31": false, "2023-01-02": false,
	} {
		if got, known := c.Workday(mustDate(t, day)); got != worked || !known {
			t.Errorf("%s worked %v, known %v; want %v", day, got, known, worked)
		}
	}
}

// TestCounting holds for any day and any two counts within the published years.
func TestCounting(t *testing.T) {
	c := mustCalendar(t, calendar.Options{})
	first, last := calendar.Of(2007, time.January, 1), calendar.Of(2026, time.December, 31)
	rapid.Check(t, func(rt *rapid.T) {
		from := calendar.Date(rapid.IntRange(int(first), int(last)).Draw(rt, "from"))
		n, m := rapid.IntRange(0, 300).Draw(rt, "n"), rapid.IntRange(0, 300).Draw(rt, "m")
		add := func(d calendar.Date, n int) calendar.Result {
			r, err := c.Add(d, n, calendar.Workday)
			if err != nil {
				rt.Fatal(err)
			}
			return r
		}
		one, both := add(from, n), add(from, n+m)
		if two := add(one.Date, m); two.Date != both.Date {
			rt.Fatalf("%s + %d + %d = %s, + %d = %s", from, n, m, two.Date, n+m, both.Date)
		}
		if n > 0 {
			if worked, _ := c.Workday(one.Date); !worked || one.Date <= from {
				rt.Fatalf("%s + %d = %s, worked %v", from, n, one.Date, worked)
			}
			if next := add(from+1, n); next.Date < one.Date {
				rt.Fatalf("a day later ends earlier: %s + %d = %s, then %s", from, n, one.Date, next.Date)
			}
		}
		back, known := c.Between(from, one.Date)
		if back != n || known == one.Provisional {
			rt.Fatalf("%s to %s is %d working days (known %v), counted %d (provisional %v)", from, one.Date, back, known, n, one.Provisional)
		}
		natural, err := c.Add(from, n, calendar.Natural)
		if err != nil {
			rt.Fatal(err)
		}
		if worked, _ := c.Workday(natural.Date); n > 0 && (!worked || natural.Date < from+calendar.Date(n)) {
			rt.Fatalf("%s + %d days = %s", from, n, natural.Date)
		}
	})
}

// TestZones checks that the office's zone decides whatever the machine's is,
// and that a day of 23 or 25 hours ends at its midnight.
func TestZones(t *testing.T) {
	shanghai := time.FixedZone("CST", 8*60*60)
	late := time.Date(2026, time.February, 13, 16, 30, 0, 0, time.UTC) // the 14th in Shanghai
	if got := calendar.On(late, shanghai).String(); got != "2026-02-14" {
		t.Errorf("day in Shanghai %s", got)
	}
	for _, v := range []struct {
		end  time.Duration
		want string
	}{{0, "2026-02-28T00:00:00+08:00"}, {24 * time.Hour, "2026-02-28T00:00:00+08:00"}, {17*time.Hour + 30*time.Minute, "2026-02-27T17:30:00+08:00"}} {
		c := mustCalendar(t, calendar.Options{EndOfDay: v.end})
		if got := mustAdd(t, c, "2026-02-13", 5, calendar.Workday).At.Format(time.RFC3339); got != v.want {
			t.Errorf("end of day %v: %s, want %s", v.end, got, v.want)
		}
	}
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Skip("TestZones: this machine has no zone data:", err)
	}
	c := mustCalendar(t, calendar.Options{Zone: newYork})
	if got := c.EndOf(mustDate(t, "2026-03-08")).Format(time.RFC3339); got != "2026-03-09T00:00:00-04:00" {
		t.Errorf("the day the clocks go forward ends at %s", got)
	}
	if got := c.EndOf(mustDate(t, "2026-11-01")).Format(time.RFC3339); got != "2026-11-02T00:00:00-05:00" {
		t.Errorf("the day the clocks go back ends at %s", got)
	}
}

// TestVersion checks that the version changes with a day and with nothing else.
func TestVersion(t *testing.T) {
	plain := mustCalendar(t, calendar.Options{})
	if v := plain.Version(); !strings.HasPrefix(v, "2026-") || len(v) != len("2026-")+12 {
		t.Errorf("version %q", v)
	}
	same, _ := plain.Year(2026)
	same.Notices = nil
	if v := mustCalendar(t, calendar.Options{Imported: []calendar.Year{same}, EndOfDay: 17 * time.Hour}).Version(); v != plain.Version() {
		t.Errorf("the same days have version %s and %s", v, plain.Version())
	}
	same.Days[0].Off = !same.Days[0].Off
	if v := mustCalendar(t, calendar.Options{Imported: []calendar.Year{same}}).Version(); v == plain.Version() {
		t.Error("another day has the same version")
	}
	if worked, _ := plain.Workday(same.Days[0].Date); worked {
		t.Error("what Year gave away changed the calendar")
	}
	next := mustParse(t, imported2027)
	c := mustCalendar(t, calendar.Options{Imported: []calendar.Year{next}})
	if r := mustAdd(t, c, "2026-12-31", 5, calendar.Workday); r.Provisional || r.Date.String() != "2027-01-08" || !strings.HasPrefix(r.Version, "2027-") {
		t.Errorf("with 2027 imported: %+v", r)
	}
}

func TestRefusals(t *testing.T) {
	c := mustCalendar(t, calendar.Options{})
	for _, v := range []struct {
		n    int
		unit calendar.Unit
		from calendar.Date
		key  string
	}{
		{-1, calendar.Workday, calendar.Of(2026, 1, 1), "calendar.count"},
		{calendar.MaxCount + 1, calendar.Workday, calendar.Of(2026, 1, 1), "calendar.count"},
		{1, "week", calendar.Of(2026, 1, 1), "calendar.unit"},
		{1, calendar.Workday, calendar.Of(1999, 1, 1), "calendar.year"},
	} {
		if _, err := c.Add(v.from, v.n, v.unit); !said(err, v.key) {
			t.Errorf("%s + %d %s: %v, want %s", v.from, v.n, v.unit, err, v.key)
		}
	}
	if _, err := calendar.New(calendar.Options{EndOfDay: 25 * time.Hour}); !said(err, "calendar.end_of_day") {
		t.Errorf("a day of 25 hours: %v", err)
	}
	if _, err := calendar.New(calendar.Options{Imported: []calendar.Year{{Year: 2027}}}); !said(err, "calendar.empty") {
		t.Errorf("an empty year: %v", err)
	}
	for text, want := range map[string]time.Duration{"24:00": 24 * time.Hour, "17:30": 17*time.Hour + 30*time.Minute, "00:00": 0, "25:00": 0, "x": 0} {
		if got, err := calendar.ParseEndOfDay(text); got != want || (err == nil) != (want > 0) {
			t.Errorf("end of day %q: %v %v", text, got, err)
		}
	}
}

// TestManyAtOnce runs under -race.
func TestManyAtOnce(t *testing.T) {
	c := mustCalendar(t, calendar.Options{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for n := range 50 {
				if _, err := c.Add(calendar.Of(2026, time.February, 13), n, calendar.Workday); err != nil {
					t.Error(err)
				}
				c.Year(2026)
			}
		})
	}
	wg.Wait()
}
