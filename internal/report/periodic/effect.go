package periodic

import (
	"math"
	"strconv"

	"huiying/internal/query"
	"huiying/internal/report/document"
	"huiying/internal/report/effect"
)

// effect is opinion before and after the first answer or interpretation; ok is
// false for an event that had neither. Its counts are figures, its intervals
// are computed from them.
func (w *writer) effect() (document.Section, bool) {
	e := w.r.Effect
	if e == nil {
		return document.Section{}, false
	}
	key, said := "report.effect.answer", []string{"at", w.minute(e.At)}
	if e.Title != "" {
		key, said = "report.effect.paper", append(said, "title", e.Title)
	}
	line := w.say(key, said...)
	blocks := []document.Block{}
	if e.Window == 0 {
		blocks = append(blocks, document.Para(append(line, w.say("report.effect.early")...)...))
	} else {
		n, m := w.figure("effect.before").N, w.figure("effect.after").N
		line = append(line, w.say("report.effect.window", "window", w.took(e.Window), "verdict", w.verdict(effect.JudgeVolume(n, m, e.Dispersion)))...)
		b := effect.Ratio(n, m, e.Dispersion)
		blocks = append(blocks, document.Para(line...), w.para("report.effect.volume", "interval", decimal(b.Low)+" – "+decimal(b.High)), w.effectTable(), document.Say(w.t("report.effect.note")))
	}
	if len(e.Papers) > 0 {
		var list document.List
		for _, p := range e.Papers {
			text := w.t("web.effect.kind."+p.Kind) + " " + p.Title + " " + w.minute(p.At)
			if p.URL != "" {
				text += " " + p.URL
			}
			list.Items = append(list.Items, document.Words(text))
		}
		blocks = append(blocks, document.Say(w.t("report.effect.papers")), list)
	}
	return w.part("effect", blocks...), true
}

func (w *writer) verdict(v string) string { return w.t("web.effect.verdict." + v) }

// effectTable is every share before and after with its interval.
func (w *writer) effectTable() document.Table {
	t := document.Table{
		Caption: w.t("report.effect.by_share"), Small: true, Head: w.heads("share", "before", "after", "verdict"),
		Columns: []document.Column{{Width: 6}, {Width: 6}, {Width: 6}, {Width: 5}},
	}
	for _, s := range query.EffectShares() {
		before, after := w.figure("effect."+s+".before"), w.figure("effect."+s+".after")
		t.Rows = append(t.Rows, []document.Cell{
			document.TextCell(w.t("web.effect.share." + s)), w.bounded(before), w.bounded(after), document.TextCell(w.verdict(effect.Judge(before.N, before.Of, after.N, after.Of))),
		})
	}
	return t
}

// bounded is a share with its interval.
func (w *writer) bounded(f Figure) document.Cell {
	c := document.Cell{Runs: []document.Run{w.locked(f.ID, "rate")}}
	if f.Of > 0 {
		b := effect.Wilson(float64(f.N), float64(f.Of))
		c.Runs = append(c.Runs, document.Run{Text: " " + decimal(100*b.Low) + "% – " + decimal(100*b.High) + "%"})
	}
	return c
}

func decimal(f float64) string {
	if math.IsInf(f, 1) {
		return "∞"
	}
	return strconv.FormatFloat(f, 'f', 2, 64)
}
