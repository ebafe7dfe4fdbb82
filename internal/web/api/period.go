package api

import (
	"net/url"
	"time"

	"huiying/internal/locale"
	"huiying/internal/query"
)

// PeriodIn asks for a period as the pages have it.
type PeriodIn struct {
	Period string `query:"period" enum:"7d,30d,90d,month,quarter,range" doc:"Up to and with today in the office zone; range = from and to. 30d when left out, range where from is given"`
	From   string `query:"from" doc:"The first day of a range, in the office zone" example:"2026-11-01"`
	To     string `query:"to" doc:"Its last day; today when left out"`
}

func (p PeriodIn) values() url.Values {
	return url.Values{"period": {p.Period}, "from": {p.From}, "to": {p.To}}
}

// Days is a period by its first and last day.
type Days struct {
	From string `json:"from" doc:"The first day, in the office zone" example:"2026-11-01"`
	To   string `json:"to" doc:"The last day, included"`
}

func (s *service) days(from, to time.Time) Days {
	return Days{from.In(s.o.Zone).Format(time.DateOnly), to.In(s.o.Zone).AddDate(0, 0, -1).Format(time.DateOnly)}
}

// PageIn is which page of a list is asked for.
type PageIn struct {
	Page int `query:"page" minimum:"1" maximum:"2000" default:"1" doc:"50 rows each"`
}

const pageRows = 50

func (p PageIn) skip() int { return (max(p.Page, 1) - 1) * pageRows }

// next is the page that follows, 0 where there is none.
func (p PageIn) next(total int) int {
	if page := max(p.Page, 1); page*pageRows < total {
		return page + 1
	}
	return 0
}

// RateFigure is a rate with its counts.
type RateFigure struct {
	ID          string   `json:"id" example:"on_time_honest"`
	Name        string   `json:"name"`
	Formula     string   `json:"formula" doc:"How it is counted, in words"`
	Numerator   int      `json:"numerator"`
	Denominator int      `json:"denominator"`
	Rate        *float64 `json:"rate,omitempty" doc:"Numerator by denominator, 0 to 1; absent where there is nothing to measure"`
	Few         bool     `json:"few" doc:"Fewer than five cases: it says little"`
}

func (s *service) rate(lang locale.Lang, o query.Outcome) RateFigure {
	r := RateFigure{
		ID: o.ID, Name: s.o.Catalogue.Text(lang, "measure."+o.ID), Formula: s.o.Catalogue.Text(lang, "measure.formula."+o.ID),
		Numerator: o.N, Denominator: o.Of, Few: o.Few(),
	}
	if o.Of > 0 {
		v := float64(o.N) / float64(o.Of)
		r.Rate = &v
	}
	return r
}
