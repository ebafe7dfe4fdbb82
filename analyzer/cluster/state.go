package cluster

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// version is that of the records, raised when an older program could not read
// them.
const version = 1

// Record is one thing worth keeping: an open event, or what belongs to none.
// Value is JSON; nil = the event is closed or merged and its record may go.
type Record struct {
	Key   string
	Value []byte
}

// Keys of records.
const (
	bookKey  = "book"
	eventKey = "event/"
)

// book is the record of what belongs to no event.
type book struct {
	Version int       `json:"v"`
	Clock   time.Time `json:"clock"`
	Count   uint64    `json:"count"`
}

// Export gives every record. Restored from them, a book gives the same answers
// to the same posts.
func (b *Book) Export() []Record { return b.records(b.Open()) }

// Changes gives the records that changed since it was called last, among them
// those that may go; together they are what Export gives.
func (b *Book) Changes() []Record {
	if len(b.dirty) == 0 {
		return nil
	}
	out := b.records(slices.Sorted(maps.Keys(b.dirty)))
	clear(b.dirty)
	return out
}

// Take gives the records of some events among those that changed, and only
// those; the others are given by Changes later.
func (b *Book) Take(ids []string) []Record {
	out := b.records(ids)
	for _, id := range ids {
		delete(b.dirty, id)
	}
	return out
}

// Put notes that events are to be given by Changes again, because they could
// not be kept.
func (b *Book) Put(ids []string) {
	for _, id := range ids {
		b.dirty[id] = true
	}
}

func (b *Book) records(ids []string) []Record {
	out := []Record{{bookKey, must(book{version, b.clock, b.count})}}
	for _, id := range ids {
		r := Record{Key: eventKey + id}
		if e := b.events[id]; e != nil && e.ID == id {
			r.Value = must(e)
		}
		out = append(out, r)
	}
	return out
}

// must is the JSON of a value that always has one.
func must(v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("cluster: write record: %v", err))
	}
	return raw
}

// Restore opens a book as records tell, in whatever order. What a crash left
// between two saves is taken for what it is worth: of an event that is merged
// into another and still there the merged one stays, of a post that two events
// have the earlier.
func Restore(o Options, records []Record) (*Book, error) {
	b := New(o)
	var events []*event
	var all book
	for _, r := range records {
		var err error
		switch e := (&event{}); {
		case r.Key == bookKey:
			err = read(r, &all, &all.Version)
		case r.Value != nil && strings.HasPrefix(r.Key, eventKey):
			err = read(r, e, &e.Version)
			events = append(events, e)
		}
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(events, func(x, y *event) int { return cmp.Or(cmp.Compare(x.Used, y.Used), cmp.Compare(x.ID, y.ID)) })
	var members []*member
	for _, e := range events {
		members = append(members, b.restore(e)...)
	}
	slices.SortStableFunc(members, func(x, y *member) int { return cmp.Compare(x.Number, y.Number) })
	for _, m := range members {
		if b.posts[m.ID] == nil && b.faces[m.face.slot] == m.face {
			b.hold(m, m.face)
			b.count = max(b.count, m.Number)
		}
	}
	b.clock, b.count = all.Clock, max(b.count, all.Count)
	clear(b.dirty)
	return b, nil
}

// read takes a record and checks of what version it is.
func read(r Record, v any, of *int) error {
	if err := json.Unmarshal(r.Value, v); err != nil {
		return fmt.Errorf("read record %s of events: %w", r.Key, err)
	}
	if *of != version {
		return fmt.Errorf("read record %s of events: version %d, this program knows %d", r.Key, *of, version)
	}
	return nil
}

// restore opens an event and gives its posts, which are not held yet.
func (b *Book) restore(e *event) []*member {
	if b.events[e.ID] != nil || len(e.Faces) == 0 || len(e.Faces) > len(b.faces) {
		return nil
	}
	for len(b.free) < len(e.Faces) {
		b.close(b.order.Front().Value.(*event))
	}
	for _, id := range append(slices.Clone(e.Aliases), e.ID) {
		if old := b.events[id]; old != nil && old != e {
			b.close(old)
		}
		b.events[id] = e
	}
	e.order = b.order.PushBack(e)
	e.tidy()
	b.count = max(b.count, e.Used)
	stored, members := e.Faces, e.Members
	e.Faces, e.Members = nil, nil
	for _, s := range stored {
		if s == nil {
			s = &face{}
		}
		f := b.newFace(e, s.Number)
		for _, x := range s.Features {
			if x.Gram <= allOf && x.Weight >= 0 && x.Weight < 1e6 && len(f.Features) < maxFeatures && !f.has(x.Gram.bucket()) {
				b.put(f, len(f.Features), x.Gram, x.Weight)
			}
		}
		f.Last = s.Last
		f.measure()
	}
	return slices.DeleteFunc(members, func(m *member) bool {
		if m == nil {
			return true
		}
		m.tidy()
		at := slices.IndexFunc(e.Faces, func(f *face) bool { return f.Number == m.Face })
		m.face = e.Faces[max(at, 0)]
		return false
	})
}

// tidy makes what a foreign hand may have written safe to use.
func (e *event) tidy() {
	e.Size = max(e.Size, 0)
	if e.Hour < 0 || e.Hour > 1<<40 {
		e.Hour = 0
	}
	e.Ranks = append(e.Ranks, make([]byte, registers)...)[:registers]
	if e.Typical != nil {
		e.Typical.tidy()
	}
}

func (m *member) tidy() {
	for i := range m.Grams {
		m.Grams[i] &= allOf
	}
}
