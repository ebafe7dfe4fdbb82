package drill

import (
	"context"
	"time"

	"huiying"
)

// Truth is what the service has stored; app answers it from SQL. The drill
// compares it with what the replica has served and the receiver has taken.
type Truth interface {
	// Archived lists every archived post as its newest revision stands.
	Archived(ctx context.Context) ([]Archived, error)
	// Deliveries lists every delivery of every alert.
	Deliveries(ctx context.Context) ([]huiying.Delivery, error)
	// Alerts lists every alert.
	Alerts(ctx context.Context) ([]huiying.Alert, error)
	// Totals counts the rest.
	Totals(ctx context.Context) (Totals, error)
}

// Archived is one row of the archive.
type Archived struct {
	ID      string // of the post
	Edited  bool
	Deleted bool
	Answers int
	Level   huiying.Level // of the judgement
	Rule    string        // of the top tag, huiying.Untagged for none
}

// Totals are counts the scoreboard shows.
type Totals struct {
	Events       int                       // revisions of posts that were judged
	Cases        map[huiying.CaseState]int // how many cases stand where
	Acknowledged int                       // alerts that were acknowledged, by link or as a step of their case
	OpenTopics   []string                  // topic of every open case, repeated where two are open for one
}

// Seconds are durations told in seconds.
type Seconds struct {
	Median float64 `json:"median"`
	P99    float64 `json:"p99"`
}

// Scoreboard is how the drill went; its JSON is what `drill --json` ends with.
// Lost counts posts that were served but never archived in the form served,
// alerts that were owed but not raised, and deliveries that did not reach the
// receiver. Duplicated counts second rows, alerts, deliveries or open cases
// for one cause; the same delivery sent again is none.
type Scoreboard struct {
	PostsServed        int                       `json:"posts_served"`
	PostsCollected     int                       `json:"posts_collected"`
	Events             int                       `json:"events"`
	Tagged             int                       `json:"tagged"`
	AlertsRaised       int                       `json:"alerts_raised"`
	AlertsDelivered    int                       `json:"alerts_delivered"`
	AlertsAcknowledged int                       `json:"alerts_acknowledged"`
	Cases              map[huiying.CaseState]int `json:"cases"`
	PostToAlert        Seconds                   `json:"post_to_alert_seconds"`
	Lost               int                       `json:"lost"`
	Duplicated         int                       `json:"duplicated"`

	LostWhat       []string `json:"-"` // ids of what was lost
	DuplicatedWhat []string `json:"-"` // what stands there twice
	Unsettled      int      `json:"-"` // deliveries still under way
}

// delay is how long after a post was collected its alert was in the
// receiver's hands.
func delay(a huiying.Alert, arrived time.Time) float64 {
	return max(arrived.Sub(a.AcceptedAt).Seconds(), 0)
}
