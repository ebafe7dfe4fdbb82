package burst

const (
	alarm   = 1e-4 // a window less likely than this is a burst
	release = 0.01 // a burst lasts until three hours are likelier than this
	least   = 4    // posts; fewer are never a burst
	minDays = 7    // of history; with fewer, but one, only
	large   = 30   // posts less likely than alarm² are a burst
	calm    = 3    // hours that must be calm for the end
	// begun is as how much of an hour the running one counts at least: what a few
	// minutes should hold is not known.
	begun = 0.5
)

// What is believed before anything is counted, and how many days of counts it
// weighs. Chosen on series like those of the package's test, of other seeds.
const (
	priorPosts  = 0.5 // in the window, beside the rate of the key's other hours
	priorDays   = 1
	priorSpread = 1.0 // variance = mean + spread · mean²
	spreadDays  = 7
	sharedDays  = 56 // weight of the spread at the key's other hours of day
	// cutLoss is the share of the variance that each day cut by moments takes.
	cutLoss = 0.1
)

// lengths are the hours of the windows.
var lengths = [3]int{1, calm, longest}

// expectation is what a window should hold: variance = mean + spread · mean².
type expectation struct {
	mean, spread float64
	days         int // of history
}

// judge holds a count against what was expected when only a part of the last
// hour has passed.
func (e expectation) judge(hours, count int, passed float64) Window {
	mean := e.mean * (float64(hours) - 1 + max(begun, passed)) / float64(hours)
	w := Window{Hours: hours, Count: count, Expected: mean, P: Tail(count, mean, 1/e.spread), Days: e.days}
	if e.days >= minDays {
		w.Burst = w.P < alarm && count >= least
	} else {
		w.Burst = w.P < alarm*alarm && count >= large && e.days >= 1
	}
	return w
}

// expect says what the windows that end with an hour should hold. The key is
// counted for known hours up to then.
func (s series) expect(at int32, known int) *[3]expectation {
	var out [3]expectation
	p := s.past(at)
	for i, hours := range lengths {
		out[i] = p.window(hours, known)
	}
	return &out
}

// window is what so many hours should hold. Of a long window fewer days are
// looked at, those whose hours are within reach.
func (p *past) window(hours, known int) expectation {
	days := max(0, min(history, (known-hours)/dayHours, (reach-hours)/dayHours))
	rate := 0.0
	if before := min(known, reach) - hours; before > 0 {
		rate = p.in(hours, before) / float64(before)
	}
	return p.expect(hours, days, rate*float64(hours))
}

// expect estimates mean and spread for a new day from the same hours of the
// days before. Both lean on a prior: the mean on the key's rate at any hour, the
// spread on that at its other hours of day, which four weeks of one hour tell
// too poorly, and on priorSpread; it is never 0, so never less than Poisson. That
// the mean is an estimate itself adds to the spread.
func (p *past) expect(hours, days int, prior float64) expectation {
	n := float64(days)
	shared, over, square := float64(priorSpread), 0.0, 0.0
	for back := hours; days > 1 && back < hours+dayHours; back++ {
		m, o := p.moments(back, hours, days-1)
		over, square = over+o, square+m*m
	}
	if square > 0 {
		shared = (n*max(0, over/square) + spreadDays*priorSpread) / (n + spreadDays)
	}
	spread := 0.0
	same, over := p.moments(dayHours, hours, days)
	if same > 0 {
		spread = max(0, over/(same*same))
	}
	spread = (n*spread + sharedDays*shared) / (n + sharedDays)
	mean := (n*same + priorDays*prior + priorPosts) / (n + priorDays)
	return expectation{mean, spread + (1/mean+spread)/(n+priorDays), days}
}

// moments are the mean of the same hours over some days and by how much their
// variance exceeds it. Of four weeks the two highest days count as the third:
// a burst in the past must not hide the next.
func (p *past) moments(back, hours, days int) (mean, over float64) {
	if days == 0 {
		return 0, 0
	}
	var top [3]float64
	sum, square := 0.0, 0.0
	for d := range days {
		x := p.in(back+d*dayHours, hours)
		sum, square = sum+x, square+x*x
		switch {
		case x > top[0]:
			top = [3]float64{x, top[0], top[1]}
		case x > top[1]:
			top[1], top[2] = x, top[1]
		case x > top[2]:
			top[2] = x
		}
	}
	cut := (days + 1) / 14
	for _, high := range top[:cut] {
		sum, square = sum-high+top[cut], square-high*high+top[cut]*top[cut]
	}
	n := float64(days)
	mean = sum / n
	variance := max(0, square-sum*mean) / max(1, n-1) * (1 + cutLoss*float64(cut))
	return mean, variance - mean
}
