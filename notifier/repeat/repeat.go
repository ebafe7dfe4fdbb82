// Package repeat tells people again of what nobody has answered: while a case
// is not acknowledged, or not closed, at the interval of the route that told
// them. It keeps no state of its own: what is due lies in the store, and each
// repeat has an id made of its count, so that a crash neither loses nor doubles
// one. It refuses to repeat while an earlier message is still on its way, in
// mute hours, and under a silence.
package repeat

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"huiying"
	"huiying/notifier/route"
)

// Due lists what may have to be repeated.
type Due interface {
	DueRepeats(ctx context.Context, now time.Time, n int) ([]huiying.Repeat, error)
}

// Tx is one transaction over repeats and what ends or delays them.
type Tx interface {
	Rows
	Reasons
}

// Rows are repeats and deliveries.
type Rows interface {
	Repeat(ctx context.Context, id string) (r huiying.Repeat, ok bool, err error)
	// MoveRepeat notes count and next time; a zero NextAt ends the repeat.
	MoveRepeat(ctx context.Context, r huiying.Repeat) error
	Enqueue(ctx context.Context, d huiying.Delivery) (added bool, err error)
}

// Reasons are why a repeat ends or waits.
type Reasons interface {
	Case(ctx context.Context, no string) (huiying.Case, error)
	// Answered reports whether somebody acknowledged the alert (of a case: the
	// same person, for the others the case itself must be), and whether a delivery
	// of it to the same person and channel is still on its way.
	Answered(ctx context.Context, r huiying.Repeat) (acked, underWay bool, err error)
	Silences(ctx context.Context, at time.Time) ([]huiying.Silence, error)
	// Facts are what routes knew of an alert.
	Facts(ctx context.Context, alert string) (huiying.AlertFacts, error)
}

// Options is what a Repeater works with; all but Woken, Logger and Registerer
// are required.
type Options struct {
	Due    Due
	InTx   func(ctx context.Context, f func(Tx) error) error
	Routes *route.Tree
	Clock  route.Clock
	Now    func() time.Time
	// Quiet is until when the quiet hours of a person hold that hold at a time,
	// that time itself where none do; nil = nobody has any.
	Quiet      func(ctx context.Context, person string, at time.Time) (time.Time, error)
	Woken      func() // after something was queued
	Logger     *slog.Logger
	Registerer prometheus.Registerer
}

// Repeater is the loop.
type Repeater struct {
	o        Options
	repeated *prometheus.CounterVec
}

// New makes a Repeater.
func New(o Options) *Repeater {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Woken == nil {
		o.Woken = func() {}
	}
	r := &Repeater{o: o, repeated: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "huiying_notifier_repeats_total", Help: "What became of repeats that were due.",
	}, []string{"result"})}
	if o.Registerer != nil {
		o.Registerer.MustRegister(r.repeated)
	}
	return r
}

// every is how often is looked for what is due.
const every = time.Second

// Run repeats until ctx ends, and then returns nil. A failure is logged and
// tried again a second later.
func (r *Repeater) Run(ctx context.Context) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := r.Tick(ctx); err != nil && ctx.Err() == nil {
			r.o.Logger.Error("repeating alerts failed", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// most is how many repeats are looked at in one round.
const most = 100

// Tick deals with what is due now, each in its own transaction: one that fails
// keeps no other from being told.
func (r *Repeater) Tick(ctx context.Context) error {
	due, err := r.o.Due.DueRepeats(ctx, r.o.Now(), most)
	if err != nil {
		return err
	}
	var failed []error
	for _, d := range due {
		result := ""
		quiet, err := r.quiet(ctx, d)
		if err == nil {
			err = r.o.InTx(ctx, func(tx Tx) (err error) {
				result, err = r.one(ctx, tx, d.ID, quiet)
				return err
			})
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("repeat %s: %w", d.ID, err))
			continue
		}
		r.repeated.WithLabelValues(result).Inc()
		if result == told {
			r.o.Woken()
		}
	}
	return errors.Join(failed...)
}

// What becomes of a repeat that is due.
const (
	told     = "told"
	ended    = "ended"
	muted    = "muted"
	silenced = "silenced"
	waiting  = "waiting" // an earlier message is still on its way
	gone     = "gone"    // somebody else dealt with it
)

// quiet is until when the person's quiet hours hold a repeat that would be told
// now; zero when they do not. What people asked to be reminded of comes when they
// asked for it.
func (r *Repeater) quiet(ctx context.Context, rep huiying.Repeat) (time.Time, error) {
	if r.o.Quiet == nil || rep.Person == "" || rep.Path == huiying.ReminderPath || !route.HeldByQuiet(rep.Alert.Level) {
		return time.Time{}, nil
	}
	now := r.o.Now()
	until, err := r.o.Quiet(ctx, rep.Person, now)
	if err != nil || !until.After(now) {
		return time.Time{}, err
	}
	return until, nil
}

// one deals with a repeat as the transaction finds it.
func (r *Repeater) one(ctx context.Context, tx Tx, id string, quiet time.Time) (string, error) {
	now := r.o.Now().UTC().Truncate(time.Microsecond)
	rep, ok, err := tx.Repeat(ctx, id)
	if err != nil || !ok || rep.NextAt.IsZero() || rep.NextAt.After(now) {
		return gone, err
	}
	branch, known := r.o.Routes.Find(rep.Path)
	over, underWay, err := over(ctx, tx, rep)
	if err != nil {
		return "", err
	}
	if over || known && branch.Repeat.Every <= 0 {
		rep.NextAt = time.Time{}
		return ended, tx.MoveRepeat(ctx, rep)
	}
	if underWay {
		rep.NextAt = now.Add(rep.Every)
		return waiting, tx.MoveRepeat(ctx, rep)
	}
	until, err := r.hushed(ctx, tx, rep, now)
	if err != nil {
		return "", err
	}
	if until.After(now) {
		// Looked at before its end too: somebody may end it early.
		rep.NextAt = now.Add(min(until.Sub(now), rep.Every))
		return silenced, tx.MoveRepeat(ctx, rep)
	}
	if known {
		if until := r.o.Routes.MutedUntil(branch, rep.Alert.Level, now); until.After(now) {
			rep.NextAt = until
			return muted, tx.MoveRepeat(ctx, rep)
		}
	}
	return told, tell(ctx, tx, rep, span{now, quiet})
}

// over reports whether somebody has answered, as the repeat understands it.
func over(ctx context.Context, tx Tx, r huiying.Repeat) (over, underWay bool, err error) {
	acked, underWay, err := tx.Answered(ctx, r)
	if err != nil || r.Alert.CaseNo == "" {
		return acked, underWay, err
	}
	c, err := tx.Case(ctx, r.Alert.CaseNo)
	if err != nil {
		return false, false, err
	}
	if r.Until == route.UntilClose {
		return !c.State.Open(), underWay, nil
	}
	return acked || !c.AckedAt.IsZero() || !c.State.Open(), underWay, nil
}

// hushed is until when a silence keeps the repeat back; zero when none does.
func (r *Repeater) hushed(ctx context.Context, tx Tx, rep huiying.Repeat, now time.Time) (until time.Time, err error) {
	silences, err := tx.Silences(ctx, now)
	if err != nil || len(silences) == 0 {
		return until, err
	}
	facts, err := tx.Facts(ctx, rep.Alert.ID)
	if huiying.ErrorCode(err) == huiying.NotFound {
		return until, nil // an alert from before facts were kept
	}
	if err != nil {
		return until, err
	}
	facts.At = now
	for _, s := range silences {
		if route.Silenced(s, facts, r.o.Clock) && s.End().After(until) {
			until = s.End()
		}
	}
	return until, nil
}

// span is when a repeat is due, and to when quiet hours hold it; zero = they do
// not.
type span struct{ now, quiet time.Time }

// tell queues the repeat and notes when the next one is. In quiet hours it waits
// with what else they hold, and no further one is made while it does.
func tell(ctx context.Context, tx Tx, r huiying.Repeat, at span) error {
	r.N++
	d := huiying.Delivery{
		ID: r.Delivery(r.N), Alert: r.Alert, Person: r.Person, Unit: r.Unit, Channel: r.Channel, Address: r.Address,
		State: huiying.DeliveryQueued, NextAt: at.now, CreatedAt: at.now,
	}
	if !at.quiet.IsZero() {
		d.HoldUntil(at.quiet)
	}
	if _, err := tx.Enqueue(ctx, d); err != nil {
		return err
	}
	r.NextAt = at.now.Add(r.Every)
	if r.N >= r.Most {
		r.NextAt = time.Time{}
	}
	return tx.MoveRepeat(ctx, r)
}
