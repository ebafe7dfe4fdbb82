package burst

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

const version = 1

// stored is the form of an export. Hours are numbers of hours of the zone's
// clock since 1970.
type stored struct {
	Version int                  `json:"version"`
	Zone    string               `json:"zone"`
	Since   int32                `json:"since"`
	Keys    map[string]storedKey `json:"keys"`
}

type storedKey struct {
	Since int32      `json:"since,omitempty"`
	Hours [][2]int32 `json:"hours"` // hour and count, in order
	State State      `json:"state"`
	Began int32      `json:"began,omitempty"`
	Ended int32      `json:"ended,omitempty"`
}

// Export gives all counts and states as JSON; the same state gives the same
// bytes.
func (d *Detector) Export() ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := stored{Version: version, Zone: d.zone.String(), Since: d.since, Keys: make(map[string]storedKey, len(d.keys))}
	for key, t := range d.keys {
		k := storedKey{Since: t.since, Hours: make([][2]int32, 0, len(t.counts)), State: t.state, Began: t.began, Ended: t.ended}
		for _, h := range t.counts {
			k.Hours = append(k.Hours, [2]int32{h.at, h.n})
		}
		s.Keys[key] = k
	}
	raw, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("write burst counts: %w", err)
	}
	return raw, nil
}

// Restore makes a detector of an export. One of another version or zone is
// refused: its hours would not be ours.
func Restore(zone *time.Location, raw []byte) (*Detector, error) {
	var s stored
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, fmt.Errorf("read burst counts: %w", err)
	}
	if s.Version != version {
		return nil, fmt.Errorf("read burst counts: version %d, not %d", s.Version, version)
	}
	if s.Zone != zone.String() {
		return nil, fmt.Errorf("read burst counts: zone %q, not %q", s.Zone, zone)
	}
	if s.Since < 0 || len(s.Keys) > maxKeys {
		return nil, fmt.Errorf("read burst counts: since %d, %d keys", s.Since, len(s.Keys))
	}
	d := &Detector{zone: zone, since: s.Since, keys: make(map[string]*track, len(s.Keys))}
	for key, k := range s.Keys {
		t, err := k.track()
		if err != nil {
			return nil, fmt.Errorf("read burst counts: key %q: %w", key, err)
		}
		d.keys[key] = t
	}
	return d, nil
}

func (k storedKey) track() (*track, error) {
	if k.State != Quiet && k.State != Burst && k.State != Over {
		return nil, fmt.Errorf("state %q", k.State)
	}
	if k.Since < 0 || k.Began < 0 || k.Ended < 0 || len(k.Hours) > maxHours {
		return nil, errors.New("hours out of range")
	}
	t := &track{since: k.Since, state: k.State, began: k.Began, ended: k.Ended, counts: make(series, 0, len(k.Hours))}
	for _, h := range k.Hours {
		if h[0] <= t.counts.newest() || h[1] < 1 || h[1] > maxCount {
			return nil, fmt.Errorf("hour %d with %d posts", h[0], h[1])
		}
		t.counts = append(t.counts, hour{h[0], h[1]})
	}
	return t, nil
}

// Sum replaces the counts by the sums of what several processes exported, each
// of which counted its own posts; summing anew is as good as summing once. The
// states stay, so that a burst is told once; only a key that is new brings its
// own. An hour counts as known when every process knew it, so give them all the
// same since. After an error nothing has changed.
func (d *Detector) Sum(exports ...[]byte) error {
	if len(exports) == 0 {
		return errors.New("sum burst counts: no exports")
	}
	sum := &Detector{zone: d.zone, keys: map[string]*track{}}
	for _, raw := range exports {
		part, err := Restore(d.zone, raw)
		if err != nil {
			return err
		}
		sum.since = max(sum.since, part.since)
		for _, key := range slices.Sorted(maps.Keys(part.keys)) {
			if t := sum.track(key); t != nil {
				t.take(part.keys[key])
			}
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for key, old := range d.keys {
		t := sum.keys[key]
		if t == nil && (old.state != Quiet || old.since > 0) {
			t = &track{}
			sum.keys[key] = t
		}
		if t != nil {
			t.since, t.state, t.began, t.ended = max(t.since, old.since), old.state, old.began, old.ended
		}
	}
	d.since, d.keys = sum.since, sum.keys
	return nil
}

// take adds what another process knows of the same key.
func (t *track) take(o *track) {
	for _, h := range o.counts {
		t.counts.add(h.at, h.n)
	}
	t.since = max(t.since, o.since)
	if t.state == Quiet {
		t.state, t.began, t.ended = o.state, o.began, o.ended
	}
}
