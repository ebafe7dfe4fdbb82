package crawler

import (
	"context"
	"slices"
	"time"

	"huiying"
)

// Run visits the sources in time until ctx ends, and returns when the visits
// under way have ended; a reader that does not stop within Options.Grace is
// left behind. It returns nil. It is called once.
func (c *Crawler) Run(ctx context.Context) error {
	for {
		timer := time.NewTimer(c.dispatch(ctx))
		select {
		case <-ctx.Done():
			timer.Stop()
			c.visits.Wait()
			return nil
		case <-c.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// idle is how long the loop sleeps when nothing is due.
const idle = time.Minute

// dispatch starts what is due, the longest due first, while there are workers,
// and says how long nothing more will be.
func (c *Crawler) dispatch(ctx context.Context) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.o.Now()
	wait := idle
	var due []*entry
	for _, e := range c.entries {
		switch {
		case e.running || e.source.Disabled:
		case e.next.After(now):
			wait = min(wait, e.next.Sub(now))
		default:
			due = append(due, e)
		}
	}
	slices.SortFunc(due, func(a, b *entry) int { return a.next.Compare(b.next) })
	for _, e := range due {
		if c.busy >= c.o.Workers || ctx.Err() != nil {
			return idle // the end of a visit wakes the loop
		}
		c.start(e)
		c.visits.Go(func() { c.work(ctx, e) })
	}
	return wait
}

// start marks an entry as running. The caller holds the lock.
func (c *Crawler) start(e *entry) {
	e.running, e.changed = true, false
	c.busy++
	c.meter.Running(1)
}

// work makes one planned visit, unless what was kept of the source says that
// it is not due yet.
func (c *Crawler) work(ctx context.Context, e *entry) {
	v := c.attempt(e)
	defer c.finish(v)
	if !v.ready(ctx) {
		return
	}
	v.read(ctx)
}

// finish frees the worker. A visit whose reader is stuck keeps its source
// until the reader ends.
func (c *Crawler) finish(v *attempt) {
	c.mu.Lock()
	c.busy--
	c.meter.Running(-1)
	if v.stuck == nil {
		v.entry.running = false
	}
	c.mu.Unlock()
	c.nudge()
	if v.stuck != nil {
		go func() {
			<-v.stuck
			c.mu.Lock()
			v.entry.running = false
			c.mu.Unlock()
			c.nudge()
		}()
	}
}

// nudge wakes the loop.
func (c *Crawler) nudge() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// RunOnce visits one source now, whether it is due or not, paused or not, and
// whether Run runs or not, and gives the row of the ledger. The host's rests
// and robots.txt hold all the same. Errors: huiying.NotFound, huiying.Conflict
// while the source is being read, and what made the visit end early; the row
// is given with those too.
func (c *Crawler) RunOnce(ctx context.Context, source string) (huiying.LedgerEntry, error) {
	c.mu.Lock()
	e := c.entries[source]
	switch {
	case e == nil:
		c.mu.Unlock()
		return huiying.LedgerEntry{}, huiying.Errorf(huiying.NotFound, "crawler.no_source", source)
	case e.running:
		c.mu.Unlock()
		return huiying.LedgerEntry{}, huiying.Errorf(huiying.Conflict, "crawler.busy", source)
	}
	c.start(e)
	c.mu.Unlock()
	v := c.attempt(e)
	defer c.finish(v)
	if err := v.load(ctx); err != nil {
		return v.settle(ctx, Report{}, err), err
	}
	return v.read(ctx)
}
