package api

import (
	"context"
	"net/http"
	"time"

	"huiying"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/web/door"
	"huiying/internal/web/filter"
)

// Cards scores units (督查评议).
type Cards interface {
	Supervision(ctx context.Context, a query.SupervisionAsk) (query.Supervision, error)
	Cases(ctx context.Context, a query.SupervisionListAsk) (query.SupervisionList, error)
}

// supervisionOperations are the rows of the table about score cards; what is
// decided of units is people's work.
func supervisionOperations() []operation {
	return []operation{
		op(http.MethodGet, "/supervision", "get-supervision", door.Overseers(), (*service).supervision),
		op(http.MethodGet, "/supervision/{list}", "list-supervised-cases", door.Overseers(), (*service).supervised),
	}
}

// SupervisionIn asks for score cards.
type SupervisionIn struct {
	PeriodIn
	Unit string `query:"unit" doc:"One unit's card; every unit's when left out, a responder's own"`
}

// ask is the question; who administers sees every unit's numbers.
func (in SupervisionIn) ask(ctx context.Context, s *service) (query.SupervisionAsk, error) {
	a := account(ctx)
	scope := a.Scope()
	scope.All = scope.All || a.Actor().Has(huiying.RoleAdmin)
	span, err := filter.ReadOutcomes(in.values()).Ask(scope, s.o.Now(), s.o.Zone)
	return query.SupervisionAsk{Scope: scope, From: span.From, To: span.To, Unit: in.Unit}, err
}

// ScoreFormula is how scores are made.
type ScoreFormula struct {
	Version   int               `json:"version" doc:"0 = as shipped"`
	By        string            `json:"by,omitempty"`
	At        *time.Time        `json:"at,omitempty"`
	Terms     []query.ScoreTerm `json:"terms" doc:"more: weight × value ÷ target; less: weight × target ÷ value; at most cap. Targets in per cent for a rate, in hours for the median of a duration"`
	PraiseAt  float64           `json:"praise_at" doc:"Score from which a unit with nothing overdue is proposed for praise"`
	NameBelow float64           `json:"name_below" doc:"Score below which a unit is proposed for being named"`
	Note      string            `json:"note,omitempty" doc:"Why it was changed"`
}

// ScoreLine is a term with what it gives one unit.
type ScoreLine struct {
	Measure     string   `json:"measure" example:"ack_rate"`
	Name        string   `json:"name"`
	Formula     string   `json:"formula" doc:"How the figure is counted, in words"`
	Unit        string   `json:"unit" enum:"percent,hours" doc:"Of value and target"`
	Direction   string   `json:"direction" enum:"more,less" doc:"Which is better"`
	Target      float64  `json:"target"`
	Weight      float64  `json:"weight"`
	Cap         float64  `json:"cap"`
	Numerator   *int     `json:"numerator,omitempty" doc:"Of a rate"`
	Denominator int      `json:"denominator" doc:"Of a duration how many cases it is of"`
	Value       *float64 `json:"value,omitempty" doc:"Per cent, or the median in hours, cut to two decimals; absent where there is nothing to measure"`
	Points      *float64 `json:"points,omitempty" doc:"Two decimals; likewise absent"`
	Few         bool     `json:"few" doc:"Fewer than five cases: it says little"`
}

// UnitCard is the card of one unit.
type UnitCard struct {
	Unit     string       `json:"unit,omitempty" doc:"Absent for the office as a whole, which has no score"`
	Score    *float64     `json:"score,omitempty" doc:"Points by weight of the terms with data, × 100, two decimals; absent where none has any"`
	Points   float64      `json:"points" doc:"Of the terms with data"`
	Weight   float64      `json:"weight" doc:"Theirs"`
	Few      bool         `json:"few" doc:"A term rests on fewer than five cases; such scores stand behind the others"`
	Terms    []ScoreLine  `json:"terms"`
	Overdue  int          `json:"overdue" doc:"Cases open now with a limit that has ended and is not met"`
	Returned int          `json:"returned" doc:"How often it gave a case back in the period"`
	Urged    int          `json:"urged" doc:"How often it was pressed in the period"`
	OnTime   []RateFigure `json:"on_time" doc:"Answered in time, three ways: of what was answered; with what is overdue and open; from first seen"`
	Proposed string       `json:"proposed,omitempty" enum:"praise,name" doc:"What the figures propose; people decide"`
}

// UnitMention is a unit that a person praised or named.
type UnitMention struct {
	ID          string     `json:"id"`
	Kind        string     `json:"kind" enum:"praise,name"`
	Unit        string     `json:"unit"`
	CaseNo      string     `json:"case_no,omitempty" doc:"Absent = of its work as a whole"`
	Reason      string     `json:"reason"`
	Of          Days       `json:"of" doc:"The period it speaks of"`
	Score       string     `json:"score,omitempty" doc:"As it was on its day"`
	Version     int        `json:"version" doc:"Of the formula then"`
	By          string     `json:"by"`
	At          time.Time  `json:"at"`
	WithdrawnBy string     `json:"withdrawn_by,omitempty" doc:"Absent = it stands"`
	WithdrawnAt *time.Time `json:"withdrawn_at,omitempty"`
	Withdrawal  string     `json:"withdrawal,omitempty" doc:"Why it was withdrawn"`
}

type supervisionOut struct {
	Body struct {
		Days
		AsOf     time.Time     `json:"as_of" doc:"Of the last step of the record that counts"`
		Formula  ScoreFormula  `json:"formula" doc:"Each unit's score is made by it; how to read a term is in terms"`
		Office   *UnitCard     `json:"office,omitempty" doc:"All that is seen together; absent where one unit is asked for"`
		Units    []UnitCard    `json:"units" doc:"The best score first, then those on few cases, then those without any"`
		Mentions []UnitMention `json:"mentions" doc:"That speak of the period, the newest first"`
	}
}

// supervision gives the cards as the page has them.
func (s *service) supervision(ctx context.Context, in *SupervisionIn) (*supervisionOut, error) {
	ask, err := in.ask(ctx, s)
	if err != nil {
		return nil, err
	}
	page, err := s.o.Cards.Supervision(ctx, ask)
	if err != nil {
		return nil, err
	}
	out, lang := &supervisionOut{}, langOf(ctx)
	b := &out.Body
	b.Days, b.AsOf, b.Formula = s.days(ask.From, ask.To), s.in(page.AsOf), s.formula(page.Scoring)
	if ask.Unit == "" && ask.Scope.All {
		office := s.card(lang, page.Office, page.Scoring)
		b.Office = &office
	}
	b.Units, b.Mentions = make([]UnitCard, 0, len(page.Units)), make([]UnitMention, 0, len(page.Mentions))
	for _, u := range page.Units {
		b.Units = append(b.Units, s.card(lang, u, page.Scoring))
	}
	for _, m := range page.Mentions {
		b.Mentions = append(b.Mentions, UnitMention{
			ID: m.ID, Kind: m.Kind, Unit: m.Unit, CaseNo: m.CaseNo, Reason: m.Reason, Of: s.days(m.From, m.To), Score: m.Score, Version: m.Scoring,
			By: m.By, At: s.in(m.At), WithdrawnBy: m.WithdrawnBy, WithdrawnAt: s.moment(m.WithdrawnAt), Withdrawal: m.Withdrawal,
		})
	}
	return out, nil
}

func (s *service) formula(f query.Scoring) ScoreFormula {
	return ScoreFormula{
		Version: f.Version, By: f.By, At: s.moment(f.At), Terms: append([]query.ScoreTerm{}, f.Terms...), PraiseAt: f.PraiseAt, NameBelow: f.NameBelow, Note: f.Note,
	}
}

// moment is a time in the office's zone, nil for none.
func (s *service) moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = s.in(t)
	return &t
}

func (s *service) card(lang locale.Lang, u query.UnitScore, f query.Scoring) UnitCard {
	c := UnitCard{
		Unit: u.Unit, Points: u.Points, Weight: u.Weight, Few: u.Few, Overdue: u.Overdue, Returned: u.Returned, Urged: u.Urged,
		Terms: make([]ScoreLine, 0, len(u.Terms)), OnTime: make([]RateFigure, 0, len(u.OnTime)), Proposed: u.Proposed(f),
	}
	if u.Scored {
		c.Score = &u.Score
	}
	for _, t := range u.Terms {
		c.Terms = append(c.Terms, s.term(lang, t))
	}
	for _, o := range u.OnTime {
		c.OnTime = append(c.OnTime, s.rate(lang, o))
	}
	return c
}

func (s *service) term(lang locale.Lang, t query.ScoredTerm) ScoreLine {
	l := ScoreLine{
		Measure: t.Measure, Name: s.o.Catalogue.Text(lang, "measure."+t.Measure), Formula: s.o.Catalogue.Text(lang, "measure.formula."+t.Measure),
		Unit: "percent", Direction: t.Direction, Target: t.Target, Weight: t.Weight, Cap: t.Cap, Denominator: t.Outcome.Of, Few: t.Outcome.Few(),
	}
	if t.Outcome.Lasts {
		l.Unit = "hours"
	} else {
		l.Numerator = &t.Outcome.N
	}
	if t.Counted {
		l.Value, l.Points = &t.Value, &t.Points
	}
	return l
}

type supervisedIn struct {
	List string `path:"list" doc:"overdue, returned, urged, or the id of a figure" example:"overdue"`
	SupervisionIn
	PageIn
	Part string `query:"part" enum:"all,in,rest" default:"all" doc:"Of a figure: its numerator, or what the denominator has beside it"`
}

// SupervisedCase is one row of a list.
type SupervisedCase struct {
	No          string            `json:"no"`
	Title       string            `json:"title,omitempty" doc:"Not for whoever may not see cases"`
	Level       huiying.Level     `json:"level"`
	State       huiying.CaseState `json:"state"`
	Unit        string            `json:"unit"`
	When        time.Time         `json:"when" doc:"What decides the period; of overdue when the limit ended"`
	TookSeconds *float64          `json:"took_seconds,omitempty" doc:"Of overdue how late it is; of a duration how long it took; absent where nothing is measured"`
	In          bool              `json:"in" doc:"Of the numerator of a figure"`
	Action      string            `json:"action,omitempty" doc:"Of returned and urged"`
	By          string            `json:"by,omitempty" doc:"Who did it"`
}

type supervisedOut struct {
	Body struct {
		AsOf  time.Time        `json:"as_of"`
		Total int              `json:"total" doc:"The number that it makes up"`
		Cases []SupervisedCase `json:"cases"`
		Next  int              `json:"next,omitempty" doc:"Page that follows"`
	}
}

// supervised lists what makes up a number of a card.
func (s *service) supervised(ctx context.Context, in *supervisedIn) (*supervisedOut, error) {
	ask, err := in.ask(ctx, s)
	if err != nil {
		return nil, err
	}
	list, err := s.o.Cards.Cases(ctx, query.SupervisionListAsk{
		SupervisionAsk: ask, List: in.List, BehindPage: query.BehindPage{Part: in.Part, Skip: in.skip(), Limit: pageRows},
	})
	if err != nil {
		return nil, err
	}
	titled := door.CaseRoom().Lets(account(ctx))
	out := &supervisedOut{}
	out.Body.AsOf, out.Body.Total, out.Body.Next = s.in(list.AsOf), list.Total, in.next(list.Total)
	out.Body.Cases = make([]SupervisedCase, 0, len(list.Rows))
	for _, r := range list.Rows {
		c := SupervisedCase{No: r.No, Level: r.Level, State: r.State, Unit: r.Unit, When: s.in(r.When), In: r.In, Action: r.Action, By: r.By}
		if titled {
			c.Title = r.Title
		}
		if r.Took > 0 {
			took := r.Took.Seconds()
			c.TookSeconds = &took
		}
		out.Body.Cases = append(out.Body.Cases, c)
	}
	return out, nil
}
