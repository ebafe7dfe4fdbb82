package papers

import (
	"context"
	"log/slog"
	"time"

	"huiying"
	"huiying/internal/bus"
	"huiying/internal/store"
	"huiying/internal/store/purges"
)

// Pages removes sealed pages; one that is gone is no error.
type Pages interface {
	Delete(ctx context.Context, name string) error
}

// Messages removes those for which match holds from the bus.
type Messages interface {
	Forget(ctx context.Context, match func(body []byte) bool) (removed int, err error)
}

// Sweeper removes what lies outside the database of purged posts: the pages
// they were read from and the messages that carried them. A purge made while
// the service stood still is swept at its next start.
type Sweeper struct {
	Store    *store.Store
	Pages    Pages
	Messages Messages
	Logger   *slog.Logger
	Wake     chan struct{}
}

const (
	sweepEvery = 10 * time.Minute
	sweepAgain = 5 * time.Second // after something failed
)

// Run sweeps until ctx ends.
func (s Sweeper) Run(ctx context.Context) error {
	for {
		wait := sweepEvery
		if err := s.Step(ctx); err != nil && ctx.Err() == nil {
			s.Logger.Error("what is outside the database of a purge could not be removed; tried again", "err", err)
			wait = sweepAgain
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-s.Wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// Step sweeps every purge that is owed. It can be cut off anywhere and begun
// again. A purge is swept once the database's log is empty as well.
func (s Sweeper) Step(ctx context.Context) error {
	for {
		owed, err := purges.Unswept(ctx, s.Store.Reader())
		if err != nil || len(owed) == 0 {
			return err
		}
		if err := s.sweep(ctx, owed); err != nil {
			return err
		}
	}
}

func (s Sweeper) sweep(ctx context.Context, owed []purges.Owed) error {
	var pages, posts []string
	for _, o := range owed {
		pages, posts = append(pages, o.Names...), append(posts, o.Posts...)
	}
	if err := s.outside(ctx, pages, posts); err != nil {
		return err
	}
	emptied, err := s.Store.Checkpoint(ctx)
	if err != nil {
		return err
	}
	if !emptied {
		return huiying.Errorf(huiying.Unavailable, "purge.log")
	}
	for _, o := range owed {
		if err := purges.Swept(ctx, s.Store, o.N); err != nil {
			return err
		}
	}
	return nil
}

// outside removes the pages that no other post was read from, and the messages
// that carry the posts.
func (s Sweeper) outside(ctx context.Context, pages, posts []string) error {
	needed, err := purges.Needed(ctx, s.Store.Reader(), pages)
	if err != nil {
		return err
	}
	for _, name := range pages {
		if needed[name] {
			continue
		}
		if err := s.Pages.Delete(ctx, name); err != nil {
			return err
		}
	}
	if len(posts) == 0 {
		return nil
	}
	gone := make(map[string]bool, len(posts))
	for _, id := range posts {
		gone[id] = true
	}
	_, err = s.Messages.Forget(ctx, bus.Carrying(posts, func(p huiying.Post) bool { return gone[p.ID] }))
	return err
}
