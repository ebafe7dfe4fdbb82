package document

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"
)

//go:embed page.html
var page string

//go:embed style.css
var style string

// Policy is the Content-Security-Policy of the page HTML writes: nothing but
// its own style, known by its digest. Who serves the page sends it as a header,
// too.
func Policy() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
}

// HTML writes the document as one page that needs no other file and prints on
// A4: no script, no picture, no letter from elsewhere. Locked numbers are
// <data> elements, whose value is the figure's id, around a link to what makes
// the number.
func HTML(w io.Writer, d Document) error {
	if err := d.Check(); err != nil {
		return err
	}
	t, err := template.New("page").Funcs(template.FuncMap{
		"clean": clean, "link": link, "split": split, "inc": func(n int) int { return n + 1 },
	}).Parse(page)
	if err != nil {
		return fmt.Errorf("read the template of papers: %w", err)
	}
	p := printer{t: t, d: d}
	view := pageView{D: headOf{d, d.english(), d.head()}, Policy: Policy(), Style: template.CSS(style)}
	for block := range d.flow() {
		one, err := p.block(block)
		if err != nil {
			return fmt.Errorf("write html: %w", err)
		}
		view.Blocks = append(view.Blocks, one)
	}
	if err := t.Execute(w, view); err != nil {
		return fmt.Errorf("write html: %w", err)
	}
	return nil
}

// link lets through pages of ours and of the web, and nothing that runs.
func link(s string) string {
	if strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "//") || strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://") {
		return s
	}
	return ""
}

type pageView struct {
	D      headOf
	Policy string
	Style  template.CSS
	Blocks []template.HTML
}

type headOf struct {
	Document
	English bool
	Top     string
}

// printer renders one block after the other, so that one template need not know
// all kinds at once.
type printer struct {
	t *template.Template
	d Document
}

func (p printer) block(block Block) (template.HTML, error) {
	switch v := block.(type) {
	case heading:
		return p.render("heading", struct {
			Level int
			Text  string
		}{v.level, v.text()})
	case Paragraph:
		return p.render("paragraph", v)
	case List:
		return p.render("list", v)
	case Gap:
		return p.render("gap", v)
	case PageBreak:
		return p.render("break", v)
	case Table:
		view, err := viewOf(v)
		if err != nil {
			return "", err
		}
		return p.render("table", view)
	case Chart:
		return p.chart(v)
	}
	return "", fmt.Errorf("a block of no known kind: %T", block)
}

func (p printer) chart(c Chart) (template.HTML, error) {
	table, err := viewOf(c.Table())
	if err != nil {
		return "", err
	}
	table.Label = c.Title
	return p.render("chart", struct {
		C     Chart
		SVG   template.HTML
		Open  bool
		Word  string
		Table tableView
	}{c, template.HTML(svg(c)), c.ShowTable || len(c.Categories) == 0, p.d.word("数据表", "Data table"), table})
}

func (p printer) render(name string, data any) (template.HTML, error) {
	var b bytes.Buffer
	err := p.t.ExecuteTemplate(&b, name, data)
	return template.HTML(b.String()), err
}

type tableView struct {
	T          Table
	Label      string
	Widths     []int // in hundredths
	Head, Rows [][]cellView
}

type cellView struct {
	Runs       []Run
	Wide, Deep int
	Scope      string // of a th
	Class      string
}

func viewOf(t Table) (tableView, error) {
	v := tableView{T: t, Widths: t.widths(100)}
	var err error
	if v.Head, err = cellsOf(t, t.Head, "col"); err == nil {
		v.Rows, err = cellsOf(t, t.Rows, "row")
	}
	return v, err
}

func cellsOf(t Table, rows [][]Cell, scope string) ([][]cellView, error) {
	grid, err := t.grid(rows)
	if err != nil {
		return nil, err
	}
	out := make([][]cellView, len(grid))
	for r, row := range grid {
		for c, s := range row {
			if !s.top || !s.left {
				continue
			}
			cell := cellView{Runs: s.cell.Runs, Wide: s.width, Deep: s.deep, Class: string(t.align(s, c))}
			if s.cell.Head {
				cell.Scope = scope
			}
			out[r] = append(out[r], cell)
		}
	}
	return out, nil
}
