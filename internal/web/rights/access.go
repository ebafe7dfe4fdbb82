package rights

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"huiying"
	"huiying/internal/query"
)

// shown is how many rows of the log a page has.
const shown = 50

// AccessView is the log of access.
type AccessView struct {
	Rows    []query.AccessEntry
	Actions []string
	Filter  query.AccessFilter
	Action  string // of the filter: an action, "personal" for what shows personal data, "" for all
	From    string // days of the filter as fields have them
	To      string
	Next    string // the older rows
	Any     bool   // a filter is set
}

// personal is what shows personal data unmasked, or gives it out.
func personal() []string {
	return []string{"reveal", "evidence_opened", "file_opened", "case_exported", "export_taken"}
}

// Access shows the log.
func (s *Pages) Access(w http.ResponseWriter, r *http.Request) error {
	v := AccessView{Actions: s.o.Actions}
	p := s.Base(r, "web.access.title")
	var err error
	if v.Filter, err = s.filter(r, &v); err != nil {
		p.Problem = err
	}
	v.Filter.Limit = shown + 1
	if v.Rows, err = s.o.Log.Search(r.Context(), v.Filter); err != nil {
		return err
	}
	if len(v.Rows) > shown {
		v.Rows = v.Rows[:shown]
		q := r.URL.Query()
		q.Set("before", strconv.FormatInt(v.Rows[shown-1].N, 10))
		v.Next = "/admin/access?" + q.Encode()
	}
	p.Main = v
	return s.Answer(w, r, "access", p)
}

// filter reads the address; what it cannot read is left out and said.
func (s *Pages) filter(r *http.Request, v *AccessView) (query.AccessFilter, error) {
	q := r.URL.Query()
	f := query.AccessFilter{Actor: q.Get("who"), Object: q.Get("object")}
	v.Action, v.From, v.To = q.Get("action"), q.Get("from"), q.Get("to")
	switch {
	case v.Action == "personal":
		f.Actions = personal()
	case slices.Contains(v.Actions, v.Action):
		f.Actions = []string{v.Action}
	case v.Action != "":
		return f, huiying.Errorf(huiying.Invalid, "access.no_action", v.Action)
	}
	v.Any = anySet(q)
	if n, err := strconv.ParseInt(q.Get("before"), 10, 64); err == nil && n > 0 {
		f.Before = n
	}
	var err error
	if f.From, err = s.day(v.From, 0); err == nil {
		f.To, err = s.day(v.To, 1)
	}
	return f, err
}

func anySet(q url.Values) bool {
	return slices.ContainsFunc([]string{"who", "object", "action", "from", "to"}, func(key string) bool { return q.Get(key) != "" })
}

// day is the beginning of a day in the office zone, so many days later.
func (s *Pages) day(text string, later int) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	day, err := time.ParseInLocation(time.DateOnly, text, s.o.Zone)
	if err != nil {
		return time.Time{}, huiying.Errorf(huiying.Invalid, "access.day", text)
	}
	return day.AddDate(0, 0, later), nil
}
