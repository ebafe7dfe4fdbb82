package views

import (
	"context"
	"time"

	"huiying/internal/query"
	"huiying/internal/store/coverage"
)

// hoursShown is how many hours of coverage a source is shown with.
const hoursShown = 24

// Sources says how every source that was ever visited did in the last 24
// hours, in order of the ids.
func (v *Views) Sources(ctx context.Context) ([]query.SourceRow, error) {
	now := v.store.Now()
	c, err := coverage.New(v.store).Span(ctx, query.CoverageFilter{From: now.Truncate(time.Hour).Add(-(hoursShown - 1) * time.Hour), To: now})
	if err != nil {
		return nil, err
	}
	var rows []query.SourceRow
	for _, s := range c.Sources {
		if s.Last.At.IsZero() {
			continue
		}
		row := query.SourceRow{
			Source: s.Source.ID, Last: s.Last, Visits: s.Total.Visits, Failed: s.Total.Visits - s.Total.Well,
			Posts: s.Total.Posts, Accepted: s.Total.Accepted, Capped: s.Total.Capped,
		}
		for _, h := range s.Hours {
			row.Hours = append(row.Hours, query.SourceHour{
				From: h.From, Visits: h.Visits, Failed: h.Visits - h.Well, Posts: h.Posts, Capped: h.Capped, Worst: h.Worst,
			})
		}
		rows = append(rows, row)
	}
	return rows, nil
}
