package notifier

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"huiying"
	"huiying/notifier/channel"
	"huiying/notifier/lane"
	"huiying/notifier/message"
)

// SenderOptions is what a Sender works with. Outbox, Ledger, Directory,
// Channels, Texts and Now are required; zero values of the rest mean the
// defaults of DefaultSending.
type SenderOptions struct {
	Outbox     Outbox
	Ledger     Ledger                     // takes the delivery over a person's next channel
	Directory  Directory                  // knows a person's next channel
	Channels   map[string]channel.Channel // by id of the channel definition
	Limits     map[string]channel.Limits  // by id; none = the provider counts nothing
	Turns      Turns                      // nil = what waited for a delivery of its case is found like any other
	Lates      Lates                      // nil = a channel that does not accept is waited for to the end
	Enclosures Enclosures                 // nil = no message has files with it
	Texts      message.Texts
	Sending    Sending
	Jitter     func() float64 // in [0,1); nil = none
	Now        func() time.Time
	Logger     *slog.Logger
	Registerer prometheus.Registerer
	Checkpoint func(point string) // "outbox.sent"; nil = nothing
	Beat       func()             // called whenever the outbox was looked at; nil = nothing
}

// Sending is how long and how often a delivery is tried.
type Sending struct {
	Retry    []time.Duration // waits between attempts; the last one repeats
	Deadline time.Duration   // from its making; then the delivery is dead
	Timeout  time.Duration   // of one attempt
	Lease    time.Duration   // how long a crashed attempt blocks the next; longer than Timeout
	Workers  int             // attempts at the same time
	Every    time.Duration   // how often to look for due retries
	Drain    time.Duration   // how long a stop waits for attempts under way
	// HandOn is how old a delivery of a level gets before the person's next
	// channel takes over as well; a level that is not named waits to the end.
	HandOn map[huiying.Level]time.Duration
}

// DefaultSending backs off from 15 s to 15 min for a day.
func DefaultSending() Sending {
	return Sending{
		Retry: []time.Duration{15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute,
			4 * time.Minute, 8 * time.Minute, 15 * time.Minute},
		Deadline: 24 * time.Hour, Timeout: 15 * time.Second, Lease: time.Minute, Workers: 8,
		Every: time.Second, Drain: 20 * time.Second,
		HandOn: map[huiying.Level]time.Duration{
			huiying.LevelRed: 2 * time.Minute, huiying.LevelOrange: 10 * time.Minute, huiying.LevelYellow: 30 * time.Minute,
		},
	}
}

func (s Sending) filled() Sending {
	d := DefaultSending()
	if len(s.Retry) == 0 {
		s.Retry = d.Retry
	}
	s.Deadline = cmp.Or(s.Deadline, d.Deadline)
	s.Timeout = cmp.Or(s.Timeout, d.Timeout)
	s.Lease = max(cmp.Or(s.Lease, d.Lease), 2*s.Timeout)
	s.Workers = cmp.Or(s.Workers, d.Workers)
	s.Every = cmp.Or(s.Every, d.Every)
	s.Drain = cmp.Or(s.Drain, d.Drain)
	if s.HandOn == nil {
		s.HandOn = d.HandOn
	}
	return s
}

// Sender empties the outbox over the channels.
type Sender struct {
	o       SenderOptions
	alarm   alarm
	lanes   *lane.Lanes
	busy    busy
	trials  *trials
	metrics senderMetrics
}

// NewSender makes a Sender.
func NewSender(o SenderOptions) *Sender {
	o.Sending = o.Sending.filled()
	return &Sender{
		o: o, alarm: newAlarm(), lanes: lane.New(o.Sending.Workers, o.Limits), trials: newTrials(), metrics: newSenderMetrics(o.Registerer, o.Channels),
	}
}

// Wake makes the sender look at once: a delivery was committed.
func (s *Sender) Wake() { s.alarm.wake() }

// Run sends until ctx ends, then takes no more, lets the attempts under way
// finish and returns nil. Whatever a crash interrupts is sent again with the
// same delivery id when its lease has ended.
func (s *Sender) Run(ctx context.Context) error {
	slots := make(chan struct{}, s.o.Sending.Workers)
	var working sync.WaitGroup
	attempts, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	defer func() { // attempts outlive ctx by the drain time at most
		giveUp := time.AfterFunc(s.o.Sending.Drain, stop)
		defer giveUp.Stop()
		working.Wait()
	}()
	s.remember(ctx)
	working.Go(func() { s.watch(ctx) })
	for {
		free := take(ctx, slots)
		if free == 0 {
			return nil
		}
		leased := s.lease(ctx, free)
		for range free - len(leased) {
			<-slots
		}
		for _, lot := range s.lots(leased) {
			for range len(lot) - 1 { // it is one worker's
				<-slots
			}
			working.Add(1)
			s.start(attempts, lot, s.turns(ctx), func() {
				<-slots
				working.Done()
			})
		}
		if len(leased) == 0 && !s.alarm.sleep(ctx, s.o.Sending.Every) {
			return nil
		}
	}
}

// take waits for one free slot and takes all that are free; 0 = ctx ended.
func take(ctx context.Context, slots chan struct{}) int {
	if ctx.Err() != nil {
		return 0
	}
	select {
	case <-ctx.Done():
		return 0
	case slots <- struct{}{}:
	}
	for n := 1; ; n++ {
		select {
		case slots <- struct{}{}:
		default:
			return n
		}
	}
}

func (s *Sender) lease(ctx context.Context, n int) []huiying.Delivery {
	now := s.o.Now()
	leased, err := s.o.Outbox.Lease(ctx, now, n, now.Add(s.o.Sending.Lease), s.busy.now()...)
	if err != nil {
		if ctx.Err() == nil {
			logger(s.o.Logger).Warn("outbox cannot be read", "error", err)
		}
		return nil
	}
	s.metrics.due(leased, now)
	if s.o.Beat != nil {
		s.o.Beat()
	}
	return leased
}

// attempt makes one attempt for one delivery, or for those of a digest, and
// settles them. It reports whether the provider took it; where not, the channel
// is best left alone for now.
func (s *Sender) attempt(ctx context.Context, ds []huiying.Delivery, c *lane.Counted) bool {
	judged, a := s.attempted(ctx, ds, c)
	if a == nil {
		return false
	}
	s.settled(ctx, judged, a)
	return a.Result == huiying.AttemptAccepted
}

// attempted makes the attempt and judges it; nil says that there is nothing to
// settle.
func (s *Sender) attempted(ctx context.Context, ds []huiying.Delivery, c *lane.Counted) ([]huiying.Delivery, *huiying.Attempt) {
	start, over := s.o.Now(), ds[0].Channel
	if wait := s.lanes.Enter(over, start); wait > 0 {
		s.putBack(ctx, ds, wait, huiying.Errorf(huiying.Unavailable, "notifier.held_up", over))
		return nil, nil
	}
	if c != nil {
		c.Take(start)
	}
	ds, group := s.grouped(ctx, ds)
	outcome, said := s.send(ctx, ds, group)
	end := s.o.Now()
	s.lanes.Leave(over, start, end, outcome.Result)
	if c != nil && outcome.RetryAfter > 0 {
		c.Close(end.Add(outcome.RetryAfter))
	}
	checkpoint(s.o.Checkpoint, "outbox.sent")
	if ctx.Err() != nil && outcome.Result != channel.Accepted {
		return nil, nil // stopped in the middle: the lease ends and it is tried again
	}
	return s.judge(ds, outcome), &huiying.Attempt{
		At: start, Result: huiying.AttemptResult(outcome.Result), Code: outcome.Code, Sentence: said, Took: end.Sub(start),
	}
}

// settled stores what became of an attempt.
func (s *Sender) settled(ctx context.Context, ds []huiying.Delivery, a *huiying.Attempt) {
	if !s.kept(ds, s.settle(context.WithoutCancel(ctx), ds, a)) {
		return
	}
	if slices.ContainsFunc(ds, func(d huiying.Delivery) bool { return d.Alert.CaseNo != "" }) {
		s.Wake() // the next one of the same case may have waited for this
	}
}

// kept says that what became of an attempt is stored.
func (s *Sender) kept(ds []huiying.Delivery, err error) bool {
	switch {
	case huiying.ErrorCode(err) == huiying.Conflict:
		return false // a lease ended in the meantime; its new holder settles
	case err != nil:
		logger(s.o.Logger).Error("delivery not settled, it will be repeated", "delivery", ds[0].ID, "of", len(ds), "error", err)
		return false
	}
	for _, d := range ds {
		s.metrics.settled(d)
	}
	return true
}

// putBack returns deliveries whose channel is held up; it was not an attempt.
func (s *Sender) putBack(ctx context.Context, ds []huiying.Delivery, wait time.Duration, why error) {
	back := make([]huiying.Delivery, len(ds))
	for i, d := range ds {
		d.State = huiying.DeliveryQueued
		if d.Attempts > 0 {
			d.State = huiying.DeliveryRetrying
		}
		d.NextAt = s.o.Now().UTC().Truncate(time.Microsecond).Add(wait)
		d.LastError = s.o.Texts.Sentence(why)
		back[i] = d
	}
	if err := s.o.Outbox.Settle(context.WithoutCancel(ctx), back, nil); err != nil {
		logger(s.o.Logger).Error("delivery not put back, its lease will end", "delivery", ds[0].ID, "of", len(ds), "error", err)
	}
}

// send gives the channel the message of one delivery, of those of a group, or
// the digest of several; said is what the ledger has of it in words.
func (s *Sender) send(ctx context.Context, ds []huiying.Delivery, group bool) (o channel.Outcome, said string) {
	d, now := ds[0], s.o.Now()
	over, ok := s.o.Channels[d.Channel]
	switch {
	case len(ds) == 1 && now.Sub(since(d)) > s.o.Sending.Deadline:
		o = channel.Outcome{Result: channel.Refused, Reason: huiying.Errorf(huiying.Unavailable, "notifier.deadline")}
	case !ok:
		o = channel.Outcome{Result: channel.Refused, Reason: huiying.Errorf(huiying.NotFound, "notifier.no_channel", d.Channel)}
	default:
		ctx, cancel := context.WithTimeout(ctx, s.o.Sending.Timeout)
		defer cancel()
		m, err := s.enclose(ctx, over, ds, s.message(ds, group, now))
		if err != nil {
			o = channel.Outcome{Result: channel.Retry, Reason: err}
			break
		}
		o = over.Send(ctx, m)
		if o.Result == channel.Accepted {
			return o, s.o.Texts.Carried(m, o.Left)
		}
	}
	return o, s.o.Texts.Sentence(o.Reason)
}

func (s *Sender) message(ds []huiying.Delivery, group bool, now time.Time) channel.Message {
	switch {
	case group:
		return s.o.Texts.Group(ds, now)
	case ds[0].Digest != "":
		return s.o.Texts.Digest(ds[0].Digest, ds)
	}
	return s.o.Texts.Message(ds[0], now)
}

// since is when the time to deliver begins.
func since(d huiying.Delivery) time.Time {
	if d.RequeuedAt.After(d.Begins()) {
		return d.RequeuedAt
	}
	return d.Begins()
}

// judge turns the channel's outcome into the next state of those it is about.
// What failed together waits equally long, to be told together again.
func (s *Sender) judge(ds []huiying.Delivery, o channel.Outcome) []huiying.Delivery {
	now, chance := s.o.Now().UTC().Truncate(time.Microsecond), 0.0
	if s.o.Jitter != nil && o.Result == channel.Retry {
		chance = s.o.Jitter()
	}
	most := 0 // what failed together waits equally long, or its next message would have another id
	for _, d := range ds {
		most = max(most, d.Attempts+1)
	}
	out := make([]huiying.Delivery, len(ds))
	for i, d := range ds {
		d.Attempts++
		d.LastError = s.o.Texts.Sentence(o.Reason)
		switch o.Result {
		case channel.Accepted:
			d.State, d.AcceptedAt, d.LastError = huiying.DeliveryAccepted, now, ""
		case channel.Retry:
			d.State, d.NextAt = huiying.DeliveryRetrying, now.Add(max(s.wait(most, chance), o.RetryAfter))
			if d.NextAt.Sub(since(d)) > s.o.Sending.Deadline {
				d.State = huiying.DeliveryDead
			}
		default:
			d.State = huiying.DeliveryDead
		}
		out[i] = d
	}
	return out
}

// wait is the pause after the n-th attempt: the policy's, and up to a fifth more
// by chance so that a recovered provider is not met by all at once.
func (s *Sender) wait(attempts int, chance float64) time.Duration {
	policy := s.o.Sending.Retry
	d := policy[min(attempts, len(policy))-1]
	return d + time.Duration(float64(d)*chance/5)
}
