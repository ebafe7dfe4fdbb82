package near

import "slices"

// Sealed adds the checksum to the body of a record.
func Sealed(body []byte) []byte { return sealed(body) }

// Bands gives the keys of a text, which are what Seen computes before any
// look-up.
func (x *Index) Bands(normal []rune) [bandCount]uint64 {
	x.sketch.Read(normal)
	return x.sketch.keys
}

// Enter does the 32 look-ups and inserts of a post with made-up keys, which
// are all the same with a step of 0.
func (x *Index) Enter(key, step uint64) {
	var keys [bandCount]uint64
	for i := range keys {
		keys[i] = mixed(key*bandCount + uint64(i)*step)
	}
	x.found = x.table.put(&keys, uint32(key), x.found[:0])
}

// Candidates is how many posts the last look-up found.
func (x *Index) Candidates() int { return len(x.found) }

// Held lists the ids of remembered posts, in the order they came.
func (x *Index) Held() []string {
	var ids []string
	for i := x.next - uint32(len(x.posts)); i != x.next; i++ {
		ids = append(ids, x.posts[i%x.size].id)
	}
	return ids
}

// Wind takes an empty index to so many posts before its serials begin anew.
func (x *Index) Wind(rounds uint32) { x.next = ^uint32(0)/x.size*x.size - rounds*x.size }

// Shared is how many pieces two sets share: at most, by the faces, and truly.
func Shared(a, b []uint32) (most, n int) {
	f, g := faceOf(a), faceOf(b)
	for _, x := range a {
		if slices.Contains(b, x) {
			n++
		}
	}
	return f.shares(&g), n
}
