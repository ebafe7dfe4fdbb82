package query

import (
	"time"

	"huiying"
)

// Parked is a message that a step could not deal with, again and again, and
// that was put aside so that everything else goes on. What it holds is not
// shown: it may be a citizen's words.
type Parked struct {
	Seq      uint64    `json:"seq" doc:"Its number among the parked messages"`
	Room     string    `json:"room" doc:"The step that failed, such as analyzer or archive"`
	Subject  string    `json:"subject" doc:"Where it was published"`
	ID       string    `json:"id" doc:"Its id, of a post the post's"`
	Attempts int       `json:"attempts" doc:"Deliveries that failed"`
	Error    string    `json:"error" doc:"Of the last one, as logged"`
	At       time.Time `json:"at" doc:"When it was put aside"`
	Bytes    int       `json:"bytes"`
}

// ParkedList is the oldest parked messages and how many there are.
type ParkedList struct {
	Total int      `json:"total"`
	List  []Parked `json:"parked"`
}

// What may be done with a parked message.
const (
	ParkedReplay  = "replay"  // to the one step that failed, as if for the first time
	ParkedDiscard = "discard" // for good
)

// SettleParked is an order about one parked message, or about all of a room.
type SettleParked struct {
	Action string // ParkedReplay or ParkedDiscard
	Room   string
	Seq    uint64 // 0 = all of the room
	Reason string // required to discard
	Actor  huiying.Actor
}
