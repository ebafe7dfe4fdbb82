package burst_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"huiying/analyzer/burst"
)

var (
	zone  = time.FixedZone("Asia/Shanghai", 8*3600)
	start = time.Date(2026, 3, 2, 0, 0, 0, 0, zone)
)

const (
	days       = 60
	dayMinutes = 24 * 60
	burstLasts = 4 * 60 // minutes
)

// world is how invented posts come: a rate that follows the day, times a level
// of the day and one of the hour, both of gamma laws with mean 1; a shape of 4
// by the hour alone makes the hourly counts negative binomial with variance
// m + m²/4. Infinite shapes are Poisson.
type world struct{ dayShape, hourShape float64 }

// protocol is that of analysis.md §6: 60 days of a topic, in which from the
// third week on a burst of 6 times the rate for 4 hours comes every 10 to 20
// days, at a minute drawn from the course of the day; at a rate of .1 six posts
// more fall in its first two hours. Every post is asked about when it comes,
// and all keys are swept at the end of every hour. A burst is found when it is
// told within six hours; what is told outside of ten is a false alarm.
func TestProtocol(t *testing.T) {
	if raceEnabled {
		t.Skip("years of made posts in one goroutine: without -race (scripts/test.sh)")
	}
	for _, c := range []struct {
		name                   string
		world                  world
		topics                 int
		recall                 [3]float64 // at .1, 1 and 10 posts an hour, at least
		falseAlarms, delayHour float64    // at most
	}{
		{"negative binomial", world{math.Inf(1), 4}, 60, [3]float64{.95, .5, .9}, .2, 2},
		// As unsteady as the weekdays of real letters. The bar is lower on purpose:
		// that a whole day is busier is not what the detector models.
		{"days differ", world{10, 4}, 40, [3]float64{.9, .5, .9}, .5, 2.5},
	} {
		for i, rate := range []float64{.1, 1, 10} {
			var all score
			for topic := range c.topics {
				all.play(c.world, rate, uint64(20_000+topic))
			}
			months := float64(c.topics) * days / 30
			recall, alarms, delay := float64(len(all.delays))/float64(all.bursts), float64(all.alarms)/months, all.median()
			t.Logf("%s, %4.1f posts/h: recall %.2f of %d, delay %.1f h, false alarms %.2f per topic and month (%.2f in the first four weeks), %d of %d told ends",
				c.name, rate, recall, all.bursts, delay, alarms, float64(all.early)/months, all.ends, all.told)
			if recall < c.recall[i] || alarms > c.falseAlarms || delay > c.delayHour {
				t.Errorf("%s, %.1f posts/h: recall below %.2f, or more than %.1f false alarms, or a delay over %.1f h", c.name, rate, c.recall[i], c.falseAlarms, c.delayHour)
			}
		}
	}
}

type score struct {
	bursts, alarms, early, told, ends int
	delays                            []float64 // hours from the first minute of those found
}

func (s *score) median() float64 {
	slices.Sort(s.delays)
	return s.delays[len(s.delays)/2]
}

// play runs one topic of its own seed.
func (s *score) play(w world, rate float64, seed uint64) {
	posts, bursts := w.topic(rate, rand.New(rand.NewPCG(seed, uint64(rate*10))))
	found := make([]bool, len(bursts))
	hear := func(a burst.Answer, minute int) {
		switch {
		case !a.Changed:
		case a.State == burst.Over:
			s.ends++
		default:
			s.told++
			s.judge(bursts, found, minute)
		}
	}
	d := burst.New(zone, start)
	for hour := range days * 24 {
		for ; len(posts) > 0 && posts[0] < 60*(hour+1); posts = posts[1:] {
			at := minute(posts[0])
			d.Add("topic", at)
			hear(d.Step("topic", at), posts[0])
		}
		for _, a := range d.Sweep(minute(60*hour + 59)) {
			hear(a, 60*hour+59)
		}
	}
	s.bursts += len(bursts)
}

func (s *score) judge(bursts []int, found []bool, minute int) {
	caused := false
	for i, from := range bursts {
		if minute < from || minute > from+burstLasts+6*60 {
			continue
		}
		caused = true
		if !found[i] && minute <= from+6*60 {
			found[i] = true
			s.delays = append(s.delays, float64(minute-from)/60)
		}
	}
	if !caused {
		s.alarms++
		if minute < 28*dayMinutes {
			s.early++
		}
	}
}

func minute(n int) time.Time { return start.Add(time.Duration(n) * time.Minute) }

// topic gives the minutes of all posts in order and those in which bursts begin.
func (w world) topic(rate float64, r *rand.Rand) (posts, bursts []int) {
	for day := range days {
		level := gamma(r, w.dayShape)
		for hour := range 24 {
			for range poisson(r, rate*course(hour)*level*gamma(r, w.hourShape)) {
				posts = append(posts, day*dayMinutes+hour*60+r.IntN(60))
			}
		}
	}
	for day := 14 + r.IntN(7); day < days-1; day += 10 + r.IntN(11) {
		from := r.IntN(dayMinutes)
		for r.Float64()*course(15) > course(from/60) {
			from = r.IntN(dayMinutes)
		}
		from += day * dayMinutes
		for m := from; m < from+burstLasts; m++ {
			for range poisson(r, 5*rate/60*course(m/60%24)) {
				posts = append(posts, m)
			}
		}
		for i := 0; rate < .5 && i < 6; i++ {
			posts = append(posts, from+r.IntN(burstLasts/2))
		}
		bursts = append(bursts, from)
	}
	slices.Sort(posts)
	return posts, bursts
}

// course is the day's: 1 on average, .2 at three at night, 1.8 at three in the
// afternoon.
func course(hour int) float64 { return 1 + .8*math.Sin(2*math.Pi*float64(hour-9)/24) }

func poisson(r *rand.Rand, mean float64) (n int) {
	for sum := r.ExpFloat64(); sum < mean; sum += r.ExpFloat64() {
		n++
	}
	return n
}

// gamma has mean 1; Marsaglia and Tsang's method, for shapes from 1 on.
func gamma(r *rand.Rand, shape float64) float64 {
	if math.IsInf(shape, 1) {
		return 1
	}
	d := shape - 1.0/3
	for {
		x := r.NormFloat64()
		v := math.Pow(1+x/math.Sqrt(9*d), 3)
		if v > 0 && math.Log(1-r.Float64()) < x*x/2+d-d*v+d*math.Log(v) {
			return d * v / shape
		}
	}
}
