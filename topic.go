package huiying

import (
	"strconv"
	"time"
)

// Actions of TopicChange, the last token of its subject huiying.topic.<action>.
const (
	TopicBurst = "burst"
)

// TopicChange says that a topic, a rule or a place has suddenly more posts than
// usual, or no longer has. docs/events.md is its contract; fields are only ever
// added.
type TopicChange struct {
	Action    string    `json:"action"`
	Key       string    `json:"key"`   // topic/<id>, rule/<id> or place/<name>
	State     string    `json:"state"` // burst, over
	At        time.Time `json:"at"`
	Since     time.Time `json:"since,omitzero"` // first hour of the burst
	Hours     int       `json:"hours"`          // window that tells the most: the last so many hours
	Count     int       `json:"count"`          // posts in it
	Expected  float64   `json:"expected"`       // posts that were to be expected
	P         float64   `json:"p"`              // chance of so many or more
	Topic     string    `json:"topic,omitempty"`
	Title     string    `json:"title,omitempty"`   // as a person named it
	Typical   string    `json:"typical,omitempty"` // id of the most typical post
	Size      int       `json:"size,omitempty"`
	Voices    int       `json:"voices,omitempty"`
	Platforms []string  `json:"platforms,omitempty"`
	Stage     string    `json:"stage,omitempty"` // rise, peak, fall
}

// MessageID is the same for the same change, told twice.
func (c TopicChange) MessageID() string {
	return DeriveID("s-", c.Key+"|"+c.State+"|"+strconv.FormatInt(c.Since.Unix(), 10))
}
