// Package linear judges texts by hashed character n-grams: one table of int8
// weights per question, a softmax over its classes, a temperature that makes
// the probabilities honest, and the words that decided. A model is trained by
// Train, stored by Encode and is only read afterwards. It knows nothing of
// what the classes mean.
package linear

import (
	"slices"

	"huiying/analyzer/fold"
)

// Features are the hashed n-grams of one text, shared by all models. The zero
// value is empty; it is for one goroutine at a time and reuses its memory.
type Features struct {
	// Hashes are the n-grams in the order of their last character.
	Hashes []uint32

	marks  []uint32  // the signs of the characters, field by field
	ends   []int32   // how many of Hashes end at each mark
	places [][]int32 // by field, by rune and one behind the last: the first mark that begins there or later
	found  found
}

// A sign is a character as the n-grams see it: a digit is a digit whichever, a
// link, a mention and an emoticon are one mark each. These are no characters.
const (
	signStart    = 0x110000 + iota // before the first character of a field
	signLink                       // http://…
	signMention                    // @somebody: whom it names says nothing of the matter
	signEmoticon                   // its name is added
	signDeny                       // begins the n-grams of what a negation covers
)

// maxMarks bounds the work on one text; what follows is not judged.
const maxMarks = 4000

// Read takes the folded fields of a post, the title first.
func (f *Features) Read(fields ...*fold.Text) {
	f.Hashes, f.marks, f.ends, f.found.in = f.Hashes[:0], f.marks[:0], f.ends[:0], nil
	for len(f.places) < len(fields) {
		f.places = append(f.places, nil)
	}
	for i := range f.places {
		f.places[i] = f.places[i][:0]
	}
	for i, t := range fields {
		if t != nil && len(t.Runes) > 0 {
			f.places[i] = f.sign(t, f.places[i])
		}
	}
	f.grams()
}

// sign turns the characters of one field into marks and says where those are, in
// the memory of places.
func (f *Features) sign(t *fold.Text, places []int32) []int32 {
	n := len(t.Runes)
	start := int32(len(f.marks))
	marks := append(slices.Grow(f.marks, min(n, maxMarks)+2), signStart)
	places = slices.Grow(places[:0], n+1)[:n+1]
	emoticons, i := t.Emoticons, 0
	for i < n && len(marks) < maxMarks {
		places[i] = int32(len(marks))
		r := t.Runes[i]
		if r >= 0x4E00 { // most of any text
			marks = append(marks, uint32(r))
			i++
			continue
		}
		if r == ' ' {
			i++
			continue
		}
		var sign uint32
		var end int
		if len(emoticons) > 0 && int(emoticons[0].Start) == i {
			end = int(emoticons[0].End)
			sign = signEmoticon + named(t.Runes[i+1:end-1])
			emoticons = emoticons[1:]
		} else {
			sign, end = other(t.Runes, i)
		}
		marks = append(marks, sign)
		for i++; i < end; i++ {
			places[i] = int32(len(marks))
		}
	}
	for ; i <= n; i++ {
		places[i] = int32(len(marks))
	}
	places[0] = start
	f.marks = marks
	return places
}

// other is the sign of what is no Chinese character, and where it ends.
func other(runes []rune, i int) (sign uint32, end int) {
	end = i + 1
	switch r := runes[i]; {
	case r >= '0' && r <= '9':
		for end < len(runes) && runes[end] >= '0' && runes[end] <= '9' {
			end++
		}
		return '0', end
	case r == '@':
		for end < len(runes) && end-i < 30 && fold.Letter(runes[end]) {
			end++
		}
		return signMention, end
	case r == 'h' && link(runes[i:]):
		for end < len(runes) && runes[end] > ' ' && runes[end] < 0x7F {
			end++
		}
		return signLink, end
	}
	return uint32(runes[i]), end
}

func named(name []rune) uint32 {
	h := uint32(1)
	for _, r := range name {
		h = h*31 + uint32(r)
	}
	return h & 0xFFFFFF
}

func link(r []rune) bool {
	const scheme = "http"
	if len(r) < 8 {
		return false
	}
	for i, c := range scheme {
		if r[i] != c {
			return false
		}
	}
	return r[4] == ':' || r[4] == 's' && r[5] == ':'
}

// Multipliers of the n-grams' hashes, odd and without pattern.
const (
	mul1 = 0x9E3779B1
	mul2 = 0x85EBCA77
	mul3 = 0xC2B2AE3D
	mulN = 0x27D4EB2F
)

// covered is how many characters after a negation it is taken to deny.
const covered = 5

// grams hashes every one, two and three marks in a row and, after a negation,
// every two with it.
func (f *Features) grams() {
	var a, b uint32 // the two marks before
	deny := 0
	hashes := slices.Grow(f.Hashes, 4*len(f.marks))[:4*len(f.marks)] // most that there can be
	ends := slices.Grow(f.ends, len(f.marks))[:len(f.marks)]
	n := 0
	for i := range f.marks {
		sign := f.marks[i]
		c := sign * mul1
		if sign == signStart {
			a, b, deny = 0, c, 0
			ends[i] = int32(n)
			continue
		}
		two := mix(b*mul2 + c)
		next := hashes[n : n+4]
		next[0], next[1], next[2] = mix(c), two, mix((a*mul3+b)*mul2+c+1)
		n += 3
		if deny > 0 {
			next[3] = mix(two*mulN + signDeny)
			n++
			deny--
		}
		switch sign {
		case '不', '没', '未', '无', '别', '非':
			deny = covered
		case '，', '。', '！', '？', ',', '.', '!', '?', '；', ';':
			deny = 0
		}
		a, b = b, c
		ends[i] = int32(n)
	}
	f.Hashes, f.ends = hashes[:n], ends
}

// mix spreads what the multiplications left in the high bits.
func mix(h uint32) uint32 {
	h ^= h >> 15
	h *= 0x2C1B3C6D
	return h ^ h>>13
}
