package app

import (
	"math/rand/v2"
	"net/http"
	"slices"
	"syscall"
	"time"
)

// costs prints what each page keeps processors busy for when nobody else asks:
// it says the same on a busy machine, where what clients wait says little.
func (l *loaded) costs() {
	const times = 12
	type cost struct {
		name        string
		busy, first time.Duration
	}
	var list []cost
	r := rand.New(rand.NewPCG(5, 7))
	for _, a := range everything() {
		var took []time.Duration
		for range times {
			before := everybody()
			if status := l.get(a.path(l, r)); status != http.StatusOK {
				l.t.Errorf("%s answers %d", a.name, status)
			}
			took = append(took, everybody()-before)
		}
		first := took[0]
		slices.Sort(took)
		list = append(list, cost{a.name, took[times/2], first}) // the median: the rest of the service goes on working
	}
	slices.SortFunc(list, func(a, b cost) int { return int(b.busy - a.busy) })
	l.t.Log("processor time of one answer, one client, and of the first:")
	for _, c := range list {
		l.t.Logf("  %-24s %6.1f ms  %6.1f ms", c.name, ms(c.busy), ms(c.first))
	}
}

// alone prints what arriving posts keep processors busy for while nobody looks.
func (l *loaded) alone(d time.Duration) {
	before, writes := everybody(), l.writes()
	time.Sleep(d)
	l.t.Logf("arriving alone: %.2f processors, %.0f transactions a second", (everybody()-before).Seconds()/d.Seconds(), float64(l.writes()-writes)/d.Seconds())
}

// writes is how many transactions there were.
func (l *loaded) writes() (n uint64) {
	families, err := l.app.registry.Gather()
	l.must(err)
	for _, f := range families {
		if f.GetName() == "huiying_store_tx_seconds" {
			for _, m := range f.Metric {
				n += m.GetHistogram().GetSampleCount()
			}
		}
	}
	return n
}

// everybody is the time that all threads of this process have had processors for.
func everybody() time.Duration {
	const ofAll = 0 // RUSAGE_SELF
	var u syscall.Rusage
	if syscall.Getrusage(ofAll, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
