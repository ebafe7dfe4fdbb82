// Package channel is the contract of the ways of telling people: a channel
// takes one message and says itself whether it arrived, is worth trying again,
// or never will. It refuses to pass on addresses and secrets in its reasons.
package channel

import (
	"context"
	"slices"
	"time"

	"huiying"
)

// Message is what a person reads. It holds no personal data and no secret:
// level, rule, platform, case number, time and a link.
type Message struct {
	DeliveryID string // the same for every attempt; receivers drop repeats by it
	AlertID    string
	Level      huiying.Level
	Title      string
	Lines      []string
	Link       string // "" where the office's public address is not set
	LinkText   string
	Address    string   // the person's address on the channel, if it needs one
	Also       []string // further addresses, of a digest for several people over one robot
	Person     string   // the person's id on this system
	Lang       string   // "zh" or "en"
	CaseNo     string
	At         time.Time // when the alert was raised, in the office zone
	Digest     []Item    // the deliveries this message stands for; none = itself
	Files      []File    // over a Carrier alone
	Instead    string    // what the reader is told where the files are too big to go along
}

// File is a document that goes with a message.
type File struct {
	Name string // as the reader saves it, with its ending
	Type string // the media type
	Body []byte
}

// Carrier is a channel whose messages can have files with them. It says itself
// in its Outcome whether they went along.
type Carrier interface {
	Channel
	// Carries reports that it is set to take files at all.
	Carries() bool
}

// Item is one delivery of a digest.
type Item struct {
	DeliveryID string        `json:"delivery_id"`
	AlertID    string        `json:"alert_id"`
	Level      huiying.Level `json:"level"`
	CaseNo     string        `json:"case_no"`
	Person     string        `json:"person"`
	RaisedAt   time.Time     `json:"raised_at"`
}

// Addressed lists the addresses the message is for.
func (m Message) Addressed() []string {
	var list []string
	for _, a := range append([]string{m.Address}, m.Also...) {
		if a != "" && !slices.Contains(list, a) {
			list = append(list, a)
		}
	}
	return list
}

// Channel is one way of telling people. Send returns when the provider has
// answered or ctx ends; it is safe for concurrent use.
type Channel interface {
	Send(ctx context.Context, m Message) Outcome
}

// Result is what became of one attempt.
type Result string

// The results.
const (
	Accepted Result = "accepted" // the provider took it
	Retry    Result = "retry"    // not now; the same message later
	Refused  Result = "refused"  // never over this channel; another one at once
)

// Outcome is the channel's own judgement of one attempt.
type Outcome struct {
	Result     Result
	RetryAfter time.Duration // the least wait the provider asks for; 0 = its own choice
	Code       string        // the provider's own: an HTTP status, an error code of its body, an SMTP reply
	Reason     error         // why not accepted: a huiying.Error without address, secret or URL
	Left       bool          // accepted, but the message's files were too big and stayed behind
}
