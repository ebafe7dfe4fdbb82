package linear

import "math"

// Model answers one question with one of its classes.
type Model struct {
	Name    string
	Classes []string // at most 8
	// Bits is the binary logarithm of the number of rows.
	Bits int
	// Scale turns the sum of int8 weights into a logit; Bias is added to it.
	Scale float64
	Bias  []float64
	// Temperature divides the logits, so that a probability of .8 is right
	// eight times in ten.
	Temperature float64
	// Sure is the probability from which an answer is more than a guess.
	Sure float64

	// Sets are the labelled texts it was made of: name → sha256 of the file.
	Sets map[string]string

	rows   rows
	beside beside // has them when it is joined with others
	place  int    // in a block
}

// Answer is what a model says of a text.
type Answer struct {
	Class         int
	Probabilities []float64 // by class
	Sure          bool
}

// Judge answers for the features of a text, by their number and not by their
// order. probabilities is used for the answer where it is long enough. A text
// without any is answered by the bias alone and never surely.
func (m *Model) Judge(f *Features, probabilities []float64) Answer {
	k := len(m.Classes)
	if cap(probabilities) < k {
		probabilities = make([]float64, k)
	}
	p := probabilities[:k]
	sums := f.rowsOf(m).sums()
	n := len(f.Hashes)
	for c := range p {
		p[c] = (m.Bias[c] + m.Scale*float64(sums[c])*norm(n)) / m.Temperature
	}
	softmax(p)
	a := Answer{Probabilities: p}
	for c := range p {
		if p[c] > p[a.Class] {
			a.Class = c
		}
	}
	a.Sure = n > 0 && p[a.Class] >= m.Sure
	return a
}

// norm levels texts of different length.
func norm(n int) float64 {
	if n == 0 {
		return 0
	}
	return 1 / math.Sqrt(float64(n))
}

func softmax(p []float64) {
	high, sum := math.Inf(-1), 0.0
	for _, x := range p {
		high = max(high, x)
	}
	for c, x := range p {
		p[c] = math.Exp(x - high)
		sum += p[c]
	}
	for c := range p {
		p[c] /= sum
	}
}

// Calibrate sets the temperature that makes the probabilities most likely for
// labelled texts the model was not trained on, and with it the probability
// from which at least the share right of the answers is right.
func (m *Model) Calibrate(list []Example, right float64) {
	low, high := math.Log(0.05), math.Log(20)
	const golden = 0.6180339887498949
	for range 40 {
		a, b := high-golden*(high-low), low+golden*(high-low)
		if m.loss(list, math.Exp(a)) < m.loss(list, math.Exp(b)) {
			high = b
		} else {
			low = a
		}
	}
	m.Temperature = math.Exp((low + high) / 2)
	m.Sure = m.threshold(list, right)
}

// loss is the mean negative log-likelihood at a temperature.
func (m *Model) loss(list []Example, temperature float64) float64 {
	with := *m
	with.Temperature = temperature
	sum, p := 0.0, make([]float64, lanes)
	for _, e := range list {
		a := with.Judge(&Features{Hashes: e.Hashes}, p)
		sum -= math.Log(max(1e-9, a.Probabilities[e.Class]))
	}
	return sum / float64(max(1, len(list)))
}

// threshold is the least probability, in steps of a hundredth, above which the
// answers are right often enough.
func (m *Model) threshold(list []Example, right float64) float64 {
	var said, hit [101]int
	for _, e := range list {
		a := m.Judge(&Features{Hashes: e.Hashes}, nil)
		step := int(a.Probabilities[a.Class] * 100)
		said[step]++
		if a.Class == e.Class {
			hit[step]++
		}
	}
	best, all, good := 100, 0, 0
	for step := 100; step >= 0; step-- {
		all, good = all+said[step], good+hit[step]
		if all > 0 && float64(good) >= right*float64(all) {
			best = step
		}
	}
	return float64(best) / 100
}
