package pulse

import "time"

// Took has every look take so long.
func (r *Reader) Took(d time.Duration) {
	r.timer = func() func() time.Duration { return func() time.Duration { return d } }
}
