// Package silences is the page of silences (静默): what is in force, what was,
// and the form that makes one after showing what it would have kept back. It
// decides nothing: who may, how long and about what is the desk's business.
package silences

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/api"
	"huiying/internal/web/frame"
)

// Options is what the page works with; all are required.
type Options struct {
	Frame    *frame.Frame
	Silences api.Silences
	Units    func(ctx context.Context) ([]huiying.Unit, error)
	Sources  func(ctx context.Context) ([]huiying.Source, error)
	Zone     *time.Location
	Now      func() time.Time
}

// Pages answers the page.
type Pages struct {
	*frame.Frame
	o Options
}

// New makes the page.
func New(o Options) *Pages { return &Pages{o.Frame, o} }

// Row is a silence as it is listed.
type Row struct {
	huiying.Silence
	Now   bool // in force
	Later bool // begins later
}

// View is the page.
type View struct {
	Rows      []Row
	Units     []huiying.Unit
	Levels    []string
	Platforms []string
	Sources   []huiying.Source
	Typed     Typed
	Preview   *query.SilencePreview // of what is typed
}

// Typed is the form as it was sent.
type Typed struct {
	Levels, Units, Platforms     []string
	Sources                      []string
	Rules, Places, Topics, Cases string // words apart
	Hours, Reason, From, Until   string
	Red                          bool
	Days                         int
}

// List shows the silences and an empty form, filled where a link says of what;
// of a source with what the silence would have kept back in a week.
func (s *Pages) List(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	now := s.o.Now().In(s.o.Zone)
	typed := Typed{
		Rules: q.Get("rule"), Topics: q.Get("topic"), Cases: q.Get("case"), Days: 3,
		Until: now.Add(4 * time.Hour).Format(fieldTime),
	}
	v := View{Typed: typed}
	if typed.Sources = q["source"]; len(typed.Sources) == 0 {
		return s.show(w, r, v, nil)
	}
	typed.Days = 7
	v.Typed = typed
	n, err := s.asked(typed)
	if err != nil {
		return err
	}
	n.Actor = frame.Must(r).Actor()
	preview, err := s.o.Silences.TrySilence(r.Context(), n, typed.Days)
	if err != nil {
		return err
	}
	v.Preview = &preview
	return s.show(w, r, v, nil)
}

// fieldTime is how a browser writes a time in a field.
const fieldTime = "2006-01-02T15:04"

func (s *Pages) show(w http.ResponseWriter, r *http.Request, v View, problem error) error {
	list, err := s.o.Silences.Silences(r.Context())
	if err != nil {
		return err
	}
	now := s.o.Now()
	for _, one := range list {
		v.Rows = append(v.Rows, Row{Silence: one, Now: one.In(now), Later: now.Before(one.From) && one.EndedAt.IsZero()})
	}
	if v.Units, err = s.o.Units(r.Context()); err != nil {
		return err
	}
	for _, l := range huiying.Levels() {
		if l.Alerts() {
			v.Levels = append(v.Levels, string(l))
		}
	}
	v.Platforms = huiying.Platforms()
	if v.Sources, err = s.o.Sources(r.Context()); err != nil {
		return err
	}
	p := s.Base(r, "web.silences.title")
	p.Main, p.Problem = v, problem
	return s.Answer(w, r, "silences", p)
}

// Change previews or makes a silence, or ends one.
func (s *Pages) Change(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	actor := frame.Must(r).Actor()
	if id := r.PostFormValue("end"); id != "" {
		return s.answer(w, r, View{Typed: Typed{Days: 3}}, s.o.Silences.EndSilence(r.Context(), id, actor))
	}
	v := View{Typed: typed(r)}
	n, err := s.asked(v.Typed)
	if err != nil {
		return s.show(w, r, v, err)
	}
	n.Actor = actor
	if r.PostFormValue("action") == "make" {
		_, err := s.o.Silences.Silence(r.Context(), n)
		return s.answer(w, r, v, err)
	}
	preview, err := s.o.Silences.TrySilence(r.Context(), n, v.Typed.Days)
	if err == nil {
		v.Preview = &preview
		return s.show(w, r, v, nil)
	}
	return s.answer(w, r, v, err)
}

// answer goes back to the list, or shows what is wrong above the form.
func (s *Pages) answer(w http.ResponseWriter, r *http.Request, v View, err error) error {
	switch {
	case err == nil:
		return frame.Done(w, r, "/silences?done=saved")
	case frame.Ours(err):
		return err
	}
	return s.show(w, r, v, err)
}

func typed(r *http.Request) Typed {
	text := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	t := Typed{
		Levels: r.PostForm["level"], Units: r.PostForm["unit"], Platforms: r.PostForm["platform"], Sources: r.PostForm["source"],
		Rules: text("rules"), Places: text("places"), Topics: text("topics"), Cases: text("cases"), Hours: text("hours"),
		Reason: text("reason"), From: text("from"), Until: text("until"), Red: r.PostFormValue("red") != "",
	}
	t.Days, _ = strconv.Atoi(text("days")) // what is no number is refused as a number of days
	return t
}

// asked is the silence that the form means.
func (s *Pages) asked(t Typed) (n query.NewSilence, err error) {
	n = query.NewSilence{Red: t.Red, Reason: t.Reason, Match: huiying.AlertMatch{
		Units: t.Units, Platforms: t.Platforms, Sources: t.Sources, Rules: words(t.Rules), Places: words(t.Places), Topics: words(t.Topics), Cases: words(t.Cases),
	}}
	for _, l := range t.Levels {
		n.Match.Levels = append(n.Match.Levels, huiying.Level(l))
	}
	if t.Hours != "" {
		n.Match.Hours = strings.FieldsFunc(t.Hours, func(r rune) bool { return strings.ContainsRune(";；\n", r) })
	}
	for _, f := range []struct {
		text string
		into *time.Time
	}{{t.From, &n.From}, {t.Until, &n.Until}} {
		if f.text == "" {
			continue
		}
		at, err := time.ParseInLocation(fieldTime, f.text, s.o.Zone)
		if err != nil {
			return n, huiying.Errorf(huiying.Invalid, "silence.time", f.text)
		}
		*f.into = at
	}
	return n, nil
}

// words splits what is written apart by spaces or commas, full-width ones too.
func words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" ,，、　\t\n", r) })
}
