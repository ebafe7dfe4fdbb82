// Package supervision is the page of score cards (督查评议): each unit with the
// terms of its score written out, the lists of what is overdue, was given back
// or urged, and whom a person praised or named. It computes no figure and links
// every number to its list. Whoever may not see cases is shown their numbers
// without titles. It refuses one unit another's card.
package supervision

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/door"
	"huiying/internal/web/filter"
	"huiying/internal/web/frame"
)

// Cards computes what the page shows.
type Cards interface {
	Supervision(ctx context.Context, a query.SupervisionAsk) (query.Supervision, error)
	Cases(ctx context.Context, a query.SupervisionListAsk) (query.SupervisionList, error)
}

// Orders is what people do on the page.
type Orders interface {
	Rescore(ctx context.Context, c query.ScoringChange) error
	Mention(ctx context.Context, n query.NewMention) error
	Withdraw(ctx context.Context, w query.MentionWithdrawal) error
}

// Options is what the pages work with; all are required.
type Options struct {
	Frame    *frame.Frame
	Cards    Cards
	Orders   Orders
	Measures []query.ScoreMeasure // figures that a term may be of
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

// read is the question that stands in an address. Who administers sees every
// unit's numbers.
func (p *Pages) read(r *http.Request) (Filter, query.SupervisionAsk, error) {
	account := frame.Must(r)
	scope := account.Scope()
	scope.All = scope.All || account.Actor().Has(huiying.RoleAdmin)
	f := readFilter(r.URL.Query())
	ask, err := f.period().Ask(scope, p.o.Now(), p.o.Zone)
	return f, query.SupervisionAsk{Scope: scope, From: ask.From, To: ask.To, Unit: f.Unit}, err
}

// List shows the cards of a period.
func (p *Pages) List(w http.ResponseWriter, r *http.Request) error {
	return p.show(w, r, Typed{}, nil)
}

// shortList is how many rows of a list stand on the page itself.
const shortList = 10

func (p *Pages) show(w http.ResponseWriter, r *http.Request, typed Typed, problem error) error {
	f, ask, err := p.read(r)
	a := frame.Must(r)
	v := View{
		Filter: f, Periods: filter.OutcomePeriods(), All: ask.Scope.All, Titled: door.CaseRoom().Lets(a), Measures: p.o.Measures, Typed: typed,
		May: May{Mention: door.Triagers().Lets(a), Score: door.Scorers().Lets(a)},
	}
	if err == nil {
		err = p.fill(r.Context(), &v, ask)
	}
	if err != nil && huiying.ErrorCode(err) != huiying.Invalid {
		return err
	}
	if problem == nil {
		problem = err
	}
	v.edit(r.URL.Query().Get("formula"))
	page := p.Base(r, "web.nav.supervision")
	page.Main, page.Problem = v, problem
	return p.Answer(w, r, "supervision", page)
}

func (p *Pages) fill(ctx context.Context, v *View, ask query.SupervisionAsk) (err error) {
	if v.Data, err = p.o.Cards.Supervision(ctx, ask); err != nil {
		return err
	}
	v.Shown, v.From, v.Last = true, ask.From, ask.To.AddDate(0, 0, -1)
	for _, list := range []string{query.ListOverdue, query.ListReturned, query.ListUrged} {
		got, err := p.o.Cards.Cases(ctx, query.SupervisionListAsk{SupervisionAsk: ask, List: list, BehindPage: query.BehindPage{Part: query.PartAll, Limit: shortList}})
		if err != nil {
			return err
		}
		v.Lists = append(v.Lists, List{Name: list, Data: got, Href: v.Filter.list(list, query.PartAll, 1), Titled: v.Titled})
	}
	for _, m := range v.Data.Mentions {
		if m.Kind == query.MentionPraise {
			v.Praised = append(v.Praised, m)
		} else {
			v.Named = append(v.Named, m)
		}
	}
	return nil
}

// Size of one page of a list, and how far it may be turned.
const (
	pageSize = 50
	lastPage = 2000
)

// Cases lists what makes up a number.
func (p *Pages) Cases(w http.ResponseWriter, r *http.Request) error {
	f, ask, err := p.read(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	v := CasesView{Filter: f, List: List{Name: r.PathValue("list"), Titled: door.CaseRoom().Lets(frame.Must(r))}, Part: q.Get("part"), From: ask.From, Last: ask.To.AddDate(0, 0, -1), Back: "/supervision?" + f.Query()}
	if v.Part != query.PartIn && v.Part != query.PartRest {
		v.Part = query.PartAll
	}
	number, err := strconv.Atoi(q.Get("page"))
	if err != nil {
		number = 1
	}
	number = min(max(number, 1), lastPage)
	v.List.Data, err = p.o.Cards.Cases(r.Context(), query.SupervisionListAsk{
		SupervisionAsk: ask, List: v.List.Name, BehindPage: query.BehindPage{Part: v.Part, Skip: (number - 1) * pageSize, Limit: pageSize},
	})
	if err != nil {
		return err
	}
	if v.List.Data.Figure != nil {
		for _, part := range []string{query.PartAll, query.PartIn, query.PartRest} {
			v.Parts = append(v.Parts, Choice{Name: part, Href: f.list(v.List.Name, part, 1), Active: part == v.Part})
		}
	}
	if number*pageSize < v.List.Data.Total {
		v.Next = f.list(v.List.Name, v.Part, number+1)
	}
	page := p.Base(r, "web.nav.supervision")
	page.Main = v
	return p.Show(w, r, http.StatusOK, "supervision_cases", page)
}

// Mention praises or names a unit, or takes that back.
func (p *Pages) Mention(w http.ResponseWriter, r *http.Request) error {
	f, ask, err := p.read(r)
	if err != nil {
		return err
	}
	field := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	t := Typed{Kind: field("kind"), Unit: field("unit"), CaseNo: field("case"), Reason: field("reason")}
	done, actor := "mentioned", frame.Must(r).Actor()
	switch field("do") {
	case "mention":
		err = p.o.Orders.Mention(r.Context(), query.NewMention{Kind: t.Kind, Unit: t.Unit, CaseNo: t.CaseNo, Reason: t.Reason, From: ask.From, To: ask.To, Actor: actor})
	case "withdraw":
		done = "withdrawn"
		err = p.o.Orders.Withdraw(r.Context(), query.MentionWithdrawal{ID: field("id"), Reason: t.Reason, Actor: actor})
		t = Typed{}
	default:
		err = huiying.Errorf(huiying.Invalid, "web.error.no_action")
	}
	return p.answer(w, r, f.Query()+"&done="+done+"#mentions", t, err)
}

// Formula puts another formula in force.
func (p *Pages) Formula(w http.ResponseWriter, r *http.Request) error {
	f := readFilter(r.URL.Query())
	t, c, err := typedFormula(r)
	if err == nil {
		c.Actor = frame.Must(r).Actor()
		err = p.o.Orders.Rescore(r.Context(), c)
	}
	return p.answer(w, r, f.Query()+"&done=scoring#formula", t, err)
}

func (p *Pages) answer(w http.ResponseWriter, r *http.Request, to string, t Typed, err error) error {
	switch {
	case err == nil:
		return frame.Done(w, r, "/supervision?"+to)
	case frame.Ours(err):
		return err
	}
	return p.show(w, r, t, err)
}

// Filter is what stands in the address: a period and a unit.
type Filter struct{ Period, From, To, Unit string }

func readFilter(q url.Values) Filter {
	f := filter.ReadOutcomes(q)
	return Filter{f.Period, f.From, f.To, f.Unit}
}

func (f Filter) period() filter.Outcomes {
	return filter.Outcomes{Period: f.Period, From: f.From, To: f.To}
}

func (f Filter) values() url.Values {
	q := url.Values{"period": {f.Period}}
	for key, v := range map[string]string{"from": f.From, "to": f.To, "unit": f.Unit} {
		if v != "" {
			q.Set(key, v)
		}
	}
	return q
}

// Query is the filter as it stands in an address.
func (f Filter) Query() string { return f.values().Encode() }

// Of is the filter for one unit; "" is all.
func (f Filter) Of(unit string) Filter {
	f.Unit = unit
	return f
}

func (f Filter) list(name, part string, page int) string {
	q := f.values()
	q.Set("part", part)
	if page > 1 {
		q.Set("page", strconv.Itoa(page))
	}
	return "/supervision/" + url.PathEscape(name) + "?" + q.Encode()
}
