package filter

import (
	"net/url"
	"slices"
	"time"

	"huiying"
	"huiying/internal/query"
)

// Outcomes is the filter of the outcomes page as it stands in the address.
type Outcomes struct {
	Period   string // one of OutcomePeriods
	From, To string // days of a range, both included
	Compare  bool   // with the period before
	Unit     string
	Level    string
	Platform string
	By       string // one of query.OutcomeParts
}

// Range is the period that two days bound.
const Range = "range"

// longestRange is how many days a period may have.
const longestRange = 1100

// OutcomePeriods are the periods that figures are shown of; the second is the
// default.
func OutcomePeriods() []string { return []string{"7d", "30d", "90d", "month", "quarter", Range} }

// ReadOutcomes reads the filter; what it does not know it leaves out.
func ReadOutcomes(q url.Values) Outcomes {
	f := Outcomes{Period: q.Get("period"), From: q.Get("from"), To: q.Get("to"), Compare: q.Get("compare") != "none", By: q.Get("by")}
	if f.Period == "" && f.From != "" {
		f.Period = Range
	}
	if !slices.Contains(OutcomePeriods(), f.Period) {
		f.Period = OutcomePeriods()[1]
	}
	if f.Period != Range {
		f.From, f.To = "", ""
	}
	if !slices.Contains(query.OutcomeParts(), f.By) {
		f.By = query.OutcomeParts()[0]
	}
	for key, to := range map[string]*string{"unit": &f.Unit, "platform": &f.Platform} {
		if v := q.Get(key); len([]rune(v)) <= longest {
			*to = v
		}
	}
	if l := q.Get("level"); huiying.Level(l).Valid() {
		f.Level = l
	}
	return f
}

// Query is the filter as it stands in an address.
func (f Outcomes) Query() string { return f.Values().Encode() }

// Values are those of Query, for whoever adds to them.
func (f Outcomes) Values() url.Values {
	q := url.Values{"period": {f.Period}, "by": {f.By}}
	for key, v := range map[string]string{"from": f.From, "to": f.To, "unit": f.Unit, "level": f.Level, "platform": f.Platform} {
		if v != "" {
			q.Set(key, v)
		}
	}
	if !f.Compare {
		q.Set("compare", "none")
	}
	return q
}

// Ask is the filter as a question; huiying.Invalid for days that are none, or
// bound no period.
func (f Outcomes) Ask(s query.Scope, now time.Time, zone *time.Location) (a query.OutcomeAsk, err error) {
	a = query.OutcomeAsk{Scope: s, Unit: f.Unit, Level: huiying.Level(f.Level), Platform: f.Platform, By: f.By, Compare: f.Compare}
	y, m, d := now.In(zone).Date()
	today := time.Date(y, m, d, 0, 0, 0, 0, zone)
	a.To = today.AddDate(0, 0, 1)
	switch f.Period {
	case "7d":
		a.From = today.AddDate(0, 0, -6)
	case "90d":
		a.From = today.AddDate(0, 0, -89)
	case "month":
		a.From = time.Date(y, m, 1, 0, 0, 0, 0, zone)
	case "quarter":
		a.From = time.Date(y, m-(m-1)%3, 1, 0, 0, 0, 0, zone)
	case Range:
		if a.From, err = time.ParseInLocation(time.DateOnly, f.From, zone); err != nil {
			return a, huiying.Errorf(huiying.Invalid, "cli.bad_day", f.From)
		}
		last := today
		if f.To != "" {
			if last, err = time.ParseInLocation(time.DateOnly, f.To, zone); err != nil {
				return a, huiying.Errorf(huiying.Invalid, "cli.bad_day", f.To)
			}
		}
		if a.To = last.AddDate(0, 0, 1); !a.From.Before(a.To) {
			return a, huiying.Errorf(huiying.Invalid, "cli.bad_period", f.From, f.To)
		}
		if a.From.AddDate(0, 0, longestRange).Before(a.To) {
			return a, huiying.Errorf(huiying.Invalid, "outcomes.too_long", longestRange)
		}
	default:
		a.From = today.AddDate(0, 0, -29)
	}
	return a, nil
}
