package channels

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"huiying"
	"huiying/internal/config"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/store/outbox"
	"huiying/notifier"
	"huiying/notifier/channel"
)

// Desk is where channels are tried, dead letters sent anew and receipts taken.
type Desk struct {
	Set    Set
	Queue  *outbox.Deliveries
	Sender *notifier.Sender
	Words  *locale.Catalogue
	People func(ctx context.Context) ([]huiying.Person, error)
	Now    func() time.Time
}

// List reads deliveries, the newest first.
func (d *Desk) List(ctx context.Context, f query.DeliveryFilter) ([]huiying.Delivery, error) {
	return d.Queue.List(ctx, f)
}

// Show reads one delivery with its ledger.
func (d *Desk) Show(ctx context.Context, id string) (query.DeliveryPage, error) {
	return d.Queue.Show(ctx, id)
}

// Resend sends a dead letter anew, or all of a channel, to the addresses that
// people have now, and counts them.
func (d *Desk) Resend(ctx context.Context, r query.Resend) (int, error) {
	defer d.Sender.Wake()
	if r.Delivery != "" {
		one, err := d.Queue.Delivery(ctx, r.Delivery)
		if err != nil {
			return 0, err
		}
		r.Channel = one.Channel
	} else if _, known := d.Set.Channels[r.Channel]; !known {
		return 0, huiying.Errorf(huiying.NotFound, "notifier.no_channel", r.Channel)
	}
	people, err := d.People(ctx)
	if err != nil {
		return 0, err
	}
	return Resend(ctx, d.Queue, people, r)
}

// Resend does so with a queue alone; r names the channel of a single delivery
// too.
func Resend(ctx context.Context, q *outbox.Deliveries, people []huiying.Person, r query.Resend) (int, error) {
	if err := q.Readdress(ctx, r.Channel, people); err != nil {
		return 0, err
	}
	if r.Delivery != "" {
		return 1, q.Requeue(ctx, r.Delivery, r.By)
	}
	return q.RequeueAll(ctx, r.Channel, r.By)
}

// Channels lists the channels with their limits and what waits.
func (d *Desk) Channels(ctx context.Context) ([]query.ChannelRow, error) {
	standing, err := d.Queue.Standing(ctx)
	if err != nil {
		return nil, err
	}
	trials, err := d.Queue.Trials(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]query.ChannelRow, 0, len(d.Set.order))
	for _, c := range d.Set.order {
		limits := d.Set.Limits[c.ID]
		row := query.ChannelRow{
			ID: c.ID, Kind: c.Kind, PerAddress: limits.PerAddress, StatedAt: limits.Stated, Receipts: receipts(c), LastTrial: trials[c.ID], Standing: standing[c.ID],
		}
		for _, r := range limits.Rates {
			row.Limits = append(row.Limits, query.Rate{Messages: r.Messages, Seconds: int(r.Window / time.Second)})
		}
		out = append(out, row)
	}
	return out, nil
}

// receipts reports whether the channel's provider may say what arrived: it
// signs with the channel's secret.
func receipts(c config.Channel) bool {
	return c.Secret != "" && (c.Kind == "webhook" || c.Kind == "sms")
}

// Try sends a message that says it is a trial, to the person who asks, and
// notes it in the ledger.
func (d *Desk) Try(ctx context.Context, t query.TrialOf) (query.Trial, error) {
	begun := d.Now()
	address := t.Address
	for _, c := range t.By.Contacts {
		if address == "" && c.Channel == t.Channel {
			address = c.Address
		}
	}
	id := huiying.DeriveID("t-", t.Channel, t.By.ID, strconv.FormatInt(begun.UnixMicro(), 10))
	outcome, err := d.Sender.Try(ctx, id, t.Channel, address)
	if err != nil {
		return query.Trial{}, err
	}
	out := query.Trial{
		ID: id, Channel: t.Channel, Accepted: outcome.Result == channel.Accepted, Code: outcome.Code, Took: d.Now().Sub(begun).Milliseconds(),
	}
	out.Sentence = d.Words.Text(t.Lang, "channel.taken")
	if outcome.Reason != nil {
		out.Sentence = d.Words.Sentence(t.Lang, outcome.Reason)
	}
	return out, d.Queue.Note(context.WithoutCancel(ctx), huiying.Attempt{
		Delivery: id, Channel: t.Channel, At: begun, Result: huiying.AttemptResult(outcome.Result), Code: outcome.Code,
		Sentence: d.Words.Sentence(locale.Chinese, outcome.Reason), Took: d.Now().Sub(begun), By: t.By.ID,
	})
}

// receipt is what a provider, or the office's own gateway to it, posts.
type receipt struct {
	State  string `json:"state"`  // delivered, failed
	Code   string `json:"code"`   // the provider's own
	Reason string `json:"reason"` // in its words
}

// Receive takes a receipt that is signed with the secret of the delivery's
// channel. One of a digest is one of every delivery in it. A delivery nobody
// knows is answered as a wrong signature is: whoever knows no secret learns
// nothing of the deliveries.
func (d *Desk) Receive(ctx context.Context, id string, h http.Header, body []byte) error {
	carried, err := d.Queue.Carried(ctx, id)
	if err != nil {
		return err
	}
	over := ""
	if len(carried) > 0 {
		over = carried[0].Channel // a digest goes over one
	}
	if err := channel.Verify(d.secret(over), h, body, d.Now()); err != nil {
		return err
	}
	var r receipt
	if json.Unmarshal(body, &r) != nil || r.State != "delivered" && r.State != "failed" {
		return huiying.Errorf(huiying.Invalid, "delivery.receipt_body")
	}
	note := query.Receipt{Failed: r.State == "failed", At: d.Now().UTC().Truncate(time.Microsecond), Code: channel.Said(r.Code)}
	if note.Failed {
		note.Sentence = d.Words.Text(locale.Chinese, "delivery.failed", channel.Said(r.Code+" "+r.Reason))
	}
	for _, one := range carried {
		// The next channel is queued first: dead without it would be a lost alert.
		if note.Failed && (one.State == huiying.DeliveryAccepted || one.State == huiying.DeliverySending) {
			if err := d.Sender.HandOn(ctx, one); err != nil {
				return err
			}
		}
		if _, err := d.Queue.Receive(ctx, one.ID, note); err != nil {
			return err
		}
	}
	return nil
}

func (d *Desk) secret(id string) string {
	for _, c := range d.Set.order {
		if c.ID == id && receipts(c) {
			return string(c.Secret)
		}
	}
	return ""
}
