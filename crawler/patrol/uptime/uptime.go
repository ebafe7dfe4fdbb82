// Package uptime is the arithmetic of the national reachability indicator
// (国办秘函〔2019〕19号): a week is cut into equal slots, at most one probe counts
// in each, and the share of probes that found the site closed is exact. A slot
// without a probe is our own gap: it is counted and shown, and is neither for
// nor against the site.
package uptime

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// What a probe found, one letter a slot.
const (
	Open    = 'o'
	Slow    = 's' // the whole answer took Limit or longer
	Silent  = 'n' // no answer, or not a whole one
	Failing = 'e' // an answer with an error status
	Gap     = '.' // not probed
	Refused = 'r' // the site refused us, not the public: as good as not probed
)

// Numbers of the indicator.
const (
	Limit    = 15 * time.Second // from here on a page counts as not open
	Days     = 7
	LeastDay = 20 // probes a day at least
	MostDay  = 288
)

// Series holds the slots of at most one week, the oldest first. The zero
// Series is not ready; see New.
type Series struct {
	PerDay int    `json:"n"`           // slots a day, a divisor of the day's seconds
	First  int64  `json:"f,omitempty"` // number of the first slot since 1970
	Slots  string `json:"s,omitempty"`
}

// New makes an empty series.
func New(perDay int) Series { return Series{PerDay: perDay} }

// Check refuses a series that this package did not write.
func (s Series) Check() error {
	if !ValidPerDay(s.PerDay) || len(s.Slots) > s.week() || s.First < 0 {
		return errors.New("a series of probes with impossible numbers")
	}
	if i := strings.IndexFunc(s.Slots, func(r rune) bool { return !strings.ContainsRune("osne.r", r) }); i >= 0 {
		return fmt.Errorf("a series of probes with a foreign letter at %d", i)
	}
	return nil
}

// ValidPerDay reports a number of slots that cuts the day evenly and is enough.
func ValidPerDay(n int) bool { return n >= LeastDay && n <= MostDay && 86400%n == 0 }

func (s Series) week() int { return s.PerDay * Days }

// Slot is how long one slot is.
func (s Series) Slot() time.Duration { return 24 * time.Hour / time.Duration(s.PerDay) }

func (s Series) slot(t time.Time) int64 { return t.Unix() / int64(s.Slot()/time.Second) }

// Due reports whether the slot of t has no probe yet. A clock that went back
// asks for none.
func (s Series) Due(t time.Time) bool {
	return len(s.Slots) == 0 || s.slot(t) > s.last() || (s.slot(t) == s.last() && !counts(s.Slots[len(s.Slots)-1]))
}

func (s Series) last() int64 { return s.First + int64(len(s.Slots)) - 1 }

func counts(b byte) bool { return b != Gap && b != Refused }

// Add notes what the probe at t found; slots that went by without one become
// gaps, slots older than a week are dropped. A second probe of a slot is not
// counted unless the first found nothing out.
func (s Series) Add(t time.Time, found byte) Series {
	if !s.Due(t) {
		return s
	}
	at := s.slot(t)
	if len(s.Slots) == 0 || at-s.last() > int64(s.week()) {
		past := 0
		if len(s.Slots) > 0 {
			past = s.week() - 1
		}
		s.First, s.Slots = at-int64(past), strings.Repeat(string(Gap), past)+string(found)
		return s
	}
	if at == s.last() {
		s.Slots = s.Slots[:len(s.Slots)-1] + string(found)
		return s
	}
	s.Slots += strings.Repeat(string(Gap), int(at-s.last())-1) + string(found)
	return s.trimmed()
}

func (s Series) trimmed() Series {
	if over := len(s.Slots) - s.week(); over > 0 {
		s.First, s.Slots = s.First+int64(over), s.Slots[over:]
	}
	return s
}

// Share is what a series comes to.
type Share struct {
	Slots   int // of the time watched, a week at most
	Week    int // slots of a whole week
	Probes  int // that found something out
	Closed  int // of them: slow, silent or failing
	Slow    int
	Silent  int
	Failing int
	Gaps    int // slots without a probe that counts
	InRow   int // closed probes at the end, gaps passed over
}

// At is the share over the week that ends with the slot of now; slots since
// the last probe are gaps, that of now itself when it has no probe is none yet.
func (s Series) At(now time.Time) Share {
	if len(s.Slots) > 0 {
		if missing := s.slot(now) - 1 - s.last(); missing > 0 {
			s.Slots += strings.Repeat(string(Gap), int(min(missing, int64(s.week()))))
			s = s.trimmed()
		}
	}
	out := Share{Slots: len(s.Slots), Week: s.week()}
	row := true
	for i := len(s.Slots) - 1; i >= 0; i-- {
		b := s.Slots[i]
		switch b {
		case Slow:
			out.Slow++
		case Silent:
			out.Silent++
		case Failing:
			out.Failing++
		case Open:
			row = false
		}
		if counts(b) {
			out.Probes++
			if b != Open && row {
				out.InRow++
			}
		}
	}
	out.Closed = out.Slow + out.Silent + out.Failing
	out.Gaps = out.Slots - out.Probes
	return out
}

// Reaches reports whether the closed probes are percent or more of those that
// found something out.
func (h Share) Reaches(percent int) bool {
	return h.Probes > 0 && h.Closed*100 >= percent*h.Probes
}

// Certain reports that the week is lost by the norm: it is whole, with enough
// probes, and the share is reached; or so many were closed that the share is
// reached even if every other slot of the week were open.
func (h Share) Certain(percent int) bool {
	whole := h.Slots == h.Week && h.Probes >= LeastDay*Days
	return (whole && h.Reaches(percent)) || (h.Closed > 0 && h.Closed*100 >= percent*h.Week)
}

// Running reports that the share is reached by what was probed so far, a day's
// worth of probes at least.
func (h Share) Running(percent int) bool { return h.Probes >= LeastDay && h.Reaches(percent) }

// PerMille is the share in thousandths, rounded down.
func (h Share) PerMille() int {
	if h.Probes == 0 {
		return 0
	}
	return h.Closed * 1000 / h.Probes
}
