package notifier

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"huiying"
	"huiying/notifier/route"
)

// History is what is known of earlier tellings and of silences.
type History interface {
	// Silences lists the silences in force at a time.
	Silences(ctx context.Context, at time.Time) ([]huiying.Silence, error)
	// WhoWasTold lists who was told of earlier alerts of the same matter.
	WhoWasTold(ctx context.Context, m huiying.SameMatter) ([]huiying.Told, error)
	// Waiting tells of the delivery's group, person and channel when the message
	// that still waits goes out, and when the last one was due.
	Waiting(ctx context.Context, d huiying.Delivery, now time.Time) (next, last time.Time, err error)
}

// Tellings keeps what was decided about telling.
type Tellings interface {
	SaveTellings(ctx context.Context, f huiying.AlertFacts, tellings []huiying.Telling) error
	// AddRepeat begins a repeat, or has one of the same id go on.
	AddRepeat(ctx context.Context, r huiying.Repeat) error
}

// Router finds who is told of an event by a tree of routes. Tree and Directory
// are required.
type Router struct {
	Tree      *route.Tree
	Directory Directory
	// AssignAbove is the probability from which the likeliest unit gets a case
	// that no rule assigns; 0 = never.
	AssignAbove float64
}

// Draft is what can be said of an alert before its case is known.
type Draft struct {
	Facts  huiying.AlertFacts
	Tag    huiying.Tag // that names it
	Unit   string      // gets the case; "" = nobody yet
	By     string      // what gives it to the unit: the rule, or routing
	people map[string][]Recipient
}

// Case is what becomes known in the transaction.
type Case struct {
	No     string
	Joins  bool
	Posts  int  // that it has now
	Raised bool // it got more urgent
	Alone  bool // the alert waits for no group
}

// routing assigns cases in the record where no rule does.
const routing = "routing"

// Draft finds the people behind every receiver that may be told of the event.
func (r Router) Draft(ctx context.Context, j huiying.Judgement, at time.Time) (Draft, error) {
	tag, ok := j.TopTag()
	if !ok {
		tag = huiying.Tag{Rule: huiying.Untagged, Name: huiying.Untagged}
	}
	d := Draft{Tag: tag, By: tag.Rule, people: map[string][]Recipient{}}
	named, unit, err := r.ofRules(ctx, j, tag)
	if err != nil {
		return Draft{}, err
	}
	if d.Unit = unit; unit == "" {
		people, to, err := r.routed(ctx, j)
		if err != nil {
			return Draft{}, err
		}
		if to != "" {
			named, d.Unit, d.By = append(people, named...), to, routing
		}
	}
	d.people[route.ToRules] = named
	d.Facts = factsOf(j, tag, at)
	d.Facts.Unit = d.Unit
	return d, r.resolve(ctx, &d)
}

// factsOf is what routes know of an event.
func factsOf(j huiying.Judgement, tag huiying.Tag, at time.Time) huiying.AlertFacts {
	f := huiying.AlertFacts{
		Alert: huiying.AlertID(j.Post.ID, tag.Rule, j.Level), Post: j.Post.ID, Topic: caseKeys(j)[0], Level: j.Level,
		Rule: tag.Rule, Places: j.Places, Platform: j.Post.Platform, Source: j.Post.Source, At: at,
	}
	if j.Intent != nil && !j.Intent.Unsure {
		f.Intent = j.Intent.Label
	}
	for _, t := range j.Tags {
		f.Rules = append(f.Rules, t.Rule)
	}
	return f
}

// kindsOf are what an alert of the level may do to a case.
func kindsOf(level huiying.Level) []string {
	if level.OpensCase() {
		return []string{huiying.AlertOpens, huiying.AlertJoins}
	}
	return []string{huiying.AlertPost}
}

// resolve finds the people of every receiver of the routes that the alert may
// take, whatever it does to a case.
func (r Router) resolve(ctx context.Context, d *Draft) error {
	receivers := []string{route.ToDefault}
	for _, kind := range kindsOf(d.Facts.Level) {
		f := d.Facts
		f.Kind = kind
		for _, b := range r.Tree.Branches(f) {
			receivers = append(receivers, b.To...)
		}
	}
	for _, to := range receivers {
		if _, known := d.people[to]; known {
			continue
		}
		people, err := r.behind(ctx, to)
		if err != nil {
			return fmt.Errorf("recipients of %s: %w", to, err)
		}
		d.people[to] = people
	}
	return nil
}

// behind are the people of one receiver. Nobody on duty means the default
// recipients, for somebody must be.
func (r Router) behind(ctx context.Context, to string) ([]Recipient, error) {
	switch {
	case to == route.ToNobody:
		return nil, nil
	case to == route.ToDefault:
		return r.Directory.Recipients(ctx, nil)
	}
	found, err := r.Directory.Recipients(ctx, []string{to})
	onDuty := to == route.ToDuty || strings.HasPrefix(to, route.ToDuty+":")
	if err != nil || !onDuty || reachable(found) {
		return found, err
	}
	return r.Directory.Recipients(ctx, nil)
}

func reachable(list []Recipient) bool {
	for _, r := range list {
		if r.Channel != "" {
			return true
		}
	}
	return false
}

// routed are the people of the unit that is surely responsible, in place of a
// rule that names one.
func (r Router) routed(ctx context.Context, j huiying.Judgement) (people []Recipient, unit string, err error) {
	if r.AssignAbove <= 0 || len(j.Routing) == 0 || j.Routing[0].Unit == "" || j.Routing[0].Score < r.AssignAbove {
		return nil, "", nil
	}
	people, err = r.Directory.Recipients(ctx, []string{j.Routing[0].Unit})
	if err != nil {
		return nil, "", fmt.Errorf("recipients of unit %s: %w", j.Routing[0].Unit, err)
	}
	for _, p := range people {
		if p.Unit == j.Routing[0].Unit {
			return people, p.Unit, nil
		}
	}
	return nil, "", nil // the unit is no more
}

// ofRules are the recipients of every rule that hit and alerts, each rule to
// its own people, the default ones for rules that name nobody or nobody who can
// be told. unit is the one the top rule names.
func (r Router) ofRules(ctx context.Context, j huiying.Judgement, top huiying.Tag) (all []Recipient, unit string, err error) {
	fallback := len(j.Tags) == 0
	told := false
	for _, tag := range j.Tags {
		if len(tag.Notify) == 0 {
			fallback = fallback || tag.Level.Alerts() || tag.Rule == top.Rule
			continue
		}
		if !tag.Level.Alerts() && tag.Rule != top.Rule {
			continue
		}
		named, err := r.Directory.Recipients(ctx, tag.Notify)
		if err != nil {
			return nil, "", fmt.Errorf("recipients of rule %s: %w", tag.Rule, err)
		}
		told = told || reachable(named)
		for _, p := range named {
			if unit == "" && tag.Rule == top.Rule {
				unit = p.Unit
			}
		}
		all = append(all, named...)
	}
	if fallback || !told {
		others, err := r.Directory.Recipients(ctx, nil)
		if err != nil {
			return nil, "", fmt.Errorf("default recipients: %w", err)
		}
		all = append(all, others...)
	}
	return all, unit, nil
}

// Decide says of everybody whom the alert concerns whether and when they are
// told, and why.
func (r Router) Decide(ctx context.Context, h History, d Draft, c Case) ([]route.Decision, huiying.AlertFacts, error) {
	f := d.Facts
	f.Case, f.Kind = c.No, huiying.AlertPost
	switch {
	case c.Joins:
		f.Kind = huiying.AlertJoins
	case c.No != "":
		f.Kind = huiying.AlertOpens
	}
	silences, err := h.Silences(ctx, f.At)
	if err != nil {
		return nil, f, err
	}
	in := route.Input{Facts: f, Posts: c.Posts, Raised: c.Raised, Alone: c.Alone, Silences: silences, Who: d.who, Quiet: d.quiet}
	for _, q := range r.Tree.Questions(f) {
		told, err := h.WhoWasTold(ctx, q)
		if err != nil {
			return nil, f, err
		}
		in.Told = append(in.Told, told...)
	}
	var failed []error
	in.Waiting = func(group string, w route.Who) (next, last time.Time) {
		next, last, err := h.Waiting(ctx, huiying.Delivery{Group: group, Person: w.Person, Channel: w.Channel}, f.At)
		if err != nil {
			failed = append(failed, err)
		}
		return next, last
	}
	decisions := r.Tree.Decide(in)
	return decisions, f, errors.Join(failed...)
}

// who gives a receiver's people as routes see them.
func (d Draft) who(receiver string) []route.Who {
	out := make([]route.Who, 0, len(d.people[receiver]))
	for _, p := range d.people[receiver] {
		out = append(out, route.Who{Person: p.Person.ID, Unit: p.Unit, Channel: p.Channel})
	}
	return out
}

// quiet is when the quiet hours of a person end that hold at a time.
func (d Draft) quiet(person string, at time.Time) time.Time {
	for _, list := range d.people {
		for _, p := range list {
			if p.Person.ID == person && p.Quiet != nil {
				return p.Quiet(at)
			}
		}
	}
	return at
}

// recipient finds whom a decision is about.
func (d Draft) recipient(t huiying.Telling) Recipient {
	for _, p := range d.people[t.Receiver] {
		if p.Person.ID == t.Person && p.Channel == t.Channel && p.Unit == t.Unit {
			return p
		}
	}
	return Recipient{Unit: t.Unit, Channel: t.Channel}
}

// defaultTree is the tree of those who configure none.
func defaultTree() *route.Tree {
	t, err := route.New(route.Default(), nil, route.Clock{})
	if err != nil {
		panic(err) // it has no hours that could be unreadable
	}
	return t
}
