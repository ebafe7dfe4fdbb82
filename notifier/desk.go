package notifier

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"huiying"
	"huiying/notifier/casework"
	"huiying/notifier/casework/machine"
)

// DeskOptions is what a Desk works with; all but Signers, MetBy, Zone and Woken
// are required.
type DeskOptions struct {
	Ledger    Ledger
	Cases     Cases
	Directory Directory
	Signers   func(context.Context, huiying.Case) ([]Recipient, error) // who may approve the reply of a case; nil = nobody hears of drafts
	MetBy     func(preset string) string                               // the action that meets a time limit
	Now       func() time.Time
	Zone      *time.Location // decides the day of a case number
	Woken     []func()       // called after a commit that queued something
}

// Desk is the case machine as people use it: a step that gives a case to
// somebody also tells that person, in the same transaction.
type Desk struct{ o DeskOptions }

// NewDesk makes a Desk.
func NewDesk(o DeskOptions) *Desk {
	o.Zone = cmp.Or(o.Zone, time.UTC)
	return &Desk{o}
}

// Do takes one step of a case; see casework.Engine.Do for its errors.
func (d *Desk) Do(ctx context.Context, cmd huiying.Command) (huiying.Case, error) {
	if err := byStep(cmd.Action); err != nil {
		return huiying.Case{}, err
	}
	to, err := d.told(ctx, cmd)
	if err != nil {
		return huiying.Case{}, err
	}
	var done huiying.Case
	err = d.o.Ledger.InTx(ctx, func(tx Tx) error {
		var err error
		if done, err = d.o.Cases.DoIn(ctx, tx, cmd); err != nil {
			return err
		}
		return d.tell(ctx, tx, done, to)
	})
	if err != nil {
		return huiying.Case{}, err
	}
	d.wake()
	return done, nil
}

// byStep refuses the one action that a step alone cannot take: a file is named
// in the record only together with its bytes.
func byStep(action string) error {
	if action == machine.ActionAttachFile {
		return huiying.Errorf(huiying.Invalid, "case.guard.upload")
	}
	return nil
}

// told finds who hears of the step: whom it gives the case to and the units that
// are to assist, but not the person who takes it.
func (d *Desk) told(ctx context.Context, cmd huiying.Command) ([]Recipient, error) {
	owner, unit := cmd.Fields[machine.FieldOwner], cmd.Fields[machine.FieldUnit]
	if cmd.Action != machine.ActionAssign && cmd.Action != machine.ActionReassign || owner == "" && unit == "" {
		return nil, nil
	}
	out, err := d.reach(ctx, owner, unit)
	if err != nil {
		return nil, err
	}
	if helpers := strings.Fields(cmd.Fields[machine.FieldHelpers]); len(helpers) > 0 {
		found, err := d.o.Directory.Recipients(ctx, helpers)
		if err != nil {
			return nil, err
		}
		out = append(out, Tellable(found)...)
	}
	return slices.DeleteFunc(out, func(r Recipient) bool { return r.Person.ID == cmd.Actor.ID }), nil
}

// tell queues the notice that the case is given to somebody.
func (d *Desk) tell(ctx context.Context, tx Tx, c huiying.Case, to []Recipient) error {
	alert := aboutCase(huiying.DeriveID("a-", "given", c.No, strconv.Itoa(c.Version)), c)
	alert.RaisedAt = d.o.Now().UTC().Truncate(time.Microsecond)
	_, err := Tell(ctx, tx, Notice{Alert: alert, To: to, Receiver: receiverOf(c)})
	return err
}

// Manual is a case that a person opens for a post which raised none.
type Manual struct {
	Event huiying.Event // the post as it is stored
	Actor huiying.Actor
	Level huiying.Level // "" keeps the post's own, at least blue
	Unit  string        // "" leaves it in triage
	Owner string        // counts only with a unit
	Note  string
}

// Open opens a case of a post, or joins the open one of its topic, and assigns
// it where a unit is named: all in one transaction.
func (d *Desk) Open(ctx context.Context, m Manual) (huiying.Case, error) {
	if !m.Actor.Has(huiying.RoleOfficer, huiying.RoleManager) {
		return huiying.Case{}, huiying.Errorf(huiying.Forbidden, "desk.open_role")
	}
	assign := huiying.Command{Action: machine.ActionAssign, Actor: m.Actor, Fields: map[string]string{}}
	for name, value := range map[string]string{
		machine.FieldUnit: m.Unit, machine.FieldOwner: m.Owner, machine.FieldNote: m.Note,
	} {
		if value != "" {
			assign.Fields[name] = value
		}
	}
	to, err := d.told(ctx, assign)
	if err != nil {
		return huiying.Case{}, err
	}
	var done huiying.Case
	err = d.o.Ledger.InTx(ctx, func(tx Tx) error {
		var err error
		if done, err = d.openOrJoin(ctx, tx, m); err != nil || m.Unit == "" || done.State != huiying.StatePendingTriage {
			return err
		}
		assign.CaseNo = done.No
		if done, err = d.o.Cases.DoIn(ctx, tx, assign); err != nil {
			return err
		}
		return d.tell(ctx, tx, done, to)
	})
	if err != nil {
		return huiying.Case{}, err
	}
	d.wake()
	return done, nil
}

func (d *Desk) openOrJoin(ctx context.Context, tx Tx, m Manual) (huiying.Case, error) {
	keys := caseKeys(m.Event.Data)
	for _, key := range keys {
		no, found, err := tx.OpenCase(ctx, key)
		if err != nil {
			return huiying.Case{}, err
		}
		if found {
			return d.join(ctx, tx, no, m)
		}
	}
	no, err := tx.NextCaseNo(ctx, d.o.Now().In(d.o.Zone).Format("20060102"))
	if err != nil {
		return huiying.Case{}, err
	}
	tag, ok := m.Event.Data.TopTag()
	if !ok {
		tag = huiying.Tag{Rule: huiying.Untagged, Name: huiying.Untagged}
	}
	level := cmp.Or(m.Level, m.Event.Data.Level)
	if !level.Alerts() {
		level = huiying.LevelBlue
	}
	p := m.Event.Data.Post
	return d.o.Cases.Detect(ctx, tx, casework.Opening{
		No: no, Level: level, Title: cmp.Or(tag.Name, tag.Rule), Topic: keys[0], Rule: tag.Rule, Post: p.ID,
		FirstSeenAt: p.CollectedAt, PublishedAt: p.PublishedAt, DueAt: p.DueAt, Actor: m.Actor.ID,
		Origin: originOf(m.Event.Data),
	})
}

// join lets the post join an open case as a rule does: with its deadline and
// with what decides which time limits hold for it.
func (d *Desk) join(ctx context.Context, tx Tx, no string, m Manual) (huiying.Case, error) {
	c, err := tx.Case(ctx, no)
	if err != nil {
		return c, err
	}
	j := m.Event.Data
	if slices.Contains(c.Posts, j.Post.ID) {
		return c, huiying.Errorf(huiying.Conflict, "case.guard.new_post", no)
	}
	c, _, err = d.o.Cases.Attach(ctx, tx, casework.Mention{
		CaseNo: no, Post: j.Post.ID, Level: cmp.Or(m.Level, j.Level), PublishedAt: j.Post.PublishedAt, DueAt: j.Post.DueAt,
		Actor: m.Actor.ID, Origin: originOf(j),
	})
	return c, err
}

func (d *Desk) wake() {
	for _, wake := range d.o.Woken {
		wake()
	}
}
