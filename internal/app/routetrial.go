package app

import (
	"context"
	"errors"
	"os"
	"time"

	"huiying"
	"huiying/internal/app/rota"
	"huiying/internal/app/telling"
	"huiying/internal/config"
	"huiying/internal/query"
	"huiying/internal/store"
	dutybook "huiying/internal/store/duty"
	"huiying/internal/store/posts"
	"huiying/internal/store/record"
	"huiying/internal/store/routes"
	"huiying/internal/store/users"
	"huiying/notifier"
	"huiying/notifier/calendar"
	"huiying/notifier/rehearsal"
	"huiying/notifier/route"
)

// RouteTrialOptions say which routes are tried on which stored alerts.
type RouteTrialOptions struct {
	Where  Where
	Routes string // a file of routes instead of those of the configuration
	Days   int
	Now    time.Time
}

// RouteTrial plays the alerts of the last days against routes. It reads stored
// data beside a running service and changes nothing.
func RouteTrial(ctx context.Context, o RouteTrialOptions) (p query.RoutePreview, err error) {
	c, err := o.Where.Config()
	if err != nil {
		return p, err
	}
	tried := c
	if o.Routes != "" {
		raw, err := os.ReadFile(o.Routes)
		if err != nil {
			return p, huiying.Errorf(huiying.Invalid, "config.unreadable", o.Routes, err)
		}
		if tried, err = c.ParseRoutes(o.Routes, raw); err != nil {
			return p, err
		}
	}
	data, err := openArchive(ctx, c, true)
	if err != nil {
		return p, err
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	return playRoutes(ctx, data.Store, tried, c, o)
}

// playRoutes plays stored alerts against the routes of two configurations.
func playRoutes(ctx context.Context, s *store.Store, tried, present config.Config, o RouteTrialOptions) (query.RoutePreview, error) {
	if err := telling.CheckDays(o.Days); err != nil {
		return query.RoutePreview{}, err
	}
	days, err := workingDays(ctx, present, s)
	if err != nil {
		return query.RoutePreview{}, err
	}
	at := o.Now
	play := rehearsal.Options{AssignAbove: present.Notifier.AssignAbove, From: o.Now.AddDate(0, 0, -o.Days), To: o.Now}
	if play.Directory, err = storedDirectory(present, s, days, func() time.Time { return at }); err != nil {
		return query.RoutePreview{}, err
	}
	if play.Tried, _, err = routeTree(tried, days); err != nil {
		return query.RoutePreview{}, err
	}
	if play.Present, _, err = routeTree(present, days); err != nil {
		return query.RoutePreview{}, err
	}
	begin := play.From.Add(-rehearsal.WarmUp)
	if play.Silences, err = routes.Touching(ctx, s.Reader(), begin, play.To); err != nil {
		return query.RoutePreview{}, err
	}
	play.Alerts = func(each func(huiying.Alert, huiying.Judgement) error) error {
		return routes.Between(ctx, s.Reader(), begin, play.To, func(a huiying.Alert, j huiying.Judgement) error {
			at = a.RaisedAt
			return each(a, j)
		})
	}
	return rehearsal.Run(ctx, play)
}

// directoryOf knows who is told, from a configuration and the stored people.
func directoryOf(c config.Config, people *users.Users, now func() time.Time) *directory {
	d := &directory{people: people.List, fallback: c.Notifier.Default, now: now, units: unitsOf(c)}
	for _, ch := range c.Channels {
		d.channels = append(d.channels, ch.ID)
	}
	return d
}

// playedBack is how many days back a preview may look, its warming up included.
const playedBack = 40

// storedDirectory knows who is told by what is stored, and who is on duty at a
// time that may move. It reads people and rosters once.
func storedDirectory(c config.Config, s *store.Store, days *calendar.Calendar, at func() time.Time) (*directory, error) {
	zone, err := c.Zone()
	if err != nil {
		return nil, err
	}
	begun := at()
	once := func() time.Time { return begun }
	rosters := rota.New(dutybook.New(s), zone, days, once)
	d := directoryOf(c, users.New(s, users.Options{}), once)
	d.clock = route.Clock{Zone: zone, Calendar: days}
	d.shifts = func(ctx context.Context, from, until time.Time) ([]huiying.DutyShift, error) {
		return rosters.Shifts(ctx, from.AddDate(0, 0, -playedBack), until) // the time that is asked about moves
	}
	d.onDuty = func(ctx context.Context, roster string) ([]string, bool, error) {
		return rosters.OnDutyAt(ctx, roster, at())
	}
	return d, nil
}

// RouteQuestion asks which route decides about an alert: of a stored post, or
// of one as it is described.
type RouteQuestion struct {
	Where  Where
	Routes string // a file of routes instead of those of the configuration
	Post   string
	Facts  huiying.AlertFacts // without a post
	At     time.Time
}

// RouteAnswer is the routes that were asked, and for a stored post what would be
// decided about whom now.
type RouteAnswer struct {
	Facts    huiying.AlertFacts `json:"facts"`
	Steps    []route.Step       `json:"steps"`
	Tellings []huiying.Telling  `json:"tellings,omitempty"`
}

// ExplainRoute answers a question without writing anything.
func ExplainRoute(ctx context.Context, q RouteQuestion) (a RouteAnswer, err error) {
	c, err := q.Where.Config()
	if err != nil {
		return a, err
	}
	if q.Routes != "" {
		raw, err := os.ReadFile(q.Routes)
		if err != nil {
			return a, huiying.Errorf(huiying.Invalid, "config.unreadable", q.Routes, err)
		}
		if c, err = c.ParseRoutes(q.Routes, raw); err != nil {
			return a, err
		}
	}
	if q.Post == "" {
		tree, _, err := routeTree(c, nil)
		if err != nil {
			return a, err
		}
		a.Facts = q.Facts
		a.Facts.At = q.At
		if a.Facts.Kind == "" {
			a.Facts.Kind = huiying.AlertPost
			if a.Facts.Level.OpensCase() {
				a.Facts.Kind = huiying.AlertOpens
			}
		}
		a.Steps = tree.Trace(a.Facts)
		return a, nil
	}
	data, err := openArchive(ctx, c, true)
	if err != nil {
		return a, err
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	days, err := workingDays(ctx, c, data.Store)
	if err != nil {
		return a, err
	}
	router := notifier.Router{AssignAbove: c.Notifier.AssignAbove}
	if router.Tree, _, err = routeTree(c, days); err != nil {
		return a, err
	}
	if router.Directory, err = storedDirectory(c, data.Store, days, func() time.Time { return q.At }); err != nil {
		return a, err
	}
	return explainPost(ctx, data.Store, router, q)
}

// newCase stands for a case that a post would open.
const newCase = "HY-new"

// explainPost decides about a stored post as if it came now. An open case of its
// topic is joined, as it would be.
func explainPost(ctx context.Context, s *store.Store, router notifier.Router, q RouteQuestion) (a RouteAnswer, err error) {
	stored, err := posts.Get(ctx, s.Reader(), q.Post)
	if err != nil {
		return a, err
	}
	if !stored.Judgement.Level.Alerts() {
		return a, huiying.Errorf(huiying.Invalid, "route.no_alerting", q.Post)
	}
	draft, err := router.Draft(ctx, stored.Judgement, q.At)
	if err != nil {
		return a, err
	}
	var now notifier.Case
	if stored.Judgement.Level.OpensCase() {
		now = notifier.Case{No: newCase, Posts: 1}
		if stored.CaseNo != "" {
			c, err := record.New(s).Case(ctx, stored.CaseNo)
			if err != nil {
				return a, err
			}
			now = notifier.Case{No: c.No, Joins: len(c.Posts) > 1, Posts: len(c.Posts)}
		}
	}
	decisions, facts, err := router.Decide(ctx, shelf{s}, draft, now)
	for _, d := range decisions {
		a.Tellings = append(a.Tellings, d.Telling)
	}
	a.Facts, a.Steps = facts, router.Tree.Trace(facts)
	return a, err
}

// shelf is what is known of earlier tellings, outside any transaction.
type shelf struct{ store *store.Store }

// Silences implements notifier.History.
func (r shelf) Silences(ctx context.Context, at time.Time) ([]huiying.Silence, error) {
	return routes.InForce(ctx, r.store.Reader(), at)
}

// WhoWasTold implements notifier.History.
func (r shelf) WhoWasTold(ctx context.Context, m huiying.SameMatter) ([]huiying.Told, error) {
	return routes.WhoWasTold(ctx, r.store.Reader(), m)
}

// Waiting implements notifier.History; nothing waits for an answer to a question.
func (shelf) Waiting(context.Context, huiying.Delivery, time.Time) (next, last time.Time, err error) {
	return next, last, nil
}
