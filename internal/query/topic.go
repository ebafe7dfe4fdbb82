package query

import (
	"time"

	"huiying"
)

// Topic is a matter that several posts are about, as it stands.
type Topic struct {
	ID        string    `json:"id"`
	Title     string    `json:"title" doc:"As a person named it; empty when nobody did"`
	First     time.Time `json:"first" doc:"Collection of its first post"`
	Last      time.Time `json:"last"`
	Size      int       `json:"size" doc:"Posts"`
	Voices    int       `json:"voices" doc:"Authors, within some 6 %"`
	Platforms []string  `json:"platforms"`
	Stage     string    `json:"stage" enum:"rise,peak,fall"`
	Hours     []int     `json:"hours" doc:"Posts of the last 168 hours, the last of them the present one"`
	Typical   string    `json:"typical" doc:"Id of its most typical post"`
	Merged    []string  `json:"merged" doc:"Ids of topics that were merged into it"`
}

// TopicDecision is what a person decided of a topic.
type TopicDecision struct {
	Action string    `json:"action" enum:"merged,split,renamed,added,left" doc:"left: posts of it were added to another"`
	Topic  string    `json:"topic" doc:"Merged into, the new one of a split, renamed, added to, or left"`
	Other  string    `json:"other" doc:"The topic that went, was split, or that posts were added to"`
	Title  string    `json:"title"`
	Posts  int       `json:"posts" doc:"That a split took, or that were added"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

// NewTopicDecision is a decision to be carried out.
type NewTopicDecision struct {
	Action string   // merged, split, added or renamed
	Topic  string   // merged into, split, added to, or renamed
	From   string   // of a merge: the topic that goes
	Posts  []string // of a split: those that are taken out; those that are added
	Title  string   // of a split or renaming
	Actor  huiying.Actor
}
