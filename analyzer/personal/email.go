package personal

// maxLocal and maxDomain bound the parts of an address (RFC 5321 4.5.3.1).
const (
	maxLocal  = 64
	maxDomain = 255
)

// email looks for a mail address around the @ at i. A name after @ alone is
// one of a platform, and no address.
func (s *search) email(i int) {
	from := i
	for from > 0 && i-from < maxLocal && localPart(s.runes[from-1]) {
		from--
	}
	for from < i && !alphanumeric(s.runes[from]) {
		from++
	}
	if end := s.domain(i + 1); from < i && end > 0 {
		s.add(Email, from, end)
	}
}

// domain is the end of a name with a dot whose last label is letters; 0 for
// none. What follows without a sign (com13800001234) is not part of it.
func (s *search) domain(from int) (end int) {
	if !alphanumeric(s.at(from)) {
		return 0
	}
	for i := from; i-from <= maxDomain; i++ {
		r := s.at(i)
		if r != '.' {
			if !alphanumeric(r) && r != '-' {
				break
			}
			continue
		}
		last := i + 1
		for letter(s.at(last)) {
			last++
		}
		if last-i > 2 {
			end = last
		} else if !alphanumeric(s.at(i + 1)) {
			break
		}
	}
	return end
}

func localPart(r rune) bool {
	return alphanumeric(r) || r == '.' || r == '_' || r == '-' || r == '+' || r == '%'
}
