package search

import (
	"fmt"
	"strconv"
	"time"
)

// span is a part of a query's results: whole hours, half-open, of one province
// or of all.
type span struct {
	From     int64 `json:"f"` // unix seconds, on the hour
	To       int64 `json:"t"`
	Province int   `json:"r,omitempty"` // the site's number, 0 for everywhere
}

const hour = int64(time.Hour / time.Second)

// around is the whole hours that hold everything from from to to.
func around(from, to time.Time) span {
	s := span{From: from.Unix() - from.Unix()%hour, To: to.Unix()}
	if s.To%hour != 0 {
		s.To += hour - s.To%hour
	}
	s.To = max(s.To, s.From+hour)
	return s
}

// provinces are the places the site tells apart, by its numbers; 100 is
// authors who name none.
func provinces() []int {
	return []int{
		11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46,
		50, 51, 52, 53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 100, 400,
	}
}

// split is the parts of a span, the newest first: its days, the hours of a
// day, the provinces of an hour; nil when it has none. Together they are the
// span, and none overlaps another.
func (s span) split(zone *time.Location) []span {
	if s.Province > 0 {
		return nil
	}
	if s.To-s.From <= hour {
		var out []span
		for _, p := range provinces() {
			out = append(out, span{s.From, s.To, p})
		}
		return out
	}
	var out []span
	for end := s.To; end > s.From; {
		begin := end - hour
		if s.To-s.From > 24*hour {
			begin = midnight(time.Unix(end-1, 0).In(zone)).Unix()
		}
		begin = max(begin, s.From)
		out = append(out, span{From: begin, To: end})
		end = begin
	}
	return out
}

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}

// before is what of the span is not newer than the hour of t, and whether that
// is less than all of it.
func (s span) before(t time.Time) (span, bool) {
	end := t.Unix() - t.Unix()%hour + hour
	out := span{From: s.From, To: min(s.To, end), Province: s.Province}
	return out, out.To < s.To && out.To > out.From
}

// timescope is the span as the search wants it: hours without a leading zero.
func (s span) timescope(zone *time.Location) string {
	return "custom:" + point(s.From, zone) + ":" + point(s.To, zone)
}

func point(unix int64, zone *time.Location) string {
	t := time.Unix(unix, 0).In(zone)
	return fmt.Sprintf("%s-%d", t.Format(time.DateOnly), t.Hour())
}

// name is the span for the ledger.
func (s span) name(zone *time.Location) string {
	const form = "2006-01-02 15:04"
	out := time.Unix(s.From, 0).In(zone).Format(form) + " to " + time.Unix(s.To, 0).In(zone).Format(form)
	if s.Province > 0 {
		out += " region " + strconv.Itoa(s.Province)
	}
	return out
}
