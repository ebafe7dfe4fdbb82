package chart

import (
	"sort"
	"time"
)

// Bin is how many of a histogram lie in a half-open span; To 0 is without end.
type Bin struct {
	From, To time.Duration
	N        int
}

// Bar is one bar of a picture, in the picture's units.
type Bar struct{ X, Y, W, H int }

// Histogram is durations by spans: the bins are what its table lists, the bars
// are drawn of them, and Most is what its sentence says.
type Histogram struct {
	Bins          []Bin
	Bars          []Bar
	Width, Height int
	Of            int
	Most          Bin // the fullest
}

// Measures of a picture; it is stretched to the width of its place.
const (
	pictureHeight = 60
	barWidth      = 20 // with its gap
	barGap        = 3
)

// Bins sorts durations, which are in order, into spans between the edges.
func Bins(sorted []time.Duration, edges []time.Duration) Histogram {
	h := Histogram{Of: len(sorted)}
	from, done := time.Duration(0), 0
	for i := range len(edges) + 1 {
		b := Bin{From: from}
		end := len(sorted)
		if i < len(edges) {
			b.To = edges[i]
			end = sort.Search(len(sorted), func(j int) bool { return sorted[j] >= b.To })
		}
		b.N = end - done
		h.Bins = append(h.Bins, b)
		if b.N > h.Most.N {
			h.Most = b
		}
		from, done = b.To, end
	}
	counts := make([]int64, len(h.Bins))
	for i, b := range h.Bins {
		counts[i] = int64(b.N)
	}
	h.Bars, h.Width, h.Height = bars(counts)
	return h
}

// bars draws values; the largest fills the picture, one that is not nothing is
// always to be seen.
func bars(values []int64) (out []Bar, width, height int) {
	most := int64(0)
	for _, v := range values {
		most = max(most, v)
	}
	for i, v := range values {
		if v > 0 {
			h := max(int(float64(v)/float64(most)*pictureHeight), 2)
			out = append(out, Bar{X: i * barWidth, Y: pictureHeight - h, W: barWidth - barGap, H: h})
		}
	}
	return out, barWidth * len(values), pictureHeight
}

// Columns is one duration for each of a row of spans of time, and where
// something changed so that what lies left and right of it is not the same.
type Columns struct {
	Bars          []Bar
	Marks         []int // x of the lines
	Width, Height int
}

// Column draws values; changed marks the spans in which the definition did.
func Column(values []time.Duration, changed []bool) (c Columns) {
	plain := make([]int64, len(values))
	for i, v := range values {
		plain[i] = int64(v)
		if changed[i] {
			c.Marks = append(c.Marks, i*barWidth+(barWidth-barGap)/2)
		}
	}
	c.Bars, c.Width, c.Height = bars(plain)
	return c
}

// Counts draws counts in a row.
func Counts(values []int64) (c Columns) {
	c.Bars, c.Width, c.Height = bars(values)
	return c
}
