package linear

import (
	"math"
	"math/rand/v2"
)

// Example is one labelled text.
type Example struct {
	Hashes []uint32
	Class  int
	// Among are the classes, as bits, that the labeller chose from; 0 = all.
	// A set of good and bad reviews says nothing about indifference.
	Among  uint16
	Weight float32 // 0 = 1
}

// Training says how a model is made.
type Training struct {
	Name    string
	Classes []string
	Bits    int
	Epochs  int
	Rate    float32 // of learning
	Decay   float32 // L2, per example
	// Smooth above 0 weighs each feature beforehand by how unevenly it is spread
	// over the classes, with so much added to its counts.
	Smooth float32
	Seed   uint64
	Sets   map[string]string // see Model
}

// Train makes a model by stochastic gradient descent with a step per weight
// (AdaGrad), averaged over the last epochs. The same examples in the same
// order give the same model.
func Train(t Training, list []Example) *Model {
	k := len(t.Classes)
	s := &descent{
		Training: t, k: k, shift: 32 - t.Bits,
		w: make([]float32, k<<t.Bits), g: make([]float32, k<<t.Bits), bias: make([]float32, k), biasG: make([]float32, k),
		p: make([]float32, k),
	}
	s.scales = t.tell(list)
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	r := rand.New(rand.NewPCG(t.Seed, 1))
	sum, sumBias := make([]float32, len(s.w)), make([]float32, k)
	averaged := 0
	for epoch := range t.Epochs {
		r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, i := range order {
			s.step(&list[i])
		}
		if epoch >= t.Epochs/2 {
			averaged++
			for i, w := range s.w {
				sum[i] += w
			}
			for i, b := range s.bias {
				sumBias[i] += b
			}
		}
	}
	for i := range sum {
		sum[i] /= float32(averaged)
	}
	for i := range sumBias {
		sumBias[i] /= float32(averaged)
	}
	for i := range sum {
		sum[i] *= s.scales[i/k]
	}
	return t.quantise(sum, sumBias)
}

type descent struct {
	Training
	k, shift    int
	w, g        []float32 // weights by row and class, and their sums of squared gradients
	bias, biasG []float32
	p           []float32
	scales      []float32 // by row: how much it tells beforehand
}

func (s *descent) step(e *Example) {
	if len(e.Hashes) == 0 {
		return
	}
	among := e.Among
	if among == 0 {
		among = 1<<s.k - 1
	}
	n := float32(norm(len(e.Hashes)))
	copy(s.p, s.bias)
	for _, h := range e.Hashes {
		row := s.w[int(h>>s.shift)*s.k:][:s.k]
		x := n * s.scales[h>>s.shift]
		for c, w := range row {
			s.p[c] += w * x
		}
	}
	s.gradient(among, e.Class)
	weight := e.Weight
	if weight == 0 {
		weight = 1
	}
	for c := range s.p {
		s.p[c] *= weight
		s.biasG[c] += s.p[c] * s.p[c]
		s.bias[c] -= s.Rate * s.p[c] / (1e-6 + sqrt(s.biasG[c]))
	}
	for _, h := range e.Hashes {
		at := int(h>>s.shift) * s.k
		row, squares := s.w[at:][:s.k], s.g[at:][:s.k]
		x := n * s.scales[h>>s.shift]
		for c := range row {
			if s.p[c] == 0 {
				continue
			}
			d := s.p[c]*x + s.Decay*row[c]
			squares[c] += d * d
			row[c] -= s.Rate * d / (1e-6 + sqrt(squares[c]))
		}
	}
}

// tell measures how unevenly each row is spread over the classes: the largest
// log-ratio of its share in a class to that in the rest (Wang and Manning 2012).
func (t Training) tell(list []Example) []float32 {
	k, shift := len(t.Classes), 32-t.Bits
	out := make([]float32, 1<<t.Bits)
	if t.Smooth == 0 {
		for i := range out {
			out[i] = 1
		}
		return out
	}
	counts, totals := make([]float32, k<<t.Bits), make([]float32, k)
	for i := range list {
		e := &list[i]
		for _, h := range e.Hashes {
			counts[int(h>>shift)*k+e.Class]++
		}
		totals[e.Class] += float32(len(e.Hashes))
	}
	all := float32(0)
	for _, n := range totals {
		all += n
	}
	for i := range out {
		row := counts[i*k:][:k]
		seen := float32(0)
		for _, n := range row {
			seen += n
		}
		for c, n := range row {
			r := math.Log(float64((n + t.Smooth) / (totals[c] + t.Smooth) / ((seen - n + t.Smooth) / (all - totals[c] + t.Smooth))))
			out[i] = max(out[i], float32(math.Abs(r)))
		}
	}
	return out
}

// gradient turns the logits in p into p − target, zero outside among.
func (s *descent) gradient(among uint16, class int) {
	high, sum := float32(math.Inf(-1)), float32(0)
	for c, x := range s.p {
		if among>>c&1 != 0 {
			high = max(high, x)
		}
	}
	for c, x := range s.p {
		s.p[c] = 0
		if among>>c&1 != 0 {
			s.p[c] = float32(math.Exp(float64(x - high)))
			sum += s.p[c]
		}
	}
	for c := range s.p {
		s.p[c] /= sum
	}
	s.p[class]--
}

func sqrt(x float32) float32 { return float32(math.Sqrt(float64(x))) }

// clip is the share of weights, the largest, that int8 cuts off: a handful of
// outliers would cost all others their resolution.
const clip = 1e-4

// quantise writes weights as int8.
func (t Training) quantise(w, bias []float32) *Model {
	k := len(t.Classes)
	top := float64(quantile(w, clip))
	m := &Model{
		Name: t.Name, Classes: t.Classes, Bits: t.Bits, Scale: top / 127, Bias: make([]float64, k), Temperature: 1, Sets: t.Sets,
		rows: newRows(k, t.Bits),
	}
	for c := range bias {
		m.Bias[c] = float64(bias[c])
	}
	if top == 0 {
		return m
	}
	for i, x := range w {
		m.rows.set(i/k, i%k, int(math.Round(max(-127, min(127, float64(x)/m.Scale)))))
	}
	return m
}

// quantile is the size that only the given share of weights exceeds.
func quantile(w []float32, share float64) float32 {
	const bins = 4096
	high := float32(0)
	for _, x := range w {
		high = max(high, x, -x)
	}
	if high == 0 {
		return 0
	}
	var count [bins + 1]int
	set := 0
	for _, x := range w {
		if x != 0 {
			count[int(max(x, -x)/high*bins)]++
			set++
		}
	}
	left := int(share * float64(set))
	for b := bins; b > 0; b-- {
		if left -= count[b]; left < 0 {
			return high * float32(b) / bins
		}
	}
	return high
}
