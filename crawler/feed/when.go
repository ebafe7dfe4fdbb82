package feed

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"huiying"
	"huiying/crawler/text"
)

// moment reads a time of a feed with its zone; without one it is meant in
// the office zone. Feeds write RFC 822 and RFC 3339 with every liberty: one
// digit, two-digit years, no seconds, Chinese month names, words for zones.
func moment(s string, fetched time.Time, office *time.Location) (time.Time, string) {
	if office == nil {
		office = time.FixedZone("CST", 8*60*60)
	}
	s = strings.Join(strings.Fields(s), " ")
	if s == "" || len(s) > 200 {
		return time.Time{}, ""
	}
	for _, form := range []func(string, *time.Location) (time.Time, string){rfc822, iso} {
		if t, precision := form(s, office); precision != "" {
			return t, precision
		}
	}
	t, precision, ok := text.ParseTime(s, fetched, office)
	if !ok {
		return time.Time{}, ""
	}
	return t, precision
}

var (
	weekday  = regexp.MustCompile(`^(?:[A-Za-z]{3,9}|星期.|周.)[,，.]?\s*`)
	rfcForm  = regexp.MustCompile(`^(\d{1,2})[ -]([A-Za-z]{3,9}|十?[一二三四五六七八九十]月|\d{1,2}月)[.,]?[ -](\d{4}|\d{2})(?:[ ,]+(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?)?(?:\.\d+)?\s*(.*)$`)
	isoForm  = regexp.MustCompile(`^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]+(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?(?:[.,]\d+)?)?\s*([Zz]|[+-]\d{2}:?\d{2}|[A-Za-z]{2,5}(?:[+-]\d{1,2}(?::?\d{2})?)?)?$`)
	zoneForm = regexp.MustCompile(`([+-])(\d{1,2}):?(\d{2})?(?:\D|$)`)
)

func rfc822(s string, office *time.Location) (time.Time, string) {
	if !strings.ContainsAny(s[:1], "0123456789") {
		s = weekday.ReplaceAllString(s, "")
	}
	m := rfcForm.FindStringSubmatch(s)
	if m == nil {
		return time.Time{}, ""
	}
	year := number(m[3])
	if len(m[3]) == 2 {
		year += 2000
		if year > 2069 {
			year -= 100
		}
	}
	return on(date{year, month(m[2]), number(m[1])}, m[4:7], zoneOf(m[7], office))
}

func iso(s string, office *time.Location) (time.Time, string) {
	m := isoForm.FindStringSubmatch(s)
	if m == nil {
		return time.Time{}, ""
	}
	return on(date{number(m[1]), number(m[2]), number(m[3])}, m[4:7], zoneOf(m[7], office))
}

type date struct{ year, month, day int }

// on is a time on a date; clock is hour, minute, second, of which the last or
// all may be missing. What does not exist is refused.
func on(d date, clock []string, zone *time.Location) (time.Time, string) {
	h, m, s := number(clock[0]), number(clock[1]), number(clock[2])
	if d.year < 1990 || d.year > 2200 || d.month < 1 || d.month > 12 || h > 24 || m > 59 || s > 60 {
		return time.Time{}, ""
	}
	if time.Date(d.year, time.Month(d.month), d.day, 0, 0, 0, 0, time.UTC).Day() != d.day {
		return time.Time{}, ""
	}
	precision := huiying.PrecisionSecond
	switch {
	case clock[0] == "":
		precision = huiying.PrecisionDay
	case clock[2] == "":
		precision = huiying.PrecisionMinute
	}
	return time.Date(d.year, time.Month(d.month), d.day, h, m, s, 0, zone), precision
}

// month is the number of a month's name, 0 for none.
func month(s string) int {
	if chinese, ok := strings.CutSuffix(s, "月"); ok {
		for i, name := range []string{"一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"} {
			if name == chinese {
				return i + 1
			}
		}
		return number(chinese)
	}
	s = strings.ToLower(s)
	for i := time.January; i <= time.December; i++ {
		if strings.HasPrefix(strings.ToLower(i.String()), s[:3]) {
			return int(i)
		}
	}
	return 0
}

// zoneOf reads "+0800", "GMT", "GMT+8", "CST". CST is China's here, as the
// feeds of this trade mean it; a name nobody knows is the office zone.
func zoneOf(s string, office *time.Location) *time.Location {
	s = strings.TrimSpace(s)
	if m := zoneForm.FindStringSubmatch(s); m != nil {
		seconds := number(m[2])*3600 + number(m[3])*60
		if m[1] == "-" {
			seconds = -seconds
		}
		if seconds >= -14*3600 && seconds <= 14*3600 {
			return time.FixedZone("", seconds)
		}
		return office
	}
	name, _, _ := strings.Cut(strings.ToUpper(strings.Trim(s, "()")), " ")
	hours := map[string]int{
		"Z": 0, "UT": 0, "UTC": 0, "GMT": 0, "CST": 8, "HKT": 8, "SGT": 8, "JST": 9, "KST": 9, "BST": 1, "CET": 1, "CEST": 2,
		"EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
	}
	if h, ok := hours[name]; ok {
		return time.FixedZone(name, h*3600)
	}
	return office
}

// number reads the digits of a submatch; "" is 0.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}
