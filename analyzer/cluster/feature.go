package cluster

import (
	"math"
	"strings"

	"huiying/analyzer/fold"
)

const (
	// titleLength and textLength are how many characters of each are looked at.
	titleLength = 60
	textLength  = 40
	// textWeight is what a bigram of the text counts beside one of the title.
	textWeight = 0.4
	// prior stands for events never seen, so that the first events of a book
	// do not take every word for a rare one.
	prior = 50
	// placeEnds end the names of places, and placeReach is how many characters
	// before them belong to the name.
	placeEnds  = "路街巷道桥区市县镇乡村组社园苑城府庭湾居郡公馆站湖山栋期厦寓坪岗坡坝塘冲洲庄屯寨堡"
	placeReach = 2
)

// gram is a bigram of characters: a bucket of a hash, which many bigrams share,
// over two marks. No text can be put together from it.
type gram uint32

const (
	buckets      = 1 << 17
	ofText  gram = 1 // stands in the text alone
	ofPlace gram = 2 // stands in what looks like the name of a place
	allOf        = buckets<<2 - 1
)

func (g gram) bucket() uint32 { return uint32(g >> 2) }

func gramOf(a, b rune) gram {
	h := (uint64(a)<<32 | uint64(b)) * 0x9E3779B97F4A7C15
	h = (h ^ h>>29) * 0xBF58476D1CE4E5B9
	return gram(h>>47) << 2
}

// tiny keeps what is divided by from being zero.
const tiny = 1e-9

// maxGrams is how many grams a post has at most.
const maxGrams = titleLength + textLength

// scratch is the working memory of one answer.
type scratch struct {
	runes   []rune
	grams   []gram      // of the post, each bucket once
	weights []float32   // of the grams; of unit length
	having  []uint16    // how many events have each gram
	known   []bool      // which grams the face joined has
	slots   [256]uint32 // open addressing over grams: bucket<<8 | place+1
	titled  int         // how many of the grams are of the title
	places  float32     // share of the squared weights that is in names of places

	rare    []uint8   // places of grams
	score   []float32 // by slot of a face
	touched []uint32
	top     []*face
	ends    runeSet // of names of places
}

// runeSet holds runes of the basic plane.
type runeSet [1 << 10]uint64

func (s *runeSet) add(r rune) { s[uint16(r)>>6] |= 1 << (r & 63) }

func (s *runeSet) has(r rune) bool { return s[uint16(r)>>6]>>(r&63)&1 != 0 }

// read takes the grams of a post.
func (s *scratch) read(p Post) {
	s.load(nil)
	if p.Title != nil {
		s.take(p.Title, titleLength, 0)
	}
	s.titled = len(s.grams)
	if p.Text != nil {
		s.take(p.Text, textLength, ofText)
	}
}

// load takes the grams of a post that is remembered.
func (s *scratch) load(grams []gram) {
	s.grams, s.titled = s.grams[:0], 0
	clear(s.slots[:])
	for _, g := range grams {
		s.add(g)
	}
}

// telling is how many of the grams lead to events: those of the title, or all
// where it says little.
func (s *scratch) telling() int {
	if s.titled >= minGrams {
		return s.titled
	}
	return len(s.grams)
}

func (s *scratch) take(t *fold.Text, most int, mark gram) {
	s.runes = letters(s.runes[:0], t, most)
	place, seen := 0, 0 // characters up to here belong to a name, are looked at
	for i := 1; i < len(s.runes); i++ {
		for end := max(i, seen); end < min(i+placeReach, len(s.runes)); end++ {
			if seen = end + 1; s.ends.has(s.runes[end]) {
				place = end + 1
			}
		}
		g := gramOf(s.runes[i-1], s.runes[i]) | mark
		if i < place {
			g |= ofPlace
		}
		s.add(g)
	}
}

func (s *scratch) add(g gram) {
	if at, n := s.find(g.bucket()); n < 0 && len(s.grams) < maxGrams {
		s.grams = append(s.grams, g)
		s.slots[at] = g.bucket()<<8 | uint32(len(s.grams))
	}
}

// find gives the place of a bucket among the grams, -1 for none, and the slot
// where it is or would go.
func (s *scratch) find(bucket uint32) (at uint8, n int) {
	for at = uint8(bucket); s.slots[at] != 0; at++ {
		if s.slots[at]>>8 == bucket {
			return at, int(s.slots[at]&0xFF) - 1
		}
	}
	return at, -1
}

// weigh gives each gram its weight: where it stands times its idf among the
// open events, ln((events+prior)/(events with it+1)). An event that closes is
// forgotten, so the idf goes with the time.
func (s *scratch) weigh(b *Book) {
	s.weights, s.having, s.known = s.weights[:0], s.having[:0], s.known[:0]
	all := b.logs[len(b.faces)-len(b.free)+prior]
	sum, places := float32(0), float32(0)
	for _, g := range s.grams {
		n := b.having[g.bucket()]
		w := all - b.logs[n+1]
		if g&ofText != 0 {
			w *= textWeight
		}
		s.weights, s.having, s.known = append(s.weights, w), append(s.having, n), append(s.known, false)
		if sum += w * w; g&ofPlace != 0 {
			places += w * w
		}
	}
	s.places = places / max(sum, tiny)
	length := float32(math.Sqrt(float64(sum)))
	for i := range s.weights {
		s.weights[i] /= length
	}
}

// letters appends the first letters and digits of a text, without emoticons,
// links and the names after @.
func letters(out []rune, t *fold.Text, most int) []rune {
	runes, emoticons := t.Runes, t.Emoticons
	for i := 0; i < len(runes) && len(out) < most; i++ {
		for len(emoticons) > 0 && int(emoticons[0].End) <= i {
			emoticons = emoticons[1:]
		}
		switch r := runes[i]; {
		case len(emoticons) > 0 && i >= int(emoticons[0].Start):
			i = int(emoticons[0].End) - 1
		case r == '@':
			for i+1 < len(runes) && (fold.Letter(runes[i+1]) || runes[i+1] == '_' || runes[i+1] == '-') {
				i++
			}
		case r == 'h' && isLink(runes[i:]):
			for i+1 < len(runes) && runes[i+1] > ' ' && runes[i+1] < 0x80 {
				i++
			}
		case fold.Letter(r):
			out = append(out, r)
		}
	}
	return out
}

func isLink(runes []rune) bool {
	n := min(len(runes), len("https://"))
	s := string(runes[:n])
	return strings.HasPrefix(s, "http://") || s == "https://"
}
