package rule

import (
	"unicode"
	"unicode/utf8"

	"huiying/analyzer/fold"
	"huiying/analyzer/rule/lang"
)

// fieldScratch is what only some rules ask of a field, made when asked for.
type fieldScratch struct {
	words      []int32 // by token: how many before it are not white space
	sentences  []fold.Span
	paragraphs []fold.Span
	folded     string

	hasWords, hasSentences, hasParagraphs, hasString bool
}

func (f *fieldScratch) reset() {
	*f = fieldScratch{words: f.words[:0], sentences: f.sentences[:0], paragraphs: f.paragraphs[:0]}
}

// patternScratch is where a pattern matches, for one document.
type patternScratch struct {
	generation [2]uint32
	spans      [2][]fold.Span
}

// tokenAt is the number of the token that a rune is in; tokens follow each
// other without a gap.
func tokenAt(tokens []fold.Span, at int32) int {
	low, high := 0, len(tokens)
	for high-low > 1 {
		if middle := int(uint(low+high) >> 1); tokens[middle].Start <= at {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

// whole reports whether a span is a token, a run of whole tokens, or, where
// the dictionaries know its text, a part of a longer token that the
// search-mode cut gives.
func (s *scratch) whole(f int, span fold.Span, known bool) bool {
	tokens := s.doc.field(f).Tokens
	if len(tokens) == 0 {
		return false // the cut failed; the step says so
	}
	first := tokens[tokenAt(tokens, span.Start)]
	if first.Start == span.Start && (first.End == span.End || first.End < span.End && tokens[tokenAt(tokens, span.End-1)].End == span.End) {
		return true
	}
	return known && first.End >= span.End && s.doc.field(f).Text.Runes[first.Start] != '[' // parts of emoticons are no words
}

// tokensBetween counts the tokens, white space aside, that lie wholly between
// two offsets.
func (s *scratch) tokensBetween(f int, end, start int32) int {
	fs, field := &s.fields[f], s.doc.field(f)
	if len(field.Tokens) == 0 {
		return int(start - end)
	}
	if !fs.hasWords {
		fs.hasWords = true
		count := int32(0)
		for _, t := range field.Tokens {
			fs.words = append(fs.words, count)
			if !unicode.IsSpace(field.Text.Runes[t.Start]) {
				count++
			}
		}
		fs.words = append(fs.words, count)
	}
	from, to := tokenAt(field.Tokens, end-1)+1, tokenAt(field.Tokens, start)
	return int(max(fs.words[to]-fs.words[from], 0))
}

// unitsOf gives the sentences or paragraphs of a field.
func (s *scratch) unitsOf(f int, k lang.Kind) []fold.Span {
	fs, t := &s.fields[f], s.doc.field(f).Text
	if k == lang.Paragraph {
		if !fs.hasParagraphs {
			fs.hasParagraphs = true
			fs.paragraphs = split(fs.paragraphs, t, func(rune) bool { return false })
		}
		return fs.paragraphs
	}
	if !fs.hasSentences {
		fs.hasSentences = true
		fs.sentences = split(fs.sentences, t, endsSentence)
	}
	return fs.sentences
}

// endsSentence reports the signs, in folded text, after which a sentence ends.
func endsSentence(r rune) bool {
	switch r {
	case '。', '!', '?', ';', '…':
		return true
	}
	return false
}

// split cuts a text after line ends and after the runes for which ends holds.
func split(dst []fold.Span, t *fold.Text, ends func(rune) bool) []fold.Span {
	from, lines := int32(0), t.Newlines
	for i, r := range t.Runes {
		at := int32(i)
		line := len(lines) > 0 && lines[0] == at
		if line {
			lines = lines[1:]
		}
		if line || ends(r) {
			dst = append(dst, fold.Span{Start: from, End: at + 1})
			from = at + 1
		}
	}
	if end := int32(len(t.Runes)); from < end {
		dst = append(dst, fold.Span{Start: from, End: end})
	}
	return dst
}

// pattern gives the places of a regex in a field, found once for a document.
func (s *scratch) pattern(o *op, f int) []fold.Span {
	ps := &s.patterns[o.pattern]
	if ps.generation[f] == s.generation {
		return ps.spans[f]
	}
	ps.generation[f] = s.generation
	ps.spans[f] = ps.spans[f][:0]
	if !s.gateOpen(o, f) {
		return nil
	}
	fs := &s.fields[f]
	if !fs.hasString {
		fs.hasString = true
		fs.folded = string(s.doc.field(f).Text.Runes)
	}
	runes, bytes := int32(0), 0
	advance := func(to int) int32 {
		runes += int32(utf8.RuneCountInString(fs.folded[bytes:to]))
		bytes = to
		return runes
	}
	for _, m := range o.re.FindAllStringIndex(fs.folded, maxHits) {
		if m[0] == m[1] {
			continue // a place of no width shows nothing
		}
		start := advance(m[0])
		ps.spans[f] = append(ps.spans[f], fold.Span{Start: start, End: advance(m[1])})
	}
	return ps.spans[f]
}

// gateOpen reports whether a string that every match holds was met.
func (s *scratch) gateOpen(o *op, f int) bool {
	for _, term := range o.terms {
		if len(s.spansOf(term, f)) > 0 {
			return true
		}
	}
	return len(o.terms) == 0
}
