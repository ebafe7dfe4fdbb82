package annual

import (
	"context"
	"strconv"

	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/report/annual"
)

// Explained is where one number of a year comes from.
type Explained struct {
	Key     string   `json:"key"`
	Name    string   `json:"name"`
	Value   *float64 `json:"value"` // null = not filled in
	AtLeast bool     `json:"at_least,omitempty"`
	Unit    string   `json:"unit"`
	Source  string   `json:"source"`
	By      string   `json:"by"`
	At      string   `json:"at"`
	Note    string   `json:"note,omitempty"`
	Behind  []string `json:"behind,omitempty"`  // numbers of cases, or ids of posts
	Counted *float64 `json:"counted,omitempty"` // what was counted where a person entered another number
	Places  []string `json:"places"`            // "2021 三 表3"
}

// Text is the value as it is printed; "" when it is not filled in.
func (e Explained) Text() string {
	if e.Value == nil {
		return ""
	}
	text := annual.Plain(*e.Value)
	if e.AtLeast {
		text += "余"
	}
	return text
}

// Explain tells of every number of a year where it comes from: the cases and
// posts behind one that was counted, and who entered the others. Of a year that
// was released the released numbers are told, unless the draft is asked for.
func (d Desk) Explain(ctx context.Context, a Ask) ([]Explained, error) {
	y, err := d.Year(ctx, a.Year)
	if err != nil {
		return nil, err
	}
	data := y.Disclosure
	if !a.Draft {
		releases, err := d.Releases(ctx, a.Year)
		if err != nil {
			return nil, err
		}
		for _, r := range releases {
			if r.Form == formOf(a.Year, a.Form) {
				data = r.Data
				break
			}
		}
	}
	var out []Explained
	for _, k := range annual.Kinds() {
		for _, cell := range k.All() {
			out = append(out, d.explained(k, cell, a.Lang, data, y.Counted))
		}
	}
	return out, nil
}

func (d Desk) explained(k annual.Kind, cell string, lang locale.Lang, data, counted query.Disclosure) Explained {
	e := Explained{Key: query.FactKey(k.ID, cell), Unit: k.Unit, Places: []string{}}
	e.Name = annual.Name(e.Key)
	for _, p := range k.Places {
		where := p.Form + " " + p.Section
		if p.Table != "" {
			where += " 表" + p.Table
		}
		e.Places = append(e.Places, where)
	}
	f, ok := data.Fact(k.ID, cell)
	if !ok {
		return e
	}
	e.Value, e.AtLeast, e.Note, e.Behind, e.At = &f.Value, f.AtLeast, f.Note, f.Behind, d.at(f.At)
	e.Source, e.By = d.Words.Text(lang, "annual.source."+f.Source), d.by(f.By, lang)
	if c, there := counted.Fact(k.ID, cell); there && f.Source != query.FactCounted {
		e.Counted, e.Behind = &c.Value, c.Behind
	}
	return e
}

// Line is the explanation as one line of text, its parts between tabs.
func (e Explained) Line(words *locale.Catalogue, lang locale.Lang) []string {
	from := e.Source
	if e.Source != "" {
		from += " " + e.By + " " + e.At
	}
	behind := ""
	for i, b := range e.Behind {
		if i == mostShown {
			behind += " … (" + strconv.Itoa(len(e.Behind)) + ")"
			break
		}
		behind += " " + b
	}
	if e.Counted != nil && *e.Counted != *e.Value {
		behind += " [" + words.Text(lang, "annual.notice.differs", e.Name, e.Text(), annual.Plain(*e.Counted)) + "]"
	}
	value := e.Text()
	if value == "" {
		value = words.Text(lang, "annual.restated.none")
	}
	return []string{e.Key, e.Name, value, e.Unit, from, e.Note, behind}
}

// mostShown is how many cases or posts a line names; --json names all.
const mostShown = 20
