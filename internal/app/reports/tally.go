package reports

import (
	"strings"
	"time"

	"huiying/internal/report/periodic"
)

// tally counts figures, and remembers of one of them what is behind it.
type tally struct {
	figures map[string]*periodic.Figure
	order   []string
	span    span
	prefix  string // of the ids
	event   string
	behind  *behind
}

type span struct{ from, to time.Time }

func (s span) holds(t time.Time) bool { return !t.Before(s.from) && t.Before(s.to) }

// Members are what makes up a figure: of a rate the numerator and the rest.
type Members struct{ In, Rest []string }

// Every asks for the members of every figure.
const Every = "*"

// behind is what makes up the figures that are asked for.
type behind struct {
	id  string // Every = of all
	all map[string]*Members
}

func (b *behind) note(id, member string, in bool) {
	if b == nil || b.id != id && b.id != Every {
		return
	}
	m := b.all[id]
	if m == nil {
		m = &Members{}
		b.all[id] = m
	}
	if in {
		m.In = append(m.In, member)
	} else {
		m.Rest = append(m.Rest, member)
	}
}

func newTally(s span, prefix, event string, b *behind) *tally {
	return &tally{figures: map[string]*periodic.Figure{}, span: s, prefix: prefix, event: event, behind: b}
}

// at is the figure of an id, made when it is first named.
func (t *tally) at(id string) *periodic.Figure {
	full := t.prefix + id
	f := t.figures[full]
	if f == nil {
		f = &periodic.Figure{ID: full, From: t.span.from, To: t.span.to, Query: queryOf(id, t.event)}
		t.figures[full] = f
		t.order = append(t.order, full)
	}
	return f
}

// add counts one member of a figure.
func (t *tally) add(id, member string) {
	t.at(id).N++
	t.behind.note(t.prefix+id, member, true)
}

// part counts a member of the whole that a rate is of, and whether it is in it.
func (t *tally) part(id, member string, in bool) {
	f := t.at(id)
	f.Rate = true
	f.Of++
	if in {
		f.N++
	}
	t.behind.note(t.prefix+id, member, in)
}

// put takes over a figure that was counted elsewhere.
func (t *tally) put(id string, f periodic.Figure) {
	full := t.at(id)
	f.ID, f.From, f.To, f.Query = full.ID, full.From, full.To, full.Query
	*full = f
}

// drop forgets figures under a prefix but those that are kept.
func (t *tally) drop(prefix string, keep map[string]bool) {
	var order []string
	for _, id := range t.order {
		if rest, ok := strings.CutPrefix(id, t.prefix+prefix); ok && !keep[rest] {
			delete(t.figures, id)
			continue
		}
		order = append(order, id)
	}
	t.order = order
}

func (t *tally) list() []periodic.Figure {
	out := make([]periodic.Figure, 0, len(t.order))
	for _, id := range t.order {
		out = append(out, *t.figures[id])
	}
	return out
}

// queryOf says in one line what a figure counts; its period stands beside it.
func queryOf(id, event string) string {
	what, of, _ := strings.Cut(id, ".")
	q := map[string]string{
		"posts": "posts first seen in the period", "platforms": "platforms of posts first seen in the period",
		"alerts": "alerts raised in the period", "cases": "cases by their record", "unit": "cases by their record, of the unit", "origin": "cases by their record, by the platform of the first post",
		"measure": "response figure of the record, by docs/measures.md", "source": "visits of the source in the coverage ledger", "sources": "sources in the coverage ledger",
		"effect": "posts first seen before or after the first answer or interpretation, without government accounts", "event": "posts first seen in the period, of the event", "item": "posts first seen in the period, about the service item",
	}[what]
	if of != "" {
		q += ": " + of
	}
	if event != "" {
		q += " (event " + event + ")"
	}
	return q
}
