package collection

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"

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
// huiying.Invalid when it is to be stopped without a reason.
func SetSwitch(ctx context.Context, kv *bus.KV, s query.Switch) error {
	if s.Reason = strings.TrimSpace(s.Reason); s.Stopped && s.Reason == "" {
		return huiying.Errorf(huiying.Invalid, "app.stop_reason")
	}
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
	follower *bus.Follower
	logger   *slog.Logger

	mu      sync.Mutex
	now     query.Switch
	started func()
}

// FollowSwitch reads how the switch stands; Run follows it.
func FollowSwitch(ctx context.Context, kv *bus.KV, logger *slog.Logger) (*Switch, error) {
	s := &Switch{follower: bus.NewFollower(kv, logger), logger: logger, started: func() {}}
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
func (s *Switch) Run(ctx context.Context) error { return s.follower.Run(ctx, s.set) }

func (s *Switch) set(e bus.Entry) error {
	if e.Key != switchKey {
		return nil
	}
	var state query.Switch
	if !e.Deleted {
		if err := json.Unmarshal(e.Value, &state); err != nil {
			return fmt.Errorf("read the switch: %w", err)
		}
	}
	s.mu.Lock()
	was := s.now
	s.now = state
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
	if err := s.follower.Lost(); err != nil {
		return fmt.Errorf("the switch cannot be read: %w", err)
	}
	if now := s.State(); now.Stopped {
		return fmt.Errorf("stopped by %s: %s", now.By, now.Reason)
	}
	return nil
}
