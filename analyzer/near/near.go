// Package near says which posts nearly repeat an earlier one: forwards, quotes,
// cut and slightly changed copies. It finds candidates by MinHash with locality
// sensitive hashing (32 bands of 2 rows) and compares every candidate before it
// says so: half of all three-character pieces of both texts together must be in
// both, or four fifths of the shorter text's in the longer one. It compares the
// first 400 characters, so longer texts that begin alike are alike; and what is
// alike to a part (two posts that quote a third) comes under one original.
//
// It keeps 32-bit hashes of the pieces, no text: none can be read from them,
// but who guesses a text can check the guess. A post of 100 characters takes
// about 930 bytes: 384 of the table, 416 of hashes, the rest for its id and
// place. It refuses to judge normal forms shorter than 12 characters, which
// everybody writes, and to guess at meaning: a retold event is not a duplicate.
package near

import (
	"cmp"
	"math"
	"slices"
	"time"
)

const (
	// DefaultSize is how many posts an index of size 0 remembers.
	DefaultSize = 200_000
	// Window is how far apart in time a post and one it repeats may be.
	Window = 72 * time.Hour
	window = int64(Window / time.Millisecond)
	// maxSize leaves the serial numbers of posts (32 bits) many rounds.
	maxSize = 1 << 24
	// firstRoom is how many posts the table is made for at first.
	firstRoom = 256
	// maxCompared is how many candidates a post is compared with.
	maxCompared = 12
	// minRunes is the shortest normal form that is judged.
	minRunes = 12
	// minContained is how many different pieces a text has at least to be
	// looked for in longer ones; 哈哈哈哈哈哈哈哈哈哈哈哈 is one piece over and over.
	minContained = 8
)

// Index remembers the posts seen last. The same calls in the same order give
// the same answers. It is not safe for concurrent use: the caller locks.
type Index struct {
	size   uint32
	posts  []post // a ring when full; the post of a serial is at serial % size
	places map[string]uint32
	next   uint32 // serial of the next post
	table  table
	room   int // posts that the table is large enough for
	sketch sketch
	found  []uint32 // serials of candidates, used again
	ranked []uint64 // the same with how many bands they share
}

// post is what is remembered of one.
type post struct {
	id, original string // original is "" for a post that repeats none
	at           int64  // Unix time in milliseconds
	grams        []uint32
	serial       uint32
	percent      uint8 // likeness to the post it was found to repeat
}

func (p *post) answer() (original string, likeness float64, ok bool) {
	return p.original, float64(p.percent) / 100, p.original != ""
}

// New gives an empty index that remembers size posts and then forgets the one
// that came first; 0 or less = DefaultSize, at most 16,777,216.
func New(size int) *Index {
	if size <= 0 {
		size = DefaultSize
	}
	size = min(size, maxSize)
	return &Index{size: uint32(size), next: uint32(size), places: map[string]uint32{}, table: newTable(min(size, firstRoom)), room: min(size, firstRoom)}
}

// Len is how many posts are remembered.
func (x *Index) Len() int { return len(x.places) }

// Seen looks a post up and then adds it. The normal form holds the letters and
// digits that count when texts are compared (topic.Normal makes it).
//
// Of the posts within Window that it nearly repeats, original is the one of the
// earliest time; if that is a duplicate itself, its original. Likeness is how
// much it is like the one found, with two decimals, rounded down: the share of
// the shorter text's pieces that are in the longer one where that is .8 or
// more, otherwise the share of all pieces that are in both.
//
// ok is false for a post that repeats none and for one that is not judged: with
// no id or too short. A post that comes again while it is remembered gets the
// answer it had, whatever its text is now.
func (x *Index) Seen(id string, normal []rune, at time.Time) (original string, likeness float64, ok bool) {
	if serial, known := x.places[id]; known {
		return x.posts[serial%x.size].answer()
	}
	if id == "" || len(normal) < minRunes {
		return "", 0, false
	}
	x.sketch.read(normal)
	p := post{id: id, at: at.UnixMilli(), grams: slices.Clone(x.sketch.grams)}
	x.enter(&p)
	x.compare(&p)
	x.keep(p)
	return p.answer()
}

// enter gives a post its serial and enters it in the table, which also tells
// what may be alike.
func (x *Index) enter(p *post) {
	if len(x.posts) == x.room && x.room < int(x.size) {
		x.grow()
	}
	p.serial = x.next
	x.found = x.table.put(bands(p.grams), p.serial, x.found[:0])
}

// grow enters the posts in a table for four times as many.
func (x *Index) grow() {
	x.room = min(4*x.room, int(x.size))
	x.table = newTable(x.room)
	for i := range x.posts {
		if p := &x.posts[i]; p.serial != 0 {
			x.found = x.table.put(bands(p.grams), p.serial, x.found[:0])
		}
	}
}

// compare looks through the candidates for the post that p repeats.
func (x *Index) compare(p *post) {
	x.likeliest()
	_ = x.fetch()
	var first *post
	for _, serial := range x.found {
		c := &x.posts[serial%x.size]
		apart := c.at - p.at
		if c.serial != serial || apart > window || apart < -window || first != nil && c.at >= first.at {
			continue // forgotten, too far away, or later than one found
		}
		if percent := likeness(p.grams, c.grams); percent > 0 {
			first, p.percent = c, percent
		}
	}
	if first == nil {
		return
	}
	p.original = cmp.Or(first.original, first.id)
	if p.original == p.id { // it was forgotten, those that repeat it were not
		p.original, p.percent = "", 0
	}
}

// likeliest leaves, of what may be alike, the posts that share the most bands,
// of equal ones the earlier. Of a true copy's 32 bands eight are shared at the
// least likeness that counts, of a quote's some; posts that only speak the same
// way share one or two, and there can be a hundred of those.
func (x *Index) likeliest() {
	slices.Sort(x.found)
	ranked := x.ranked[:0]
	for i := 0; i < len(x.found); {
		j := i + 1
		for j < len(x.found) && x.found[j] == x.found[i] {
			j++
		}
		ranked = append(ranked, uint64(bandCount-(j-i))<<32|uint64(x.found[i]))
		i = j
	}
	slices.Sort(ranked)
	x.ranked, x.found = ranked, x.found[:0]
	for _, r := range ranked[:min(len(ranked), maxCompared)] {
		x.found = append(x.found, uint32(r))
	}
}

// fetch reads from every candidate, for the reason that the table's does.
//
//go:noinline
func (x *Index) fetch() (read uint32) {
	for _, serial := range x.found {
		read |= x.posts[serial%x.size].grams[0]
	}
	return read
}

// keep puts a post into the ring, in place of the oldest when that is full.
func (x *Index) keep(p post) {
	if place := p.serial % x.size; int(place) == len(x.posts) {
		x.posts = append(x.posts, p)
	} else {
		delete(x.places, x.posts[place].id)
		x.posts[place] = p
	}
	x.places[p.id] = p.serial
	x.next++
	if x.next >= math.MaxUint32/x.size*x.size { // a multiple: places go on in turn
		x.next = x.size
	}
}

// Drop forgets the posts for whose id which holds.
func (x *Index) Drop(which func(id string) bool) {
	for id, serial := range x.places {
		if which(id) {
			delete(x.places, id)
			x.posts[serial%x.size] = post{grams: []uint32{0}} // no candidate: its serial is another
		}
	}
}

// likeness compares two sorted sets of grams, in percent; 0 = not alike.
func likeness(a, b []uint32) uint8 {
	if len(a) > len(b) {
		a, b = b, a
	}
	half := (len(a) + len(b) + 2) / 3 // with so many in both, Jaccard is .5
	most := (4*len(a) + 4) / 5        // and with so many, containment is .8
	if len(a) < minContained {
		most = len(b) + 1 // never
	}
	n := shared(a, b, min(half, most))
	switch {
	case n >= most:
		return uint8(100 * n / len(a))
	case n >= half:
		return uint8(100 * n / (len(a) + len(b) - n))
	}
	return 0
}

// shared counts what is in both of two sorted sets, a being the smaller; it
// stops, with less than need, when that cannot be reached. It adds instead of
// branching: which set goes on is more than a processor can foresee.
func shared(a, b []uint32, need int) int {
	n, i, j := 0, 0, 0
	for i < len(a) && j < len(b) && i-n <= len(a)-need {
		x, y := a[i], b[j]
		n += one(x == y)
		i += one(x <= y)
		j += one(y <= x)
	}
	return n
}

func one(is bool) int {
	if is {
		return 1
	}
	return 0
}
