package privacy

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"huiying"
	"huiying/analyzer/topic"
	"huiying/internal/bus"
	"huiying/internal/store/refusals"
)

// Pages removes sealed pages; one that is gone is no error.
type Pages interface {
	Delete(ctx context.Context, name string) error
}

// Store is the database as the purge needs it.
type Store interface {
	// Checkpoint writes everything out of the log into the database and
	// empties it, unless a reader keeps it from that.
	Checkpoint(ctx context.Context) (done bool, err error)
}

// Keeper brings the list of refusals to the crawlers and purges what was
// collected before.
type Keeper struct {
	Book   *refusals.Book
	Bus    *bus.Bus
	KV     *bus.KV       // of refusals
	Topics *bus.KV       // of the analyzers
	Stale  time.Duration // after which an analyzer has forgotten a topic by itself
	Pages  Pages
	Store  Store
	Now    func() time.Time
	Logger *slog.Logger
	Wake   chan struct{} // a refusal was recorded or lifted

	once    sync.Once
	changed chan struct{}
}

// Times of the purge.
const (
	every = 2 * time.Second // while anything is owed
	idle  = 30 * time.Second
	// settled is how long after a refusal was recorded a post that was under way
	// may still come in; a look that finds nothing counts from then on.
	settled = 10 * time.Second
)

// Run keeps bucket and list in step and purges until ctx ends. The crawlers
// are told while a purge is under way, however long it takes.
func (k *Keeper) Run(ctx context.Context) error {
	told := make(chan struct{})
	go func() {
		defer close(told)
		k.tell(ctx)
	}()
	for ctx.Err() == nil {
		owed, err := k.purgeAll(ctx)
		if err != nil && ctx.Err() == nil {
			k.Logger.Error("a purge was cut off; it goes on", "err", err)
		}
		wait := idle
		if owed || err != nil {
			wait = every
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-k.recorded():
		case <-timer.C:
		}
		timer.Stop()
	}
	<-told
	return nil
}

// recorded is signalled when the crawlers were told of a change.
func (k *Keeper) recorded() <-chan struct{} {
	k.once.Do(func() { k.changed = make(chan struct{}, 1) })
	return k.changed
}

// tell keeps bucket and list in step.
func (k *Keeper) tell(ctx context.Context) {
	k.recorded()
	for {
		wait := idle
		if err := k.sync(ctx); err != nil && ctx.Err() == nil {
			k.Logger.Error("the crawlers could not be told of refusals; tried again", "err", err)
			wait = every
		}
		select {
		case k.changed <- struct{}{}:
		default: // it is awake
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-k.Wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// Step does what there is to do now; owed reports that a purge has not ended.
func (k *Keeper) Step(ctx context.Context) (owed bool, err error) {
	if err := k.sync(ctx); err != nil {
		return true, err
	}
	return k.purgeAll(ctx)
}

func (k *Keeper) purgeAll(ctx context.Context) (owed bool, err error) {
	list, err := k.Book.Owed(ctx)
	if err != nil {
		return true, err
	}
	for _, o := range list {
		if err := k.purge(ctx, o); err != nil {
			return true, err
		}
	}
	return len(list) > 0, nil
}

// sync makes the bucket what the list in SQL says, after the list has taken
// over the keys that crawlers have learnt.
func (k *Keeper) sync(ctx context.Context) error {
	listed, err := k.Book.Keys(ctx)
	if err != nil {
		return err
	}
	known, err := k.KV.Keys(ctx)
	if err != nil {
		return err
	}
	there := map[string]bool{}
	for _, key := range known {
		there[key] = true
		if _, ok := listed[key]; ok {
			continue
		}
		if err := k.stray(ctx, key, listed); err != nil {
			return err
		}
	}
	for key, id := range listed {
		if there[key] {
			continue
		}
		if _, err := k.KV.Put(ctx, key, []byte(id)); err != nil {
			return err
		}
	}
	return nil
}

// stray deals with a key of the bucket that the list does not have.
func (k *Keeper) stray(ctx context.Context, key string, listed map[string]string) error {
	e, err := k.KV.Get(ctx, key)
	if err != nil {
		return err
	}
	if strings.HasPrefix(key, forget+".") {
		if k.Now().Sub(e.At) > k.Stale {
			return k.KV.Delete(ctx, key)
		}
		return nil
	}
	if id, ok := strings.CutPrefix(string(e.Value), learnt); ok {
		for known, of := range listed {
			if of == id {
				return k.Book.Also(ctx, known, key)
			}
		}
	}
	return k.KV.Delete(ctx, key)
}

// purge removes what there is of the authors, everywhere, and then looks
// whether anything is left. It can be cut off anywhere and begun again.
func (k *Keeper) purge(ctx context.Context, o refusals.Owed) error {
	if len(o.Keys) == 0 {
		return nil
	}
	found := 0
	for {
		doomed, err := k.Book.Next(ctx, o.Keys)
		if err != nil {
			return err
		}
		if len(doomed) == 0 {
			break
		}
		pages, err := k.outside(ctx, doomed)
		if err != nil {
			return err
		}
		if err := k.Book.Remove(ctx, o.ID, doomed, pages); err != nil {
			return err
		}
		found += len(doomed)
	}
	messages, err := k.Bus.Forget(ctx, theirs(o.Keys))
	if err != nil {
		return err
	}
	if messages > 0 {
		if err := k.Book.Messages(ctx, o.ID, messages); err != nil {
			return err
		}
	}
	if err := k.topics(ctx); err != nil {
		return err
	}
	left, err := k.Book.Left(ctx, o.Keys)
	if err != nil {
		return err
	}
	emptied, err := k.Store.Checkpoint(ctx)
	if err != nil {
		return err
	}
	return k.Book.Checked(ctx, o, left+found+messages, emptied && k.Now().Sub(o.At) > settled)
}

// outside removes the pages that posts were collected from and has analyzers
// forget the topics that they lead.
func (k *Keeper) outside(ctx context.Context, doomed []refusals.Doomed) (pages int, err error) {
	gone := map[string]bool{}
	for _, d := range doomed {
		if _, err := k.KV.Put(ctx, forget+"."+topic.TopicOf(d.ID), []byte{'1'}); err != nil {
			return 0, err
		}
		for _, page := range d.Evidence {
			gone[page] = true
		}
	}
	for _, page := range slices.Sorted(maps.Keys(gone)) {
		if err := k.Pages.Delete(ctx, page); err != nil {
			return 0, err
		}
	}
	return len(gone), nil
}

// topics removes what is remembered of topics that are to be forgotten, as
// long as an analyzer might write it once more.
func (k *Keeper) topics(ctx context.Context) error {
	keys, err := k.KV.Keys(ctx)
	if err != nil {
		return err
	}
	for _, key := range keys {
		id, ok := strings.CutPrefix(key, forget+".")
		if !ok {
			continue
		}
		for _, key := range []string{topic.RecordOf(id), topic.NearOf(id)} {
			if err := k.Topics.Delete(ctx, key); err != nil {
				return err
			}
		}
	}
	return nil
}

// theirs matches posts, and events of posts, that one of the keys wrote as a
// person may.
func theirs(keys []string) func([]byte) bool {
	return bus.Carrying(keys, func(p huiying.Post) bool {
		return slices.Contains(keys, p.Author.ID) && p.Kind != huiying.KindTicket && !p.Author.Institution()
	})
}
