package people

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"huiying"
)

// duty is one thing a role does with cases in one state.
type duty struct {
	role  huiying.Role
	state huiying.CaseState
	takes time.Duration // how long a person usually takes to get to it
	mine  func(*person, huiying.Case) bool
	do    func(context.Context, *person, huiying.Case) (action string, link bool, err error)
}

// allDuties is the work of the office, as a list. The manager signs the replies
// of the two highest levels; the administrator has no cases.
func allDuties() []duty {
	return []duty{
		{huiying.RoleOfficer, huiying.StatePendingTriage, 1500 * time.Millisecond, anyCase, assign},
		{huiying.RoleResponder, huiying.StateAwaitingAck, 1500 * time.Millisecond, ownUnit, acknowledge},
		{huiying.RoleResponder, huiying.StateHandling, 3 * time.Second, ownUnit, submit},
		{huiying.RoleReviewer, huiying.StateInReview, 2 * time.Second, reviews, review},
		{huiying.RoleManager, huiying.StateInReview, 2500 * time.Millisecond, signs, approve},
		{huiying.RoleResponder, huiying.StateApproved, 1500 * time.Millisecond, ownUnit, publish},
		{huiying.RoleOfficer, huiying.StateResponded, 3 * time.Second, anyCase, conclude},
	}
}

func dutiesOf(p huiying.Person) []duty {
	return slices.DeleteFunc(allDuties(), func(d duty) bool { return !slices.Contains(p.Roles, d.role) })
}

func anyCase(*person, huiying.Case) bool { return true }

// reviews is what the reviewer decides alone, and what is to be sent back.
func reviews(p *person, c huiying.Case) bool { return !c.Level.OpensCase() || p.cast.rejectsNow(c.No) }

// signs is what only the head of the office releases.
func signs(p *person, c huiying.Case) bool { return c.Level.OpensCase() && !p.cast.rejectsNow(c.No) }

// ownUnit is a case of the person's unit that no colleague owns.
func ownUnit(p *person, c huiying.Case) bool {
	return c.Unit == p.Unit && (c.Owner == "" || c.Owner == p.ID)
}

func assign(ctx context.Context, p *person, c huiying.Case) (string, bool, error) {
	unit := p.cast.o.UnitOf(c)
	fields := map[string]string{"unit": unit}
	if owner := p.cast.responderOf(unit); owner != "" {
		fields["owner"] = owner
	}
	return "assign", false, p.act(ctx, c.No, action{Action: "assign", Version: c.Version, Fields: fields})
}

// acknowledge uses the link of the alert where one has come, as a person with
// a phone does; a link that is spent or not meant for this is no obstacle.
func acknowledge(ctx context.Context, p *person, c huiying.Case) (string, bool, error) {
	if link := p.cast.linkOf(c.No, p.ID); link != "" {
		err := p.press(ctx, link, url.Values{"action": {"ack"}})
		var refused *statusError
		if err == nil || !errors.As(err, &refused) || refused.status >= http.StatusInternalServerError {
			return "ack", true, err
		}
	}
	return "ack", false, p.act(ctx, c.No, action{Action: "ack", Version: c.Version})
}

func submit(ctx context.Context, p *person, c huiying.Case) (string, bool, error) {
	text := p.cast.draft(c.No)
	err := p.act(ctx, c.No, action{Action: "submit", Version: c.Version, Fields: map[string]string{"text": text, "checked": "true"}})
	if err == nil {
		p.cast.submitted(c.No, text)
	}
	return "submit", false, err
}

// review sends every second case's first reply back, and approves otherwise.
func review(ctx context.Context, p *person, c huiying.Case) (string, bool, error) {
	if !p.cast.rejectsNow(c.No) {
		return approve(ctx, p, c)
	}
	err := p.act(ctx, c.No, action{Action: "review_reject", Version: c.Version, Fields: map[string]string{"reason": p.cast.o.Words.Reject}})
	if err == nil {
		p.cast.wasReviewed(c.No)
	}
	return "review_reject", false, err
}

func approve(ctx context.Context, p *person, c huiying.Case) (string, bool, error) {
	err := p.act(ctx, c.No, action{Action: "approve", Version: c.Version, Fields: map[string]string{"secrecy": "true", "business": "true"}})
	if err == nil {
		p.cast.wasReviewed(c.No)
	}
	return "approve", false, err
}

func publish(ctx context.Context, p *person, c huiying.Case) (string, bool, error) {
	fields := map[string]string{"url": p.cast.o.Publish, "at": p.cast.o.Now().UTC().Format(time.RFC3339)}
	if text := p.cast.lastDraft(c.No); text != "" && huiying.Digest(text) == c.Approved.Digest {
		fields["text"] = text
	} else {
		fields["digest"] = c.Approved.Digest
	}
	return "publish", false, p.act(ctx, c.No, action{Action: "publish", Version: c.Version, Fields: fields})
}

func conclude(ctx context.Context, p *person, c huiying.Case) (string, bool, error) {
	return "close", false, p.act(ctx, c.No, action{Action: "close", Version: c.Version, Fields: map[string]string{"note": p.cast.o.Words.Done}})
}
