// Package analyzertest is what tests and benchmarks of the analyzer's parts
// share: real words to work on and an honest clock. Nothing but tests imports it.
package analyzertest

import (
	"sync"
	"testing"

	"huiying/analyzer/dict"
	"huiying/analyzer/fold"
	"huiying/analyzer/segment"
)

// segmenter is loaded once for all tests of a process; it takes a third of a
// second.
var segmenter = sync.OnceValues(func() (*segment.Segmenter, error) {
	files, err := dict.Locate(dict.Options{})
	if err != nil {
		return nil, err
	}
	return segment.New(files, nil)
})

// Cutter cuts with the real dictionaries until the test ends.
func Cutter(t testing.TB) segment.Cutter {
	t.Helper()
	s, err := segmenter()
	if err != nil {
		t.Fatal(err)
	}
	c, _ := s.Acquire()
	t.Cleanup(c.Release)
	return c
}

// Cut folds a text and cuts it.
func Cut(t testing.TB, c segment.Cutter, text string) (*fold.Text, []fold.Span) {
	t.Helper()
	folded := fold.New(text)
	tokens, err := c.Cut(nil, folded)
	if err != nil {
		t.Fatal(err)
	}
	return folded, tokens
}
