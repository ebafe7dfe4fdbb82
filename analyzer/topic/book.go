// Package topic says which posts are about one matter: the same words again or
// nearly so (duplicates), what is said under a post (its comments and forwards),
// and posts that are much alike (events). It gives each post one answer and
// keeps to it, so that a message delivered twice names the same topic; it obeys
// what people decide by hand. It keeps hashes and no words, but the titles that
// people give.
package topic

import (
	"hash/fnv"
	"slices"
	"sync"
	"time"

	"huiying/analyzer/cluster"
	"huiying/analyzer/fold"
	"huiying/analyzer/near"
)

const (
	// window is how long after its last post a topic takes another.
	window = 14 * 24 * time.Hour
	// maxPosts is how many posts are remembered.
	maxPosts = 50_000
)

// Post is what of a post decides its topic.
type Post struct {
	ID, ParentID, RootID string
	Title, Text          *fold.Text
	Rule                 string // the tag that names the event; "" = untagged
	Asks                 bool   // it may want something of the office
	Author               string // keyed hash of who wrote it; counted, never told
	Platform             string
	At                   time.Time // when it was collected
}

// Assignment is the answer for one post.
type Assignment struct {
	Topic       string `json:"topic,omitempty"`
	DuplicateOf string `json:"duplicate_of,omitempty"`
}

// Spread is how far the topic of a post has got.
type Spread struct {
	Voices    int // authors, about
	Platforms int // that have posts of it
	Speed     int // posts within this hour and the one before
}

// Book remembers topics and recent posts, both bounded. It is safe for
// concurrent use.
type Book struct {
	memory Memory

	mu     sync.Mutex
	events *cluster.Book
	posts  *recent[string, entry]
	exact  firsts
	near   *near.Index
	dirty  map[string]bool // keys of posts that are not saved yet
	fresh  map[string]bool // topics that are new and not saved yet
	saved  time.Time       // when all was saved

	saving sync.Mutex
	spare  sync.Pool // of *scratch
}

// scratch is the working memory of one answer: what can be said of a post
// without the book.
type scratch struct {
	normal []rune
	sum    uint64 // of the normal form
	long   bool   // it is long enough to be a duplicate
	sketch near.Sketch
	draft  cluster.Draft
}

// entry is what is remembered of a post.
type entry struct {
	Assignment
	At time.Time `json:"at"`
}

// New opens a book over the records that the memory holds (those of others among
// them are passed over); a nil memory keeps nothing beyond this process.
func New(records []Record, m Memory) (*Book, error) {
	b := &Book{
		memory: m, events: cluster.New(events()), posts: newRecent[string, entry](maxPosts), exact: firsts{make([]first, maxPosts)},
		near: near.New(maxPosts), dirty: map[string]bool{}, fresh: map[string]bool{},
	}
	b.spare.New = func() any { return &scratch{} }
	if err := b.restore(records); err != nil {
		return nil, err
	}
	return b, nil
}

func events() cluster.Options { return cluster.Options{Quiet: window, Untitled: true} }

// Assign gives the topic of a post ("" = none) and the post it repeats; again
// says that it has had its topic before.
func (b *Book) Assign(p Post) (a Assignment, again bool) {
	given, before := b.AssignAll([]Post{p})
	return given[0], before[0]
}

// AssignAll is Assign for several posts, one after the other. The book is locked
// once for all of them.
func (b *Book) AssignAll(list []Post) (given []Assignment, again []bool) {
	given, again = make([]Assignment, len(list)), make([]bool, len(list))
	read := make([]*scratch, len(list))
	defer func() {
		for _, s := range read {
			if s != nil { // one before it broke
				b.spare.Put(s)
			}
		}
	}()
	for i := range list {
		read[i] = b.spare.Get().(*scratch)
		read[i].read(&list[i])
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range list {
		given[i], again[i] = b.assign(&list[i], read[i])
	}
	return given, again
}

// assign answers for one post with the lock held.
func (b *Book) assign(p *Post, s *scratch) (a Assignment, again bool) {
	original := p.ID
	if s.long {
		original = b.exact.of(s.sum, p.ID)
	}
	if before, known := b.posts.get(p.ID); known {
		before.Topic, _ = b.events.Is(before.Topic)
		return before.Assignment, true
	}
	matters := p.matters()
	if original == p.ID && matters { // copies of what is nobody's matter do not matter
		if alike, _, ok := b.near.SeenAs(p.ID, &s.sketch, p.At); ok {
			original = alike
		}
	}
	a.DuplicateOf = other(original, p.ID)
	if !matters && p.RootID == "" && p.ParentID == "" && (original == p.ID || !b.inTopic(original)) {
		return a, false // most posts: nobody's matter
	}
	if a.Topic = b.topicOf(p, a.DuplicateOf, s); a.Topic != "" {
		b.posts.put(p.ID, entry{Assignment: a, At: p.At})
		b.mark(p)
	}
	return a, false
}

// mark notes that a post is to be saved, where anything is.
func (b *Book) mark(p *Post) {
	if b.memory != nil {
		b.dirty[postKey+p.ID], b.dirty[nearKey+p.ID] = true, true
	}
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
// looks for what is alike.
func (b *Book) topicOf(p *Post, original string, s *scratch) string {
	said := cluster.Post{ID: p.ID, Title: p.Title, Text: p.Text, Draft: &s.draft, Author: hashed(p.Author), Platform: p.Platform, At: p.At}
	for _, above := range []string{p.RootID, p.ParentID, original} {
		if above == "" || above == p.ID {
			continue
		}
		if e, ok := b.posts.get(above); ok && e.Topic != "" {
			id, _ := b.events.Is(e.Topic)
			b.events.Touch(id, said)
			return id
		}
	}
	if !p.matters() {
		return ""
	}
	if root := firstOf(p.RootID, p.ParentID); root != "" && root != p.ID {
		// The post above is not known as one of a topic. It will lead the topic
		// named after it, should it come later.
		return TopicOf(root)
	}
	if a := b.events.Assign(said); a.Event != "" {
		if a.New {
			b.fresh[a.Event] = true
		}
		return a.Event
	}
	if p.Rule == "" {
		return "" // too few words to be about anything
	}
	return TopicOf(p.ID)
}

// hashed makes a number of an author's key; 0 = not known.
func hashed(author string) uint64 {
	if author == "" {
		return 0
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(author))
	return h.Sum64()
}

// Spread is how far a topic has got at a time.
func (b *Book) Spread(topic string, at time.Time) (s Spread) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s.Voices, s.Platforms, s.Speed = b.events.Reach(topic, at)
	return s
}

// TopicOf is the id of the topic that a post leads.
func TopicOf(postID string) string { return cluster.EventOf(postID) }

func firstOf(ids ...string) string {
	for _, id := range ids {
		if id != "" {
			return id
		}
	}
	return ""
}

// matters reports whether a post may be of some matter: somebody's task.
func (p *Post) matters() bool { return p.Rule != "" || p.Asks }

// read makes the normal form of title and text and what of it the book is asked.
func (s *scratch) read(p *Post) {
	s.normal = s.normal[:0]
	if p.Title != nil {
		s.normal = Normal(s.normal, p.Title)
	}
	s.normal = Normal(s.normal, p.Text)
	s.sum, s.long = exact(s.normal)
	if !p.matters() {
		return // most posts
	}
	s.sketch.Read(s.normal)
	if above := firstOf(p.RootID, p.ParentID); above == "" || above == p.ID {
		s.draft.Read(p.Title, p.Text)
	}
}

// Event is what is known of an open topic.
func (b *Book) Event(id string, now time.Time) (cluster.Event, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.events.Event(id, now)
}

// Merge makes two topics one: that of into; Split takes posts out of one into a
// new one; Add puts posts into one; Rename gives one a title. Errors are
// sentences. All are kept with the next Flush and obeyed from then on.
func (b *Book) Merge(into, from string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.events.Merge(into, from); err != nil {
		return err //nolint:wrapcheck // a sentence
	}
	b.fresh[into], b.fresh[from] = true, true
	return nil
}

// Split: see Merge. What repeats one of the posts goes with it. It says which
// posts were taken.
func (b *Book) Split(id string, posts []string, newID, title string) ([]string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, err := b.events.Split(id, posts, newID, title); err != nil {
		return nil, err //nolint:wrapcheck // a sentence
	}
	own, _ := b.events.Is(id)
	var taken []string
	for post, e := range b.posts.values {
		if in, _ := b.events.Is(e.Topic); in != own || !slices.Contains(posts, post) && !slices.Contains(posts, e.DuplicateOf) {
			continue
		}
		taken = append(taken, post)
	}
	slices.Sort(taken)
	for _, post := range taken {
		e, _ := b.posts.get(post)
		e.Topic = newID
		b.posts.put(post, e)
		b.dirty[postKey+post] = true
	}
	b.fresh[id], b.fresh[newID] = true, true
	return taken, nil
}

// Rename: see Merge.
func (b *Book) Rename(id, title string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.events.Rename(id, title); err != nil {
		return err //nolint:wrapcheck // a sentence
	}
	b.fresh[id] = true
	return nil
}

// Is gives the id that an open topic goes by: its own for its own and for that
// of one merged into it.
func (b *Book) Is(id string) (own string, open bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.events.Is(id)
}

// Posts are the posts that are known to belong to a topic, by their ids.
func (b *Book) Posts(id string) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []string
	for post, e := range b.posts.values {
		if in, _ := b.events.Is(e.Topic); in == id {
			out = append(out, post)
		}
	}
	slices.Sort(out)
	return out
}

// Events are the open topics, the one used last first.
func (b *Book) Events(now time.Time) []cluster.Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	ids := b.events.Open()
	out := make([]cluster.Event, 0, len(ids))
	for _, id := range ids {
		if e, open := b.events.Event(id, now); open {
			out = append(out, e)
		}
	}
	return out
}
