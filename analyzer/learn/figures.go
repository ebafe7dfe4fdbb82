package learn

import (
	"math"
	"slices"
)

// figure is the bar's figure of the answers.
func (b Bar) figure(classes []string, list []verdict) float64 {
	var of []int
	for _, c := range b.Of {
		of = append(of, slices.Index(classes, c))
	}
	switch b.Figure {
	case "macro_f1":
		return macroF1(list, of)
	case "recall":
		return ratio(both(list, of), count(list, func(v verdict) bool { return slices.Contains(of, v.truth) }))
	case "precision":
		return ratio(both(list, of), count(list, func(v verdict) bool { return slices.Contains(of, v.said) }))
	case "top_two":
		return share(list, func(v verdict) bool { return v.truth == v.said || v.truth == v.second })
	case "sure_share":
		return share(list, func(v verdict) bool { return v.surely })
	case "sure_accuracy":
		right := count(list, func(v verdict) bool { return v.surely && v.truth == v.said })
		return ratio(right, count(list, func(v verdict) bool { return v.surely }))
	case "calibration":
		return calibrationError(list)
	}
	return share(list, func(v verdict) bool { return v.truth == v.said })
}

// both counts the answers that are, and are said to be, among some classes.
func both(list []verdict, of []int) int {
	return count(list, func(v verdict) bool { return slices.Contains(of, v.truth) && slices.Contains(of, v.said) })
}

func count(list []verdict, holds func(verdict) bool) int {
	n := 0
	for _, v := range list {
		if holds(v) {
			n++
		}
	}
	return n
}

// ratio of nothing is 0.
func ratio(part, of int) float64 { return float64(part) / float64(max(1, of)) }

func share(list []verdict, holds func(verdict) bool) float64 {
	return ratio(count(list, holds), len(list))
}

// macroF1 is the mean of the F1 of every class that is in the truth and, where
// some are given, among them.
func macroF1(list []verdict, of []int) float64 {
	right, truth, said := map[int]int{}, map[int]int{}, map[int]int{}
	for _, v := range list {
		truth[v.truth]++
		said[v.said]++
		if v.truth == v.said {
			right[v.truth]++
		}
	}
	sum, classes := 0.0, 0
	for c, n := range truth {
		if len(of) == 0 || slices.Contains(of, c) {
			sum += 2 * float64(right[c]) / float64(n+said[c])
			classes++
		}
	}
	return sum / float64(max(1, classes))
}

// calibrationError is the expected calibration error over ten bins: how far
// the probability of an answer is from how often it is right.
func calibrationError(list []verdict) float64 {
	var n, right, sure [10]float64
	for _, v := range list {
		b := min(9, int(v.sure*10))
		n[b]++
		sure[b] += v.sure
		if v.truth == v.said {
			right[b]++
		}
	}
	e := 0.0
	for b := range n {
		e += math.Abs(right[b] - sure[b])
	}
	return e / float64(max(1, len(list)))
}
