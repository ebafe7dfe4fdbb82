package text

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"huiying"
)

// beijing is the zone of every time that names none and is read without an
// office zone; China keeps one zone without summer time.
func beijing() *time.Location { return time.FixedZone("CST", 8*60*60) }

// ParseTime reads a time as sites show it: the Weibo API form, RFC 3339 and
// RFC 1123, unix seconds or milliseconds, full dates with or without a clock,
// dates without a year, and the relative forms (刚刚, 3分钟前, 今天 12:03, 昨天
// 12:03). Relative forms and missing years are resolved against fetched, the
// moment the page was fetched, in zone (nil is Beijing time). A date without a
// year that would lie in the future belongs to the latest year where it does
// not. A label before the time and a client after it are ignored.
//
// precision is one of the huiying.Precision constants and says how fine the
// site was; t is in zone. ok is false for anything not understood.
func ParseTime(s string, fetched time.Time, zone *time.Location) (t time.Time, precision string, ok bool) {
	if zone == nil {
		zone = beijing()
	}
	s = tidyTime(s)
	if s == "" {
		return time.Time{}, "", false
	}
	for _, read := range timeForms() {
		if t, precision, ok := read(s, fetched.In(zone)); ok && sane(t) {
			return t.In(zone), precision, true
		}
	}
	return time.Time{}, "", false
}

type timeForm func(s string, fetched time.Time) (time.Time, string, bool)

// timeForms is every form in the order they are tried; the first that fits
// decides.
func timeForms() []timeForm {
	return []timeForm{layouts, unixTime, ago, namedDay, fullDate, yearlessDate}
}

// sane keeps out what a misread number gives; sites of this trade are younger.
func sane(t time.Time) bool { return t.Year() >= 1990 && t.Year() <= 2200 }

var timeLabel = regexp.MustCompile(`^[^\d:：]*[:：]\s*`)

// tidyTime folds full-width characters and spaces, and drops a label such as
// 发布时间： before the time and a client such as 来自网页 after it.
func tidyTime(s string) string {
	if len(s) > 200 {
		return ""
	}
	s = strings.Join(strings.Fields(strings.Map(fold, s)), " ")
	s, _, _ = strings.Cut(s, "来自")
	if loc := timeLabel.FindStringIndex(s); loc != nil {
		s = s[loc[1]:]
	}
	for _, label := range []string{"发布于", "编辑于", "发表于", "更新于", "回复于"} {
		s = strings.TrimPrefix(s, label)
	}
	return strings.TrimSpace(s)
}

// fold maps full-width ASCII, the ideographic space and NBSP to plain ASCII,
// and drops what cannot be seen.
func fold(r rune) rune {
	switch {
	case r >= '！' && r <= '～':
		return r - '！' + '!'
	case r == '\u3000' || r == '\u00a0':
		return ' '
	case unseen(r):
		return -1
	}
	return r
}

func layouts(s string, fetched time.Time) (time.Time, string, bool) {
	for _, layout := range []string{
		time.RubyDate, time.RFC3339Nano, time.RFC1123Z, time.RFC1123, "Mon, 2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04:05 -0700",
		"2006-01-02 15:04:05 -0700", "2006-01-02T15:04:05-0700",
	} {
		if t, err := time.ParseInLocation(layout, s, fetched.Location()); err == nil {
			return t, huiying.PrecisionSecond, true
		}
	}
	return time.Time{}, "", false
}

// unixTime reads 10 digits as seconds and 13 as milliseconds.
func unixTime(s string, _ time.Time) (time.Time, string, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 {
		return time.Time{}, "", false
	}
	switch len(s) {
	case 10:
		return time.Unix(n, 0), huiying.PrecisionSecond, true
	case 13:
		return time.UnixMilli(n), huiying.PrecisionSecond, true
	}
	return time.Time{}, "", false
}

var agoForm = regexp.MustCompile(`^(\d{1,5}|半)\s?个?(秒|分钟|分|小时|天|周)钟?之?前`)

func ago(s string, fetched time.Time) (time.Time, string, bool) {
	if fetched.Year() <= 1 {
		return time.Time{}, "", false
	}
	if strings.HasPrefix(s, "刚刚") || strings.HasPrefix(s, "刚才") {
		return fetched, huiying.PrecisionMinute, true
	}
	m := agoForm.FindStringSubmatch(s)
	if m == nil {
		return time.Time{}, "", false
	}
	unit := map[string]time.Duration{
		"秒": time.Second, "分": time.Minute, "分钟": time.Minute, "小时": time.Hour, "天": 24 * time.Hour, "周": 7 * 24 * time.Hour,
	}[m[2]]
	back := unit / 2
	if m[1] != "半" {
		n, err := strconv.Atoi(m[1])
		if err != nil {
			return time.Time{}, "", false
		}
		back = time.Duration(n) * unit
	}
	precision := huiying.PrecisionMinute
	switch {
	case unit == time.Second:
		precision = huiying.PrecisionSecond
	case unit >= 24*time.Hour:
		precision = huiying.PrecisionDay
	}
	return fetched.Add(-back), precision, true
}

const clockPart = `(?:[ T]?(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?)?`

var dayForm = regexp.MustCompile(`^(今天|今日|昨天|昨日|前天)` + clockPart)

func namedDay(s string, fetched time.Time) (time.Time, string, bool) {
	m := dayForm.FindStringSubmatch(s)
	if m == nil || fetched.Year() <= 1 {
		return time.Time{}, "", false
	}
	back := map[string]int{"昨天": 1, "昨日": 1, "前天": 2}[m[1]]
	day := time.Date(fetched.Year(), fetched.Month(), fetched.Day()-back, 0, 0, 0, 0, fetched.Location())
	return onDate(day.Year(), int(day.Month()), day.Day(), m[2:5], day.Location())
}

// The part behind the date may be a clock or a client ("网页"), never another
// digit, which would mean that the date was misread.
var (
	fullForm     = regexp.MustCompile(`^(\d{4})(?:年|[-/.])\s?(\d{1,2})(?:月|[-/.])\s?(\d{1,2})日?` + clockPart + `(?:\.\d+)?(?:\D|$)`)
	yearlessForm = regexp.MustCompile(`^(\d{1,2})(?:月|[-/])\s?(\d{1,2})日?` + clockPart + `(?:\D|$)`)
)

func fullDate(s string, fetched time.Time) (time.Time, string, bool) {
	m := fullForm.FindStringSubmatch(s)
	if m == nil {
		return time.Time{}, "", false
	}
	return onDate(number(m[1]), number(m[2]), number(m[3]), m[4:7], fetched.Location())
}

// skew is how far in the future a time without a year may lie before it is
// taken for one of an earlier year: the site's clock may be ahead of ours.
const skew = time.Hour

func yearlessDate(s string, fetched time.Time) (time.Time, string, bool) {
	m := yearlessForm.FindStringSubmatch(s)
	if m == nil || fetched.Year() <= 1 {
		return time.Time{}, "", false
	}
	// Eight years back, because 02-29 may be missing for that long.
	for year := fetched.Year(); year >= fetched.Year()-8; year-- {
		t, precision, ok := onDate(year, number(m[1]), number(m[2]), m[3:6], fetched.Location())
		if ok && !t.After(fetched.Add(skew)) {
			return t, precision, true
		}
	}
	return time.Time{}, "", false
}

// onDate builds a time of a date and the clock parts hour, minute, second, of
// which the last or all may be missing. A date that does not exist is refused.
func onDate(year, month, day int, clock []string, zone *time.Location) (time.Time, string, bool) {
	h, m, s := number(clock[0]), number(clock[1]), number(clock[2])
	if month < 1 || month > 12 || day < 1 || h > 24 || m > 59 || s > 60 {
		return time.Time{}, "", false
	}
	if date := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC); date.Day() != day {
		return time.Time{}, "", false
	}
	precision := huiying.PrecisionSecond
	switch {
	case clock[0] == "":
		precision = huiying.PrecisionDay
	case clock[2] == "":
		precision = huiying.PrecisionMinute
	}
	return time.Date(year, time.Month(month), day, h, m, s, 0, zone), precision, true
}

// number reads the digits of a submatch; "" is 0.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}
