package exporting

import (
	"context"
	"iter"
	"net/url"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/filter"
)

// heatAsk is the question of a job about service items.
func (d *Desk) heatAsk(e query.Export) (query.HeatAsk, error) {
	q, err := url.ParseQuery(e.Query)
	if err != nil {
		return query.HeatAsk{}, huiying.Errorf(huiying.Invalid, "exports.bad_query")
	}
	return filter.ReadHeat(q).Ask(e.AskedAt, d.o.Zone)
}

// heat is every row of the page, the whole first.
func (d *Desk) heat(ctx context.Context, n names, e query.Export) (iter.Seq2[[]any, error], int, error) {
	ask, err := d.heatAsk(e)
	if err != nil {
		return nil, 0, err
	}
	got, err := d.o.Heat.Heat(ctx, ask)
	if err != nil {
		return nil, 0, err
	}
	rows := [][]any{n.heatRow(ask, query.HeatRow{Name: n.t("exports.whole"), Now: got.Now, Was: got.Was})}
	for _, r := range got.Rows {
		if r.Key == query.Nobody {
			r.Key, r.Name = "", n.t("web.heat.nobody."+ask.By)
		}
		rows = append(rows, n.heatRow(ask, r))
	}
	return func(yield func([]any, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}, len(rows), nil
}

// heatRow is one row; what is not compared stays empty, and a change of few is
// none.
func (n names) heatRow(a query.HeatAsk, r query.HeatRow) []any {
	row := []any{r.Key, r.Name, r.About, r.Now.Posts, "", "", r.Now.Cases, "", ""}
	if a.Compare {
		row[4], row[7] = r.Was.Posts, r.Was.Cases
		if !r.Few() {
			row[5] = r.Now.Posts - r.Was.Posts
		}
	}
	if r.Few() {
		row[8] = n.t("web.kpi.few")
	}
	return row
}
