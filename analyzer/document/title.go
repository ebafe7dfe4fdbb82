package document

import "strings"

const (
	// maxTitle is how long a title is read.
	maxTitle = 120
	// longTitle is from when on a title is a document's whatever it ends in.
	longTitle = 16
	// doubtfulTitle is from when on words count that also end the names of books
	// and films.
	doubtfulTitle = 8
	// minTitle is the shortest that says more than its last word; 《草原法》 may
	// be one less.
	minTitle = 4
)

// title reads the title that begins with the 《 at i.
func (r *reader) title(i int) (named, bool) {
	end := r.closes(i)
	if end == 0 {
		return named{}, false
	}
	core := r.core(i+1, end)
	r.quotes = append(r.quotes, quoted{start: i, core: core, end: end + 1})
	if !r.official(i+1, core) {
		return named{}, false
	}
	return named{kind: Title, name: r.titleName(i+1, end), start: i, end: end + 1}, true
}

// closes is where the 》 stands that closes the 《 at i; 0 for none nearby. A
// title holds no full stop and, but for those it names, no other.
func (r *reader) closes(i int) int {
	depth := 0
	for end := i; end < len(r.runes) && end-i <= maxTitle; end++ {
		switch r.runes[end] {
		case '《':
			depth++
		case '》':
			if depth--; depth == 0 {
				return end
			}
		case '。', '!', '?':
			return 0
		}
	}
	return 0
}

// core is where a title ends that began at start, without what follows in
// brackets: (试行), (2019年修订).
func (r *reader) core(start, end int) int {
	for end > start {
		switch c := r.runes[end-1]; c {
		case ' ':
			end--
		case ')', '〕', ']':
			open := end - 1
			for open > start && r.runes[open] != '(' && r.runes[open] != '〔' && r.runes[open] != '[' {
				open--
			}
			if open == start {
				return end
			}
			end = open
		default:
			return end
		}
	}
	return end
}

// official reports whether a title is that of a document.
func (r *reader) official(start, end int) bool {
	switch size := end - start; {
	case size < minTitle-1:
		return false
	case r.runes[end-1] == '法' && r.ends(end, sure()) == 0:
		return r.ends(end, noLaws()) == 0
	case size < minTitle:
		return false
	case r.ends(end, sure()) > 0:
		return size > minTitle || r.ends(start+2, vague()) == 0
	case size >= doubtfulTitle && r.ends(end, doubtful()) > 0:
		return true
	default:
		return size >= longTitle && r.formal(start, end)
	}
}

// formal tells long titles of documents from those of articles, which have
// colons and commas.
func (r *reader) formal(start, end int) bool {
	word := false
	for i := start; i < end; i++ {
		if c := r.runes[i]; c == ':' || c == ',' || c == '【' || c == '—' {
			return false
		}
		word = word || r.ends(i+1, formal()) > 0
	}
	return word
}

func ascii(r rune) bool { return r > ' ' && r < 0x80 }

// titleName is a title as it is given: without spaces but for those between
// Latin words, with titles within it
// in 〈〉 and numbers in 〔〕.
func (r *reader) titleName(start, end int) string {
	var b strings.Builder
	for i := start; i < end; i++ {
		switch c := r.runes[i]; c {
		case ' ':
			if ascii(r.at(i-1)) && ascii(r.at(i+1)) {
				b.WriteRune(c)
			}
		case '《':
			b.WriteRune('〈')
		case '》':
			b.WriteRune('〉')
		default:
			if !han(c) && closing(c) != 0 {
				if n, ok := r.number(i); ok {
					b.WriteString(n.name[strings.Index(n.name, "〔"):])
					i = n.end - 1
					continue
				}
			}
			b.WriteRune(c)
		}
	}
	return b.String()
}
