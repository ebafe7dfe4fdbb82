package notifier_test

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/locale"
	"huiying/notifier"
	"huiying/notifier/casework"
)

// linkRoom is a desk whose red alert has just gone out, and the links in it.
type linkRoom struct {
	*desk
	links *notifier.Links
	wakes int
}

func newLinkRoom(t *testing.T, level huiying.Level, change ...func(*huiying.Judgement)) *linkRoom {
	t.Helper()
	r := &linkRoom{desk: newDesk(t)}
	r.handle(event("weibo:1", level, change...))
	r.links = notifier.NewLinks(notifier.LinksOptions{
		Key: []byte("0123456789abcdef0123456789abcdef"), Outbox: r.store, Ledger: r.store, Cases: r.cases, Reader: r.store,
		Directory: directory{}, Now: func() time.Time { return r.now }, Zone: office, Wake: func() { r.wakes++ },
	})
	return r
}

// deliveryTo is the first delivery of a person.
func (r *linkRoom) deliveryTo(person string) huiying.Delivery {
	r.t.Helper()
	data := r.store.snapshot()
	for _, id := range data.order {
		if data.deliveries[id].Person == person {
			return data.deliveries[id]
		}
	}
	r.t.Fatalf("nothing was sent to %s", person)
	return huiying.Delivery{}
}

func (r *linkRoom) token(person string) string {
	r.t.Helper()
	return r.links.Token(r.deliveryTo(person).ID, r.now)
}

func key(err error) string {
	var e *huiying.Error
	if errors.As(err, &e) {
		return e.Key
	}
	return ""
}

func TestLinkShowsAndChangesNothing(t *testing.T) {
	r := newLinkRoom(t, huiying.LevelRed)
	before := r.theCase()
	token := r.token("amin")
	for range 3 { // the previews of chat programs
		card, err := r.links.Card(context.Background(), token)
		if err != nil {
			t.Fatal(err)
		}
		if card.Case.No != before.No || card.Delivery.Person != "amin" || card.AckedBy != "" || !card.Expires.Equal(start.Add(24*time.Hour)) {
			t.Errorf("card %+v", card)
		}
		if len(card.HandTo) != 1 || card.HandTo[0].ID != "bo" {
			t.Errorf("hand to %+v", card.HandTo)
		}
	}
	if after := r.theCase(); after.Version != before.Version || !r.deliveryTo("amin").ReadAt.IsZero() {
		t.Error("looking changed something")
	}
}

func TestLinkAcknowledges(t *testing.T) {
	r := newLinkRoom(t, huiying.LevelRed)
	r.now = r.now.Add(time.Minute)
	for range 2 { // a second tap is no mistake
		c, err := r.links.Act(context.Background(), r.token("amin"), "ack", "")
		if err != nil {
			t.Fatal(err)
		}
		if c.State != huiying.StateHandling || c.Owner != "amin" || !c.AckedAt.Equal(r.now) {
			t.Errorf("case %+v", c)
		}
	}
	steps := r.store.snapshot().steps[r.theCase().No]
	last := steps[len(steps)-1]
	if len(steps) != 3 || last.Actor != "amin" || last.Payload["channel"] != "robot" || last.Payload["delivery_id"] != r.deliveryTo("amin").ID {
		t.Errorf("steps %+v", steps)
	}
	if d := r.deliveryTo("amin"); d.State != huiying.DeliveryRead || d.AckedAt.IsZero() {
		t.Errorf("delivery %+v", d)
	}

	// Whoever comes second learns who was first, and when, in the office's time.
	r.now = r.now.Add(time.Minute)
	c, err := r.links.Act(context.Background(), r.token("bo"), "ack", "")
	if key(err) != "link.acked_by" || c.Owner != "amin" {
		t.Fatalf("got %v, %+v", err, c)
	}
	if got := catalogue(t).Sentence(locale.English, err); got != "阿敏 acknowledged it at 2026-11-23 09:31:00 already." {
		t.Errorf("sentence %q", got)
	}
	if r.deliveryTo("bo").AckedAt.IsZero() {
		t.Error("the second reader has read it too")
	}
	card, err := r.links.Card(context.Background(), r.token("bo"))
	if err != nil || card.AckedBy != "阿敏" || !card.AckedAt.Equal(start.Add(time.Minute)) {
		t.Errorf("card %+v, %v", card, err)
	}
}

// Where the policy wants several acknowledgements, the second link gives one.
func TestLinkAcknowledgesToo(t *testing.T) {
	r := newLinkRoom(t, huiying.LevelRed)
	r.cases = casework.New(casework.Options{Now: func() time.Time { return r.now }, Zone: office, Ladders: func(huiying.Case) huiying.Ladder {
		return huiying.Ladder{Policy: "red", Needs: 2, Rungs: []huiying.Rung{{After: time.Minute, Notify: []string{"duty"}}}}
	}})
	r.links = notifier.NewLinks(notifier.LinksOptions{
		Key: []byte("0123456789abcdef0123456789abcdef"), Outbox: r.store, Ledger: r.store, Cases: r.cases, Reader: r.store,
		Directory: directory{}, Now: func() time.Time { return r.now }, Zone: office,
	})
	act := func(person string) (huiying.Case, error) {
		return r.links.Act(context.Background(), r.token(person), "ack", "")
	}
	if _, err := r.cases.DoIn(context.Background(), memoryTx{r.store}, huiying.Command{
		CaseNo: r.theCase().No, Action: "reassign", Actor: huiying.Actor{ID: "duty", Roles: []huiying.Role{huiying.RoleOfficer}}, Fields: map[string]string{"unit": "u-hall"},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := act("amin"); err != nil {
		t.Fatal(err)
	}
	if card, err := r.links.Card(context.Background(), r.token("bo")); err != nil || !card.AckToo || card.AckedBy != "阿敏" {
		t.Errorf("card %+v, %v", card, err)
	}
	for range 2 { // a second tap is no mistake
		c, err := act("bo")
		if err != nil || !slices.Equal(c.Ladder.Acks, []string{"amin", "bo"}) || c.Owner != "amin" || !c.Ladder.NextAt.IsZero() {
			t.Errorf("%v, owner %s, ladder %+v", err, c.Owner, c.Ladder)
		}
	}
	if card, err := r.links.Card(context.Background(), r.token("bo")); err != nil || card.AckToo {
		t.Errorf("card %+v, %v", card, err)
	}
	steps := r.store.snapshot().steps[r.theCase().No]
	if last := steps[len(steps)-1]; last.Action != "co_ack" || last.Payload["delivery_id"] != r.deliveryTo("bo").ID {
		t.Errorf("%+v", last)
	}
}

// The officer's acknowledgement before triage is no step of the case.
func TestLinkOfficerReads(t *testing.T) {
	r := newLinkRoom(t, huiying.LevelOrange, notify())
	before := r.theCase()
	c, err := r.links.Act(context.Background(), r.token("duty"), "ack", "")
	if err != nil || c.Version != before.Version || r.deliveryTo("duty").AckedAt.IsZero() {
		t.Errorf("%v, %+v", err, c)
	}
	card, err := r.links.Card(context.Background(), r.token("duty"))
	if err != nil || len(card.HandTo) != 0 {
		t.Errorf("card %+v, %v", card, err)
	}
}

func TestLinkBelowOrange(t *testing.T) {
	r := newLinkRoom(t, huiying.LevelYellow)
	card, err := r.links.Card(context.Background(), r.token("amin"))
	if err != nil || card.Case.No != "" || card.AckedBy != "" || len(card.HandTo) != 1 {
		t.Errorf("card %+v, %v", card, err)
	}
	if c, err := r.links.Act(context.Background(), r.token("amin"), "ack", ""); err != nil || c.No != "" {
		t.Errorf("%+v, %v", c, err)
	}
	if card, err = r.links.Card(context.Background(), r.token("amin")); err != nil || card.AckedBy != "阿敏" || !card.AckedAt.Equal(start) {
		t.Errorf("card %+v, %v", card, err)
	}
	before := len(r.store.snapshot().deliveries)
	if _, err := r.links.Act(context.Background(), r.token("amin"), "hand_on", "bo"); err != nil {
		t.Fatal(err)
	}
	if now := len(r.store.snapshot().deliveries); now != before+1 || r.wakes != 1 {
		t.Errorf("%d deliveries, had %d, woken %d", now, before, r.wakes)
	}
}

// Handing on gives the case to the colleague, who is told although the alert
// went to the whole unit before, once for each hand-on.
func TestLinkHandsOn(t *testing.T) {
	r := newLinkRoom(t, huiying.LevelRed)
	before := len(r.store.snapshot().deliveries)
	c, err := r.links.Act(context.Background(), r.token("amin"), "hand_on", "bo")
	if err != nil {
		t.Fatal(err)
	}
	if c.State != huiying.StateAwaitingAck || c.Owner != "bo" || c.Unit != "u-hall" {
		t.Errorf("case %+v", c)
	}
	data := r.store.snapshot()
	if len(data.deliveries) != before+1 || r.wakes != 1 {
		t.Fatalf("%d deliveries, had %d, woken %d", len(data.deliveries), before, r.wakes)
	}
	told := data.deliveries[data.order[len(data.order)-1]]
	if told.Person != "bo" || told.Channel != "mail" || told.Address != "bo@office.example" || told.Alert.ID != r.deliveryTo("amin").Alert.ID {
		t.Errorf("told %+v", told)
	}
	c, err = r.links.Act(context.Background(), r.links.Token(told.ID, r.now), "ack", "")
	if err != nil || c.Owner != "bo" {
		t.Errorf("%v, %+v", err, c)
	}
	if _, err = r.links.Act(context.Background(), r.links.Token(told.ID, r.now), "hand_on", "amin"); err != nil {
		t.Errorf("handing back: %v", err)
	}
}

func TestLinkRefuses(t *testing.T) {
	r := newLinkRoom(t, huiying.LevelRed)
	good := r.token("amin")
	id := r.deliveryTo("amin").ID
	forged := notifier.NewLinks(notifier.LinksOptions{Key: []byte("another key, also thirty-two bytes")})
	parts := strings.Split(good, ".")
	cases := []struct {
		name, token, action, to, key string
		after                        time.Duration
	}{
		{"empty", "", "ack", "", "link.invalid", 0},
		{"garbage", "a.b.c", "ack", "", "link.invalid", 0},
		{"another key", forged.Token(id, r.now), "ack", "", "link.invalid", 0},
		{"longer life", parts[0] + ".zzzzzz." + parts[2], "ack", "", "link.invalid", 0},
		{"another delivery", r.deliveryTo("bo").ID + "." + parts[1] + "." + parts[2], "ack", "", "link.invalid", 0},
		{"unknown delivery", r.links.Token("d-none", r.now), "ack", "", "link.invalid", 0},
		{"just expired", good, "ack", "", "link.expired", 24 * time.Hour},
		{"another action", good, "close", "", "link.action", 0},
		{"to nobody", good, "hand_on", "", "link.no_colleague", 0},
		{"to oneself", good, "hand_on", "amin", "link.no_colleague", 0},
		{"out of the unit", good, "hand_on", "duty", "link.no_colleague", 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r.now = start.Add(c.after)
			defer func() { r.now = start }()
			if _, err := r.links.Act(context.Background(), c.token, c.action, c.to); key(err) != c.key {
				t.Errorf("got %v, want %s", err, c.key)
			}
			if !slices.Contains([]string{"link.invalid", "link.expired"}, c.key) {
				return
			}
			if _, err := r.links.Card(context.Background(), c.token); key(err) != c.key {
				t.Errorf("card: got %v, want %s", err, c.key)
			}
		})
	}
	if c := r.theCase(); c.Version != 2 {
		t.Errorf("a refusal changed the case: %+v", c)
	}
	r.now = start.Add(24*time.Hour - time.Second)
	if _, err := r.links.Card(context.Background(), good); err != nil {
		t.Errorf("within its 24 hours: %v", err)
	}
}

func TestLinkOfSomebodyGone(t *testing.T) {
	r := newLinkRoom(t, huiying.LevelRed)
	d := r.deliveryTo("amin")
	d.ID, d.Person = "d-gone", "gone"
	r.store.add(d)
	if _, err := r.links.Act(context.Background(), r.links.Token("d-gone", r.now), "ack", ""); key(err) != "link.no_person" {
		t.Errorf("got %v", err)
	}
}

// Acknowledging and noting it are one transaction.
func TestLinkAllOrNothing(t *testing.T) {
	for action, method := range map[string]string{"ack": "MarkAcked", "hand_on": "Enqueue"} {
		r := newLinkRoom(t, huiying.LevelRed)
		r.store.fail[method] = errDisk
		if _, err := r.links.Act(context.Background(), r.token("amin"), action, "bo"); !errors.Is(err, errDisk) {
			t.Errorf("%s: got %v", action, err)
		}
		if c := r.theCase(); c.Version != 2 || !r.deliveryTo("amin").AckedAt.IsZero() || r.wakes != 0 {
			t.Errorf("%s left something behind: %+v", action, c)
		}
	}
}

// No byte of a token may be changed.
func FuzzToken(f *testing.F) {
	links := notifier.NewLinks(notifier.LinksOptions{
		Key: []byte("0123456789abcdef0123456789abcdef"), Outbox: newMemory(), Now: func() time.Time { return start },
	})
	f.Add(links.Token("d-a", start))
	f.Add("d-a.1.2")
	f.Add("...")
	f.Add(base64.RawURLEncoding.EncodeToString([]byte("{}")))
	f.Fuzz(func(t *testing.T, token string) {
		// The outbox is empty, so that even a good token finds nothing.
		if _, err := links.Card(context.Background(), token); key(err) != "link.invalid" && key(err) != "link.expired" {
			t.Errorf("got %v", err)
		}
	})
}

// Attempts within an hour have the same link, and each works for a day.
func TestLinkIsTheSameForAnHour(t *testing.T) {
	r := newLinkRoom(t, huiying.LevelRed)
	id := r.deliveryTo("amin").ID
	at := r.now.Truncate(time.Hour)
	first, again := r.links.HourToken(id, at.Add(time.Minute)), r.links.HourToken(id, at.Add(59*time.Minute))
	if first != again || first == r.links.HourToken(id, at.Add(time.Hour)) {
		t.Errorf("%s, %s", first, again)
	}
	r.now = at.Add(59*time.Minute + 24*time.Hour)
	if _, err := r.links.Card(t.Context(), again); err != nil {
		t.Errorf("a day later: %v", err)
	}
	r.now = r.now.Add(time.Hour)
	if _, err := r.links.Card(t.Context(), again); key(err) != "link.expired" {
		t.Errorf("an hour more: %v", err)
	}
}
