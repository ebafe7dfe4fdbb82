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
// about 1,000 bytes: 384 of the table, 416 of hashes, the rest for its id and
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
	faces  []face // of the posts
	places map[string]uint32
	next   uint32 // serial of the next post
	table  table
	room   int // posts that the table is large enough for
	sketch Sketch
	found  []uint32 // serials of candidates, used again
	tally  tally
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

// Seen looks a post up by its normal form and then adds it; see SeenAs.
func (x *Index) Seen(id string, normal []rune, at time.Time) (original string, likeness float64, ok bool) {
	if _, known := x.places[id]; !known {
		x.sketch.Read(normal)
	}
	return x.SeenAs(id, &x.sketch, at)
}

// SeenAs looks a post up and then adds it.
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
func (x *Index) SeenAs(id string, s *Sketch, at time.Time) (original string, likeness float64, ok bool) {
	if serial, known := x.places[id]; known {
		return x.posts[serial%x.size].answer()
	}
	if id == "" || len(s.grams) == 0 {
		return "", 0, false
	}
	p, f := post{id: id, at: at.UnixMilli(), grams: s.grams}, s.face
	f.at = p.at
	x.enter(&p, &f, &s.keys)
	x.compare(&p, &f)
	s.grams = x.keep(p, f) // the index keeps those of the sketch
	return p.answer()
}

// enter gives a post its serial and enters it in the table, which also tells
// what may be alike.
func (x *Index) enter(p *post, f *face, keys *[bandCount]uint64) {
	if len(x.posts) == x.room && x.room < int(x.size) {
		x.grow()
	}
	p.serial, f.serial = x.next, x.next
	x.found = x.table.put(keys, p.serial, x.found[:0])
}

// grow enters the posts in a table for four times as many.
func (x *Index) grow() {
	x.room = min(4*x.room, int(x.size))
	x.table = newTable(x.room)
	x.posts, x.faces = slices.Grow(x.posts, x.room-len(x.posts)), slices.Grow(x.faces, x.room-len(x.faces))
	for i := range x.posts {
		if p := &x.posts[i]; p.serial != 0 {
			keys := bands(p.grams)
			x.found = x.table.put(&keys, p.serial, x.found[:0])
		}
	}
}

// compare looks through the candidates for the post that p repeats.
func (x *Index) compare(p *post, f *face) {
	x.found = x.tally.likeliest(x.found)
	_ = x.fetch()
	first := int64(math.MaxInt64) // when the one found was written
	for _, serial := range x.found {
		c := &x.faces[serial%x.size]
		apart := c.at - p.at
		if c.serial != serial || apart > window || apart < -window || c.at >= first {
			continue // forgotten, too far away, or later than one found
		}
		half, most := needed(int(f.grams), int(c.grams))
		if f.shares(c) < min(half, most) {
			continue // nearly all that are not alike
		}
		alike := &x.posts[serial%x.size]
		if percent := likeness(p.grams, alike.grams); percent > 0 {
			first, p.percent = c.at, percent
			p.original = cmp.Or(alike.original, alike.id)
		}
	}
	if p.original == p.id { // it was forgotten, those that repeat it were not
		p.original, p.percent = "", 0
	}
}

// tally counts how often each serial is found, by open addressing: there are at
// most bandCount*perKey of them, and no serial is 0.
type tally [2 * bandCount * perKey]struct{ serial, times uint32 }

// count counts the serials and gives where each is, once.
func (t *tally) count(found []uint32, places *[bandCount * perKey]uint8) []uint8 {
	clear(t[:])
	n := 0
	for _, serial := range found {
		at := uint8(serial * 0x9E3779B1 >> 24)
		for t[at].serial != serial && t[at].serial != 0 {
			at++
		}
		if t[at].serial == 0 {
			t[at].serial = serial
			places[n] = at
			n++
		}
		t[at].times++
	}
	return places[:n]
}

// likeliest leaves, of what may be alike, the posts that share the most bands,
// of equal ones the earlier. Of a true copy's 32 bands eight are shared at the
// least likeness that counts, of a quote's some; posts that only speak the same
// way share one or two, and there can be a hundred of those.
func (t *tally) likeliest(found []uint32) []uint32 {
	var places [bandCount * perKey]uint8
	var ranked [maxCompared]uint64 // bands not shared above, the serial below
	n := 0
	for _, place := range t.count(found, &places) {
		one := t[place]
		rank := uint64(bandCount-one.times)<<32 | uint64(one.serial)
		if n == maxCompared && rank > ranked[n-1] {
			continue
		}
		n = min(n+1, maxCompared)
		at := n - 1
		for ; at > 0 && ranked[at-1] > rank; at-- {
			ranked[at] = ranked[at-1]
		}
		ranked[at] = rank
	}
	found = found[:0]
	for _, rank := range ranked[:n] {
		found = append(found, uint32(rank))
	}
	return found
}

// fetch reads from every candidate, for the reason that the table's does.
//
//go:noinline
func (x *Index) fetch() (read uint32) {
	for _, serial := range x.found {
		read |= x.faces[serial%x.size].serial
	}
	return read
}

// keep puts a post into the ring, in place of the oldest when that is full, and
// gives the memory of that one's grams.
func (x *Index) keep(p post, f face) (spare []uint32) {
	if place := p.serial % x.size; int(place) == len(x.posts) {
		x.posts, x.faces = append(x.posts, p), append(x.faces, f)
	} else {
		delete(x.places, x.posts[place].id)
		spare = x.posts[place].grams[:0]
		x.posts[place], x.faces[place] = p, f
	}
	x.places[p.id] = p.serial
	x.next++
	if x.next >= math.MaxUint32/x.size*x.size { // a multiple: places go on in turn
		x.next = x.size
	}
	return spare
}

// Drop forgets the posts for whose id which holds.
func (x *Index) Drop(which func(id string) bool) {
	for id, serial := range x.places {
		if which(id) {
			delete(x.places, id)
			x.posts[serial%x.size], x.faces[serial%x.size] = post{}, face{} // no candidate: its serial is another
		}
	}
}

// needed is how many grams two sets of so many share when half of all are in
// both, and when four fifths of the smaller are.
func needed(a, b int) (half, most int) {
	if a > b {
		a, b = b, a
	}
	if a < minContained {
		return (a + b + 2) / 3, b + 1 // never
	}
	return (a + b + 2) / 3, (4*a + 4) / 5
}

// likeness compares two sorted sets of grams, in percent; 0 = not alike.
func likeness(a, b []uint32) uint8 {
	if len(a) > len(b) {
		a, b = b, a
	}
	half, most := needed(len(a), len(b))
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
