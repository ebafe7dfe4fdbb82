package exporting

import (
	"context"
	"iter"

	"huiying/internal/query"
)

// scores are the score cards of the page, a row for each term, with all that it
// takes to compute them anew.
func (d *Desk) scores(ctx context.Context, n names, e query.Export, a query.Account) (iter.Seq2[[]any, error], int, error) {
	ask, err := d.outcomesAsk(e, a)
	if err != nil {
		return nil, 0, err
	}
	got, err := d.o.Scores.Supervision(ctx, query.SupervisionAsk{Scope: ask.Scope, From: ask.From, To: ask.To, Unit: ask.Unit})
	if err != nil {
		return nil, 0, err
	}
	var rows [][]any
	for _, u := range got.Units {
		for _, t := range u.Terms {
			rows = append(rows, n.scoreRow(u, t, got.Scoring.Version))
		}
	}
	return func(yield func([]any, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}, len(rows), nil
}

// scoreRow is one term of a unit; what there is nothing of stays empty.
func (n names) scoreRow(u query.UnitScore, t query.ScoredTerm, version int) []any {
	row := []any{named(n.units, u.Unit), "", "", n.t("measure." + t.Measure), n.t("measure.formula." + t.Measure), t.Outcome.N, t.Outcome.Of, "",
		n.t("web.supervision.direction." + t.Direction), t.Target, t.Weight, t.Cap, "", version}
	if u.Scored {
		row[1] = u.Score
	}
	if t.Outcome.Few() {
		row[2] = n.t("web.kpi.few")
	}
	if t.Counted {
		row[7], row[12] = t.Value, t.Points
	}
	return row
}
