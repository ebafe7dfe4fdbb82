package periodic

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"huiying"
	"huiying/internal/report/document"
)

// Places of what people write.
const (
	PlaceSummary    = "summary"
	PlaceNote       = "note"
	PlaceCore       = "core"
	PlaceRisk       = "risk"
	PlaceCourse     = "course"
	PlaceViews      = "views"
	PlaceAssessment = "assessment"
	PlaceAdvice     = "advice"
)

// Place is a named place of free text in a kind of report.
type Place struct {
	ID       string
	Longest  int  // characters
	Required bool // before it is released
}

// Places lists the places of a kind, in the order of the paper.
func Places(kind string) []Place {
	const long = 3000
	switch kind {
	case Daily:
		return []Place{{PlaceSummary, 500, false}, {PlaceNote, 1000, false}}
	case Weekly, Monthly:
		return []Place{{PlaceSummary, 1000, false}, {PlaceAdvice, long, false}, {PlaceNote, 1000, false}}
	case Special:
		return []Place{
			{PlaceCore, 200, false}, {PlaceRisk, 80, false}, {PlaceCourse, long, false}, {PlaceViews, long, false}, {PlaceAssessment, long, false}, {PlaceAdvice, long, true},
		}
	}
	return nil
}

// CheckTexts refuses a place that the kind does not have and a text that is too
// long for its own.
func CheckTexts(kind string, texts map[string]string) error {
	places := Places(kind)
	for id, text := range texts {
		i := slices.IndexFunc(places, func(p Place) bool { return p.ID == id })
		if i < 0 {
			return huiying.Errorf(huiying.Invalid, "report.no_place", id)
		}
		if n := utf8.RuneCountInString(strings.TrimSpace(text)); n > places[i].Longest {
			return huiying.Errorf(huiying.Invalid, "report.too_long."+id, places[i].Longest, n)
		}
	}
	return nil
}

// Ready refuses to let a report go out while a place that must be filled is
// empty.
func Ready(kind string, texts map[string]string) error {
	for _, p := range Places(kind) {
		if p.Required && strings.TrimSpace(texts[p.ID]) == "" {
			return huiying.Errorf(huiying.Conflict, "report.empty."+p.ID)
		}
	}
	return CheckTexts(kind, texts)
}

// Document makes the paper. What was counted since it was released is its last
// section.
func Document(r Report, words Words) (document.Document, error) {
	if err := r.Check(); err != nil {
		return document.Document{}, err
	}
	w := newWriter(r, words)
	d := document.Document{
		Lang: string(words.Lang), Title: w.Title(r.Facts), Office: r.Office, Date: w.period(r.From, r.To),
	}
	if r.State != "" {
		d.Status = w.t(r.State)
	}
	if r.Remark != "" {
		d.Lead = append(d.Lead, document.Gap{Text: r.Remark})
	}
	switch r.Kind {
	case Special:
		d.Sections = w.special()
	case Daily:
		d.Sections = w.daily()
	default:
		d.Sections = w.long()
	}
	if s, ok := w.restated(); ok {
		d.Sections = append(d.Sections, s)
	}
	d.Close = []string{w.t("report.counted", w.minute(r.At), r.Seq)}
	if r.Signed != "" {
		d.Close = append(d.Close, r.Signed)
	}
	return d, w.err
}

// Title is what a report of these facts is called.
func (w Words) Title(f Facts) string {
	if f.Kind == Special {
		return w.t("report.title.special", f.EventName)
	}
	return w.t("report.title." + f.Kind)
}

func (w *writer) part(key string, blocks ...document.Block) document.Section {
	return document.Section{Title: w.t("report.part." + key), Blocks: blocks}
}

func (w *writer) daily() []document.Section {
	list := []document.Section{
		w.part("overview", w.overview()...),
		w.part("volume", append(w.volume(), w.platforms()...)...),
		w.part("views", w.views()...),
		w.part("cases", append([]document.Block{w.levels()}, w.overdue()...)...),
		w.part("sources", w.sources()...),
	}
	return append(list, w.written(PlaceNote)...)
}

// written is a section of free text alone; none where nothing was written.
func (w *writer) written(place string) []document.Section {
	if blocks := w.text(place); len(blocks) > 0 {
		return []document.Section{w.part(place, blocks...)}
	}
	return nil
}

// long is a week or a month.
func (w *writer) long() []document.Section {
	list := []document.Section{
		w.part("overview", w.overview()...),
		w.part("trend", append(w.volume(), w.platforms()...)...),
		w.part("events", w.events()...),
		w.part("views", w.views()...),
		w.part("cases", append([]document.Block{w.levels(), w.units(), w.origins()}, w.overdue()...)...),
		w.part("outcomes", document.Say(w.t("report.outcomes_note")), w.outcomes()),
	}
	if len(w.r.Items) > 0 {
		list = append(list, w.part("items", w.items()))
	}
	list = append(list, w.part("sources", w.sources()...))
	list = append(list, w.written(PlaceAdvice)...)
	return append(list, w.written(PlaceNote)...)
}

// special is the paper about one event.
func (w *writer) special() []document.Section {
	advice := w.text(PlaceAdvice)
	if len(advice) == 0 {
		advice = []document.Block{document.Para(document.Run{Text: w.t("report.to_fill"), Mark: document.Missing})}
	}
	list := []document.Section{
		w.part("core", append(w.core(), w.risk()...)...),
		w.part("course", w.course()...),
		w.part("sides", w.sides()...),
		w.part("assessment", w.assessment()...),
	}
	if s, ok := w.effect(); ok {
		list = append(list, s)
	}
	return append(list, w.part("advice", advice...))
}

// core is the conclusion, at most two hundred characters: what people wrote, or
// what was counted.
func (w *writer) core() []document.Block {
	if own := w.text(PlaceCore); len(own) > 0 {
		return own
	}
	return []document.Block{w.para("report.core", "event", w.r.EventName, "from", w.minute(w.r.From), "to", w.minute(w.r.To))}
}

func (w *writer) risk() []document.Block {
	if own := w.text(PlaceRisk); len(own) > 0 {
		return own
	}
	return []document.Block{w.para("report.risk", "risk", w.t("report.risk."+string(w.r.Level)), "trend", w.t("report.trend."+w.r.Trend))}
}

// course is how it went: the curve, where, and the moments that count.
func (w *writer) course() []document.Block {
	out := append([]document.Block{w.para("report.course", "trend", w.t("report.trend."+w.r.Trend))}, w.volume()...)
	out = append(out, w.platforms()...)
	nodes := document.List{Ordered: true}
	for _, n := range w.r.Nodes {
		said := []any{w.minute(n.At)}
		if n.What != "" {
			said = append(said, w.named("web.platform.", n.What))
		}
		nodes.Items = append(nodes.Items, document.Words(w.t("report.node."+n.Key, said...)))
	}
	if len(nodes.Items) > 0 {
		out = append(out, document.Say(w.t("report.nodes")), nodes)
	}
	out = append(out, w.gaps()...)
	return append(out, w.text(PlaceCourse)...)
}

// sides are the views of every side; a side that said nothing is named too.
func (w *writer) sides() []document.Block {
	out := []document.Block{w.para("report.views_share")}
	for _, side := range Sides() {
		var list document.List
		for _, v := range w.r.Views {
			if v.Side == side {
				list.Items = append(list.Items, w.said(v))
			}
		}
		heading := w.say("report.side", "side", w.t("report.side."+side), "id", side)
		if len(list.Items) == 0 {
			out = append(out, document.Para(append(heading, document.Run{Text: w.t("report.nothing")})...))
			continue
		}
		out = append(out, document.Para(heading...), list)
	}
	return append(out, w.text(PlaceViews)...)
}

// assessment is trend and level with the reasons for both.
func (w *writer) assessment() []document.Block {
	out := []document.Block{
		w.para("report.assess_trend", "trend", w.t("report.trend."+w.r.Trend)),
		w.para("report.assess_level", "level", w.t("level."+string(w.r.Level))),
	}
	var list document.List
	for _, key := range w.r.Reasons {
		list.Items = append(list.Items, w.say("report.reason."+key))
	}
	if len(list.Items) > 0 {
		out = append(out, list)
	}
	out = append(out, w.para("report.alerts"), w.para("report.cases_event"))
	return append(out, w.text(PlaceAssessment)...)
}

// Name is what a figure is called. Of those of sources, units, events and hours
// the thing that it is of stands before it.
func (w Words) Name(id string, f Facts) string {
	if rest, ok := strings.CutPrefix(id, "before."); ok {
		return w.t("report.name.before", w.Name(rest, f))
	}
	parts := strings.Split(id, ".")
	last := parts[len(parts)-1]
	key := "report.name." + id
	switch {
	case w.Catalogue.Has(key):
		return w.t(key)
	case parts[0] == "measure":
		return w.t(id)
	case parts[0] == "source" || parts[0] == "unit" || parts[0] == "origin":
		of := strings.TrimSuffix(strings.TrimPrefix(id, parts[0]+"."), "."+last)
		if last == "on_time_official" || last == "on_time_honest" {
			return w.t("report.name.of", w.thing(parts[0], of, f), w.t("measure."+last))
		}
		return w.t("report.name.of", w.thing(parts[0], of, f), w.t("report.head."+last))
	case strings.HasPrefix(id, "posts.critical."):
		return w.t("report.name.of", w.thing("posts.platform.", last, f), w.t("report.name.posts.critical"))
	}
	for _, prefix := range []string{"posts.platform.", "posts.level.", "posts.tone.", "posts.side.", "posts.at.", "posts.critical_at.", "alerts.level.", "cases.opened.level.", "event.critical.", "event.", "item.critical.", "item."} {
		if of, ok := strings.CutPrefix(id, prefix); ok {
			return w.t("report.name."+strings.TrimSuffix(prefix, "."), w.thing(prefix, of, f))
		}
	}
	return id
}

// thing is the name of what a figure is of.
func (w Words) thing(kind, id string, f Facts) string {
	switch kind {
	case "posts.platform.", "origin":
		if id == "" {
			return w.t("report.no_origin")
		}
		return w.named("web.platform.", id)
	case "posts.level.", "alerts.level.", "cases.opened.level.":
		return w.named("level.", id)
	case "posts.side.":
		return w.named("report.side.", id)
	case "posts.tone.":
		return w.named("report.tone.", id)
	case "posts.at.", "posts.critical_at.":
		if at, err := time.Parse(time.RFC3339, id); err == nil {
			return w.minute(at)
		}
	case "unit":
		if id == "" {
			return w.t("report.no_unit")
		}
		return nameIn(f.Units, id)
	case "source":
		for _, s := range f.Sources {
			if s.ID == id {
				return s.Name
			}
		}
	case "event.", "event.critical.":
		for _, t := range f.Topics {
			if t.ID == id && t.Name != "" {
				return t.Name
			}
		}
	case "item.", "item.critical.":
		return nameIn(f.Items, id)
	}
	return id
}

func nameIn(list []Named, id string) string {
	for _, n := range list {
		if n.ID == id && n.Name != "" {
			return n.Name
		}
	}
	return id
}
