package foreign

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// TrendRadar translates a frequency_words.txt, format and meaning as in
// trendradar/core/frequency.py of sansan0/TrendRadar and its README: groups
// between blank lines; in a group plain words are alternatives, +word must be
// there too, !word must not, @n limits what is shown, /pattern/ is a Python
// pattern, "=> name" behind a word and [name] before the group name it;
// [GLOBAL_FILTER] and [WORD_GROUPS] begin sections; # begins a comment line.
//
// A word of the global filter excludes from every rule. A !word excludes from
// its own group, as documented; TrendRadar's program lets it exclude from all,
// which is told.
func TrendRadar(data []byte) Result {
	lines, problem := decode(data)
	if problem != nil {
		return Result{Problems: []Note{*problem}}
	}
	r := &radar{}
	var block []line
	for i, text := range lines {
		trimmed := strings.TrimSpace(text)
		if trimmed != "" {
			column := len(text) - len(strings.TrimLeft(text, " ")) + 1
			block = append(block, line{trimmed, trimmed, place{i + 1, column}})
			continue
		}
		if text != "" && len(block) > 0 && i+1 < len(lines) && strings.TrimSpace(lines[i+1]) != "" {
			r.tell(place{i + 1, 1}, "rule.import_blank_line")
		}
		r.block(block)
		block = nil
	}
	r.block(block)
	return r.result()
}

// line is a line of the file without the white space around it; text is what
// is read of it.
type line struct {
	written, text string
	at            place
}

// radar is a file being read.
type radar struct {
	filtering bool // in [GLOBAL_FILTER]
	groups    []*group
	filters   []*node // excluded everywhere
	inGroup   *place  // the first !word of a group
	problems  []Note
}

// group is a group of words.
type group struct {
	lines    []line
	alias    string
	plain    []*node
	required []*node
	excluded []*node
	names    []string
	notes    []Note
}

func (r *radar) tell(at place, key string, args ...any) {
	r.problems = append(r.problems, at.note(key, args...))
}

// block reads the lines between two blank ones.
func (r *radar) block(lines []line) {
	lines = slices.DeleteFunc(lines, func(l line) bool { return strings.HasPrefix(l.text, "#") })
	var words []line
	for i, l := range lines {
		name := strings.ToUpper(bracketed(l.text))
		if name != "GLOBAL_FILTER" && name != "WORD_GROUPS" {
			words = append(words, l)
			continue
		}
		if i > 0 {
			r.tell(l.at, "rule.import_section_inside", l.text)
		}
		r.words(words)
		words = nil
		r.filtering = name == "GLOBAL_FILTER"
	}
	r.words(words)
}

// bracketed is what stands in [ ] when that is the whole line.
func bracketed(s string) string {
	if strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") && len(s) > 2 {
		return strings.TrimSpace(s[1 : len(s)-1])
	}
	return ""
}

// words takes lines of one section as filters or as a group.
func (r *radar) words(lines []line) {
	switch {
	case len(lines) == 0:
	case r.filtering:
		for _, l := range lines {
			if strings.ContainsAny(l.text[:1], "!+@") {
				r.tell(l.at, "rule.import_filter_sign", shorten(l.text, maxQuote))
				continue
			}
			n, _, notes := wordOf(l)
			r.filters = append(r.filters, n)
			r.problems = append(r.problems, notes...)
		}
	default:
		r.group(lines)
	}
}

func (r *radar) group(lines []line) {
	g := &group{lines: lines}
	rest := lines
	if g.alias = bracketed(lines[0].text); g.alias != "" {
		rest = lines[1:]
	}
	for _, l := range rest {
		g.line(l)
	}
	switch {
	case len(g.plain)+len(g.required) > 0:
		r.groups = append(r.groups, g)
		if len(g.excluded) > 0 && r.inGroup == nil {
			r.inGroup = &g.excluded[0].at
		}
		return
	case len(g.excluded) > 0:
		r.tell(g.excluded[0].at, "rule.import_filter_group")
		r.filters = append(r.filters, g.excluded...)
	default:
		r.tell(lines[0].at, "rule.import_empty_group", shorten(lines[0].text, maxQuote))
	}
	r.problems = append(r.problems, g.notes...)
}

// line takes one line of a group.
func (g *group) line(l line) {
	bare := line{l.written, l.text[1:], l.at}
	switch l.text[0] {
	case '@':
		n, err := strconv.Atoi(strings.TrimSpace(bare.text))
		if err != nil || n < 1 {
			g.notes = append(g.notes, l.at.note("rule.import_limit_bad", shorten(l.text, maxQuote)))
			return
		}
		g.notes = append(g.notes, l.at.note("rule.import_limit", n))
	case '!':
		n, _, notes := wordOf(bare)
		g.excluded = append(g.excluded, n)
		g.notes = append(g.notes, notes...)
	case '+':
		g.required = append(g.required, g.named(bare))
	default:
		if bracketed(l.text) != "" {
			g.notes = append(g.notes, l.at.note("rule.import_bracket_word", shorten(l.text, maxQuote)))
		}
		g.plain = append(g.plain, g.named(l))
	}
}

// named reads a word that the group is named after.
func (g *group) named(l line) *node {
	n, name, notes := wordOf(l)
	g.names = append(g.names, name)
	g.notes = append(g.notes, notes...)
	return n
}

var (
	arrow     = regexp.MustCompile(`\s*=>\s*`)
	delimited = regexp.MustCompile(`^/(.+)/[a-z]*$`)
)

// wordOf reads a word or pattern and the name it is shown by.
func wordOf(l line) (n *node, name string, notes []Note) {
	parts := arrow.Split(l.text, 2)
	text := strings.TrimSpace(parts[0])
	name = text
	if len(parts) == 2 && strings.TrimSpace(parts[1]) != "" {
		name = strings.TrimSpace(parts[1])
	}
	if m := delimited.FindStringSubmatch(text); m != nil {
		n, notes = patternOf(l, m[1])
		return n, name, notes
	}
	return checked(&node{kind: term, at: l.at, text: text}, l.written), name, nil
}

// result makes a rule of each group.
func (r *radar) result() Result {
	k := &keeper{}
	var filter *node
	if all := join(or, place{}, r.filters...); all != nil {
		if filter = k.keep(all, false, wider); filter != nil {
			filter = &node{kind: not, kids: []*node{filter}}
			if len(r.groups) > 0 {
				r.tell(r.filters[0].at, "rule.import_global_filter", len(r.filters)-len(k.notes))
			}
		}
	}
	r.problems = append(r.problems, k.notes...)
	if r.inGroup != nil && len(r.groups) > 1 {
		r.tell(*r.inGroup, "rule.import_exclusion_scope")
	}
	res := Result{Problems: r.problems}
	for _, g := range r.groups {
		g.add(&res, filter)
	}
	switch {
	case len(r.groups) == 0:
		res.Problems = append(res.Problems, place{1, 1}.note("rule.import_no_groups"))
	case len(res.Rules) > 0:
		res.Problems = append(res.Problems, place{1, 1}.note("rule.import_titles"))
	}
	sortNotes(res.Problems)
	return res
}

// add writes a group as a rule.
func (g *group) add(res *Result, filter *node) {
	at := g.lines[0].at
	kids := append([]*node{join(or, at, g.plain...)}, g.required...)
	if excluded := join(or, at, g.excluded...); excluded != nil {
		kids = append(kids, &node{kind: not, at: excluded.at, kids: []*node{excluded}})
	}
	k := &keeper{notes: g.notes}
	root := k.keep(&node{kind: and, at: at, kids: slices.DeleteFunc(kids, func(n *node) bool { return n == nil })}, true, whole)
	if root != nil {
		root = join(and, at, root, filter)
	}
	name := g.alias
	if name == "" {
		name = strings.Join(g.names, " / ")
	}
	res.add(Rule{Name: shorten(name, maxName), Source: g.source(), Line: at.line}, root, k.notes)
}

func (g *group) source() string {
	texts := make([]string, len(g.lines))
	for i, l := range g.lines {
		texts[i] = l.text
	}
	return strings.Join(texts, "\n")
}
