package query

import (
	"time"

	"huiying"
)

// StudyPost is what the study of a topic reads of one of its posts. It holds
// nothing of who wrote it.
type StudyPost struct {
	N           int64
	ID          string
	At          time.Time // published where that is known to the minute, else first seen
	Platform    string
	Under       string // the post it was written under
	DuplicateOf string
	Intent      string // as a person corrected it, else as judged; "" = nobody is sure
	Sentiment   string // likewise
	Words       []string
	Spread      int64 // reposts and comments as the platform counts them
	Official    bool  // by a government account
	Gone        bool  // deleted, or its words were removed by law
}

// Study is a topic with what was written about it and done for it.
type Study struct {
	Posts   []StudyPost // the earliest first
	More    bool        // there are more than MostStudied; these are the earliest
	Cases   []huiying.Case
	Pins    []TopicPin
	Summary []TopicSummary // the newest first, those of merged topics behind them
}

// MostStudied is how many posts of a topic are studied.
const MostStudied = 20_000

// TopicPin is a post that an officer put on the timeline of its topic.
type TopicPin struct {
	Post string
	By   string
	At   time.Time
}

// TopicSummary is one version of what an officer wrote about a topic.
type TopicSummary struct {
	Of      string // the topic it was written about, which was merged into this one; "" = this one
	Version int
	Text    string
	By      string
	At      time.Time
}

// NewTopicSummary is a version to be kept after the one its author had read.
type NewTopicSummary struct {
	Topic, Text string
	Read        int // the version that was read; 0 = none
	Actor       huiying.Actor
}

// PastTopic is a topic that another may be compared with.
type PastTopic struct {
	ID    string
	Title string // as a person named it last, "" when nobody did
	First string // id of its first post
	Size  int
}
