package huiying

import "time"

// Alert is one cause for telling people: a post at a level under a rule, or a
// case that is given to somebody (PostID is "" then).
type Alert struct {
	ID         string    `json:"id"` // AlertID
	PostID     string    `json:"post_id"`
	PostURL    string    `json:"post_url"`
	Platform   string    `json:"platform"`
	Rule       string    `json:"rule"`
	RuleName   string    `json:"rule_name"`
	Level      Level     `json:"level"`
	Unit       string    `json:"unit"` // "" where nobody was named
	Topic      string    `json:"topic"`
	CaseNo     string    `json:"case_no"`         // "" below orange
	Cause      string    `json:"cause,omitempty"` // the step of the case it tells of; "" for a post and an assignment
	AcceptedAt time.Time `json:"accepted_at"`     // when the post was collected
	RaisedAt   time.Time `json:"raised_at"`

	// Of CauseView: the saved view (方案) with new posts, and how many. Of
	// CauseReport: the report.
	View  string `json:"view,omitempty"`
	Count int    `json:"count,omitempty"`
}

// CauseView is the cause of a notice that a saved view has new posts. It is of
// level none: nobody has to answer it, and it stands in no list of alerts.
const CauseView = "view"

// CauseReport is the cause of a notice that a report was released. It is of level
// none as well.
const CauseReport = "report"

// CauseDrill is the cause of an alert that is a drill (演练): it goes the way that
// an alert of its rule would, says what it is, and stands in no list of alerts
// and in no figure. It is of level none.
const CauseDrill = "drill"

// DeliveryState is where one delivery stands. Acknowledgement is a step of the
// case, not a state of the delivery.
type DeliveryState string

// The delivery states: queued → sending → accepted (the provider took it) →
// delivered → read; retrying waits for NextAt; dead is final and can be
// re-sent by hand.
const (
	DeliveryQueued    DeliveryState = "queued"
	DeliverySending   DeliveryState = "sending"
	DeliveryAccepted  DeliveryState = "accepted"
	DeliveryDelivered DeliveryState = "delivered"
	DeliveryRead      DeliveryState = "read"
	DeliveryRetrying  DeliveryState = "retrying"
	DeliveryDead      DeliveryState = "dead"
)

// Delivery is one alert on its way to one person over one channel.
type Delivery struct {
	ID          string        `json:"delivery_id"` // DeliveryID
	Alert       Alert         `json:"alert"`
	Person      string        `json:"person"`
	Unit        string        `json:"unit"`
	Channel     string        `json:"channel"`         // id of the channel definition
	Address     string        `json:"-"`               // the person's address on that channel (an e-mail address), if it needs one
	Group       string        `json:"group,omitempty"` // what is told in one message with others that wait under it
	State       DeliveryState `json:"state"`
	Attempts    int           `json:"attempts"`
	NotBefore   time.Time     `json:"not_before,omitzero"` // held: mute hours, a group, quiet hours
	NextAt      time.Time     `json:"next_at"`
	LeasedUntil time.Time     `json:"-"`
	LastError   string        `json:"last_error"` // a catalogue sentence, never a secret
	CreatedAt   time.Time     `json:"created_at"`
	AcceptedAt  time.Time     `json:"accepted_at"`
	ReadAt      time.Time     `json:"read_at"`
	AckedAt     time.Time     `json:"acked_at"`
	DeliveredAt time.Time     `json:"delivered_at"` // the provider says that it arrived
	HandedOnAt  time.Time     `json:"handed_on_at"` // the person's next channel, if there is one, took it over as well
	RequeuedAt  time.Time     `json:"requeued_at"`  // somebody had it sent anew
	Digest      string        `json:"digest"`       // the digest that carried it last, "" = a message of its own
	// StepDue is when the person's next channel takes over, should this one not
	// have accepted it by then; what the sender allows its level may be sooner.
	StepDue time.Time `json:"-"`
}

// QuietGroup is the group of what a person's quiet hours hold: at their end it
// is told in one message.
const QuietGroup = "quiet"

// HoldUntil keeps a delivery back to the end of its person's quiet hours. Its
// next channel would be as quiet, so it takes over no sooner.
func (d *Delivery) HoldUntil(end time.Time) {
	d.Group, d.NotBefore, d.NextAt, d.StepDue = QuietGroup, end, end, time.Time{}
}

// Quieted reports whether the delivery waits, or waited, for the end of its
// person's quiet hours, which is NotBefore.
func (d Delivery) Quieted() bool { return d.Group == QuietGroup }

// AttemptResult is what became of one attempt, or what else happened to a
// delivery.
type AttemptResult string

// The results.
const (
	AttemptBegun     AttemptResult = "begun"     // no answer is known: it is under way, or the process died in it
	AttemptAccepted  AttemptResult = "accepted"  // the provider took it
	AttemptRetry     AttemptResult = "retry"     // not now
	AttemptRefused   AttemptResult = "refused"   // never
	AttemptDelivered AttemptResult = "delivered" // a receipt: it arrived
	AttemptFailed    AttemptResult = "failed"    // a receipt: it will not arrive
	AttemptHandedOn  AttemptResult = "handed_on" // the person's next channel took over
	AttemptRequeued  AttemptResult = "requeued"  // somebody had it sent anew
)

// Attempt is one row of a delivery's ledger. Rows are only added; an attempt
// under way gets its result when there is one.
type Attempt struct {
	N        int64         `json:"n"`
	Delivery string        `json:"delivery_id"`
	Channel  string        `json:"channel"`
	At       time.Time     `json:"at"`
	Digest   string        `json:"digest"` // the message that carried it with others
	Result   AttemptResult `json:"result"`
	Code     string        `json:"code"`     // the provider's own
	Sentence string        `json:"sentence"` // a catalogue sentence, never a secret
	Took     time.Duration `json:"took_ns"`
	By       string        `json:"by"` // who asked, "" = the sender itself
}

// Way is a channel, or an address on it.
type Way struct {
	Channel string
	Address string // "" = the whole channel, unless Apart
	Apart   bool   // nothing but what is for Address, be it ""
}

// Fold says what one digest is to carry: everything that waits for a channel,
// or for an address on it.
type Fold struct {
	Digest  string // its id
	Channel string
	Address string // "" = of the whole channel, unless Apart
	Apart   bool   // nothing but what is for Address, be it ""
	With    []Delivery
	Now     time.Time
	Until   time.Time // of the leases
	Most    int
}

// Turn is when the next of several deliveries is taken, and until when it is
// leased.
type Turn struct{ Now, Until time.Time }

// Begins is from when on a delivery could be sent: its time to be tried counts
// from there.
func (d Delivery) Begins() time.Time {
	if d.NotBefore.After(d.CreatedAt) {
		return d.NotBefore
	}
	return d.CreatedAt
}
