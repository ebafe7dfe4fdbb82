package periodic

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"huiying/internal/locale"
	"huiying/internal/report/document"
)

// Report is what a document is made of: what was counted, what people wrote
// around it, and what they must not overlook.
type Report struct {
	Facts
	Texts   map[string]string // by place, see Places
	Remark  string            // why it is late, "" = nothing
	State   string            // catalogue key of its state, "" = none is shown
	Changed []string          // ids of figures that say something else by now
	Restate []Difference      // of a released report: what was counted since
	Pages   string            // address under which the figures are explained, "" = nowhere
	Signed  string            // who released it, and when; "" = nobody
}

// Words is what a document is written with.
type Words struct {
	Catalogue *locale.Catalogue
	Lang      locale.Lang
	Zone      *time.Location
}

func (w Words) t(key string, args ...any) string { return w.Catalogue.Text(w.Lang, key, args...) }

// named is the word for a value under a prefix, or the value itself.
func (w Words) named(prefix, value string) string {
	if value == "" || !w.Catalogue.Has(prefix+value) {
		return value
	}
	return w.t(prefix + value)
}

func (w Words) day(t time.Time) string {
	if w.Lang == locale.English {
		return t.In(w.Zone).Format("2 January 2006")
	}
	return t.In(w.Zone).Format("2006年1月2日")
}

func (w Words) minute(t time.Time) string {
	if w.Lang == locale.English {
		return t.In(w.Zone).Format("2 January 15:04")
	}
	return t.In(w.Zone).Format("1月2日15:04")
}

// period is the days of a span as they are written.
func (w Words) period(from, to time.Time) string {
	last := to.Add(-time.Nanosecond)
	if w.day(from) == w.day(last) {
		return w.day(from)
	}
	return w.day(from) + w.t("report.until") + w.day(last)
}

// took is a duration as it is written, to the minute.
func (w Words) took(d time.Duration) string {
	minutes := int((d + 30*time.Second) / time.Minute)
	switch {
	case minutes < 60:
		return w.t("report.minutes", minutes)
	case minutes < 48*60:
		return w.t("report.hours", strconv.FormatFloat(float64(minutes*10/60)/10, 'f', -1, 64))
	}
	return w.t("report.days", strconv.FormatFloat(float64(minutes*10/(24*60))/10, 'f', -1, 64))
}

// writer makes runs of one report. What goes wrong is kept: a document is whole
// or none.
type writer struct {
	Words
	r       Report
	figures map[string]Figure
	err     error
}

func newWriter(r Report, w Words) *writer {
	out := &writer{Words: w, r: r, figures: make(map[string]Figure, len(r.Figures))}
	for _, f := range r.Figures {
		out.figures[f.ID] = f
	}
	return out
}

func (w *writer) figure(id string) Figure {
	f, ok := w.figures[id]
	if !ok && w.err == nil {
		w.err = fmt.Errorf("the figure %q was not counted", id)
	}
	return f
}

// locked is a number that belongs to a figure, in one of the forms.
func (w *writer) locked(id, form string) document.Run {
	f := w.figure(id)
	run := document.Locked(id, w.value(f, form))
	if w.r.Pages != "" {
		run.Link = w.r.Pages + url.PathEscape(id)
	}
	if slices.Contains(w.r.Changed, id) {
		run.Mark = document.Changed
	}
	return run
}

// value is a figure in words. Of nothing there is no rate and no duration.
func (w *writer) value(f Figure, form string) string {
	switch {
	case form == "change":
		return w.change(f)
	case form == "of":
		return strconv.Itoa(f.Of)
	case f.Lasts && f.Of == 0, form == "rate" && f.Of == 0:
		return w.t("report.nothing")
	case f.Lasts:
		return w.t("report.span", w.took(f.Median), w.took(f.P90), w.took(f.Max), f.Of)
	case form == "rate":
		return w.t("report.rate", percent(f.N, f.Of), f.N, f.Of)
	}
	return strconv.Itoa(f.N)
}

// change is how much more or less there is than in the period before.
func (w *writer) change(f Figure) string {
	switch d := f.N - w.figure(BeforeID(f.ID)).N; {
	case d > 0:
		return w.t("report.more", d)
	case d < 0:
		return w.t("report.less", -d)
	}
	return w.t("report.as_many")
}

// percent is cut, not rounded: what is not whole is not 100.
func percent(n, of int) string {
	if of == 0 {
		return "—"
	}
	return fmt.Sprintf("%d.%d%%", n*1000/of/10, n*1000/of%10)
}

// say makes runs of a sentence of the catalogue: {id} is a figure, {id:rate},
// {id:of} and {id:change} are its other forms, {=name} is a word of the caller.
func (w *writer) say(key string, words ...string) []document.Run {
	var out []document.Run
	rest := w.t(key)
	for {
		before, after, found := strings.Cut(rest, "{")
		if before != "" {
			out = append(out, document.Run{Text: before})
		}
		if !found {
			return out
		}
		name, tail, closed := strings.Cut(after, "}")
		if !closed {
			w.err = fmt.Errorf("the sentence %s has an open brace", key)
			return out
		}
		rest = tail
		if word, ok := strings.CutPrefix(name, "="); ok {
			text, ok := given(words, word)
			if !ok {
				w.err = fmt.Errorf("the sentence %s names %q, which nobody gave", key, word)
				return out
			}
			out = append(out, document.Run{Text: text})
			continue
		}
		id, form, _ := strings.Cut(name, ":")
		for i := 0; i+1 < len(words); i += 2 { // an id may hold a word of the caller
			id = strings.ReplaceAll(id, "<"+words[i]+">", words[i+1])
		}
		out = append(out, w.locked(id, form))
	}
}

// given is the word of a name, in a list of names and words by turns.
func given(words []string, name string) (string, bool) {
	for i := 0; i+1 < len(words); i += 2 {
		if words[i] == name {
			return words[i+1], true
		}
	}
	return "", false
}

// para is say as a paragraph.
func (w *writer) para(key string, words ...string) document.Paragraph {
	return document.Para(w.say(key, words...)...)
}

// cell is a figure in a table.
func (w *writer) cell(id, form string) document.Cell {
	f := w.figure(id)
	c := document.Cell{Runs: []document.Run{w.locked(id, form)}, Align: document.Number}
	if form == "" && !f.Lasts {
		v := float64(f.N)
		c.Value = &v
	}
	return c
}

// optional is the cell of a figure that may not have been counted: nothing was.
func (w *writer) optional(id string) document.Cell {
	if _, ok := w.figures[id]; ok {
		return w.cell(id, "")
	}
	zero := 0.0
	return document.Cell{Runs: document.Words("0"), Value: &zero, Align: document.Number}
}

// text is what people wrote in a place, as paragraphs.
func (w *writer) text(place string) (out []document.Block) {
	for line := range strings.Lines(w.r.Texts[place]) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, document.Say(line))
		}
	}
	return out
}

// heads are the heads of a table.
func (w *writer) heads(keys ...string) [][]document.Cell {
	var row []document.Cell
	for _, k := range keys {
		row = append(row, document.HeadCell(w.t("report.head."+k)))
	}
	return [][]document.Cell{row}
}

// Value is a figure in words.
func (w Words) Value(f Figure) string {
	form := ""
	if f.Rate {
		form = "rate"
	}
	return (&writer{Words: w}).value(f, form)
}

// Period is the days of a span as they are written.
func (w Words) Period(from, to time.Time) string { return w.period(from, to) }
