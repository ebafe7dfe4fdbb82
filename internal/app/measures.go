package app

import (
	"context"
	"time"

	"huiying"
	"huiying/internal/app/outcomes"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/record"
	"huiying/internal/web/api"
	"huiying/notifier/casework/limit"
	"huiying/notifier/casework/measure"
)

// MeasureOptions says what to measure: a half-open period, one unit or all.
type MeasureOptions struct {
	From, To, Now time.Time
	Zone          *time.Location
	Unit          string
	Presets       []limit.Preset
}

// Measures computes the response figures from the record.
func Measures(ctx context.Context, q store.Querier, o MeasureOptions) ([]measure.Figure, error) {
	list, err := record.Histories(ctx, q, o.From, o.Unit)
	if err != nil {
		return nil, err
	}
	all := make([]measure.History, len(list))
	for i, h := range list {
		all[i] = measure.History{Case: h.Case, Steps: h.Steps}
	}
	office := measure.Office{Zone: o.Zone, MetBy: limit.MetBy(o.Presets)}
	return measure.Figures(all, office, measure.Period{From: o.From, To: o.To, Now: o.Now}), nil
}

// measured computes them for the API, from what the desk keeps of every case.
func measured(desk *outcomes.Desk) api.Measures {
	return func(ctx context.Context, from, to time.Time, unit string) ([]query.Measure, error) {
		figures, err := desk.Figures(ctx, from, to, unit)
		out := make([]query.Measure, 0, len(figures))
		for _, f := range figures {
			out = append(out, Measured(f))
		}
		return out, err
	}
}

// Measured is a figure with its values as people read it.
func Measured(f measure.Figure) query.Measure {
	out := query.Measure{ID: f.ID, Numerator: f.Numerator, Denominator: f.Denominator, In: f.In, Out: f.Out}
	if rate, ok := f.Rate(); ok {
		out.Rate = &rate
	}
	if f.Lasts && f.Denominator > 0 {
		median, p90, longest := f.Median.Seconds(), f.P90.Seconds(), f.Max.Seconds()
		out.MedianSeconds, out.P90Seconds, out.MaxSeconds = &median, &p90, &longest
	}
	return out
}

// MeasuresOf computes them over stored data. From and to are days in the
// office's zone, the last one included.
func MeasuresOf(ctx context.Context, data *Archive, from, to, unit string) ([]measure.Figure, error) {
	first, err := time.ParseInLocation(time.DateOnly, from, data.Zone)
	if err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "cli.bad_day", from)
	}
	last, err := time.ParseInLocation(time.DateOnly, to, data.Zone)
	if err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "cli.bad_day", to)
	}
	if last.Before(first) {
		return nil, huiying.Errorf(huiying.Invalid, "cli.bad_period", from, to)
	}
	return Measures(ctx, data.Store.Reader(), MeasureOptions{
		From: first, To: last.AddDate(0, 0, 1), Now: time.Now(), Zone: data.Zone, Unit: unit, Presets: data.Presets,
	})
}
