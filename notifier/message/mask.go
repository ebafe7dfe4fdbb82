package message

import (
	"regexp"
	"strings"
	"unicode"
)

// hidden stands where something was taken out.
const hidden = "***"

var (
	mail = regexp.MustCompile(`[\p{L}\p{N}._%+-]+[@＠][\p{L}\p{N}.-]+`)
	key  = regexp.MustCompile(`[A-Za-z0-9_+/=-]{20,}`)
)

// fewest is how many digits make somebody's number: a landline without its
// area code has seven.
const fewest = 7

// Mask takes out of a name what looks like a telephone, identity-card or bank
// number however it is spaced and in whatever digits, an e-mail address, or a
// key. Names are the office's own words; this is the second lock.
func Mask(s string) string {
	s = key.ReplaceAllStringFunc(mail.ReplaceAllString(s, hidden), func(word string) string {
		if strings.ContainsAny(word, "0123456789") {
			return hidden
		}
		return word // a long name in Latin letters
	})
	runes := []rune(s)
	var out strings.Builder
	for i := 0; i < len(runes); {
		end, digits := number(runes[i:])
		switch {
		case digits >= fewest:
			out.WriteString(hidden)
			i += end
		case end > 0:
			out.WriteString(string(runes[i : i+end]))
			i += end
		default:
			out.WriteRune(runes[i])
			i++
		}
	}
	return out.String()
}

// number is how far a run of digits, with what people put between them, goes
// from the start, and how many digits it has.
func number(runes []rune) (end, digits int) {
	for i, r := range runes {
		switch {
		case digit(r):
			digits++
			end = i + 1
		case digits > 0 && (r == 'x' || r == 'X' || r == 'Ｘ') && digits >= 17:
			return i + 1, digits // of an identity card
		case digits > 0 && between(r) && i-end < 3:
		default:
			return end, digits
		}
	}
	return end, digits
}

func digit(r rune) bool {
	return unicode.IsDigit(r) || strings.ContainsRune("〇零一二三四五六七八九壹贰叁肆伍陆柒捌玖①②③④⑤⑥⑦⑧⑨", r)
}

func between(r rune) bool {
	return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune("-－—–_.·・,，()（）+*/", r)
}
