package personal

// group is digits written together in one script.
type group struct {
	start, end int  // in the runes
	at, n      int  // in the digits; n of one that is too long is all it has
	joined     bool // nothing stands between it and the group before
	script     uint8
}

const (
	// minDigits is the fewest that mean something: a number of a landline.
	minDigits = 7
	// longest is more than any number that means something has.
	longest = 20
	// maxGroups bounds how many groups are looked at together.
	maxGroups = 32
)

// number is digits as people write them: in groups with signs between, in
// several scripts.
type number struct {
	groups [maxGroups]group
	digits [maxGroups + 3*longest]byte
	parts  [maxGroups]int8
	g, d   int // groups and digits in use
}

// numbers looks at the number that begins at i, and gives where to go on.
func (s *search) numbers(i int) int {
	cut := s.read(i)
	n := &s.number
	to := n.g
	if cut {
		to = n.g/2 + 1 // the rest is read again, with what follows it
	}
	from := 0
	for from < to {
		if next := s.classify(from); next > from {
			from = next
		} else {
			from++
		}
	}
	if from < n.g {
		return n.groups[from].start
	}
	return n.groups[n.g-1].end
}

// read reads groups from i on; cut says that there may be more.
func (s *search) read(i int) (cut bool) {
	n := &s.number
	n.g, n.d = 0, 0
	joined := false
	for {
		g := s.group(i)
		g.joined = joined
		n.groups[n.g] = g
		n.g++
		if n.g == maxGroups || n.d > len(n.digits)-longest-1 {
			return true
		}
		if i = s.joint(g); i < 0 {
			return false
		}
		joined = i == g.end
	}
}

// group reads digits of one script, and the final x of an ID card as 'x'.
func (s *search) group(i int) group {
	n := &s.number
	g := group{start: i, at: n.d, script: script(s.runes[i])}
	for ; i < len(s.runes); i++ {
		v := value(s.runes[i])
		if v < 0 && s.runes[i] == keycap {
			continue
		}
		if v < 0 || script(s.runes[i]) != g.script {
			break
		}
		if g.n < longest {
			n.digits[n.d] = '0' + byte(v)
			n.d++
		}
		g.n++
	}
	if s.at(i) == 'x' && s.completes(g) && !alphanumeric(s.at(i+1)) {
		n.digits[n.d] = 'x'
		n.d++
		g.n++
		i++
	}
	g.end = i
	return g
}

// completes reports whether a group is the last of 17 digits.
func (s *search) completes(g group) bool {
	sum := g.n
	for k := s.number.g - 1; k >= 0 && sum < 17; k-- {
		sum += s.number.groups[k].n
	}
	return sum == 17
}

// joint is where the group begins that belongs to the same number as g; -1
// when there is none.
func (s *search) joint(g group) int {
	i := g.end
	if s.at(i) == ')' && g.n <= 4 && (s.at(g.start-1) == '(' || s.at(g.start-1) == '+' && s.at(g.start-2) == '(') {
		i++ // (0955)7012345
	}
	for n := 0; n < 3 && separator(s.at(i)); n++ {
		i++
	}
	if s.at(i) == 0 || value(s.at(i)) < 0 {
		return -1
	}
	return i
}

func separator(r rune) bool {
	switch r {
	case ' ', '-', '.', '·', '‐', '‑', '–', '—', '﹣', '_':
		return true
	}
	return false
}

func alphanumeric(r rune) bool { return letter(r) || digit(r) }

// classify looks for a number that begins with a group, the longest first and
// one of a single script before one of several, so that 一 in 7012345一直 is
// none of its digits. It gives the group after it; from when there is none.
func (s *search) classify(from int) int {
	n := &s.number
	last, total := from, 0
	for last < n.g && total+n.groups[last].n <= longest {
		total += n.groups[last].n
		last++
	}
	if last == from || total < minDigits {
		return from
	}
	pure := from + 1
	for pure < last && n.groups[pure].script == n.groups[from].script {
		pure++
	}
	for to := pure; to > from; to-- {
		if end := s.try(from, to); end > 0 {
			return end
		}
	}
	for to := last; to > pure; to-- {
		if g := n.groups[to-1]; g.n == 1 && g.joined && g.script == 1 && han(s.at(g.end)) {
			continue
		}
		if end := s.try(from, to); end > 0 {
			return end
		}
	}
	return from
}

// try notes the groups from..to if they are personal, and gives the group
// after them; 0 when they are not.
func (s *search) try(from, to int) int {
	n := &s.number
	first, last := n.groups[from], n.groups[to-1]
	if to-from == 1 && first.script == 1 && first.n > minDigits && han(s.at(first.end)) {
		// The last numeral may belong to the next word: 五点 after the number.
		if kind := s.kind(from, to, 0); kind != "" {
			s.note(kind, first.start, first.end)
			return to
		}
		if kind := s.kind(from, to, 1); kind != "" {
			s.note(kind, first.start, first.end-1)
			return to
		}
		return 0
	}
	kind := s.kind(from, to, 0)
	if kind == "" {
		return 0
	}
	end := last.end
	if kind == Phone && n.digits[first.at] != '1' && to < n.g && s.extension(last, n.groups[to]) {
		end = n.groups[to].end
		to++
	}
	s.note(kind, first.start, end)
	return to
}

// extension reports whether a group is the extension of a landline: -801.
func (s *search) extension(last, g group) bool {
	return g.n >= 2 && g.n <= 5 && g.start == last.end+1 && s.at(last.end) == '-'
}

// note adds a number with the sign or the bracket that begins it.
func (s *search) note(kind string, start, end int) {
	if kind == none {
		return
	}
	if s.at(start-1) == '+' {
		start--
	}
	if s.at(start-1) == '(' {
		for i := start; i < end; i++ {
			if s.runes[i] == ')' {
				start--
				break
			}
		}
	}
	s.add(kind, start, end)
}
