package store

import "sync"

// decodedLarge is from how many bytes on a text is decoded every time.
const decodedLarge = 16 << 10

// Decoded gives again what texts were decoded to, which takes longer than to read
// them: pages show the same rows again and again. One is given again only for the
// very text it was decoded from, so that nothing in it is ever old. They are
// shared: nobody may change what one points to. It is safe for concurrent use.
type Decoded[V any] struct {
	decode func(text string) (V, error)
	most   int

	mu          sync.Mutex
	young, aged map[int64]decodedText[V] // by row; what nobody asks for ages and goes
}

type decodedText[V any] struct {
	text  string
	value V
}

// NewDecoded keeps what was asked for lately, between most and twice as many.
func NewDecoded[V any](most int, decode func(text string) (V, error)) *Decoded[V] {
	return &Decoded[V]{decode: decode, most: most, young: map[int64]decodedText[V]{}}
}

// Get decodes the text of a row. An error is not kept.
func (d *Decoded[V]) Get(row int64, text string) (V, error) {
	if known, ok := d.known(row); ok && known.text == text {
		return known.value, nil
	}
	value, err := d.decode(text)
	if err == nil && len(text) <= decodedLarge {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.add(row, decodedText[V]{text, value})
	}
	return value, err
}

func (d *Decoded[V]) known(row int64) (decodedText[V], bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if one, ok := d.young[row]; ok {
		return one, true
	}
	one, ok := d.aged[row]
	if ok {
		d.add(row, one)
	}
	return one, ok
}

func (d *Decoded[V]) add(row int64, one decodedText[V]) {
	if len(d.young) >= d.most {
		d.young, d.aged = make(map[int64]decodedText[V], d.most), d.young
	}
	d.young[row] = one
}
