package telling_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"huiying"
	"huiying/internal/locale"
	"huiying/internal/store"
	"huiying/internal/store/outbox"
	"huiying/internal/store/record"
	"huiying/internal/store/routes"
	"huiying/internal/store/storetest"
	"huiying/notifier"
	"huiying/notifier/casework"
	"huiying/notifier/channel"
	"huiying/notifier/message"
	"huiying/notifier/repeat"
	"huiying/notifier/route"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var zone = time.FixedZone("office", 8*3600)

// office is the notifier over a database on disk, which can be stopped and
// started again at any time.
type office struct {
	t      *testing.T
	path   string
	tree   *route.Tree
	words  *locale.Catalogue
	now    time.Time
	quiet  map[string]notifier.Quiet
	pipe   pipe
	store  *store.Store
	ledger *record.Ledger
	engine *casework.Engine
	alerts *notifier.Alerts
	again  *repeat.Repeater
	sender *notifier.Sender
}

// pipe takes every message.
type pipe struct {
	mu   sync.Mutex
	sent []channel.Message
}

func (p *pipe) Send(_ context.Context, m channel.Message) channel.Outcome {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent = append(p.sent, m)
	return channel.Outcome{Result: channel.Accepted}
}

func (p *pipe) messages() []channel.Message {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]channel.Message(nil), p.sent...)
}

// people: an officer, and a responder of the hall, with quiet hours where a test
// gives somebody some.
type people struct{ quiet map[string]notifier.Quiet }

func (b people) Recipients(_ context.Context, ids []string) ([]notifier.Recipient, error) {
	one := func(id, unit string) notifier.Recipient {
		p := huiying.Person{ID: id, Unit: unit, Contacts: []huiying.Contact{{Channel: "robot"}}}
		return notifier.Recipient{Person: p, Unit: unit, Channel: "robot", Quiet: b.quiet[id]}
	}
	if len(ids) == 0 {
		return []notifier.Recipient{one("duty", "")}, nil
	}
	var out []notifier.Recipient
	for _, id := range ids {
		switch id {
		case "u-hall", "hall":
			out = append(out, one("hall", "u-hall"))
		case "duty":
			out = append(out, one("duty", ""))
		}
	}
	return out, nil
}

func open(t *testing.T, root route.Node) *office {
	t.Helper()
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	tree, err := route.New(root, nil, route.Clock{Zone: zone})
	if err != nil {
		t.Fatal(err)
	}
	o := &office{t: t, tree: tree, words: words, path: filepath.Join(t.TempDir(), "huiying.db"), now: time.Date(2026, 11, 23, 20, 0, 0, 0, zone)}
	o.start()
	t.Cleanup(func() { o.must(o.store.Close()) })
	return o
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) clock() time.Time { return o.now }

func (o *office) start() {
	var err error
	o.store, err = store.Open(context.Background(), store.Options{Path: o.path, MACKey: []byte(strings.Repeat("k", 32)), Now: o.clock, Zone: zone})
	o.must(err)
	o.ledger = record.New(o.store)
	inTx := notifier.LedgerFunc(func(ctx context.Context, f func(notifier.Tx) error) error {
		return o.ledger.InTx(ctx, func(tx *record.Tx) error { return f(tx) })
	})
	o.engine = casework.New(casework.Options{Now: o.clock, Zone: zone, Ledger: casework.LedgerFunc(func(ctx context.Context, f func(casework.Tx) error) error {
		return o.ledger.InTx(ctx, func(tx *record.Tx) error { return f(tx) })
	})})
	o.alerts = notifier.NewAlerts(notifier.AlertsOptions{Ledger: inTx, Cases: o.engine, Directory: people{o.quiet}, Now: o.clock, Zone: zone, Routes: o.tree})
	o.again = repeat.New(repeat.Options{
		Due: routes.New(o.store), Routes: o.tree, Clock: route.Clock{Zone: zone}, Now: o.clock,
		Quiet: func(_ context.Context, person string, at time.Time) (time.Time, error) {
			return o.quiet[person].Holds(huiying.LevelNone, at), nil
		},
		InTx: func(ctx context.Context, f func(repeat.Tx) error) error {
			return o.ledger.InTx(ctx, func(tx *record.Tx) error { return f(tx) })
		},
	})
	o.sender = notifier.NewSender(notifier.SenderOptions{
		Outbox: outbox.NewDeliveries(o.store), Ledger: inTx, Directory: people{o.quiet}, Channels: map[string]channel.Channel{"robot": &o.pipe}, Now: o.clock,
		Texts: message.Texts{Catalogue: o.words, Zone: zone}, Sending: notifier.Sending{Every: time.Millisecond, Workers: 2},
	})
}

// restart ends the process and starts the next one on the same database.
func (o *office) restart() {
	o.t.Helper()
	o.must(o.store.Close())
	o.start()
	o.must(outbox.NewDeliveries(o.store).Release(context.Background()))
}

func (o *office) pass(d time.Duration) { o.now = o.now.Add(d) }

// post raises an alert by a post of a topic.
func (o *office) post(n int, topic string, level huiying.Level) {
	o.t.Helper()
	o.pass(time.Millisecond)
	id := "weibo:" + strconv.Itoa(n)
	j := huiying.Judgement{
		Post:  huiying.Post{ID: id, Source: "s", Platform: "weibo", Kind: "post", URL: "https://example.org/" + id, Text: "排队", PublishedAt: o.now, CollectedAt: o.now},
		Tags:  []huiying.Tag{{Rule: "r-queue", Name: "排队", Level: level, Notify: []string{"u-hall"}}},
		Topic: topic, Level: level,
	}
	o.must(o.alerts.Handle(context.Background(), huiying.NewEvent(j, o.now)))
}

// drain repeats what is due and sends until nothing is.
func (o *office) drain() {
	o.t.Helper()
	o.must(o.again.Tick(context.Background()))
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- o.sender.Run(ctx) }()
	for tries := 0; o.count(`state IN ('queued', 'retrying', 'sending') AND next_at <= $1`, store.Micros(o.now)) > 0; tries++ {
		if tries > 2000 {
			o.t.Error("the outbox does not drain")
			break
		}
		time.Sleep(time.Millisecond)
	}
	stop()
	o.must(<-done)
}

func (o *office) count(where string, args ...any) (n int) {
	o.t.Helper()
	o.must(o.store.Reader().QueryRowContext(context.Background(), `SELECT count(*) FROM deliveries WHERE `+where, args...).Scan(&n))
	return n
}

var andMore = regexp.MustCompile(`同组另有 (\d+) 条`)

// told is how many deliveries a message stands for.
func told(m channel.Message) int {
	found := andMore.FindStringSubmatch(strings.Join(m.Lines, "\n"))
	if found == nil {
		return 1
	}
	n, err := strconv.Atoi(found[1])
	if err != nil {
		return 1
	}
	return n + 1
}

// A group that waits is sent once and whole, whatever is restarted meanwhile;
// what comes soon after waits for the interval.
func TestGroupSurvivesRestart(t *testing.T) {
	o := open(t, route.Node{To: []string{"hall"}, Group: route.Group{By: route.ByTopic, Wait: 30 * time.Second, Interval: 10 * time.Minute}})
	for n := range 3 {
		o.post(n, "t-1", huiying.LevelYellow)
		o.pass(5 * time.Second)
		o.restart()
		o.drain()
	}
	if sent := o.pipe.messages(); len(sent) != 0 {
		t.Fatalf("%d messages before the wait is over", len(sent))
	}
	o.pass(16 * time.Second)
	o.restart()
	o.drain()
	sent := o.pipe.messages()
	if len(sent) != 1 || told(sent[0]) != 3 {
		t.Fatalf("%d messages: %+v", len(sent), sent)
	}
	o.post(3, "t-1", huiying.LevelYellow)
	o.post(4, "t-2", huiying.LevelYellow)
	o.pass(5 * time.Minute)
	o.drain()
	if sent := o.pipe.messages(); len(sent) != 2 {
		t.Fatalf("%d messages within the interval, want that of the other topic", len(sent)-1)
	}
	o.pass(6 * time.Minute)
	o.restart()
	o.drain()
	if n := o.count(`state = 'accepted'`); n != 5 || len(o.pipe.messages()) != 3 {
		t.Errorf("%d accepted in %d messages", n, len(o.pipe.messages()))
	}
}

// A repeat is told at its interval, once each, until the case is acknowledged.
func TestRepeatSurvivesRestart(t *testing.T) {
	o := open(t, route.Node{To: []string{"hall"}, Repeat: route.Repeat{Every: 10 * time.Minute, Most: 3}})
	o.post(1, "t-1", huiying.LevelRed)
	o.post(2, "t-2", huiying.LevelRed)
	o.drain()
	for round := 1; round <= 2; round++ {
		o.pass(10 * time.Minute)
		o.restart()
		o.drain()
		o.restart() // and again at the same time
		o.drain()
		if n := len(o.pipe.messages()); n != 2+2*round {
			t.Fatalf("round %d: %d messages", round, n)
		}
	}
	_, err := o.engine.Do(context.Background(), huiying.Command{
		CaseNo: "HY20261123-0001", Action: "ack", Actor: huiying.Actor{ID: "hall", Unit: "u-hall", Roles: []huiying.Role{huiying.RoleResponder}},
	})
	o.must(err)
	for range 5 {
		o.pass(10 * time.Minute)
		o.drain()
	}
	if n := len(o.pipe.messages()); n != 7 { // the third and last of the other case
		t.Errorf("%d messages, want 7", n)
	}
	ids := map[string]bool{}
	for _, m := range o.pipe.messages() {
		if ids[m.DeliveryID] {
			t.Errorf("%s was sent twice", m.DeliveryID)
		}
		ids[m.DeliveryID] = true
	}
}

// A repeat waits for mute hours and silences to end, and while an earlier
// message is on its way.
func TestRepeatWaits(t *testing.T) {
	o := open(t, route.Node{To: []string{"hall"}, Repeat: route.Repeat{Every: 10 * time.Minute}, Mute: []route.Mute{{Hours: []string{"22:00-07:00"}}}})
	o.now = time.Date(2026, 11, 23, 21, 55, 0, 0, zone)
	o.post(1, "t-1", huiying.LevelYellow)
	o.drain()
	o.pass(10 * time.Minute) // 22:05
	o.drain()
	if n := len(o.pipe.messages()); n != 1 {
		t.Fatalf("%d messages in mute hours", n)
	}
	o.now = time.Date(2026, 11, 24, 7, 0, 0, 0, zone)
	o.must(routes.New(o.store).Add(context.Background(), huiying.Silence{
		ID: "sl-1", Match: huiying.AlertMatch{Topics: []string{"t-1"}}, From: o.now, Until: o.now.Add(time.Hour), Reason: "演练", Author: "duty", CreatedAt: o.now,
	}))
	o.post(2, "t-1", huiying.LevelYellow) // silenced from the start
	o.drain()
	if n := len(o.pipe.messages()); n != 1 {
		t.Fatalf("%d messages under a silence", n)
	}
	o.pass(time.Hour)
	o.restart()
	o.drain()
	if n := len(o.pipe.messages()); n != 3 { // both alerts have a repeat
		t.Errorf("%d messages after the silence", n)
	}
	o.pass(10 * time.Minute)
	o.must(o.again.Tick(context.Background())) // queued, not sent yet
	o.pass(10 * time.Minute)
	o.must(o.again.Tick(context.Background()))
	if n := o.count(`state = 'queued'`); n != 2 {
		t.Errorf("%d waiting, want one of each", n)
	}
}

// A silence that is ended early lets repeats go on, not only at the end that was
// planned.
func TestRepeatAfterAnEndedSilence(t *testing.T) {
	o := open(t, route.Node{To: []string{"hall"}, Repeat: route.Repeat{Every: 10 * time.Minute}})
	book := routes.New(o.store)
	o.must(book.Add(context.Background(), huiying.Silence{
		ID: "sl-1", Match: huiying.AlertMatch{Topics: []string{"t-1"}}, From: o.now, Until: o.now.Add(7 * 24 * time.Hour), Reason: "演练", Author: "duty", CreatedAt: o.now,
	}))
	o.post(1, "t-1", huiying.LevelOrange)
	for range 3 {
		o.pass(10 * time.Minute)
		o.drain()
	}
	if n := len(o.pipe.messages()); n != 0 {
		t.Fatalf("%d messages under a silence", n)
	}
	o.must(book.End(context.Background(), "sl-1", "duty", o.now))
	o.pass(10 * time.Minute)
	o.drain()
	if n := len(o.pipe.messages()); n != 1 {
		t.Errorf("%d messages after its end", n)
	}
}

// Who says to have read an alert is told no more; the others are until somebody
// acknowledges the case.
func TestReadingIsNotAcknowledging(t *testing.T) {
	o := open(t, route.Node{To: []string{"hall", "duty"}, Repeat: route.Repeat{Every: 10 * time.Minute}})
	o.post(1, "t-1", huiying.LevelRed)
	o.drain()
	var id string
	o.must(o.store.Reader().QueryRowContext(context.Background(), `SELECT id FROM deliveries WHERE person = 'duty'`).Scan(&id))
	o.must(outbox.NewDeliveries(o.store).MarkAcked(context.Background(), id, o.now))
	o.pass(10 * time.Minute)
	o.drain()
	sent := o.pipe.messages()
	if len(sent) != 3 || sent[2].Person != "hall" {
		t.Errorf("%d messages: %+v", len(sent), sent)
	}
	o.post(2, "t-2", huiying.LevelYellow) // of no case: whoever answers, answers for all
	o.drain()
	o.must(o.store.Reader().QueryRowContext(context.Background(), `SELECT id FROM deliveries WHERE person = 'duty' AND case_no = ''`).Scan(&id))
	o.must(outbox.NewDeliveries(o.store).MarkAcked(context.Background(), id, o.now))
	o.pass(5 * time.Minute)
	o.drain()
	o.pass(5 * time.Minute)
	o.drain()
	if n := o.count(`case_no = ''`); n != 2 {
		t.Errorf("%d deliveries of what was answered", n)
	}
}

// A repeat that fails keeps no other from being told.
func TestOneFailingRepeat(t *testing.T) {
	o := open(t, route.Node{To: []string{"hall"}, Repeat: route.Repeat{Every: 10 * time.Minute}})
	o.post(1, "t-1", huiying.LevelRed)
	o.post(2, "t-2", huiying.LevelRed)
	o.drain()
	storetest.Exec(t, o.store, `UPDATE alert_repeats SET alert_id = (SELECT id FROM alerts WHERE case_no LIKE '%-0001')`,
		`UPDATE alerts SET body = replace(body, '-0001', '-9999') WHERE case_no LIKE '%-0001'`,
		`UPDATE alert_repeats SET alert_id = (SELECT id FROM alerts WHERE case_no LIKE '%-0002') WHERE next_at = (SELECT max(next_at) FROM alert_repeats)`)
	o.pass(10 * time.Minute)
	if err := o.again.Tick(context.Background()); err == nil {
		t.Error("a case that is not there is no error")
	}
	if n := o.count(`state = 'queued'`); n != 1 {
		t.Errorf("%d repeats queued", n)
	}
}

// Whatever comes, stops and starts: what was to be told is told once, whole,
// and in the order of its case; red at once.
func TestNothingLostNothingDoubled(t *testing.T) {
	root := route.Node{
		To: []string{route.ToRules}, Group: route.Group{By: route.ByTopic, Wait: time.Minute, Interval: 5 * time.Minute},
		Mute: []route.Mute{{Levels: []huiying.Level{"yellow", "blue"}, Hours: []string{"21:00-22:00"}}}, Joins: route.JoinsEvery,
		Children: []route.Node{{Match: huiying.AlertMatch{Levels: []huiying.Level{"orange", "red"}}, To: []string{"hall", "duty"}}},
	}
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			o := open(t, root)
			random := rand.New(rand.NewPCG(seed, 1))
			levels := []huiying.Level{"red", "orange", "orange", "yellow", "blue"}
			for n := range 60 {
				switch random.IntN(6) {
				case 0:
					o.restart()
				case 1, 2:
					o.pass(time.Duration(random.IntN(240)) * time.Second)
					o.drain()
				default:
					level := levels[random.IntN(len(levels))]
					o.post(n, "t-"+strconv.Itoa(random.IntN(4)), level)
					if level == huiying.LevelRed {
						o.drain()
						if left := o.count(`level = 'red' AND state <> 'accepted'`); left > 0 {
							t.Fatalf("%d red wait", left)
						}
					}
				}
			}
			o.pass(3 * time.Hour)
			o.restart()
			o.drain()
			o.check()
		})
	}
}

func (o *office) check() {
	o.t.Helper()
	if left := o.count(`state <> 'accepted'`); left > 0 {
		o.t.Errorf("%d deliveries are lost", left)
	}
	sent, ids := 0, map[string]bool{}
	for _, m := range o.pipe.messages() {
		if sent += told(m); ids[m.DeliveryID] {
			o.t.Errorf("%s was sent twice", m.DeliveryID)
		}
		ids[m.DeliveryID] = true
	}
	if all := o.count(`1 = 1`); sent != all {
		o.t.Errorf("%d deliveries, %d told of in %d messages", all, sent, len(ids))
	}
	var late int
	o.must(o.store.Reader().QueryRowContext(context.Background(), `SELECT count(*) FROM deliveries d JOIN deliveries e
		ON e.case_no = d.case_no AND e.person = d.person AND e.channel = d.channel AND d.case_no <> ''
		AND (e.created_at, e.id) < (d.created_at, d.id) AND e.accepted_at > d.accepted_at`).Scan(&late))
	if late > 0 {
		o.t.Errorf("%d messages overtook an earlier one of their case", late)
	}
}
