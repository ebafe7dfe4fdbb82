package segment

import (
	"os"
	"strconv"
	"strings"
	"unicode/utf8"

	"huiying"
)

// States of a character in a word, in the order of the model's file: at the
// begin, at the end, in the middle, a word by itself.
const (
	stateB = iota
	stateE
	stateM
	stateS
	states
)

// never is the logarithm of the probability of what the model has not seen.
const never = -3.14e100

// model finds words that no dictionary holds: a hidden Markov model over the
// states of characters (jieba's, trained by its authors). It never changes.
type model struct {
	start [states]float64
	move  [states][states]float64
	ways  [states][]uint8   // by state: those it is ever reached from
	emit  [][states]float64 // by class of the rune; class 0 was never seen
	low   []int32           // class of each rune of the basic plane
	high  map[rune]int32    // of the others
}

func (m *model) class(r rune) int32 {
	if uint32(r) < 1<<16 {
		return m.low[r]
	}
	return m.high[r]
}

// classOf gives the class of a rune, made if there is none.
func (m *model) classOf(r rune) int32 {
	c := m.class(r)
	if c != 0 {
		return c
	}
	c = int32(len(m.emit))
	m.emit = append(m.emit, m.emit[0])
	if r < 1<<16 {
		m.low[r] = c
	} else {
		m.high[r] = c
	}
	return c
}

// readModel reads the model's file, which has been checked.
func readModel(path string) (*model, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "analyzer.dictionary_missing", path, err)
	}
	m := &model{low: make([]int32, 1<<16), high: map[rune]int32{}, emit: [][states]float64{{never, never, never, never}}}
	seen := 0
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		switch {
		case seen == 0:
			m.start = four(line)
		case seen <= states:
			m.move[seen-1] = four(line)
		case seen <= 2*states:
			m.emissions(line, seen-1-states)
		}
		seen++
	}
	m.find()
	return m, nil
}

// find notes which states are reached from which: of sixteen moves half never
// happen, and a way over one of those is never better than none.
func (m *model) find() {
	for s := range m.ways {
		for before := range m.move {
			if m.move[before][s] > never {
				m.ways[s] = append(m.ways[s], uint8(before))
			}
		}
	}
}

func four(line string) (out [states]float64) {
	for i, field := range strings.Fields(line) {
		out[i%states] = number(field)
	}
	return out
}

// number reads a figure of a file that has been checked.
func number(s string) float64 {
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return never
	}
	return x
}

func (m *model) emissions(line string, state int) {
	for pair := range strings.SplitSeq(line, ",") {
		char, figure, ok := strings.Cut(pair, ":")
		if !ok {
			continue
		}
		r, _ := utf8.DecodeRuneInString(char)
		m.emit[m.classOf(r)][state] = number(figure)
	}
}

// path is the working memory of one search: for each character and state
// where the best way to it comes from.
type path struct{ from [][states]uint8 }

// words finds the most likely words of a run of characters (Viterbi) and
// appends their ends, counted from base.
func (m *model) words(p *path, run []rune, base int32, ends []int32) []int32 {
	if len(run) == 1 {
		return append(ends, base+1) // whatever its state, it is one word
	}
	p.from = p.from[:0]
	var weight [states]float64
	emit := &m.emit[m.class(run[0])]
	for s := range weight {
		weight[s] = m.start[s] + emit[s]
	}
	p.from = append(p.from, [states]uint8{})
	for _, r := range run[1:] {
		emit = &m.emit[m.class(r)]
		var next [states]float64
		var from [states]uint8
		for s := range next {
			next[s], from[s] = never, stateE
			for _, before := range m.ways[s] {
				if w := weight[before] + m.move[before][s] + emit[s]; w > next[s] {
					next[s], from[s] = w, before
				}
			}
		}
		weight = next
		p.from = append(p.from, from)
	}
	return p.ends(weight, base, ends)
}

// ends walks the best way back and appends where its words end.
func (p *path) ends(weight [states]float64, base int32, ends []int32) []int32 {
	state := uint8(stateE)
	if weight[stateE] < weight[stateS] {
		state = stateS
	}
	first := len(ends)
	for i := len(p.from) - 1; i >= 0; i-- {
		if state == stateE || state == stateS {
			ends = append(ends, base+int32(i)+1)
		}
		state = p.from[i][state]
	}
	for i, j := first, len(ends)-1; i < j; i, j = i+1, j-1 {
		ends[i], ends[j] = ends[j], ends[i]
	}
	return ends
}
