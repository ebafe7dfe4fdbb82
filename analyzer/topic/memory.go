package topic

import (
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Record is one thing worth keeping: a topic, or a post's place in one. The
// key stays the same when the value changes.
type Record struct {
	Key   string
	Value []byte
}

// Memory keeps records beyond the process. Records older than three days are
// of no use and may be dropped.
type Memory interface {
	Load(ctx context.Context) ([]Record, error)
	// Save puts records; when it returns they are durable.
	Save(ctx context.Context, records []Record) error
}

// Prefixes of record keys.
const (
	postKey  = "post/"
	topicKey = "topic/"
)

// RecordOf is the key of a topic's record.
func RecordOf(topic string) string { return topicKey + topic }

// Drop forgets a topic and what the post that leads it was like. Posts that are
// known to belong to it still do.
func (b *Book) Drop(topic string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e, ok := b.topics[topic]; ok {
		b.forget(e)
	}
	delete(b.dirty, topicKey+topic)
}

// storedTopic is the value of a topic's record.
type storedTopic struct {
	Rule  string    `json:"rule"`
	Grams []byte    `json:"grams"` // four bytes each, sorted: no text can be put together from them
	Seen  time.Time `json:"seen"`
}

// Flush saves what changed since the last time. When it returns without an
// error, every answer given before is durable, also those that another
// goroutine is saving; so a caller flushes before it passes an answer on.
func (b *Book) Flush(ctx context.Context) error {
	if b.memory == nil {
		return nil
	}
	b.saving.Lock()
	defer b.saving.Unlock()
	records, keys, err := b.changes()
	if err != nil || len(records) == 0 {
		return err
	}
	if err := b.memory.Save(ctx, records); err != nil {
		b.mu.Lock()
		for _, k := range keys {
			b.dirty[k] = true
		}
		b.mu.Unlock()
		return fmt.Errorf("save topics: %w", err)
	}
	return nil
}

// changes takes the records that are not saved yet.
func (b *Book) changes() (records []Record, keys []string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for key := range b.dirty {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		value, ok := b.value(key)
		if !ok {
			continue // forgotten meanwhile
		}
		raw, err := json.Marshal(value)
		if err != nil {
			return nil, nil, fmt.Errorf("write topic record: %w", err)
		}
		records = append(records, Record{Key: key, Value: raw})
	}
	clear(b.dirty)
	return records, keys, nil
}

func (b *Book) value(key string) (any, bool) {
	if id, ok := strings.CutPrefix(key, postKey); ok {
		e, ok := b.posts.get(id)
		return e, ok
	}
	e, ok := b.topics[strings.TrimPrefix(key, topicKey)]
	if !ok {
		return nil, false
	}
	l := e.Value.(*leader)
	return storedTopic{Rule: l.rule, Grams: packed(l.grams), Seen: l.seen}, true
}

func packed(grams []gram) []byte {
	out := make([]byte, 0, 4*len(grams))
	for _, g := range slices.Sorted(slices.Values(grams)) {
		out = binary.LittleEndian.AppendUint32(out, uint32(g))
	}
	return out
}

func unpacked(raw []byte) []gram {
	out := make([]gram, 0, len(raw)/4)
	for ; len(raw) >= 4; raw = raw[4:] {
		out = append(out, gram(binary.LittleEndian.Uint32(raw))|1)
	}
	return out
}

// restore takes records in, the oldest first.
func (b *Book) restore(records []Record) error {
	var leaders []*leader
	type storedPost struct {
		id string
		entry
	}
	var posts []storedPost
	for _, r := range records {
		if id, ok := strings.CutPrefix(r.Key, postKey); ok {
			p := storedPost{id: id}
			if err := json.Unmarshal(r.Value, &p.entry); err != nil {
				return fmt.Errorf("read topic record %s: %w", r.Key, err)
			}
			posts = append(posts, p)
			continue
		}
		topic, ok := strings.CutPrefix(r.Key, topicKey)
		if !ok {
			continue
		}
		var s storedTopic
		if err := json.Unmarshal(r.Value, &s); err != nil {
			return fmt.Errorf("read topic record %s: %w", r.Key, err)
		}
		leaders = append(leaders, &leader{topic: topic, rule: s.Rule, grams: unpacked(s.Grams), seen: s.Seen})
	}
	slices.SortFunc(leaders, func(a, b *leader) int {
		return cmp.Or(a.seen.Compare(b.seen), strings.Compare(a.topic, b.topic))
	})
	for _, l := range leaders {
		b.insert(l)
	}
	slices.SortFunc(posts, func(a, b storedPost) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(a.id, b.id))
	})
	for _, p := range posts {
		b.posts.put(p.id, p.entry)
	}
	return nil
}
