package burst

// Ends are those of a band of that mean and spread.
func Ends(mean, spread float64) (low, high int) {
	return expectation{mean: mean, spread: spread}.ends()
}
