package cluster

import (
	"math"
	"slices"
	"strings"
	"time"
)

// Stage says where an event is in its life.
type Stage string

// The stages, judged by the posts of the last 24 hours.
const (
	Rise Stage = "rise" // half as many again as in the 24 hours before, and never more in the week
	Peak Stage = "peak" // neither of the others
	Fall Stage = "fall" // at most half of the most in any 24 hours of the week
)

const (
	maxTitle = 80 // characters
	maxSaid  = 40 // of a text that stands for a title
)

// Facts are what is kept of an event as it is told.
type Facts struct {
	ID        string    `json:"id"`
	Title     string    `json:"title"`           // of its most typical post, or as a person named it
	Named     bool      `json:"named,omitempty"` // a person named it
	First     time.Time `json:"first"`
	Last      time.Time `json:"last"`
	Size      int       `json:"size"` // posts
	Platforms []string  `json:"platforms,omitempty"`
	Aliases   []string  `json:"aliases,omitempty"` // ids of events merged into it
	Apart     []string  `json:"apart,omitempty"`   // ids of events that a person took apart from it
}

// Event is what is known of an open event at a time.
type Event struct {
	Facts
	Voices int       `json:"voices"` // about how many authors, within some 6 %
	Hours  [week]int `json:"hours"`  // posts of the last 168 hours, the last of them the hour of the time
	Stage  Stage     `json:"stage"`
	// Typical is the id of the post nearest to what all of them say; "" = not
	// known.
	Typical string `json:"typical,omitempty"`
}

// Event gives an open event as it stands at a time, by its id or that of one
// merged into it.
func (b *Book) Event(id string, now time.Time) (Event, bool) {
	e := b.events[id]
	if e == nil {
		return Event{}, false
	}
	v := Event{Facts: e.Facts, Voices: e.voices()}
	v.Platforms, v.Aliases, v.Apart = slices.Clone(e.Platforms), slices.Clone(e.Aliases), slices.Clone(e.Apart)
	for i := range v.Hours {
		if h := hourOf(now) - week + 1 + int64(i); h <= e.Hour && h > e.Hour-week {
			v.Hours[i] = int(e.Hours[ofWeek(h)])
		}
	}
	v.Stage = stageOf(v.Hours)
	if e.Typical != nil {
		v.Typical = e.Typical.ID
	}
	return v, true
}

// Reach is how far an open event has got at a time: about how many authors, on
// how many platforms, with how many posts in this hour and the one before.
func (b *Book) Reach(id string, now time.Time) (voices, platforms, posts int) {
	e := b.events[id]
	if e == nil {
		return 0, 0, 0
	}
	for h := hourOf(now) - 1; h <= hourOf(now); h++ {
		if h <= e.Hour && h > e.Hour-week {
			posts += int(e.Hours[ofWeek(h)])
		}
	}
	return e.voices(), len(e.Platforms), posts
}

// Open gives the ids of the open events, the one used last first.
func (b *Book) Open() []string {
	var out []string
	for at := b.order.Back(); at != nil; at = at.Prev() {
		out = append(out, at.Value.(*event).ID)
	}
	return out
}

func stageOf(hours [week]int) Stage {
	const day = 24
	var ends [week]int // posts of 24 hours by their end
	sum, most := 0, 0
	for i, n := range hours {
		if sum += n; i >= day {
			sum -= hours[i-day]
		}
		ends[i], most = sum, max(most, sum)
	}
	switch last, before := ends[week-1], ends[week-1-day]; {
	case 2*last <= most:
		return Fall
	case last == most && 2*last >= 3*before:
		return Rise
	}
	return Peak
}

// voices estimates how many authors there are.
func (e *event) voices() int {
	sum, empty := 0.0, 0
	for _, r := range e.Ranks {
		sum += math.Float64frombits(uint64(1023-int(r)) << 52) // 2^-r
		if r == 0 {
			empty++
		}
	}
	estimate := 0.7213 / (1 + 1.079/registers) * registers * registers / sum
	if estimate <= 2.5*registers && empty > 0 {
		estimate = registers * math.Log(registers/float64(empty))
	}
	return int(math.Round(estimate))
}

// title is what a post calls itself, or the first characters of its text.
func (b *Book) title(p Post) string {
	if b.mute {
		return ""
	}
	said := ""
	if p.Title != nil {
		said = short(p.Title.Received, maxTitle)
	}
	if said == "" && p.Text != nil {
		said = short(p.Text.Received, maxSaid)
	}
	return said
}

// short is the beginning of a text as one line.
func short(s string, most int) string {
	line := strings.Join(strings.Fields(strings.ToValidUTF8(s[:min(len(s), 8*most)], "")), " ")
	if runes := []rune(line); len(runes) > most {
		return string(runes[:most])
	}
	return line
}
