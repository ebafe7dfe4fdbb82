package host

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Rest is how long a host is left alone after certain answers: After of them
// in a row begin a rest of First, and every further one after a rest doubles
// it up to Max.
type Rest struct {
	From, To   int // statuses; 0 is a host that could not be reached
	After      int
	First, Max time.Duration
}

// DefaultRests is the policy: 432 is a refusal of the client by m.weibo.cn,
// 418 and 414 are blocks of our address that are known to last for hours.
func DefaultRests() []Rest {
	return []Rest{
		{From: 432, To: 432, After: 1, First: 30 * time.Minute, Max: 6 * time.Hour},
		{From: 418, To: 418, After: 1, First: 2 * time.Hour, Max: 12 * time.Hour},
		{From: 414, To: 414, After: 1, First: 2 * time.Hour, Max: 12 * time.Hour},
		{From: 429, To: 429, After: 1, First: 5 * time.Minute, Max: 2 * time.Hour},
		{From: 500, To: 599, After: 5, First: time.Minute, Max: 30 * time.Minute},
		{From: 0, To: 0, After: 5, First: time.Minute, Max: 30 * time.Minute},
	}
}

// longest bounds what a host may ask for with Retry-After.
const longest = 24 * time.Hour

// RestingError says that a host is left alone and was not asked.
type RestingError struct{ Resting }

// Error is the text for logs.
func (e *RestingError) Error() string {
	return fmt.Sprintf("%s rests until %s after HTTP %d", e.Host, e.Until.UTC().Format(time.RFC3339), e.Status)
}

// breaker counts refusals of one host. The caller holds the host's lock.
type breaker struct {
	rests  []Rest
	until  time.Time
	status int   // that began the rest
	row    *Rest // of the last refusal
	inRow  int   // refusals of that row since an answer of another kind
	rested int   // rests since an answer
}

// note records the status of an answer, 0 for none, and what it asked us to
// wait. It reports whether a rest begins.
func (b *breaker) note(now time.Time, status int, after time.Duration) bool {
	row := b.rowOf(status)
	if row == nil {
		b.row, b.inRow, b.rested = nil, 0, 0
		return false
	}
	if b.row != row {
		b.row, b.inRow = row, 0
	}
	b.inRow++
	if b.inRow < row.After && b.rested == 0 && after == 0 {
		return false
	}
	rest := row.First << min(b.rested, 20)
	if rest <= 0 || rest > row.Max {
		rest = row.Max
	}
	b.rested++
	b.status = status
	b.until = now.Add(max(rest, min(after, longest)))
	return true
}

func (b *breaker) rowOf(status int) *Rest {
	for i := range b.rests {
		if r := &b.rests[i]; status >= r.From && status <= r.To {
			return r
		}
	}
	return nil
}

// retryAfter reads the header of that name: seconds or a date, 0 for none.
func retryAfter(header http.Header, now time.Time) time.Duration {
	v := header.Get("Retry-After")
	if v == "" {
		return 0
	}
	if s, err := strconv.Atoi(v); err == nil {
		return min(time.Duration(max(s, 0))*time.Second, longest)
	}
	if at, err := http.ParseTime(v); err == nil {
		return min(max(at.Sub(now), 0), longest)
	}
	return 0
}
