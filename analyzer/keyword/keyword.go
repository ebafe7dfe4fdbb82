// Package keyword finds the weighty words of a text that is cut already, by
// TF-IDF with the segmenter's own table. It holds the table compactly (4 MB)
// and refuses to cut anything itself.
package keyword

import (
	"bytes"
	"os"
	"strconv"

	"huiying"
)

const (
	// top is how many keywords a text has at most.
	top = 8
	// maxTokens is how many tokens of a field are weighed; what a text is about
	// shows before that.
	maxTokens = 20_000
	// stopped marks a stop word in the table.
	stopped = -1
)

// Table weighs words. It never changes and is safe for concurrent use.
type Table struct {
	slots   []slot // open addressing; a power of two of them
	average float32
}

// slot holds a word by the upper half of its hash; the lower half leads to it.
type slot struct {
	tag    uint32
	weight float32
}

// Load reads the table of weights ("word idf" lines) and the stop words (one a
// line).
func Load(idfFile, stopFile string) (*Table, error) {
	idf, err := os.ReadFile(idfFile)
	if err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "analyzer.dictionary_missing", idfFile, err)
	}
	stop, err := os.ReadFile(stopFile)
	if err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "analyzer.dictionary_missing", stopFile, err)
	}
	size := 1
	for size < (bytes.Count(idf, []byte("\n"))+bytes.Count(stop, []byte("\n")))*3/2+2 {
		size *= 2
	}
	t := &Table{slots: make([]slot, size)}
	if bad := t.weights(idf); bad > 0 {
		return nil, huiying.Errorf(huiying.Invalid, "analyzer.dictionary_line", idfFile, bad)
	}
	for line := range bytes.Lines(stop) {
		if word := bytes.TrimSpace(line); len(word) > 0 {
			t.put(hashOf([]rune(string(bytes.ToLower(word)))), stopped)
		}
	}
	return t, nil
}

// weights fills the table; bad is the number of the first malformed line.
func (t *Table) weights(idf []byte) (bad int) {
	number, sum := 0, 0.0
	for line := range bytes.Lines(idf) {
		number++
		word, figure, _ := bytes.Cut(bytes.TrimSpace(line), []byte(" "))
		weight, err := strconv.ParseFloat(string(figure), 32)
		if err != nil || len(word) == 0 || weight <= 0 {
			return number
		}
		sum += weight
		t.put(hashOf([]rune(string(bytes.ToLower(word)))), float32(weight))
	}
	if number == 0 {
		return 1
	}
	t.average = float32(sum / float64(number))
	return 0
}

// hashOf mixes the characters of a word.
func hashOf(word []rune) uint64 {
	h := uint64(len(word))
	for _, r := range word {
		h = (h ^ uint64(r)) * 0x9E3779B97F4A7C15
		h ^= h >> 29
	}
	return h
}

func (t *Table) put(hash uint64, weight float32) {
	for i := hash; ; i++ {
		s := &t.slots[i&uint64(len(t.slots)-1)]
		if s.weight == 0 || s.tag == uint32(hash>>32) {
			*s = slot{uint32(hash >> 32), weight}
			return
		}
	}
}

// weight is the word's idf, the average of all for a word that is new, or
// stopped.
func (t *Table) weight(hash uint64) float32 {
	for i := hash; ; i++ {
		s := t.slots[i&uint64(len(t.slots)-1)]
		switch {
		case s.weight == 0:
			return t.average
		case s.tag == uint32(hash>>32):
			return s.weight
		}
	}
}
