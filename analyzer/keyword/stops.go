package keyword

// Stops are further stop words, beside those of a table. They never change.
type Stops struct{ hashes map[uint64]bool }

// NewStops makes a set of folded words; nil of none.
func NewStops(words []string) *Stops {
	if len(words) == 0 {
		return nil
	}
	s := &Stops{hashes: make(map[uint64]bool, len(words))}
	for _, w := range words {
		s.hashes[hashOf([]rune(w))] = true
	}
	return s
}

func (s *Stops) has(hash uint64) bool { return s != nil && s.hashes[hash] }

// Without takes further stop words out of the answers that follow; nil is none.
func (f *Finder) Without(s *Stops) { f.stops = s }
