package query

// Measure is a response figure of a period: a rate with its counts, or a
// duration with its quantiles in seconds. What cannot be measured is absent.
type Measure struct {
	ID            string   `json:"id" example:"on_time_honest"`
	Name          string   `json:"name"`
	Formula       string   `json:"formula"`
	Numerator     int      `json:"numerator"`
	Denominator   int      `json:"denominator"`
	Rate          *float64 `json:"rate,omitempty" doc:"0 to 1; absent for durations and where there is nothing to measure"`
	MedianSeconds *float64 `json:"median_seconds,omitempty"`
	P90Seconds    *float64 `json:"p90_seconds,omitempty"`
	MaxSeconds    *float64 `json:"max_seconds,omitempty"`
	In            []string `json:"in" doc:"Numbers of the cases in the numerator"`
	Out           []string `json:"out" doc:"Numbers of those in the denominator alone"`
}
