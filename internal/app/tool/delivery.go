package tool

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"text/tabwriter"
	"time"

	"huiying"
	"huiying/internal/app"
	"huiying/internal/app/channels"
	"huiying/internal/query"
	"huiying/internal/store/outbox"
	"huiying/internal/store/users"
)

// DeliveryOptions say which deliveries are listed or shown.
type DeliveryOptions struct {
	Where   app.Where
	JSON    bool
	State   string
	Channel string
	CaseNo  string
	Limit   int
	ID      string
}

// DeliveryList prints deliveries, the newest first; the dead ones are the dead
// letters.
func DeliveryList(ctx context.Context, s Streams, o DeliveryOptions) error {
	return withQueue(ctx, o.Where, func(q *outbox.Deliveries, zone *time.Location) error {
		list, err := q.List(ctx, query.DeliveryFilter{State: huiying.DeliveryState(o.State), Channel: o.Channel, CaseNo: o.CaseNo, Limit: o.Limit})
		if err != nil {
			return err
		}
		if o.JSON {
			for _, d := range list {
				if err := s.line(deliveryIn(d, zone)); err != nil {
					return err
				}
			}
			return nil
		}
		w := tabwriter.NewWriter(s.Out, 0, 4, 2, ' ', 0)
		for _, d := range list {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\n", d.ID, s.Words.Text(s.Lang, "level."+string(d.Alert.Level)),
				s.Words.Text(s.Lang, "web.delivery."+string(d.State)), d.Channel, d.Person, d.Attempts, stamp(d.CreatedAt, zone), d.LastError)
		}
		return w.Flush()
	})
}

// DeliveryShow prints one delivery and everything that became of it.
func DeliveryShow(ctx context.Context, s Streams, o DeliveryOptions) error {
	return withQueue(ctx, o.Where, func(q *outbox.Deliveries, zone *time.Location) error {
		d, err := q.Delivery(ctx, o.ID)
		if err != nil {
			return err
		}
		ledger, err := q.Attempts(ctx, o.ID)
		if err != nil {
			return err
		}
		if o.JSON {
			for i := range ledger {
				ledger[i].At = ledger[i].At.In(zone)
			}
			return s.line(map[string]any{"delivery": deliveryIn(d, zone), "ledger": ledger})
		}
		fmt.Fprintf(s.Out, "%s  %s  %s  %s  %s  %s\n", d.ID, s.Words.Text(s.Lang, "level."+string(d.Alert.Level)),
			s.Words.Text(s.Lang, "web.delivery."+string(d.State)), d.Channel, d.Person, d.Alert.CaseNo)
		w := tabwriter.NewWriter(s.Out, 0, 4, 2, ' ', 0)
		for _, a := range ledger {
			fmt.Fprintf(w, "%s\t%s\t%s\t%d ms\t%s\t%s\t%s\n", stamp(a.At, zone), s.Words.Text(s.Lang, "web.attempt."+string(a.Result)),
				a.Code, a.Took.Milliseconds(), a.Digest, a.By, a.Sentence)
		}
		return w.Flush()
	})
}

func deliveryIn(d huiying.Delivery, zone *time.Location) huiying.Delivery {
	for _, t := range []*time.Time{
		&d.NotBefore, &d.NextAt, &d.CreatedAt, &d.AcceptedAt, &d.ReadAt, &d.AckedAt, &d.DeliveredAt, &d.HandedOnAt, &d.RequeuedAt, &d.Alert.AcceptedAt, &d.Alert.RaisedAt,
	} {
		if !t.IsZero() {
			*t = t.In(zone)
		}
	}
	return d
}

func withQueue(ctx context.Context, w app.Where, do func(*outbox.Deliveries, *time.Location) error) (err error) {
	data, err := app.OpenArchive(ctx, w)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	return do(outbox.NewDeliveries(data.Store), data.Zone)
}

// ResendOptions say which dead letters are sent anew: one, or all of a channel.
type ResendOptions struct {
	Remote
	ID      string
	Channel string
}

// DeliveryResend has dead letters sent anew: by the running service, as
// somebody who may, or in the data of a stopped one, which sends them at its
// next start.
func DeliveryResend(ctx context.Context, s Streams, o ResendOptions) error {
	if (o.ID == "") == (o.Channel == "") {
		return &UsageError{huiying.Errorf(huiying.Invalid, "cli.resend_what")}
	}
	n, err := 0, error(nil)
	if o.User != "" {
		n, err = o.ask(ctx, s)
	} else {
		n, err = o.stopped(ctx)
	}
	if err != nil {
		return err
	}
	s.say("cli.resent", n)
	return nil
}

func (o ResendOptions) ask(ctx context.Context, s Streams) (int, error) {
	service, err := o.signIn(ctx, s)
	if err != nil {
		return 0, err
	}
	defer service.signOut(ctx)
	path, body := "/deliveries/resend", map[string]string{"channel": o.Channel}
	if o.ID != "" {
		path, body = "/deliveries/"+url.PathEscape(o.ID)+"/resend", nil
	}
	var done struct {
		Queued int `json:"queued"`
	}
	err = service.ask(ctx, http.MethodPost, path, body, &done)
	return done.Queued, err
}

func (o ResendOptions) stopped(ctx context.Context) (n int, err error) {
	data, _, err := app.OpenForWriting(ctx, app.Where{ConfigFile: o.ConfigFile})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	queue, r := outbox.NewDeliveries(data.Store), query.Resend{Delivery: o.ID, Channel: o.Channel, By: "cli"}
	if o.ID != "" {
		one, err := queue.Delivery(ctx, o.ID)
		if err != nil {
			return 0, err
		}
		r.Channel = one.Channel
	}
	people, err := users.New(data.Store, users.Options{}).List(ctx)
	if err != nil {
		return 0, err
	}
	return channels.Resend(ctx, queue, people, r)
}

// ChannelOptions say which channel is tried.
type ChannelOptions struct {
	Remote
	ID      string
	Address string
	JSON    bool
}

// ChannelList prints the channels of a running service.
func ChannelList(ctx context.Context, s Streams, o ChannelOptions) error {
	service, err := o.signIn(ctx, s)
	if err != nil {
		return err
	}
	defer service.signOut(ctx)
	var list struct {
		Channels []query.ChannelRow `json:"channels"`
	}
	if err := service.ask(ctx, http.MethodGet, "/channels", nil, &list); err != nil {
		return err
	}
	if o.JSON {
		return s.line(list)
	}
	w := tabwriter.NewWriter(s.Out, 0, 4, 2, ' ', 0)
	for _, c := range list.Channels {
		fmt.Fprintf(w, "%s\t%s\t%s\n", c.ID, s.Words.Text(s.Lang, "channel.kind."+c.Kind), s.Words.Text(s.Lang, "web.channels.waiting", c.Waiting, c.Dead))
	}
	return w.Flush()
}

// ChannelTest has a running service try a channel and prints what the provider
// said.
func ChannelTest(ctx context.Context, s Streams, o ChannelOptions) error {
	service, err := o.signIn(ctx, s)
	if err != nil {
		return err
	}
	defer service.signOut(ctx)
	var trial query.Trial
	body := map[string]string{}
	if o.Address != "" {
		body["address"] = o.Address
	}
	if err := service.ask(ctx, http.MethodPost, "/channels/"+url.PathEscape(o.ID)+"/test", body, &trial); err != nil {
		return err
	}
	if o.JSON {
		if err := s.line(trial); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(s.Out, "%s  %s  %d ms  %s\n", trial.Channel, trial.Code, trial.Took, trial.Sentence)
	}
	if !trial.Accepted {
		return ErrFailed
	}
	return nil
}
