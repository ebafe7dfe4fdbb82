package channels_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/app/channels"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/store/outbox"
	"huiying/internal/store/storetest"
	"huiying/internal/store/users"
	"huiying/notifier"
	"huiying/notifier/channel"
	"huiying/notifier/message"
)

// echo is a provider that gives what it was sent back in its refusal.
type echo struct {
	refuses bool
	sent    []channel.Message
}

func (e *echo) Send(_ context.Context, m channel.Message) channel.Outcome {
	e.sent = append(e.sent, m)
	if !e.refuses {
		return channel.Outcome{Result: channel.Accepted, Code: "200"}
	}
	return channel.Outcome{Result: channel.Refused, Code: m.Title, Reason: huiying.Errorf(huiying.Invalid, "channel.refused", "sms", "1", m.Title)}
}

// A code goes to the person's own address, at once and to nobody else; it stands in
// no answer, no ledger and no row, even where the provider says it back.
func TestSendCode(t *testing.T) {
	s, clock := storetest.Open(t)
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	u := users.New(s, users.Options{Cost: users.Cost{Memory: 64, Time: 1, Threads: 1}})
	lin := huiying.Person{ID: "lin", Name: "林", Roles: []huiying.Role{huiying.RoleOfficer}, Contacts: []huiying.Contact{{Channel: "sms", Address: "13900000000"}}}
	if err := u.Create(t.Context(), "", lin); err != nil {
		t.Fatal(err)
	}
	provider := &echo{}
	queue := outbox.NewDeliveries(s)
	sender := notifier.NewSender(notifier.SenderOptions{
		Outbox: queue, Directory: book{}, Channels: map[string]channel.Channel{"sms": provider}, Now: clock.Now,
		Texts: message.Texts{Catalogue: words, PublicURL: "https://hy.example/"},
	})
	p := channels.Proving{Codes: u, Post: &channels.Desk{Queue: queue, Sender: sender, Words: words, Now: clock.Now}}
	to := query.CodeTo{Channel: "sms", By: lin, Lang: locale.Chinese}
	trial, err := p.SendCode(t.Context(), to)
	if err != nil || !trial.Accepted || len(provider.sent) != 1 {
		t.Fatalf("%+v %v", trial, err)
	}
	m := provider.sent[0]
	code := m.Title[strings.LastIndex(m.Title, "】")+len("】"):]
	if len(code) != 6 || m.Address != "13900000000" || m.Link != "https://hy.example/me" || !strings.Contains(strings.Join(m.Lines, ""), "10 分钟内有效") {
		t.Errorf("%+v", m)
	}
	provider.refuses = true
	clock.Advance(time.Second)
	refused, err := p.SendCode(t.Context(), to)
	if err != nil || refused.Accepted || !strings.Contains(refused.Sentence, "******") {
		t.Errorf("%+v %v", refused, err)
	}
	second := provider.sent[1].Title[len(provider.sent[1].Title)-6:]
	var rows []string
	for _, id := range []string{trial.ID, refused.ID} {
		list, err := queue.Attempts(t.Context(), id)
		if err != nil || len(list) != 1 || list[0].By != "lin" {
			t.Fatalf("the ledger has %+v %v", list, err)
		}
		rows = append(rows, fmt.Sprintf("%+v", list[0]))
	}
	for _, text := range append(rows, fmt.Sprintf("%+v %+v", trial, refused)) {
		if strings.Contains(text, code) || strings.Contains(text, second) {
			t.Errorf("a code stands in %s", text)
		}
	}
	if err := p.ProveContact(t.Context(), "lin", "sms", second); err != nil {
		t.Error(err)
	}
	if _, err := p.SendCode(t.Context(), to); huiying.ErrorCode(err) != huiying.Conflict || len(provider.sent) != 2 {
		t.Errorf("%v, %d messages", err, len(provider.sent))
	}
	if trials, err := queue.Trials(t.Context()); err != nil || len(trials) != 0 {
		t.Errorf("a code counts as a trial of the channel: %+v %v", trials, err)
	}
	if a, err := u.ByID(t.Context(), "lin"); err != nil || slices.ContainsFunc(a.Person.Contacts, huiying.Contact.Unproven) {
		t.Errorf("%+v %v", a.Person.Contacts, err)
	}
}
