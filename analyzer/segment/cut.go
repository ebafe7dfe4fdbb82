package segment

import (
	"sync"

	"huiying/analyzer/fold"
)

// own cuts as gojieba does, token for token: the most likely words of the
// dictionaries (a shortest path over all words that stand in the text), then
// words no dictionary holds among the single characters left. It exists
// because segmentation is what analysis costs: the same algorithm over flat
// tables, without a copy of each word, takes a fraction of the time and
// memory, and a mistake in it is a panic of one post and not the end of the
// process.
type own struct {
	lexicon *lexicon
	model   *model
	desks   sync.Pool // of *desk
}

func newOwn(l *lexicon, m *model) *own {
	return &own{lexicon: l, model: m, desks: sync.Pool{New: func() any { return &desk{} }}}
}

func (o *own) close() {}

func (o *own) has(word string) bool { return o.lexicon.has(word) }

// desk is the working memory of one cut.
type desk struct {
	best  []float64 // by character: weight of the best words from it to the end
	step  []int32   // by character: length of the first of them
	ends  []int32
	path  path
	blank []rune
}

// maxRun is how many characters between two separators are looked at
// together; memory is bounded by it.
const maxRun = 1 << 16

// cut appends the tokens of a text.
func (o *own) cut(dst []Token, t *fold.Text) ([]Token, error) {
	d := o.desks.Get().(*desk)
	defer o.desks.Put(d)
	runes := t.Runes
	if len(t.Emoticons) > 0 {
		d.blank = t.Blanked(d.blank[:0])
		runes = d.blank
	}
	d.ends = d.ends[:0]
	for from := 0; from < len(runes); {
		to := from
		for to < len(runes) && to-from < maxRun && !separator(runes[to]) {
			to++
		}
		if to == from {
			to++
			d.ends = append(d.ends, int32(to))
		} else {
			o.run(d, runes[from:to], int32(from))
		}
		from = to
	}
	return d.tokens(dst, t.Emoticons), nil
}

// separator reports the characters at which gojieba begins anew.
func separator(r rune) bool {
	switch r {
	case ' ', '\t', '\n', '，', '。':
		return true
	}
	return false
}

// run cuts characters without a separator.
func (o *own) run(d *desk, run []rune, base int32) {
	o.weigh(d, run)
	for i := 0; i < len(run); {
		if n := int(d.step[i]); n > 1 || o.lexicon.alone(run[i]) {
			i += n
			d.ends = append(d.ends, base+int32(i))
			continue
		}
		from := i
		for i < len(run) && d.step[i] == 1 && !o.lexicon.alone(run[i]) {
			i++
		}
		o.unknown(d, run[from:i], base+int32(from))
	}
}

// weigh finds, from the last character to the first, the best words; of equal
// ones the shorter first word wins, as in gojieba.
func (o *own) weigh(d *desk, run []rune) {
	l, n := o.lexicon, len(run)
	if cap(d.best) < n+1 {
		d.best, d.step = make([]float64, 2*n+2), make([]int32, 2*n+2)
	}
	best, step := d.best[:n+1], d.step[:n+1]
	best[n] = 0
	for i := n - 1; i >= 0; i-- {
		begin := l.begin(run[i])
		w, length := best[i+1]+begin.weight, int32(1)
		if begin.at == none || i+1 == n || !l.pair(run[i], run[i+1]) {
			best[i], step[i] = w, length
			continue
		}
		at := begin.at
		for j := i + 1; j < n; j++ {
			if at = l.next(at, run[j]); at == none {
				break
			}
			if own := l.nodes[at].weight; own != noWord && best[j+1]+own > w {
				w, length = best[j+1]+own, int32(j+1-i)
			}
		}
		best[i], step[i] = w, length
	}
}

// unknown cuts a run of single characters: letters and figures by their shape,
// the rest by the model.
func (o *own) unknown(d *desk, run []rune, base int32) {
	from := 0
	for i := 0; i < len(run); {
		if run[i] >= 0x80 {
			i++
			continue
		}
		if from < i {
			d.ends = o.model.words(&d.path, run[from:i], base+int32(from), d.ends)
		}
		i = shapeEnd(run, i)
		d.ends = append(d.ends, base+int32(i))
		from = i
	}
	if from < len(run) {
		d.ends = o.model.words(&d.path, run[from:], base+int32(from), d.ends)
	}
}

// shapeEnd is where a name (letters, then letters and figures) or a number
// (figures and points) that begins at i ends; any other sign stands alone.
func shapeEnd(run []rune, i int) int {
	letter := func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }
	digit := func(r rune) bool { return r >= '0' && r <= '9' }
	end := i + 1
	switch {
	case letter(run[i]):
		for end < len(run) && (letter(run[end]) || digit(run[end])) {
			end++
		}
	case digit(run[i]):
		for end < len(run) && (digit(run[end]) || run[end] == '.') {
			end++
		}
	}
	return end
}

// tokens appends the words that end at d.ends, an emoticon as one.
func (d *desk) tokens(dst []Token, emoticons []fold.Span) []Token {
	from := int32(0)
	for _, end := range d.ends {
		t := Token{Start: from, End: end}
		from = end
		if len(emoticons) == 0 {
			dst = append(dst, t)
			continue
		}
		dst, emoticons = appendToken(dst, t, emoticons)
	}
	return dst
}
