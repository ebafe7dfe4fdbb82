package wordbook

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"huiying"
	"huiying/analyzer"
	"huiying/analyzer/fold"
	"huiying/analyzer/segment"
	"huiying/crawler/patrol/wording"
	"huiying/internal/query"
	"huiying/notifier/reply"
)

func joined(list []error) error { return errors.Join(list...) }

// clean makes a word what its list reads, or says what is wrong with it.
func clean(list string, w query.Word) (query.Word, error) {
	w.Text, w.Right, w.Why = strings.TrimSpace(w.Text), strings.TrimSpace(w.Right), strings.TrimSpace(w.Why)
	w.Except = slices.DeleteFunc(slices.Clone(w.Except), func(s string) bool { return strings.TrimSpace(s) == "" })
	if err := fits(w); err != nil {
		return w, err
	}
	switch list {
	case query.ListWords:
		return cutWord(w)
	case query.ListStops, query.ListPlaces:
		plain, err := cutWord(query.Word{Text: w.Text})
		return query.Word{Text: plain.Text, Why: w.Why}, err
	case query.ListWrong:
		if w.Level == "" {
			w.Level = wording.Common
		}
		if wording.Bad([]wording.Word{wrong(w)}) != "" {
			return w, huiying.Errorf(huiying.Invalid, "lexicon.bad_wrong", w.Text)
		}
		return query.Word{Text: w.Text, Right: w.Right, Level: w.Level, Except: w.Except, Why: w.Why}, nil
	}
	if w.Level == "" {
		w.Level = "own"
	}
	if err := reply.Check("", []reply.Sensitive{sensitive(w)}); err != nil {
		return w, huiying.Errorf(huiying.Invalid, "lexicon.bad_sensitive", w.Text)
	}
	return query.Word{Text: w.Text, Level: w.Level, Except: w.Except, Why: w.Why}, nil
}

// fits bounds what a word brings along.
func fits(w query.Word) error {
	long := func(s string) bool { return utf8.RuneCountInString(s) > maxLength }
	if long(w.Text) || long(w.Right) || len(w.Except) > maxExcept || slices.ContainsFunc(w.Except, long) || utf8.RuneCountInString(w.Why) > maxNote {
		return huiying.Errorf(huiying.Invalid, "lexicon.too_long", string([]rune(w.Text)[:min(maxLength, utf8.RuneCountInString(w.Text))]), maxLength, maxExcept, maxNote)
	}
	return nil
}

// cutWord reads a word as a line of the user dictionary is read, so that both
// take the same.
func cutWord(w query.Word) (query.Word, error) {
	if strings.ContainsFunc(w.Text, func(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '#' }) || w.Text == "" {
		return w, huiying.Errorf(huiying.Invalid, "lexicon.bad_word", w.Text)
	}
	line := w.Text
	if w.Frequency != 0 {
		line += fmt.Sprintf(" %d", w.Frequency)
	}
	if w.Tag != "" {
		line += " " + w.Tag
	}
	read, err := segment.ParseUserDictionary(w.Text, []byte(line))
	switch {
	case err != nil:
		return w, err //nolint:wrapcheck // a sentence already
	case len(read) != 1 || len([]rune(read[0].Text)) < 2:
		return w, huiying.Errorf(huiying.Invalid, "lexicon.bad_word", w.Text)
	}
	return query.Word{Text: read[0].Text, Frequency: read[0].Frequency, Tag: read[0].Tag, Why: w.Why}, nil
}

func wrong(w query.Word) wording.Word {
	return wording.Word{Wrong: w.Text, Right: w.Right, Level: w.Level, Except: w.Except}
}

func sensitive(w query.Word) reply.Sensitive {
	return reply.Sensitive{Word: w.Text, Why: w.Level, Except: w.Except}
}

// Own is the office's own words as their readers take them.
type Own struct {
	Lexicon   analyzer.Lexicon
	Wrong     []wording.Word
	Sensitive []reply.Sensitive
}

// Travels makes the body of a definition of Kind what goes to its readers: they
// need no reasons, no names and no times.
func Travels(body []byte) ([]byte, error) {
	var doc document
	if err := json.Unmarshal(body, &doc); err != nil {
		return nil, fmt.Errorf("read the lexicon: %w", err)
	}
	doc.Note = ""
	for i, w := range doc.Words {
		doc.Words[i] = query.Word{Text: w.Text, Frequency: w.Frequency, Tag: w.Tag, Right: w.Right, Level: w.Level, Except: w.Except}
	}
	out, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("write the words of %s: %w", doc.List, err)
	}
	return out, nil
}

// Read makes the bodies of definitions of Kind what their readers take.
func Read(bodies [][]byte) (own Own, err error) {
	for _, raw := range bodies {
		var doc document
		if err := json.Unmarshal(raw, &doc); err != nil {
			return own, fmt.Errorf("read the lexicon: %w", err)
		}
		own.add(doc)
	}
	return own, nil
}

func (o *Own) add(doc document) {
	for _, w := range doc.Words {
		switch doc.List {
		case query.ListWords:
			o.Lexicon.Words = append(o.Lexicon.Words, segment.Word{Text: w.Text, Frequency: w.Frequency, Tag: w.Tag})
		case query.ListStops:
			o.Lexicon.Stops = append(o.Lexicon.Stops, fold.String(w.Text))
		case query.ListPlaces:
			o.Lexicon.Places = append(o.Lexicon.Places, fold.String(w.Text))
		case query.ListWrong:
			o.Wrong = append(o.Wrong, wrong(w))
		case query.ListSensitive:
			o.Sensitive = append(o.Sensitive, sensitive(w))
		}
	}
}
