package query

import "time"

// RetentionRun is one run over the posts without a case whose time was over.
type RetentionRun struct {
	At      time.Time `json:"at"` // when it began
	By      string    `json:"by"`
	Slices  int       `json:"slices"` // signed rows
	Posts   int       `json:"posts"`
	From    time.Time `json:"from"` // when the first of them was collected
	To      time.Time `json:"to"`
	SweptAt time.Time `json:"swept_at,omitzero"` // zero: copies outside the database are being removed
}

// Retention is how long kinds of things are kept, and what went by it.
type Retention struct {
	File     string         `json:"file"` // name of the configuration, "" = none
	Settings []Setting      `json:"settings"`
	LastAt   time.Time      `json:"last_at,omitzero"`   // when the last whole run began
	OldestAt time.Time      `json:"oldest_at,omitzero"` // collection of the oldest post that has its words and no case
	Runs     []RetentionRun `json:"runs"`               // that took anything, the newest first
}

// RetentionYear are posts of a platform that were collected in a year.
type RetentionYear struct {
	Year     int
	Platform string
	Posts    int // whose time is over
	Kept     int // whose time is over, but that people keep
}

// RetentionDue is what a run would take: posts that were collected before.
type RetentionDue struct {
	Before time.Time
	Years  []RetentionYear
}
