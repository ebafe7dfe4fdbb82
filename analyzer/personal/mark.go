package personal

import (
	"sync"
	"unicode/utf8"
)

// bitmap holds a bit for each rune of the basic plane.
type bitmap [1 << 10]uint64

func (b *bitmap) has(r rune) bool {
	return uint32(r) < 1<<16 && b[uint16(r)>>6]>>(r&63)&1 != 0
}

// marks are the runes at which personal data may begin or, for '@', be told.
var marks = sync.OnceValue(func() *bitmap {
	b := &bitmap{}
	for r := range rune(1 << 16) {
		if r == '@' || value(r) >= 0 || accountMark(r) || plateMark(r) || houseNumeral(r) {
			b[r>>6] |= 1 << (r & 63)
		}
	}
	return b
})

// value is the digit that a rune stands for; -1 for none. Beside 0 to 9 people
// write Chinese numerals, the capital ones of cheques, and circled digits.
func value(r rune) int {
	switch {
	case r >= '0' && r <= '9':
		return int(r - '0')
	case r < 0x2460:
		return -1
	case r >= '①' && r <= '⑨':
		return int(r-'①') + 1
	case r >= '❶' && r <= '❾':
		return int(r-'❶') + 1
	}
	switch r {
	case '零', '〇', '○', '⓪', '⓿':
		return 0
	case '一', '壹', '幺':
		return 1
	case '二', '贰':
		return 2
	case '三', '叁':
		return 3
	case '四', '肆':
		return 4
	case '五', '伍':
		return 5
	case '六', '陆':
		return 6
	case '七', '柒':
		return 7
	case '八', '捌':
		return 8
	case '九', '玖':
		return 9
	}
	return -1
}

// script tells apart the ways of writing digits: 138 and 一三八.
func script(r rune) uint8 {
	switch {
	case r < 0x80:
		return 0
	case r >= 0x4E00, r == '〇', r == '○':
		return 1
	}
	return 2
}

// keycap is the sign that makes 1️⃣ of 1; it belongs to the digit before it.
const keycap = 0x20E3

func digit(r rune) bool { return r >= '0' && r <= '9' }

func letter(r rune) bool { return r >= 'a' && r <= 'z' }

func han(r rune) bool { return r >= 0x4E00 && r <= 0x9FFF }

// at is a rune of the text, 0 beyond its ends.
func (s *search) at(i int) rune {
	if i < 0 || i >= len(s.runes) {
		return 0
	}
	return s.runes[i]
}

// ends reports whether one of the words stands right before i.
func (s *search) ends(i int, words ...string) bool {
	for _, w := range words {
		if startOf(s.runes, i, w) >= 0 {
			return true
		}
	}
	return false
}

// startOf is where a word of ASCII or Han characters begins that ends right
// before i; -1 where another does.
func startOf(runes []rune, i int, word string) int {
	for end := len(word); end > 0; {
		r := rune(word[end-1])
		if end--; r >= utf8.RuneSelf {
			end -= 2 // a Han character has three bytes
			r, _ = utf8.DecodeRuneInString(word[end:])
		}
		if i--; i < 0 || runes[i] != r {
			return -1
		}
	}
	return i
}

// begins reports whether a word stands at i.
func (s *search) begins(i int, word string) bool {
	for _, r := range word {
		if s.at(i) != r {
			return false
		}
		i++
	}
	return true
}

// label goes back over the signs and small words that stand between a label
// and what it names: 电话是：.
func (s *search) label(i int) int {
	for n := 0; n < 6 && i > 0; n++ {
		switch s.runes[i-1] {
		case ' ', ':', '(', '"', '“', '「', '=', '#', '+', '-', ',', '是', '为':
			i--
		default:
			return i
		}
	}
	return i
}

// named reports whether what stands at i is labelled with one of the words,
// with or without 号 or 号码.
func (s *search) named(i int, words ...string) bool {
	i = s.label(i)
	if s.at(i-1) == '码' {
		i--
	}
	if s.at(i-1) == '号' {
		i--
	}
	return s.ends(i, words...)
}
