package pulse

import "time"

// Took has every look take so long.
func (r *Reader) Took(d time.Duration) {
	took := func() func() time.Duration { return func() time.Duration { return d } }
	r.words.Took, r.heat.Took, r.past.Took, r.recent.Took = took, took, took, took
}
