package api

import (
	"context"
	"net/http"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/door"
)

// Measures computes the response figures of a half-open period from the record;
// "" is every unit.
type Measures func(ctx context.Context, from, to time.Time, unit string) ([]query.Measure, error)

// measureOperations is the row of the table about figures.
func measureOperations() []operation {
	return []operation{
		op(http.MethodGet, "/measures", "get-measures", door.CaseRoom(), (*service).measures),
	}
}

type measuresIn struct {
	From string `query:"from" doc:"The first day in the office zone; thirty days ago when left out" example:"2026-11-01"`
	To   string `query:"to" doc:"The last day; today when left out"`
	Unit string `query:"unit"`
}

type measuresOut struct {
	Body struct {
		From     string          `json:"from"`
		To       string          `json:"to"`
		Measures []query.Measure `json:"measures"`
	}
}

// measures gives the figures; who sees one unit's cases sees that unit's.
func (s *service) measures(ctx context.Context, in *measuresIn) (*measuresOut, error) {
	today := s.o.Now().In(s.o.Zone)
	first, err := s.day(in.From, today.AddDate(0, 0, -29))
	if err != nil {
		return nil, err
	}
	last, err := s.day(in.To, today)
	if err != nil {
		return nil, err
	}
	if last.Before(first) {
		return nil, huiying.Errorf(huiying.Invalid, "cli.bad_period", in.From, in.To)
	}
	unit := in.Unit
	if scope := account(ctx).Scope(); !scope.All {
		if scope.Unit == "" || unit != "" && !scope.Sees(unit) {
			return nil, huiying.Errorf(huiying.Forbidden, "measure.other_unit", unit)
		}
		unit = scope.Unit
	}
	out := &measuresOut{}
	out.Body.From, out.Body.To = first.Format(time.DateOnly), last.Format(time.DateOnly)
	if out.Body.Measures, err = s.o.Measures(ctx, first, last.AddDate(0, 0, 1), unit); err != nil {
		return nil, err
	}
	lang := langOf(ctx)
	for i := range out.Body.Measures {
		m := &out.Body.Measures[i]
		m.Name, m.Formula = s.o.Catalogue.Text(lang, "measure."+m.ID), s.o.Catalogue.Text(lang, "measure.formula."+m.ID)
	}
	return out, nil
}

// day reads a day in the office zone.
func (s *service) day(text string, otherwise time.Time) (time.Time, error) {
	if text == "" {
		text = otherwise.Format(time.DateOnly)
	}
	day, err := time.ParseInLocation(time.DateOnly, text, s.o.Zone)
	if err != nil {
		return day, huiying.Errorf(huiying.Invalid, "cli.bad_day", text)
	}
	return day, nil
}
