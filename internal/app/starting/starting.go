// Package starting leads an office from its configuration to its first alert:
// it says how far each step is by what is stored, tries and registers sources,
// gives advice on place names, and sends the drill. It stores no mark of its
// own that a step was done, and refuses to touch what a file defines.
package starting

import (
	"context"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/internal/app/rota"
	"huiying/internal/app/rulebook"
	"huiying/internal/config"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/definitions"
	"huiying/internal/store/drills"
	"huiying/notifier"
)

// Desk is where an office is set up. All fields are required.
type Desk struct {
	Config   config.Config
	Store    *store.Store
	Shelf    *definitions.Definitions
	Share    func(ctx context.Context) error // hands sources to the crawlers
	Zone     *time.Location
	Now      func() time.Time
	Accounts func(ctx context.Context) ([]query.Account, error)
	Channels func(ctx context.Context) ([]query.ChannelRow, error)
	Visits   func(ctx context.Context) ([]query.SourceRow, error)
	Duty     func(ctx context.Context, from, until time.Time) (query.Duty, error)
	Book     func(ctx context.Context) (query.RuleBook, error)
	Kinds    []crawler.Kind
	Profiles []string // names of the configuration's own site descriptions
	// Crawler makes a crawler that asks as ours do, and stores nothing.
	Crawler func(ctx context.Context, sink crawler.Sink) (*crawler.Crawler, error)
	Words   func() (Words, error) // of the main dictionary
	Router  notifier.Router
	Ledger  notifier.Ledger
	Woken   []func()

	trying sync.Mutex // one trial at a time
}

// Standing says how far the office is.
func (d *Desk) Standing(ctx context.Context) (query.Start, error) {
	s := query.Start{
		At: d.Now(), PublicURL: d.Config.PublicURL, Office: d.Config.Office.Name, Contact: d.Config.Office.Contact,
	}
	if d.Config.Path != "" {
		s.File = filepath.Base(d.Config.Path)
	}
	for _, u := range d.Config.Units {
		s.Units = append(s.Units, huiying.Unit{ID: u.ID, Name: u.Name})
	}
	for _, load := range []func(context.Context, *query.Start) error{d.channels, d.rosters, d.people, d.sources, d.rules, d.drills} {
		if err := load(ctx, &s); err != nil {
			return s, err
		}
	}
	s.Steps = steps(s)
	return s, nil
}

func (d *Desk) channels(ctx context.Context, s *query.Start) (err error) {
	s.Channels, err = d.Channels(ctx)
	return err
}

func (d *Desk) rosters(ctx context.Context, s *query.Start) error {
	duty, err := d.Duty(ctx, s.At, s.At.AddDate(0, 0, 7))
	s.Rosters = duty.Rosters
	return err
}

func (d *Desk) people(ctx context.Context, s *query.Start) error {
	accounts, err := d.Accounts(ctx)
	if err != nil {
		return err
	}
	var ids []string
	for _, c := range s.Channels {
		ids = append(ids, c.ID)
	}
	for _, a := range accounts {
		if !a.Disabled {
			s.People = append(s.People, query.StartPerson{
				Person: a.Person, Reachable: rota.Reachable(a.Person, ids), OnDuty: onDuty(s.Rosters, a.Person.ID), File: a.Origin != "",
			})
		}
	}
	return nil
}

func onDuty(rosters []query.DutyRoster, person string) bool {
	return slices.ContainsFunc(rosters, func(r query.DutyRoster) bool {
		return slices.ContainsFunc(r.Now, func(s huiying.DutyShift) bool { return s.Person == person })
	})
}

func (d *Desk) sources(ctx context.Context, s *query.Start) error {
	list, err := d.Shelf.Current(ctx, KindSource)
	if err != nil {
		return err
	}
	visits, err := d.Visits(ctx)
	if err != nil {
		return err
	}
	for _, def := range list {
		one, err := sourceOf(def)
		if err != nil {
			return err
		}
		one.Options = nil // they may hold a cookie
		row := query.StartSource{Source: one, File: def.Origin}
		if i := slices.IndexFunc(visits, func(r query.SourceRow) bool { return r.Source == def.ID }); i >= 0 {
			row.Last, row.Read = visits[i].Last, visits[i].Posts
		}
		s.Sources = append(s.Sources, row)
	}
	return nil
}

func (d *Desk) rules(ctx context.Context, s *query.Start) error {
	book, err := d.Book(ctx)
	s.Rules, s.Draft, s.Differs = book.Rules, book.Draft, book.Differs
	return err
}

func (d *Desk) drills(ctx context.Context, s *query.Start) error {
	list, err := drills.Last(ctx, d.Store.Reader())
	if err != nil {
		return err
	}
	for _, one := range list {
		s.DrilledAt = one.Alert.RaisedAt
		s.Drills = append(s.Drills, query.StartDelivery{Delivery: one, OnDuty: onDuty(s.Rosters, one.Person)})
	}
	return nil
}

// steps tells each step by what there is.
func steps(s query.Start) []query.StartStep {
	return []query.StartStep{
		{Key: query.StepAddress, State: reached(s.PublicURL != "", false)},
		{Key: query.StepPeople, State: reached(slices.ContainsFunc(s.People, reachable), len(s.Channels) > 0)},
		{Key: query.StepSource, State: reached(slices.ContainsFunc(s.Sources, read), slices.ContainsFunc(s.Sources, enabled))},
		{Key: query.StepRule, State: reached(slices.ContainsFunc(s.Rules, alerts), len(s.Rules) > 0)},
		{Key: query.StepRoster, State: reached(manned(s), len(s.Rosters) > 0)},
		{Key: query.StepDrill, State: reached(slices.ContainsFunc(s.Drills, received), len(s.Drills) > 0)},
	}
}

func reached(done, half bool) string {
	switch {
	case done:
		return query.StepDone
	case half:
		return query.StepHalf
	}
	return query.StepTodo
}

func reachable(p query.StartPerson) bool { return p.Reachable && p.Person.ID != "" }

func enabled(s query.StartSource) bool { return !s.Disabled }

// read reports a source of which a visit ended well.
func read(s query.StartSource) bool {
	return enabled(s) && !s.Last.At.IsZero() && (s.Last.State == huiying.SourceOK || s.Read > 0)
}

// alerts reports a rule in force that tells people. One that the draft changed
// or removes is in force as it was.
func alerts(r query.RuleRow) bool { return !r.Off && r.Change != rulebook.Added && r.Level.Alerts() }

func manned(s query.Start) bool {
	return slices.ContainsFunc(s.People, func(p query.StartPerson) bool { return p.OnDuty && p.Reachable })
}

// received reports that a provider took a delivery.
func received(d query.StartDelivery) bool {
	switch d.State {
	case huiying.DeliveryAccepted, huiying.DeliveryDelivered, huiying.DeliveryRead:
		return true
	}
	return false
}
