// Package postview is the page of one post: what was collected, what was judged
// and why, and the forms that put a judgement right. It shows personal data only
// after the access log says so, and never changes what was judged.
package postview

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strings"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/api"
	"huiying/internal/web/door"
	"huiying/internal/web/frame"
)

// Views reads a post.
type Views interface {
	Post(ctx context.Context, s query.Scope, id string) (query.PostPage, error)
}

// Revealer notes that somebody saw personal data unmasked.
type Revealer interface {
	Reveal(ctx context.Context, actor huiying.Actor, object string) error
}

// Options is what the page works with; all are required.
type Options struct {
	Frame       *frame.Frame
	Views       Views
	Access      Revealer
	Corrections api.Corrections
	Preserving  Preserving
}

// Pages shows posts.
type Pages struct {
	*frame.Frame
	o Options
}

// New makes the page.
func New(o Options) *Pages { return &Pages{o.Frame, o} }

// View is one post.
type View struct {
	Page     query.PostPage
	Reveal   bool // personal data is shown; the access log says to whom
	MayShow  bool
	Personal bool
	Public   bool // a public account wrote it, which keeps its name
	Kept     query.Preserved
	Preserve bool // whoever looks may preserve it
	Opinions []Opinion
	Hand     []Opinion // level and place, which count at once when they are put right
	Correct  bool      // whoever looks may put opinions right
	Watcher  bool      // may see all posts, and events
	Silencer bool      // may keep people from being told
}

// Level is the one that counts.
func (v View) Level() string { return string(v.Page.Judgement.Level) }

// Post shows one post.
func (s *Pages) Post(w http.ResponseWriter, r *http.Request) error { return s.show(w, r, showing{}) }

// Reveal shows one post with its personal data, after the access log says so.
func (s *Pages) Reveal(w http.ResponseWriter, r *http.Request) error {
	a := frame.Must(r)
	page, err := s.o.Views.Post(r.Context(), a.Scope(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if page.CaseNo == "" {
		return huiying.Errorf(huiying.Forbidden, "web.error.reveal_needs_case")
	}
	if err := s.o.Access.Reveal(r.Context(), a.Actor(), page.Judgement.Post.ID); err != nil {
		return err
	}
	return s.show(w, r, showing{reveal: true})
}

// Correct keeps what a person says a judgement should have been.
func (s *Pages) Correct(w http.ResponseWriter, r *http.Request) error {
	a, id := frame.Must(r), r.PathValue("id")
	if _, err := s.o.Views.Post(r.Context(), a.Scope(), id); err != nil {
		return err
	}
	value, err := answered(r)
	if err == nil {
		err = s.o.Corrections.Correct(r.Context(), query.NewCorrection{
			Post: id, Field: r.PostFormValue("field"), Value: value, Reason: r.PostFormValue("reason"), Actor: a.Actor(),
		})
	}
	switch {
	case err == nil:
		done := "corrected"
		if query.CorrectedAtOnce(r.PostFormValue("field")) {
			done = "corrected_now"
		}
		return frame.Done(w, r, "/posts/"+(&url.URL{Path: id}).EscapedPath()+"?done="+done)
	case frame.Ours(err):
		return err
	}
	return s.show(w, r, showing{problem: err})
}

// answered is the answer of a form: what was chosen or typed, or that the post is
// about no place of ours, which is a tick of its own.
func answered(r *http.Request) (string, error) {
	value := strings.TrimSpace(r.PostFormValue("value"))
	switch {
	case r.PostFormValue("nowhere") == "":
		return value, nil
	case value != "":
		return "", huiying.Errorf(huiying.Invalid, "correction.either", value)
	}
	return query.NoPlace, nil
}

// showing says how a post is shown: with its personal data, with what is wrong
// with the form that was sent.
type showing struct {
	reveal  bool
	problem error
}

func (s *Pages) show(w http.ResponseWriter, r *http.Request, how showing) error {
	a := frame.Must(r)
	page, err := s.o.Views.Post(r.Context(), a.Scope(), r.PathValue("id"))
	if err != nil {
		return err
	}
	v := View{Page: page, Reveal: how.reveal, Personal: len(page.Judgement.PersonalData) > 0}
	v.MayShow = v.Personal && !how.reveal && page.CaseNo != "" && a.Actor().Has(huiying.RoleOfficer, huiying.RoleResponder)
	post := page.Judgement.Post
	v.Watcher, v.Silencer = door.Watchers().Lets(a), door.Silencers().Lets(a)
	v.Correct = door.Correctors().Lets(a) && !post.Withdrawn && post.Finding == nil
	v.Public, v.Preserve = post.Author.Institution(), door.Triagers().Lets(a) && !post.Withdrawn
	if v.Watcher {
		if v.Kept, err = s.o.Preserving.Preserved(r.Context(), post.ID); err != nil {
			return err
		}
	}
	units, err := s.o.Corrections.Units(r.Context())
	if err != nil {
		return err
	}
	v.Opinions, v.Hand = opinions(page, units), byHand(page, s.o.Corrections.Places())
	p := s.Base(r, "web.post.title")
	p.Main, p.Problem = v, how.problem
	return s.Answer(w, r, "post", p)
}

// Opinion is what the models say of one field, with their words, and what a
// person says instead.
type Opinion struct {
	Field   string
	Said    []Answer // none = nothing was said
	Unsure  bool
	Now     *query.Correction
	Before  []query.Correction // corrections that count no more, the newest first
	Options []Answer           // what it may be put right to
	Typed   bool               // an answer is typed, the options are suggestions
	Chosen  string             // the one that is chosen at first
}

// Answer is one possible answer: a class by its label, or a unit by its name.
type Answer struct {
	Value string
	Name  string // "" for a class, which the catalogue names
	Score float64
	Why   []huiying.Why
}

// opinions are the fields of a post that people may put right.
func opinions(page query.PostPage, units []huiying.Unit) []Opinion {
	j := page.Judgement
	intent := Opinion{Field: query.CorrectIntent, Options: classes(huiying.Intents())}
	if i := j.Intent; i != nil {
		intent.Said, intent.Unsure = []Answer{{Value: i.Label, Why: i.Why}}, i.Unsure
	}
	tone := Opinion{Field: query.CorrectSentiment, Options: classes(huiying.Sentiments())}
	if t := j.Sentiment; t != nil {
		tone.Said, tone.Unsure = []Answer{{Value: t.Label, Why: t.Why}}, t.Unsure
	}
	unit := Opinion{Field: query.CorrectUnit}
	for _, r := range j.Routing {
		unit.Said = append(unit.Said, Answer{Value: cmp.Or(r.Unit, r.Name), Name: r.Name, Score: r.Score, Why: r.Why})
	}
	for _, u := range units {
		unit.Options = append(unit.Options, Answer{Value: u.ID, Name: u.Name})
	}
	out := []Opinion{intent, tone, unit}
	for i := range out {
		out[i].corrected(page.Corrections)
	}
	return out
}

// byHand are the level and the place of a post.
func byHand(page query.PostPage, places []string) []Opinion {
	level := Opinion{Field: query.CorrectLevel, Said: []Answer{{Value: string(page.Judged.Level)}}}
	for _, l := range huiying.Levels() {
		level.Options = append(level.Options, Answer{Value: string(l)})
	}
	place := Opinion{Field: query.CorrectPlace, Said: classes(page.Judged.Places), Options: classes(places), Typed: true}
	out := []Opinion{level, place}
	for i := range out {
		out[i].corrected(page.Corrections)
	}
	out[0].Chosen = string(page.Judgement.Level)
	return out
}

func classes(list []string) (out []Answer) {
	for _, c := range list {
		out = append(out, Answer{Value: c})
	}
	return out
}

// corrected adds what people said, the newest first.
func (o *Opinion) corrected(list []query.Correction) {
	if len(o.Said) > 0 {
		o.Chosen = o.Said[0].Value
	}
	for i := len(list) - 1; i >= 0; i-- {
		switch {
		case list[i].Field != o.Field:
		case o.Now == nil:
			o.Now, o.Chosen = &list[i], list[i].Value
		default:
			o.Before = append(o.Before, list[i])
		}
	}
}
