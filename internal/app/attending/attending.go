// Package attending is what people do with alerts as pages and the cards on
// phones see it. It decides nothing itself, and refuses nothing that
// notifier/attend allows.
package attending

import (
	"context"
	"slices"
	"strconv"

	"huiying"
	"huiying/internal/query"
	"huiying/notifier"
	"huiying/notifier/attend"
)

// Desk is for pages.
type Desk struct{ Desk *attend.Desk }

// Attend does what a person asks of an alert that they may see.
func (d Desk) Attend(ctx context.Context, a query.Attending) (query.Attended, error) {
	done, err := d.Desk.Do(ctx, attend.Deed{
		Alert: a.Alert, Action: a.Action, To: a.To, Minutes: a.Minutes, Reason: a.Reason, By: a.By.Person, Via: a.By.Actor().Via, Over: a.Over,
	})
	return query.Attended{At: done.At, Sooner: done.Sooner}, err
}

// Targets are who the person may hand an alert to.
func (d Desk) Targets(ctx context.Context, by huiying.Person) ([]query.AttendTarget, error) {
	list, err := d.Desk.Targets(ctx, by)
	out := make([]query.AttendTarget, len(list))
	for i, t := range list {
		out[i] = query.AttendTarget(t)
	}
	return out, err
}

// MayBeFalse reports whether the person may call the alert a false alarm.
func (d Desk) MayBeFalse(a huiying.Alert, c huiying.Case, by huiying.Actor) bool {
	return attend.MayBeFalse(a, c, by)
}

// Cards is the page behind the link in an alert, with all that a person can do.
type Cards struct {
	Links *notifier.Links
	Desk  *attend.Desk
}

// Card is what the link shows. It changes nothing.
func (c Cards) Card(ctx context.Context, token string) (huiying.Card, error) {
	card, err := c.Links.Card(ctx, token)
	if err != nil {
		return card, err
	}
	a := card.Delivery.Alert
	if a.CaseNo != "" && !card.Case.State.Open() || a.Level == huiying.LevelNone {
		return card, nil
	}
	_, who, err := c.Links.Reader(ctx, token)
	if huiying.ErrorCode(err) == huiying.Forbidden {
		return card, nil // one who is gone does nothing
	}
	if err != nil {
		return card, err
	}
	if card.AckedAt.IsZero() {
		card.Remind = attend.Minutes()
	}
	card.False = attend.MayBeFalse(a, card.Case, huiying.Actor{ID: who.ID, Unit: who.Unit, Roles: who.Roles})
	targets, err := c.Desk.Targets(ctx, who)
	for _, t := range targets {
		if !slices.ContainsFunc(card.HandTo, func(p huiying.Person) bool { return p.ID == t.ID }) {
			card.HandTo = append(card.HandTo, huiying.Person{ID: t.ID, Name: t.Name})
		}
	}
	return card, err
}

// Act does what the reader of the link asks; to is whom, in how many minutes, or
// why.
func (c Cards) Act(ctx context.Context, token, action, to string) (huiying.Case, error) {
	if action == notifier.LinkAck {
		return c.Links.Act(ctx, token, action, to)
	}
	if action == notifier.LinkHandOn {
		card, err := c.Links.Card(ctx, token)
		if err != nil || slices.ContainsFunc(card.HandTo, func(p huiying.Person) bool { return p.ID == to }) {
			done, failed := c.Links.Act(ctx, token, action, to)
			if err == nil {
				err = failed
			}
			return done, err
		}
	}
	d, who, err := c.Links.Reader(ctx, token)
	if err != nil {
		return huiying.Case{}, err
	}
	deed := attend.Deed{Alert: d.Alert, Action: action, By: who, Over: huiying.Contact{Channel: d.Channel, Address: d.Address}}
	switch action {
	case attend.Snooze:
		deed.Minutes, _ = strconv.Atoi(to) // what is no number is none of them
	case attend.FalseAlarm:
		deed.Reason = to
	default:
		deed.To = to
	}
	_, err = c.Desk.Do(ctx, deed)
	return huiying.Case{}, err
}
