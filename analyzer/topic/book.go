// Package topic says which posts are about one matter: the same words again
// (duplicates), what is said under a post (its comments and forwards), and
// tagged posts that are much alike. It gives each post one answer and keeps to
// it, so that a message delivered twice names the same topic. It refuses to
// merge posts that different rules name: that is for people to decide.
package topic

import (
	"container/list"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"huiying"
	"huiying/analyzer/fold"
)

const (
	// window is how long after its last post a topic takes another.
	window = 72 * time.Hour
	// threshold is from what likeness on two tagged posts are one topic; chosen
	// on the texts of the package's own test.
	threshold = 0.22
	// containedWeight scales likeness by containment to that of the whole.
	containedWeight = 0.7
	// minContained is the smallest set that may be contained in another.
	minContained = 8
	maxTopics    = 5_000
	// maxPerRule bounds how many topics one post is compared with. A rule with
	// more matters in three days is too wide to tell them apart.
	maxPerRule = 100
	maxPosts   = 50_000
)

// Post is what of a post decides its topic.
type Post struct {
	ID, ParentID, RootID string
	Title, Text          *fold.Text
	Rule                 string    // the tag that names the event; "" = untagged
	At                   time.Time // when it was collected
}

// Assignment is the answer for one post.
type Assignment struct {
	Topic       string `json:"topic,omitempty"`
	DuplicateOf string `json:"duplicate_of,omitempty"`
}

// Book remembers topics and recent posts, both bounded. It is safe for
// concurrent use.
type Book struct {
	memory Memory

	mu     sync.Mutex
	topics map[string]*list.Element // of *leader, by topic; the list is in order of use
	used   *list.List
	byRule map[string]*shelf
	posts  *recent[string, entry]
	exact  firsts
	dirty  map[string]bool // keys of records that are not saved yet

	saving sync.Mutex
	spare  sync.Pool // of *scratch
}

// scratch is the working memory of one answer.
type scratch struct {
	normal []rune
	set    gramSet
}

// leader is a topic: the first post of it and when it last had one.
type leader struct {
	topic string
	rule  string
	grams []gram
	seen  time.Time
}

// newLeader makes a leader of the post that s holds.
func newLeader(topic, rule string, s *scratch, seen time.Time) *leader {
	return &leader{topic: topic, rule: rule, grams: slices.Clone(s.set.list), seen: seen}
}

// entry is what is remembered of a post.
type entry struct {
	Assignment
	At time.Time `json:"at"`
}

// New opens a book over what the memory holds; nil = nothing is kept beyond
// this process.
func New(ctx context.Context, m Memory) (*Book, error) {
	b := &Book{
		memory: m, topics: map[string]*list.Element{}, used: list.New(), byRule: map[string]*shelf{},
		posts: newRecent[string, entry](maxPosts), exact: firsts{make([]first, maxPosts)}, dirty: map[string]bool{},
	}
	b.spare.New = func() any { return &scratch{} }
	if m == nil {
		return b, nil
	}
	records, err := m.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("load topics: %w", err)
	}
	if err := b.restore(records); err != nil {
		return nil, err
	}
	return b, nil
}

// Assign gives the topic of a post ("" = none) and the post it repeats.
func (b *Book) Assign(p Post) Assignment {
	s := b.spare.Get().(*scratch)
	defer b.spare.Put(s)
	s.read(p)
	sum, long := exact(s.normal)
	b.mu.Lock()
	defer b.mu.Unlock()
	original := p.ID
	if long {
		original = b.exact.of(sum, p.ID)
	}
	if p.Rule == "" && p.RootID == "" && p.ParentID == "" && !b.inTopic(original) {
		return Assignment{DuplicateOf: other(original, p.ID)} // most posts: nobody's matter
	}
	before, known := b.posts.get(p.ID)
	if known {
		return before.Assignment
	}
	a := Assignment{DuplicateOf: other(original, p.ID)}
	if a.Topic = b.topicOf(p, a.DuplicateOf, s); a.Topic != "" {
		b.posts.put(p.ID, entry{Assignment: a, At: p.At})
		b.mark(postKey + p.ID)
	}
	return a
}

// inTopic reports whether a post is known as one of a topic.
func (b *Book) inTopic(id string) bool {
	_, ok := b.posts.get(id)
	return ok
}

// other is the original unless that is the post itself.
func other(original, id string) string {
	if original == id {
		return ""
	}
	return original
}

// topicOf follows the post it stands under, then the post it repeats, then
// looks for a topic of its rule.
func (b *Book) topicOf(p Post, original string, s *scratch) string {
	for _, above := range []string{p.RootID, p.ParentID} {
		if above == "" || above == p.ID {
			continue
		}
		if e, ok := b.posts.get(above); ok && e.Topic != "" {
			b.touch(e.Topic, p.At)
			return e.Topic
		}
	}
	if original != "" {
		if e, ok := b.posts.get(original); ok && e.Topic != "" {
			b.touch(e.Topic, p.At)
			return e.Topic
		}
	}
	if p.Rule == "" {
		return ""
	}
	s.set.fill(s.normal)
	if root := firstOf(p.RootID, p.ParentID); root != "" && root != p.ID {
		// The post above is not known as one of a topic. It will lead the topic
		// named after it, should it come later.
		return b.lead(TopicOf(root), p, s)
	}
	if on := b.byRule[p.Rule]; on != nil {
		if l := on.nearest(&s.set, p.At); l != nil {
			b.touch(l.topic, p.At)
			return l.topic
		}
	}
	return b.lead(TopicOf(p.ID), p, s)
}

// TopicOf is the id of the topic that a post leads.
func TopicOf(postID string) string { return huiying.DeriveID("t-", postID) }

func firstOf(ids ...string) string {
	for _, id := range ids {
		if id != "" {
			return id
		}
	}
	return ""
}

// lead makes the post the leader of a topic, unless it has one.
func (b *Book) lead(topic string, p Post, s *scratch) string {
	if _, ok := b.topics[topic]; ok {
		b.touch(topic, p.At)
		return topic
	}
	b.insert(newLeader(topic, p.Rule, s, p.At))
	b.mark(topicKey + topic)
	return topic
}

func (b *Book) insert(l *leader) {
	if _, ok := b.topics[l.topic]; ok {
		return
	}
	b.topics[l.topic] = b.used.PushBack(l)
	s := b.byRule[l.rule]
	if s == nil {
		s = &shelf{}
		b.byRule[l.rule] = s
	}
	s.add(l)
	if b.used.Len() > maxTopics {
		b.forget(b.used.Front())
	}
	if len(s.leaders) > maxPerRule {
		b.forget(b.topics[s.oldest()])
	}
}

func (b *Book) forget(e *list.Element) {
	l := b.used.Remove(e).(*leader)
	delete(b.topics, l.topic)
	s := b.byRule[l.rule]
	if s.remove(l.topic); len(s.leaders) == 0 {
		delete(b.byRule, l.rule)
	}
}

// touch notes that a topic has another post.
func (b *Book) touch(topic string, at time.Time) {
	e, ok := b.topics[topic]
	if !ok {
		return
	}
	b.used.MoveToBack(e)
	if l := e.Value.(*leader); at.After(l.seen) {
		l.seen = at
		b.mark(topicKey + topic)
	}
}

// mark notes that a record is to be saved, where anything is.
func (b *Book) mark(key string) {
	if b.memory != nil {
		b.dirty[key] = true
	}
}

// read makes the normal form of title and text.
func (s *scratch) read(p Post) {
	s.normal = s.normal[:0]
	if p.Title != nil {
		s.normal = Normal(s.normal, p.Title)
	}
	s.normal = Normal(s.normal, p.Text)
}
