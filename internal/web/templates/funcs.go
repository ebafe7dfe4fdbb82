package templates

import (
	"encoding/json"
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"

	"huiying"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/web/mark"
)

// words is the functions of one language.
type words struct {
	o    Options
	lang locale.Lang
}

func funcs(o Options, lang locale.Lang) template.FuncMap {
	w := words{o, lang}
	return template.FuncMap{
		"t":          w.text,
		"drawing":    drawing,
		"lang":       w.tag,
		"asset":      o.Asset,
		"level":      func(l huiying.Level) string { return w.text("level." + string(l)) },
		"state":      func(s huiying.CaseState) string { return w.text("case.state." + string(s)) },
		"role":       func(r huiying.Role) string { return w.text("role." + string(r)) },
		"source":     o.Names.Source,
		"unit":       o.Names.Unit,
		"person":     w.person,
		"iso":        w.iso,
		"full":       w.full,
		"when":       w.when,
		"date":       func(t time.Time) string { return t.In(o.Zone).Format(time.DateOnly) },
		"clock":      w.clock,
		"ago":        w.ago,
		"took":       w.took,
		"left":       w.left,
		"chips":      w.chips,
		"recipients": w.recipients,
		"listed":     listed,
		"published":  published,
		"address":    address,
		"chip":       w.chip,
		"input":      w.input,
		"number":     number,
		"segments":   func(j huiying.Judgement, field string) []mark.Segment { return mark.Segments(j, field, false) },
		"found": func(j huiying.Judgement, field string, hits map[int64]query.Hits, n int64) []mark.Segment {
			h, searched := hits[n]
			switch {
			case !searched:
				return mark.Segments(j, field, false)
			case field == "title":
				return mark.Found(j, field, h.Title)
			}
			return mark.Found(j, field, h.Text)
		},
		"foundIn":  mark.Plainly,
		"revealed": func(j huiying.Judgement, field string) []mark.Segment { return mark.Segments(j, field, true) },
		"excerpt":  mark.Excerpt,
		"join":     strings.Join,
		"dict":     dict,
		"list":     func(v ...string) []string { return v },
		"percent":  percent,
		"has": func(list []string, v string) bool {
			return strings.Contains("\n"+strings.Join(list, "\n")+"\n", "\n"+v+"\n")
		},
		"sum":      func(a, b int) int { return a + b },
		"bytes":    size,
		"short":    short,
		"json":     asJSON,
		"sentence": w.sentence,
	}
}

func (w words) text(key string, args ...any) string { return w.o.Catalogue.Text(w.lang, key, args...) }

func (w words) sentence(err error) string {
	if err == nil {
		return ""
	}
	return w.o.Catalogue.Sentence(w.lang, err)
}

func (w words) tag() string {
	if w.lang == locale.English {
		return "en"
	}
	return "zh-CN"
}

// person names an actor: a user, a rule, or the system.
func (w words) person(id string) string {
	if service, ok := strings.CutPrefix(id, "service:"); ok {
		return w.text("web.actor.service", service)
	}
	switch rule, isRule := strings.CutPrefix(id, "rule:"); {
	case id == "":
		return w.text("web.nobody")
	case isRule:
		return w.text("web.actor.rule", rule)
	case id == huiying.SystemActor().ID:
		return w.text("web.actor.system")
	}
	return w.o.Names.Person(id)
}

func (w words) iso(t time.Time) string  { return t.In(w.o.Zone).Format(time.RFC3339) }
func (w words) full(t time.Time) string { return t.In(w.o.Zone).Format("2006-01-02 15:04:05") }

// input is a time as a datetime-local field wants it.
func (w words) input(t time.Time) string { return t.In(w.o.Zone).Format("2006-01-02T15:04") }

// when is a time as people read it: today's by the clock alone.
func (w words) when(t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	t, now := t.In(w.o.Zone), w.o.Now().In(w.o.Zone)
	switch day := now.Truncate(0).Format(time.DateOnly); {
	case t.Format(time.DateOnly) == day:
		return w.text("web.today", t.Format("15:04"))
	case t.Year() == now.Year():
		return t.Format("01-02 15:04")
	}
	return t.Format("2006-01-02 15:04")
}

func (w words) clock(t time.Time) string { return t.In(w.o.Zone).Format("15:04") }

// ago is how long t is past.
func (w words) ago(t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	d := w.o.Now().Sub(t)
	if d < time.Minute {
		return w.text("web.just_now")
	}
	return w.text("web.ago", w.took(d))
}

// left is how long until t.
func (w words) left(t time.Time) string { return w.took(t.Sub(w.o.Now())) }

// took writes a span in its two largest units.
func (w words) took(d time.Duration) string {
	if d < 0 {
		d = -d
	}
	switch days, hours, minutes := int(d.Hours())/24, int(d.Hours())%24, int(d.Minutes())%60; {
	case days > 0 && hours > 0:
		return w.text("web.span.dh", days, hours)
	case days > 0:
		return w.text("web.span.d", days)
	case hours > 0 && minutes > 0:
		return w.text("web.span.hm", hours, minutes)
	case hours > 0:
		return w.text("web.span.h", hours)
	case minutes > 0:
		return w.text("web.span.m", minutes)
	}
	return w.text("web.span.s", int(d.Seconds()))
}

// Chip is a clock as a label: which clock, how it stands, in words.
type Chip struct {
	State string // running, soon, over, met, late
	Name  string
	Text  string
	Due   time.Time
}

// chips are all clocks of a case.
func (w words) chips(c huiying.Case) []Chip {
	out := make([]Chip, 0, len(c.Clocks))
	for _, k := range c.Clocks {
		out = append(out, w.chipOf(k, c.State.Open()))
	}
	return out
}

// chip is the clock of a case that presses most; nil when none does.
func (w words) chip(c huiying.Case) *Chip {
	k, ok := query.Pressing(c)
	if !ok {
		return nil
	}
	chip := w.chipOf(k, true)
	return &chip
}

func (w words) chipOf(k huiying.Clock, open bool) Chip {
	now := w.o.Now()
	chip := Chip{Name: w.limit(k.Preset), Due: k.DueAt}
	if k.Provisional && k.Running() {
		chip.Name += w.text("web.chip.provisional")
	}
	switch {
	case !k.MetAt.IsZero() && k.MetAt.After(k.DueAt):
		chip.State, chip.Text = "late", w.text("web.chip.late", w.took(k.MetAt.Sub(k.DueAt)))
	case !k.MetAt.IsZero():
		chip.State, chip.Text = "met", w.text("web.chip.met")
	case !k.PausedAt.IsZero():
		chip.State, chip.Text = "met", w.text("web.chip.paused")
	case !k.DueAt.After(now) || !k.BreachedAt.IsZero():
		chip.State, chip.Text = "over", w.text("web.chip.over", w.took(now.Sub(k.DueAt)))
	case !open:
		chip.State, chip.Text = "met", w.text("web.chip.stopped")
	case k.DueAt.Sub(now) < time.Hour:
		chip.State, chip.Text = "soon", w.text("web.chip.left", w.left(k.DueAt))
	default:
		chip.State, chip.Text = "running", w.text("web.chip.left", w.left(k.DueAt))
	}
	return chip
}

// limit is the short name of a time limit where it has one.
func (w words) limit(preset string) string {
	if short := "web.clock." + preset; w.o.Catalogue.Has(short) {
		return w.text(short)
	}
	return w.text("case.clock." + preset)
}

// listed are the fields whose values have names of their own.
func listed(field string) bool {
	switch field {
	case "kind", "disposition", "settlement", "organ", "platform", "grade":
		return true
	}
	return false
}

// published are the publications of a case; one from before they were kept by
// platform stands alone.
func published(c huiying.Case) []huiying.Response {
	if len(c.Answers) > 0 || c.Response.Digest == "" {
		return c.Answers
	}
	return []huiying.Response{c.Response}
}

// address reports whether the place of a publication is one to link to.
func address(s string) bool {
	return strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://")
}

// recipients names who is told: a word such as duty or head, a unit, a person.
func (w words) recipients(ids []string) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		switch word := "duty.word." + id; {
		case w.o.Catalogue.Has(word):
			names[i] = w.text(word)
		case w.o.Names.Unit(id) != id:
			names[i] = w.o.Names.Unit(id)
		default:
			names[i] = w.person(id)
		}
	}
	return strings.Join(names, w.text("duty.word.and"))
}

// asJSON writes a value for a data attribute; the template escapes it.
func asJSON(v any) (string, error) {
	raw, err := json.Marshal(v)
	return string(raw), err
}

// number writes a count with thousands apart.
func number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// size is how large a file is.
func size(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.0f KB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d B", n)
}

// percent is part of whole in whole per cent, rounded down so that 100 means
// all of them; "—" of nothing.
func percent(part, whole int) string {
	if whole <= 0 {
		return "—"
	}
	return strconv.Itoa(part*100/whole) + "%"
}

// dict makes a map for a part that needs several values.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict wants pairs, got %d values", len(pairs))
	}
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		key, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: key %v is no string", pairs[i])
		}
		m[key] = pairs[i+1]
	}
	return m, nil
}

// short cuts a digest or an id for a label.
func short(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n]) + "…"
}
