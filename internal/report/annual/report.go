package annual

import (
	"embed"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/report/document"
)

//go:embed form/*.yaml
var forms embed.FS

// form is a template: sections with lines.
type form struct {
	Title    string    `yaml:"title"`
	Lead     []line    `yaml:"lead"`
	Sections []section `yaml:"sections"`
}

type section struct {
	Title    string    `yaml:"title"`
	Lines    []line    `yaml:"lines"`
	Sections []section `yaml:"sections"`
}

// line is one of a sentence, a free text, a table or a chart.
type line struct {
	Say        string   `yaml:"say"`
	Zero       string   `yaml:"zero"`     // instead, when the first number of say is 0
	Optional   bool     `yaml:"optional"` // left out where a number is missing
	Text       string   `yaml:"text"`
	Table      string   `yaml:"table"`
	UnlessZero []string `yaml:"unless_zero"` // of a table: left out when all of these are 0
	Chart      string   `yaml:"chart"`
}

var read = sync.OnceValues(func() (map[string]form, error) {
	out := map[string]form{}
	for _, name := range Forms() {
		raw, err := forms.ReadFile("form/" + name + ".yaml")
		if err != nil {
			return nil, err
		}
		var f form
		if err := yaml.UnmarshalWithOptions(raw, &f, yaml.Strict()); err != nil {
			return nil, fmt.Errorf("form %s: %w", name, err)
		}
		out[name] = f
	}
	return out, nil
})

// Options say how a report is made out.
type Options struct {
	Form   string // "" = the one in force for the year
	Office string
	Date   string // "2018年1月15日"
	Status string // "草稿"; empty = released
}

// printer fills a form in.
type printer struct {
	register
	o Options
}

// Report makes the year's report out. A table that does not come out even is
// refused; what is missing is shown as 未填.
func Report(d query.Disclosure, o Options) (document.Document, error) {
	if o.Form == "" {
		o.Form = FormOf(d.Year)
	}
	all, err := read()
	if err != nil {
		return document.Document{}, err
	}
	f, known := all[o.Form]
	if !known {
		return document.Document{}, huiying.Errorf(huiying.Invalid, "annual.no_form", o.Form, Forms())
	}
	if err := CheckIdentity(d); err != nil {
		return document.Document{}, err
	}
	p := printer{newRegister(d), o}
	out := document.Document{
		Title: p.words(f.Title), Date: o.Date, Status: o.Status, Header: o.Office, Sections: p.sections(f.Sections), Close: []string{o.Office},
	}
	if o.Date != "" {
		out.Close = append(out.Close, o.Date)
		out.Date = "（" + o.Date + "）"
	}
	out.Lead = p.lines(f.Lead)
	return out, out.Check()
}

func (p printer) sections(list []section) []document.Section {
	out := make([]document.Section, len(list))
	for i, s := range list {
		out[i] = document.Section{Title: s.Title, Blocks: p.lines(s.Lines), Sections: p.sections(s.Sections)}
		if len(out[i].Blocks) == 0 && len(out[i].Sections) == 0 {
			out[i].Blocks = []document.Block{document.Say("无。")}
		}
	}
	return out
}

func (p printer) lines(list []line) []document.Block {
	var out []document.Block
	for _, l := range list {
		switch {
		case l.Text != "":
			if b := p.text(l.Text); b != nil {
				out = append(out, b)
			}
		case l.Table != "":
			if len(l.UnlessZero) == 0 || !p.zero(l.UnlessZero) {
				out = append(out, p.table(l.Table))
			}
		case l.Chart != "":
			if c, ok := p.letters(); ok {
				out = append(out, c)
			}
		default:
			if runs := p.say(l); runs != nil {
				out = append(out, document.Paragraph{Runs: runs})
			}
		}
	}
	return out
}

func (p printer) text(id string) document.Block {
	part, _ := FindPart(id)
	switch text := p.Text(id); {
	case text != "":
		return document.Say(text)
	case part.Optional:
		return nil
	}
	return document.Para(document.Run{Text: part.ZH + "：未填", Mark: document.Missing})
}

// say makes a sentence of a line; nil where it is left out.
func (p printer) say(l line) []document.Run {
	names := places(l.Say)
	if l.Optional {
		for _, name := range names {
			if p.number(name).missing {
				return nil
			}
		}
	}
	if l.Zero != "" && len(names) > 0 {
		if n := p.number(names[0]); !n.missing && n.value == 0 {
			return p.runs(l.Zero)
		}
	}
	return p.runs(l.Say)
}

// places are the names of the numbers in a sentence.
func places(text string) []string {
	var out []string
	for _, piece := range strings.Split(text, "{")[1:] {
		name, _, _ := strings.Cut(piece, "}")
		if name != "year" && name != "office" {
			out = append(out, name)
		}
	}
	return out
}

func (p printer) words(text string) string {
	return strings.NewReplacer("{year}", strconv.Itoa(p.Year), "{office}", p.o.Office).Replace(text)
}

// runs sets the numbers of a sentence in.
func (p printer) runs(text string) []document.Run {
	before, rest, _ := strings.Cut(p.words(text), "{")
	out := []document.Run{{Text: before}}
	for rest != "" {
		name, after, _ := strings.Cut(rest, "}")
		out = append(out, p.run(name))
		before, rest, _ = strings.Cut(after, "{")
		out = append(out, document.Run{Text: before})
	}
	return out
}

func (p printer) run(name string) document.Run {
	n := p.number(name)
	r := document.Run{Text: n.text, Figure: name}
	if n.missing {
		r.Mark = document.Missing
	}
	return r
}

// number is a number as it is printed.
type number struct {
	value   float64
	text    string
	missing bool
}

const unfilled = "未填"

func counted(v float64, whole bool) number {
	if !whole {
		return number{text: unfilled, missing: true}
	}
	return number{value: v, text: Plain(v)}
}

// Plain writes a number as short as it is true.
func Plain(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// number finds what a name in braces stands for.
func (p printer) number(name string) number {
	word := strings.Fields(name)
	switch {
	case len(word) == 2 && word[0] == "sum":
		return counted(p.sum(word[1]))
	case len(word) == 2 && word[0] == "total":
		return p.results()
	case len(word) == 3 && word[0] == "both":
		a, one := p.sum(word[1])
		b, two := p.sum(word[2])
		return counted(a+b, one && two)
	case len(word) == 3 && word[0] == "percent":
		return p.percent(word[1], word[2])
	}
	f, ok := p.facts[name]
	n := counted(f.Value, ok)
	if ok && f.AtLeast {
		n.text += "余"
	}
	return n
}

func (p printer) results() number {
	total, whole := 0.0, true
	for _, r := range Results() {
		v, ok := p.sum(r.ID)
		total, whole = total+v, whole && ok
	}
	return counted(total, whole)
}

// percent is a share; that of nothing is none.
func (p printer) percent(part, whole string) number {
	a, one := p.sum(part)
	b, two := p.sum(whole)
	switch {
	case !one || !two:
		return counted(0, false)
	case b == 0:
		return number{text: "—"}
	}
	share := a / b * 100
	text := strconv.FormatFloat(share, 'f', 1, 64)
	// 99.96 % is not 100 %: a share is rounded to it only when nothing is open.
	if text == "100.0" && a < b {
		text = "99.9"
	}
	return number{value: share, text: strings.TrimSuffix(text, ".0") + "%"}
}

func (p printer) zero(names []string) bool {
	for _, name := range names {
		if n := p.number(name); n.missing || n.value != 0 {
			return false
		}
	}
	return true
}

// letters draws what came in by channel; nothing while a number is missing or
// when nothing came.
func (p printer) letters() (document.Chart, bool) {
	c := document.Chart{Kind: document.Bars, Title: "群众诉求办理情况", Unit: "件"}
	for _, ch := range Channels() {
		c.Categories = append(c.Categories, ch.ZH)
	}
	for _, s := range []struct{ id, name string }{{"letters.received", "收到"}, {"letters.on_time", "按时办理"}, {"letters.closed", "办结"}} {
		one := document.Series{Name: s.name}
		for _, ch := range Channels() {
			f, ok := p.facts[query.FactKey(s.id, ch.ID)]
			if !ok {
				return c, false
			}
			one.Values = append(one.Values, f.Value)
		}
		c.Series = append(c.Series, one)
	}
	all, _ := p.sum("letters.received")
	closed, _ := p.sum("letters.closed")
	c.Summary = "三个渠道共收到群众诉求" + Plain(all) + "件，办结" + Plain(closed) + "件。"
	return c, all > 0
}
