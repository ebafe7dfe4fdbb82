package seal

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Store keeps sealed blobs. name is Object of the evidence's name; a repeat
// replaces what is there.
type Store interface {
	Put(ctx context.Context, name string, sealed []byte) error
}

// remembered bounds how many names a Keeper knows, and for how long: a page
// that never changes is stored again now and then, so that the store's own
// retention does not drop it while it is still shown.
const (
	remembered = 4096
	refresh    = 24 * time.Hour
)

// Keeper seals pages and puts them into a Store, the same bytes once a day at
// most. It is safe for concurrent use.
type Keeper struct {
	store  Store
	sealer *sealer
	now    func() time.Time

	mu    sync.Mutex
	kept  map[string]time.Time
	order []string // of kept, oldest first
}

// NewKeeper makes a Keeper. The key has KeySize bytes.
func NewKeeper(store Store, key []byte, now func() time.Time) (*Keeper, error) {
	s, err := newSealer(key)
	if err != nil {
		return nil, err
	}
	return &Keeper{store: store, sealer: s, now: now, kept: map[string]time.Time{}}, nil
}

// Keep stores raw unless it was stored within the last day, and gives its
// name. fresh reports that it was put. After an error the bytes are not
// counted as kept.
func (k *Keeper) Keep(ctx context.Context, raw []byte) (name string, fresh bool, err error) {
	name = Name(raw)
	if k.known(name) {
		return name, false, nil
	}
	sealed, err := k.sealer.seal(raw, name)
	if err != nil {
		return "", false, err
	}
	if err := k.store.Put(ctx, Object(name), sealed); err != nil {
		return "", false, fmt.Errorf("keep evidence %s: %w", name, err)
	}
	k.remember(name)
	return name, true, nil
}

func (k *Keeper) known(name string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	at, ok := k.kept[name]
	return ok && k.now().Sub(at) < refresh
}

func (k *Keeper) remember(name string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, again := k.kept[name]; !again {
		k.order = append(k.order, name)
	}
	k.kept[name] = k.now()
	if len(k.order) > remembered {
		delete(k.kept, k.order[0])
		k.order = k.order[1:]
	}
}
