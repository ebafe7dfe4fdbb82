package burst

import "slices"

const (
	dayHours = 24
	history  = 28 // days before that a window is held against
	longest  = 6  // hours of the longest window
	// reach is how many hours back a count is of use.
	reach = history*dayHours + longest
	// maxHours bounds the hours kept of one key. What is more than reach is room
	// for wrong times in the future, which must not push out the past.
	maxHours = reach + 10*dayHours
	// maxCount bounds the count of one hour, and so the work of one answer.
	maxCount = 100_000
)

// hour is how many posts one hour has; at is its number: the hours of the
// office zone's clock since 1970.
type hour struct{ at, n int32 }

// series is the counts of one key in order. An hour without posts takes no
// memory.
type series []hour

// add counts n posts in an hour. Of too many hours the oldest goes, so that the
// order of adding never matters.
func (s *series) add(at, n int32) {
	i := len(*s)
	if i > 0 && (*s)[i-1].at >= at { // most posts are of the last hour or a new one
		i, _ = slices.BinarySearchFunc(*s, at, func(h hour, at int32) int { return int(h.at) - int(at) })
	}
	if i < len(*s) && (*s)[i].at == at {
		(*s)[i].n = min((*s)[i].n+n, maxCount)
		return
	}
	*s = slices.Insert(*s, i, hour{at, min(n, maxCount)})
	if len(*s) > maxHours {
		*s = slices.Delete(*s, 0, 1)
	}
}

// trim forgets the hours that are of no use from now on.
func (s *series) trim(now int32) {
	n, _ := slices.BinarySearchFunc(*s, now-reach+1, func(h hour, at int32) int { return int(h.at) - int(at) })
	*s = slices.Delete(*s, 0, n)
}

// past is a series seen from one hour back: past[i] is the count of the i
// newest hours, that one included.
type past [reach + 1]int

func (s series) past(now int32) *past {
	var p past
	for _, h := range s {
		if back := int(now) - int(h.at); back >= 0 && back < reach {
			p[back+1] = int(h.n)
		}
	}
	for i := range reach {
		p[i+1] += p[i]
	}
	return &p
}

// in is the count of n hours that end back hours ago.
func (p *past) in(back, n int) float64 { return float64(p[back+n] - p[back]) }

// sum is the count from one hour to another, both included.
func (s series) sum(from, to int32) (n int) {
	for i := len(s) - 1; i >= 0 && s[i].at >= from; i-- {
		if s[i].at <= to {
			n += int(s[i].n)
		}
	}
	return n
}

// newest is the last hour with a post, -1 when there is none.
func (s series) newest() int32 {
	if len(s) == 0 {
		return -1
	}
	return s[len(s)-1].at
}

// risen is the first hour of a window that ends now with more posts than an
// even share of what was expected.
func (s series) risen(now int32, w Window) int32 {
	from := now - int32(w.Hours) + 1
	for at := from; at < now; at++ {
		if float64(s.sum(at, at)) > w.Expected/float64(w.Hours) {
			return at
		}
	}
	return now
}
