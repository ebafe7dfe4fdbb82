package query

import (
	"time"

	"huiying"
)

// QuietPreview is what quiet hours would have held back of what went to a person.
type QuietPreview struct {
	Days   int
	Held   int // deliveries that would have waited
	Levels map[huiying.Level]int
	Red    int        // told all the same, because they are red
	Duty   int        // told all the same, because the person was on duty
	Hits   []QuietHit // the newest of those held
	// DutyUntil is until when the person is on duty now; zero = is not.
	DutyUntil time.Time
}

// Unlisted is how many of those held the list leaves out.
func (p QuietPreview) Unlisted() int { return p.Held - len(p.Hits) }

// QuietHit is a delivery that quiet hours would have held.
type QuietHit struct {
	Delivery string
	Level    huiying.Level
	Rule     string // its name
	Case     string // "" = none
	At       time.Time
	Until    time.Time
}
