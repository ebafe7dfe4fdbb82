package query

import "time"

// What posts can be filtered and counted by.
const (
	ByLevel     = "level"
	BySource    = "source"
	ByPlatform  = "platform"
	BySentiment = "sentiment"
	ByIntent    = "intent"
	ByRule      = "rule"
	ByPlace     = "place"
	ByVerified  = "verified"
	ByCase      = "case" // yes, no
	ByPeriod    = "period"
	ByState     = "state" // of cases alone, as ByUnit
	ByUnit      = "unit"
)

// PostFacets lists what posts are filtered and counted by, but for the period.
func PostFacets() []string {
	return []string{ByLevel, BySource, ByPlatform, BySentiment, ByIntent, ByRule, ByPlace, ByVerified, ByCase}
}

// PostSearch says which posts to find and what to count.
type PostSearch struct {
	Scope    Scope
	Text     string              // in the language of docs/search.md
	Choices  map[string][]string // by facet; a post must have one of the values of each
	Tagged   bool                // only posts that a rule holds for
	From, To time.Time           // of collection, half-open
	Periods  map[string]time.Time

	Relevance bool  // the most fitting first, else the newest
	After     int64 // only rows whose N is greater
	Before    int64 // the newest first: only rows whose N is smaller
	Skip      int   // the most fitting first: so many are left out
	Limit     int   // 0 = 50
	Uncounted bool  // only the posts are wanted: nothing is counted beyond them
}

// PostsFound is one page of posts with the counts beside it.
type PostsFound struct {
	PostList
	Hits   map[int64]Hits          // by PostRow.N
	Counts map[string][]CountValue // by facet, the most frequent first; each as if it were not filtered by
	Short  bool                    // only the newest hits of the words were looked through
	Index  IndexState
}

// Hits are where the words of a question stand, in half-open ranges of runes.
type Hits struct{ Title, Text [][2]int }

// CountValue is how many posts have a value.
type CountValue struct {
	Label string // its name where only the store knows it, "" = none
	Value string
	N     int
	More  bool // there are more than N
}

// IndexState is how far the index is with what was there before it.
type IndexState struct {
	Done    bool
	Percent int
}
