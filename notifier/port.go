// Package notifier takes events in and tells people: alerts with a stable
// identity, cases opened and joined, deliveries from an outbox that survives
// any crash, links that acknowledge. It refuses to tell the same person twice
// for one cause, to put personal data or secrets into a message, and to let a
// message go out before its cause is committed.
package notifier

import (
	"context"
	"time"

	"huiying"
	"huiying/notifier/casework"
	"huiying/notifier/route"
)

// AlertTx is what the alerts consumer writes in its one transaction.
type AlertTx interface {
	// SaveEvent upserts the post row, judgement, revision and tags; an older
	// collected_at never overwrites a newer. fresh is false for a revision
	// already stored.
	SaveEvent(ctx context.Context, ev huiying.Event) (fresh bool, err error)
	// AddAlert inserts the alert, ties its post to its case, and queues the
	// message huiying.alert.<level>.<unit> (unit "none" when empty; message id =
	// alert id; body = the alert as JSON) for after the commit. added is false,
	// and nothing happens, when the id exists.
	AddAlert(ctx context.Context, a huiying.Alert) (added bool, err error)
	// Enqueue inserts an outbox row; added is false when the id exists.
	Enqueue(ctx context.Context, d huiying.Delivery) (added bool, err error)
	// OpenCase finds the open case of a topic.
	OpenCase(ctx context.Context, topic string) (no string, found bool, err error)
}

// HeldPosts knows what was archived without alerting.
type HeldPosts interface {
	// Held reports that the post stands held: old words of a first reading or a
	// back-fill that have not changed since.
	Held(ctx context.Context, post string) (bool, error)
}

// CaseNumbers counts cases by day inside the transaction.
type CaseNumbers interface {
	// NextCaseNo gives HY20261123-0001 for day "20261123".
	NextCaseNo(ctx context.Context, day string) (string, error)
}

// Tx is the transaction of the alerts consumer: post, alert, case and
// deliveries commit together or not at all.
type Tx interface {
	casework.Tx
	AlertTx
	HeldPosts
	CaseNumbers
	Acknowledger
	History
	Tellings
	Filer
}

// Filer keeps attachments.
type Filer interface {
	// PutFile keeps the bytes of an attachment in the transaction of the step
	// that names it; keeping them again changes nothing.
	PutFile(ctx context.Context, digest, media string, body []byte) error
}

// Acknowledger notes on a delivery what its person did.
type Acknowledger interface {
	// MarkAcked sets the state read, ReadAt and AckedAt where they are not set
	// yet, in the transaction of the step it belongs to.
	MarkAcked(ctx context.Context, id string, at time.Time) error
}

// Ledger runs one such transaction, before any bulk work.
type Ledger interface {
	InTx(ctx context.Context, f func(Tx) error) error
}

// LedgerFunc is a Ledger of one function.
type LedgerFunc func(ctx context.Context, f func(Tx) error) error

// InTx runs f in one transaction.
func (l LedgerFunc) InTx(ctx context.Context, f func(Tx) error) error { return l(ctx, f) }

// Cases is the case machine inside a transaction; *casework.Engine is one.
type Cases interface {
	Detect(ctx context.Context, tx casework.Tx, o casework.Opening) (huiying.Case, error)
	Attach(ctx context.Context, tx casework.Tx, m casework.Mention) (c huiying.Case, raised bool, err error)
	AssignByRule(ctx context.Context, tx casework.Tx, a casework.Assignment) (huiying.Case, error)
	DoIn(ctx context.Context, tx casework.Tx, cmd huiying.Command) (huiying.Case, error)
}

// Archive stores every event, searchable, in one bulk transaction; storing
// one again changes nothing.
type Archive interface {
	SaveEvents(ctx context.Context, evs []huiying.Event) error
}

// Deliveries reads deliveries.
type Deliveries interface {
	// Delivery reads one with its alert; huiying.NotFound when there is none.
	Delivery(ctx context.Context, id string) (huiying.Delivery, error)
}

// Outbox is the queue of deliveries and the ledger of their attempts.
type Outbox interface {
	// Lease takes up to n deliveries that are due (queued or retrying with
	// NextAt ≤ now, or sending with a lease that ended by now), the most urgent
	// level first, marks them sending until the given time, begins an attempt
	// of each in the ledger and returns them with their alerts; nothing over the
	// ways of but.
	Lease(ctx context.Context, now time.Time, n int, until time.Time, but ...huiying.Way) ([]huiying.Delivery, error)
	// Waiting counts what Fold would add at most.
	Waiting(ctx context.Context, f huiying.Fold) (int, error)
	// Fold leases, beside f.With, whatever else waits for the same channel or
	// address, due or not, and marks all as carried by one digest. Of a case
	// nothing is taken whose forerunner another attempt carries. It returns all,
	// the most urgent first, those of one case in order.
	Fold(ctx context.Context, f huiying.Fold) ([]huiying.Delivery, error)
	// Settle writes state, attempts, next time, last error and accepted time,
	// and ends the leases, which the deliveries still carry; an attempt gives
	// the ledger its result, nil takes what Lease began back. It is
	// huiying.Conflict when a lease is another's by now; the others are settled.
	// What was read meanwhile, or arrived, or was reported as lost, stays so.
	Settle(ctx context.Context, ds []huiying.Delivery, a *huiying.Attempt) error
}

// Turns is what the outbox knows of the order within a case.
type Turns interface {
	// Follow settles a delivery and leases what waited for it in one step: the
	// next of its case for the same person over the same channel, if it is due.
	// huiying.Conflict as of Settle; then nothing is leased.
	Follow(ctx context.Context, d huiying.Delivery, a *huiying.Attempt, t huiying.Turn) ([]huiying.Delivery, error)
}

// Lates is what the outbox knows of time.
type Lates interface {
	// Late lists deliveries to a person that no provider has accepted at the end
	// of their step, or when they are so old for their level, and that nobody took
	// over yet: the most urgent, with what waits before them of
	// their case, and those of one case in order.
	Late(ctx context.Context, now time.Time, after map[huiying.Level]time.Duration, n int) ([]huiying.Delivery, error)
	// HandedOn notes that a delivery's next channel took over; "" = there is none.
	HandedOn(ctx context.Context, id, to string, at time.Time) error
	// SentSince lists the messages that went out, in their order; a digest is one.
	SentSince(ctx context.Context, since time.Time) ([]huiying.Attempt, error)
}

// OutMessage is a message to the bus that was committed with its cause.
type OutMessage struct {
	N       int64
	Subject string
	MsgID   string
	Body    []byte
}

// BusOutbox is the queue of messages to the bus.
type BusOutbox interface {
	// Pending gives up to n messages in the order of their commits.
	Pending(ctx context.Context, n int) ([]OutMessage, error)
	// Done takes published messages off the queue.
	Done(ctx context.Context, n ...int64) error
}

// Publisher puts a message on the bus and returns when it is durable there.
type Publisher interface {
	Publish(ctx context.Context, subject, msgID string, body []byte) error
}

// Recipient is one person (or one shared channel, such as a group's robot) to
// be told over one channel. Person.Contacts are in the person's order of
// preference. A unit of which nobody can be reached still gives one Recipient
// with Unit alone, so that a case can be assigned to it.
type Recipient struct {
	Person  huiying.Person
	Unit    string
	Channel string // "" = cannot be told
	Address string
	Quiet   Quiet // of the person
}

// Quiet is when the quiet hours of a person end that hold at a time, that time
// itself where none do; nil = the person has none.
type Quiet func(at time.Time) time.Time

// Holds is until when a message of the level is held that would go out at a
// time; that time itself when it is not.
func (q Quiet) Holds(level huiying.Level, at time.Time) time.Time {
	if q == nil || !route.HeldByQuiet(level) {
		return at
	}
	return q(at)
}

// Directory knows who is told.
type Directory interface {
	// Recipients resolves unit, user and channel ids in their order; none =
	// the default recipients (the duty officers).
	Recipients(ctx context.Context, notify []string) ([]Recipient, error)
}

// CaseReader reads a case outside a transaction; huiying.NotFound when there
// is none.
type CaseReader interface {
	Case(ctx context.Context, no string) (huiying.Case, error)
}
