package linear

import "slices"

// lanes is how many classes a model can have.
const lanes = 8

// rows are int8 weights by feature and class, a row to a word and a byte to a
// class, each 128 + weight: up to four classes in 32 bits, up to eight in 64.
type rows struct {
	four  []uint32
	eight []uint64
}

func newRows(classes, bits int) rows {
	if classes <= 4 {
		four := make([]uint32, 1<<bits)
		for i := range four {
			four[i] = 0x80808080
		}
		return rows{four: four}
	}
	eight := make([]uint64, 1<<bits)
	for i := range eight {
		eight[i] = 0x8080808080808080
	}
	return rows{eight: eight}
}

func (r rows) len() int { return len(r.four) + len(r.eight) }

func (r rows) weight(row, class int) int {
	if r.four != nil {
		return int(r.four[row]>>(8*class)&0xFF) - 128
	}
	return int(r.eight[row]>>(8*class)&0xFF) - 128
}

func (r rows) set(row, class, weight int) {
	if r.four != nil {
		r.four[row] = r.four[row]&^(0xFF<<(8*class)) | uint32(weight+128)<<(8*class)
		return
	}
	r.eight[row] = r.eight[row]&^(0xFF<<(8*class)) | uint64(weight+128)<<(8*class)
}

// flush is how many rows can be added up before a lane of 16 bits is full.
const flush = 257

// evens are the lanes of 16 bits that bytes are spread over.
const evens = 0x00FF00FF00FF00FF

// sums adds up the weights of all classes of some rows: the bytes of a row are
// spread over lanes of 16 bits and added in one go.
func (r rows) sums() (out [lanes]int) {
	n := r.len()
	for at := 0; at < n; at += flush {
		end := min(at+flush, n)
		var even, odd uint64
		if r.four != nil {
			for _, row := range r.four[at:end] {
				even += uint64(row) & evens
				odd += uint64(row) >> 8 & evens
			}
		} else {
			for _, row := range r.eight[at:end] {
				even += row & evens
				odd += row >> 8 & evens
			}
		}
		for i := range lanes / 2 {
			out[2*i] += int(even>>(16*i)&0xFFFF) - 128*(end-at)
			out[2*i+1] += int(odd>>(16*i)&0xFFFF) - 128*(end-at)
		}
	}
	return out
}

// contrasts are, row by row and in the memory of old, k−1 times how much more a
// row weighs for a class than for the average of the k−1 others. Lanes without a
// class weigh nothing.
func (r rows) contrasts(class, k int, old []int32) []int32 {
	out := slices.Grow(old[:0], r.len())[:r.len()]
	shift, weightless := 8*class&63, int32(128*(lanes-k))
	if r.four != nil {
		weightless = int32(128 * (lanes/2 - k))
		for i, row := range r.four {
			out[i] = contrast(uint64(row), shift, int32(k)) + weightless
		}
		return out
	}
	for i, row := range r.eight {
		out[i] = contrast(row, shift, int32(k)) + weightless
	}
	return out
}

// contrast is that of the bytes as they are, not taken from 128.
func contrast(row uint64, shift int, k int32) int32 {
	sum := (row&evens + row>>8&evens) * 0x0001000100010001 >> 48
	return k*int32(row>>shift&0xFF) - int32(sum)
}

// of are the rows of hashes, in their order, in the memory of old.
func (r rows) of(hashes []uint32, shift int, old rows) rows {
	if r.four != nil {
		out := slices.Grow(old.four[:0], len(hashes))[:len(hashes)]
		for i, h := range hashes {
			out[i] = r.four[h>>shift]
		}
		return rows{four: out}
	}
	out := slices.Grow(old.eight[:0], len(hashes))[:len(hashes)]
	for i, h := range hashes {
		out[i] = r.eight[h>>shift]
	}
	return rows{eight: out}
}
