package notifier_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/notifier"
	"huiying/notifier/channel"
	"huiying/notifier/channel/webhook"
	"huiying/notifier/message"
)

// From an event to the acknowledgement through the link that the alert
// carried, over a real webhook: every part is the real one but the store.
func TestFromEventToAcknowledgement(t *testing.T) {
	received := make(chan webhook.Body, 10)
	phone := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body webhook.Body
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil || body.DeliveryID != r.Header.Get(webhook.HeaderDelivery) {
			t.Errorf("%+v, %v", body, err)
		}
		received <- body
	}))
	defer phone.Close()
	hook, err := webhook.New(webhook.Config{URL: phone.URL, Secret: "s"})
	if err != nil {
		t.Fatal(err)
	}

	store := newMemory()
	cases := engine(time.Now)
	links := notifier.NewLinks(notifier.LinksOptions{
		Key: []byte("0123456789abcdef0123456789abcdef"), Outbox: store, Ledger: store, Cases: cases, Reader: store,
		Directory: directory{}, Now: time.Now,
	})
	sender := notifier.NewSender(notifier.SenderOptions{
		Outbox: store, Ledger: store, Directory: directory{}, Now: time.Now, Channels: map[string]channel.Channel{"robot": hook, "mail": hook},
		Texts: message.Texts{Catalogue: catalogue(t), Zone: office, PublicURL: "https://hy.example", Token: links.Token},
	})
	alerts := notifier.NewAlerts(notifier.AlertsOptions{
		Ledger: store, Cases: cases, Directory: directory{}, Now: time.Now, Zone: office, Woken: []func(){sender.Wake},
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- sender.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()

	if err := alerts.Handle(ctx, event("weibo:1", huiying.LevelRed)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		var body webhook.Body
		select {
		case body = <-received:
		case <-time.After(10 * time.Second):
			t.Fatal("nothing arrived")
		}
		if text := body.Title + strings.Join(body.Lines, ""); strings.Contains(text, "13900000000") || strings.Contains(text, "weibo.example") {
			t.Errorf("the message says what a citizen wrote: %s", text)
		}
		if body.Person != "amin" {
			continue
		}
		token, ok := strings.CutPrefix(body.Link, "https://hy.example"+message.LinkPath)
		if !ok {
			t.Fatalf("link %s", body.Link)
		}
		c, err := links.Act(ctx, token, notifier.LinkAck, "")
		if err != nil || c.State != huiying.StateHandling || c.Owner != "amin" {
			t.Errorf("%+v, %v", c, err)
		}
	}
}
