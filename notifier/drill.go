package notifier

import (
	"context"
	"time"

	"huiying"
	"huiying/notifier/route"
)

// Drill is a drill of one rule.
type Drill struct {
	ID   string      // of the alert
	Rule huiying.Tag // its name, level and whom it names
	At   time.Time
}

// Drilled is what became of a drill.
type Drilled struct {
	Told []string // persons, in the order of the routes; "" = a shared channel
	Why  []string // of everybody else the reason, each once
}

// Drill sends an alert that says it is a drill the way that an alert of the
// rule would go now: by its routes, silences and mute hours, to the same people
// over the same channels. It opens no case, begins no repeat, waits for no
// group, and keeps nothing by which a later alert would be held back.
func (r Router) Drill(ctx context.Context, tx Tx, d Drill) (out Drilled, err error) {
	post := huiying.Post{ID: d.ID, Platform: "drill", CollectedAt: d.At}
	draft, err := r.Draft(ctx, huiying.Judgement{Post: post, Level: d.Rule.Level, Tags: []huiying.Tag{d.Rule}}, d.At)
	if err != nil {
		return out, err
	}
	c := Case{Alone: true}
	if d.Rule.Level.OpensCase() {
		c.No = d.ID // so that the routes of alerts that open a case are taken
	}
	decisions, _, err := r.Decide(ctx, tx, draft, c)
	if err != nil {
		return out, err
	}
	alert := huiying.Alert{
		ID: d.ID, Rule: d.Rule.Rule, RuleName: d.Rule.Name, Level: huiying.LevelNone, Cause: huiying.CauseDrill, AcceptedAt: d.At, RaisedAt: d.At,
	}
	if _, err := tx.AddAlert(ctx, alert); err != nil {
		return out, err
	}
	for _, one := range decisions {
		if err := out.carryOut(ctx, tx, drilling{alert, one, draft.recipient(one.Telling)}); err != nil {
			return out, err
		}
	}
	return out, nil
}

// drilling is one decision about a drill.
type drilling struct {
	alert    huiying.Alert
	decision route.Decision
	to       Recipient
}

func (out *Drilled) carryOut(ctx context.Context, tx Tx, d drilling) error {
	if !d.decision.Tells() {
		out.Why = append(out.Why, d.decision.Why)
		return nil
	}
	d.to.Quiet = nil // they are asked for the rule's level, with the routes
	delivery := NewDelivery(huiying.DeliveryID(d.alert.ID, d.decision.Person, d.decision.Channel), d.alert, d.to, d.alert.RaisedAt)
	if d.decision.At.After(d.alert.RaisedAt) {
		delivery.NotBefore, delivery.NextAt, delivery.Group = d.decision.At, d.decision.At, d.decision.Group
	}
	out.Told = append(out.Told, d.decision.Person)
	_, err := tx.Enqueue(ctx, delivery)
	return err
}
