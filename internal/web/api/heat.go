package api

import (
	"context"
	"net/http"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/door"
	"huiying/internal/web/filter"
)

// Heat counts what posts and cases are about (事项热度).
type Heat interface {
	Heat(ctx context.Context, a query.HeatAsk) (query.HeatPage, error)
	Behind(ctx context.Context, a query.HeatBehindAsk) (query.HeatBehind, error)
}

// heatOperations are the rows of the table about service items. A token reads
// the lists behind with the scope of what they list.
func heatOperations() []operation {
	return []operation{
		op(http.MethodGet, "/heat", "get-heat", door.Watchers(), (*service).heat),
		op(http.MethodGet, "/heat/posts", "list-heat-posts", door.Watchers(), (*service).heatPosts),
		op(http.MethodGet, "/heat/cases", "list-heat-cases", door.Watchers(), (*service).heatCases),
	}
}

// HeatIn asks what posts and cases are about.
type HeatIn struct {
	PeriodIn
	Compare  string `query:"compare" enum:"previous,none" doc:"With as many days before; none = not"`
	By       string `query:"by" enum:"item,window,unit,township,village" doc:"What rows are; item when left out"`
	Item     string `query:"item" doc:"Code of the office's catalogue"`
	Window   string `query:"window" doc:"- = items without one"`
	Unit     string `query:"unit" doc:"Of the item by the catalogue, not of the case; - = items without one"`
	Place    string `query:"place" doc:"Name of a township, villages in it included, or of a village"`
	Platform string `query:"platform"`
}

func (in HeatIn) filter() filter.Heat {
	q := in.values()
	for key, v := range map[string]string{"compare": in.Compare, "by": in.By, "item": in.Item, "window": in.Window, "unit": in.Unit, "place": in.Place, "platform": in.Platform} {
		q.Set(key, v)
	}
	return filter.ReadHeat(q)
}

// HeatNumbers is how many posts and cases, now and in the period before.
type HeatNumbers struct {
	Posts       int  `json:"posts" doc:"Posts first seen in the period, each once by its newest revision; not held, withdrawn or the service's own"`
	Cases       int  `json:"cases" doc:"Cases opened in the period, each once; no false alarms, none that became part of another"`
	PostsBefore *int `json:"posts_before,omitempty" doc:"In as many days before; absent where it is not compared"`
	CasesBefore *int `json:"cases_before,omitempty"`
}

// HeatLine is one row.
type HeatLine struct {
	Key   string `json:"key" doc:"Code of an item, id of a unit, or the name itself; - = items without one"`
	Name  string `json:"name"`
	About string `json:"about,omitempty" doc:"Of an item its unit; of a place what it lies in"`
	HeatNumbers
	Few bool `json:"few" doc:"Fewer than five posts in both periods: a change says little"`
}

// HeatDays is how many posts a day or a week had.
type HeatDays struct {
	Days
	Posts int `json:"posts"`
}

type heatOut struct {
	Body struct {
		Days
		Before  *Days       `json:"before,omitempty" doc:"The period before that is compared with"`
		By      string      `json:"by"`
		Whole   HeatNumbers `json:"whole" doc:"All rows together, each post and case once, however many rows it counts in"`
		Rows    []HeatLine  `json:"rows" doc:"The most posts first; what makes a number up is at /heat/posts and /heat/cases with the same question and key"`
		Trend   []HeatDays  `json:"trend" doc:"Days, or in longer periods weeks from Monday cut at the ends"`
		Waiting int         `json:"waiting" doc:"Posts of before that are still to be counted, so that numbers may be too small"`
	}
}

func numbers(a query.HeatAsk, now, was query.HeatCount) HeatNumbers {
	n := HeatNumbers{Posts: now.Posts, Cases: now.Cases}
	if a.Compare {
		n.PostsBefore, n.CasesBefore = &was.Posts, &was.Cases
	}
	return n
}

// heat counts as the page does.
func (s *service) heat(ctx context.Context, in *HeatIn) (*heatOut, error) {
	ask, err := in.filter().Ask(s.o.Now(), s.o.Zone)
	if err != nil {
		return nil, err
	}
	page, err := s.o.Heat.Heat(ctx, ask)
	if err != nil {
		return nil, err
	}
	out := &heatOut{}
	b := &out.Body
	b.Days, b.By, b.Waiting = s.days(ask.From, ask.To), ask.By, page.Waiting
	if ask.Compare {
		before := s.days(ask.Before().From, ask.Before().To)
		b.Before = &before
	}
	b.Whole = numbers(ask, page.Now, page.Was)
	b.Rows, b.Trend = make([]HeatLine, 0, len(page.Rows)), make([]HeatDays, 0, len(page.Trend))
	for _, r := range page.Rows {
		b.Rows = append(b.Rows, HeatLine{Key: r.Key, Name: r.Name, About: r.About, HeatNumbers: numbers(ask, r.Now, r.Was), Few: r.Few()})
	}
	for _, t := range page.Trend {
		b.Trend = append(b.Trend, HeatDays{s.days(t.From, t.To), t.Posts})
	}
	return out, nil
}

type heatBehindIn struct {
	HeatIn
	PageIn
	Key string `query:"key" doc:"Of the row; all rows when left out"`
}

// heatBehind lists what makes up a number of heat.
func (s *service) heatBehind(ctx context.Context, in *heatBehindIn, cases bool) (query.HeatBehind, error) {
	ask, err := in.filter().Ask(s.o.Now(), s.o.Zone)
	if err != nil {
		return query.HeatBehind{}, err
	}
	return s.o.Heat.Behind(ctx, query.HeatBehindAsk{HeatAsk: ask, Key: in.Key, Cases: cases, Skip: in.skip(), Limit: pageRows})
}

type heatPostsOut struct {
	Body struct {
		Total int          `json:"total" doc:"The number that it makes up"`
		Posts []JudgedPost `json:"posts"`
		Next  int          `json:"next,omitempty" doc:"Page that follows"`
	}
}

func (s *service) heatPosts(ctx context.Context, in *heatBehindIn) (*heatPostsOut, error) {
	found, err := s.heatBehind(ctx, in, false)
	if err != nil {
		return nil, err
	}
	out := &heatPostsOut{}
	out.Body.Total, out.Body.Next, out.Body.Posts = found.Total, in.next(found.Total), make([]JudgedPost, 0, len(found.Posts))
	for _, row := range found.Posts {
		out.Body.Posts = append(out.Body.Posts, s.post(row))
	}
	return out, nil
}

// HeatCase is a case that counts.
type HeatCase struct {
	No       string            `json:"no"`
	Title    string            `json:"title"`
	Level    huiying.Level     `json:"level"`
	State    huiying.CaseState `json:"state"`
	Unit     string            `json:"unit"`
	OpenedAt time.Time         `json:"opened_at"`
}

type heatCasesOut struct {
	Body struct {
		Total int        `json:"total" doc:"The number that it makes up"`
		Cases []HeatCase `json:"cases"`
		Next  int        `json:"next,omitempty" doc:"Page that follows"`
	}
}

func (s *service) heatCases(ctx context.Context, in *heatBehindIn) (*heatCasesOut, error) {
	found, err := s.heatBehind(ctx, in, true)
	if err != nil {
		return nil, err
	}
	out := &heatCasesOut{}
	out.Body.Total, out.Body.Next, out.Body.Cases = found.Total, in.next(found.Total), make([]HeatCase, 0, len(found.Cases))
	for _, c := range found.Cases {
		out.Body.Cases = append(out.Body.Cases, HeatCase{c.No, c.Title, c.Level, c.State, c.Unit, s.in(c.OpenedAt)})
	}
	return out, nil
}
