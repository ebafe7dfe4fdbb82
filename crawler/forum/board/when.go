package board

import (
	"regexp"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/text"
)

// clockOnly is a time of the day the page was fetched; monthOnly is how a list
// shows years that are past.
var (
	clockOnly = regexp.MustCompile(`^\d{1,2}:\d{2}(?::\d{2})?$`)
	monthOnly = regexp.MustCompile(`^\d{4}-\d{1,2}$`)
)

// Time reads a time as forums show it: all forms of text.ParseTime, a bare
// clock ("02:38": within the last 24 hours), and a year with a month
// ("2020-05"), which becomes its first day; the contract knows nothing coarser
// than a day. t is zero and precision "" for anything else.
func Time(s string, d crawler.Document) (t time.Time, precision string) {
	s = strings.Join(strings.FieldsFunc(s, blank), " ")
	switch {
	case clockOnly.MatchString(s):
		return clock(s, d)
	case monthOnly.MatchString(s):
		s += "-1"
	}
	t, precision, ok := text.ParseTime(s, d.FetchedAt, d.Zone)
	if !ok {
		return time.Time{}, ""
	}
	return t, precision
}

func blank(r rune) bool { return r == ' ' || r == '\u00a0' || r == '\t' || r == '\n' || r == '\r' }

// ahead is how far the site's clock may be before ours.
const ahead = time.Hour

// clock is the last time the clock stood so.
func clock(s string, d crawler.Document) (time.Time, string) {
	t, precision, ok := text.ParseTime("今天 "+s, d.FetchedAt, d.Zone)
	if !ok {
		return time.Time{}, ""
	}
	if t.After(d.FetchedAt.Add(ahead)) {
		t = t.AddDate(0, 0, -1)
	}
	return t, precision
}

// When reads the time an element shows. A relative form (3 天前) has the date in
// a title beside it; the one that says more is taken, and the title where the
// two are of different days, since it does not depend on our clock.
func When(s *goquery.Selection, d crawler.Document) (t time.Time, precision string) {
	shown, fine := Time(s.Text(), d)
	title := s.AttrOr("title", "")
	if title == "" {
		title = s.Find("[title]").First().AttrOr("title", "")
	}
	exact, coarse := Time(title, d)
	switch {
	case exact.IsZero():
		return shown, fine
	case shown.IsZero() || coarse != huiying.PrecisionDay || fine == huiying.PrecisionDay || !sameDay(shown, exact):
		return exact, coarse
	}
	return shown, fine
}

// sameDay compares dates; both times are in the office zone.
func sameDay(a, b time.Time) bool {
	return a.Year() == b.Year() && a.YearDay() == b.YearDay()
}
