package api

import (
	"context"
	"slices"

	"huiying"
	"huiying/internal/query"
)

type casesIn struct {
	State  []string `query:"state,explode" doc:"One or more states"`
	Level  []string `query:"level,explode" doc:"One or more levels"`
	Unit   string   `query:"unit"`
	Owner  string   `query:"owner"`
	Clock  string   `query:"clock" enum:"overdue,soon" doc:"Only open cases whose clock was missed, or is due within the hour"`
	Text   string   `query:"q" doc:"In title or number"`
	Sort   string   `query:"sort" enum:"new,due" doc:"The newest first, or the most pressing open ones first"`
	Before string   `query:"before" doc:"The value of next of the page before"`
	Limit  int      `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

type casesOut struct {
	Body struct {
		Cases []huiying.Case `json:"cases"`
		Next  string         `json:"next" doc:"For before; empty at the end"`
		Total int            `json:"total"`

		Coverage Coverage `json:"coverage" doc:"Of the last 24 hours"`
	}
}

func (s *service) cases(ctx context.Context, in *casesIn) (*casesOut, error) {
	f := query.CaseFilter{
		Scope: account(ctx).Scope(), Levels: levelsOf(in.Level), Unit: in.Unit, Owner: in.Owner, Clock: in.Clock,
		Text: in.Text, ByDue: in.Sort == "due", Before: in.Before, Limit: in.Limit,
	}
	for _, state := range in.State {
		f.States = append(f.States, huiying.CaseState(state))
	}
	list, err := s.o.Views.Cases(ctx, f)
	out := &casesOut{}
	out.Body.Cases = make([]huiying.Case, 0, len(list.Rows))
	for _, c := range list.Rows {
		out.Body.Cases = append(out.Body.Cases, c.In(s.o.Zone))
	}
	out.Body.Next, out.Body.Total = list.Next, list.Total
	if err != nil {
		return nil, err
	}
	out.Body.Coverage, err = s.lately(ctx)
	return out, err
}

func levelsOf(in []string) []huiying.Level {
	var out []huiying.Level
	for _, l := range in {
		out = append(out, huiying.Level(l))
	}
	return out
}

// Action is one action of the case machine: whether the caller may take it now
// and, if not, why.
type Action struct {
	Action  string   `json:"action"`
	Allowed bool     `json:"allowed"`
	Why     string   `json:"why" doc:"What is missing; empty when allowed"`
	Fields  []string `json:"fields" doc:"The fields it takes; a required one ends in !"`
	Presets []string `json:"presets,omitempty" doc:"The time limits it may name"`
}

// FullCase is a case with all that belongs to it.
type FullCase struct {
	Case       huiying.Case       `json:"case"`
	Steps      []huiying.Step     `json:"steps"`
	Texts      map[string]string  `json:"texts" doc:"Words of the steps by digest, as far as they are kept"`
	Deliveries []huiying.Delivery `json:"deliveries"`
	Posts      []JudgedPost       `json:"posts"`
	Purges     []query.CasePurge  `json:"purges" doc:"What was purged of it by law, the oldest first"`
	Actions    []Action           `json:"actions"`
}

type caseIn struct {
	No string `path:"no" doc:"HY20261123-0001"`
}

type fullCaseOut struct{ Body FullCase }

func (s *service) getCase(ctx context.Context, in *caseIn) (*fullCaseOut, error) {
	a := account(ctx)
	page, err := s.o.Views.Case(ctx, a.Scope(), in.No)
	if err != nil {
		return nil, err
	}
	body := FullCase{
		Case: page.Case.In(s.o.Zone), Steps: slices.Clone(page.Steps), Texts: page.Texts,
		Deliveries: make([]huiying.Delivery, 0, len(page.Deliveries)), Posts: make([]JudgedPost, 0, len(page.Posts)), Actions: []Action{},
		Purges: s.purged(page.Purges...),
	}
	for i := range body.Steps {
		body.Steps[i].At = body.Steps[i].At.In(s.o.Zone)
	}
	for _, d := range page.Deliveries {
		body.Deliveries = append(body.Deliveries, s.delivery(d))
	}
	for _, row := range page.Posts {
		body.Posts = append(body.Posts, s.post(row))
	}
	for _, c := range s.o.Cases.Choices(page.Case, a.Actor()) {
		one := Action{Action: c.Action, Allowed: c.Allowed, Fields: c.Fields, Presets: c.Presets}
		if c.Why != nil {
			one.Why = s.o.Catalogue.Sentence(langOf(ctx), c.Why)
		}
		body.Actions = append(body.Actions, one)
	}
	return &fullCaseOut{Body: body}, nil
}

type actIn struct {
	No   string `path:"no"`
	Body struct {
		Action  string            `json:"action" doc:"An action of the case machine: assign, ack, submit …"`
		Version int               `json:"version,omitempty" doc:"The version the caller saw; 0 where it does not matter"`
		Fields  map[string]string `json:"fields,omitempty"`
	}
}

type oneCaseOut struct {
	Body struct {
		Case huiying.Case `json:"case"`
	}
}

func (s *service) act(ctx context.Context, in *actIn) (*oneCaseOut, error) {
	a := account(ctx)
	if _, err := s.o.Views.Seen(ctx, a.Scope(), in.No); err != nil {
		return nil, err
	}
	c, err := s.o.Cases.Do(ctx, huiying.Command{
		CaseNo: in.No, Action: in.Body.Action, Actor: a.Actor(), Version: in.Body.Version, Fields: in.Body.Fields,
	})
	return s.oneCase(c), err
}

func (s *service) oneCase(c huiying.Case) *oneCaseOut {
	out := &oneCaseOut{}
	out.Body.Case = c.In(s.o.Zone)
	return out
}
