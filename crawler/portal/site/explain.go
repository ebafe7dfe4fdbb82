package site

import (
	"strings"

	"github.com/PuerkitoBio/goquery"

	"huiying/crawler"
	"huiying/crawler/portal/dialect"
	"huiying/crawler/portal/jsobject"
)

// Field is what one selector of a description found in a document.
type Field struct {
	Name   string `json:"name"`   // as in the description: list.title, detail.answers.text
	Select string `json:"select"` // what it says
	Asked  int    `json:"asked"`  // rows, blocks or pages it was tried on
	Found  int    `json:"found"`  // of them, those that gave a value
}

// Explain tries every selector of the description on a document, as a list or
// as a page behind a row, and says which of them found something.
func (p Profile) Explain(d crawler.Document, list bool) []Field {
	body := decoded(d)
	format := p.Detail.Format
	if list {
		format = p.List.Format
	}
	if format == formatJSObject {
		return p.explainObject(body, list)
	}
	if f, ok := dialect.Records(body); ok && format == formatJCMS {
		body = f.HTML
	} else if f, _, ok := dialect.Unit(body); ok && format == formatJpaas {
		body = f.HTML
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(body))
	if err != nil {
		return nil
	}
	e := &explainer{}
	if list {
		rows := p.rows(doc)
		e.out = append(e.out, Field{"list.item", p.List.Item, 1, rows.Length()})
		e.html(p.List.picks(), rows)
		return e.out
	}
	e.html(p.Detail.picks(), doc.Selection)
	if a := p.Detail.Answers; a.Item != "" {
		blocks := doc.Find(a.Item)
		e.out = append(e.out, Field{"detail.answers.item", a.Item, 1, blocks.Length()})
		e.html(a.picks(), blocks)
	}
	return e.out
}

// explainObject does the same for JavaScript object text.
func (p Profile) explainObject(body string, list bool) []Field {
	root, err := jsobject.Parse(body)
	if err != nil {
		return nil
	}
	e := &explainer{}
	rows := []any{root}
	path, picks := p.Detail.Item, p.Detail.picks()
	if list {
		path, picks = p.List.Item, p.List.picks()
	}
	if path != "" && path != "." {
		rows = []any{jsobject.At(root, path)}
	}
	if many, ok := rows[0].([]any); ok {
		rows = many
	}
	e.objects(picks, rows)
	if a := p.Detail.Answers; !list && a.Item == "" {
		e.objects(a.picks(), rows)
	}
	return e.out
}

// named is a selector and its place in the description.
type named struct {
	name string
	pick Pick
}

func (l List) picks() []named {
	return []named{
		{"list.link", l.Link.pick}, {"list.title", l.Title}, {"list.date", l.Date}, {"list.org", l.Org}, {"list.status", l.Status},
	}
}

func (d Detail) picks() []named {
	return []named{
		{"detail.title", d.Title}, {"detail.text", d.Text}, {"detail.author", d.Author}, {"detail.time", d.Time},
		{"detail.status", d.Status}, {"detail.number", d.Number},
	}
}

func (a Answers) picks() []named {
	return []named{{"detail.answers.org", a.Org}, {"detail.answers.time", a.Time}, {"detail.answers.text", a.Text}}
}

// said is a pick as people would write it down.
func (p Pick) said() string {
	out := p.Select
	if p.Attr != "" {
		out += " @" + p.Attr
	}
	if p.Match != "" {
		out += " /" + p.Match + "/"
	}
	return strings.TrimSpace(out)
}

// explainer counts what picks find.
type explainer struct{ out []Field }

func (e *explainer) html(picks []named, scopes *goquery.Selection) {
	for _, n := range picks {
		if n.pick.empty() {
			continue
		}
		f := Field{Name: n.name, Select: n.pick.said(), Asked: scopes.Length()}
		scopes.Each(func(_ int, s *goquery.Selection) {
			if n.pick.text(s) != "" {
				f.Found++
			}
		})
		e.out = append(e.out, f)
	}
}

func (e *explainer) objects(picks []named, rows []any) {
	for _, n := range picks {
		if n.pick.empty() {
			continue
		}
		f := Field{Name: n.name, Select: n.pick.said(), Asked: len(rows)}
		for _, row := range rows {
			if n.pick.key(row) != "" {
				f.Found++
			}
		}
		e.out = append(e.out, f)
	}
}
