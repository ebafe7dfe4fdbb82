package filter

import (
	"net/url"
	"time"

	"huiying/internal/query"
)

// Heat is the filter of the page of service items as it stands in the address.
type Heat struct {
	Outcomes // the period, and Unit, Platform and By
	Item     string
	Window   string
	Place    string
}

// ReadHeat reads the filter; what it does not know it leaves out.
func ReadHeat(q url.Values) Heat {
	f := Heat{Outcomes: ReadOutcomes(q)}
	f.Level, f.By = "", q.Get("by")
	if !query.Heated(f.By) {
		f.By = query.HeatParts()[0]
	}
	for key, to := range map[string]*string{"item": &f.Item, "window": &f.Window, "place": &f.Place} {
		if v := q.Get(key); len([]rune(v)) <= longest {
			*to = v
		}
	}
	return f
}

// Query is the filter as it stands in an address.
func (f Heat) Query() string { return f.Values().Encode() }

// Values are those of Query, for whoever adds to them.
func (f Heat) Values() url.Values {
	q := f.Outcomes.Values()
	for key, v := range map[string]string{"item": f.Item, "window": f.Window, "place": f.Place} {
		if v != "" {
			q.Set(key, v)
		}
	}
	return q
}

// Ask is the filter as a question; huiying.Invalid for days that are none, or
// bound no period.
func (f Heat) Ask(now time.Time, zone *time.Location) (query.HeatAsk, error) {
	a, err := f.Outcomes.Ask(query.Scope{All: true}, now, zone)
	return query.HeatAsk{From: a.From, To: a.To, Item: f.Item, Window: f.Window, Unit: f.Unit, Place: f.Place, Platform: f.Platform, By: f.By, Compare: f.Compare}, err
}

// Of is the filter of a period given by its first and last day.
func (f Heat) Of(from, last time.Time) Heat {
	f.Period, f.From, f.To = Range, from.Format(time.DateOnly), last.Format(time.DateOnly)
	return f
}

// Only narrows the filter to one row of its part.
func (f Heat) Only(key string) Heat {
	switch f.By {
	case query.ByItem:
		f.Item = key
	case query.ByWindow:
		f.Window = key
	case query.ByUnit:
		f.Unit = key
	default:
		f.Place = key
	}
	return f
}
