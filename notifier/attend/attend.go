// Package attend is what a person does with an alert that reached them beside
// acknowledging it: hand it on, be reminded of it, call it a false alarm. Each is
// one transaction, with who did it beside the alert and in the record of its
// case. It refuses to gain anybody time: escalation goes on whatever is done
// here, until somebody acknowledges.
package attend

import (
	"context"
	"slices"
	"time"

	"huiying"
	"huiying/notifier"
)

// The things a person can do.
const (
	HandOn     = "hand_on"
	Snooze     = "snooze"
	FalseAlarm = "false_alarm"
)

// Tx is one transaction over alerts, deliveries, cases and the record.
type Tx interface {
	notifier.Tx
	// AddTellings puts more beside what was decided about telling an alert.
	AddTellings(ctx context.Context, a huiying.Alert, list []huiying.Telling) error
}

// Options is what a Desk works with; all are required.
type Options struct {
	InTx      func(ctx context.Context, f func(Tx) error) error
	Cases     notifier.Cases
	Directory notifier.Directory
	People    func(ctx context.Context) ([]huiying.Person, error) // who may sign in
	Units     func(ctx context.Context) ([]huiying.Unit, error)
	Aside     func(ctx context.Context, post string, by huiying.Actor, note string) error // a post without a case is a false alarm
	Texts     func(key string, args ...any) string                                        // words for the record
	Now       func() time.Time
	Woken     func() // after a delivery was queued
}

// Desk is where people attend to alerts.
type Desk struct{ o Options }

// New makes a Desk.
func New(o Options) *Desk { return &Desk{o} }

// Deed is what a person does with an alert.
type Deed struct {
	Alert   huiying.Alert
	Action  string
	By      huiying.Person
	Via     string          // as huiying.Actor.Via
	Over    huiying.Contact // how the alert reached them; zero = their first contact
	To      string          // the person or unit it is handed to
	Minutes int             // until the reminder, one of Minutes
	Reason  string
}

// Done is what came of it.
type Done struct {
	At      time.Time // of the reminder
	Sooner  bool      // than was asked: before the next step of the escalation
	Deliver []string  // deliveries that were queued
}

func (d Deed) actor() huiying.Actor {
	return huiying.Actor{ID: d.By.ID, Unit: d.By.Unit, Roles: d.By.Roles, Via: d.Via}
}

// Do does it.
func (d *Desk) Do(ctx context.Context, deed Deed) (done Done, err error) {
	switch deed.Action {
	case HandOn:
		done, err = d.handOn(ctx, deed)
	case Snooze:
		done, err = d.snooze(ctx, deed)
	case FalseAlarm:
		err = d.falseAlarm(ctx, deed)
	default:
		err = huiying.Errorf(huiying.Invalid, "attend.action", deed.Action)
	}
	if err == nil {
		d.o.Woken()
	}
	return done, err
}

// now is the time of a deed.
func (d *Desk) now() time.Time { return d.o.Now().UTC().Truncate(time.Microsecond) }

// caseOf is the case of an alert as it stands; zero where it has none.
func caseOf(ctx context.Context, tx Tx, a huiying.Alert) (huiying.Case, error) {
	if a.CaseNo == "" {
		return huiying.Case{}, nil
	}
	c, err := tx.Case(ctx, a.CaseNo)
	if err == nil && !c.State.Open() {
		err = huiying.Errorf(huiying.Conflict, "attend.closed", c.No)
	}
	return c, err
}

// Target is who an alert may be handed to.
type Target struct {
	ID   string
	Name string
	Unit bool // a unit, not a person
}

// Targets lists them, units first: whoever triages may hand on to any unit and
// to anybody, others to their colleagues and to those who triage.
func (d *Desk) Targets(ctx context.Context, by huiying.Person) (out []Target, err error) {
	triages := huiying.Actor{Roles: by.Roles}.Has(huiying.RoleOfficer, huiying.RoleManager)
	if triages {
		units, err := d.o.Units(ctx)
		if err != nil {
			return nil, err
		}
		for _, u := range units {
			out = append(out, Target{u.ID, u.Name, true})
		}
	}
	people, err := d.o.People(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range people {
		works := huiying.Actor{Roles: p.Roles}.Has(huiying.RoleOfficer, huiying.RoleResponder, huiying.RoleReviewer, huiying.RoleManager)
		near := p.Unit != "" && p.Unit == by.Unit || slices.Contains(p.Roles, huiying.RoleOfficer)
		if p.ID != by.ID && works && len(p.Contacts) > 0 && (triages || near) {
			out = append(out, Target{ID: p.ID, Name: p.Name})
		}
	}
	return out, nil
}
