package burst

// edge is the chance with which a count lies beyond either end of a band while
// nothing has changed: of a thousand one above and one below.
const edge = 1e-3

// MinDays is of how many days of history a band tells anything.
const MinDays = minDays

// Band is where the count of a span should lie, by what came before it.
type Band struct {
	Low, High int     // both included; 0 with fewer than MinDays of history
	Expected  float64 // posts
	Days      int     // of history
}

// Bands are the bands of the last n spans of so many hours, the oldest first:
// the estimate of a Detector's windows, each made of the same hours of the days
// before its span and of nothing after its beginning. counts are those of
// consecutive hours of the office's clock, the oldest first, and begin with the
// first hour that was counted; the last span ends with the last of them. hours
// divides a day. A span that begins before counts has no history.
func Bands(counts []int, hours, n int) []Band {
	var all series
	for i, c := range counts {
		if c > 0 {
			all = append(all, hour{int32(i), int32(min(c, maxCount))})
		}
	}
	out := make([]Band, n)
	for k := range out {
		last := len(counts) - 1 - (n-1-k)*hours
		known := last + 1
		if known < hours {
			continue
		}
		e := all.past(int32(last)).window(hours, known)
		out[k] = Band{Expected: e.mean, Days: e.days}
		if e.days >= minDays {
			out[k].Low, out[k].High = e.ends()
		}
	}
	return out
}

// ends are the least and the most that are likelier than edge to be undercut and
// exceeded: from the mean, whose sides are summed once, one step at a time.
func (e expectation) ends() (low, high int) {
	shape := 1 / e.spread
	q, mid := e.mean/(e.mean+shape), int(e.mean)
	over, term := Tail(mid, e.mean, shape), mass(mid, e.mean, shape)
	for high = mid; over-term >= edge; high++ { // over = P(X >= high)
		over -= term
		term *= q * (float64(high) + shape) / float64(high+1)
	}
	under, term := 1-Tail(mid+1, e.mean, shape), mass(mid, e.mean, shape)
	for low = mid; low > 0 && under-term >= edge; low-- { // under = P(X <= low)
		under -= term
		term *= float64(low) / (q * (float64(low-1) + shape))
	}
	return low, high
}
