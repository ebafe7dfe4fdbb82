package study

import (
	"slices"
	"time"

	"huiying/internal/query"
)

// Bucket is the posts of one stretch of a trend.
type Bucket struct {
	From     time.Time
	N        int
	Negative int
	Replies  int
}

// Trend is posts over time.
type Trend struct {
	Width   time.Duration
	Buckets []Bucket
	Peak    int // index of the fullest, -1 without posts
}

// mostBuckets is how many stretches a trend is cut into at most.
const mostBuckets = 72

// widths are the stretches that people think in.
func widths() []time.Duration {
	const h = time.Hour
	return []time.Duration{h, 2 * h, 3 * h, 6 * h, 12 * h, 24 * h, 48 * h, 7 * 24 * h, 14 * 24 * h, 28 * 24 * h}
}

// widthFor is the narrowest stretch that cuts a span into few enough.
func widthFor(span time.Duration) time.Duration {
	all := widths()
	for _, w := range all {
		if span/w < mostBuckets {
			return w
		}
	}
	last := all[len(all)-1]
	return last * (span/last/mostBuckets + 1)
}

// TrendOf counts posts, which are in the order of time, and marks the replies
// that were given meanwhile and after.
func TrendOf(posts []query.StudyPost, replies []Reply, zone *time.Location) Trend {
	t := Trend{Peak: -1}
	if len(posts) == 0 {
		return t
	}
	from, to := posts[0].At, posts[len(posts)-1].At
	for _, r := range replies {
		from, to = earlier(from, r.At), later(to, r.At)
	}
	t.Width = widthFor(to.Sub(from))
	from = floor(from, t.Width, zone)
	t.Buckets = make([]Bucket, int(to.Sub(from)/t.Width)+1)
	for i := range t.Buckets {
		t.Buckets[i].From = from.Add(time.Duration(i) * t.Width)
	}
	at := func(when time.Time) *Bucket { return &t.Buckets[when.Sub(from)/t.Width] }
	for _, p := range posts {
		at(p.At).N++
		if p.Sentiment == Negative {
			at(p.At).Negative++
		}
	}
	for _, r := range replies {
		at(r.At).Replies++
	}
	for i, b := range t.Buckets {
		if t.Peak < 0 || b.N > t.Buckets[t.Peak].N {
			t.Peak = i
		}
	}
	return t
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// floor is the beginning of the stretch that t lies in, by the clock of the
// zone.
func floor(t time.Time, width time.Duration, zone *time.Location) time.Time {
	_, offset := t.In(zone).Zone()
	shift := time.Duration(offset) * time.Second
	return t.Add(shift).Truncate(width).Add(-shift)
}

// End is where the trend ends.
func (t Trend) End() time.Time {
	if len(t.Buckets) == 0 {
		return time.Time{}
	}
	return t.Buckets[len(t.Buckets)-1].From.Add(t.Width)
}

// Phase is a part of an event's course: start, rise, peak, fall.
type Phase struct {
	Name     string
	From, To time.Time
	N        int
}

// Phases cuts a trend: the peak lasts from the first to the last stretch with at
// least half as many posts as the fullest, the rise leads to it from the first
// with at least a fifth, the start is what came before and the fall what came
// after. A phase that there was not is left out; of a few posts none is told.
func Phases(t Trend) []Phase {
	total := 0
	for _, b := range t.Buckets {
		total += b.N
	}
	if total < Few || len(t.Buckets) < 3 {
		return nil
	}
	most := t.Buckets[t.Peak].N
	least := func(part int) func(Bucket) bool { return func(b Bucket) bool { return b.N*part >= most } }
	rise, peak := slices.IndexFunc(t.Buckets, least(5)), slices.IndexFunc(t.Buckets, least(2))
	fall := len(t.Buckets)
	for !least(2)(t.Buckets[fall-1]) {
		fall--
	}
	var out []Phase
	for _, p := range []struct {
		name     string
		from, to int
	}{{"start", 0, rise}, {"rise", rise, peak}, {"peak", peak, fall}, {"fall", fall, len(t.Buckets)}} {
		if p.from == p.to {
			continue
		}
		phase := Phase{Name: p.name, From: t.Buckets[p.from].From, To: t.Buckets[p.to-1].From.Add(t.Width)}
		for _, b := range t.Buckets[p.from:p.to] {
			phase.N += b.N
		}
		out = append(out, phase)
	}
	return out
}
