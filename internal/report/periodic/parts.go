package periodic

import (
	"math"
	"strings"
	"time"

	"huiying"
	"huiying/internal/report/document"
)

// overview is what a period was, in sentences: what was said, how much of it
// was critical, what was told, what became of cases, and what is missing.
func (w *writer) overview() []document.Block {
	period := w.period(w.r.From, w.r.To)
	out := w.text(PlaceSummary)
	if w.r.n("posts") == 0 {
		out = append(out, w.para("report.posts_none", "period", period))
	} else {
		out = append(out, w.para("report.posts", "period", period))
	}
	out = append(out, w.para("report.alerts"), w.para("report.cases"), w.para("report.measures"))
	if len(w.r.Gaps) == 0 {
		return append(out, w.para("report.sources_whole"))
	}
	return append(out, w.para("report.sources_gapped"))
}

// gaps are the spans in which something was not read, each with its own hours.
func (w *writer) gaps() (out []document.Block) {
	for _, g := range w.r.Gaps {
		to := w.t("report.gap_lasts")
		if !g.To.IsZero() {
			to = w.minute(g.To)
		}
		out = append(out, document.Gap{Text: w.t("report.gap", g.Source, w.minute(g.From), to, w.named("", g.Why))})
	}
	return out
}

// step is what a point of the curve is called; what was not read whole is marked.
func (w *writer) step(p Point) string {
	name := p.From.In(w.Zone).Format("01-02")
	if p.To.Sub(p.From) <= time.Hour {
		name = p.From.In(w.Zone).Format("15:04")
		if w.r.To.Sub(w.r.From) > 25*time.Hour {
			name = p.From.In(w.Zone).Format("01-02 15:04")
		}
	}
	if p.Gap {
		name += " " + w.t("report.gap_mark")
	}
	return name
}

// volume is the curve of posts. Where nothing could be read there is no point
// of it, which is another thing than nothing said.
func (w *writer) volume() []document.Block {
	c := document.Chart{Kind: document.Lines, Title: w.t("report.volume"), Unit: w.t("report.unit_posts")}
	all := document.Series{Name: w.t("report.all_posts")}
	critical := document.Series{Name: w.t("report.critical_posts"), Color: "B3261E"}
	most, gapped := -1, false
	for i, p := range w.r.Volume {
		c.Categories = append(c.Categories, w.step(p))
		n, bad := float64(w.r.n(p.Figure)), float64(w.r.n(p.Critical))
		if p.Dark && n == 0 {
			n, bad = math.NaN(), math.NaN()
		}
		all.Values, critical.Values = append(all.Values, n), append(critical.Values, bad)
		gapped = gapped || p.Gap
		if most < 0 || w.r.n(p.Figure) > w.r.n(w.r.Volume[most].Figure) {
			most = i
		}
	}
	c.Series = []document.Series{all, critical}
	out := []document.Block{}
	switch {
	case most < 0 || w.r.n("posts") == 0:
		return append(out, document.Say(w.t("report.nothing_said")))
	default:
		peak := w.r.Volume[most]
		c.Summary = w.t("report.volume_summary", w.r.n("posts"), strings.TrimSuffix(w.step(peak), " "+w.t("report.gap_mark")), w.r.n(peak.Figure))
	}
	if gapped {
		c.Summary += w.t("report.gap_marked")
	}
	return append(out, c)
}

// platforms is where it was said.
func (w *writer) platforms() []document.Block {
	if len(w.r.Platforms) == 0 {
		return nil
	}
	t := document.Table{
		Caption: w.t("report.by_platform"), Unit: w.t("report.unit_posts"), Head: w.heads("platform", "posts", "critical"),
		Columns: []document.Column{{Width: 4}, {Width: 3, Align: document.Number}, {Width: 3, Align: document.Number}},
	}
	compared := !w.r.Before.IsZero()
	if compared {
		t.Head = w.heads("platform", "posts", "critical", "before")
		t.Columns = append(t.Columns, document.Column{Width: 3, Align: document.Number})
	}
	for _, p := range w.r.Platforms {
		id := "posts.platform." + p
		row := []document.Cell{document.TextCell(w.named("web.platform.", p)), w.cell(id, ""), w.optional("posts.critical." + p)}
		if compared {
			row = append(row, w.optional(BeforeID(id)))
		}
		t.Rows = append(t.Rows, row)
	}
	return []document.Block{t}
}

// levels is posts, alerts and cases by level.
func (w *writer) levels() document.Table {
	t := document.Table{
		Caption: w.t("report.by_level"), Head: w.heads("level", "posts", "alerts", "opened"),
		Columns: []document.Column{{Width: 4}, {Width: 3, Align: document.Number}, {Width: 3, Align: document.Number}, {Width: 3, Align: document.Number}},
	}
	for _, l := range huiying.Levels() {
		alerts := document.TextCell("—")
		if l.Alerts() {
			alerts = w.cell("alerts.level."+string(l), "")
		}
		t.Rows = append(t.Rows, []document.Cell{
			document.TextCell(w.t("level." + string(l))), w.cell("posts.level."+string(l), ""), alerts, w.cell("cases.opened.level."+string(l), ""),
		})
	}
	return t
}

// overdue lists open cases with a limit that is over.
func (w *writer) overdue() []document.Block {
	if len(w.r.Overdue) == 0 {
		return []document.Block{document.Say(w.t("report.no_overdue"))}
	}
	t := document.Table{
		Caption: w.t("report.overdue"), Head: w.heads("case", "level", "state", "unit", "due"),
		Columns: []document.Column{{Width: 5}, {Width: 2}, {Width: 3}, {Width: 4}, {Width: 4}},
	}
	for _, c := range w.r.Overdue {
		unit := c.Unit
		if unit == "" {
			unit = w.t("report.no_unit")
		}
		t.Rows = append(t.Rows, []document.Cell{
			document.TextCell(c.No), document.TextCell(w.t("level." + string(c.Level))), document.TextCell(w.t("case.state." + c.State)),
			document.TextCell(unit), document.TextCell(w.minute(c.Due)),
		})
	}
	if more := w.r.n("cases.overdue") - len(w.r.Overdue); more > 0 {
		t.Note = w.t("report.more_overdue", more)
	}
	return []document.Block{t}
}

// sources is how each source did.
func (w *writer) sources() []document.Block {
	if len(w.r.Sources) == 0 {
		return []document.Block{document.Say(w.t("report.no_sources"))}
	}
	t := document.Table{
		Caption: w.t("report.sources"), Small: true, Head: w.heads("source", "state", "visits", "asked", "got", "new", "gap"),
		Columns: []document.Column{{Width: 5}, {Width: 5}, {Width: 2}, {Width: 2}, {Width: 2}, {Width: 2}, {Width: 3}},
	}
	for _, s := range w.r.Sources {
		id := "source." + s.ID + "."
		t.Rows = append(t.Rows, []document.Cell{
			document.TextCell(s.Name), document.TextCell(w.t("crawler.state." + s.State)), w.cell(id+"visits", ""), w.cell(id+"asked", ""),
			w.cell(id+"got", ""), w.cell(id+"new", ""), w.lost(id + "gap"),
		})
	}
	return append([]document.Block{t}, w.gaps()...)
}

// lost is how long a source was not read: a figure in minutes.
func (w *writer) lost(id string) document.Cell {
	f := w.figure(id)
	text := w.t("report.nothing")
	if f.N > 0 {
		text = w.took(time.Duration(f.N) * time.Minute)
	}
	v := float64(f.N)
	run := w.locked(id, "")
	run.Text = text
	return document.Cell{Runs: []document.Run{run}, Value: &v, Align: document.Right}
}

// said is one view as an item of a list.
func (w *writer) said(v View) []document.Run {
	who := w.t("report.who." + v.Side)
	if v.Who != "" {
		who = v.Who
	}
	tone := ""
	if v.Critical {
		tone = w.t("report.critical_mark")
	}
	words := v.Words
	if words == "" {
		return []document.Run{{Text: w.t("report.view_gone", tone+who, w.named("web.platform.", v.Platform), w.minute(v.At))}}
	}
	return []document.Run{{Text: w.t("report.view", tone+who, w.named("web.platform.", v.Platform), w.minute(v.At), words)}}
}

// views are what people said, in one list.
func (w *writer) views() []document.Block {
	if len(w.r.Views) == 0 {
		return []document.Block{document.Say(w.t("report.no_views"))}
	}
	var list document.List
	for _, v := range w.r.Views {
		list.Items = append(list.Items, w.said(v))
	}
	return []document.Block{w.para("report.views_share"), list}
}

// outcomes is every response figure with what it counts.
func (w *writer) outcomes() document.Table {
	t := document.Table{
		Caption: w.t("report.outcomes"), Small: true, Head: w.heads("figure", "value", "before", "formula"),
		Columns: []document.Column{{Width: 4}, {Width: 5}, {Width: 4}, {Width: 7}},
	}
	for _, m := range w.r.Measures {
		id := "measure." + m
		before := document.TextCell("—")
		if !w.r.Before.IsZero() {
			before = document.Cell{Runs: []document.Run{w.locked(BeforeID(id), "rate")}}
		}
		t.Rows = append(t.Rows, []document.Cell{
			document.TextCell(w.t("measure." + m)), {Runs: []document.Run{w.locked(id, "rate")}}, before, document.TextCell(w.t("measure.formula." + m)),
		})
	}
	return t
}

// units and origins are cases by who handles them and by where they came from.
func (w *writer) units() document.Table {
	t := document.Table{
		Caption: w.t("report.by_unit"), Small: true, Head: w.heads("unit", "opened", "closed", "open", "overdue", "official", "honest"),
		Columns: []document.Column{{Width: 5}, {Width: 2}, {Width: 2}, {Width: 2}, {Width: 2}, {Width: 5}, {Width: 5}},
	}
	for _, u := range w.r.Units {
		id := "unit." + u.ID + "."
		t.Rows = append(t.Rows, append(w.cases(w.thing("unit", u.ID, w.r.Facts), id),
			document.Cell{Runs: []document.Run{w.locked(id+"on_time_official", "rate")}}, document.Cell{Runs: []document.Run{w.locked(id+"on_time_honest", "rate")}}))
	}
	return t
}

func (w *writer) origins() document.Table {
	t := document.Table{
		Caption: w.t("report.by_origin"), Head: w.heads("origin", "opened", "closed", "open", "overdue"),
		Columns: []document.Column{{Width: 5}, {Width: 3}, {Width: 3}, {Width: 3}, {Width: 3}},
	}
	for _, o := range w.r.Origins {
		t.Rows = append(t.Rows, w.cases(w.thing("origin", o, w.r.Facts), "origin."+o+"."))
	}
	return t
}

func (w *writer) cases(name, id string) []document.Cell {
	return []document.Cell{document.TextCell(name), w.optional(id + "opened"), w.optional(id + "closed"), w.optional(id + "open"), w.optional(id + "overdue")}
}

// events are the matters that were spoken of most.
func (w *writer) events() []document.Block {
	if len(w.r.Topics) == 0 {
		return []document.Block{document.Say(w.t("report.no_events"))}
	}
	t := document.Table{
		Caption: w.t("report.events"), Head: w.heads("event", "level", "posts", "critical"),
		Columns: []document.Column{{Width: 9}, {Width: 2}, {Width: 2, Align: document.Number}, {Width: 2, Align: document.Number}},
	}
	for _, e := range w.r.Topics {
		name := e.Name
		if name == "" {
			name = w.t("report.event_gone")
		}
		t.Rows = append(t.Rows, []document.Cell{
			document.TextCell(name), document.TextCell(w.t("level." + string(e.Level))), w.cell("event."+e.ID, ""), w.optional("event.critical." + e.ID),
		})
	}
	return []document.Block{t}
}

// items are the service items that were spoken of.
func (w *writer) items() document.Table {
	t := document.Table{
		Caption: w.t("report.items"), Unit: w.t("report.unit_posts"), Head: w.heads("item", "posts", "critical"),
		Columns: []document.Column{{Width: 9}, {Width: 3, Align: document.Number}, {Width: 3, Align: document.Number}},
	}
	for _, i := range w.r.Items {
		t.Rows = append(t.Rows, []document.Cell{document.TextCell(i.Name), w.cell("item."+i.ID, ""), w.optional("item.critical." + i.ID)})
	}
	return t
}

// restated is what was counted after the release, beside what was released.
func (w *writer) restated() (document.Section, bool) {
	if len(w.r.Restate) == 0 {
		return document.Section{}, false
	}
	t := document.Table{
		Caption: w.t("report.restated"), Head: w.heads("figure", "released", "now"),
		Columns: []document.Column{{Width: 8}, {Width: 4}, {Width: 4}},
	}
	const most = 60
	for i, d := range w.r.Restate {
		if i == most {
			t.Note = w.t("report.more_restated", len(w.r.Restate)-most)
			break
		}
		form := ""
		if d.Now.Rate || d.Was.Rate {
			form = "rate"
		}
		t.Rows = append(t.Rows, []document.Cell{
			document.TextCell(w.Name(d.Was.ID, w.r.Facts)), document.TextCell(w.value(d.Was, form)), document.TextCell(w.value(d.Now, form)),
		})
	}
	return document.Section{Title: w.t("report.part.restated"), Blocks: []document.Block{document.Say(w.t("report.restated_note")), t}}, true
}
