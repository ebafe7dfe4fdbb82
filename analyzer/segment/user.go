package segment

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"huiying"
	"huiying/analyzer/fold"
)

// defaultFrequency makes a word that is listed without one stand against the
// words it is made of; gojieba's own default (the median, 3) does not.
const defaultFrequency = 20_000

const (
	maxFrequency = 10_000_000 // the dictionary's own words add up to 60 million
	maxWordRunes = 24
)

// Word is an entry of the user dictionary.
type Word struct {
	Text      string // folded
	Frequency int    // how often it is met in 60 million words
	Tag       string // part of speech
}

// ReadUserDictionary reads the file of the user's words; "" gives none.
func ReadUserDictionary(path string) ([]Word, error) {
	if path == "" {
		return nil, nil
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "analyzer.user_unreadable", path, err)
	}
	return ParseUserDictionary(path, raw)
}

// ParseUserDictionary reads "word [frequency [tag]]" lines; # begins a comment
// line. Every bad line is told with its number, and then nothing is taken:
// half a dictionary is not what the operator wrote.
func ParseUserDictionary(name string, raw []byte) ([]Word, error) {
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	var words []Word
	var problems []error
	first := map[string]int{}
	number := 0
	for line := range bytes.Lines(raw) {
		number++
		w, ok, problem := parseLine(string(line))
		if problem == nil && ok && first[w.Text] > 0 {
			problem = huiying.Errorf(huiying.Invalid, "analyzer.user_twice", w.Text, first[w.Text])
		}
		switch {
		case problem != nil:
			problems = append(problems, huiying.Errorf(huiying.Invalid, "analyzer.user_line", name, number, problem))
		case ok:
			first[w.Text] = number
			words = append(words, w)
		}
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return words, nil
}

// parseLine reads one line; ok is false for empty lines and comments.
func parseLine(line string) (w Word, ok bool, problem error) {
	if !utf8.ValidString(line) {
		return w, false, huiying.Errorf(huiying.Invalid, "analyzer.user_not_utf8")
	}
	line = strings.TrimSpace(line)
	if line == "" || strings.HasPrefix(line, "#") {
		return w, false, nil
	}
	if i := strings.IndexFunc(line, func(r rune) bool { return unicode.IsControl(r) && r != '\t' }); i >= 0 {
		return w, false, huiying.Errorf(huiying.Invalid, "analyzer.user_control")
	}
	fields := strings.Fields(line)
	if len(fields) > 3 {
		return w, false, huiying.Errorf(huiying.Invalid, "analyzer.user_fields", len(fields))
	}
	w = Word{Text: fold.String(fields[0]), Frequency: defaultFrequency, Tag: "n"}
	if n := utf8.RuneCountInString(w.Text); n == 0 || n > maxWordRunes || strings.ContainsAny(w.Text, ",。 ") {
		return w, false, huiying.Errorf(huiying.Invalid, "analyzer.user_word", fields[0], maxWordRunes)
	}
	rest := fields[1:]
	if len(rest) > 0 && (len(rest) == 2 || !isTag(rest[0])) {
		n, err := strconv.Atoi(rest[0])
		if err != nil || n < 1 || n > maxFrequency {
			return w, false, huiying.Errorf(huiying.Invalid, "analyzer.user_frequency", rest[0], maxFrequency)
		}
		w.Frequency = n
		rest = rest[1:]
	}
	if len(rest) > 0 {
		if !isTag(rest[0]) {
			return w, false, huiying.Errorf(huiying.Invalid, "analyzer.user_tag", rest[0])
		}
		w.Tag = rest[0]
	}
	return w, true, nil
}

// Names makes words of folded names, as if each were listed by itself; what
// cannot be a word is left out.
func Names(folded []string) []Word {
	words := make([]Word, 0, len(folded))
	for _, name := range folded {
		if n := utf8.RuneCountInString(name); n > 1 && n <= maxWordRunes && !strings.ContainsAny(name, ",。 ") {
			words = append(words, Word{Text: name, Frequency: defaultFrequency, Tag: "ns"})
		}
	}
	return words
}

func isTag(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return s != "" && len(s) <= 8
}

// userFile writes words as gojieba reads them.
func userFile(words []Word) string {
	var b strings.Builder
	for _, w := range words {
		fmt.Fprintf(&b, "%s %d %s\n", w.Text, w.Frequency, w.Tag)
	}
	return b.String()
}
