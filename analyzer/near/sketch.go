package near

import "math/bits"

const (
	// maxRunes is how many characters of a normal form are compared.
	maxRunes = 400
	// gramRunes is the length of the pieces that are compared.
	gramRunes = 3
	maxGrams  = maxRunes - gramRunes + 1

	rows      = 2
	bandCount = 32
	bins      = rows * bandCount
	binBits   = 6 // bins = 1 << binBits
	sortBits  = 8 // grams are sorted by so many of their upper bits first
)

// Sketch is what an index looks up of a text. It is made without the index, so
// that whoever locks that need not wait for it. Its memory is used again.
type Sketch struct {
	grams []uint32 // sorted, each once; empty for a text that is not judged
	keys  [bandCount]uint64
	face  face

	sorted [maxGrams]uint32
	hashes [maxGrams]uint32
}

// Read makes the sketch of a normal form: the letters and digits that count when
// texts are compared (topic.Normal makes it).
func (s *Sketch) Read(normal []rune) {
	s.grams = s.grams[:0]
	if len(normal) < minRunes {
		return
	}
	s.grams = append(s.grams, s.set(normal)...)
	s.keys, s.face = bands(s.grams), faceOf(s.grams)
}

// set is the set of the grams of a text of three characters or more, valid until
// the next one. Sorting by the upper bits first leaves the insertion sort little
// to do.
func (s *Sketch) set(normal []rune) []uint32 {
	normal = normal[:min(len(normal), maxRunes)]
	var ends [1 << sortBits]uint16
	key := uint64(normal[0])<<21 ^ uint64(normal[1])
	hashes := s.hashes[:len(normal)-gramRunes+1]
	for i, r := range normal[gramRunes-1:] {
		key = (key<<21 ^ uint64(uint32(r))) & (1<<63 - 1) // runes have 21 bits
		h := gramOf(key)
		hashes[i] = h
		ends[h>>(32-sortBits)]++
	}
	sum := uint16(0)
	for i, n := range ends {
		ends[i] = sum
		sum += n
	}
	sorted := s.sorted[:len(hashes)]
	for _, h := range hashes {
		end := &ends[h>>(32-sortBits)]
		sorted[*end] = h
		*end++
	}
	for i := 1; i < len(sorted); i++ {
		h, j := sorted[i], i
		for ; j > 0 && sorted[j-1] > h; j-- {
			sorted[j] = sorted[j-1]
		}
		sorted[j] = h
	}
	n := 1
	for _, h := range sorted[1:] {
		sorted[n] = h
		if h != sorted[n-1] {
			n++
		}
	}
	return sorted[:n]
}

// face is what of a post is looked at before the post itself: one line of
// memory, and of a hundred candidates two need more. Bits are its grams drawn
// small: which places hold one. What two sets share is at most what their bits
// share and the grams of one that fell on a place of another.
type face struct {
	bits   [faceWords]uint64
	at     int64 // Unix time in milliseconds
	serial uint32
	filled uint16 // places that hold a gram
	grams  uint16
}

const faceWords = 6

func faceOf(grams []uint32) face {
	f := face{grams: uint16(len(grams))}
	for _, g := range grams {
		place := uint64(g) * (64 * faceWords) >> 32
		f.bits[place/64] |= 1 << (place % 64)
	}
	for _, word := range f.bits {
		f.filled += uint16(bits.OnesCount64(word))
	}
	return f
}

// shares is the most grams that two posts can share.
func (f *face) shares(other *face) int {
	both := 0
	for i, word := range f.bits {
		both += bits.OnesCount64(word & other.bits[i])
	}
	return both + int(min(f.grams-f.filled, other.grams-other.filled))
}

// gramOf hashes three characters. Records hold these hashes: another function
// needs another version of them.
func gramOf(key uint64) uint32 {
	h := key * 0x9E3779B97F4A7C15
	h = (h ^ h>>32) * 0xBF58476D1CE4E5B9
	return uint32(h >> 32)
}

// signature gives the minima of a set by one-permutation hashing: the upper
// bits of a hash choose its bin, of which the least counts. A bin that stays
// empty borrows from one that is not, tried in an order that only depends on
// the bin, which keeps the share of equal minima an estimate of Jaccard:
// Shrivastava, Optimal Densification for Fast and Accurate Minwise Hashing,
// ICML 2017. The order is a walk with a start and an odd step of the bin's
// own, so that it meets every bin.
func signature(grams []uint32) (minima [bins]uint32) {
	filled := uint64(0)
	for i := len(grams) - 1; i >= 0; i-- {
		bin := grams[i] >> (32 - binBits)
		minima[bin] = grams[i]
		filled |= 1 << bin
	}
	for empty := ^filled; empty != 0; empty &= empty - 1 {
		bin := bits.TrailingZeros64(empty)
		h := mixed(uint64(bin + 1))
		at, step := h>>(64-binBits), h>>32|1
		for filled>>(at%bins)&1 == 0 {
			at += step
		}
		minima[bin] = minima[at%bins]
	}
	return minima
}

// bands gives a key for each two minima of a set that is not empty.
func bands(grams []uint32) (keys [bandCount]uint64) {
	minima := signature(grams)
	for i := range keys {
		pair := uint64(minima[rows*i])<<32 | uint64(minima[rows*i+1])
		keys[i] = mixed(pair + uint64(i)*0x9E3779B97F4A7C15)
	}
	return keys
}

// mixed is the finalizer of splitmix64 (Steele, Lea, Flood, OOPSLA 2014).
func mixed(h uint64) uint64 {
	h = (h ^ h>>30) * 0xBF58476D1CE4E5B9
	h = (h ^ h>>27) * 0x94D049BB133111EB
	return h ^ h>>31
}
