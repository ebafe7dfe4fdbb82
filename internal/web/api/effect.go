package api

import (
	"context"
	"math"
	"net/http"
	"time"

	"huiying"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/web/door"
	"huiying/internal/web/study"
)

// Studies reads events as a whole.
type Studies interface {
	Study(ctx context.Context, scope query.Scope, topic string) (query.Study, error)
}

// Interpretations are what interprets events (解读), and what opinion was before
// and after a moment.
type Interpretations interface {
	Interpretations(ctx context.Context, topic string) ([]query.Interpretation, error)
	Effect(posts []query.EffectPost, a query.EffectAsk) query.Effect
}

// effectOperations is the row of the table about interpretation and effect.
func effectOperations() []operation {
	return []operation{
		op(http.MethodGet, "/topics/{id}/effect", "get-topic-effect", door.Watchers(), (*service).effect),
	}
}

type effectIn struct {
	ID     string    `path:"id"`
	Moment time.Time `query:"moment" doc:"One of moments; the first when left out"`
	Span   string    `query:"span" enum:"24,72,168" default:"72" doc:"How long each window is, in hours"`
}

// Interpretation is a policy document or an interpretation of one.
type Interpretation struct {
	ID        string     `json:"id"`
	Kind      string     `json:"kind" enum:"policy,text,graphic,video,press,question"`
	Title     string     `json:"title"`
	URL       string     `json:"url,omitempty"`
	At        time.Time  `json:"at" doc:"When it was published"`
	By        string     `json:"by" doc:"Who linked it"`
	MadeAt    time.Time  `json:"made_at"`
	RemovedBy string     `json:"removed_by,omitempty" doc:"Absent = it stands"`
	RemovedAt *time.Time `json:"removed_at,omitempty"`
	Reason    string     `json:"reason,omitempty" doc:"Why it was taken away"`
}

// EffectMoment is one that opinion can be compared around.
type EffectMoment struct {
	At    time.Time `json:"at" doc:"To the minute"`
	What  string    `json:"what" doc:"reply, or the kind of an interpretation"`
	Title string    `json:"title" doc:"Number of the case that was answered, or what the interpretation is called"`
}

// EffectShare is a share of the posts before and after.
type EffectShare struct {
	ID      string     `json:"id" enum:"negative,positive,complaint,enquiry"`
	Name    string     `json:"name"`
	Before  EffectPart `json:"before"`
	After   EffectPart `json:"after"`
	Low     float64    `json:"change_low" doc:"Of after less before, 0 to 1: the interval of 95 per cent (Newcombe)"`
	High    float64    `json:"change_high"`
	Verdict string     `json:"verdict" enum:"few,fell,rose,same" doc:"few: fewer than ten posts in either window, nothing is said"`
}

// EffectPart is a share in one window.
type EffectPart struct {
	Numerator   int      `json:"numerator"`
	Denominator int      `json:"denominator" doc:"Posts whose tone, or intent, is sure"`
	Low         float64  `json:"low" doc:"0 to 1: the interval of 95 per cent (Wilson)"`
	High        float64  `json:"high"`
	In          []string `json:"in" doc:"Posts of the numerator"`
	Rest        []string `json:"rest" doc:"Those that the denominator has beside it"`
}

// Effect is opinion before and after a moment.
type Effect struct {
	Moment     EffectMoment  `json:"moment"`
	SpanHours  float64       `json:"span_hours" doc:"What was asked for"`
	Window     float64       `json:"window_hours" doc:"Of each side; shorter than the span where there is less to compare"`
	Before     []string      `json:"before" doc:"Posts of the window before; government accounts' do not count"`
	After      []string      `json:"after"`
	Ratio      *float64      `json:"ratio,omitempty" doc:"Posts after by posts before; absent where nothing was before"`
	Low        *float64      `json:"ratio_low,omitempty" doc:"The interval of 95 per cent; absent where it has no end"`
	High       *float64      `json:"ratio_high,omitempty"`
	Dispersion float64       `json:"dispersion" doc:"Of the counts against Poisson's, at least 1: posts come in bursts, and the interval is wider by it"`
	Verdict    string        `json:"verdict" enum:"few,fell,rose,same" doc:"Of the ratio; few: fewer than ten posts together"`
	Shares     []EffectShare `json:"shares" doc:"None where less than an hour can be compared"`
}

type effectOut struct {
	Body struct {
		Topic           string           `json:"topic" doc:"The event; of one that was merged into another, that other"`
		Interpretations []Interpretation `json:"interpretations" doc:"With those that were taken away"`
		Moments         []EffectMoment   `json:"moments" doc:"The earliest first"`
		Effect          *Effect          `json:"effect,omitempty" doc:"Absent where there is no moment. It says that something changed, never why"`
	}
}

// effect compares as the page of the event does.
func (s *service) effect(ctx context.Context, in *effectIn) (*effectOut, error) {
	span, err := time.ParseDuration(in.Span + "h")
	if err != nil {
		return nil, err
	}
	id := in.ID
	topic, err := s.o.Topics.Topic(ctx, id)
	switch {
	case err == nil:
		id = topic.ID
	case huiying.ErrorCode(err) != huiying.NotFound: // a closed one is still read
		return nil, err
	}
	st, err := s.o.Studies.Study(ctx, account(ctx).Scope(), id)
	if err != nil {
		return nil, err
	}
	if topic.ID == "" && len(st.Posts) == 0 {
		return nil, huiying.Errorf(huiying.NotFound, "cluster.no_event", in.ID)
	}
	list, err := s.o.Interpretations.Interpretations(ctx, id)
	if err != nil {
		return nil, err
	}
	out := &effectOut{}
	out.Body.Topic, out.Body.Interpretations, out.Body.Moments = id, s.interpretations(list), []EffectMoment{}
	moments := study.Moments(study.Replies(st.Cases, study.Window{}), list)
	for _, m := range moments {
		out.Body.Moments = append(out.Body.Moments, EffectMoment{s.in(m.At), m.What, m.Title})
	}
	chosen := study.Chosen(moments, in.Moment.Truncate(time.Minute))
	if posts, begin, end := study.Opinion(st, s.o.Now()); chosen >= 0 && len(posts) > 0 {
		e := s.o.Interpretations.Effect(posts, query.EffectAsk{At: moments[chosen].At, Begin: begin, End: end, Span: span})
		out.Body.Effect = s.effectOf(langOf(ctx), out.Body.Moments[chosen], e)
	}
	return out, nil
}

func (s *service) interpretations(list []query.Interpretation) []Interpretation {
	out := make([]Interpretation, 0, len(list))
	for _, i := range list {
		out = append(out, Interpretation{
			ID: i.ID, Kind: i.Kind, Title: i.Title, URL: i.URL, At: s.in(i.At), By: i.By, MadeAt: s.in(i.MadeAt),
			RemovedBy: i.RemovedBy, RemovedAt: s.moment(i.RemovedAt), Reason: i.Reason,
		})
	}
	return out
}

func (s *service) effectOf(lang locale.Lang, at EffectMoment, e query.Effect) *Effect {
	out := &Effect{
		Moment: at, SpanHours: e.Span.Hours(), Window: e.Window.Hours(), Before: append([]string{}, e.Before...), After: append([]string{}, e.After...),
		Dispersion: e.Dispersion, Verdict: e.Verdict, Shares: make([]EffectShare, 0, len(e.Shares)),
	}
	if len(e.Before) > 0 {
		out.Ratio, out.Low, out.High = finite(e.Ratio), finite(e.Low), finite(e.High)
	}
	for _, sh := range e.Shares {
		out.Shares = append(out.Shares, EffectShare{
			ID: sh.ID, Name: s.o.Catalogue.Text(lang, "web.effect.share."+sh.ID), Before: part(sh.Before), After: part(sh.After),
			Low: sh.Change.Low, High: sh.Change.High, Verdict: sh.Verdict,
		})
	}
	return out
}

func part(c query.EffectCount) EffectPart {
	return EffectPart{
		Numerator: c.N(), Denominator: c.Of(), Low: c.Low, High: c.High, In: append([]string{}, c.In...), Rest: append([]string{}, c.Rest...),
	}
}

// finite is a number that JSON has.
func finite(f float64) *float64 {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return nil
	}
	return &f
}
