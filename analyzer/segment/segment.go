// Package segment cuts text into words as gojieba does. It is the only package
// that touches gojieba, whose dictionaries it reads and whose cut it repeats
// token for token over tables of its own (see own); a Segmenter can be told to
// have gojieba itself cut. gojieba's traps (bytes that are not UTF-8, use
// after free, changing a dictionary while it is read, files that abort the
// process) end here. A Segmenter never changes; another dictionary is another
// Segmenter, and the old one is freed when its last user has let go.
package segment

import (
	"strings"
	"sync"
	"unicode/utf8"

	"huiying/analyzer/dict"
	"huiying/analyzer/fold"
)

// Token is a word of the text: a half-open range of its folded runes. The
// tokens of a text follow each other without a gap.
type Token = fold.Span

// Segmenter cuts text. It is safe for concurrent use.
type Segmenter struct {
	mu     sync.RWMutex // held for reading while somebody cuts
	engine engine       // nil when closed
}

// engine is a way to cut.
type engine interface {
	cut(dst []Token, t *fold.Text) ([]Token, error)
	has(word string) bool
	close()
}

// New loads the dictionaries and the user's words. The files are checked line
// by line first.
func New(files dict.Files, words []Word) (*Segmenter, error) {
	if err := check(files); err != nil {
		return nil, err
	}
	l, err := readLexicon(files.Main, words)
	if err != nil {
		return nil, err
	}
	m, err := readModel(files.HMM)
	if err != nil {
		return nil, err
	}
	return &Segmenter{engine: newOwn(l, m)}, nil
}

func check(files dict.Files) error {
	if err := checkMain(files.Main); err != nil {
		return err
	}
	return checkModel(files.HMM)
}

// Acquire gives the right to cut until Release; ok is false when the Segmenter
// is closed. A goroutine holds at most one at a time.
func (s *Segmenter) Acquire() (c Cutter, ok bool) {
	s.mu.RLock()
	if s.engine == nil {
		s.mu.RUnlock()
		return Cutter{}, false
	}
	return Cutter{s}, true
}

// Close waits until nobody cuts and frees the dictionaries. Closing twice is
// fine.
func (s *Segmenter) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.engine != nil {
		s.engine.close()
		s.engine = nil
	}
}

// Cutter is a Segmenter that cannot be closed until Release.
type Cutter struct{ s *Segmenter }

// Release ends the right to cut.
func (c Cutter) Release() { c.s.mu.RUnlock() }

// Has reports whether the dictionaries hold the word, so that the search-mode
// cut gives it as a part of a longer word.
func (c Cutter) Has(word string) bool {
	if !utf8.ValidString(word) || strings.ContainsRune(word, 0) || utf8.RuneCountInString(word) < 2 {
		return false
	}
	return c.s.engine.has(word)
}

// Cut appends the tokens of a text to dst. A bracket emoticon is one token.
func (c Cutter) Cut(dst []Token, t *fold.Text) ([]Token, error) {
	return c.s.engine.cut(dst, t)
}

// appendToken adds a token, or the emoticon whose blanks it is one of.
func appendToken(dst []Token, t Token, emoticons []fold.Span) ([]Token, []fold.Span) {
	for len(emoticons) > 0 && t.Start >= emoticons[0].End {
		emoticons = emoticons[1:]
	}
	if len(emoticons) == 0 || t.End <= emoticons[0].Start {
		return append(dst, t), emoticons
	}
	if t.Start == emoticons[0].Start {
		dst = append(dst, emoticons[0])
	}
	return dst, emoticons
}
