// Package radar translates the frequency_words.txt of TrendRadar (open project
// sansan0/TrendRadar), whose patterns are Python's: it reads groups, filters and
// patterns, and hands the tree to package foreign, which keeps what our language
// can say.
package radar

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"huiying/analyzer/rule/foreign"
)

// Translate translates a frequency_words.txt, format and meaning as in
// trendradar/core/frequency.py of sansan0/TrendRadar and its README: groups
// between blank lines; in a group plain words are alternatives, +word must be
// there too, !word must not, @n limits what is shown, /pattern/ is a Python
// pattern, "=> name" behind a word and [name] before the group name it;
// [GLOBAL_FILTER] and [WORD_GROUPS] begin sections; # begins a comment line.
//
// A word of the global filter excludes from every rule. A !word excludes from
// its own group, as documented; TrendRadar's program lets it exclude from all,
// which is told.
func Translate(data []byte) foreign.Result {
	lines, problem := foreign.Decode(data)
	if problem != nil {
		return foreign.Result{Problems: []foreign.Note{*problem}}
	}
	r := &radar{}
	var block []line
	for i, text := range lines {
		trimmed := strings.TrimSpace(text)
		if trimmed != "" {
			column := len(text) - len(strings.TrimLeft(text, " ")) + 1
			block = append(block, line{trimmed, trimmed, foreign.Place{Line: i + 1, Column: column}})
			continue
		}
		if text != "" && len(block) > 0 && i+1 < len(lines) && strings.TrimSpace(lines[i+1]) != "" {
			r.tell(foreign.Place{Line: i + 1, Column: 1}, "rule.import_blank_line")
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
	at            foreign.Place
}

// radar is a file being read.
type radar struct {
	filtering bool // in [GLOBAL_FILTER]
	groups    []*group
	filters   []*foreign.Node // excluded everywhere
	inGroup   *foreign.Place  // the first !word of a group
	problems  []foreign.Note
}

// group is a group of words.
type group struct {
	lines    []line
	alias    string
	plain    []*foreign.Node
	required []*foreign.Node
	excluded []*foreign.Node
	names    []string
	notes    []foreign.Note
}

func (r *radar) tell(at foreign.Place, key string, args ...any) {
	r.problems = append(r.problems, at.Note(key, args...))
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
				r.tell(l.at, "rule.import_filter_sign", foreign.Shorten(l.text, foreign.MaxQuote))
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
			r.inGroup = &g.excluded[0].At
		}
		return
	case len(g.excluded) > 0:
		r.tell(g.excluded[0].At, "rule.import_filter_group")
		r.filters = append(r.filters, g.excluded...)
	default:
		r.tell(lines[0].at, "rule.import_empty_group", foreign.Shorten(lines[0].text, foreign.MaxQuote))
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
			g.notes = append(g.notes, l.at.Note("rule.import_limit_bad", foreign.Shorten(l.text, foreign.MaxQuote)))
			return
		}
		g.notes = append(g.notes, l.at.Note("rule.import_limit", n))
	case '!':
		n, _, notes := wordOf(bare)
		g.excluded = append(g.excluded, n)
		g.notes = append(g.notes, notes...)
	case '+':
		g.required = append(g.required, g.named(bare))
	default:
		if bracketed(l.text) != "" {
			g.notes = append(g.notes, l.at.Note("rule.import_bracket_word", foreign.Shorten(l.text, foreign.MaxQuote)))
		}
		g.plain = append(g.plain, g.named(l))
	}
}

// named reads a word that the group is named after.
func (g *group) named(l line) *foreign.Node {
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
func wordOf(l line) (n *foreign.Node, name string, notes []foreign.Note) {
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
	return foreign.Checked(&foreign.Node{Kind: foreign.Term, At: l.at, Text: text}, l.written), name, nil
}

// result makes a rule of each group.
func (r *radar) result() foreign.Result {
	k := &foreign.Keeper{}
	var filter *foreign.Node
	if all := foreign.Join(foreign.Or, foreign.Place{}, r.filters...); all != nil {
		if filter = k.Keep(all, false, foreign.Wider); filter != nil {
			filter = &foreign.Node{Kind: foreign.Not, Kids: []*foreign.Node{filter}}
			if len(r.groups) > 0 {
				r.tell(r.filters[0].At, "rule.import_global_filter", len(r.filters)-len(k.Notes))
			}
		}
	}
	r.problems = append(r.problems, k.Notes...)
	if r.inGroup != nil && len(r.groups) > 1 {
		r.tell(*r.inGroup, "rule.import_exclusion_scope")
	}
	res := foreign.Result{Problems: r.problems}
	for _, g := range r.groups {
		g.add(&res, filter)
	}
	switch {
	case len(r.groups) == 0:
		res.Problems = append(res.Problems, foreign.Place{Line: 1, Column: 1}.Note("rule.import_no_groups"))
	case len(res.Rules) > 0:
		res.Problems = append(res.Problems, foreign.Place{Line: 1, Column: 1}.Note("rule.import_titles"))
	}
	foreign.SortNotes(res.Problems)
	return res
}

// add writes a group as a rule.
func (g *group) add(res *foreign.Result, filter *foreign.Node) {
	at := g.lines[0].at
	kids := append([]*foreign.Node{foreign.Join(foreign.Or, at, g.plain...)}, g.required...)
	if excluded := foreign.Join(foreign.Or, at, g.excluded...); excluded != nil {
		kids = append(kids, &foreign.Node{Kind: foreign.Not, At: excluded.At, Kids: []*foreign.Node{excluded}})
	}
	k := &foreign.Keeper{Notes: g.notes}
	root := k.Keep(&foreign.Node{Kind: foreign.And, At: at, Kids: slices.DeleteFunc(kids, func(n *foreign.Node) bool { return n == nil })}, true, foreign.Whole)
	if root != nil {
		root = foreign.Join(foreign.And, at, root, filter)
	}
	name := g.alias
	if name == "" {
		name = strings.Join(g.names, " / ")
	}
	res.Add(foreign.Rule{Name: foreign.Shorten(name, foreign.MaxName), Source: g.source(), Line: at.Line}, root, k.Notes)
}

func (g *group) source() string {
	texts := make([]string, len(g.lines))
	for i, l := range g.lines {
		texts[i] = l.text
	}
	return strings.Join(texts, "\n")
}
