package query

import "time"

// Pulse is what posts were about lately, and when people write.
type Pulse struct {
	Words []CountValue // hot words of the last day, each with how many posts a search for it finds
	Heat  Heat
}

// Heat is posts by weekday and hour of the office's clock.
type Heat struct {
	From, To time.Time  // whole weeks, half-open
	Count    [7][24]int // Monday first
	Total    int
}
