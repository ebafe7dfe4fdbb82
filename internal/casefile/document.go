package casefile

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"huiying"
)

// Say renders a sentence of the catalogue.
type Say func(key string, args ...any) string

// Document is a case file as paper: the same for every form it is printed in.
type Document struct {
	Lang   string // zh-CN or en
	Title  string
	No     string // stands at the head of every page
	Office string
	Lines  []string // under the title
	Parts  []Part
	Page   string // "第 %s 页": what stands around the number of the page
}

// Part is a heading with a table, or with a sentence where there is nothing.
type Part struct {
	Title string
	Note  string
	Head  []string // of the columns; none = names and values
	Rows  [][]string
	Mono  bool // digests: a narrow letter
}

// writer makes the document.
type writer struct {
	f    *File
	say  Say
	zone *time.Location
}

// Paper lays a case file out. Times are those of the zone.
func Paper(f *File, zone *time.Location, lang string, say Say) Document {
	w := writer{f, say, zone}
	d := Document{
		Lang: lang, Title: say("casefile.title", f.Case.Title), No: f.Case.No, Office: f.Office, Page: say("casefile.page", "%s"),
		Lines: []string{say("casefile.exported", f.Case.No, w.at(f.ExportedAt), f.Name(f.ExportedBy))},
	}
	for _, part := range []func() Part{
		w.facts, w.clocks, w.steps, w.answers, w.deliveries, w.posts, w.attachments, w.purges, w.chain,
	} {
		p := part()
		if len(p.Rows) == 0 {
			p.Note = cmp.Or(p.Note, say("casefile.none"))
		}
		d.Parts = append(d.Parts, p)
	}
	return d
}

func (w writer) at(t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	return t.In(w.zone).Format("2006-01-02 15:04:05")
}

// heads are the names of columns, by the ends of their keys.
func (w writer) heads(keys ...string) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = w.say("casefile.head." + k)
	}
	return out
}

func (w writer) facts() Part {
	c := w.f.Case
	p := Part{Title: w.say("casefile.part.facts")}
	for _, r := range []struct{ key, value string }{
		{"no", c.No}, {"title", c.Title}, {"state", w.say("case.state." + string(c.State))}, {"level", w.say("level." + string(c.Level))},
		{"unit", w.f.Name(c.Unit)}, {"owner", w.f.Name(c.Owner)}, {"helpers", w.names(c.Helpers)}, {"drafter", w.f.Name(c.Drafter)}, {"reviewer", w.f.Name(c.Reviewer)},
		{"kind", w.listed("kind", c.Kind)}, {"disposition", w.listed("disposition", c.Disposition)}, {"settlement", w.listed("settlement", c.Settlement)},
		{"grade", w.listed("grade", c.Rating)}, {"merged_into", c.MergedInto},
		{"published", w.at(c.PublishedAt)}, {"first_seen", w.at(c.FirstSeenAt)}, {"opened", w.at(c.OpenedAt)}, {"assigned", w.at(c.AssignedAt)},
		{"acked", w.at(c.AckedAt)}, {"responded", w.at(c.RespondedAt)}, {"closed", w.at(c.ClosedAt)}, {"rule", c.Rule},
	} {
		if r.value != "" && r.value != "—" {
			p.Rows = append(p.Rows, []string{w.say("casefile.fact." + r.key), r.value})
		}
	}
	return p
}

func (w writer) names(ids []string) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = w.f.Name(id)
	}
	return strings.Join(out, "、")
}

// listed is the name of a value that the case machine lists.
func (w writer) listed(kind, value string) string {
	if value == "" {
		return ""
	}
	return w.say("case." + kind + "." + value)
}

func (w writer) clocks() Part {
	p := Part{Title: w.say("casefile.part.clocks"), Head: w.heads("clock", "started", "due", "outcome", "source", "calendar")}
	for _, k := range w.f.Case.Clocks {
		var rule Clock
		for _, r := range w.f.Clocks {
			if r.Preset == k.Preset {
				rule = r
			}
		}
		source := w.say("casefile.no_rule")
		if rule.Source != "" {
			source = rule.Source + "（" + w.say("casefile.verified."+strings.ReplaceAll(rule.Verified, " ", "_")) + "）"
		}
		due := w.at(k.DueAt)
		if k.Provisional {
			due += " " + w.say("casefile.provisional")
		}
		p.Rows = append(p.Rows, []string{w.say("case.clock." + k.Preset), w.at(k.StartedAt), due, w.outcome(k), source, cmp.Or(k.Calendar, "—")})
	}
	return p
}

func (w writer) outcome(k huiying.Clock) string {
	switch {
	case !k.BreachedAt.IsZero() && !k.MetAt.IsZero():
		return w.say("casefile.clock.late", w.at(k.MetAt))
	case !k.BreachedAt.IsZero():
		return w.say("casefile.clock.breached")
	case !k.MetAt.IsZero():
		return w.say("casefile.clock.met", w.at(k.MetAt))
	case !k.PausedAt.IsZero():
		return w.say("casefile.clock.paused", w.at(k.PausedAt))
	}
	return w.say("casefile.clock.running")
}

func (w writer) steps() Part {
	p := Part{Title: w.say("casefile.part.steps"), Head: w.heads("n", "at", "who", "action", "state", "detail")}
	if slices.ContainsFunc(w.f.Words, func(words Words) bool { return words.State == Masked }) {
		p.Note = w.say("casefile.masked_note")
	}
	for _, s := range w.f.Steps {
		state := w.say("case.state." + string(s.To))
		if s.From != s.To && s.From != "" {
			state = w.say("case.state."+string(s.From)) + " → " + state
		}
		p.Rows = append(p.Rows, []string{
			strconv.Itoa(s.N), w.at(s.At), w.who(s.Actor), w.say("case.action." + s.Action), state, strings.Join(w.detail(s), "\n"),
		})
	}
	return p
}

func (w writer) who(actor string) string {
	if rule, ok := strings.CutPrefix(actor, "rule:"); ok {
		return w.say("casefile.by_rule", rule)
	}
	if actor == huiying.SystemActor().ID {
		return w.say("casefile.by_system")
	}
	return w.f.Name(actor)
}

// detail is what a step says: its words, its facts, and what it did to clocks.
func (w writer) detail(s huiying.Step) []string {
	var out []string
	for _, words := range w.f.Words {
		if words.N == s.N {
			out = append(out, w.say("web.field."+words.Field)+"："+w.words(words))
		}
	}
	for _, field := range huiying.StepFields() {
		if v := s.Payload[field]; v != "" {
			out = append(out, w.say("web.field."+field)+"："+w.fact(field, v))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Payload)) {
		if line := w.clockChange(name, s.Payload[name]); line != "" {
			out = append(out, line)
		}
	}
	return out
}

func (w writer) words(words Words) string {
	switch words.State {
	case Kept, Masked:
		return words.Text
	case Purged:
		return w.say("casefile.purged", w.at(words.PurgedAt), words.Digest)
	}
	return w.say("casefile.lost", words.Digest)
}

func (w writer) fact(field, v string) string {
	switch field {
	case "unit", "owner":
		return w.f.Name(v)
	case "helpers":
		return w.names(strings.Fields(v))
	case "level":
		return w.say("level." + v)
	case "kind", "disposition", "settlement", "organ", "grade", "platform":
		return w.listed(field, v)
	case "preset", "instead":
		return w.say("case.clock." + v)
	case "at":
		return w.stamp(v)
	case "secrecy", "business", "checked", "designated":
		return w.say("casefile.ticked")
	}
	return v
}

// stamp shows a time as the record writes it, as it stands when it is none.
func (w writer) stamp(v string) string {
	t, err := time.Parse(time.RFC3339Nano, v)
	if err != nil {
		return v
	}
	return w.at(t)
}

// clockChange says what a step did to a clock; a start and a new due time are
// written as two times between slashes.
func (w writer) clockChange(name, v string) string {
	kind, preset, ok := strings.Cut(strings.TrimPrefix(name, "clock."), ".")
	if !ok || !strings.HasPrefix(name, "clock.") {
		return ""
	}
	switch kind {
	case "start", "due":
		span := strings.Split(v, "/")
		if len(span) < 2 {
			return ""
		}
		v = span[1]
	case "met", "stop", "breach", "pause", "warn":
	default:
		return ""
	}
	return w.say("casefile.change."+kind, w.say("case.clock."+preset), w.stamp(v))
}

func (w writer) answers() Part {
	p := Part{Title: w.say("casefile.part.answers"), Head: w.heads("platform", "at", "place", "who", "digest")}
	list := w.f.Case.Answers
	if len(list) == 0 && w.f.Case.Response.URL != "" {
		list = []huiying.Response{w.f.Case.Response} // of an earlier version, or an earlier round
	}
	for _, r := range list {
		p.Rows = append(p.Rows, []string{w.listed("platform", r.Platform), w.at(r.At), r.URL, w.f.Name(r.By), r.Digest})
	}
	return p
}

func (w writer) deliveries() Part {
	p := Part{Title: w.say("casefile.part.deliveries"), Head: w.heads("id", "person", "channel", "sent", "receipt", "read", "acked")}
	for _, d := range w.f.Deliveries {
		p.Rows = append(p.Rows, []string{
			d.ID, w.f.Name(d.Person), d.Channel, w.at(d.CreatedAt), w.say("web.delivery."+string(d.State)) + " " + w.at(d.AcceptedAt), w.at(d.ReadAt), w.at(d.AckedAt),
		})
	}
	return p
}

func (w writer) posts() Part {
	p := Part{Title: w.say("casefile.part.posts"), Head: w.heads("id", "published", "collected", "text")}
	for _, post := range w.f.Posts {
		text := strings.TrimSpace(post.Title + "\n" + post.Text)
		if post.Withdrawn {
			text = w.say("casefile.withdrawn")
		}
		lines := []string{text}
		for _, more := range []string{post.Number, post.URL, post.Evidence} {
			if more != "" {
				lines = append(lines, more)
			}
		}
		p.Rows = append(p.Rows, []string{post.ID, w.at(post.PublishedAt), w.at(post.CollectedAt), strings.Join(lines, "\n")})
	}
	return p
}

func (w writer) attachments() Part {
	p := Part{Title: w.say("casefile.part.attachments"), Head: w.heads("name", "type", "size", "who", "at", "digest")}
	for _, a := range w.f.Attachments {
		name := a.Name
		if !a.Kept {
			name = w.say("casefile.purged", w.at(a.PurgedAt), "")
		}
		p.Rows = append(p.Rows, []string{name, a.Type, strconv.FormatInt(a.Size, 10), w.f.Name(a.By), w.at(a.At), a.Digest})
	}
	return p
}

func (w writer) purges() Part {
	p := Part{Title: w.say("casefile.part.purges"), Head: w.heads("at", "who", "basis", "reason", "gone")}
	for _, g := range w.f.Purges {
		p.Rows = append(p.Rows, []string{
			w.at(g.At), w.f.Name(g.By), w.say("purge.basis." + g.Basis), g.Reason, w.say("casefile.gone", len(g.Texts), len(g.Files), len(g.Posts)),
		})
	}
	return p
}

func (w writer) chain() Part {
	h := w.f.Head
	p := Part{
		Title: w.say("casefile.part.chain"), Head: w.heads("seq", "n", "prev", "hash", "mac"), Mono: true,
		Note: w.say("casefile.chain_note", h.Seq, h.Hash, h.MAC, w.f.Statement.MAC),
	}
	for _, s := range w.f.Steps {
		p.Rows = append(p.Rows, []string{fmt.Sprint(s.Seq), strconv.Itoa(s.N), s.Prev, s.Hash, s.MAC})
	}
	return p
}
