package topic

import (
	"crypto/sha256"
	"slices"
	"unicode"

	"huiying/analyzer/fold"
)

const (
	// maxNormal is how many characters of a text are compared.
	maxNormal = 400
	// minExact is the shortest normal form that makes two posts duplicates:
	// 支持 and 转发微博 are said by everybody.
	minExact = 12
)

// Normal is what of a text counts when two are compared: letters and digits,
// without emoticons, links, names after @ and the marks of forwarding.
func Normal(t *fold.Text) []rune {
	runes := t.Runes
	out := make([]rune, 0, min(len(runes), maxNormal))
	for i := 0; i < len(runes); {
		switch r := runes[i]; {
		case r == '[':
			i = skipBracket(runes, i)
		case r == '@':
			i = skipName(runes, i+1)
		case r == 'h' && isLink(runes[i:]):
			i = skipLink(runes, i)
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			out = append(out, r)
			i++
		default:
			i++
		}
	}
	for _, said := range []string{"转发微博", "轉發微博", "回复"} {
		if after, ok := cutPrefix(out, []rune(said)); ok {
			out = after
		}
	}
	return out
}

func cutPrefix(runes, prefix []rune) ([]rune, bool) {
	if len(runes) < len(prefix) || !slices.Equal(runes[:len(prefix)], prefix) {
		return runes, false
	}
	return runes[len(prefix):], true
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
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '-' {
			break
		}
		i++
	}
	return i
}

func isLink(runes []rune) bool {
	for _, scheme := range []string{"http://", "https://"} {
		if _, ok := cutPrefix(runes, []rune(scheme)); ok {
			return true
		}
	}
	return false
}

func skipLink(runes []rune, i int) int {
	for i < len(runes) && runes[i] > ' ' && runes[i] < 0x80 {
		i++
	}
	return i
}

// exact names a normal form; ok is false for one too short to say anything.
func exact(normal []rune) (sum [16]byte, ok bool) {
	if len(normal) < minExact {
		return sum, false
	}
	full := sha256.Sum256([]byte(string(normal)))
	return [16]byte(full[:16]), true
}

// gram is two characters that follow each other.
type gram uint64

// grams is the set of them, in order.
func grams(normal []rune) []gram {
	normal = normal[:min(len(normal), maxNormal)]
	set := make([]gram, 0, len(normal))
	for i := 1; i < len(normal); i++ {
		set = append(set, gram(normal[i-1])<<32|gram(normal[i]))
	}
	slices.Sort(set)
	return slices.Compact(set)
}

// shared counts what two sets have in common.
func shared(a, b []gram) int {
	n := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			n, i, j = n+1, i+1, j+1
		case a[i] < b[j]:
			i++
		default:
			j++
		}
	}
	return n
}

// alike is how alike two sets are, 0 to 1: the share of what they have in
// common in both, or, where one text is part of the other, in the shorter one.
// Very short texts are never a part of anything.
func alike(a, b []gram) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	n := float64(shared(a, b))
	jaccard := n / (float64(len(a)+len(b)) - n)
	if least := min(len(a), len(b)); least >= minContained {
		return max(jaccard, n/float64(least)*containedWeight)
	}
	return jaccard
}
