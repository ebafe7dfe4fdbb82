package query

import (
	"time"

	"huiying"
	"huiying/internal/locale"
)

// DeliveryFilter chooses deliveries; "" = any.
type DeliveryFilter struct {
	State   huiying.DeliveryState
	Channel string
	CaseNo  string
	Before  time.Time // made earlier; zero = from the newest
	After   string    // of those made at Before itself, the ids behind this one as well
	Limit   int
}

// DeliveryPage is one delivery with its ledger.
type DeliveryPage struct {
	Delivery huiying.Delivery
	Attempts []huiying.Attempt
	Units    []string // whose matter it is: the alert's unit, and the case's by now
}

// Receipt is what a provider reports of a delivery after it took it.
type Receipt struct {
	Failed   bool // it will not arrive; else it arrived
	At       time.Time
	Code     string
	Sentence string
}

// Standing is how many deliveries of a channel wait, and how many died.
type Standing struct {
	Waiting int `json:"waiting"`
	Dead    int `json:"dead"`
}

// Resend says what is to be sent anew: one dead letter, or all of a channel.
type Resend struct {
	Delivery string
	Channel  string
	By       string
}

// Rate is so many messages in any window of that length.
type Rate struct {
	Messages int `json:"messages"`
	Seconds  int `json:"seconds"`
}

// ChannelRow is one channel as the administrator sees it. It holds no address
// and no secret.
type ChannelRow struct {
	ID         string          `json:"id"`
	Kind       string          `json:"kind"`
	Limits     []Rate          `json:"limits"`      // none = no limit
	PerAddress bool            `json:"per_address"` // the limits are of each address on it
	StatedAt   string          `json:"stated_at"`   // where the provider says so
	Receipts   bool            `json:"receipts"`    // its provider may report what arrived
	LastTrial  huiying.Attempt `json:"last_trial"`  // zero = never tried
	Standing
}

// TrialOf says what is to be tried by whom.
type TrialOf struct {
	Channel string
	Address string // "" = the person's own on the channel
	By      huiying.Person
	Lang    locale.Lang // of the answer
}

// Trial is a message that tried a channel, and what the provider said.
type Trial struct {
	ID       string `json:"id"`
	Channel  string `json:"channel"`
	Accepted bool   `json:"accepted"`
	Code     string `json:"code"`
	Sentence string `json:"sentence"`
	Took     int64  `json:"took_ms"`
}
