package near

import "math/bits"

const (
	// ways is how many entries a line has: together 64 bytes, what a processor
	// fetches at once.
	ways = 8
	// linesPerPost makes 5.3 entries of remembered posts a line on average. Of
	// the oldest posts one entry in six has been pushed out, of all one in
	// thirty; the other bands find them.
	linesPerPost = 6
	// perKey bounds how many posts one key leads to, so that what everybody
	// writes neither slows a look-up nor pushes out the rest of its line. The
	// newest lead on to the original.
	perKey = 4
)

// table leads from keys of bands to the serials of the posts that had them. A
// key belongs to one line, and a new entry pushes the oldest out of it: so
// nothing is ever removed, and entries of forgotten posts are met until then.
type table []line

// line holds entries, the newest first: a tag of the key above, never 0, and
// the serial below; 0 = free.
type line [ways]uint64

func newTable(posts int) table { return make(table, posts*linesPerPost) }

// put appends the serials of the posts that share a key to found, then enters
// the post itself under each of its keys.
func (t table) put(keys *[bandCount]uint64, serial uint32, found []uint32) []uint32 {
	var lines [bandCount]*line
	_ = t.fetch(keys, &lines)
	for i, l := range lines {
		found = l.put(tagOf(keys[i]), serial, found)
	}
	return found
}

// fetch finds the line of each key and reads from it, with nothing to decide
// between, so that the memory brings many at once: a third of the time. It is
// not inlined, because then the reading would be left out.
//
//go:noinline
func (t table) fetch(keys *[bandCount]uint64, lines *[bandCount]*line) (read uint64) {
	for i, key := range keys {
		at, _ := bits.Mul64(key, uint64(len(t)))
		lines[i] = &t[at]
		read |= t[at][0]
	}
	return read
}

func tagOf(key uint64) uint32 { return uint32(key) | 1 }

// put moves the entries down by one; the fourth of the tag gives way to the
// new one, or else the last.
func (l *line) put(tag, serial uint32, found []uint32) []uint32 {
	above, same := uint64(tag)<<32|uint64(serial), 0
	for i, e := range l {
		l[i], above = above, e
		if uint32(e>>32) != tag || uint32(e) == serial { // two keys of one post may meet
			continue
		}
		found = append(found, uint32(e))
		if same++; same == perKey {
			break
		}
	}
	return found
}
