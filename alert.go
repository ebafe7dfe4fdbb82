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
}

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
	Channel     string        `json:"channel"` // id of the channel definition
	Address     string        `json:"-"`       // the person's address on that channel (an e-mail address), if it needs one
	State       DeliveryState `json:"state"`
	Attempts    int           `json:"attempts"`
	NextAt      time.Time     `json:"next_at"`
	LeasedUntil time.Time     `json:"-"`
	LastError   string        `json:"last_error"` // a catalogue sentence, never a secret
	CreatedAt   time.Time     `json:"created_at"`
	AcceptedAt  time.Time     `json:"accepted_at"`
	ReadAt      time.Time     `json:"read_at"`
	AckedAt     time.Time     `json:"acked_at"`
}
