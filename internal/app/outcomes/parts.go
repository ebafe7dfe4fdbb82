package outcomes

import (
	"cmp"
	"slices"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/notifier/casework/measure"
)

// outcome is a figure as pages know it.
func outcome(f measure.Figure) query.Outcome {
	return query.Outcome{ID: f.ID, Lasts: f.Lasts, N: f.Numerator, Of: f.Denominator, Median: f.Median, P90: f.P90, Max: f.Max, Took: f.Took}
}

// ByID is figures as pages know them, by their ids.
func ByID(list []measure.Figure) map[string]query.Outcome {
	out := make(map[string]query.Outcome, len(list))
	for _, f := range list {
		out[f.ID] = outcome(f)
	}
	return out
}

func compared(now, before map[string]query.Outcome) {
	for id, f := range now {
		was := before[id]
		was.Took = nil
		f.Was = &was
		now[id] = f
	}
}

// parts parts the figures as the question asks; its period bounds the weeks.
func (d *Desk) parts(sheets []*measure.Sheet, a query.OutcomeAsk, changes []query.Edition) (out []query.OutcomePart) {
	if a.By == query.ByWeek {
		for from := monday(a.From); from.Before(a.To); from = from.AddDate(0, 0, 7) {
			p := query.OutcomePart{From: later(from, a.From), To: earlier(from.AddDate(0, 0, 7), a.To)}
			p.Figures = ByID(measure.Count(sheets, d.period(p.From, p.To)))
			p.Changed = slices.ContainsFunc(changes, func(e query.Edition) bool { return !e.At.Before(p.From) && e.At.Before(p.To) })
			out = append(out, p)
		}
		return out
	}
	key := map[string]func(*measure.Sheet) string{
		query.ByUnit:     func(s *measure.Sheet) string { return s.Unit },
		query.ByLevel:    func(s *measure.Sheet) string { return string(s.Level) },
		query.ByPlatform: func(s *measure.Sheet) string { return s.Source },
	}[a.By]
	if key == nil {
		return nil
	}
	groups := map[string][]*measure.Sheet{}
	for _, s := range sheets {
		groups[key(s)] = append(groups[key(s)], s)
	}
	for name, list := range groups {
		p := query.OutcomePart{Key: name, Figures: ByID(measure.Count(list, d.period(a.From, a.To)))}
		if counted(p) {
			out = append(out, p)
		}
	}
	order := func(p query.OutcomePart) int { return -huiying.Level(p.Key).Rank() }
	slices.SortFunc(out, func(x, y query.OutcomePart) int {
		if a.By == query.ByLevel {
			return cmp.Compare(order(x), order(y))
		}
		return cmp.Compare(x.Key, y.Key)
	})
	return out
}

// counted reports whether any figure of a part has a case.
func counted(p query.OutcomePart) bool {
	for _, f := range p.Figures {
		if f.Of > 0 {
			return true
		}
	}
	return false
}

// monday is the beginning of the week of a day, in the day's own zone.
func monday(day time.Time) time.Time {
	return day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
