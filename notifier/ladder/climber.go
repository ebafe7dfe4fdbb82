package ladder

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"huiying"
	"huiying/notifier"
	"huiying/notifier/casework"
	"huiying/notifier/casework/machine"
)

// ClimberOptions is what a Climber works with; Woken, Logger, Registerer and
// Checkpoint need not be there.
type ClimberOptions struct {
	Ledger     notifier.Ledger
	Cases      Cases
	Due        Due
	Directory  Directory
	Texts      Texts
	Now        func() time.Time
	Woken      []func() // called after a commit that queued something
	Logger     *slog.Logger
	Registerer prometheus.Registerer
	Checkpoint func(point string) // "ladder.hop" within the transaction; nil = nothing
}

// Every is how often the ladders are looked at.
const Every = time.Second

// Climber climbs what is due.
type Climber struct {
	o     ClimberOptions
	wake  chan struct{}
	pulse Pulse
	hops  *prometheus.CounterVec
}

// NewClimber makes a Climber.
func NewClimber(o ClimberOptions) *Climber {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Checkpoint == nil {
		o.Checkpoint = func(string) {}
	}
	c := &Climber{o: o, wake: make(chan struct{}, 1), hops: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "huiying_notifier_ladder_hops_total", Help: "Hops of escalation ladders: climb, empty, gap, remind, unack.",
	}, []string{"hop"})}
	if o.Registerer != nil {
		o.Registerer.MustRegister(c.hops)
	}
	return c
}

// Wake makes it look at once: a ladder may have become due.
func (c *Climber) Wake() {
	select {
	case c.wake <- struct{}{}:
	default: // it is awake
	}
}

// Pulse says when it last looked at every due ladder.
func (c *Climber) Pulse() *Pulse { return &c.pulse }

// Run looks every second and when woken, until ctx ends. A look that fails is
// made again: nothing is lost by waiting, what is due stays due.
func (c *Climber) Run(ctx context.Context) error {
	every := time.NewTicker(Every)
	defer every.Stop()
	for {
		if err := c.Look(ctx); err != nil && ctx.Err() == nil {
			c.o.Logger.Error("a ladder could not be climbed; tried again", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-c.wake:
		case <-every.C:
		}
	}
}

// Look takes every hop that is due. A case that fails does not hold up the
// others; the error joins what went wrong.
func (c *Climber) Look(ctx context.Context) error {
	const batch = 100
	nos, err := c.o.Due.Ladders(ctx, c.now(), batch)
	if err != nil {
		return fmt.Errorf("finding ladders that are due: %w", err)
	}
	c.pulse.Beat(c.o.Now())
	var failed []error
	for _, no := range nos {
		if ctx.Err() != nil {
			return errors.Join(failed...)
		}
		if err := c.climb(ctx, no); err != nil {
			failed = append(failed, fmt.Errorf("ladder of case %s: %w", no, err))
		}
		c.pulse.Beat(c.o.Now())
	}
	if len(nos) == batch && len(failed) == 0 {
		c.Wake() // there may be more
	}
	return errors.Join(failed...)
}

func (c *Climber) now() time.Time { return c.o.Now().UTC().Truncate(time.Microsecond) }

// climb takes the hops of one case that are due: an empty rung is left at once
// for the next.
func (c *Climber) climb(ctx context.Context, no string) error {
	most := 3
	for hops := 0; hops < most; hops++ {
		kase, err := c.o.Due.Case(ctx, no)
		if err != nil {
			return err
		}
		most = max(most, len(kase.Ladder.Rungs)+3)
		h, due, err := c.plan(ctx, kase)
		if err != nil || !due {
			return err
		}
		done, err := c.take(ctx, h)
		if err != nil {
			return err
		}
		if !done {
			return nil // somebody was faster; what is due now is seen next time
		}
		c.hops.WithLabelValues(h.label()).Inc()
		for _, wake := range c.o.Woken {
			wake()
		}
	}
	return nil
}

// hop is one step that is due, with who hears of it.
type hop struct {
	kind string // climb, remind, unack
	kase huiying.Case
	to   []notifier.Recipient
	why  string // why nobody hears of a climb
}

func (h hop) label() string { return cmp.Or(h.why, h.kind) }

// The kinds of hops.
const (
	hopClimb  = "climb"
	hopRemind = "remind"
	hopUnack  = "unack"
)

// Why a rung told nobody.
const (
	whyEmpty = "empty" // nobody it names can be told
	whyGap   = "gap"   // its duty roster has nobody on duty
)

// plan decides what is due of a case, and resolves its people now: who was on
// duty when the policy was made does not count.
func (c *Climber) plan(ctx context.Context, kase huiying.Case) (h hop, due bool, err error) {
	l, now := kase.Ladder, c.now()
	is := func(t time.Time) bool { return kase.State.Open() && !t.IsZero() && !t.After(now) }
	h.kase = kase
	switch {
	case is(l.UnackAt) && kase.State == huiying.StateHandling:
		h.kind = hopUnack
		return h, true, nil
	case is(l.NextAt):
		h.kind = hopClimb
		h.to, h.why, err = c.rung(ctx, kase)
		return h, err == nil, err
	case is(l.RemindAt):
		h.kind = hopRemind
		h.to, err = c.reminded(ctx, kase)
		return h, err == nil, err
	}
	return h, false, nil
}

// rung is who stands on the rung that is due. Where nobody stands on any, the
// officers are told in their place.
func (c *Climber) rung(ctx context.Context, kase huiying.Case) (to []notifier.Recipient, why string, err error) {
	l := kase.Ladder
	for i := range l.Rungs {
		at := (l.Next + i) % len(l.Rungs)
		found, gap, err := c.present(ctx, Notify(kase, l.Rungs[at].Notify))
		if err != nil {
			return nil, "", err
		}
		if i == 0 {
			to, why = found, whyEmpty
			if gap {
				why = whyGap
			}
		}
		if len(found) == 0 {
			continue
		}
		if i == 0 {
			why = ""
		}
		return to, why, nil
	}
	to, _, err = c.present(ctx, []string{WordOfficers, WordHead, WordAdmins})
	if len(to) > 0 {
		why = ""
	}
	return to, why, err
}

// reminded is who hears that nothing was done since the acknowledgement.
func (c *Climber) reminded(ctx context.Context, kase huiying.Case) ([]notifier.Recipient, error) {
	for _, ids := range [][]string{{kase.Owner}, kase.Ladder.Acks, {kase.Unit}, {WordHead}} {
		ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id == "" })
		if len(ids) == 0 {
			continue
		}
		found, _, err := c.present(ctx, Notify(kase, ids))
		if err != nil || len(found) > 0 {
			return found, err
		}
	}
	return nil, nil
}

// present are those of the ids who can be told.
func (c *Climber) present(ctx context.Context, ids []string) ([]notifier.Recipient, bool, error) {
	if len(ids) == 0 {
		return nil, false, nil
	}
	found, gap, err := c.o.Directory.Present(ctx, ids)
	if err != nil {
		return nil, false, fmt.Errorf("who is told: %w", err)
	}
	return slices.DeleteFunc(found, func(r notifier.Recipient) bool { return r.Channel == "" }), gap, nil
}

// take commits a hop: the step, the alert and its deliveries. done is false
// when the case has moved on since the hop was planned; then nothing happened.
func (c *Climber) take(ctx context.Context, h hop) (done bool, err error) {
	err = c.o.Ledger.InTx(ctx, func(tx notifier.Tx) error {
		now, err := tx.Case(ctx, h.kase.No)
		if err != nil {
			return err
		}
		if now.Version != h.kase.Version {
			return errMoved
		}
		told, err := c.tell(ctx, tx, h)
		if err != nil {
			return err
		}
		switch h.kind {
		case hopUnack:
			_, err = c.o.Cases.Unack(ctx, tx, h.kase.No)
		case hopRemind:
			_, err = c.o.Cases.Remind(ctx, tx, h.kase.No, told)
		default:
			_, err = c.o.Cases.Climb(ctx, tx, casework.Climb{CaseNo: h.kase.No, Told: told, Why: h.why})
		}
		c.o.Checkpoint("ladder.hop")
		return err
	})
	if errors.Is(err, errMoved) {
		return false, nil
	}
	return err == nil, err
}

// errMoved undoes a hop that was planned for an older version of the case.
var errMoved = errors.New("the case has moved on")

// tell queues the alert of a hop and its deliveries, and gives their ids: the
// receipts. The ids come of the case and the version that the hop was planned
// for, so that a repeat would be the same alert.
func (c *Climber) tell(ctx context.Context, tx notifier.Tx, h hop) (receipts []string, err error) {
	if len(h.to) == 0 {
		return nil, nil
	}
	k := h.kase
	at := c.now()
	alert := huiying.Alert{
		ID: huiying.DeriveID("a-", "ladder", h.kind, k.No, strconv.Itoa(k.Version)), Rule: k.Rule, RuleName: c.title(h), Cause: h.action(),
		Level: k.Level, Unit: k.Unit, Topic: k.Topic, CaseNo: k.No, AcceptedAt: k.FirstSeenAt, RaisedAt: at,
	}
	return notifier.Tell(ctx, tx, notifier.Notice{Alert: alert, To: h.to, Receiver: k.Ladder.Policy, Until: h.ends(at)})
}

// ends is when the next rung is climbed if nobody answers; zero after the last.
func (h hop) ends(now time.Time) time.Time {
	l := h.kase.Ladder
	next := l.Next + 1
	switch {
	case h.kind != hopClimb, next >= len(l.Rungs) && l.Round >= l.Repeat:
		return time.Time{}
	case next >= len(l.Rungs):
		next = 0
	}
	if l.Rungs[next].After <= 0 {
		return time.Time{} // climbed at once, beside this one
	}
	return now.Add(l.Rungs[next].After)
}

// action is the step that the case takes with a hop.
func (h hop) action() string {
	switch {
	case h.kind == hopRemind:
		return machine.ActionRemind
	case h.kase.State == huiying.StateAwaitingAck:
		return machine.ActionAckTimeout
	}
	return machine.ActionEscalate
}

// title says what the alert is about: which hop of which matter.
func (c *Climber) title(h hop) string {
	if h.kind == hopRemind {
		return c.o.Texts("ladder.title.remind", h.kase.Title)
	}
	l := h.kase.Ladder
	return c.o.Texts("ladder.title.climb", l.Round*len(l.Rungs)+l.Next+1, h.kase.Title)
}
