package query

import (
	"time"

	"huiying"
)

// InboxLater is what is done with several items of the inbox that are put off;
// AsideFalseAlarm and AsideWatch are the other two.
const InboxLater = "later"

// MaxInbox is how many items of the inbox are decided on in one go.
const MaxInbox = 50

// MaxInboxReason bounds the reason of a decision on items, in characters.
const MaxInboxReason = 200

// InboxSeen is an item of the inbox as somebody saw it: "case:HY…" with its
// version, "post:weibo:…" with its revision.
type InboxSeen struct{ Item, Seen string }

// NewLater puts an item of the inbox off.
type NewLater struct {
	InboxSeen
	Until  time.Time
	Reason string // may be ""
	Actor  huiying.Actor
}

// Later is an item that somebody put off.
type Later struct {
	InboxSeen
	Until  time.Time
	Reason string
	By     string
	At     time.Time
}

// Holder is somebody who has an item of the inbox open.
type Holder struct {
	Item, Person string
	Since, Until time.Time
}

// InboxStanding is what people have done about items that still wait.
type InboxStanding struct {
	Later map[string]Later    // by item
	Open  map[string][]Holder // by item
}

// InboxBulk decides on several items of the inbox in one way.
type InboxBulk struct {
	Action string // AsideFalseAlarm, AsideWatch or InboxLater
	Items  []InboxSeen
	Reason string    // "" only with InboxLater
	Until  time.Time // with InboxLater
	Actor  huiying.Actor
}

// InboxResult is what became of one item; Err nil = done.
type InboxResult struct {
	Item string
	Err  error
}

// LaterChoice is a time until which an item may be put off.
type LaterChoice struct {
	Name  string // hour, afternoon, morning
	Until time.Time
}

// LaterChoices are the times that pages offer; this afternoon only while it is
// still to come. now is in the office zone.
func LaterChoices(now time.Time) []LaterChoice {
	at := func(days, hour, minute int) time.Time {
		return time.Date(now.Year(), now.Month(), now.Day()+days, hour, minute, 0, 0, now.Location())
	}
	out := []LaterChoice{{"hour", now.Add(time.Hour)}}
	if afternoon := at(0, 14, 30); now.Before(afternoon) {
		out = append(out, LaterChoice{"afternoon", afternoon})
	}
	return append(out, LaterChoice{"morning", at(1, 8, 30)})
}

// OpeningBulk opens cases of several posts.
type OpeningBulk struct {
	Posts    []string
	Together bool   // one case of all of them, else each its own
	Unit     string // required
	Owner    string
	Note     string
	Actor    huiying.Actor
}

// OpeningResult is what became of one post; Err nil = it belongs to the case.
type OpeningResult struct {
	Post, CaseNo string
	Err          error
}
