package casework

import (
	"cmp"
	"context"
	"slices"
	"time"

	"huiying"
	"huiying/internal/locale"
	"huiying/notifier/casework/machine"
)

// Opening is what a new case begins with. Title must hold no citizen's words,
// because it enters the record as it is: the rule's name serves.
type Opening struct {
	No          string
	Level       huiying.Level
	Title       string
	Topic       string
	Rule        string
	Post        string
	FirstSeenAt time.Time // the post's collected_at; the response clocks count from it
	PublishedAt time.Time
	DueAt       time.Time // the deadline a hand-over came with, zero = none
	Actor       string    // who opened it; "" = the rule
	Origin      huiying.Origin
}

// Mention is a further post of a case.
type Mention struct {
	CaseNo      string
	Post        string
	Rule        string
	Level       huiying.Level
	PublishedAt time.Time
	DueAt       time.Time // the deadline a hand-over came with, zero = none
	Actor       string    // who lets it join; "" = the rule
	Origin      huiying.Origin
}

// Assignment is a rule's naming of who handles a case.
type Assignment struct {
	CaseNo string
	Rule   string
	Unit   string
	Owner  string // "" for the whole unit
}

// Detect opens a case inside the caller's transaction, for the rule that hit.
func (e *Engine) Detect(ctx context.Context, tx Tx, o Opening) (huiying.Case, error) {
	payload := map[string]string{
		machine.FieldLevel: string(o.Level), machine.PayloadTitle: o.Title, machine.PayloadTopic: o.Topic, machine.PayloadRule: o.Rule, machine.FieldPost: o.Post,
		machine.PayloadFirstSeen: machine.Stamp(o.FirstSeenAt.Truncate(time.Microsecond)),
		machine.PayloadPublished: machine.Stamp(o.PublishedAt.Truncate(time.Microsecond)),
	}
	putOrigin(payload, o.Origin)
	if err := e.handOver(payload, huiying.Case{}, o.FirstSeenAt.Truncate(time.Microsecond), o.DueAt); err != nil {
		return huiying.Case{}, err
	}
	s := huiying.Step{CaseNo: o.No, At: e.clock(), Actor: cmp.Or(o.Actor, huiying.RuleActor(o.Rule).ID), Action: machine.ActionDetect, Payload: payload}
	return e.write(ctx, tx, huiying.Case{}, s)
}

// Attach lets a post join an open case inside the caller's transaction and
// raises the case's level when the post's is higher; it never lowers it. A
// repeat changes nothing. raised says whether the level went up.
func (e *Engine) Attach(ctx context.Context, tx Tx, m Mention) (c huiying.Case, raised bool, err error) {
	if c, err = tx.Case(ctx, m.CaseNo); err != nil {
		return c, false, err
	}
	now := e.clock()
	c, missed, err := e.breach(ctx, tx, c, now)
	if err != nil {
		return c, false, err
	}
	e.count(missed)
	actor := cmp.Or(m.Actor, huiying.RuleActor(m.Rule).ID)
	if !slices.Contains(c.Posts, m.Post) {
		payload := map[string]string{machine.FieldPost: m.Post, machine.PayloadPublished: machine.Stamp(m.PublishedAt.Truncate(time.Microsecond))}
		putOrigin(payload, m.Origin)
		if err := e.handOver(payload, c, now, m.DueAt); err != nil {
			return c, false, err
		}
		if c, err = e.act(ctx, tx, c, huiying.Step{At: now, Actor: actor, Action: machine.ActionAttach, Payload: payload}); err != nil {
			return c, false, err
		}
	}
	if m.Level.Rank() <= c.Level.Rank() {
		return c, false, nil
	}
	payload := map[string]string{machine.FieldLevel: string(m.Level), machine.FieldPost: m.Post}
	c, err = e.act(ctx, tx, c, huiying.Step{At: now, Actor: actor, Action: machine.ActionRegrade, Payload: payload})
	return c, err == nil, err
}

// AssignByRule gives a case that nobody has triaged yet to the unit its rule
// names, inside the caller's transaction. In any other state, and in one that
// a person brought it back to, the officer has decided, and nothing changes.
func (e *Engine) AssignByRule(ctx context.Context, tx Tx, a Assignment) (huiying.Case, error) {
	c, err := tx.Case(ctx, a.CaseNo)
	if err != nil || c.State != huiying.StatePendingTriage {
		return c, err
	}
	steps, err := tx.Steps(ctx, c.No)
	if err != nil || slices.ContainsFunc(steps, func(s huiying.Step) bool { return s.From != "" && s.From != s.To }) {
		return c, err
	}
	payload := map[string]string{machine.FieldUnit: a.Unit}
	if a.Owner != "" {
		payload[machine.FieldOwner] = a.Owner
	}
	s := huiying.Step{At: e.clock(), Actor: huiying.RuleActor(a.Rule).ID, Action: machine.ActionAssign, Payload: payload}
	return e.act(ctx, tx, c, s)
}

// act takes a step for a rule: the state must allow it, guards are for people.
func (e *Engine) act(ctx context.Context, tx Tx, c huiying.Case, s huiying.Step) (huiying.Case, error) {
	if _, err := e.legal(c, s.Action); err != nil {
		return c, err
	}
	return e.write(ctx, tx, c, s)
}

// putOrigin says what the post of the step is.
func putOrigin(payload map[string]string, o huiying.Origin) {
	for key, v := range map[string]string{
		machine.PayloadPlatform: o.Platform, machine.PayloadKind: o.Kind, machine.PayloadIntent: o.Intent,
	} {
		if v != "" {
			payload[key] = v
		}
	}
}

func limitName(preset string) locale.Key { return locale.Key("case.clock." + preset) }

func stateName(s huiying.CaseState) locale.Key { return locale.Key("case.state." + string(s)) }
