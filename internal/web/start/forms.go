package start

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/frame"
	"huiying/internal/web/rules"
)

// RuleForm is the form of the first rule.
type RuleForm struct {
	Name    string
	Places  string
	Inside  bool // the places are met inside other words as well
	About   string
	Events  string
	Without string
	Level   huiying.Level
	Unit    string // "" = whoever is on duty is told
	Note    string
}

func (f RuleForm) filled() RuleForm {
	f.Level = cmp.Or(f.Level, huiying.LevelOrange)
	return f
}

func (f RuleForm) when() string {
	if f.Inside {
		return rules.ComposeInside(f.Places, f.About, f.Events)
	}
	return rules.Compose(f.Places, f.About, f.Events)
}

// rule is the rule of the form under a free id.
func (f RuleForm) rule(taken []query.RuleRow) (query.NewRule, error) {
	if f.Places == "" || f.About+f.Events == "" {
		return query.NewRule{}, huiying.Errorf(huiying.Invalid, "start.rule_words")
	}
	if !f.Level.Alerts() {
		return query.NewRule{}, huiying.Errorf(huiying.Invalid, "start.rule_level")
	}
	n := query.NewRule{Name: f.Name, When: f.when(), Level: f.Level}
	if n.Name == "" {
		return n, huiying.Errorf(huiying.Invalid, "start.rule_name")
	}
	if without := rules.Compose("", f.Without, ""); without != "" {
		n.Exclude = []string{without}
	}
	if f.Unit != "" {
		n.Notify = []string{f.Unit}
	}
	for i := 1; ; i++ {
		n.ID = "first-" + strconv.Itoa(i)
		if !slices.ContainsFunc(taken, func(r query.RuleRow) bool { return r.ID == n.ID }) {
			return n, nil
		}
	}
}

// trialDays is over how many days the draft is tried.
const trialDays = 30

// ChangeRule gives advice on a rule, keeps it in the draft and tries it, or
// publishes the draft.
func (p *Pages) ChangeRule(w http.ResponseWriter, r *http.Request) error {
	by := frame.Must(r).Actor()
	v := View{Open: query.StepRule, Rule: RuleForm{
		Name: form(r, "name"), Places: form(r, "places"), Inside: form(r, "inside") != "", About: form(r, "about"), Events: form(r, "events"),
		Without: form(r, "without"), Level: huiying.Level(form(r, "level")), Unit: form(r, "unit"), Note: form(r, "note"),
	}}
	switch form(r, "do") {
	case "advise":
		_, err := v.Rule.rule(nil)
		if err == nil {
			v.Advice, err = p.o.Desk.Places(v.Rule.Places)
		}
		if err != nil {
			return p.answer(w, r, v, err)
		}
		v.Expression = v.Rule.when()
		return p.show(w, r, v, nil)
	case "draft":
		return p.answer(w, r, v, p.draft(r, v.Rule, by))
	case "publish":
		seen, _ := strconv.Atoi(form(r, "draft")) // what is no number was never seen
		return p.answer(w, r, v, p.o.Rules.Publish(r.Context(), query.RulePublication{Seen: seen, Note: v.Rule.Note, Actor: by}))
	}
	return p.answer(w, r, v, huiying.Errorf(huiying.Invalid, "web.error.no_action"))
}

// draft keeps a rule in the draft and begins its trial; a trial that runs
// already is left alone.
func (p *Pages) draft(r *http.Request, f RuleForm, by huiying.Actor) error {
	if _, err := p.o.Desk.Places(f.Places); err != nil {
		return err
	}
	book, err := p.o.Rules.Book(r.Context())
	if err != nil {
		return err
	}
	rule, err := f.rule(book.Rules)
	if err != nil {
		return err
	}
	if _, err := p.o.Rules.Change(r.Context(), query.RuleChange{Rule: rule, Seen: book.Draft, Actor: by}); err != nil {
		return err
	}
	err = p.o.Rules.Try(r.Context(), trialDays, by)
	if huiying.ErrorCode(err) == huiying.Conflict {
		return nil
	}
	return err
}

// RosterForm is the form of the first roster.
type RosterForm struct {
	Name   string
	First  string
	Second string
	Over   string // hour of the hand-over
	Start  string // a day
}

func (f RosterForm) filled(now time.Time) RosterForm {
	f.Over = cmp.Or(f.Over, "08:30")
	if f.Start == "" {
		monday := now.AddDate(0, 0, -(int(now.Weekday())+6)%7)
		f.Start = monday.Format(time.DateOnly)
	}
	return f
}

// roster is two people in weekly turns, round the clock.
func (f RosterForm) roster(s query.Start) (huiying.Roster, error) {
	for _, id := range []string{f.First, f.Second} {
		i := slices.IndexFunc(s.People, func(p query.StartPerson) bool { return p.ID == id })
		switch {
		case id == "" || i < 0:
			return huiying.Roster{}, huiying.Errorf(huiying.Invalid, "start.roster_people")
		case !s.People[i].Reachable:
			return huiying.Roster{}, huiying.Errorf(huiying.Invalid, "start.roster_mute", s.People[i].Name)
		}
	}
	if f.First == f.Second {
		return huiying.Roster{}, huiying.Errorf(huiying.Invalid, "start.roster_twice")
	}
	if f.Name == "" {
		return huiying.Roster{}, huiying.Errorf(huiying.Invalid, "start.roster_name")
	}
	id := "main"
	for n := 2; slices.ContainsFunc(s.Rosters, func(r query.DutyRoster) bool { return r.Roster.ID == id }); n++ {
		id = "main-" + strconv.Itoa(n)
	}
	return huiying.Roster{ID: id, Name: f.Name, Layers: []huiying.RosterLayer{{
		ID: "desk", Name: f.Name, HandOver: f.Over, Turn: huiying.TurnWeek, Start: f.Start, People: []string{f.First, f.Second},
	}}}, nil
}

// AddRoster makes the roster of two people.
func (p *Pages) AddRoster(w http.ResponseWriter, r *http.Request) error {
	v := View{Open: query.StepRoster, Roster: RosterForm{
		Name: form(r, "name"), First: form(r, "first"), Second: form(r, "second"), Over: form(r, "over"), Start: form(r, "start"),
	}}
	s, err := p.o.Desk.Standing(r.Context())
	if err != nil {
		return err
	}
	roster, err := v.Roster.filled(p.o.Now().In(p.o.Zone)).roster(s)
	if err == nil {
		err = p.o.Duty.PutRoster(r.Context(), roster, frame.Must(r).Actor())
	}
	return p.answer(w, r, v, err)
}
