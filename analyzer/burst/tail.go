package burst

import "math"

// Tail is the chance that a negative-binomial count is count or more:
//
//	P(X = k) = Γ(k+r) / (Γ(r) k!) · (r/(r+m))^r · (m/(r+m))^k
//
// with mean m and shape r > 0, so that the variance is m + m²/r (NB2 in Hilbe,
// Negative Binomial Regression). The first term comes from math.Lgamma, each
// other one from its neighbour; the side is summed that is shorter. For shapes
// up to 1e4 it is good to 1e-8 of itself or 1e-12; less than 1e-300 is 0.
func Tail(count int, mean, shape float64) float64 {
	if count <= 0 {
		return 1
	}
	if !(mean > 0) {
		return 0
	}
	// Above the mean each term is less than limit times the one before, and so is
	// what remains, less than a geometric series.
	n, q := float64(count), mean/(mean+shape)
	limit := max(q, q*(n+shape)/(n+1))
	if n <= mean || 30/(1-limit) > 1000+10*n {
		return max(0, 1-below(count, mean, shape))
	}
	term := mass(count, mean, shape)
	if term < 1e-300 {
		return 0 // products of such numbers lose their digits
	}
	sum := term
	for ; term*limit > 1e-13*sum*(1-limit); n++ {
		term *= q * (n + shape) / (n + 1)
		sum += term
	}
	return min(1, sum)
}

// below is the chance of less than count.
func below(count int, mean, shape float64) float64 {
	q := mean / (mean + shape)
	term := mass(count-1, mean, shape)
	sum := term
	for k := float64(count - 1); k > 0; k-- {
		term *= k / (q * (k - 1 + shape))
		sum += term
	}
	return sum
}

// mass is the chance of exactly k.
func mass(k int, mean, shape float64) float64 {
	x := float64(k)
	a, _ := math.Lgamma(x + shape)
	b, _ := math.Lgamma(shape)
	c, _ := math.Lgamma(x + 1)
	return math.Exp(a - b - c - shape*math.Log1p(mean/shape) - x*math.Log1p(shape/mean))
}
