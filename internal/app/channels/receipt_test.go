package channels_test

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/app/channels"
	"huiying/internal/config"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/outbox"
	"huiying/internal/store/record"
	"huiying/internal/store/storetest"
	"huiying/notifier"
	"huiying/notifier/channel"
	"huiying/notifier/message"
)

const secret = "0123456789abcdef"

// book knows one person with a telephone and a mailbox.
type book struct{}

func (book) Recipients(_ context.Context, ids []string) ([]notifier.Recipient, error) {
	lin := huiying.Person{ID: "lin", Contacts: []huiying.Contact{{Channel: "sms", Address: "+1"}, {Channel: "hook"}}}
	if len(ids) != 1 || ids[0] != "lin" {
		return nil, nil
	}
	return []notifier.Recipient{{Person: lin, Channel: "sms", Address: "+1"}}, nil
}

// newDesk is a desk over a database, with what a person is told of.
func newDesk(t *testing.T) (*channels.Desk, *store.Store) {
	t.Helper()
	s, clock := storetest.Open(t)
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	set, err := channels.Make([]config.Channel{
		{ID: "sms", Kind: "webhook", URL: "https://sms.example", Secret: secret}, {ID: "hook", Kind: "webhook", URL: "https://hook.example"},
	}, channels.With{Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	queue, ledger := outbox.NewDeliveries(s), record.New(s)
	sender := notifier.NewSender(notifier.SenderOptions{
		Outbox: queue, Lates: queue, Directory: book{}, Channels: set.Channels, Texts: message.Texts{Catalogue: words}, Now: clock.Now,
		Ledger: notifier.LedgerFunc(func(ctx context.Context, f func(notifier.Tx) error) error {
			return ledger.InTx(ctx, func(tx *record.Tx) error { return f(tx) })
		}),
	})
	return &channels.Desk{
		Set: set, Queue: queue, Sender: sender, Words: words, Now: clock.Now,
		People: func(context.Context) ([]huiying.Person, error) {
			return []huiying.Person{{ID: "lin", Contacts: []huiying.Contact{{Channel: "sms", Address: "+2"}}}, {ID: "wang"}}, nil
		},
	}, s
}

// idOf is the id of the delivery of the alert of a name.
func idOf(name string) string { return huiying.DeliveryID("a-"+name, "lin", "sms") }

// queued puts deliveries of alerts of their own into the outbox.
func queued(t *testing.T, s *store.Store, ids ...string) {
	t.Helper()
	storetest.Write(t, s, func(ctx context.Context, tx *store.Tx) error {
		for _, id := range ids {
			a := huiying.Alert{ID: "a-" + id, Rule: "r", RuleName: "排队", Level: huiying.LevelRed, RaisedAt: s.Now()}
			if _, err := outbox.AddAlert(ctx, tx, a); err != nil {
				return err
			}
			d := huiying.Delivery{ID: idOf(id), Alert: a, Person: "lin", Channel: "sms", Address: "+1", NextAt: s.Now(), CreatedAt: s.Now()}
			if _, err := outbox.Enqueue(ctx, tx, d); err != nil {
				return err
			}
		}
		return nil
	})
}

func report(t *testing.T, d *channels.Desk, id, body string) error {
	t.Helper()
	stamp := strconv.FormatInt(d.Now().Unix(), 10)
	h := http.Header{}
	h.Set(channel.HeaderTimestamp, stamp)
	h.Set(channel.HeaderSignature, channel.Signature(secret, stamp, []byte(body)))
	return d.Receive(t.Context(), id, h, []byte(body))
}

// The provider knows a digest by the digest's id: what it reports of it is true
// of every delivery in it, and a failure hands each of them on.
func TestReceiptOfDigest(t *testing.T) {
	d, s := newDesk(t)
	queued(t, s, "d-1", "d-2", "d-3")
	now := s.Now()
	with, err := d.Queue.Lease(t.Context(), now, 1, now.Add(time.Minute))
	if err != nil || len(with) != 1 {
		t.Fatal(with, err)
	}
	all, err := d.Queue.Fold(t.Context(), huiying.Fold{Digest: "g-1", Channel: "sms", Address: "+1", With: with, Now: now, Until: with[0].LeasedUntil, Most: 2})
	if err != nil || len(all) != 2 {
		t.Fatal(all, err)
	}
	for i := range all {
		all[i].State, all[i].AcceptedAt = huiying.DeliveryAccepted, now
	}
	if err := d.Queue.Settle(t.Context(), all, &huiying.Attempt{At: now, Result: huiying.AttemptAccepted}); err != nil {
		t.Fatal(err)
	}
	if err := report(t, d, "g-none", `{"state":"failed"}`); huiying.ErrorCode(err) != huiying.Unauthorized {
		t.Errorf("of a digest nobody knows: %v", err)
	}
	if err := report(t, d, "g-1", `{"state":"failed","code":"MK:0001","reason":"空号"}`); err != nil {
		t.Fatal(err)
	}
	states := map[huiying.DeliveryState]int{}
	for _, id := range []string{"d-1", "d-2", "d-3"} {
		page, err := d.Queue.Show(t.Context(), idOf(id))
		if err != nil {
			t.Fatal(err)
		}
		states[page.Delivery.State]++
		_, err = d.Queue.Delivery(t.Context(), huiying.DeliveryID("a-"+id, "lin", "hook"))
		if (err == nil) != (page.Delivery.State == huiying.DeliveryDead) || err == nil && !strings.Contains(page.Delivery.LastError, "MK:0001") {
			t.Errorf("%s is %s (%s), next channel: %v", id, page.Delivery.State, page.Delivery.LastError, err)
		}
	}
	if states[huiying.DeliveryDead] != 2 || states[huiying.DeliveryQueued] != 1 {
		t.Errorf("states %v", states)
	}
}

// A failure that is reported before the attempt is settled hands on too.
func TestEarlyFailureHandsOn(t *testing.T) {
	d, s := newDesk(t)
	queued(t, s, "d-1")
	if _, err := d.Queue.Lease(t.Context(), s.Now(), 1, s.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if err := report(t, d, idOf("d-1"), `{"state":"failed"}`); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Queue.Delivery(t.Context(), huiying.DeliveryID("a-d-1", "lin", "hook")); err != nil {
		t.Error(err)
	}
}

// A dead letter that is sent anew goes to the address that its person has now:
// a wrong one is the usual reason why it died.
func TestResentToTheNewAddress(t *testing.T) {
	for name, what := range map[string]query.Resend{"one": {Delivery: idOf("d-1"), By: "admin"}, "all": {Channel: "sms", By: "admin"}} {
		t.Run(name, func(t *testing.T) {
			d, s := newDesk(t)
			queued(t, s, "d-1", "d-2")
			storetest.Exec(t, s, `UPDATE deliveries SET state = 'dead'`, `UPDATE deliveries SET person = 'wang' WHERE id = '`+idOf("d-2")+`'`)
			if _, err := d.Resend(t.Context(), what); err != nil {
				t.Fatal(err)
			}
			if got, err := d.Queue.Delivery(t.Context(), idOf("d-1")); err != nil || got.Address != "+2" || got.State != huiying.DeliveryQueued {
				t.Errorf("%+v, %v", got, err)
			}
			if got, err := d.Queue.Delivery(t.Context(), idOf("d-2")); err != nil || got.Address != "+1" {
				t.Errorf("of whom no address is known: %+v, %v", got, err)
			}
		})
	}
}
