package cluster

import (
	"math"
	"strings"
	"sync"

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

// Draft is what a post says, as far as its event depends on that. It is made
// without the book, so that whoever locks that need not wait for it. Its memory
// is used again.
type Draft struct {
	runes  []rune
	grams  []gram      // of the post, each bucket once
	slots  [256]uint32 // open addressing over grams: bucket<<8 | place+1
	titled int         // how many of the grams are of the title
	kept   []gram      // the grams again, for the book to keep
}

// Read makes the draft of a post; either field may be nil.
func (d *Draft) Read(title, text *fold.Text) {
	d.load(nil)
	if title != nil {
		d.take(title, titleLength, 0)
	}
	d.titled = len(d.grams)
	if text != nil {
		d.take(text, textLength, ofText)
	}
	d.kept = append(d.kept[:0], d.grams...)
}

// load takes the grams of a post that is remembered.
func (d *Draft) load(grams []gram) {
	d.grams, d.titled = d.grams[:0], 0
	clear(d.slots[:])
	for _, g := range grams {
		d.add(g)
	}
}

// telling is how many of the grams lead to events: those of the title, or all
// where it says little.
func (d *Draft) telling() int {
	if d.titled >= minGrams {
		return d.titled
	}
	return len(d.grams)
}

func (d *Draft) take(t *fold.Text, most int, mark gram) {
	d.runes = letters(d.runes[:0], t, most)
	ends := ending()
	place, seen := 0, 0 // characters up to here belong to a name, are looked at
	for i := 1; i < len(d.runes); i++ {
		for end := max(i, seen); end < min(i+placeReach, len(d.runes)); end++ {
			if seen = end + 1; ends.has(d.runes[end]) {
				place = end + 1
			}
		}
		g := gramOf(d.runes[i-1], d.runes[i]) | mark
		if i < place {
			g |= ofPlace
		}
		d.add(g)
	}
}

func (d *Draft) add(g gram) {
	if at, n := d.find(g.bucket()); n < 0 && len(d.grams) < maxGrams {
		d.grams = append(d.grams, g)
		d.slots[at] = g.bucket()<<8 | uint32(len(d.grams))
	}
}

// find gives the place of a bucket among the grams, -1 for none, and the slot
// where it is or would go.
func (d *Draft) find(bucket uint32) (at uint8, n int) {
	for at = uint8(bucket); d.slots[at] != 0; at++ {
		if d.slots[at]>>8 == bucket {
			return at, int(d.slots[at]&0xFF) - 1
		}
	}
	return at, -1
}

// scratch is the working memory of one answer.
type scratch struct {
	*Draft            // what the post says
	own     Draft     // for posts without one
	weights []float32 // of the grams; of unit length
	having  []uint16  // how many events have each gram
	known   []bool    // which grams the face joined has
	places  float32   // share of the squared weights that is in names of places

	rare    []uint8   // places of grams
	score   []float32 // by slot of a face
	touched []uint32
	best    []uint32 // slots
	top     []*face
}

// recall takes what a post said that is remembered.
func (s *scratch) recall(m *member) {
	s.Draft = &s.own
	s.load(m.Grams)
}

// runeSet holds runes of the basic plane.
type runeSet [1 << 10]uint64

func (s *runeSet) add(r rune) { s[uint16(r)>>6] |= 1 << (r & 63) }

func (s *runeSet) has(r rune) bool { return s[uint16(r)>>6]>>(r&63)&1 != 0 }

// ending are the characters that end the names of places.
var ending = sync.OnceValue(func() *runeSet {
	var ends runeSet
	for _, r := range placeEnds {
		ends.add(r)
	}
	return &ends
})

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
