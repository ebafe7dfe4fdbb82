package handover

import (
	"regexp"
	"strings"
	"time"

	"huiying"
	"huiying/crawler/text"
)

// compact are the forms without any mark between the parts.
func compact() []struct{ layout, precision string } {
	return []struct{ layout, precision string }{
		{"20060102", huiying.PrecisionDay}, {"2006010215", huiying.PrecisionMinute}, {"200601021504", huiying.PrecisionMinute},
		{"20060102150405", huiying.PrecisionSecond}, {"20060102 15:04", huiying.PrecisionMinute},
		{"20060102 15:04:05", huiying.PrecisionSecond},
	}
}

var (
	spokenClock = regexp.MustCompile(`(\d{1,2})\s?[时点]\s?(\d{1,2})\s?分?(?:\s?(\d{1,2})\s?秒)?`)
	spokenHour  = regexp.MustCompile(`(\d{1,2})\s?[时点]整?`)
	dated       = regexp.MustCompile(`^\d{4}`)
	halfDay     = regexp.MustCompile(`(上午|下午|晚上|[AaPp][Mm])`)
	foreignDate = regexp.MustCompile(`^\d{1,2}/\d{1,2}/\d{2,4}`)
)

// when reads a time that names its year. Relative forms (昨天), dates without a
// year and 1/5/26 are refused: a hand-over must mean the same whenever it is
// read.
func when(s string, zone *time.Location) (t time.Time, precision string, ok bool) {
	s = strings.TrimSpace(strings.Map(narrow, s))
	for _, form := range compact() {
		if t, err := time.ParseInLocation(form.layout, s, zone); err == nil {
			return t, form.precision, recent(t)
		}
	}
	if !dated.MatchString(s) || foreignDate.MatchString(s) || halfDay.MatchString(s) {
		return time.Time{}, "", false
	}
	s = spokenClock.ReplaceAllStringFunc(s, func(m string) string {
		part := spokenClock.FindStringSubmatch(m)
		clock := " " + part[1] + ":" + part[2]
		if part[3] != "" {
			clock += ":" + part[3]
		}
		return clock
	})
	s = spokenHour.ReplaceAllString(s, " $1:00")
	t, precision, ok = text.ParseTime(strings.Join(strings.Fields(s), " "), time.Time{}, zone)
	return t, precision, ok && recent(t)
}

// recent keeps out a misread number.
func recent(t time.Time) bool { return t.Year() >= 1990 && t.Year() < 2100 }
