package notifier

import (
	"cmp"
	"context"
	"slices"
	"time"

	"huiying"
)

// Notice is an alert that goes to people by what they have to do with its
// cause, past the routes: a case that is given to them, a step that asks
// something of them, a rung of the ladder, a finding.
type Notice struct {
	Alert    huiying.Alert
	To       []Recipient // without those who cannot be told
	Receiver string      // as whom they are told
	Until    time.Time   // their next channels take over by then; zero = when the sender says
}

// Tell queues a notice inside the caller's transaction and gives the ids of its
// deliveries. A repeat is the same alert: it changes nothing and gives the same
// ids.
func Tell(ctx context.Context, tx Tx, n Notice) (receipts []string, err error) {
	a := n.Alert
	if len(n.To) == 0 {
		return nil, nil
	}
	added, err := tx.AddAlert(ctx, a)
	if err != nil {
		return nil, err
	}
	var tellings []huiying.Telling
	for _, r := range n.To {
		id := huiying.DeliveryID(a.ID, r.Person.ID, r.Channel)
		if slices.Contains(receipts, id) {
			continue
		}
		receipts = append(receipts, id)
		t := huiying.Telling{
			Path: "case", Receiver: n.Receiver, Person: r.Person.ID, Unit: r.Unit, Channel: r.Channel, Why: huiying.TellGiven, At: a.RaisedAt,
		}
		d := NewDelivery(id, a, r, a.RaisedAt)
		if d.Quieted() {
			t.Why, t.At = huiying.TellQuiet, d.NotBefore
		} else {
			d.StepDue = n.Until
		}
		tellings = append(tellings, t)
		if _, err := tx.Enqueue(ctx, d); err != nil {
			return nil, err
		}
	}
	if !added || a.CaseNo == "" {
		return receipts, nil
	}
	return receipts, tx.SaveTellings(ctx, huiying.AlertFacts{
		Alert: a.ID, Case: a.CaseNo, Topic: a.Topic, Kind: huiying.AlertGiven, Level: a.Level, Unit: a.Unit, Rule: a.Rule, At: a.RaisedAt,
	}, tellings)
}

// aboutCase is an alert about a case as it now stands, not about a post. id is
// derived from the case and its version, so that a repeat of the step is a
// repeat of the alert.
func aboutCase(id string, c huiying.Case) huiying.Alert {
	return huiying.Alert{
		ID: id, Rule: c.Rule, RuleName: c.Title, Level: c.Level, Unit: c.Unit, Topic: c.Topic, CaseNo: c.No, AcceptedAt: c.FirstSeenAt,
	}
}

// receiverOf is who has the case.
func receiverOf(c huiying.Case) string { return cmp.Or(c.Owner, c.Unit) }
