// Package rules is the pages of the rules: which are in force and how often
// they hold, the draft, its trial on past posts, its publication and its
// versions, and one rule with its form and the question why it holds for a
// text. It decides nothing about posts and shows what files define read-only,
// with the file's name.
package rules

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/api"
	"huiying/internal/web/door"
	"huiying/internal/web/frame"
)

// Options is what the pages work with; all are required.
type Options struct {
	Frame *frame.Frame
	Rules api.Rules
	Units func(ctx context.Context) ([]huiying.Unit, error)
}

// Pages are the pages.
type Pages struct {
	*frame.Frame
	o Options
}

// New makes the pages.
func New(o Options) *Pages { return &Pages{o.Frame, o} }

// ListView is the list of rules.
type ListView struct {
	query.RuleBook
	Trial   query.RuleTrial
	Running bool
	May     May
	Note    string // typed, of a publication that was refused
}

// May is what whoever looks may do.
type May struct {
	Write   bool
	Publish bool
	Posts   bool // see them
}

func may(r *http.Request) May {
	a := frame.Must(r)
	return May{door.RuleWriters().Lets(a), door.RulePublishers().Lets(a), door.Watchers().Lets(a)}
}

// List shows the rules.
func (p *Pages) List(w http.ResponseWriter, r *http.Request) error { return p.list(w, r, nil) }

func (p *Pages) list(w http.ResponseWriter, r *http.Request, problem error) error {
	book, err := p.o.Rules.Book(r.Context())
	if err != nil {
		return err
	}
	v := ListView{RuleBook: book, May: may(r), Note: r.PostFormValue("note")}
	v.Trial, v.Running = p.trial(r)
	return p.show(w, r, "rules", v, problem)
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request, page string, v any, problem error) error {
	base := p.Base(r, "web.nav.rules")
	base.Main, base.Problem = v, problem
	return p.Answer(w, r, page, base)
}

func (p *Pages) trial(r *http.Request) (t query.RuleTrial, running bool) {
	if t = p.o.Rules.Trial(r.Context()); !may(r).Posts {
		t = t.WithoutSamples()
	}
	return t, !t.BeganAt.IsZero() && t.EndedAt.IsZero()
}

// Publish puts the draft in force, or goes back to a version.
func (p *Pages) Publish(w http.ResponseWriter, r *http.Request) error {
	n := query.RulePublication{Note: r.PostFormValue("note"), Actor: frame.Must(r).Actor()}
	done := "publish"
	var err error
	if n.Seen, err = strconv.Atoi(r.PostFormValue("draft")); err == nil && r.PostFormValue("back") != "" {
		done = "back"
		n.Back, err = strconv.Atoi(r.PostFormValue("back"))
	}
	if err != nil {
		return p.list(w, r, huiying.Errorf(huiying.Invalid, "web.error.no_action"))
	}
	err = p.o.Rules.Publish(r.Context(), n)
	return p.answer(w, r, err, "/rules?done=rules_"+done, func(err error) error { return p.list(w, r, err) })
}

// Try begins a trial of the draft, or stops it.
func (p *Pages) Try(w http.ResponseWriter, r *http.Request) error {
	if r.PostFormValue("do") == "stop" {
		p.o.Rules.StopTrial(r.Context())
		return frame.Done(w, r, "/rules?done=rules_stop")
	}
	days, _ := strconv.Atoi(r.PostFormValue("days")) // what is no number is out of bounds
	err := p.o.Rules.Try(r.Context(), days, frame.Must(r).Actor())
	return p.answer(w, r, err, "/rules?done=rules_try", func(err error) error { return p.list(w, r, err) })
}

func (p *Pages) answer(w http.ResponseWriter, r *http.Request, err error, to string, again func(error) error) error {
	switch {
	case err == nil:
		return frame.Done(w, r, to)
	case frame.Ours(err):
		return err
	}
	return again(err)
}

// RuleView is one rule with its form, or a new one.
type RuleView struct {
	Rule   query.RuleRow
	New    bool
	Draft  int
	May    May
	Places string // words that a new rule is made of
	About  string
	Events string
	Title  string // of the text that is asked about
	Text   string
	Answer *query.RuleAnswer
	Levels []huiying.Level
	Units  []huiying.Unit
}

// New shows the form of a new rule.
func (p *Pages) New(w http.ResponseWriter, r *http.Request) error {
	return p.rule(w, r, RuleView{New: true, Rule: query.RuleRow{NewRule: query.NewRule{Level: huiying.LevelYellow}}}, nil)
}

// Rule shows one rule.
func (p *Pages) Rule(w http.ResponseWriter, r *http.Request) error {
	return p.rule(w, r, RuleView{}, nil)
}

// rule shows v, completed by what the book says of its rule.
func (p *Pages) rule(w http.ResponseWriter, r *http.Request, v RuleView, problem error) error {
	book, err := p.o.Rules.Book(r.Context())
	if err != nil {
		return err
	}
	if id := r.PathValue("id"); !v.New {
		i := slices.IndexFunc(book.Rules, func(row query.RuleRow) bool { return row.ID == id })
		if i < 0 {
			return huiying.Errorf(huiying.NotFound, "rule.none", id)
		}
		typed := v.Rule.NewRule
		if v.Rule = book.Rules[i]; typed.ID != "" {
			v.Rule.NewRule = typed
		}
	}
	v.Draft, v.May = book.Draft, may(r)
	v.Levels = []huiying.Level{huiying.LevelRed, huiying.LevelOrange, huiying.LevelYellow, huiying.LevelBlue, huiying.LevelNone}
	if v.Units, err = p.o.Units(r.Context()); err != nil {
		return err
	}
	return p.show(w, r, "rule", v, problem)
}

// Change keeps or removes a rule of the draft.
func (p *Pages) Change(w http.ResponseWriter, r *http.Request) error {
	v := RuleView{New: r.PathValue("id") == ""}
	v.Places, v.About, v.Events = r.PostFormValue("places"), r.PostFormValue("about"), r.PostFormValue("events")
	v.Rule.NewRule = typed(r, v)
	seen, err := strconv.Atoi(r.PostFormValue("draft"))
	if err != nil {
		return p.rule(w, r, v, huiying.Errorf(huiying.Invalid, "web.error.no_action"))
	}
	c := query.RuleChange{Rule: v.Rule.NewRule, Was: r.PathValue("id"), Remove: r.PostFormValue("do") == "remove", Seen: seen, Actor: frame.Must(r).Actor()}
	_, err = p.o.Rules.Change(r.Context(), c)
	to := "/rules/" + url.PathEscape(c.Rule.ID) + "?done=rule_saved"
	if c.Remove {
		to = "/rules?done=rule_removed"
	}
	return p.answer(w, r, err, to, func(err error) error { return p.rule(w, r, v, err) })
}

// Why says why a rule holds for a text, or does not. It keeps nothing; it is a
// POST because texts do not belong in addresses.
func (p *Pages) Why(w http.ResponseWriter, r *http.Request) error {
	v := RuleView{Title: r.PostFormValue("title"), Text: r.PostFormValue("text")}
	a, err := p.o.Rules.Explain(r.Context(), query.RuleQuestion{Rule: r.PathValue("id"), Title: v.Title, Text: v.Text})
	if err == nil {
		v.Answer = &a
	} else if frame.Ours(err) {
		return err
	}
	return p.rule(w, r, v, err)
}

// typed is the rule of the form; one without an expression is made of the words
// in its three boxes.
func typed(r *http.Request, v RuleView) query.NewRule {
	n := query.NewRule{
		ID: strings.TrimSpace(r.PostFormValue("id")), Name: strings.TrimSpace(r.PostFormValue("name")), When: strings.TrimSpace(r.PostFormValue("when")),
		Level: huiying.Level(r.PostFormValue("level")), Notify: strings.Fields(r.PostFormValue("notify")), Off: r.PostFormValue("off") != "",
	}
	for line := range strings.Lines(r.PostFormValue("exclude")) {
		if line = strings.TrimSpace(line); line != "" {
			n.Exclude = append(n.Exclude, line)
		}
	}
	n.Notify = append(n.Notify, r.PostForm["unit"]...)
	slices.Sort(n.Notify)
	n.Notify = slices.Compact(n.Notify)
	if n.When == "" {
		n.When = Compose(v.Places, v.About, v.Events)
	}
	return n
}
