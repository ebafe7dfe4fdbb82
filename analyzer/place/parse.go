package place

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"huiying"
	"huiying/analyzer/fold"
)

const (
	maxName  = 24     // characters of a name, short form or excluding word
	maxItems = 64     // short forms, and excluding words, of a row
	maxRows  = 20_000 // a prefecture has some 3,000 villages
)

// Parse reads a table in the format of the built-in one (places.tsv), over
// another: a row replaces the one of its code there, the others are added. nil
// is the empty table. name is how mistakes name the file.
//
// A row is code, level, parent code, name, short forms, excluding words, with
// tabs between; the last two may be left out and hold several with | between. A
// short form with ? before it needs evidence (see Gazetteer.Find); the excluding
// words are for those. Rows stand in any order, # begins a comment.
//
// Every mistake is told with its line, in their order, joined (errors.Join) as
// huiying.Error sentences; with a mistake nothing is taken.
func Parse(name string, raw []byte, over *Table) (*Table, error) {
	if over == nil {
		over = &Table{}
	}
	p := &parser{file: name, over: over, first: map[string]int{}}
	number := 0
	for line := range bytes.Lines(bytes.TrimPrefix(raw, []byte("\ufeff"))) {
		number++
		p.number = number
		p.line(strings.TrimRight(string(line), "\r\n"))
		if len(p.rows) > maxRows {
			p.tell("place.too_many", maxRows)
			break
		}
	}
	t := over.with(p.rows)
	p.parents(t)
	p.namesakes(t)
	if err := p.err(); err != nil {
		return nil, err
	}
	return t, nil
}

// parser reads one file.
type parser struct {
	file     string
	over     *Table
	number   int // of the line
	rows     []row
	first    map[string]int // line of each code
	problems []problem
}

type problem struct {
	line int
	err  *huiying.Error
}

// tell notes a mistake of the line being read.
func (p *parser) tell(key string, args ...any) { p.tellAt(p.number, key, args...) }

func (p *parser) tellAt(line int, key string, args ...any) {
	p.problems = append(p.problems, problem{line, huiying.Errorf(huiying.Invalid, key, args...)})
}

// err joins the mistakes in the order of their lines.
func (p *parser) err() error {
	slices.SortStableFunc(p.problems, func(a, b problem) int { return cmp.Compare(a.line, b.line) })
	var all []error
	for _, x := range p.problems {
		all = append(all, huiying.Errorf(huiying.Invalid, "place.line", p.file, x.line, x.err))
	}
	return errors.Join(all...)
}

// line reads one line.
func (p *parser) line(line string) {
	if !utf8.ValidString(line) {
		p.tell("place.not_utf8")
		return
	}
	if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
		return
	}
	fields := strings.Split(line, "\t")
	if len(fields) < 4 || len(fields) > 6 {
		p.tell("place.fields", len(fields))
		return
	}
	for i := range fields {
		fields[i] = strings.TrimSpace(fields[i])
	}
	fields = append(fields, "", "")
	r := row{code: fields[0], level: Level(fields[1]), parent: fields[2], name: fields[3], line: p.number}
	p.text(r.name)
	p.shorts(&r, fields[4])
	for _, word := range p.items(fields[5]) {
		if folded := fold.String(word); p.text(folded) {
			r.excluding = append(r.excluding, folded)
		}
	}
	if doubtful := func(s short) bool { return s.doubtful }; len(r.excluding) > 0 && !slices.ContainsFunc(r.shorts, doubtful) {
		p.tell("place.excluding_unused")
	}
	if p.identity(&r) {
		p.rows = append(p.rows, r)
	}
}

// identity checks code and level; ok is false for a row that cannot be placed.
func (p *parser) identity(r *row) (ok bool) {
	if r.level.rank() == 0 {
		p.tell("place.unknown_level", string(r.level), levels)
	}
	if n := len(r.code); n < 6 || n > 12 || strings.Trim(r.code, "0123456789") != "" {
		p.tell("place.bad_code", r.code)
		return false
	}
	if line := p.first[r.code]; line > 0 {
		p.tell("place.code_twice", r.code, line)
		return false
	}
	p.first[r.code] = p.number
	if i, found := p.over.at(r.code); found && r.level.rank() > 0 && p.over.rows[i].level != r.level {
		p.tell("place.level_changed", r.code, string(p.over.rows[i].level))
		r.level = p.over.rows[i].level // so that what lies in it is not told as well
	}
	return true
}

// shorts reads the short forms.
func (p *parser) shorts(r *row, field string) {
	for _, item := range p.items(field) {
		text, doubtful := strings.CutPrefix(fold.String(item), "?")
		if !p.text(text) {
			continue
		}
		if text == fold.String(r.name) || slices.ContainsFunc(r.shorts, func(s short) bool { return s.text == text }) {
			p.tell("place.short_twice", text)
			continue
		}
		r.shorts = append(r.shorts, short{text: text, doubtful: doubtful})
	}
}

// items splits a column that holds several.
func (p *parser) items(field string) []string {
	if field == "" {
		return nil
	}
	items := strings.Split(field, "|")
	if len(items) > maxItems {
		p.tell("place.many_items", len(items), maxItems)
		return nil
	}
	return items
}

// text checks a name, short form or excluding word. One character would be
// found everywhere.
func (p *parser) text(s string) (ok bool) {
	folded := fold.String(s)
	switch n := utf8.RuneCountInString(folded); {
	case n == 0:
		p.tell("place.empty_name")
	case n > maxName:
		p.tell("place.long_name", folded, maxName)
	case n == 1:
		p.tell("place.one_character", folded)
	case strings.ContainsAny(folded, " /|?"):
		p.tell("place.name_sign", folded)
	default:
		return true
	}
	return false
}

// parents checks that every row of the file lies in a wider place. Levels fall
// from parent to child, so there are no circles.
func (p *parser) parents(t *Table) {
	for _, r := range p.rows {
		rank := r.level.rank()
		i, found := t.at(r.parent)
		switch {
		case rank == 0: // told already
		case r.level == Province && r.parent != "":
			p.tellAt(r.line, "place.province_parent", r.parent)
		case r.level == Province:
		case r.parent == "":
			p.tellAt(r.line, "place.no_parent")
		case !found && p.first[r.parent] == 0:
			p.tellAt(r.line, "place.unknown_parent", r.parent)
		case found && t.rows[i].level.rank() >= rank:
			p.tellAt(r.line, "place.parent_level", r.parent, string(t.rows[i].level), string(r.level))
		}
	}
}

// namesakes refuses two places of one name in the same place: no text could
// tell them apart.
func (p *parser) namesakes(t *Table) {
	type key struct{ parent, name string }
	first := map[key]*row{}
	rows := make([]*row, len(t.rows))
	for i := range t.rows {
		rows[i] = &t.rows[i]
	}
	slices.SortStableFunc(rows, func(a, b *row) int { return cmp.Compare(a.line, b.line) })
	for _, r := range rows {
		k := key{r.parent, fold.String(r.name)}
		if before := first[k]; before == nil || r.name == "" {
			first[k] = r
		} else {
			p.tellAt(r.line, "place.name_twice", r.name, before.code)
		}
	}
}
