package linear

import "slices"

// beside are the rows of three models side by side: one with up to four classes
// and at most besideBits+2 bits, two with at most besideBits. Most of what a
// model costs is to wait for the memory of its rows, and what is in a block
// comes at once.
type beside []block

// block is half a line of memory. The rows in it are those of all hashes whose
// upper besideBits are its index.
type block struct {
	four  [4]uint32
	eight [2]uint64
}

const besideBits = 17

// places of models in a block.
const (
	first = iota // four
	second
	third
)

// Join lays the rows of three models side by side, where they fit; answers stay
// the same. It is called before anybody asks the models.
func Join(narrow, wide, other *Model) {
	models := [...]*Model{narrow, wide, other}
	for i, m := range models {
		most := besideBits
		if i == first {
			most = besideBits + 2
		}
		if m.beside != nil || m.Bits > most {
			return
		}
	}
	if narrow.rows.four == nil {
		return
	}
	b := make(beside, 1<<besideBits)
	for i := range b {
		for j := range b[i].four {
			b[i].four[j] = narrow.rows.four[(4*i+j)>>(besideBits+2-narrow.Bits)]
		}
		for j, m := range models[second:] {
			b[i].eight[j] = m.rows.wide(i >> (besideBits - m.Bits))
		}
	}
	for i, m := range models {
		m.beside, m.place, m.rows = b, i, rows{}
	}
}

// weight is what a row weighs for a class, wherever the rows are.
func (m *Model) weight(row, class int) int {
	switch {
	case m.beside == nil:
		return m.rows.weight(row, class)
	case m.place == first:
		row <<= besideBits + 2 - m.Bits
		return rows{four: m.beside[row>>2].four[:]}.weight(row&3, class)
	}
	return rows{eight: m.beside[row<<(besideBits-m.Bits)].eight[:]}.weight(m.place-second, class)
}

// wide is a row in 64 bits.
func (r rows) wide(row int) uint64 {
	if r.four == nil {
		return r.eight[row]
	}
	return 0x80808080<<32 | uint64(r.four[row])
}

// found are the rows of the features of one text in the models that were asked.
type found struct {
	in     beside // the rows of which are in three
	three  [3]rows
	single rows // of a model that stands alone
}

// rowsOf are the rows of the features in a model.
func (f *Features) rowsOf(m *Model) rows {
	if m.beside == nil {
		f.found.single = m.rows.of(f.Hashes, 32-m.Bits, f.found.single)
		return f.found.single
	}
	if f.found.in == nil || &f.found.in[0] != &m.beside[0] {
		f.readBeside(m.beside)
	}
	return f.found.three[m.place]
}

// readBeside reads with nothing to decide between, so that the memory brings
// many at once.
func (f *Features) readBeside(b beside) {
	old := &f.found.three
	n := len(f.Hashes)
	four := slices.Grow(old[first].four[:0], n)[:n]
	eight := slices.Grow(old[second].eight[:0], n)[:n]
	other := slices.Grow(old[third].eight[:0], n)[:n]
	for i, h := range f.Hashes {
		x := &b[h>>(32-besideBits)]
		four[i] = x.four[h>>(32-besideBits-2)&3]
		eight[i], other[i] = x.eight[0], x.eight[1]
	}
	f.found.in, f.found.three = b, [...]rows{{four: four}, {eight: eight}, {eight: other}}
}
