package cluster

import (
	"math"
	"slices"
	"time"
)

// face is one side of an event: a sum of what its posts say in which the older
// counts less. An event has one until another is merged into it.
type face struct {
	Number   uint64    `json:"number"` // the older has the lower
	Last     time.Time `json:"last"`
	Features []feature `json:"features"`

	event  *event
	slot   uint32
	length float32 // of the sum
	places float32 // share of the squared weights that is in names of places
}

type feature struct {
	Gram   gram    `json:"g"`
	Weight float32 `json:"w"`
	at     uint32  // place in the index
}

// entry is where a bucket is a feature: slot of the face * maxFeatures + place.
type entry uint32

// newFace takes a free slot for a face that has no features yet.
func (b *Book) newFace(e *event, number uint64) *face {
	slot := b.free[len(b.free)-1]
	b.free = b.free[:len(b.free)-1]
	f := &face{event: e, slot: slot, Number: number, Features: make([]feature, 0, maxFeatures)}
	b.faces[slot], b.since[slot] = f, number
	e.Faces = append(e.Faces, f)
	return f
}

// put makes the feature at a place of a face, which is free or one too many.
func (b *Book) put(f *face, place int, g gram, weight float32) {
	if place == len(f.Features) {
		f.Features = append(f.Features, feature{})
	}
	list := b.index[g.bucket()]
	f.Features[place] = feature{g, weight, uint32(len(list))}
	b.index[g.bucket()] = append(list, entry(f.slot*maxFeatures+uint32(place)))
	b.having[g.bucket()]++
}

// drop takes the feature at a place of a face out of the index.
func (b *Book) drop(f *face, place int) {
	gone := f.Features[place]
	list := b.index[gone.Gram.bucket()]
	last := list[len(list)-1]
	list[gone.at] = last
	b.faces[last/maxFeatures].Features[last%maxFeatures].at = gone.at
	if list = list[:len(list)-1]; len(list) == 0 && cap(list) > 16 {
		list = nil
	}
	b.index[gone.Gram.bucket()] = list
	b.having[gone.Gram.bucket()]--
}

// empty drops every feature of a face.
func (b *Book) empty(f *face) {
	for place := range f.Features {
		b.drop(f, place)
	}
	f.Features, f.length, f.Last = f.Features[:0], 0, time.Time{}
}

// release gives back the slot of a face.
func (b *Book) release(f *face) {
	b.empty(f)
	b.faces[f.slot] = nil
	b.free = append(b.free, f.slot)
}

// join adds the post in scratch to a face. The weightiest features stay.
func (b *Book) join(f *face, at time.Time) {
	s, keep := &b.work, float32(1)
	if old := at.Sub(f.Last); old > 0 {
		keep = float32(math.Exp2(-float64(old) / float64(halfLife)))
		f.Last = at
	}
	for i := range f.Features {
		f.Features[i].Weight *= keep
		if _, n := s.find(f.Features[i].Gram.bucket()); n >= 0 {
			f.Features[i].Weight += s.weights[n]
			s.known[n] = true
		}
	}
	least := -1 // where the lightest feature is; -1 = not known
	for i, g := range s.grams {
		switch {
		case s.known[i]:
		case len(f.Features) < maxFeatures:
			b.put(f, len(f.Features), g, s.weights[i])
		default:
			if least < 0 {
				least = f.least()
			}
			if s.weights[i] > f.Features[least].Weight {
				b.drop(f, least)
				b.put(f, least, g, s.weights[i])
				least = -1
			}
		}
	}
	f.measure()
}

func (f *face) least() int {
	at := 0
	for i := range f.Features {
		if f.Features[i].Weight < f.Features[at].Weight {
			at = i
		}
	}
	return at
}

func (f *face) measure() {
	sum, places := float32(0), float32(0)
	for i := range f.Features {
		w := f.Features[i].Weight * f.Features[i].Weight
		if sum += w; f.Features[i].Gram&ofPlace != 0 {
			places += w
		}
	}
	f.length, f.places = float32(math.Sqrt(float64(sum))), places/max(sum, tiny)
}

// alike is what the post in scratch and a face have in common.
type alike struct {
	cosine float32
	places float32 // the part of the cosine that is in names of places
	plain  int     // how many grams are in none
}

// likeness compares the post in scratch with a face, by all or by what another
// face lacks.
func (s *scratch) likeness(f, lacks *face) (a alike) {
	for i := range f.Features {
		_, n := s.find(f.Features[i].Gram.bucket())
		if n < 0 || lacks != nil && lacks.has(f.Features[i].Gram.bucket()) {
			continue
		}
		w := s.weights[n] * f.Features[i].Weight
		if a.cosine += w; s.grams[n]&ofPlace != 0 {
			a.places += w
		} else {
			a.plain++
		}
	}
	a.cosine /= max(f.length, tiny)
	a.places /= max(f.length, tiny)
	return a
}

func (f *face) has(bucket uint32) bool {
	return slices.ContainsFunc(f.Features, func(x feature) bool { return x.Gram.bucket() == bucket })
}

// elsewhere reports whether the post in scratch and a face both name places,
// but others.
func (s *scratch) elsewhere(f *face, a alike) bool {
	if s.places < named || f.places < named {
		return false
	}
	return a.places < samePlace*float32(math.Sqrt(float64(s.places*f.places)))
}

// nearest is the face most alike to the post in scratch and its likeness; nil
// and that of the most alike where none is alike enough.
func (b *Book) nearest(at time.Time) (best *face, like float32) {
	s, most := &b.work, float32(0)
	for _, f := range b.promising() {
		a := s.likeness(f, nil)
		if a.plain < minShared || s.elsewhere(f, a) || at.Sub(f.event.Last) > b.quiet || f.event.First.Sub(at) > b.quiet {
			continue
		}
		most = max(most, a.cosine)
		if a.cosine >= threshold+doubt/float32(f.event.Size) && (best == nil || s.nearer(f, best, a.cosine-like)) {
			best, like = f, a.cosine
		}
	}
	if best == nil {
		return nil, min(most, 1)
	}
	return best, min(like, 1)
}

// nearer reports whether the post in scratch is nearer to a face than to
// another, by how much it is more alike. Of events that a person took apart it
// is nearer to the one that it shares more with of what the other has not.
func (s *scratch) nearer(f, other *face, more float32) bool {
	if slices.Contains(f.event.Apart, other.event.ID) {
		mine, its := s.likeness(f, other).cosine, s.likeness(other, f).cosine
		if mine != its {
			return mine > its
		}
	}
	return more > 0 || more == 0 && f.Number < other.Number
}

const (
	// candidates is how many events a post is compared with in full, and behind
	// what share of the best one's promise the third and later ones must have.
	candidates = 8
	behind     = 0.5
	// visits is how many places of the index are looked at for one post; those of
	// its rarest gram are looked at in any case.
	visits = 256
)

// promising are the faces that share the rarest grams with the post in scratch.
// They are the same in whatever order the index holds them.
func (b *Book) promising() []*face {
	s, seen := &b.work, 0
	s.touched, s.best, s.top = s.touched[:0], s.best[:0], s.top[:0]
	rare := s.rarest()
	_ = b.fetch(rare)
	for _, i := range rare {
		list := b.index[s.grams[i].bucket()]
		if seen += len(list); seen > visits && len(s.touched) > 0 {
			break
		}
		for _, e := range list {
			slot := uint32(e / maxFeatures)
			if s.score[slot] == 0 {
				s.touched = append(s.touched, slot)
			}
			s.score[slot] += s.weights[i]
		}
	}
	for _, slot := range s.touched {
		if n := len(s.best); n == candidates && s.score[slot] < s.score[s.best[n-1]] {
			continue
		}
		s.best = append(s.best, slot)
		for at := len(s.best) - 1; at > 0 && b.before(s.best[at], s.best[at-1]); at-- {
			s.best[at], s.best[at-1] = s.best[at-1], s.best[at]
		}
		s.best = s.best[:min(len(s.best), candidates)]
	}
	for n := len(s.best); n > 2 && s.score[s.best[n-1]] < behind*s.score[s.best[0]]; n-- {
		s.best = s.best[:n-1]
	}
	for _, slot := range s.touched {
		s.score[slot] = 0
	}
	for _, slot := range s.best {
		s.top = append(s.top, b.faces[slot])
	}
	return s.top
}

// fetch reads the beginnings of the places of the index that lead on from some
// grams, as far as they are visited, with nothing to wait for in between, so that
// the memory brings many at once. It is not inlined, because then the reading
// would be left out.
//
//go:noinline
func (b *Book) fetch(rare []uint8) (read entry) {
	s, seen := &b.work, 0
	for _, i := range rare {
		if seen += int(s.having[i]); seen > visits {
			break
		}
		read |= b.index[s.grams[i].bucket()][0]
	}
	return read
}

// rarest gives where the grams are that lead to events, the rarest first,
// without those that no event has. Of those that more events have than are
// visited only the rarest counts, and only when it is the rarest of all.
func (s *scratch) rarest() []uint8 {
	var ends [visits + 2]uint8 // by how many events have a gram: where the next such one goes
	having := s.having[:s.telling()]
	many := -1
	for i, n := range having {
		switch {
		case n <= visits:
			ends[n+1]++
		case many < 0 || n < having[many]:
			many = i
		}
	}
	ends[1] = 0 // no event has them
	for n := range visits + 1 {
		ends[n+1] += ends[n]
	}
	s.rare = slices.Grow(s.rare[:0], len(having)+1)[:ends[visits+1]]
	for i, n := range having {
		if n > 0 && n <= visits {
			s.rare[ends[n]] = uint8(i)
			ends[n]++
		}
	}
	if many >= 0 {
		s.rare = append(s.rare, uint8(many))
	}
	return s.rare
}

// before reports whether the face of one slot shares more with the post in
// scratch than that of another; of equals the older does.
func (b *Book) before(slot, other uint32) bool {
	mine, its := b.work.score[slot], b.work.score[other]
	return mine > its || mine == its && b.since[slot] < b.since[other]
}
