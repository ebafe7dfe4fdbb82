// Package cluster gathers posts into events in one pass: a post joins the most
// alike open event when it is alike enough, else it begins one. It looks at
// nothing that comes later, gives each post one answer and keeps to it, and
// obeys what people decide by hand: events they merged, split or renamed stay
// so. It keeps hashes of what posts say and no text but titles. It refuses to
// merge or split events by itself, and to say who wrote what.
//
// The method is single-pass clustering over bigrams of characters weighted by
// idf, as topic detection and tracking knows it (Allan, Papka and Lavrenko;
// Yang, Pierce and Carbonell; both SIGIR 1998).
package cluster

import (
	"container/list"
	"math"
	"slices"
	"time"

	"huiying"
	"huiying/analyzer/fold"
)

const (
	// threshold is from what likeness on a post joins an event of many posts;
	// for one of n posts it is doubt/n more, because few say less of what they
	// are about. These figures and those of weights are chosen on the odd events
	// of testdata/events.tsv and on testdata/pairs.tsv.
	threshold = 0.16
	doubt     = 0.1
	// named is from what share of its weight on a post or event is said to name
	// a place; two that do are never one when the names are less alike than
	// samePlace.
	named     = 0.07
	samePlace = 0.1
	// halfLife is after how long what a post says counts half in its event.
	halfLife = 7 * 24 * time.Hour
	// quiet is how long an event stays open after its last post.
	quiet = 14 * 24 * time.Hour
	// minGrams is how many bigrams a post needs to be about anything: 支持 and
	// 转发微博 are said under everything.
	minGrams = 4
	// minShared is how many bigrams that are no part of a place's name a post
	// must share with an event: a housing estate has many troubles.
	minShared = 2
	// youngSize is up to how many posts an event looks for a better title.
	youngSize = 20

	maxFaces    = 5_000  // of all events
	maxFeatures = 64     // of one face
	maxMembers  = 50_000 // posts remembered of all events
	maxOfEvent  = 128    // posts remembered of one event
)

// Post is what of a post decides its event.
type Post struct {
	ID          string
	Title, Text *fold.Text // either may be nil
	Draft       *Draft     // of both; nil = it is made when it is needed
	Author      uint64     // a hash of who wrote it; 0 = unknown
	Platform    string
	At          time.Time // when it was collected
}

// Answer is the event of one post.
type Answer struct {
	Event    string  // "" = the post says too little to be about anything
	New      bool    // the post began the event
	Likeness float64 // 0 to 1, to the event joined; of a new event, to the most alike of the others
}

// Options bound a book; zero values stand for the usual ones.
type Options struct {
	Quiet  time.Duration // how long an event stays open after its last post; usually 14 days
	Events int           // how many events are open at most; usually 5,000, which is also the most
	// Untitled keeps no words of posts: events have titles only where a person
	// named them, and Typical says which post to take one of.
	Untitled bool
}

// Book holds the open events. It is for one goroutine at a time.
type Book struct {
	quiet  time.Duration
	mute   bool              // no titles
	events map[string]*event // by id and by alias
	order  *list.List        // of *event, the longest unused first
	posts  map[string]*member
	memory *list.List // of *member, the oldest first
	faces  []*face    // by slot; nil = free
	since  []uint64   // by slot: the number of its face
	free   []uint32   // slots
	index  [][]entry  // by bucket
	having []uint16   // by bucket, how many entries
	logs   []float32  // natural logarithms
	clock  time.Time  // the latest time seen
	count  uint64     // of posts, faces and uses so far: what came first has the lower number
	dirty  map[string]bool
	work   scratch
}

// New opens an empty book.
func New(o Options) *Book {
	if o.Quiet <= 0 {
		o.Quiet = quiet
	}
	if o.Events <= 0 || o.Events > maxFaces {
		o.Events = maxFaces
	}
	b := &Book{
		quiet: o.Quiet, mute: o.Untitled, events: map[string]*event{}, order: list.New(), posts: map[string]*member{}, memory: list.New(),
		faces: make([]*face, o.Events), since: make([]uint64, o.Events), index: make([][]entry, buckets), having: make([]uint16, buckets), logs: make([]float32, o.Events+prior+2), dirty: map[string]bool{},
	}
	for slot := range b.faces {
		b.free = append(b.free, uint32(len(b.faces)-1-slot))
	}
	for n := range b.logs {
		b.logs[n] = float32(math.Log(float64(n)))
	}
	b.work.score = make([]float32, o.Events)
	return b
}

// EventOf is the id of the event that a post begins.
func EventOf(postID string) string { return huiying.DeriveID("t-", postID) }

// Is gives the id that an open event goes by: its own for its own and for that
// of one merged into it.
func (b *Book) Is(id string) (own string, open bool) {
	if e := b.events[id]; e != nil {
		return e.ID, true
	}
	return id, false
}

// Close closes an event; it is told among the changes.
func (b *Book) Close(id string) {
	if e := b.events[id]; e != nil {
		b.close(e)
	}
}

// Drop forgets posts, wherever they belong, so that no record holds what they
// were like by themselves. The centres of their events stay: those are sums.
func (b *Book) Drop(which func(id string) bool) {
	for id, m := range b.posts {
		if !which(id) {
			continue
		}
		e := m.face.event
		b.memory.Remove(m.order)
		delete(b.posts, id)
		e.Members = slices.DeleteFunc(e.Members, func(o *member) bool { return o == m })
		b.dirty[e.ID] = true
	}
	for at := b.order.Front(); at != nil; at = at.Next() {
		if e := at.Value.(*event); e.Typical != nil && which(e.Typical.ID) {
			e.Typical = nil
			b.dirty[e.ID] = true
		}
	}
}

// Touch notes that another post belongs to an open event, without regard to
// what it says: a comment, a forward.
func (b *Book) Touch(id string, p Post) {
	e := b.events[id]
	if e == nil {
		return
	}
	b.Advance(p.At)
	if b.events[id] != e { // closed meanwhile
		return
	}
	e.add(&member{At: p.At.UTC(), Rank: rankOf(p.Author), Platform: p.Platform})
	b.use(e)
}

// Assign gives the event of a post.
func (b *Book) Assign(p Post) Answer {
	if m := b.posts[p.ID]; m != nil {
		return Answer{Event: m.face.event.ID, New: m.Began, Likeness: m.Likeness}
	}
	if y := p.At.UTC().Year(); y < 1 || y > 9999 { // JSON has no such time
		p.At = b.clock
	}
	p.At = p.At.UTC()
	b.Advance(p.At)
	s := &b.work
	if s.Draft = p.Draft; s.Draft == nil {
		s.own.Read(p.Title, p.Text)
		s.Draft = &s.own
	}
	if len(s.grams) < minGrams {
		return Answer{}
	}
	s.weigh(b)
	f, like := b.nearest(p.At)
	a := Answer{New: f == nil, Likeness: float64(like)}
	if f == nil {
		f = b.begin(p)
	}
	a.Event = f.event.ID
	m := b.remember(p, f, a)
	b.join(f, p.At)
	f.event.add(m)
	b.use(f.event)
	b.retitle(m, p)
	s.Draft = nil // whoever made it goes on with it
	return a
}

// Advance closes the events that have been quiet for too long by a time.
// Assign does so too.
func (b *Book) Advance(now time.Time) {
	if now.After(b.clock) {
		b.clock = now
	}
	for front := b.order.Front(); front != nil; front = b.order.Front() {
		e := front.Value.(*event)
		if b.clock.Sub(e.Last) <= b.quiet {
			return
		}
		b.close(e)
	}
}
