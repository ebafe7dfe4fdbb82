package crawler

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"sync"
	"time"

	"huiying"
	"huiying/crawler/job"
)

// Run plans visits and makes them until ctx ends, and returns when the visits
// under way have ended; a reader that does not stop within Options.Grace is
// left behind. It returns nil. It is called once.
func (c *Crawler) Run(ctx context.Context) error {
	var work sync.WaitGroup
	for range c.o.Workers {
		work.Go(func() { c.serve(ctx) })
	}
	work.Go(func() { c.follow(ctx) })
	for ctx.Err() == nil {
		timer := time.NewTimer(c.plan(ctx))
		select {
		case <-ctx.Done():
		case <-c.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
	work.Wait()
	return nil
}

// Bounds of planning.
const (
	idle     = time.Minute // the loop sleeps so long when nothing is due
	askAgain = time.Minute // a job that was offered is offered again, should it have been lost
	backIn   = 2 * time.Second
	keyTaken = 10 * time.Second // a job is offered again whose key another one has
	tryAgain = 5 * time.Second  // the queue is down
	forget   = time.Minute      // a job of a source that is not known by then is dropped
)

// plan offers what is due, the longest due first, and says how long nothing
// more will be.
func (c *Crawler) plan(ctx context.Context) time.Duration {
	due, wait := c.due()
	for _, j := range due {
		queued, err := c.o.Queue.Offer(ctx, j)
		if err != nil && ctx.Err() == nil {
			c.o.Logger.Warn("a visit cannot be queued; tried again", "source", j.Source, "err", err)
		}
		switch {
		case err != nil:
			c.unask(j)
			return tryAgain
		case !queued: // the last one is under way, here or elsewhere
			c.postpone(j)
			wait = min(wait, keyTaken)
		}
	}
	return wait
}

func (c *Crawler) due() (due []job.Job, wait time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.o.Now()
	wait = idle
	for id, e := range c.entries {
		if e.source.Disabled {
			continue
		}
		if at := later(e.next, e.asked); e.running {
			// its end wakes the loop
		} else if at.After(now) {
			wait = min(wait, at.Sub(now))
		} else {
			e.asked = now.Add(askAgain)
			due = append(due, job.Job{Source: id, Due: e.next})
		}
		if len(c.watched[id]) == 0 || e.kind.Look == nil || !well(e.last.State) {
			continue
		}
		if at := e.looked.Add(c.o.WatchEvery); at.After(now) {
			wait = min(wait, at.Sub(now))
		} else {
			e.looked = now
			due = append(due, job.Job{Source: id, Kind: huiying.JobWatch, Due: now})
		}
	}
	slices.SortFunc(due, func(a, b job.Job) int { return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.Key(), b.Key())) })
	return due, wait
}

// unask notes that a job is still to be offered.
func (c *Crawler) unask(j job.Job) { c.offerAt(j, c.o.Now()) }

// postpone notes that a job is to be offered again in a moment.
func (c *Crawler) postpone(j job.Job) { c.offerAt(j, c.o.Now().Add(keyTaken)) }

func (c *Crawler) offerAt(j job.Job, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entries[j.Source]
	switch {
	case e == nil:
	case j.Kind == huiying.JobWatch:
		e.looked = at.Add(-c.o.WatchEvery)
	default:
		e.asked = at
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// serve makes one visit after another.
func (c *Crawler) serve(ctx context.Context) {
	for {
		t, err := c.o.Queue.Take(ctx)
		switch {
		case ctx.Err() != nil:
			if err == nil {
				c.ended(t, t.Back(context.WithoutCancel(ctx), 0))
			}
			return
		case err != nil:
			c.o.Logger.Warn("no visit can be taken from the queue; tried again", "err", err)
			pause(ctx, tryAgain)
		default:
			c.take(ctx, t)
		}
	}
}

// pause sleeps d, or less when ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// take makes the visit of a job, gives it back where it cannot be made here
// now, and drops it where there is nothing to be made.
func (c *Crawler) take(ctx context.Context, t job.Taken) {
	v, wait := c.admit(t.Job)
	switch {
	case wait > 0:
		c.ended(t, t.Back(ctx, wait))
		return
	case v == nil:
		c.ended(t, t.Done(ctx))
		return
	}
	release := c.hold(t)
	v.work(ctx)
	release()
	switch saving := context.WithoutCancel(ctx); {
	case ctx.Err() != nil:
		c.finish(v)
		c.ended(t, t.Back(saving, 0))
	case v.more:
		c.finish(v)
		c.ended(t, t.Back(saving, v.part))
	default:
		// The key first: a loop that is woken while it is taken puts the next
		// visit off.
		c.ended(t, t.Done(saving))
		c.finish(v)
	}
}

// ended tells of a job that could not be ended; it comes again, and is then
// seen not to be due.
func (c *Crawler) ended(t job.Taken, err error) {
	if err != nil {
		c.o.Logger.Warn("a visit stays on the queue", "source", t.Source, "err", err)
	}
}

// hold says that a job is under way until release is called.
func (c *Crawler) hold(t job.Taken) (release func()) {
	end, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		every := time.NewTicker(job.HoldEvery)
		defer every.Stop()
		for {
			select {
			case <-end:
				return
			case <-every.C:
				c.ended(t, t.Hold())
			}
		}
	}()
	return func() { close(end); <-done }
}

// admit starts the visit of a job. With a wait it is to be made later: the
// source or its host is being read, or the source is not known yet. With
// neither there is nothing to be made.
func (c *Crawler) admit(j job.Job) (v *attempt, wait time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entries[j.Source]
	switch {
	case e == nil && c.o.Now().Sub(j.Due) < forget:
		return nil, backIn
	case e == nil || e.source.Disabled:
		return nil, 0
	case e.running || c.onHost[hostOf(e.source)] >= c.o.PerHost:
		return nil, backIn
	}
	return c.start(e, j), 0
}

// start marks an entry as running. The caller holds the lock.
func (c *Crawler) start(e *entry, j job.Job) *attempt {
	e.running, e.changed = true, false
	c.onHost[hostOf(e.source)]++
	c.meter.Running(1)
	return &attempt{c: c, entry: e, source: e.source, kind: e.kind, job: j, begun: c.o.Now(), tally: &tally{}}
}

// hostOf is what the visits of sources are counted by: the host, or the kind
// where the source names none.
func hostOf(s huiying.Source) string {
	if u, err := url.Parse(s.BaseURL); err == nil && u.Host != "" {
		return u.Host
	}
	return s.Kind
}

// finish frees the worker. A visit whose reader is stuck keeps its source
// until the reader ends.
func (c *Crawler) finish(v *attempt) {
	c.mu.Lock()
	host := hostOf(v.source)
	if c.onHost[host]--; c.onHost[host] <= 0 {
		delete(c.onHost, host)
	}
	c.meter.Running(-1)
	v.entry.asked = time.Time{}
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

// Resume has the sources that were paused by the stop of all collection be
// visited now; those that are just being paused, when that has ended.
func (c *Crawler) Resume() {
	c.mu.Lock()
	for _, e := range c.entries {
		stopped := e.last.State == huiying.SourcePaused && e.last.Reason == KeyStopped
		if stopped || e.running {
			e.next, e.asked, e.changed = c.o.Now(), time.Time{}, e.running
		}
	}
	c.mu.Unlock()
	c.nudge()
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
	return c.runOnce(ctx, job.Job{Source: source, Due: c.o.Now()})
}

// Backfill reads what was published in a past window now, as RunOnce does. It
// moves no cursor.
func (c *Crawler) Backfill(ctx context.Context, source string, w Window) (huiying.LedgerEntry, error) {
	return c.runOnce(ctx, job.Job{Source: source, Kind: huiying.JobBackfill, Due: c.o.Now(), From: w.From, To: w.To})
}

func (c *Crawler) runOnce(ctx context.Context, j job.Job) (huiying.LedgerEntry, error) {
	c.mu.Lock()
	e := c.entries[j.Source]
	switch {
	case e == nil:
		c.mu.Unlock()
		return huiying.LedgerEntry{}, huiying.Errorf(huiying.NotFound, "crawler.no_source", j.Source)
	case e.running:
		c.mu.Unlock()
		return huiying.LedgerEntry{}, huiying.Errorf(huiying.Conflict, "crawler.busy", j.Source)
	}
	v := c.start(e, j)
	c.mu.Unlock()
	defer c.finish(v)
	if err := v.load(ctx); err != nil {
		return v.settle(ctx, Report{}, err), err
	}
	return v.read(ctx)
}
