package topic

import (
	"math/bits"
	"slices"
	"unicode/utf8"

	"huiying/analyzer/fold"
)

const (
	// minExact is the shortest normal form that makes two posts duplicates:
	// 支持 and 转发微博 are said by everybody.
	minExact = 12
)

// Normal appends to out what of a text counts when two are compared: letters and digits,
// without emoticons, links, names after @ and the marks of forwarding.
func Normal(out []rune, t *fold.Text) []rune {
	runes, from := t.Runes, len(out)
	for i := 0; i < len(runes); {
		switch r := runes[i]; {
		case r >= 0x4E00 && r <= 0x9FFF: // nearly all
			out = append(out, r)
			i++
		case r == '[':
			i = skipBracket(runes, i)
		case r == '@':
			i = skipName(runes, i+1)
		case r == 'h' && isLink(runes[i:]):
			i = skipLink(runes, i)
		case fold.Letter(r):
			out = append(out, r)
			i++
		default:
			i++
		}
	}
	for _, said := range []string{"转发微博", "回复"} {
		if begins(out[from:], said) {
			out = slices.Delete(out, from, from+utf8.RuneCountInString(said))
		}
	}
	return out
}

func begins(runes []rune, prefix string) bool {
	i := 0
	for _, r := range prefix {
		if i >= len(runes) || runes[i] != r {
			return false
		}
		i++
	}
	return true
}

// skipBracket passes [doge]; a bracket that is not closed soon is passed alone.
func skipBracket(runes []rune, i int) int {
	for end := i + 1; end < len(runes) && end-i <= 10; end++ {
		if runes[end] == ']' {
			return end + 1
		}
	}
	return i + 1
}

// skipName passes the name after @ and the colon of a forward.
func skipName(runes []rune, i int) int {
	for n := 0; i < len(runes) && n < 30; n++ {
		r := runes[i]
		if !fold.Letter(r) && r != '_' && r != '-' {
			break
		}
		i++
	}
	return i
}

func isLink(runes []rune) bool {
	return begins(runes, "http://") || begins(runes, "https://")
}

func skipLink(runes []rune, i int) int {
	for i < len(runes) && runes[i] > ' ' && runes[i] < 0x80 {
		i++
	}
	return i
}

// exact names a normal form within one process; ok is false for one too short
// to say anything.
func exact(normal []rune) (sum uint64, ok bool) {
	if len(normal) < minExact {
		return 0, false
	}
	// Two sums side by side, because each step waits for the one before.
	var other uint64
	rest := normal
	for ; len(rest) >= 4; rest = rest[4:] {
		sum = (sum ^ uint64(rest[0])<<32 ^ uint64(rest[1])) * 0x9E3779B97F4A7C15
		other = (other ^ uint64(rest[2])<<32 ^ uint64(rest[3])) * 0xBF58476D1CE4E5B9
		sum, other = sum^sum>>32, other^other>>32
	}
	for _, r := range rest {
		sum = (sum ^ uint64(r)) * 0x9E3779B97F4A7C15
		sum ^= sum >> 32
	}
	sum = (sum ^ bits.RotateLeft64(other, 32)) * 0x9E3779B97F4A7C15
	return sum ^ sum>>32, true
}
