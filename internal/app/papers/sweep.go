package papers

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"time"

	"huiying"
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
// again.
func (s Sweeper) Step(ctx context.Context) error {
	owed, err := purges.Unswept(ctx, s.Store.Reader())
	if err != nil {
		return err
	}
	for _, o := range owed {
		for _, name := range o.Names {
			if err := s.Pages.Delete(ctx, name); err != nil {
				return err
			}
		}
		if len(o.Posts) > 0 {
			if _, err := s.Messages.Forget(ctx, about(o.Posts)); err != nil {
				return err
			}
		}
		if err := purges.Swept(ctx, s.Store, o.N); err != nil {
			return err
		}
	}
	return nil
}

// about matches posts, and events of posts, with one of the ids.
func about(ids []string) func([]byte) bool {
	quoted := make([][]byte, len(ids))
	for i, id := range ids {
		quoted[i] = []byte(`"` + id + `"`)
	}
	return func(body []byte) bool {
		if !slices.ContainsFunc(quoted, func(q []byte) bool { return bytes.Contains(body, q) }) {
			return false
		}
		var m struct {
			huiying.Post
			Data huiying.Judgement `json:"data"`
		}
		if json.Unmarshal(body, &m) != nil {
			return true // whatever it is, it names one of them
		}
		id := m.Post.ID
		if m.Data.Post.ID != "" { // an event, whose own id is another
			id = m.Data.Post.ID
		}
		return slices.Contains(ids, id)
	}
}
