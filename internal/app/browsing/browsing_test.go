package browsing_test

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"huiying"
	"huiying/crawler/host"
	"huiying/internal/app/browsing"
	"huiying/internal/app/channels"
	"huiying/internal/config"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/browsers"
	"huiying/internal/store/outbox"
	"huiying/internal/store/record"
	"huiying/internal/store/storetest"
	"huiying/internal/store/users"
	"huiying/notifier"
	"huiying/notifier/channel"
	"huiying/notifier/channel/webpush"
	"huiying/notifier/message"
)

// book tells people of the store over their first contact.
type book struct{ people *users.Users }

func (b book) Recipients(ctx context.Context, ids []string) ([]notifier.Recipient, error) {
	a, err := b.people.ByID(ctx, ids[0])
	if err != nil {
		return nil, err
	}
	first := a.Person.Contacts[0]
	return []notifier.Recipient{{Person: a.Person, Channel: first.Channel, Address: first.Address}}, nil
}

func subscription(t *testing.T, endpoint string) query.NewBrowser {
	t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	auth := make([]byte, 16)
	rand.Read(auth)
	encode := base64.RawURLEncoding.EncodeToString
	return query.NewBrowser{Account: "lin", Endpoint: endpoint, Key: encode(key.PublicKey().Bytes()), Auth: encode(auth), Agent: "Firefox/150", First: true}
}

// A browser that its push service knows no more ends, and the alert goes over
// the person's next channel at once.
func TestGoneHandsOn(t *testing.T) {
	s, clock := storetest.Open(t)
	words, err := locale.Load()
	must(t, err)
	var pushed atomic.Int32
	service := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		pushed.Add(1)
		w.WriteHeader(http.StatusGone)
	}))
	defer service.Close()
	var mu sync.Mutex
	var hooked []string
	heard := make(chan struct{}, 8)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		mu.Lock()
		hooked = append(hooked, r.Header.Get("X-Huiying-Delivery"))
		mu.Unlock()
		heard <- struct{}{}
	}))
	defer hook.Close()

	people := users.New(s, users.Options{})
	must(t, people.Create(t.Context(), "admin", huiying.Person{ID: "lin", Name: "林值班", Roles: []huiying.Role{huiying.RoleOfficer}, Contacts: []huiying.Contact{{Channel: "hook"}}}))
	list := []config.Channel{{ID: "hook", Kind: "webhook", URL: hook.URL}, {ID: "browser", Kind: "webpush", From: "duty@office.example"}}
	key, ok := webpush.ParseKey(append(make([]byte, 31), 7))
	if !ok {
		t.Fatal("no key")
	}
	shelf := browsers.New(s)
	desk := &browsing.Desk{Book: shelf, Config: config.Config{Channels: list}, Key: key}
	n := subscription(t, service.URL+"/gone")
	if err := desk.Add(t.Context(), n); huiying.ErrorCode(err) != huiying.Invalid {
		t.Fatalf("a push service on this machine was taken: %v", err)
	}
	n.Channel = "browser"
	must(t, shelf.Add(t.Context(), n)) // as if its name led here
	a, err := people.ByID(t.Context(), "lin")
	must(t, err)
	if len(a.Person.Contacts) != 2 || a.Person.Contacts[0] != (huiying.Contact{Channel: "browser", Address: "browsers:lin"}) {
		t.Fatalf("%+v", a.Person.Contacts)
	}

	set, err := channels.Make(list, channels.With{Now: clock.Now, Browsers: webpush.Config{Key: key, Browsers: browsing.Targets{Book: shelf}, Transport: service.Client().Transport}})
	must(t, err)
	queue, ledger := outbox.NewDeliveries(s), record.New(s)
	sender := notifier.NewSender(notifier.SenderOptions{
		Outbox: queue, Lates: queue, Directory: book{people}, Channels: set.Channels, Texts: message.Texts{Catalogue: words}, Now: clock.Now, Logger: slog.New(slog.DiscardHandler),
		Sending: notifier.Sending{Workers: 2, Every: 20 * time.Millisecond},
		Ledger: notifier.LedgerFunc(func(ctx context.Context, f func(notifier.Tx) error) error {
			return ledger.InTx(ctx, func(tx *record.Tx) error { return f(tx) })
		}),
	})
	storetest.Write(t, s, func(ctx context.Context, tx *store.Tx) error {
		alert := huiying.Alert{ID: "a-1", Rule: "r", RuleName: "排队", Level: huiying.LevelRed, RaisedAt: s.Now()}
		if _, err := outbox.AddAlert(ctx, tx, alert); err != nil {
			return err
		}
		_, err := outbox.Enqueue(ctx, tx, huiying.Delivery{
			ID: huiying.DeliveryID("a-1", "lin", "browser"), Alert: alert, Person: "lin", Channel: "browser", Address: "browsers:lin", NextAt: s.Now(), CreatedAt: s.Now(),
		})
		return err
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- sender.Run(ctx) }()
	select {
	case <-heard:
	case <-time.After(30 * time.Second):
		t.Error("the next channel was not used")
	}
	cancel()
	must(t, <-done)

	mu.Lock()
	defer mu.Unlock()
	if pushed.Load() != 1 || len(hooked) != 1 || hooked[0] != huiying.DeliveryID("a-1", "lin", "hook") {
		t.Errorf("pushed %d times, hooked %v", pushed.Load(), hooked)
	}
	page, err := queue.Show(t.Context(), huiying.DeliveryID("a-1", "lin", "browser"))
	must(t, err)
	if page.Delivery.State != huiying.DeliveryDead || page.Delivery.Attempts != 1 {
		t.Errorf("%+v", page.Delivery)
	}
	mine, err := desk.Of(t.Context(), "lin")
	must(t, err)
	if len(mine) != 1 || mine[0].EndedAt.IsZero() || mine[0].EndedWhy != "410" {
		t.Errorf("%+v", mine)
	}
	if a, err = people.ByID(t.Context(), "lin"); err != nil || len(a.Person.Contacts) != 1 || a.Person.Contacts[0].Channel != "hook" {
		t.Errorf("%+v %v", a.Person.Contacts, err)
	}
}

// A name that leads into a network of our own is refused when it is connected
// to, whatever it looked like.
func TestPublicAlone(t *testing.T) {
	s := httptest.NewTLSServer(http.NotFoundHandler())
	defer s.Close()
	key, _ := webpush.ParseKey(append(make([]byte, 31), 9))
	n := subscription(t, s.URL)
	c, err := webpush.New(webpush.Config{Subject: "mailto:a@office.example", Key: key, Transport: host.Public(), Browsers: one{webpush.Subscription{ID: "b", Endpoint: n.Endpoint, Key: n.Key, Auth: n.Auth}}})
	must(t, err)
	if o := c.Send(t.Context(), channel.Message{Person: "lin", DeliveryID: "d"}); o.Result != channel.Retry {
		t.Errorf("%+v", o)
	}
	for address, public := range map[string]bool{
		"https://push.example/x": true, "https://10.1.2.3/x": false, "https://localhost/x": false, "https://[::1]/x": false, "https://169.254.169.254/x": false, "": false,
	} {
		if host.MayBePublic(address) != public {
			t.Errorf("%q: %v", address, !public)
		}
	}
}

type one struct{ s webpush.Subscription }

func (o one) Of(context.Context, string) ([]webpush.Subscription, error) {
	return []webpush.Subscription{o.s}, nil
}
func (one) Gone(context.Context, string, string) error { return nil }

// Where no channel of the kind is configured nothing is offered and nothing
// taken.
func TestNoChannel(t *testing.T) {
	desk := &browsing.Desk{Config: config.Config{Channels: []config.Channel{{ID: "hook", Kind: "webhook"}}}}
	if o, err := desk.Offer(); err != nil || o.Channel != "" {
		t.Errorf("%+v %v", o, err)
	}
	if err := desk.Add(t.Context(), query.NewBrowser{}); huiying.ErrorCode(err) != huiying.Unavailable {
		t.Error(err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
