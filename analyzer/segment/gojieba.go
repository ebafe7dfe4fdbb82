package segment

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/yanyiwu/gojieba"

	"huiying"
	"huiying/analyzer/dict"
	"huiying/analyzer/fold"
)

// NewGojieba is New with gojieba itself doing the cutting: what New is held
// against, and a way out should the two ever differ. It holds about 130 MiB
// outside Go's heap and takes some five times as long a post.
func NewGojieba(files dict.Files, words []Word) (*Segmenter, error) {
	if err := check(files); err != nil { // gojieba ends the process on a malformed one
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
	return &Segmenter{engine: original{gojieba.NewJieba(files.Main, files.HMM, user, idf, stop)}}, nil
}

// original is gojieba.
type original struct{ jieba *gojieba.Jieba }

func (o original) close() { o.jieba.Free() }

func (o original) has(word string) bool {
	for _, w := range o.jieba.CutAll(word) {
		if w == word {
			return true
		}
	}
	return false
}

// maxPiece is how many runes go to the segmenter at once: it allocates about
// half a kilobyte for each rune of an unbroken run.
const maxPiece = 2048

func (o original) cut(dst []Token, t *fold.Text) ([]Token, error) {
	emoticons := t.Emoticons
	rest, base := string(t.Blanked(nil)), int32(0)
	for rest != "" {
		piece := rest[:pieceEnd(rest)]
		rest = rest[len(piece):]
		covered := 0
		for _, w := range o.jieba.Cut(piece, true) {
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
