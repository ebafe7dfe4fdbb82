// Package effect compares opinion before and after a moment, a reply or an
// interpretation: how many posts, what they want and in what tone, in two
// windows of the same length, each number with an interval of 95 per cent. It
// says that something changed only where the interval excludes no change, and
// nothing at all of too few posts. It refuses to say why: what changes after a
// reply need not change by it.
package effect

import (
	"math"
	"slices"
	"time"

	"huiying/internal/query"
)

const (
	// z is the quantile of the normal distribution for 95 per cent, two-sided.
	z = 1.959963984540054
	// Least is how many posts a comparison must rest on: together for volume, in
	// each window for a share.
	Least = 10
	// shortest is how short windows may be; in less nothing is compared.
	shortest = time.Hour
	// parts is into how many stretches a window is cut to see how unevenly posts come.
	parts = 12
)

// Wilson is the score interval of n of of.
func Wilson(n, of float64) query.Bounds {
	if of <= 0 {
		return query.Bounds{Low: 0, High: 1}
	}
	p, d := n/of, 1+z*z/of
	middle, half := (p+z*z/(2*of))/d, z*math.Sqrt(p*(1-p)/of+z*z/(4*of*of))/d
	return query.Bounds{Low: max(middle-half, 0), High: min(middle+half, 1)}
}

// Difference is Newcombe's interval of the change of a share, from n of of
// before to m of om after.
func Difference(n, of, m, om float64) query.Bounds {
	if of <= 0 || om <= 0 {
		return query.Bounds{Low: -1, High: 1}
	}
	p, q := n/of, m/om
	b, a := Wilson(n, of), Wilson(m, om)
	return query.Bounds{
		Low:  max(q-p-math.Hypot(q-a.Low, b.High-p), -1),
		High: min(q-p+math.Hypot(a.High-q, p-b.Low), 1),
	}
}

// Ratio is the interval of the ratio of two rates over equal times, after to
// before: given both together, after is binomial, and its share has a score
// interval. Counts that spread more than Poisson's count for less by so much.
func Ratio(before, after int, dispersion float64) query.Bounds {
	d := max(dispersion, 1)
	share := Wilson(float64(after)/d, float64(before+after)/d)
	odds := func(p float64) float64 {
		if p >= 1 {
			return math.Inf(1)
		}
		return p / (1 - p)
	}
	return query.Bounds{Low: odds(share.Low), High: odds(share.High)}
}

// Dispersion is Pearson's statistic by degree of freedom of counts in stretches
// of the same length, each window with its own mean: 1 for counts that spread
// as Poisson's do, more for those that come in bursts. At least 1.
func Dispersion(windows ...[]int) float64 {
	sum, free := 0.0, 0
	for _, w := range windows {
		total := 0
		for _, n := range w {
			total += n
		}
		if total == 0 {
			continue
		}
		mean := float64(total) / float64(len(w))
		for _, n := range w {
			sum += (float64(n) - mean) * (float64(n) - mean) / mean
		}
		free += len(w) - 1
	}
	if free == 0 {
		return 1
	}
	return max(sum/float64(free), 1)
}

// Of compares posts before and after a moment. Those of government accounts are
// no opinion and do not count.
func Of(posts []query.EffectPost, a query.EffectAsk) query.Effect {
	e := query.Effect{EffectAsk: a, Verdict: query.EffectFew, Dispersion: 1}
	e.Window = max(min(a.Span, a.At.Sub(a.Begin), a.End.Sub(a.At)).Truncate(time.Minute), 0)
	e.Cut = e.Window < a.Span
	if e.Window < shortest {
		return e
	}
	var sides [2][]query.EffectPost
	var stretches [2][]int
	for i, from := range []time.Time{a.At.Add(-e.Window), a.At} {
		stretches[i] = make([]int, parts)
		for _, p := range posts {
			if since := p.At.Sub(from); !p.Official && since >= 0 && since < e.Window {
				sides[i] = append(sides[i], p)
				stretches[i][int(int64(since)*parts/int64(e.Window))]++
			}
		}
	}
	e.Before, e.After = ids(sides[0]), ids(sides[1])
	n, m := len(e.Before), len(e.After)
	if n > 0 {
		e.Ratio = float64(m) / float64(n)
	}
	e.Dispersion = Dispersion(stretches[0], stretches[1])
	e.Bounds = Ratio(n, m, e.Dispersion)
	e.Verdict = JudgeVolume(n, m, e.Dispersion)
	for _, id := range query.EffectShares() {
		e.Shares = append(e.Shares, share(id, sides))
	}
	return e
}

func ids(posts []query.EffectPost) []string {
	out := make([]string, len(posts))
	for i, p := range posts {
		out[i] = p.ID
	}
	return out
}

// verdict says what an interval says against no change.
func verdict(b query.Bounds, none float64) string {
	switch {
	case b.High < none:
		return query.EffectFell
	case b.Low > none:
		return query.EffectRose
	}
	return query.EffectSame
}

func share(id string, sides [2][]query.EffectPost) query.EffectShare {
	s := query.EffectShare{ID: id, Before: counted(id, sides[0]), After: counted(id, sides[1])}
	s.Change = Difference(float64(s.Before.N()), float64(s.Before.Of()), float64(s.After.N()), float64(s.After.Of()))
	s.Verdict = Judge(s.Before.N(), s.Before.Of(), s.After.N(), s.After.Of())
	return s
}

// Judge says whether a share changed, from n of of to m of om.
func Judge(n, of, m, om int) string {
	if of < Least || om < Least {
		return query.EffectFew
	}
	return verdict(Difference(float64(n), float64(of), float64(m), float64(om)), 0)
}

// JudgeVolume says whether the number of posts changed.
func JudgeVolume(before, after int, dispersion float64) string {
	if before+after < Least {
		return query.EffectFew
	}
	return verdict(Ratio(before, after, dispersion), 1)
}

// counted parts the posts that a share is of.
func counted(id string, posts []query.EffectPost) (c query.EffectCount) {
	in := map[string][]string{
		query.ShareNegative: {"negative"}, query.SharePositive: {"positive"}, query.ShareComplaint: {"complaint", "report"}, query.ShareEnquiry: {"enquiry", "help"},
	}[id]
	for _, p := range posts {
		of := p.Tone
		if id == query.ShareComplaint || id == query.ShareEnquiry {
			of = p.Intent
		}
		switch {
		case of == "":
		case slices.Contains(in, of):
			c.In = append(c.In, p.ID)
		default:
			c.Rest = append(c.Rest, p.ID)
		}
	}
	c.Bounds = Wilson(float64(c.N()), float64(c.Of()))
	return c
}
