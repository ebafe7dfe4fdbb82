package huiying

import (
	"strconv"
	"time"
)

// Actions of TopicChange, the last token of its subject huiying.topic.<action>.
const (
	TopicCreated = "created"
	TopicRaised  = "raised"
	TopicMerged  = "merged"
	TopicSplit   = "split"
	TopicRenamed = "renamed"
	TopicAdded   = "added"
	TopicBurst   = "burst"
)

// TopicChange says what became of a topic: it began, has its first post of a
// higher level, was merged, split, renamed or added to by a person; or that a
// topic, a rule or a place has suddenly more posts than usual, or no longer has.
// docs/events.md is its contract; fields are only ever added.
type TopicChange struct {
	Action    string    `json:"action"`
	Key       string    `json:"key"`             // topic/<id>, rule/<id> or place/<name>
	State     string    `json:"state,omitempty"` // of a burst: burst, over
	At        time.Time `json:"at"`
	Since     time.Time `json:"since,omitzero"`     // first hour of the burst
	Hours     int       `json:"hours,omitempty"`    // window that tells the most: the last so many hours
	Count     int       `json:"count,omitempty"`    // posts in it
	Expected  float64   `json:"expected,omitempty"` // posts that were to be expected
	P         float64   `json:"p,omitempty"`        // chance of so many or more
	Topic     string    `json:"topic,omitempty"`    // of a split the new one
	From      string    `json:"from,omitempty"`     // the topic merged into it, or that it was split from
	Posts     []string  `json:"posts,omitempty"`    // ids of the posts that a split took, that were added, or the one that raised it
	Was       Level     `json:"was,omitempty"`      // of one raised: the most urgent level before
	Level     Level     `json:"level,omitempty"`    // and now
	By        string    `json:"by,omitempty"`       // who merged, split, renamed or added to it
	Title     string    `json:"title,omitempty"`    // as a person named it
	Typical   string    `json:"typical,omitempty"`  // id of the most typical post
	Size      int       `json:"size,omitempty"`
	Voices    int       `json:"voices,omitempty"`
	Platforms []string  `json:"platforms,omitempty"`
	Stage     string    `json:"stage,omitempty"` // rise, peak, fall
}

// MessageID is the same for the same change, told twice.
func (c TopicChange) MessageID() string {
	said := c.Action + "|" + c.Topic
	switch c.Action {
	case TopicBurst:
		said = c.Key + "|" + c.State + "|" + strconv.FormatInt(c.Since.Unix(), 10)
	case TopicMerged:
		said += "|" + c.From
	case TopicRaised:
		said += "|" + string(c.Level)
	case TopicRenamed:
		said += "|" + c.Title + "|" + strconv.FormatInt(c.At.UnixNano(), 10)
	case TopicAdded:
		said += "|" + strconv.FormatInt(c.At.UnixNano(), 10)
	}
	return DeriveID("s-", said)
}
