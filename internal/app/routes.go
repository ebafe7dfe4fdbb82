package app

import (
	"context"
	"os"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"huiying"
	"huiying/analyzer/place"
	"huiying/analyzer/rule"
	"huiying/internal/app/telling"
	"huiying/internal/config"
	"huiying/internal/query"
	"huiying/internal/store/record"
	"huiying/internal/store/routes"
	"huiying/notifier/calendar"
	"huiying/notifier/repeat"
	"huiying/notifier/route"
)

// routeTree is the tree of a configuration; nil days are those published.
func routeTree(c config.Config, days *calendar.Calendar) (*route.Tree, route.Clock, error) {
	zone, err := c.Zone()
	if err != nil {
		return nil, route.Clock{}, err
	}
	if days == nil {
		options, err := calendarOptions(c)
		if err != nil {
			return nil, route.Clock{}, err
		}
		if days, err = calendar.New(options); err != nil {
			return nil, route.Clock{}, err
		}
	}
	clock := route.Clock{Zone: zone, Calendar: days}
	tree, err := route.New(c.Routes.Root(), c.Routes.Inhibitions(), clock)
	return tree, clock, err
}

// startRoutes tells again of what nobody answered, and says what looks wrong
// with who is told.
func (a *App) startRoutes(ctx context.Context) error {
	a.life.loop("repeats", repeat.New(repeat.Options{
		Due: routes.New(a.store), Routes: a.room.routes, Clock: a.room.clock, Now: a.now, Quiet: a.room.book.quietUntil,
		Woken: a.room.sender.Wake, Logger: a.logger, Registerer: a.registry,
		InTx: func(ctx context.Context, f func(repeat.Tx) error) error {
			return a.room.ledger.InTx(ctx, func(tx *record.Tx) error { return f(tx) })
		},
	}).Run)
	warnings := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "huiying_notifier_lint_warnings", Help: "What looks wrong with who is told of alerts; huiying config check names it.",
	})
	a.registry.MustRegister(warnings)
	people, err := a.hearing(ctx)
	if err != nil {
		return err
	}
	rosters, err := a.room.escalation.rosters.All(ctx)
	if err != nil {
		return err
	}
	var ids []string
	for _, r := range rosters {
		ids = append(ids, r.Roster().ID)
	}
	found := warningsOf(a.config, people, ids)
	warnings.Set(float64(len(found)))
	for _, w := range found {
		a.logger.Warn("routes of alerts", "warning", a.words.Sentence("zh", w))
	}
	return nil
}

// hearing is the configuration with everybody who can be told, people made on
// pages among them.
func (a *App) hearing(ctx context.Context) (config.Config, error) {
	people, err := a.users.List(ctx)
	if err != nil {
		return config.Config{}, err
	}
	c := a.config
	c.Users = nil
	for _, p := range people {
		u := config.User{ID: p.ID, Unit: p.Unit, Roles: p.Roles}
		for _, contact := range p.Contacts {
			u.Contacts = append(u.Contacts, config.Contact{Channel: contact.Channel, Address: contact.Address})
		}
		c.Users = append(c.Users, u)
	}
	return c, nil
}

// Warnings finds what looks wrong with who is told of alerts, each as a
// sentence with its place.
func Warnings(c config.Config) []error {
	rosters := []string{}
	for _, r := range c.Rosters {
		rosters = append(rosters, r.ID)
	}
	return warningsOf(c, c, rosters)
}

// warningsOf finds them for the people of a configuration, which may be more
// than those of the file.
func warningsOf(c, people config.Config, rosters []string) []error {
	rules, err := loadRules(c.Rules)
	if err != nil {
		return nil // Check says so
	}
	known := config.RouteNames{Places: placeNames(c), Rosters: rosters, Hears: people.Hears, Surely: people.HearsSurely}
	for _, r := range rules.Rules {
		known.Rules = append(known.Rules, r.ID)
	}
	known.Rules = append(known.Rules, huiying.Untagged)
	found := slices.Concat(c.RouteWarnings(known), c.ContactWarnings(), c.EscalationWarnings())
	for _, r := range rules.Rules {
		if w := ruleWarning(r, people); w != nil {
			found = append(found, w)
		}
	}
	if c.PublicURL == "" && len(c.Channels) > 0 {
		found = append(found, huiying.Errorf(huiying.Invalid, "route.no_public_url"))
	}
	return found
}

// ruleWarning is said of a rule that alerts and whose alerts reach nobody, or
// nobody but over browsers where they are red.
func ruleWarning(r rule.Rule, people config.Config) error {
	hears := people.Hears
	switch {
	case !r.Level.Alerts():
	case len(r.Notify) == 0 && !hears(""):
		return huiying.Errorf(huiying.Invalid, "route.rule_alone", r.ID)
	case len(r.Notify) > 0 && !slices.ContainsFunc(r.Notify, hears):
		return huiying.Errorf(huiying.Invalid, "route.rule_mute", r.ID)
	case r.Level != huiying.LevelRed:
	case len(r.Notify) == 0 && !people.HearsSurely("") || len(r.Notify) > 0 && !slices.ContainsFunc(r.Notify, people.HearsSurely):
		return huiying.Errorf(huiying.Invalid, "route.rule_browsers", r.ID)
	}
	return nil
}

// placeNames are the places that posts may be noted with.
func placeNames(c config.Config) []string {
	table, err := placeTable(c)
	if err != nil {
		return nil // Check says so
	}
	return append(table.Names(), c.Analyzer.Places...)
}

// placeTable is the table of places, the office's own rows over it.
func placeTable(c config.Config) (*place.Table, error) {
	table := place.Builtin()
	if c.Analyzer.PlacesFile == "" {
		return table, nil
	}
	raw, err := os.ReadFile(c.Analyzer.PlacesFile)
	if err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "config.unreadable", c.Analyzer.PlacesFile, err)
	}
	return place.Parse(c.Analyzer.PlacesFile, raw, table) //nolint:wrapcheck // sentences with file and line
}

// telling is routes and silences for the pages.
func (a *App) telling() telling.Desk {
	return telling.Desk{
		Store: a.store, Clock: a.room.clock, Now: a.now,
		Play: func(ctx context.Context, days int) (query.RoutePreview, error) {
			return playRoutes(ctx, a.store, a.config, a.config, RouteTrialOptions{Days: days, Now: a.now().UTC()})
		},
	}
}
