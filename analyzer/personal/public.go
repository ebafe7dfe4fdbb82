package personal

import "bytes"

// Public is the telephone numbers that an office has made known itself, such
// as its hotline and its windows: they are nobody's. It never changes and is
// safe for concurrent use; a nil one has none.
type Public struct{ numbers [][]byte }

// NewPublic takes numbers as people write them (0955-7012345, +86 955 7012345,
// 400-123-4567). One with fewer than seven digits is never found anyway.
func NewPublic(numbers []string) *Public {
	p := &Public{}
	for _, n := range numbers {
		var digits []byte
		for _, r := range n {
			if v := value(r); v >= 0 {
				digits = append(digits, '0'+byte(v))
			}
		}
		if rest, ok := bytes.CutPrefix(digits, []byte("86")); ok && len(rest) > 8 {
			digits = rest
		}
		if digits = bytes.TrimLeft(digits, "0"); len(digits) >= minDigits {
			p.numbers = append(p.numbers, digits)
		}
	}
	return p
}

// has reports a listed number, with or without its area code.
func (p *Public) has(digits []byte) bool {
	if p == nil {
		return false
	}
	digits = bytes.TrimLeft(digits, "0")
	for _, n := range p.numbers {
		if bytes.Equal(n, digits) || len(digits) <= 8 && len(n) > 8 && bytes.HasSuffix(n, digits) {
			return true
		}
	}
	return false
}
