package analyzer

import (
	"huiying/analyzer/fold"
	"huiying/analyzer/segment"
)

// Words cuts a text into words, folded, as posts are cut; none after Close.
func (a *Analyzer) Words(text string) []string {
	_, cutter, ok := a.acquire()
	if !ok {
		return nil
	}
	defer cutter.Release()
	return wordsOf(cutter, text)
}

// Parts are the words of a folded text and the dictionary's words inside them,
// as one who searches may know them: 身份证 and 身份 in 居民身份证. None after
// Close.
func (a *Analyzer) Parts(t *fold.Text) []fold.Span {
	_, cutter, ok := a.acquire()
	if !ok {
		return nil
	}
	defer cutter.Release()
	tokens, err := cutter.Cut(nil, t)
	if err != nil {
		return nil
	}
	var out []fold.Span
	for _, token := range tokens {
		out = append(out, token)
		out = inside(out, cutter, t, token)
	}
	return out
}

// inside appends the dictionary's words of two and three characters in a longer
// one.
func inside(dst []fold.Span, c segment.Cutter, t *fold.Text, word fold.Span) []fold.Span {
	for _, n := range []int32{2, 3} {
		if word.End-word.Start <= n {
			continue
		}
		for at := word.Start; at+n <= word.End; at++ {
			if part := (fold.Span{Start: at, End: at + n}); c.Has(t.Term(part)) {
				dst = append(dst, part)
			}
		}
	}
	return dst
}
