package query

import "time"

// Term is one thing with its two names.
type Term struct {
	English, Chinese string
	Means            string // in English
}

// Metric is one series of /metrics, in the program's own words.
type Metric struct {
	Name, Kind, Help string
}

// Stages of what happens to a post, in their order.
const (
	StageGather  = "gather"
	StageAnalyse = "analyse"
	StageArchive = "archive"
	StageAlert   = "alert"
	StageCase    = "case"
	StageRecord  = "record"
)

// Stage is one of them, and how far it is behind now.
type Stage struct {
	Key     string    // catalogue key "web.help.stage." + Key
	Last    time.Time // when something last came through; zero = never
	Waiting int       // what has not come through; Unknown where it is not known here
	Since   time.Time // when the oldest of them came; zero = not known, or nothing waits
}

// Unknown is a count that this process does not know.
const Unknown = -1
