// Package rehearsal plays stored alerts against routes: who would have been
// told over the last days, and who by the routes in force. Both are played, so
// that they are compared alike. It writes nothing and tells nobody.
package rehearsal

import (
	"cmp"
	"context"
	"slices"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/notifier"
	"huiying/notifier/route"
)

// Options is what a rehearsal works with; all but Silences and AssignAbove are
// required.
type Options struct {
	Tried, Present *route.Tree
	Directory      notifier.Directory
	AssignAbove    float64
	Silences       []huiying.Silence // in force at any time of the days
	From, To       time.Time
	// Alerts gives every alert from From less WarmUp on with the judgement of its
	// post, the oldest first.
	Alerts func(each func(huiying.Alert, huiying.Judgement) error) error
}

// WarmUp is how long before the days the play begins, so that it knows of cases
// and groups that were there already.
const WarmUp = 3 * 24 * time.Hour

// mostChanges is how many changes a preview lists.
const mostChanges = 50

// Run plays the alerts.
func Run(ctx context.Context, o Options) (query.RoutePreview, error) {
	out := query.RoutePreview{From: o.From, To: o.To, Tried: map[string]int{}, Present: map[string]int{}, Changes: []query.PreviewChange{}}
	tried, present := newStage(o, o.Tried), newStage(o, o.Present)
	rows := map[[2]string]*query.PreviewRow{}
	err := o.Alerts(func(a huiying.Alert, j huiying.Judgement) error {
		would, err := tried.play(ctx, a, j)
		if err != nil {
			return err
		}
		is, err := present.play(ctx, a, j)
		if err != nil || a.RaisedAt.Before(o.From) {
			return err
		}
		out.Alerts++
		count(would, out.Tried, func(t huiying.Telling) { row(rows, t).Tried++ })
		count(is, out.Present, func(t huiying.Telling) { row(rows, t).Present++ })
		if c, differs := compare(a, would, is); differs {
			out.Changed++
			out.Changes = append(out.Changes, c)
			if len(out.Changes) > 2*mostChanges {
				out.Changes = slices.Delete(out.Changes, 0, mostChanges)
			}
		}
		return nil
	})
	slices.Reverse(out.Changes)
	out.Changes = out.Changes[:min(len(out.Changes), mostChanges)]
	out.People = make([]query.PreviewRow, 0, len(rows))
	for _, r := range rows {
		out.People = append(out.People, *r)
	}
	slices.SortFunc(out.People, func(a, b query.PreviewRow) int {
		return cmp.Or(cmp.Compare(b.Tried, a.Tried), cmp.Compare(b.Present, a.Present), cmp.Compare(a.Person, b.Person), cmp.Compare(a.Channel, b.Channel))
	})
	return out, err
}

func count(list []huiying.Telling, why map[string]int, told func(huiying.Telling)) {
	for _, t := range list {
		why[t.Why]++
		if t.Tells() {
			told(t)
		}
	}
}

func row(rows map[[2]string]*query.PreviewRow, t huiying.Telling) *query.PreviewRow {
	key := [2]string{t.Person, t.Channel}
	if rows[key] == nil {
		rows[key] = &query.PreviewRow{Person: t.Person, Channel: t.Channel}
	}
	return rows[key]
}

// compare says who would hear more and who less of an alert.
func compare(a huiying.Alert, would, is []huiying.Telling) (c query.PreviewChange, differs bool) {
	c = query.PreviewChange{Alert: a.ID, At: a.RaisedAt, Level: a.Level, Rule: a.Rule, Case: a.CaseNo}
	after, before := told(would), told(is)
	for _, one := range after {
		if !slices.Contains(before, one) {
			c.More = append(c.More, one)
		}
	}
	for _, one := range before {
		if !slices.Contains(after, one) {
			c.Less = append(c.Less, one)
		}
	}
	for _, t := range would {
		if !slices.Contains(c.Path, t.Path) {
			c.Path = append(c.Path, t.Path)
		}
	}
	return c, len(c.More)+len(c.Less) > 0
}

func told(list []huiying.Telling) []string {
	var out []string
	for _, t := range list {
		if t.Tells() {
			out = append(out, t.Person+"@"+t.Channel)
		}
	}
	slices.Sort(out)
	return out
}

// stage plays alerts through one tree, with a past of its own.
type stage struct {
	router notifier.Router
	past   past
	cases  map[string]*acted
}

// acted is a case as far as it has been played.
type acted struct {
	posts map[string]bool
	level huiying.Level
}

func newStage(o Options, tree *route.Tree) *stage {
	return &stage{
		router: notifier.Router{Tree: tree, Directory: o.Directory, AssignAbove: o.AssignAbove},
		past:   past{silences: o.Silences, groups: map[group][]time.Time{}}, cases: map[string]*acted{},
	}
}

// play decides about one alert as it was raised. Its judgement is that of the
// newest revision of the post, and nothing where the post was purged.
func (s *stage) play(ctx context.Context, a huiying.Alert, j huiying.Judgement) ([]huiying.Telling, error) {
	j.Post.ID, j.Post.Platform, j.Level, j.Topic = a.PostID, a.Platform, a.Level, a.Topic
	if len(j.Tags) == 0 && a.Rule != huiying.Untagged {
		j.Tags = []huiying.Tag{{Rule: a.Rule, Name: a.RuleName, Level: a.Level}}
	}
	draft, err := s.router.Draft(ctx, j, a.RaisedAt)
	if err != nil {
		return nil, err
	}
	f := &draft.Facts
	f.Alert, f.Rule = a.ID, a.Rule
	f.Unit = cmp.Or(a.Unit, f.Unit)
	decisions, facts, err := s.router.Decide(ctx, &s.past, draft, s.act(a))
	if err != nil {
		return nil, err
	}
	out := make([]huiying.Telling, 0, len(decisions))
	for _, d := range decisions {
		out = append(out, d.Telling)
	}
	s.past.remember(facts, out)
	return out, nil
}

// act moves the case of an alert on.
func (s *stage) act(a huiying.Alert) notifier.Case {
	if a.CaseNo == "" {
		return notifier.Case{}
	}
	c, joins := s.cases[a.CaseNo], true
	if c == nil {
		c, joins = &acted{posts: map[string]bool{}, level: a.Level}, false
		s.cases[a.CaseNo] = c
	}
	raised := a.Level.Rank() > c.level.Rank()
	c.posts[a.PostID], c.level = true, huiying.MoreUrgent(c.level, a.Level)
	return notifier.Case{No: a.CaseNo, Joins: joins, Posts: len(c.posts), Raised: raised}
}

// past is what a stage knows of what it played; it is a notifier.History.
type past struct {
	silences []huiying.Silence
	told     []huiying.Told
	groups   map[group][]time.Time // when messages went out
}

type group struct{ key, person, channel string }

func (p *past) remember(f huiying.AlertFacts, list []huiying.Telling) {
	for _, t := range list {
		if !t.Tells() {
			continue
		}
		p.told = append(p.told, huiying.Told{Facts: f, Person: t.Person, Channel: t.Channel})
		if t.Group != "" {
			g := group{t.Group, t.Person, t.Channel}
			p.groups[g] = append(p.groups[g], t.At)
		}
	}
}

// Silences implements notifier.History.
func (p *past) Silences(_ context.Context, at time.Time) ([]huiying.Silence, error) {
	return slices.DeleteFunc(slices.Clone(p.silences), func(s huiying.Silence) bool { return !s.In(at) }), nil
}

// WhoWasTold implements notifier.History.
func (p *past) WhoWasTold(_ context.Context, m huiying.SameMatter) ([]huiying.Told, error) {
	var out []huiying.Told
	for i := len(p.told) - 1; i >= 0 && !p.told[i].Facts.At.Before(m.Since); i-- {
		f := p.told[i].Facts
		if (m.Topic == "" || m.Topic == f.Topic) && (m.Case == "" || m.Case == f.Case) && (m.Unit == "" || m.Unit == f.Unit) {
			out = append(out, p.told[i])
		}
	}
	return out, nil
}

// Waiting implements notifier.History.
func (p *past) Waiting(_ context.Context, d huiying.Delivery, now time.Time) (next, last time.Time, err error) {
	for _, at := range p.groups[group{d.Group, d.Person, d.Channel}] {
		switch {
		case !at.After(now):
			if at.After(last) {
				last = at
			}
		case next.IsZero() || at.Before(next):
			next = at
		}
	}
	return next, last, nil
}
