package topic

import (
	"math/bits"
	"time"
)

// sketch is a set of grams as bits, to see quickly that two sets cannot have
// enough in common.
type sketch [16]uint64

// sketchOf makes the sketch; spare is how many grams fell on a bit already
// taken.
func sketchOf(set []gram) (s sketch, spare int) {
	for _, g := range set {
		h := uint64(g) * 0x9E3779B97F4A7C15 >> 54
		s[h>>6] |= 1 << (h & 63)
	}
	taken := 0
	for _, w := range s {
		taken += bits.OnesCount64(w)
	}
	return s, len(set) - taken
}

// common bounds how many bits two sketches share.
func (s *sketch) common(o *sketch) int {
	n := 0
	for i, w := range s {
		n += bits.OnesCount64(w & o[i])
	}
	return n
}

// shelf holds the topics of one rule, side by side for comparing.
type shelf struct {
	leaders  []*leader
	sketches []sketch
}

func (s *shelf) add(l *leader) {
	bitsOf, _ := sketchOf(l.grams)
	s.leaders, s.sketches = append(s.leaders, l), append(s.sketches, bitsOf)
}

func (s *shelf) remove(topic string) {
	for i, l := range s.leaders {
		if l.topic == topic {
			last := len(s.leaders) - 1
			s.leaders[i], s.sketches[i] = s.leaders[last], s.sketches[last]
			s.leaders, s.sketches = s.leaders[:last], s.sketches[:last]
			return
		}
	}
}

// oldest is the topic that has had no post for the longest.
func (s *shelf) oldest() string {
	var first *leader
	for _, l := range s.leaders {
		if first == nil || l.seen.Before(first.seen) || l.seen.Equal(first.seen) && l.topic < first.topic {
			first = l
		}
	}
	return first.topic
}

// nearest is the topic most alike to a set, if alike enough and not too long
// ago; of equals the smaller id.
func (s *shelf) nearest(set *gramSet, at time.Time) *leader {
	var best *leader
	bestAlike := threshold
	own, spare := sketchOf(set.list)
	for i, l := range s.leaders {
		need := needed(bestAlike, len(set.list), len(l.grams))
		if own.common(&s.sketches[i])+spare < need || at.Sub(l.seen).Abs() > window {
			continue
		}
		score := likeness(set.shared(l.grams, need), len(set.list), len(l.grams))
		if score > bestAlike || score == bestAlike && (best == nil || l.topic < best.topic) {
			best, bestAlike = l, score
		}
	}
	return best
}
