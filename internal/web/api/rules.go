package api

import (
	"context"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/door"
)

// Rules is the desk of the rules.
type Rules interface {
	Book(ctx context.Context) (query.RuleBook, error)
	// Change changes the draft; huiying.Conflict when somebody else did since.
	Change(ctx context.Context, c query.RuleChange) (draft int, err error)
	Publish(ctx context.Context, p query.RulePublication) error
	Explain(ctx context.Context, q query.RuleQuestion) (query.RuleAnswer, error)
	RuleTrials
}

// RuleTrials tries the draft on past posts.
type RuleTrials interface {
	// Try begins a trial; huiying.Conflict while one runs.
	Try(ctx context.Context, days int, who huiying.Actor) error
	Trial(ctx context.Context) query.RuleTrial
	StopTrial(ctx context.Context)
}

type rulesOut struct{ Body query.RuleBook }

func (s *service) rules(ctx context.Context, _ *none) (*rulesOut, error) {
	b, err := s.o.Rules.Book(ctx)
	if err != nil {
		return nil, err
	}
	b.Rules, b.Versions = append([]query.RuleRow{}, b.Rules...), append([]query.RulesVersion{}, b.Versions...)
	b.DraftAt = s.in(b.DraftAt)
	for i := range b.Versions {
		b.Versions[i].At = s.in(b.Versions[i].At)
	}
	return &rulesOut{b}, nil
}

type putRuleIn struct {
	ID   string `path:"id" doc:"The rule's id before the change; new ones under their own"`
	Body struct {
		Rule query.NewRule `json:"rule"`
		New  bool          `json:"new,omitempty"`
		Seen int           `json:"draft" doc:"Version of the draft that the caller saw"`
	}
}

type draftOut struct {
	Body struct {
		Draft int `json:"draft" doc:"Its new version"`
	}
}

func (s *service) putRule(ctx context.Context, in *putRuleIn) (*draftOut, error) {
	c := query.RuleChange{Rule: in.Body.Rule, Was: in.ID, Seen: in.Body.Seen, Actor: account(ctx).Actor()}
	if in.Body.New {
		c.Was, c.Rule.ID = "", in.ID
	}
	out := &draftOut{}
	var err error
	out.Body.Draft, err = s.o.Rules.Change(ctx, c)
	return out, err
}

type dropRuleIn struct {
	ID   string `path:"id"`
	Seen int    `query:"draft" required:"true" doc:"Version of the draft that the caller saw"`
}

func (s *service) dropRule(ctx context.Context, in *dropRuleIn) (*draftOut, error) {
	out := &draftOut{}
	var err error
	out.Body.Draft, err = s.o.Rules.Change(ctx, query.RuleChange{Was: in.ID, Remove: true, Seen: in.Seen, Actor: account(ctx).Actor()})
	return out, err
}

type publishRulesIn struct {
	Body struct {
		Seen int    `json:"draft" doc:"Version of the draft that the caller saw"`
		Back int    `json:"back,omitempty" doc:"A published version to go back to, instead of the draft"`
		Note string `json:"note" maxLength:"200"`
	}
}

func (s *service) publishRules(ctx context.Context, in *publishRulesIn) (*rulesOut, error) {
	err := s.o.Rules.Publish(ctx, query.RulePublication{Seen: in.Body.Seen, Back: in.Body.Back, Note: in.Body.Note, Actor: account(ctx).Actor()})
	if err != nil {
		return nil, err
	}
	return s.rules(ctx, nil)
}

type explainRuleIn struct {
	Body struct {
		Rule  string `json:"rule"`
		Title string `json:"title,omitempty"`
		Text  string `json:"text" maxLength:"5000"`
	}
}

type explainRuleOut struct {
	Body struct {
		query.RuleAnswer
		Remarks []string `json:"remarks"`
	}
}

func (s *service) explainRule(ctx context.Context, in *explainRuleIn) (*explainRuleOut, error) {
	a, err := s.o.Rules.Explain(ctx, query.RuleQuestion(in.Body))
	out := &explainRuleOut{}
	out.Body.RuleAnswer, out.Body.Remarks = a, []string{}
	for _, line := range a.Advice {
		out.Body.Remarks = append(out.Body.Remarks, s.o.Catalogue.Sentence(langOf(ctx), line.Say))
	}
	return out, err
}

type trialOut struct {
	Body struct {
		query.RuleTrial
		Running bool   `json:"running"`
		Said    string `json:"problem,omitempty"`
	}
}

func (s *service) ruleTrial(ctx context.Context, _ *none) (*trialOut, error) {
	t := s.o.Rules.Trial(ctx)
	if !door.Watchers().Lets(account(ctx)) {
		t = t.WithoutSamples()
	}
	out := &trialOut{}
	out.Body.RuleTrial, out.Body.Running = t, !t.BeganAt.IsZero() && t.EndedAt.IsZero()
	out.Body.BeganAt, out.Body.EndedAt = s.in(t.BeganAt), s.in(t.EndedAt)
	if t.Problem != nil {
		out.Body.Said = s.o.Catalogue.Sentence(langOf(ctx), t.Problem)
	}
	return out, nil
}

type tryRulesIn struct {
	Body struct {
		Days int `json:"days" minimum:"1" maximum:"90"`
	}
}

func (s *service) tryRules(ctx context.Context, in *tryRulesIn) (*trialOut, error) {
	if err := s.o.Rules.Try(ctx, in.Body.Days, account(ctx).Actor()); err != nil {
		return nil, err
	}
	return s.ruleTrial(ctx, nil)
}

func (s *service) stopTrial(ctx context.Context, _ *none) (*trialOut, error) {
	s.o.Rules.StopTrial(ctx)
	return s.ruleTrial(ctx, nil)
}
