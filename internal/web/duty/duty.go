// Package duty is the page of the duty rosters (值班): who is on duty now and in
// the days to come, the gaps, and the forms by which people stand in for each
// other. It decides nothing about who is told and edits no roster itself.
package duty

import (
	"context"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/web/api"
	"huiying/internal/web/door"
	"huiying/internal/web/frame"
)

// Options is what the page works with; all are required.
type Options struct {
	Frame     *frame.Frame
	Catalogue *locale.Catalogue
	Duty      api.Duty
	Zone      *time.Location
	Now       func() time.Time
	Calendar  func(shifts []huiying.DutyShift, person, title string, now time.Time) string // the shifts of a person as an iCalendar file
}

// Pages answers the page.
type Pages struct {
	*frame.Frame
	o Options
}

// New makes the page.
func New(o Options) *Pages { return &Pages{o.Frame, o} }

// shown is how many days the page shows.
const shown = 14

// View is the page.
type View struct {
	query.Duty
	Rosters []Roster
	May     bool               // whoever looks may change who is on duty
	Typed   huiying.DutyChange // what was refused
	Table   []string           // what is wrong with a table, a sentence a row
}

// UnprovenNow are those on duty now in a roster of whose contacts nobody knows
// that one reaches them.
func (v View) UnprovenNow(r Roster) (out []huiying.Person) {
	for _, p := range v.People {
		on := slices.ContainsFunc(r.Now, func(s huiying.DutyShift) bool { return s.Person == p.ID })
		if on && len(p.Contacts) > 0 && !slices.ContainsFunc(p.Contacts, func(c huiying.Contact) bool { return !c.Unproven() }) {
			out = append(out, p)
		}
	}
	return out
}

// Roster is one roster by days.
type Roster struct {
	query.DutyRoster
	Days []Day
}

// Day is the shifts and gaps that begin on a day.
type Day struct {
	At     time.Time
	Shifts []huiying.DutyShift
	Gaps   []huiying.DutyGap
}

// Page shows it.
func (s *Pages) Page(w http.ResponseWriter, r *http.Request) error { return s.show(w, r, View{}, nil) }

func (s *Pages) show(w http.ResponseWriter, r *http.Request, v View, problem error) error {
	from := api.Today(s.o.Now(), s.o.Zone)
	var err error
	if v.Duty, err = s.o.Duty.Duty(r.Context(), from, from.AddDate(0, 0, shown)); err != nil {
		return err
	}
	v.Duty = v.Duty.For(frame.Must(r).Actor())
	v.May = door.Rosterers().Lets(frame.Must(r))
	for _, one := range v.Duty.Rosters {
		v.Rosters = append(v.Rosters, Roster{one, s.days(from, one)})
	}
	if v.Typed.From.IsZero() {
		next := s.o.Now().In(s.o.Zone).Truncate(time.Hour).Add(time.Hour)
		v.Typed.From, v.Typed.Until = next, next.Add(9*time.Hour)
	}
	p := s.Base(r, "web.nav.duty")
	p.Main, p.Problem = v, problem
	return s.Answer(w, r, "duty", p)
}

// days sorts shifts and gaps into the days on which they begin; what began
// before is of the first.
func (s *Pages) days(from time.Time, one query.DutyRoster) []Day {
	days := make([]Day, 0, shown)
	for i := range shown {
		days = append(days, Day{At: from.AddDate(0, 0, i)})
	}
	index := func(t time.Time) int {
		i := slices.IndexFunc(days, func(d Day) bool { return d.At.After(t) })
		switch {
		case i < 0:
			return shown - 1
		case i == 0:
			return 0
		}
		return i - 1
	}
	for _, sh := range one.Shifts {
		d := &days[index(sh.From)]
		d.Shifts = append(d.Shifts, sh)
	}
	for _, g := range one.Gaps {
		d := &days[index(g.From)]
		d.Gaps = append(d.Gaps, g)
	}
	return days
}

// Change makes an override or a swap, or takes one back.
func (s *Pages) Change(w http.ResponseWriter, r *http.Request) error {
	actor := frame.Must(r).Actor()
	if id := r.PostFormValue("withdraw"); id != "" {
		return s.answer(w, r, View{}, s.o.Duty.Withdraw(r.Context(), id, actor))
	}
	c := huiying.DutyChange{
		Roster: r.PostFormValue("roster"), Kind: r.PostFormValue("kind"), Instead: r.PostFormValue("instead"), Who: r.PostFormValue("who"),
		From: s.when(r, "from"), Until: s.when(r, "until"), Reason: strings.TrimSpace(r.PostFormValue("reason")), By: actor.ID,
	}
	if c.Kind == huiying.DutySwap {
		c.BackFrom, c.BackUntil = s.when(r, "back_from"), s.when(r, "back_until")
	}
	_, err := s.o.Duty.Change(r.Context(), c)
	return s.answer(w, r, View{Typed: c}, err)
}

// when reads a datetime-local field in the office zone; zero when it is none.
func (s *Pages) when(r *http.Request, field string) time.Time {
	t, err := time.ParseInLocation("2006-01-02T15:04", r.PostFormValue(field), s.o.Zone)
	if err != nil {
		return time.Time{}
	}
	return t
}

func (s *Pages) answer(w http.ResponseWriter, r *http.Request, v View, err error) error {
	switch {
	case err == nil:
		return frame.Done(w, r, "/duty?done=duty")
	case frame.Ours(err):
		return err
	}
	return s.show(w, r, v, err)
}

// inMemory is how much of an upload stays in memory.
const inMemory = 1 << 20

// Table takes a table in.
func (s *Pages) Table(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseMultipartForm(inMemory); err != nil {
		return s.show(w, r, View{}, huiying.Errorf(huiying.Invalid, "web.duty.no_file"))
	}
	defer func() { _ = r.MultipartForm.RemoveAll() }() // temporary files; the answer does not depend on it
	file, head, err := r.FormFile("file")
	if err != nil {
		return s.show(w, r, View{}, huiying.Errorf(huiying.Invalid, "web.duty.no_file"))
	}
	raw, err := io.ReadAll(file)
	if err == nil {
		err = file.Close()
	}
	if err != nil {
		return err
	}
	_, problems, err := s.o.Duty.PutTable(r.Context(), query.DutyTable{
		Roster: r.PostFormValue("roster"), Name: filepath.Base(head.Filename), Body: raw, Actor: frame.Must(r).Actor(),
	})
	if err != nil || len(problems) == 0 {
		return s.answer(w, r, View{}, err)
	}
	v := View{}
	lang := s.Base(r, "web.nav.duty").Lang
	for _, p := range problems {
		v.Table = append(v.Table, s.o.Catalogue.Sentence(lang, p))
	}
	return s.show(w, r, v, huiying.Errorf(huiying.Invalid, "duty.table.refused", len(problems)))
}

// months is how far the personal calendar looks ahead, in days.
const months = 92

// Mine is the shifts of whoever asks as a calendar file.
func (s *Pages) Mine(w http.ResponseWriter, r *http.Request) error {
	person := frame.Must(r).Person.ID
	from := api.Today(s.o.Now(), s.o.Zone)
	d, err := s.o.Duty.Duty(context.WithoutCancel(r.Context()), from, from.AddDate(0, 0, months))
	if err != nil {
		return err
	}
	var all []huiying.DutyShift
	for _, one := range d.Rosters {
		all = append(all, one.Shifts...)
	}
	title := s.o.Catalogue.Text(s.Base(r, "web.nav.duty").Lang, "web.duty.entry")
	h := w.Header()
	h.Set("Content-Type", "text/calendar; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="duty.ics"`)
	_, err = io.WriteString(w, s.o.Calendar(all, person, title, s.o.Now()))
	return err
}
