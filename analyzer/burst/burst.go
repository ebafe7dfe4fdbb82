// Package burst says whether a topic, a rule or a place suddenly has more posts
// than it should: the counts of the last 1, 3 and 6 hours are held against the
// same hours of the 28 days before, as negative binomials. It tells a burst once
// when it begins and once when it is over. It refuses to call a few posts a
// burst, to judge without history, and to look back: a burst that nobody asks
// about within six hours is not told. It does not know of hours in which nothing
// could be collected. Keys are topics, rules and places, never persons.
package burst

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"sync"
	"time"
)

// maxKeys bounds the keys. One takes from 200 bytes to, with posts in every
// hour, 8 KB.
const maxKeys = 20_000

// State is how a key stands.
type State string

// The states. Over lasts until no window reaches back into the burst; then the
// key is quiet again, which is not told.
const (
	Quiet State = "quiet"
	Burst State = "burst"
	Over  State = "over"
)

// Window is one count with what it is held against. Of its last hour, which is
// still running, as much is expected as has passed, but half an hour at least.
type Window struct {
	Hours    int     `json:"hours"`    // of the office's clock
	Count    int     `json:"count"`    // posts
	Expected float64 `json:"expected"` // posts
	P        float64 `json:"p"`        // chance of so many or more
	Days     int     `json:"days"`     // of history
	Burst    bool    `json:"burst"`
}

// Answer is how a key stands at a time, with its numbers.
type Answer struct {
	Key     string    `json:"key"`
	State   State     `json:"state"`
	Changed bool      `json:"changed"`        // a burst began or ended with this answer: tell it
	Since   time.Time `json:"since,omitzero"` // first hour of the burst; zero when quiet
	Until   time.Time `json:"until,omitzero"` // end of its last hour; zero unless over
	Window  Window    `json:"window"`         // the one that tells the most
	Windows [3]Window `json:"windows"`        // of 1, 3 and 6 hours
}

// Detector counts the posts of many keys. It is safe for concurrent use.
type Detector struct {
	zone  *time.Location
	mu    sync.Mutex
	since int32 // hour
	keys  map[string]*track
}

// track is what is known of one key.
type track struct {
	counts       series
	since        int32 // first hour it is counted, where not the detector's
	state        State
	began, ended int32 // hours; ended is the first one after the last burst

	expected *[3]expectation // of the windows that end with an hour; nil = not known
	at       int32           // that hour
}

// New makes a detector for the hours of the office zone. Before since nothing
// was counted; from then on an hour without posts had none.
func New(zone *time.Location, since time.Time) *Detector {
	d := &Detector{zone: zone, keys: map[string]*track{}}
	d.since = max(0, d.hour(since))
	return d
}

// Add counts a post by when it was published; the order does not matter. Times
// before 1970 are left out, and those known only to the day should be.
func (d *Detector) Add(key string, at time.Time) {
	h := d.hour(at)
	if h < 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	t := d.track(key)
	if t == nil {
		return
	}
	t.counts.add(h, 1)
	if h < t.at {
		t.expected = nil
	}
}

// Begin says since when a key is counted, such as a rule that is new. A key
// without it has had no posts since the detector began, which is right for a
// new topic.
func (d *Detector) Begin(key string, at time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if t := d.track(key); t != nil {
		t.since, t.expected = max(0, d.hour(at)), nil
	}
}

// Look answers for a key without moving it.
func (d *Detector) Look(key string, now time.Time) Answer {
	d.mu.Lock()
	defer d.mu.Unlock()
	t, at := d.find(key), d.moment(now)
	return d.answer(key, t, d.windows(t, at), at.hour)
}

// Step answers for a key and moves it. Only Step and Sweep give answers that
// are Changed. Their time goes forward only.
func (d *Detector) Step(key string, now time.Time) Answer {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.step(key, d.find(key), d.moment(now))
}

// Sweep moves every key, forgets what is of no more use, and gives the answers
// that are Changed in the order of their keys. It is for every few minutes.
func (d *Detector) Sweep(now time.Time) []Answer {
	d.mu.Lock()
	defer d.mu.Unlock()
	var changed []Answer
	at := d.moment(now)
	h := at.hour
	for _, key := range slices.Sorted(maps.Keys(d.keys)) {
		t := d.keys[key]
		t.counts.trim(h)
		if t.state != Quiet || t.counts.sum(h-longest+1, h) >= least {
			if a := d.step(key, t, at); a.Changed {
				changed = append(changed, a)
			}
		}
		if len(t.counts) == 0 && t.state == Quiet && t.since <= h-reach {
			delete(d.keys, key)
		}
	}
	return changed
}

// hour is the number of a time's hour on the office's clock, -1 for a time
// that has none.
func (d *Detector) hour(at time.Time) int32 {
	_, offset := at.In(d.zone).Zone()
	seconds := at.Unix() + int64(offset)
	if seconds < 0 || seconds/3600 > math.MaxInt32 {
		return -1
	}
	return int32(seconds / 3600)
}

func (d *Detector) moment(at time.Time) moment {
	local := at.In(d.zone)
	return moment{d.hour(at), float64(60*local.Minute()+local.Second()) / 3600}
}

// clock is when an hour begins.
func (d *Detector) clock(hour int32) time.Time {
	return time.Date(1970, 1, 1, int(hour), 0, 0, 0, d.zone)
}

// find is a key's track; an empty one when it has none.
func (d *Detector) find(key string) *track {
	if t := d.keys[key]; t != nil {
		return t
	}
	return &track{state: Quiet}
}

// track finds or makes a key's track; nil when there is no room.
func (d *Detector) track(key string) *track {
	t := d.keys[key]
	if t == nil && (len(d.keys) < maxKeys || d.makeRoom()) {
		t = &track{state: Quiet}
		d.keys[key] = t
	}
	return t
}

// makeRoom forgets a tenth of the keys, those without a post for longest. Keys
// in a burst stay, and so do those whose beginning is known.
func (d *Detector) makeRoom() bool {
	var idle []string
	for key, t := range d.keys {
		if t.state == Quiet && t.since == 0 {
			idle = append(idle, key)
		}
	}
	slices.SortFunc(idle, func(a, b string) int {
		return cmp.Or(cmp.Compare(d.keys[a].counts.newest(), d.keys[b].counts.newest()), cmp.Compare(a, b))
	})
	idle = idle[:min(len(idle), maxKeys/10)]
	for _, key := range idle {
		delete(d.keys, key)
	}
	return len(idle) > 0
}
