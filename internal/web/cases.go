package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/door"
)

// CasesView is the list of cases with its filter.
type CasesView struct {
	Filter CaseFilter
	List   query.CaseList
	Units  []huiying.Unit
	Saved  []SavedView
	Next   string
}

// CaseFilter is the filter as it stands in the address.
type CaseFilter struct {
	View   string // mine, unit, open, soon, overdue, closed, all
	Levels []string
	Unit   string
	State  string
	Text   string
}

// SavedView is one of the lists people work with, as a link.
type SavedView struct {
	Name   string
	Href   string
	Active bool
}

// caseViews are the saved views in their order; the first is the default.
func caseViews() []string {
	return []string{"open", "mine", "unit", "soon", "overdue", "closed", "all"}
}

func readCaseFilter(q url.Values) (f CaseFilter, before string) {
	f = CaseFilter{View: q.Get("view"), Levels: knownLevels(q["level"]), Unit: q.Get("unit"), State: q.Get("state"), Text: strings.TrimSpace(q.Get("q"))}
	if !slices.Contains(caseViews(), f.View) {
		f.View = caseViews()[0]
		if f.State != "" {
			f.View = "all"
		}
	}
	return f, q.Get("before")
}

func (f CaseFilter) query(before string) string {
	q := url.Values{}
	for _, l := range f.Levels {
		q.Add("level", l)
	}
	for _, e := range [][2]string{{"view", f.View}, {"unit", f.Unit}, {"state", f.State}, {"q", f.Text}, {"before", before}} {
		if e[1] != "" {
			q.Set(e[0], e[1])
		}
	}
	return q.Encode()
}

// ask is the filter as a question to the store.
func (f CaseFilter) ask(a query.Account, before string) query.CaseFilter {
	ask := query.CaseFilter{Scope: a.Scope(), Levels: asLevels(f.Levels), Unit: f.Unit, Text: f.Text, Before: before}
	switch f.View {
	case "open":
		ask.Open, ask.ByDue, ask.Limit = true, true, 500
	case "mine":
		ask.Open, ask.ByDue, ask.Owner, ask.Limit = true, true, a.Person.ID, 500
	case "unit":
		ask.Open, ask.ByDue, ask.Unit, ask.Limit = true, true, a.Person.Unit, 500
	case query.ClockSoon, query.ClockOverdue:
		ask.Clock, ask.Limit = f.View, 500
	case "closed":
		ask.States = []huiying.CaseState{huiying.StateResponded, huiying.StateClosed, huiying.StateArchived}
	}
	if f.State != "" {
		ask.States = []huiying.CaseState{huiying.CaseState(f.State)}
	}
	return ask
}

func (s *Server) cases(w http.ResponseWriter, r *http.Request) error {
	f, before := readCaseFilter(r.URL.Query())
	a := must(r)
	list, err := s.o.Views.Cases(r.Context(), f.ask(a, before))
	if err != nil {
		return err
	}
	units, err := s.o.Units(r.Context())
	if err != nil {
		return err
	}
	v := CasesView{Filter: f, List: list, Units: units}
	for _, name := range caseViews() {
		if name == "unit" && a.Person.Unit == "" {
			continue
		}
		other := f
		other.View, other.State = name, ""
		v.Saved = append(v.Saved, SavedView{Name: name, Href: "/cases?" + other.query(""), Active: name == f.View})
	}
	if list.Next != "" {
		v.Next = "/cases?" + f.query(list.Next)
	}
	p := s.base(r, "web.nav.cases")
	p.Main = v
	return s.show(w, r, http.StatusOK, "cases", p)
}

// CaseView is one case with everything that happened to it and everything
// that may be done.
type CaseView struct {
	query.CasePage
	Choices  []ChoiceView
	Timeline []Moment
	Drafts   []Draft
	Approved string // the words that may be published, as far as they are kept
}

// ChoiceView is one action as a form, or the reason why it is not one.
type ChoiceView struct {
	huiying.Choice
	Inputs []Input
	Key    string // the shortcut in the inbox
	Main   bool   // the step the state waits for
}

// Input is one field of an action.
type Input struct {
	Name     string
	Kind     string // unit, owner, level, kind, disposition, area, line, url, when, tick, case, post, hidden
	Required bool
	Value    string
	Options  []Option
}

// Option is one value of a select.
type Option struct{ Value, Label string }

// Moment is one entry of the timeline, the newest first.
type Moment struct {
	At       time.Time
	Step     *huiying.Step
	Delivery *huiying.Delivery
	Words    []string // kept texts of the step, in the order of their fields; a draft stands with the drafts
	Purged   bool     // the step names words that are no longer kept
	Facts    []Fact
}

// Fact is one thing a step says, as name and value.
type Fact struct {
	Name, Value string
	At          time.Time // of a fact that is a time
}

// Draft is one version of the reply.
type Draft struct {
	N        int
	By       string
	At       time.Time
	Text     string // "" when purged
	Digest   string
	Current  bool
	Approved bool
}

func (s *Server) casePage(w http.ResponseWriter, r *http.Request) error {
	return s.showCase(w, r, nil)
}

func (s *Server) showCase(w http.ResponseWriter, r *http.Request, problem error) error {
	a := must(r)
	page, err := s.o.Views.Case(r.Context(), a.Scope(), r.PathValue("no"))
	if err != nil {
		return err
	}
	v := CaseView{CasePage: page, Choices: s.choices(page.Case, a), Timeline: s.timeline(page), Drafts: drafts(page)}
	v.Approved = page.Texts[page.Case.Approved.Digest]
	units, err := s.o.Units(r.Context())
	if err != nil {
		return err
	}
	people, err := s.colleagues(r.Context())
	if err != nil {
		return err
	}
	for i := range v.Choices {
		s.fillInputs(&v.Choices[i], page.Case, units, people)
	}
	keepTyped(v.Choices, r)
	p := s.base(r, "web.case.title")
	p.Main, p.Problem = v, problem
	status := http.StatusOK
	if problem != nil {
		status = statusOf(problem)
	}
	return s.show(w, r, status, "case", p)
}

// keepTyped puts what was typed back into the form that was refused.
func keepTyped(choices []ChoiceView, r *http.Request) {
	action := r.PostFormValue("action")
	for i := range choices {
		if choices[i].Action != action || r.Method != http.MethodPost {
			continue
		}
		choices[i].Main = true
		for k, in := range choices[i].Inputs {
			if typed := r.PostFormValue("f." + in.Name); typed != "" && in.Kind != "hidden" {
				choices[i].Inputs[k].Value = typed
			}
		}
	}
}

func statusOf(err error) int { return door.Status(huiying.ErrorCode(err)) }

// act takes one step of the case.
func (s *Server) act(w http.ResponseWriter, r *http.Request) error {
	a := must(r)
	no := r.PathValue("no")
	// What another unit's case looks like is not told through its refusals.
	if _, err := s.o.Views.Case(r.Context(), a.Scope(), no); err != nil {
		return err
	}
	cmd, err := command(r, no, a)
	if err == nil {
		_, err = s.o.Cases.Do(r.Context(), cmd)
	}
	switch {
	case err == nil:
		return done(w, r, afterStep(r, no, cmd.Action))
	case statusOf(err) == http.StatusInternalServerError:
		return err
	}
	return s.showCase(w, r, err)
}

// afterStep is where to go when a step is done: back to the list it was taken
// from, if that says so.
func afterStep(r *http.Request, no, action string) string {
	q := url.Values{"done": {action}}.Encode()
	if back := ownPath(r.PostFormValue("back")); back == "/alerts" {
		return back + "?" + q
	}
	return "/cases/" + no + "?" + q
}

// mainSteps are the steps each state waits for.
func mainStep(s huiying.CaseState) string {
	switch s {
	case huiying.StatePendingTriage:
		return "assign"
	case huiying.StateAwaitingAck:
		return "ack"
	case huiying.StateHandling:
		return "submit"
	case huiying.StateInReview:
		return "approve"
	case huiying.StateApproved:
		return "publish"
	case huiying.StateResponded, huiying.StateFollowUp:
		return "close"
	}
	return ""
}

// inboxKeys are the shortcuts of triage; only what the machine offers has one.
var inboxKeys = map[string]string{"assign": "1", "merge": "2", "dismiss": "3", "watch": "4", "regrade": "e"}

// choices are the machine's choices as forms, the awaited step first.
func (s *Server) choices(c huiying.Case, a query.Account) []ChoiceView {
	var out []ChoiceView
	for _, choice := range s.o.Cases.Choices(c, a.Actor()) {
		v := ChoiceView{Choice: choice, Main: choice.Action == mainStep(c.State), Key: inboxKeys[choice.Action]}
		for _, name := range choice.Fields {
			bare, required := strings.CutSuffix(name, "!")
			if kind := inputKind(bare); kind != "" {
				v.Inputs = append(v.Inputs, Input{Name: bare, Kind: kind, Required: required})
			}
		}
		out = append(out, v)
	}
	slices.SortStableFunc(out, func(x, y ChoiceView) int { return cmp.Compare(rank(x), rank(y)) })
	return out
}

func rank(c ChoiceView) int {
	switch {
	case c.Main && c.Allowed:
		return 0
	case c.Allowed:
		return 1
	}
	return 2
}

// inputKind is how a field of a command is asked for; "" for those that no
// form fills in.
func inputKind(field string) string {
	switch field {
	case "unit", "owner", "level", "kind", "disposition":
		return field
	case "text", "note", "reason":
		return "area"
	case "url":
		return "url"
	case "receipt", "post":
		return "line"
	case "at":
		return "when"
	case "secrecy", "business":
		return "tick"
	case "digest":
		return "hidden"
	}
	return ""
}

// kinds and dispositions are the values the machine knows, as it lists them.
var (
	kinds        = []string{"policy", "vital_interest", "livelihood", "emergency", "superior"}
	dispositions = []string{"constructive", "difficulty", "major_problem", "unclear", "mistaken", "false"}
)

// fillInputs gives the inputs of a choice their options and first values.
func (s *Server) fillInputs(v *ChoiceView, c huiying.Case, units []huiying.Unit, people []huiying.Person) {
	publish := v.Action == "publish"
	v.Inputs = slices.DeleteFunc(v.Inputs, func(in Input) bool { return publish && in.Name == "text" })
	for i := range v.Inputs {
		in := &v.Inputs[i]
		switch in.Kind {
		case "unit":
			in.Options = unitOptions(units)
			if v.Action == "reassign" {
				in.Value = c.Unit
			}
		case "owner":
			in.Options = peopleOptions(people, s.names)
		case "level":
			for _, l := range huiying.Levels() {
				in.Options = append(in.Options, Option{Value: string(l)})
			}
			in.Value = string(c.Level)
		case "kind":
			in.Options, in.Value = plainOptions(kinds), c.Kind
		case "disposition":
			in.Options, in.Value = plainOptions(dispositions), c.Disposition
		case "when":
			in.Value = s.o.Now().In(s.o.Zone).Format("2006-01-02T15:04")
		case "hidden":
			in.Value = c.Approved.Digest
		}
	}
}

func unitOptions(units []huiying.Unit) []Option {
	out := make([]Option, len(units))
	for i, u := range units {
		out[i] = Option{u.ID, u.Name}
	}
	return out
}

func peopleOptions(people []huiying.Person, n *names) []Option {
	out := make([]Option, len(people))
	for i, p := range people {
		out[i] = Option{p.ID, p.Name}
		if p.Unit != "" {
			out[i].Label = p.Name + " · " + n.Unit(p.Unit)
		}
	}
	return out
}

func plainOptions(values []string) []Option {
	out := make([]Option, len(values))
	for i, v := range values {
		out[i] = Option{Value: v}
	}
	return out
}
