package outcomes

import (
	"context"
	"slices"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store/outcomes"
	"huiying/notifier/casework/measure"
)

// Behind lists what makes up a figure, from the same marks that it is counted
// from; huiying.NotFound for a figure that there is not, huiying.Forbidden for
// another unit's.
func (d *Desk) Behind(ctx context.Context, a query.BehindAsk) (out query.Behind, err error) {
	if err := scoped(&a.OutcomeAsk); err != nil {
		return out, err
	}
	switch a.Figure {
	case query.FigureAlerts:
		return d.alertsBehind(ctx, a)
	case query.FigureNoise:
		return d.noiseBehind(ctx, a)
	}
	all, place, err := d.look(ctx)
	if err != nil {
		return out, err
	}
	out.AsOf = place.At
	sheets := narrow(all, a.OutcomeAsk)
	var seen []measure.Seen
	switch {
	case a.Figure == query.FigureBacklog:
		f, list := measure.Backlog(sheets, d.Now())
		out.Figure, seen = outcome(f), list
	case slices.Contains(measure.IDs(), a.Figure):
		out.Figure = ByID(measure.Count(sheets, d.period(a.From, a.To)))[a.Figure]
		seen = measure.Behind(sheets, d.period(a.From, a.To), a.Figure)
	default:
		return out, huiying.Errorf(huiying.NotFound, "outcomes.no_figure", a.Figure)
	}
	var rows []query.BehindRow
	for _, s := range seen {
		if r := row(s); a.Holds(r) {
			rows = append(rows, r)
		}
	}
	slices.SortStableFunc(rows, func(x, y query.BehindRow) int { return y.When.Compare(x.When) })
	out.Total, out.Rows = len(rows), paged(rows, a.BehindPage)
	return out, d.entitle(ctx, out.Rows)
}

func paged(rows []query.BehindRow, p query.BehindPage) []query.BehindRow {
	rows = rows[min(p.Skip, len(rows)):]
	return rows[:min(p.Limit, len(rows))]
}

// alertsBehind lists alerts as a channel, or any, carried them.
func (d *Desk) alertsBehind(ctx context.Context, a query.BehindAsk) (out query.Behind, err error) {
	told, err := outcomes.Tellings(ctx, d.Store.Reader(), narrowed(a.OutcomeAsk, a.From, a.To))
	if err != nil {
		return out, err
	}
	told = slices.DeleteFunc(told, func(t outcomes.Told) bool { return a.Channel != "" && t.Channel != a.Channel })
	out.AsOf, out.Figure = d.Now(), takenOn(told)
	var rows []query.BehindRow
	for _, t := range slices.Backward(told) {
		r := query.BehindRow{No: t.CaseNo, Delivery: t.Delivery, Channel: t.Channel, When: t.RaisedAt, In: !t.AckedAt.IsZero()}
		if r.In {
			r.Took = max(t.AckedAt.Sub(t.RaisedAt), 0)
		}
		if a.Holds(r) {
			rows = append(rows, r)
		}
	}
	out.Total, out.Rows = len(rows), paged(rows, a.BehindPage)
	return out, d.entitle(ctx, out.Rows)
}

// noiseBehind lists tagged posts; only whoever sees posts may ask.
func (d *Desk) noiseBehind(ctx context.Context, a query.BehindAsk) (out query.Behind, err error) {
	if !a.Scope.All || a.Unit != "" {
		return out, huiying.Errorf(huiying.Forbidden, "outcomes.no_posts")
	}
	ask := narrowed(a.OutcomeAsk, a.From, a.To)
	n, of, err := outcomes.Noise(ctx, d.Store.Reader(), ask)
	if err != nil {
		return out, err
	}
	out.AsOf, out.Figure = d.Now(), query.Outcome{ID: query.FigureNoise, N: n, Of: of}
	out.Total = map[string]int{query.PartIn: n, query.PartRest: of - n}[a.Part]
	if a.Part == query.PartAll {
		out.Total = of
	}
	ids, err := outcomes.NoisePosts(ctx, d.Store.Reader(), ask, a.BehindPage)
	for _, id := range ids {
		out.Rows = append(out.Rows, query.BehindRow{Post: id, In: a.Part == query.PartIn})
	}
	return out, err
}
