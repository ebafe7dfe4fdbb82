package events

import (
	"time"

	"huiying/internal/query"
)

// How many hours one bar of a trend stands for.
const (
	byDay   = 24
	byHours = 4
)

// Trend is the posts of the last week as bars, and in words for whoever does
// not see them.
type Trend struct {
	Width, Height int
	Bars          []Bar
	Days          []Day // the oldest first
	Most          int   // of one bar
}

// Bar is one bar, in the picture's units.
type Bar struct{ X, Y, W, H int }

// Lately is how many posts an event had in the last 24 hours.
func (r Row) Lately() int { return lately(r.Topic) }

// Day is the posts of one of the last seven times 24 hours.
type Day struct {
	From time.Time
	N    int
}

const (
	height = 32
	width  = 6 // of a bar with its gap
)

// trend draws the hours of an event.
func (s *Pages) trend(t query.Topic, every int) (out Trend) {
	now := s.o.Now()
	for from := 0; from+byDay <= len(t.Hours); from += byDay {
		ago := time.Duration(len(t.Hours)-from) * time.Hour
		out.Days = append(out.Days, Day{now.Add(-ago), sum(t.Hours[from : from+byDay])})
	}
	var counts []int
	for from := 0; from+every <= len(t.Hours); from += every {
		counts = append(counts, sum(t.Hours[from:from+every]))
		out.Most = max(out.Most, counts[len(counts)-1])
	}
	out.Width, out.Height = width*len(counts), height
	for i, n := range counts {
		if n == 0 {
			continue
		}
		h := max(height*n/out.Most, 2)
		out.Bars = append(out.Bars, Bar{X: i * width, Y: height - h, W: width - 1, H: h})
	}
	return out
}

func sum(list []int) (n int) {
	for _, v := range list {
		n += v
	}
	return n
}
