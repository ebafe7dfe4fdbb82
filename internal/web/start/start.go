// Package start is the set-up path: from an empty office to its first alert, a
// step at a time, each with how far it is, why it matters and its form. It keeps
// no marks: what is stored decides what is done. It refuses to change what a
// file defines, and shows such things with the file's name.
package start

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"huiying"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/web/api"
	"huiying/internal/web/door"
	"huiying/internal/web/frame"
	"huiying/internal/web/newcomer"
)

// Desk knows how far an office is, and takes sources and drills.
type Desk interface {
	Standing(ctx context.Context) (query.Start, error)
	Drill(ctx context.Context, rule string, by huiying.Actor) error
	Sources
	// Places says of each name in a list how it meets other words.
	Places(list string) ([]query.PlaceAdvice, error)
}

// Sources tries and registers sources.
type Sources interface {
	Ways() []string
	TrySource(ctx context.Context, n query.NewSource) (query.SourceTrial, error)
	PutSource(ctx context.Context, n query.NewSource) (id string, err error)
	DropSource(ctx context.Context, id string, by huiying.Actor) error
}

// People makes accounts and changes them; huiying.Forbidden for one that a file
// defines.
type People interface {
	ByID(ctx context.Context, id string) (query.Account, error)
	newcomer.People
	Update(ctx context.Context, by string, p huiying.Person) error
}

// Options is what the pages work with; all are required.
type Options struct {
	Frame  *frame.Frame
	Desk   Desk
	Rules  api.Rules
	Duty   api.Rosters
	Ways   api.Channels
	People People
	Invite newcomer.Invite
	// Accounts lists who is here, to name the administrators.
	Accounts func(ctx context.Context) ([]query.Account, error)
	Zone     *time.Location
	Now      func() time.Time
}

// Pages answers the pages.
type Pages struct {
	*frame.Frame
	o     Options
	ready atomic.Int64 // until when nobody looks again whether posts are read and rules hold, in microseconds
}

// New makes the pages.
func New(o Options) *Pages { return &Pages{Frame: o.Frame, o: o} }

// View is the page.
type View struct {
	query.Start
	Open    string // the step that is unfolded
	Browser string // the address by which whoever looks reached the page

	Person huiying.Person // typed
	Roles  []huiying.Role
	Link   string // an invitation just made, shown once
	For    string
	Trial  *query.Trial // of a channel

	Ways        []string
	Source      query.NewSource // typed
	SourceTrial *query.SourceTrial

	Rule       RuleForm
	Advice     []query.PlaceAdvice
	Expression string
	Levels     []huiying.Level
	Trying     query.RuleTrial
	Running    bool

	Roster RosterForm
	Drill  string // id of the rule, typed
}

// Page shows how far the office is.
func (p *Pages) Page(w http.ResponseWriter, r *http.Request) error {
	return p.show(w, r, View{Open: r.URL.Query().Get("step")}, nil)
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request, v View, problem error) error {
	var err error
	if v.Start, err = p.o.Desk.Standing(r.Context()); err != nil {
		return err
	}
	if !slices.ContainsFunc(v.Steps, func(s query.StartStep) bool { return s.Key == v.Open }) {
		v.Open = v.Next()
	}
	v.Browser = r.Host
	v.Roles, v.Ways = huiying.Roles(), p.o.Desk.Ways()
	v.Levels = []huiying.Level{huiying.LevelRed, huiying.LevelOrange, huiying.LevelYellow, huiying.LevelBlue}
	v.Trying = p.o.Rules.Trial(r.Context()).WithoutSamples()
	v.Running = !v.Trying.BeganAt.IsZero() && v.Trying.EndedAt.IsZero()
	v.Rule, v.Roster = v.Rule.filled(), v.Roster.filled(p.o.Now().In(p.o.Zone))
	page := p.Base(r, "web.start.title")
	page.Main, page.Problem = v, problem
	return p.Answer(w, r, "start", page)
}

// answer leads back to the page, or shows it with what was refused.
func (p *Pages) answer(w http.ResponseWriter, r *http.Request, v View, err error) error {
	switch {
	case err == nil:
		return frame.Done(w, r, "/start?step="+v.Open+"&done=start_"+v.Open+"#"+v.Open)
	case frame.Ours(err):
		return err
	}
	return p.show(w, r, v, err)
}

// AddPerson makes an account and shows its invitation once, or gives somebody a
// channel.
func (p *Pages) AddPerson(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	v := View{Open: query.StepPeople, For: form(r, "id")}
	if form(r, "do") == "contact" {
		return p.answer(w, r, v, p.contact(r, v.For))
	}
	var err error
	if v.Person, v.Link, err = newcomer.Add(r, p.o.People, p.o.Invite); err != nil {
		return p.answer(w, r, v, err)
	}
	return p.show(w, r, v, nil)
}

// contact has a person told over a channel first of all; other channels stay.
func (p *Pages) contact(r *http.Request, id string) error {
	a, err := p.o.People.ByID(r.Context(), id)
	if err != nil {
		return err
	}
	first := huiying.Contact{Channel: form(r, "channel"), Address: form(r, "address")}
	if first.Channel == "" {
		return huiying.Errorf(huiying.Invalid, "start.no_channel")
	}
	a.Person.Contacts = append([]huiying.Contact{first}, slices.DeleteFunc(slices.Clone(a.Person.Contacts), func(c huiying.Contact) bool {
		return c.Channel == first.Channel
	})...)
	return p.o.People.Update(r.Context(), frame.Must(r).Person.ID, a.Person)
}

// Test tries a channel, or sends a drill.
func (p *Pages) Test(w http.ResponseWriter, r *http.Request) error {
	a := frame.Must(r)
	if form(r, "do") == "channel" {
		v := View{Open: query.StepPeople}
		trial, err := p.o.Ways.Try(r.Context(), query.TrialOf{
			Channel: form(r, "channel"), Address: form(r, "address"), By: a.Person, Lang: locale.Lang(p.Base(r, "").Lang),
		})
		if err != nil {
			return p.answer(w, r, v, err)
		}
		v.Trial = &trial
		return p.show(w, r, v, nil)
	}
	v := View{Open: query.StepDrill, Drill: form(r, "rule")}
	return p.answer(w, r, v, p.o.Desk.Drill(r.Context(), v.Drill, a.Actor()))
}

// ChangeSource tries a source, registers it, or removes one that was registered
// on a page.
func (p *Pages) ChangeSource(w http.ResponseWriter, r *http.Request) error {
	by := frame.Must(r).Actor()
	v := View{Open: query.StepSource, Source: query.NewSource{
		Way: form(r, "way"), Address: form(r, "address"), Name: form(r, "name"), Basis: form(r, "basis"), Reference: form(r, "reference"),
		Holder: form(r, "holder"), Expires: form(r, "expires"), By: by,
	}}
	switch form(r, "do") {
	case "try":
		trial, err := p.o.Desk.TrySource(r.Context(), v.Source)
		if err != nil {
			return p.answer(w, r, v, err)
		}
		v.SourceTrial = &trial
		if len(trial.Posts) > 0 {
			v.Source.Way = trial.Way
		}
		return p.show(w, r, v, nil)
	case "put":
		_, err := p.o.Desk.PutSource(r.Context(), v.Source)
		return p.answer(w, r, v, err)
	case "drop":
		return p.answer(w, r, v, p.o.Desk.DropSource(r.Context(), form(r, "id"), by))
	}
	return p.answer(w, r, v, huiying.Errorf(huiying.Invalid, "web.error.no_action"))
}

func form(r *http.Request, name string) string { return strings.TrimSpace(r.PostFormValue(name)) }

// Lead is what an empty list says to whoever looks: the way to be set up, or
// whom to ask.
type Lead struct {
	Next   string // the step to be done, "" = nothing is missing
	May    bool   // whoever looks may do it
	Admins []string
}

// readyFor is how long an office that is ready is not looked at again: an empty
// list is what good days look like.
const readyFor = 10 * time.Minute

// Lead is the way on from a list that is empty. It is zero where posts are read
// and rules hold: nothing has happened yet.
func (p *Pages) Lead(ctx context.Context, who query.Account) (l Lead, err error) {
	now := p.o.Now()
	if now.UnixMicro() < p.ready.Load() {
		return l, nil
	}
	s, err := p.o.Desk.Standing(ctx)
	if huiying.ErrorCode(err) == huiying.Unavailable {
		return l, nil // nothing is set up here
	}
	if err != nil {
		return l, err
	}
	if s.State(query.StepSource) == query.StepDone && s.State(query.StepRule) == query.StepDone {
		p.ready.Store(now.Add(readyFor).UnixMicro())
		return l, nil
	}
	l.Next, l.May = s.Next(), door.Admins().Lets(who)
	if l.May {
		return l, nil
	}
	accounts, err := p.o.Accounts(ctx)
	for _, a := range accounts {
		if !a.Disabled && door.Admins().Lets(a) {
			l.Admins = append(l.Admins, a.Person.Name)
		}
	}
	return l, err
}
