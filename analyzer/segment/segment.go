// Package segment cuts text into words with gojieba. It is the only package
// that touches gojieba: its traps (bytes that are not UTF-8, use after free,
// changing a dictionary while it is read, files that abort the process) end
// here. A Segmenter never changes; another dictionary is another Segmenter,
// and the old one is freed when its last user has let go.
package segment

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/yanyiwu/gojieba"

	"huiying"
	"huiying/analyzer/dict"
	"huiying/analyzer/fold"
)

// Token is a word of the text: a half-open range of its folded runes. The
// tokens of a text follow each other without a gap.
type Token = fold.Span

// maxPiece is how many runes go to the segmenter at once: it allocates about
// half a kilobyte for each rune of an unbroken run.
const maxPiece = 2048

// Segmenter cuts text. It is safe for concurrent use.
type Segmenter struct {
	mu    sync.RWMutex // held for reading while somebody cuts
	jieba *gojieba.Jieba
}

// New loads the dictionaries and the user's words. The files are checked line
// by line first, because gojieba ends the process on a malformed one.
func New(files dict.Files, words []Word) (*Segmenter, error) {
	if err := checkMain(files.Main); err != nil {
		return nil, err
	}
	if err := checkModel(files.HMM); err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "huiying-dict-")
	if err != nil {
		return nil, fmt.Errorf("make folder for the user dictionary: %w", err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	user, idf, stop := filepath.Join(folder, "user"), filepath.Join(folder, "idf"), filepath.Join(folder, "stop")
	if strings.ContainsAny(user, "|;") {
		return nil, huiying.Errorf(huiying.Invalid, "analyzer.temp_folder", os.TempDir())
	}
	// Keyword weights are computed on tokens already cut, so gojieba gets
	// tables of one row instead of holding 6 MB of them a second time.
	for path, text := range map[string]string{user: userFile(words), idf: "的 1.0\n", stop: "的\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return nil, fmt.Errorf("write user dictionary: %w", err)
		}
	}
	return &Segmenter{jieba: gojieba.NewJieba(files.Main, files.HMM, user, idf, stop)}, nil
}

// Acquire gives the right to cut until Release; ok is false when the Segmenter
// is closed. A goroutine holds at most one at a time.
func (s *Segmenter) Acquire() (c Cutter, ok bool) {
	s.mu.RLock()
	if s.jieba == nil {
		s.mu.RUnlock()
		return Cutter{}, false
	}
	return Cutter{s}, true
}

// Close waits until nobody cuts and frees the dictionaries (130 MiB outside
// Go's heap). Closing twice is fine.
func (s *Segmenter) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.jieba != nil {
		s.jieba.Free()
		s.jieba = nil
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
	for _, w := range c.s.jieba.CutAll(word) {
		if w == word {
			return true
		}
	}
	return false
}

// Cut appends the tokens of a text to dst. A bracket emoticon is one token.
func (c Cutter) Cut(dst []Token, t *fold.Text) ([]Token, error) {
	emoticons := t.Emoticons
	rest, base := t.Segmentable(), int32(0)
	for rest != "" {
		piece := rest[:pieceEnd(rest)]
		rest = rest[len(piece):]
		covered := 0
		for _, w := range c.s.jieba.Cut(piece, true) {
			start := base
			base += runes(w)
			covered += len(w)
			if len(emoticons) == 0 {
				dst = append(dst, Token{Start: start, End: base})
			} else {
				dst, emoticons = appendToken(dst, Token{Start: start, End: base}, emoticons)
			}
		}
		if covered != len(piece) {
			return dst, fmt.Errorf("cut %d of %d bytes", covered, len(piece))
		}
	}
	return dst, nil
}

// runes counts the runes of valid UTF-8.
func runes(s string) (n int32) {
	for i := range len(s) {
		if s[i]&0xC0 != 0x80 {
			n++
		}
	}
	return n
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

// pieceEnd is where the first piece of s ends: after the last separator within
// maxPiece runes, where gojieba begins anew anyway; failing that after the last
// character that is no letter; failing that after maxPiece runes.
func pieceEnd(s string) int {
	if len(s) <= maxPiece {
		return len(s)
	}
	n, separator, other := 0, 0, 0
	for i, r := range s {
		if n == maxPiece {
			switch {
			case separator > 0:
				return separator
			case other > 0:
				return other
			}
			return i
		}
		n++
		switch {
		case r == ' ', r == ',', r == '。':
			separator = i + utf8.RuneLen(r)
		case !fold.Letter(r) && r != '.':
			other = i + utf8.RuneLen(r)
		}
	}
	return len(s)
}
