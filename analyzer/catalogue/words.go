package catalogue

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"huiying/analyzer/fold"
)

//go:embed data/words.tsv
var wordFile string

// tier is how telling a word is.
type tier uint8

const (
	unlisted tier = iota
	weak          // an everyday thing; tells only beside another word
	step          // something done to a thing; tells only beside it
	plain         // of a name; tells where the post has to do with an office
	object        // tells by itself
	stop          // tells nothing
)

// everyday reports words that everybody says.
func (t tier) everyday() bool { return t == weak || t == step }

// lexicon is what data/words.tsv says, all words folded.
type lexicon struct {
	tiers map[string]tier
	cues  map[string]bool
	same  map[string]string   // word → the one that stands for it
	means map[string][]string // everyday word → what is meant
	whole map[string]bool     // words that are cut out of names before anything else
	most  int                 // runes of the longest of them
}

// words reads the table once; it never changes after.
var words = sync.OnceValue(func() *lexicon {
	l := &lexicon{
		tiers: map[string]tier{}, cues: map[string]bool{}, same: map[string]string{},
		means: map[string][]string{}, whole: map[string]bool{},
	}
	for line := range strings.Lines(wordFile) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		columns := strings.Split(line, "\t")
		list := strings.Fields(fold.String(columns[1]))
		switch columns[0] {
		case "stop", "weak", "step", "object":
			l.rank(list, map[string]tier{"stop": stop, "weak": weak, "step": step, "object": object}[columns[0]])
		case "cue":
			for _, w := range list {
				l.cues[w] = true
			}
		case "same":
			l.unite(list)
		case "means":
			for _, w := range list {
				l.means[w] = append(l.means[w], strings.Fields(fold.String(columns[2]))...)
			}
		}
	}
	return l
})

func (l *lexicon) rank(list []string, t tier) {
	for _, w := range list {
		l.tiers[w] = t
		l.keep(w)
	}
}

func (l *lexicon) unite(list []string) {
	first := list[0]
	if known := l.same[first]; known != "" {
		first = known
	}
	for _, w := range list {
		l.same[w] = first
		l.keep(w)
	}
}

// keep has a word cut out of names as a whole. Words of one character would
// take others to pieces.
func (l *lexicon) keep(w string) {
	if n := utf8.RuneCountInString(w); n > 1 {
		l.whole[w] = true
		l.most = max(l.most, n)
	}
}

// one is the word that stands for w.
func (l *lexicon) one(w string) string {
	if first := l.same[w]; first != "" {
		return first
	}
	return w
}

// tier of a word, its own or that of the word that stands for it.
func (l *lexicon) tier(w string) tier {
	if t := l.tiers[w]; t != unlisted {
		return t
	}
	return l.tiers[l.one(w)]
}

// tell gives the telling words of a name, each once, sorted: words of the
// table are cut out, the longest first from the left, and what lies between
// them is cut by segment.
func (l *lexicon) tell(name string, segment func(string) []string) []string {
	runes := []rune(fold.String(name))
	var out []string
	from := 0
	for i := 0; i < len(runes); {
		n := l.wholeAt(runes[i:])
		if n == 0 {
			i++
			continue
		}
		out = l.pieces(out, runes[from:i], segment)
		out = l.add(out, string(runes[i:i+n]))
		i += n
		from = i
	}
	out = l.pieces(out, runes[from:], segment)
	slices.Sort(out)
	return slices.Compact(out)
}

func (l *lexicon) wholeAt(runes []rune) int {
	for n := min(l.most, len(runes)); n > 1; n-- {
		if l.whole[string(runes[:n])] {
			return n
		}
	}
	return 0
}

// pieces cuts what the table does not know.
func (l *lexicon) pieces(out []string, runes []rune, segment func(string) []string) []string {
	if len(runes) < 2 {
		return out
	}
	for _, w := range segment(string(runes)) {
		w = strings.TrimFunc(fold.String(w), func(r rune) bool { return !fold.Letter(r) })
		if utf8.RuneCountInString(w) > 1 {
			out = l.add(out, w)
		}
	}
	return out
}

func (l *lexicon) add(out []string, w string) []string {
	if l.tier(w) == stop {
		return out
	}
	return append(out, l.one(w))
}
