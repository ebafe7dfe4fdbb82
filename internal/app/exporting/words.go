package exporting

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/web/filter"
	"huiying/notifier/casework/measure"
)

// words says what a filter keeps, in a language.
func (d *Desk) words(lang locale.Lang, what string, q url.Values) string {
	n := d.plainNames(lang)
	var said []string
	say := func(key string, values ...string) {
		var some []string
		for _, v := range values {
			if v != "" {
				some = append(some, v)
			}
		}
		if len(some) > 0 {
			name := "web.search.by." + key
			if !n.words.Has(name) {
				name = "exports.by." + key
			}
			said = append(said, n.t(name)+" "+strings.Join(some, n.t("duty.word.and")))
		}
	}
	switch what {
	case query.ExportCases:
		f, _ := filter.ReadCases(q)
		said = append(said, n.t("web.view."+f.View))
		say("level", n.all("level.", f.Levels)...)
		say("unit", named(n.units, f.Unit))
		say("state", n.word("case.state.", f.State))
		say("answered", n.word("web.period.", f.Answered))
		say("text", f.Text)
	case query.ExportAlerts:
		f := filter.ReadAlerts(q)
		said = append(said, n.t("web.alert.show."+f.Show))
		say("level", n.all("level.", f.Levels)...)
		say("period", n.word("web.period.", f.Period))
	case query.ExportPosts:
		f, _ := filter.ReadPosts(q)
		said = append(said, n.t("web.period."+f.Period))
		for _, facet := range query.PostFacets() {
			say(facet, n.all(prefixOf(facet), f.Choices[facet])...)
		}
		if f.Tagged {
			said = append(said, n.t("exports.tagged"))
		}
		say("text", f.Text)
	case query.ExportHeat:
		f := filter.ReadHeat(q)
		said = append(said, n.period(f.Outcomes))
		say("item", f.Item)
		say("window", n.nobody(f.Window, f.Window))
		say("unit", n.nobody(f.Unit, named(n.units, f.Unit)))
		say("place", f.Place)
		say("platform", n.word("web.platform.", f.Platform))
		said = append(said, n.t("web.heat.by."+f.By))
	default:
		f := filter.ReadOutcomes(q)
		said = append(said, n.period(f))
		if what == query.ExportScores {
			say("unit", named(n.units, f.Unit))
			break
		}
		say("unit", n.nobody(f.Unit, named(n.units, f.Unit)))
		say("level", n.word("level.", f.Level))
		say("platform", n.nobody(f.Platform, n.word("web.platform.", f.Platform)))
		said = append(said, n.t("web.outcomes.by."+f.By))
	}
	return strings.Join(said, n.t("exports.and"))
}

func (n names) period(f filter.Outcomes) string {
	if f.Period == filter.Range {
		return f.From + "–" + f.To
	}
	return n.t("web.outcomes.period." + f.Period)
}

func (n names) nobody(id, name string) string {
	if id == query.Nobody {
		return n.t("web.outcomes.nobody")
	}
	return name
}

// prefixOf is where the words for the values of a facet stand.
func prefixOf(facet string) string {
	switch facet {
	case query.ByLevel:
		return "level."
	case query.ByCase:
		return "web.search.case."
	}
	return "web." + facet + "."
}

func (n names) all(prefix string, values []string) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = n.word(prefix, v)
	}
	return out
}

// notes say in the file what it is; the first names the sheet.
func (d *Desk) notes(e query.Export, t table) [][2]string {
	n := d.plainNames(locale.ParseLang(e.Lang))
	out := [][2]string{
		{n.t("exports.note.title"), t.name}, {n.t("exports.note.filter"), e.Words}, {n.t("exports.note.asked"), e.AskedAt.In(d.o.Zone).Format(stamp)},
		{n.t("exports.note.made"), d.o.Now().In(d.o.Zone).Format(stamp)}, {n.t("exports.note.person"), e.Person}, {n.t("exports.note.id"), e.ID},
		{n.t("exports.note.rows"), strconv.Itoa(e.Rows)},
	}
	if e.Cut {
		out = append(out, [2]string{n.t("exports.note.cut"), n.t("exports.cut_at", d.o.Rows)})
	}
	masked := n.t("exports.masked")
	if e.Revealed {
		masked = n.t("exports.revealed", e.Reason)
	}
	out = append(out, [2]string{n.t("exports.note.personal"), masked})
	if e.What == query.ExportOutcomes || e.What == query.ExportScores {
		out = append(out, [2]string{n.t("exports.note.edition"), n.t("exports.formulas", measure.Edition)})
	}
	return append(out, [2]string{n.t("exports.note.keep"), d.o.Now().Add(d.o.Keep).In(d.o.Zone).Format(time.DateOnly)})
}
