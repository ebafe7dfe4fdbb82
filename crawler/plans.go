package crawler

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"huiying"
)

// plan is what processes tell each other of a source.
type plan struct {
	NextAt     time.Time           `json:"next_at"`
	State      huiying.SourceState `json:"state"`
	Reason     string              `json:"reason,omitempty"`
	Failures   int                 `json:"failures,omitempty"`
	LastOK     time.Time           `json:"last_ok,omitzero"`
	Definition string              `json:"definition"`
	Budgets    string              `json:"budgets,omitempty"` // in force when State is paused
	Last       huiying.LedgerEntry `json:"last"`
}

// follow keeps the register in step with what other processes do, and the
// list of watched posts with what cases need, until ctx ends.
func (c *Crawler) follow(ctx context.Context) {
	var both sync.WaitGroup
	if c.o.Plans != nil {
		both.Go(func() {
			c.keepFollowing(ctx, "plans", func(ctx context.Context) error { return c.o.Plans.Follow(ctx, c.adopt) })
		})
	}
	if c.o.Watches != nil {
		both.Go(func() {
			c.keepFollowing(ctx, "watched posts", func(ctx context.Context) error { return c.o.Watches.Follow(ctx, c.watch) })
		})
	}
	both.Wait()
}

func (c *Crawler) keepFollowing(ctx context.Context, what string, follow func(context.Context) error) {
	for ctx.Err() == nil {
		if err := follow(ctx); err != nil && ctx.Err() == nil {
			c.o.Logger.Warn("following broke off; tried again", "what", what, "err", err)
			pause(ctx, tryAgain)
		}
	}
}

// adopt takes over what another process found, unless it read the source by
// another definition than ours.
func (c *Crawler) adopt(source string, raw []byte) {
	var p plan
	if json.Unmarshal(raw, &p) != nil {
		return // an older or newer form: the source is visited when we think it due
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entries[source]
	if e == nil || e.running || fingerprint(e.source) != p.Definition || c.lifted(p.State, p.Budgets) {
		return
	}
	e.next, e.asked, e.failures, e.lastOK, e.last = p.NextAt, time.Time{}, p.Failures, p.LastOK, p.Last
	if e.wanted(p.Last) {
		e.next = c.o.Now()
	}
	c.meter.Known(source, p.LastOK)
	c.nudge()
}

// planned reads what is known of a source by any process; ok is false where
// nothing is.
func (v *attempt) planned(ctx context.Context) (p plan, ok bool, err error) {
	raw, err := v.c.o.Plans.Get(ctx, v.source.ID)
	if err != nil || raw == nil {
		return p, false, err
	}
	return p, json.Unmarshal(raw, &p) == nil, nil
}

// share tells the other processes.
func (v *attempt) share(ctx context.Context, e huiying.LedgerEntry) {
	if v.c.o.Plans == nil {
		return
	}
	raw, err := json.Marshal(plan{
		NextAt: e.NextAt, State: e.State, Reason: e.Reason, Failures: v.entry.rec.Failures, LastOK: v.entry.rec.LastOK,
		Definition: fingerprint(v.source), Budgets: v.entry.rec.Budgets, Last: e,
	})
	if err == nil {
		err = v.c.o.Plans.Put(ctx, v.source.ID, raw)
	}
	if err != nil { // they will offer it too early, and it is seen not to be due
		v.c.o.Logger.Warn("the plan of a source is not shared", "source", v.source.ID, "err", err)
	}
}
