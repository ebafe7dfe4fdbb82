// Package outcomes is the page of the response figures (成效指标) and the lists
// of what each is made of. It computes no figure: it links every number to its
// list, greys what rests on too few cases, and marks where a definition changed.
// It refuses to show one unit another's.
package outcomes

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/filter"
	"huiying/internal/web/frame"
)

// Outcomes computes the figures.
type Outcomes interface {
	Outcomes(ctx context.Context, a query.OutcomeAsk) (query.Outcomes, error)
	Behind(ctx context.Context, a query.BehindAsk) (query.Behind, error)
}

// Options is what the pages work with; all are required.
type Options struct {
	Frame    *frame.Frame
	Outcomes Outcomes
	Zone     *time.Location
	Now      func() time.Time
}

// Pages answers the pages.
type Pages struct {
	*frame.Frame
	o Options
}

// New makes the pages.
func New(o Options) *Pages { return &Pages{o.Frame, o} }

// List shows the figures of a period.
func (p *Pages) List(w http.ResponseWriter, r *http.Request) error {
	a := frame.Must(r)
	f := filter.ReadOutcomes(r.URL.Query())
	if !a.Scope().All && f.By == query.ByUnit {
		f.By = query.ByLevel
	}
	ask, err := f.Ask(a.Scope(), p.o.Now(), p.o.Zone)
	v := begin(f, query.OutcomeAsk{Scope: a.Scope()})
	if err == nil {
		var got query.Outcomes
		if got, err = p.o.Outcomes.Outcomes(r.Context(), ask); err == nil {
			v = NewView(f, got, ask)
		}
	}
	if err != nil && huiying.ErrorCode(err) != huiying.Invalid {
		return err
	}
	page := p.Base(r, "web.nav.outcomes")
	page.Main, page.Problem = v, err
	return p.Answer(w, r, "outcomes", page)
}

// Size of one page of a list, and how far it may be turned.
const (
	pageSize = 50
	lastPage = 2000
)

// BehindView is what makes up a figure.
type BehindView struct {
	Filter     filter.Outcomes
	Figure     string
	Part       string
	Parts      []Choice
	From, Last time.Time
	Channel    string
	Over       time.Duration
	Under      time.Duration
	Behind     query.Behind
	Next       string
	Back       string
	Timed      bool // of the period; the backlog is of now
}

// Percent is the rate above the list.
func (v BehindView) Percent() string { return Percent(v.Behind.Figure.N, v.Behind.Figure.Of) }

// Choice is a link that chooses something.
type Choice struct {
	Name, Href string
	Active     bool
}

// Behind lists what makes up a figure.
func (p *Pages) Behind(w http.ResponseWriter, r *http.Request) error {
	a, q := frame.Must(r), r.URL.Query()
	f := filter.ReadOutcomes(q)
	v := BehindView{Filter: f, Figure: r.PathValue("figure"), Part: q.Get("part"), Channel: q.Get("channel"), Back: "/outcomes?" + f.Query()}
	v.Over, v.Under = seconds(q.Get("over")), seconds(q.Get("under"))
	v.Timed = v.Figure != query.FigureBacklog
	if v.Part != query.PartIn && v.Part != query.PartRest {
		v.Part = query.PartAll
	}
	ask, err := f.Ask(a.Scope(), p.o.Now(), p.o.Zone)
	if err != nil {
		return err
	}
	v.From, v.Last = ask.From, ask.To.AddDate(0, 0, -1)
	number, err := strconv.Atoi(q.Get("page"))
	if err != nil {
		number = 1
	}
	number = min(max(number, 1), lastPage)
	v.Behind, err = p.o.Outcomes.Behind(r.Context(), query.BehindAsk{
		OutcomeAsk: ask, Figure: v.Figure, Channel: v.Channel, Over: v.Over, Under: v.Under,
		BehindPage: query.BehindPage{Part: v.Part, Skip: (number - 1) * pageSize, Limit: pageSize},
	})
	if err != nil {
		return err
	}
	for _, part := range []string{query.PartAll, query.PartIn, query.PartRest} {
		v.Parts = append(v.Parts, Choice{Name: part, Href: v.address(part, 1), Active: part == v.Part})
	}
	if number*pageSize < v.Behind.Total {
		v.Next = v.address(v.Part, number+1)
	}
	page := p.Base(r, "web.nav.outcomes")
	page.Main = v
	return p.Show(w, r, http.StatusOK, "behind", page)
}

func (v BehindView) address(part string, page int) string {
	q := v.Filter.Values()
	q.Set("part", part)
	for key, value := range map[string]string{"channel": v.Channel, "over": written(v.Over), "under": written(v.Under)} {
		if value != "" {
			q.Set(key, value)
		}
	}
	if page > 1 {
		q.Set("page", strconv.Itoa(page))
	}
	return "/outcomes/" + url.PathEscape(v.Figure) + "?" + q.Encode()
}

// longestSeconds is beyond what any figure takes; what is longer is no bound.
const longestSeconds = 100 * 366 * 24 * 3600

func seconds(s string) time.Duration {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > longestSeconds {
		return 0
	}
	return time.Duration(n) * time.Second
}

func written(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return strconv.Itoa(int(d / time.Second))
}
