package crawler

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"huiying"
	"huiying/crawler/job"
	"huiying/crawler/timing"
)

// attempt is one visit under way. It works on a copy of the definition, so
// that Apply may change the register meanwhile.
type attempt struct {
	c      *Crawler
	entry  *entry
	source huiying.Source
	kind   Kind
	job    job.Job
	begun  time.Time
	tally  *tally
	stuck  <-chan result // not nil: the reader was left behind

	filling filling       // of a back-fill
	more    bool          // and another part of it is to follow
	part    time.Duration // after which
}

type result struct {
	report Report
	err    error
}

// load reads what was kept of the source, again where another process may have
// moved it.
func (v *attempt) load(ctx context.Context) error {
	if v.entry.loaded && v.c.o.Plans == nil {
		return nil
	}
	return v.c.load(ctx, v.entry, v.source.ID)
}

// work makes one queued visit, unless it turns out not to be due.
func (v *attempt) work(ctx context.Context) {
	if v.ready(ctx) {
		v.read(ctx)
	}
}

// ready loads what was kept of the source. It reports false when that could
// not be read, when another process has made the visit, or when a refusal from
// before the start still holds.
func (v *attempt) ready(ctx context.Context) bool {
	fresh := !v.entry.loaded
	if err := v.load(ctx); err != nil {
		v.settle(ctx, Report{}, err)
		return false
	}
	if v.job.Kind != huiying.JobPlanned {
		return true
	}
	if v.c.o.Plans != nil {
		return !v.made(ctx)
	}
	return !fresh || !v.refusedBefore()
}

// early is how much before its time a visit may be made: clocks of two
// machines differ.
const early = time.Second

// made reports that the source is not due, by what any process knows of it.
func (v *attempt) made(ctx context.Context) bool {
	p, ok, err := v.planned(ctx)
	if err != nil {
		v.settle(ctx, Report{}, told(huiying.Unavailable, "crawler.state_unread", err, v.source.ID, err.Error()))
		return true
	}
	same := p.Definition == fingerprint(v.source) || p.State == huiying.SourceBlocked || p.State == huiying.SourceRateLimited
	if !ok || !same || v.c.lifted(p.State, p.Budgets) || !p.NextAt.After(v.begun.Add(early)) {
		return false
	}
	v.c.mu.Lock()
	defer v.c.mu.Unlock()
	if v.entry.wanted(p.Last) {
		return false
	}
	v.entry.next, v.entry.failures, v.entry.lastOK, v.entry.last = p.NextAt, p.Failures, p.LastOK, p.Last
	v.c.meter.Known(v.source.ID, p.LastOK)
	return true
}

// refusedBefore reports that a refusal from before the start still holds.
func (v *attempt) refusedBefore() bool {
	rec := v.entry.rec
	same := rec.Definition == fingerprint(v.source) || rec.State == huiying.SourceBlocked || rec.State == huiying.SourceRateLimited
	wanted := rec.State.MayBeAsked() && v.source.Asked.After(rec.SavedAt)
	if rec.State == "" || well(rec.State) || !same || wanted || v.c.lifted(rec.State, rec.Budgets) || !rec.NextAt.After(v.begun) {
		return false
	}
	v.c.mu.Lock()
	defer v.c.mu.Unlock()
	v.entry.next, v.entry.failures, v.entry.lastOK = rec.NextAt, rec.Failures, rec.LastOK
	v.c.meter.Known(v.source.ID, rec.LastOK)
	v.entry.last = huiying.LedgerEntry{Source: v.source.ID, At: rec.SavedAt, State: rec.State, Reason: rec.Reason, NextAt: rec.NextAt}
	return true
}

// read lets the reader work under the watchdog and settles what came of it.
func (v *attempt) read(ctx context.Context) (huiying.LedgerEntry, error) {
	limit := v.c.o.VisitTimeout
	if v.job.Kind == huiying.JobBackfill {
		limit *= backfillTimes
	}
	inner, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	done := make(chan result, 1)
	go func() {
		report, err := v.guarded(inner)
		done <- result{report, err}
		close(done)
	}()
	var r result
	select {
	case r = <-done:
	case <-inner.Done():
		grace := time.NewTimer(v.c.o.Grace)
		defer grace.Stop()
		select {
		case r = <-done:
		case <-grace.C:
			v.tally.close()
			v.stuck = done
			r.err = told(huiying.Internal, "crawler.stuck", inner.Err(), v.source.ID)
		}
	}
	if r.err != nil && inner.Err() != nil && ctx.Err() == nil && v.stuck == nil {
		r.err = fmt.Errorf("%w: %w", context.DeadlineExceeded, r.err)
	}
	return v.settle(ctx, r.report, r.err), r.err
}

// guarded runs the reader. A parser that panics costs its own visit only.
func (v *attempt) guarded(ctx context.Context) (report Report, err error) {
	defer func() {
		if p := recover(); p != nil {
			v.c.o.Logger.Error("panic in a reader", "source", v.source.ID, "panic", p, "stack", string(debug.Stack()))
			report, err = Report{}, fmt.Errorf("%w: %v", errPanic, p)
		}
	}()
	visit := Visit{
		Source: v.source,
		Cursor: v.entry.rec.Cursor,
		Fetch:  &fetcher{c: v.c, source: v.source, tally: v.tally},
		Sink:   &gate{c: v.c, source: v.source.ID, tally: v.tally, holds: v.holdsBefore()},
		Since:  v.entry.rec.Reread,
		Window: Window{v.job.From, v.job.To},
		Now:    v.c.o.Now,
		Zone:   v.c.o.Zone,
		Keep:   v.sealed(),
		Dial:   v.c.hosts.DialContext,
	}
	switch v.job.Kind {
	case huiying.JobWatch:
		return v.lookAgain(ctx, visit)
	case huiying.JobBackfill:
		if err := v.resume(ctx); err != nil {
			return Report{}, err
		}
		visit.Cursor = v.filling.Cursor
	}
	return v.kind.Reader.Read(ctx, visit)
}

// holdsBefore is the publication time before which posts of this visit are
// held: it is the source's first reading, by this definition at least, or a
// back-fill. Zero holds nothing.
func (v *attempt) holdsBefore() time.Time {
	rec := v.entry.rec
	first := rec.LastOK.IsZero() || rec.Definition != fingerprint(v.source)
	if v.c.o.HoldOlder <= 0 || v.job.Kind == huiying.JobWatch || (!first && v.job.Kind != huiying.JobBackfill) {
		return time.Time{}
	}
	return v.begun.Add(-v.c.o.HoldOlder)
}

// sealed is how a reader keeps what it did not fetch.
func (v *attempt) sealed() Keep {
	if v.c.keeper == nil {
		return nil
	}
	return func(ctx context.Context, raw []byte) string {
		name, _, err := v.c.keeper.Keep(ctx, raw)
		if err != nil {
			v.tally.unkept(err)
		}
		return name
	}
}

// lastWords is how long saving may take after the caller's context has ended.
const lastWords = 5 * time.Second

// settle ends the visit: the cursor is saved behind the posts, the next visit
// planned, the ledger written. A visit cut short by our own ending only saves
// what it reached.
func (v *attempt) settle(ctx context.Context, report Report, err error) huiying.LedgerEntry {
	n := v.tally.numbers()
	out := judged(report)
	if n.refused != nil {
		err = told(huiying.Unavailable, "crawler.not_accepted", n.refused, v.source.ID, n.refused.Error())
	}
	if err != nil {
		out = failed(err, n.pages)
	}
	ended := ctx.Err() != nil
	saving, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	planned := v.job.Kind == huiying.JobPlanned
	if v.job.Kind == huiying.JobBackfill && v.stuck == nil {
		v.more, v.part = v.refill(saving, report, err), nextPart
	}
	k := keeping{advance: planned && n.refused == nil && !errors.Is(err, errPanic), judge: !ended}
	var next time.Time
	if !planned && well(out.state) {
		next = v.entry.rec.NextAt // the plan of the source is not its matter
	} else if v.entry.loaded && v.stuck == nil {
		if serr := v.keep(saving, report, out, k); serr != nil {
			out.reason = cmp.Or(out.reason, keyOf(serr))
			v.c.o.Logger.Error("the progress of a source is not saved", "source", v.source.ID, "err", serr)
		}
		next = v.entry.rec.NextAt
	} else {
		next = v.c.timing.Next(v.c.o.Now(), v.ending(out))
	}
	e := v.row(report, out, n, next)
	if ended {
		return e
	}
	if planned || !well(out.state) {
		v.plan(e)
		v.share(saving, e)
	}
	v.tell(saving, e, err)
	return e
}

func keyOf(err error) string {
	var e *huiying.Error
	if errors.As(err, &e) {
		return e.Key
	}
	return "crawler.state_unsaved"
}

// keeping says what of a visit is kept.
type keeping struct {
	advance bool // the cursor may move: every post before it was accepted
	judge   bool // how it ended is the source's own doing
}

// keep moves the record and saves it, when it is worth it.
func (v *attempt) keep(ctx context.Context, report Report, out outcome, k keeping) error {
	e, now := v.entry, v.c.o.Now()
	before := e.rec
	if k.advance && moved(e.rec.Cursor, report.Cursor) {
		e.rec.Cursor, e.rec.SavedAt = report.Cursor, now
	}
	if e.rec.SavedAt.IsZero() || (k.advance && out.complete && now.Sub(e.rec.SavedAt) > reread/2) {
		e.rec.SavedAt = now
	}
	if k.judge {
		e.rec.judge(out, k, now)
		e.rec.Budgets = v.c.budgets(out.state)
		e.rec.calm(v.source, v.tally.numbers().accepted)
		e.rec.Definition = fingerprint(v.source)
		e.rec.NextAt = v.c.timing.Next(now, v.ending(out))
	}
	if v.tally.numbers().accepted > 0 {
		v.c.o.Checkpoint("crawler.accepted")
	}
	if !worth(before, e.rec) {
		return nil
	}
	return v.c.save(ctx, e, v.source.ID)
}

// ending is how the visit ended, for planning.
func (v *attempt) ending(out outcome) timing.Ended {
	rec := v.entry.rec
	return timing.Ended{
		Source: v.source, State: out.state, Failures: rec.Failures, Quiet: rec.Quiet, Soon: out.soon, NotUntil: out.notUntil,
	}
}

// calm counts visits that brought nothing new, as far as it slows the source.
func (r *record) calm(s huiying.Source, accepted int) {
	switch {
	case accepted > 0:
		r.Quiet = 0
	case timing.Interval(s, r.Quiet) < s.Slowest:
		r.Quiet++
	}
}

// judge notes how a visit ended.
func (r *record) judge(out outcome, k keeping, now time.Time) {
	if out.complete && k.advance {
		r.Reread = time.Time{}
	}
	switch {
	case out.soon:
		return
	case well(out.state):
		r.Failures, r.LastOK = 0, now
	case r.State == out.state:
		r.Failures++
	default:
		r.Failures = 1
	}
	r.State, r.Reason = out.state, out.reason
}

// worth reports whether a record says more than the plan of the next visit.
func worth(before, after record) bool {
	if moved(before.Cursor, after.Cursor) || !before.SavedAt.Equal(after.SavedAt) || !before.Reread.Equal(after.Reread) {
		return true
	}
	return before.Quiet != after.Quiet || before.State != after.State || before.Definition != after.Definition || !well(after.State)
}

// row is the visit's row in the ledger.
func (v *attempt) row(report Report, out outcome, n numbers, next time.Time) huiying.LedgerEntry {
	e := report.Entry
	e.Source, e.At, e.Took = v.source.ID, v.begun, v.c.o.Now().Sub(v.begun)
	e.State, e.Reason, e.Detail = out.state, out.reason, out.detail
	e.Accepted, e.Pages = n.accepted, max(e.Pages, n.pages)
	e.Capped = e.Capped || out.capped
	e.Answers, e.Held, e.Refused, e.Job, e.NextAt = n.answers, n.held, n.declined, v.job.Kind, next
	for _, note := range n.notes() {
		if e.Detail != "" {
			e.Detail += "; "
		}
		e.Detail += note
	}
	return e
}

// plan puts the outcome into the register.
func (v *attempt) plan(e huiying.LedgerEntry) {
	v.c.mu.Lock()
	defer v.c.mu.Unlock()
	v.entry.last, v.entry.failures, v.entry.lastOK = e, v.entry.rec.Failures, v.entry.rec.LastOK
	if !v.entry.changed {
		v.entry.next = e.NextAt
	}
}

// tell writes ledger, metrics and log.
func (v *attempt) tell(ctx context.Context, e huiying.LedgerEntry, err error) {
	v.c.meter.Visited(e)
	if v.c.o.Ledger != nil {
		if lerr := v.c.o.Ledger.Record(ctx, e); lerr != nil {
			v.c.o.Logger.Error("a visit is missing in the ledger", "source", e.Source, "err", lerr)
		}
	}
	log := v.c.o.Logger.With("source", e.Source, "state", e.State, "pages", e.Pages, "accepted", e.Accepted, "took", e.Took, "next", e.NextAt)
	switch {
	case err != nil:
		log.Warn("a source was not read to the end", "err", err)
	case !well(e.State):
		log.Warn("a source refused", "reason", e.Reason, "detail", e.Detail)
	default:
		log.Debug("a source was read")
	}
}
