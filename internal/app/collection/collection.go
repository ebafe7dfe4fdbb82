// Package collection joins the crawlers to the bus: the queue of visits they
// share, how far each source was read, when it is due, what is watched, and
// where the ledger and the evidence go. It judges nothing.
package collection

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/job"
	"huiying/crawler/seal"
	"huiying/internal/bus"
	"huiying/internal/bus/jobs"
)

// The key-value buckets of collection, by source.
const (
	cursorsKV = "cursors" // how far it was read
	hostsKV   = "hosts"   // whose turn it is to ask a host
	plansKV   = "plans"   // when it is due, as crawlers tell each other
	watchKV   = "watch"   // posts of open cases that are looked at again

	evidenceObjects = "evidence"       // an object bucket: sealed pages
	casesObjects    = "evidence-cases" // those that cases need
)

// evidenceFor is how long a sealed page is kept when no case needs it (网络数据
// 安全管理条例 §24: what was collected unavoidably is deleted).
const evidenceFor = 30 * 24 * time.Hour

// Share gives a crawler what all crawlers of the bus have in common. The
// evidence needs a key beside it.
func Share(ctx context.Context, b *bus.Bus, o *crawler.Options) error {
	buckets := map[string]*bus.KV{cursorsKV: nil, plansKV: nil, watchKV: nil}
	for name := range buckets {
		kv, err := b.KV(ctx, name, bus.KVOptions{})
		if err != nil {
			return err
		}
		buckets[name] = kv
	}
	turns, err := Turns(ctx, b)
	if err != nil {
		return err
	}
	kept, err := Evidence(ctx, b)
	if err != nil {
		return err
	}
	shared, err := b.Jobs(ctx)
	if err != nil {
		return err
	}
	o.State, o.Plans, o.Watches = cursors{buckets[cursorsKV]}, plans{buckets[plansKV]}, watches{buckets[watchKV]}
	o.Turns, o.Queue, o.Ledger, o.Evidence = turns, queue{shared}, ledgerSink{b}, kept
	return nil
}

// Pages are sealed pages and hand-overs.
type Pages interface {
	crawler.EvidenceStore
	Delete(ctx context.Context, name string) error
}

// Evidence opens the store of sealed pages and hand-overs.
func Evidence(ctx context.Context, b *bus.Bus) (Pages, error) {
	fresh, kept, err := Buckets(ctx, b)
	return evidence{fresh, kept}, err
}

// Buckets opens where sealed pages lie: all of them for thirty days, and those
// of cases for as long as the cases need them.
func Buckets(ctx context.Context, b *bus.Bus) (fresh, kept *bus.Objects, err error) {
	if fresh, err = b.Objects(ctx, evidenceObjects, bus.ObjectOptions{MaxAge: evidenceFor}); err != nil {
		return nil, nil, err
	}
	kept, err = b.Objects(ctx, casesObjects, bus.ObjectOptions{})
	return fresh, kept, err
}

// Delete removes a page by its name (sha256:…); one that is gone is no error.
func (e evidence) Delete(ctx context.Context, name string) error {
	if err := e.kept.Delete(ctx, seal.Object(name)); err != nil {
		return err
	}
	return e.objects.Delete(ctx, seal.Object(name))
}

// LedgerMessage is a row of the ledger as it goes over the bus.
func LedgerMessage(e huiying.LedgerEntry) (subject, id string, body []byte, err error) {
	body, err = json.Marshal(e)
	if err != nil {
		return "", "", nil, fmt.Errorf("encode ledger entry: %w", err)
	}
	return "huiying.ledger." + e.Source, fmt.Sprintf("ledger:%s:%d", e.Source, e.At.UnixMicro()), body, nil
}

// cursors keeps how far each source was read.
type cursors struct{ kv *bus.KV }

func (c cursors) Load(ctx context.Context, source string) ([]byte, uint64, error) {
	e, err := c.kv.Get(ctx, source)
	if huiying.ErrorCode(err) == huiying.NotFound {
		return nil, 0, nil
	}
	return e.Value, e.Revision, err
}

func (c cursors) Save(ctx context.Context, source string, state []byte, revision uint64) (uint64, error) {
	if revision == 0 {
		return c.kv.Create(ctx, source, state)
	}
	return c.kv.Update(ctx, source, state, revision)
}

// queue is the visits that crawlers share.
type queue struct{ jobs *jobs.Queue }

func (q queue) Offer(ctx context.Context, j job.Job) (bool, error) {
	body, err := json.Marshal(j)
	if err != nil {
		return false, fmt.Errorf("encode a job: %w", err)
	}
	return q.jobs.Offer(ctx, j.Key(), body)
}

func (q queue) Take(ctx context.Context) (job.Taken, error) {
	for {
		got, err := q.jobs.Take(ctx)
		if err != nil {
			return job.Taken{}, err
		}
		var j job.Job
		if json.Unmarshal(got.Body, &j) == nil {
			return job.Taken{Job: j, Done: got.Done, Back: got.Back, Hold: got.Hold}, nil
		}
		if err := got.Done(ctx); err != nil { // it can never be made
			return job.Taken{}, err
		}
	}
}

// plans is when each source is due, as the crawlers tell each other.
type plans struct{ kv *bus.KV }

func (p plans) Put(ctx context.Context, source string, plan []byte) error {
	_, err := p.kv.Put(ctx, source, plan)
	return err
}

func (p plans) Get(ctx context.Context, source string) ([]byte, error) {
	e, err := p.kv.Get(ctx, source)
	if huiying.ErrorCode(err) == huiying.NotFound {
		return nil, nil
	}
	return e.Value, err
}

func (p plans) Follow(ctx context.Context, handle func(string, []byte)) error {
	return p.kv.Watch(ctx, "", func(e bus.Entry) error {
		if e.Key != "" && !e.Deleted {
			handle(e.Key, e.Value)
		}
		return nil
	})
}

// watches is the posts of open cases, by source.
type watches struct{ kv *bus.KV }

func (w watches) Follow(ctx context.Context, handle func(string, []huiying.Post)) error {
	return w.kv.Watch(ctx, "", func(e bus.Entry) error {
		var posts []huiying.Post
		if e.Key == "" || (!e.Deleted && json.Unmarshal(e.Value, &posts) != nil) {
			return nil
		}
		handle(e.Key, posts)
		return nil
	})
}

// ledgerSink sends the rows of the coverage ledger.
type ledgerSink struct{ bus *bus.Bus }

func (l ledgerSink) Record(ctx context.Context, e huiying.LedgerEntry) error {
	subject, id, body, err := LedgerMessage(e)
	if err != nil {
		return err
	}
	return l.bus.Publish(ctx, subject, id, body)
}

// evidence keeps sealed pages.
type evidence struct{ objects, kept *bus.Objects }

func (e evidence) Put(ctx context.Context, name string, sealed []byte) error {
	return e.objects.Put(ctx, name, sealed)
}
