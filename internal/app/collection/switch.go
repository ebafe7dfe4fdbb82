package collection

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"huiying"
	"huiying/internal/bus"
	"huiying/internal/query"
)

// The bucket of the switch of all collection and its one key.
const (
	switchKV  = "switch"
	switchKey = "collection"
)

// OpenSwitch opens the bucket of the switch.
func OpenSwitch(ctx context.Context, b *bus.Bus) (*bus.KV, error) {
	return b.KV(ctx, switchKV, bus.KVOptions{})
}

// SetSwitch stops or starts all collection for every process of the bus.
func SetSwitch(ctx context.Context, kv *bus.KV, s query.Switch) error {
	body, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("write the switch: %w", err)
	}
	_, err = kv.Put(ctx, switchKey, body)
	return err
}

// Switch is how the switch stands, as one process knows it. While it cannot be
// followed nobody is asked.
type Switch struct {
	kv     *bus.KV
	logger *slog.Logger

	mu      sync.Mutex
	now     query.Switch
	blind   error
	started func()
}

// FollowSwitch reads how the switch stands; Run follows it.
func FollowSwitch(ctx context.Context, kv *bus.KV, logger *slog.Logger) (*Switch, error) {
	s := &Switch{kv: kv, logger: logger, started: func() {}}
	e, err := kv.Get(ctx, switchKey)
	if huiying.ErrorCode(err) == huiying.NotFound {
		return s, nil
	}
	if err == nil {
		err = json.Unmarshal(e.Value, &s.now)
	}
	return s, err
}

// OnStart sets what is called when collection goes on.
func (s *Switch) OnStart(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.started = f
}

// Run follows the switch until ctx ends.
func (s *Switch) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		err := s.kv.Watch(ctx, "", func(e bus.Entry) error {
			if e.Key != switchKey {
				s.see(nil)
				return nil
			}
			return s.set(e)
		})
		if err == nil || ctx.Err() != nil {
			return nil
		}
		s.see(err)
		s.logger.Error("the switch of all collection cannot be followed; no site is asked until it can", "err", err)
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
	return nil
}

func (s *Switch) see(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.blind = err
}

func (s *Switch) set(e bus.Entry) error {
	var state query.Switch
	if !e.Deleted {
		if err := json.Unmarshal(e.Value, &state); err != nil {
			return fmt.Errorf("read the switch: %w", err)
		}
	}
	s.mu.Lock()
	was := s.now
	s.now, s.blind = state, nil
	started := s.started
	s.mu.Unlock()
	if was.Stopped && !state.Stopped {
		started()
	}
	if was.Stopped != state.Stopped {
		s.logger.Warn("the switch of all collection was turned", "stopped", state.Stopped, "by", state.By)
	}
	return nil
}

// State is how the switch stands.
func (s *Switch) State() query.Switch {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// Stopped says why no site may be asked, nil when sites may.
func (s *Switch) Stopped() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.blind != nil:
		return errors.New("the switch cannot be read")
	case s.now.Stopped:
		return fmt.Errorf("stopped by %s: %s", s.now.By, s.now.Reason)
	}
	return nil
}
