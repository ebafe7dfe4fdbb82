package exporting

import (
	"context"
	"iter"
	"net/url"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/filter"
	"huiying/notifier/casework/measure"
)

// outcomesAsk is the question of a job about figures; "today" is the day on
// which it was asked for.
func (d *Desk) outcomesAsk(e query.Export, a query.Account) (query.OutcomeAsk, error) {
	q, err := url.ParseQuery(e.Query)
	if err != nil {
		return query.OutcomeAsk{}, huiying.Errorf(huiying.Invalid, "exports.bad_query")
	}
	return filter.ReadOutcomes(q).Ask(a.Scope(), e.AskedAt, d.o.Zone)
}

// figures are those of the page: of the whole, then of each part, then what is
// not of the record of cases.
func (d *Desk) figures(ctx context.Context, n names, e query.Export, a query.Account) (iter.Seq2[[]any, error], int, error) {
	ask, err := d.outcomesAsk(e, a)
	if err != nil {
		return nil, 0, err
	}
	got, err := d.o.Outcomes.Outcomes(ctx, ask)
	if err != nil {
		return nil, 0, err
	}
	rows := n.figureRows(n.t("exports.whole"), got.Figures)
	for _, p := range got.Parts {
		rows = append(rows, n.figureRows(n.part(ask.By, p), p.Figures)...)
	}
	for _, c := range got.Channels {
		rows = append(rows, n.figureRow(c.Channel, c.Outcome))
	}
	if got.Noise != nil {
		rows = append(rows, n.figureRow(n.t("exports.whole"), *got.Noise))
	}
	rows = append(rows, n.figureRow(n.t("exports.whole"), got.Backlog))
	return func(yield func([]any, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}, len(rows), nil
}

func (n names) part(by string, p query.OutcomePart) string {
	switch {
	case by == query.ByWeek:
		return p.From.Format(time.DateOnly) + "–" + p.To.AddDate(0, 0, -1).Format(time.DateOnly)
	case p.Key == "":
		return n.t("web.outcomes.nobody")
	case by == query.ByUnit:
		return named(n.units, p.Key)
	case by == query.ByLevel:
		return n.word("level.", p.Key)
	}
	return n.word("web.platform.", p.Key)
}

func (n names) figureRows(part string, figures map[string]query.Outcome) (rows [][]any) {
	for _, id := range measure.IDs() {
		rows = append(rows, n.figureRow(part, figures[id]))
	}
	return rows
}

// figureRow is one figure; what there is nothing of stays empty.
func (n names) figureRow(part string, o query.Outcome) []any {
	row := []any{part, n.t("measure." + o.ID), n.t("measure.formula." + o.ID), o.N, o.Of, share(o)}
	row = append(row, spans(o)...)
	if o.Was != nil {
		row = append(row, o.Was.N, o.Was.Of, share(*o.Was), spans(*o.Was)[0])
	} else {
		row = append(row, "", "", "", "")
	}
	if o.Few() {
		return append(row, n.t("web.kpi.few"))
	}
	return append(row, "")
}

func share(o query.Outcome) any {
	if o.Lasts || o.Of == 0 {
		return ""
	}
	return float64(o.N) / float64(o.Of)
}

func spans(o query.Outcome) []any {
	if !o.Lasts || o.N == 0 {
		return []any{"", "", ""}
	}
	return []any{minutes(o.Median), minutes(o.P90), minutes(o.Max)}
}
