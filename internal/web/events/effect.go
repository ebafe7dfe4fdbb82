package events

import (
	"context"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/frame"
	"huiying/internal/web/study"
)

// Interpretations keeps what interprets an event (解读) and says what opinion was
// before and after a moment.
type Interpretations interface {
	Interpretations(ctx context.Context, topic string) ([]query.Interpretation, error)
	Link(ctx context.Context, i query.Interpretation) error
	Unlink(ctx context.Context, r query.InterpretationRemoval) error
	Effect(posts []query.EffectPost, a query.EffectAsk) query.Effect
}

// NoInterpretations stands where none are kept.
type NoInterpretations struct{}

// Interpretations implements Interpretations.
func (NoInterpretations) Interpretations(context.Context, string) ([]query.Interpretation, error) {
	return nil, nil
}

// Link implements Interpretations.
func (NoInterpretations) Link(context.Context, query.Interpretation) error { return none() }

// Unlink implements Interpretations.
func (NoInterpretations) Unlink(context.Context, query.InterpretationRemoval) error { return none() }

// Effect implements Interpretations.
func (NoInterpretations) Effect([]query.EffectPost, query.EffectAsk) query.Effect {
	return query.Effect{Verdict: query.EffectFew}
}

// Moment is one that can be chosen.
type Moment struct {
	study.Moment
	Href   string
	Active bool
}

// Around is what an event's page says of interpretations and effect.
type Around struct {
	Papers  []query.Interpretation // that stand
	Removed []query.Interpretation
	Moments []Moment
	Moment  *Moment // the chosen one; nil = there is none
	Effect  query.Effect
	Spans   []Choice
	Now     time.Time
}

// Choice is a link that chooses something.
type Choice struct {
	Name, Href string
	Active     bool
}

func hours(d time.Duration) string { return strconv.Itoa(int(d / time.Hour)) }

func readSpan(s string) time.Duration {
	for _, d := range query.EffectSpans() {
		if hours(d) == s {
			return d
		}
	}
	return query.EffectSpans()[1]
}

// around reads what interprets the event, and compares opinion around the
// moment that is chosen, else the first there is.
func (s *Pages) around(ctx context.Context, topic string, w *Whole, a Address) error {
	list, err := s.o.Interpretations.Interpretations(ctx, topic)
	if err != nil {
		return err
	}
	out := &w.Around
	out.Now = s.o.Now()
	for _, i := range list {
		if i.RemovedBy != "" {
			out.Removed = append(out.Removed, i)
			continue
		}
		out.Papers = append(out.Papers, i)
	}
	for _, m := range study.Moments(w.Replies, list) {
		out.Moments = append(out.Moments, Moment{Moment: m})
	}
	s.choose(w, a)
	return nil
}

func (s *Pages) choose(w *Whole, a Address) {
	out := &w.Around
	at := make([]study.Moment, len(out.Moments))
	for i := range out.Moments {
		m, to := &out.Moments[i], a
		to.Moment, to.Choice, to.Around = m.At, a.Choice, ""
		m.Href = to.at(to.values(), "#effect")
		at[i] = m.Moment
	}
	chosen := study.Chosen(at, a.Moment)
	if chosen >= 0 && (out.Moments[chosen].At.Equal(a.Moment) || len(w.Studied.Posts) > 0) {
		out.Moment = &out.Moments[chosen]
	}
	if chosen < 0 || len(w.Studied.Posts) == 0 {
		return
	}
	out.Moment.Active = true
	for _, span := range query.EffectSpans() {
		to := a
		to.Span = span
		out.Spans = append(out.Spans, Choice{Name: hours(span), Href: to.at(to.values(), "#effect"), Active: span == a.Span})
	}
	posts, begin, end := study.Opinion(w.Studied, out.Now)
	out.Effect = s.o.Interpretations.Effect(posts, query.EffectAsk{At: out.Moment.At, Begin: begin, End: end, Span: a.Span})
	w.mark(out.Moment.At)
	w.pick(a.Around)
}

// mark draws the chosen moment on the curve, beside our replies.
func (w *Whole) mark(at time.Time) {
	for i, b := range w.Flow.Buckets {
		if !at.Before(b.From) && at.Before(b.From.Add(w.Flow.Width)) && !slices.Contains(w.Curve.Marks, i) {
			w.Curve.Marks = append(w.Curve.Marks, i)
			slices.Sort(w.Curve.Marks)
		}
	}
}

// pick lists the posts behind a number of the effect: before, after, or one of
// them with a share, such as after.negative, or what that is of: after.negative.all.
func (w *Whole) pick(which string) {
	side, rest, _ := strings.Cut(which, ".")
	share, all, _ := strings.Cut(rest, ".")
	if side != "before" && side != "after" {
		return
	}
	ids := map[string][]string{"before": w.Around.Effect.Before, "after": w.Around.Effect.After}[side]
	if share != "" {
		ids = nil
		for _, s := range w.Around.Effect.Shares {
			if s.ID == share {
				c := map[string]query.EffectCount{"before": s.Before, "after": s.After}[side]
				if ids = c.In; all == "all" {
					ids = slices.Concat(c.In, c.Rest)
				}
			}
		}
	}
	of := map[string]bool{}
	for _, id := range ids {
		of[id] = true
	}
	w.listed = slices.DeleteFunc(slices.Clone(w.Studied.Posts), func(p query.StudyPost) bool { return !of[p.ID] })
}

// interpret links an interpretation to the event or takes one away.
func (s *Pages) interpret(r *http.Request, action, id string) error {
	by := frame.Must(r).Actor()
	if action == "unlink" {
		return s.o.Interpretations.Unlink(r.Context(), query.InterpretationRemoval{Topic: id, ID: r.PostFormValue("interpretation"), Reason: r.PostFormValue("reason"), Actor: by})
	}
	at := readTime(r.PostFormValue("at"), s.o.Zone)
	if at.IsZero() {
		return huiying.Errorf(huiying.Invalid, "effect.at")
	}
	return s.o.Interpretations.Link(r.Context(), query.Interpretation{
		Topic: id, Kind: r.PostFormValue("kind"), Title: r.PostFormValue("title"), URL: r.PostFormValue("url"), At: at, By: by.ID,
	})
}

// Kinds are what may be linked.
func (Around) Kinds() []string { return query.InterpretationKinds() }

// Decimal is a ratio with two decimals; one without end is ∞.
func (Around) Decimal(f float64) string {
	if math.IsInf(f, 1) {
		return "∞"
	}
	return strconv.FormatFloat(f, 'f', 2, 64)
}

// Share is a share in per cent with one decimal.
func (Around) Share(f float64) string { return strconv.FormatFloat(100*f, 'f', 1, 64) + "%" }

// Points is a change in points of per cent with its sign.
func (Around) Points(f float64) string {
	n := math.Round(f*1000) / 10
	switch {
	case n > 0:
		return "+" + strconv.FormatFloat(n, 'f', 1, 64)
	case n < 0:
		return "−" + strconv.FormatFloat(-n, 'f', 1, 64)
	}
	return "0"
}
