package reports_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/app/outcomes/officetest"
	"huiying/internal/app/reports"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/coverage"
	"huiying/internal/store/definitions"
	"huiying/internal/store/posts"
	"huiying/internal/store/record"
	book "huiying/internal/store/reports"
	"huiying/internal/store/storetest"
	"huiying/notifier"
	"huiying/notifier/calendar"
	"huiying/notifier/casework/machine"
	"huiying/notifier/casework/measure"
)

var (
	zone = time.FixedZone("office", 8*3600)
	day  = time.Date(2026, 11, 26, 0, 0, 0, 0, zone) // a Thursday
)

// office is a store whose cases take whatever steps the machine has, with posts,
// alerts and visits of sources.
type office struct {
	t       testing.TB
	store   *store.Store
	ledger  *record.Ledger
	counter *reports.Counter
	desk    *reports.Desk
	clock   *reports.Clock
	book    *book.Book
	machine *machine.Machine
	words   *locale.Catalogue
	rnd     *rand.Rand
	now     time.Time
	log     strings.Builder
	logger  *slog.Logger
	days    *calendar.Calendar
	n       int
	cases   map[string]huiying.Case
	steps   map[string][]huiying.Step
	posts   map[string]huiying.Judgement
	alerts  []huiying.Alert

	labelled map[string]map[string]bool
	stood    map[string]huiying.Case
	measured map[string][]measure.Figure // of the slow reading, by what it is of
}

func units() []huiying.Unit {
	return []huiying.Unit{{ID: "u-hall", Name: "大厅管理科"}, {ID: "u-roads", Name: "道路科"}}
}

func people() []huiying.Person {
	return []huiying.Person{
		{ID: "wen", Name: "温值班", Roles: []huiying.Role{huiying.RoleOfficer}}, {ID: "gu", Name: "顾审核", Roles: []huiying.Role{huiying.RoleReviewer}},
		{ID: "lu", Name: "陆主任", Roles: []huiying.Role{huiying.RoleManager}}, {ID: "he", Name: "何承办", Unit: "u-hall", Roles: []huiying.Role{huiying.RoleResponder}},
	}
}

func account(id string) query.Account {
	for _, p := range people() {
		if p.ID == id {
			return query.Account{Person: p}
		}
	}
	panic("nobody is " + id)
}

// reachable finds everybody; the manager and the unit of roads have no channel,
// as the directory of the service says it.
type reachable struct{}

func (reachable) Recipients(_ context.Context, ids []string) (out []notifier.Recipient, err error) {
	for _, id := range ids {
		if id == "lu" {
			out = append(out, notifier.Recipient{Person: account("lu").Person})
		}
		if id == "u-roads" {
			out = append(out, notifier.Recipient{Unit: id})
		}
		for _, p := range people() {
			if (p.ID == id || p.Unit == id) && p.ID != "lu" {
				out = append(out, notifier.Recipient{Person: p, Unit: p.Unit, Channel: "mail"}, notifier.Recipient{Person: p, Unit: p.Unit, Channel: "hook"})
			}
		}
	}
	return out, nil
}

func newOffice(t testing.TB, seed uint64) *office {
	o := &office{
		t: t, machine: machine.New(), rnd: rand.New(rand.NewPCG(seed, 1)), now: day.AddDate(0, 0, 1).Add(8 * time.Hour),
		cases: map[string]huiying.Case{}, steps: map[string][]huiying.Step{}, posts: map[string]huiying.Judgement{}, measured: map[string][]measure.Figure{}, stood: map[string]huiying.Case{}, labelled: map[string]map[string]bool{},
	}
	var err error
	o.store = storetest.Engines()[0].Open(t, store.Options{MACKey: make([]byte, 32), Now: func() time.Time { return o.now }, Zone: zone, Readers: 1})
	o.words, err = locale.Load()
	o.must(err)
	o.open()
	return o
}

// open makes the desks anew, as a restart does.
func (o *office) open() {
	o.ledger, o.book = record.New(o.store), book.New(o.store)
	o.counter = &reports.Counter{Store: o.store, Office: measure.Office{Zone: zone, MetBy: officetest.MetBy()}, Name: "某市政务服务中心", Units: units()}
	logger := slog.New(slog.NewTextHandler(&o.log, nil))
	o.desk = reports.New(reports.Options{
		Counter: o.counter, Book: o.book, Words: o.words, Zone: zone, People: func(context.Context) ([]huiying.Person, error) { return people(), nil },
		Now: func() time.Time { return o.now },
	})
	days, err := calendar.New(calendar.Options{Zone: zone})
	o.must(err)
	o.days, o.logger = days, logger
	o.people(reachable{})
}

// people has the clock tell whom a directory finds.
func (o *office) people(directory notifier.Directory) {
	o.clock = reports.NewClock(reports.ClockOptions{
		Desk: o.desk, Days: func() *calendar.Calendar { return o.days }, Ledger: o.ledger, People: directory, Wake: func() {}, Logger: o.logger,
	})
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// said is a post to be archived.
type said struct {
	id, platform, kind, verified, tone, intent, topic, text, item string
	level                                                         huiying.Level
	at                                                            time.Time
	likes                                                         int64
	held, repeats                                                 bool
}

// say archives posts.
func (o *office) say(list ...said) {
	o.t.Helper()
	var events []huiying.Event
	for _, s := range list {
		j := huiying.Judgement{
			Post: huiying.Post{
				ID: s.id, Source: "s-weibo", Platform: s.platform, Kind: s.kind, URL: "https://example.org/" + s.id, Text: s.text,
				Author: huiying.Author{ID: "h" + s.id, Name: "账号" + s.id, Verified: s.verified}, PublishedAt: s.at.Add(-time.Minute), PublishedPrecision: "second",
				CollectedAt: s.at, Engagement: huiying.Engagement{Likes: s.likes}, Held: s.held,
			},
			Level: s.level, LevelWhy: []string{}, Topic: s.topic, Tags: []huiying.Tag{}, Keywords: []huiying.Keyword{},
		}
		if s.tone != "" {
			j.Sentiment = &huiying.Sentiment{Label: s.tone}
		}
		if s.intent != "" {
			j.Intent = &huiying.Intent{Label: s.intent}
		}
		if s.repeats {
			j.DuplicateOf = "weibo:1"
		}
		if s.item != "" {
			j.ServiceItems = []string{s.item}
		}
		if i := strings.Index(s.text, "13900001234"); i >= 0 {
			from := len([]rune(s.text[:i]))
			j.PersonalData = []huiying.PersonalData{{Kind: "phone", Field: "text", Start: from, End: from + 11}}
		}
		o.posts[s.id] = j
		events = append(events, huiying.NewEvent(j, s.at))
	}
	o.must(posts.NewArchive(o.store).SaveEvents(context.Background(), events))
}

// someSaid makes n posts of whatever kind around a day.
func (o *office) someSaid(n int) {
	pick := func(list ...string) string { return list[o.rnd.IntN(len(list))] }
	var list []said
	for range n {
		o.n++
		platform := pick("weibo", "portal", "forum")
		list = append(list, said{
			id: fmt.Sprintf("%s:%d", platform, 5230000000000000+o.n), platform: platform, kind: pick("post", "repost", "comment"), verified: pick("none", "none", "person", "media", "government", ""),
			tone: pick("", "negative", "neutral", "positive"), intent: pick("", "complaint", "enquiry"), topic: pick("t-1", "t-2", "t-3", ""), item: pick("", "i-1", "i-2"),
			text: fmt.Sprintf("第 %d 条：窗口排队很久。", o.n), level: huiying.Levels()[o.rnd.IntN(5)], at: day.AddDate(0, 0, -1).Add(time.Duration(o.rnd.IntN(3*24*3600)) * time.Second),
			likes: int64(o.rnd.IntN(500)), held: o.rnd.IntN(12) == 0, repeats: o.rnd.IntN(5) == 0,
		})
	}
	o.say(list...)
}

// warn keeps an alert.
func (o *office) warn(a huiying.Alert) {
	o.t.Helper()
	o.alerts = append(o.alerts, a)
	o.must(o.ledger.InTx(context.Background(), func(tx *record.Tx) error {
		_, err := tx.AddAlert(context.Background(), a)
		return err
	}))
}

func (o *office) someAlerts(n int) {
	for i := range n {
		at := day.AddDate(0, 0, -1).Add(time.Duration(o.rnd.IntN(3*24*3600)) * time.Second)
		o.warn(huiying.Alert{ID: fmt.Sprintf("a-%d-%d", o.n, i), PostID: fmt.Sprintf("weibo:%d", i), Platform: []string{"weibo", "weibo", "system"}[o.rnd.IntN(3)], Rule: "r", Level: huiying.Levels()[o.rnd.IntN(5)], AcceptedAt: at, RaisedAt: at})
	}
}

// someCases makes n cases with up to some steps each.
func (o *office) someCases(n int) {
	o.t.Helper()
	o.must(o.ledger.InTx(context.Background(), func(tx *record.Tx) error {
		for range n {
			o.n++
			c := huiying.Case{No: fmt.Sprintf("HY20261126-%05d", o.n)}
			at := day.AddDate(0, 0, -3).Add(time.Duration(o.rnd.IntN(4*24*3600)) * time.Second)
			payload := map[string]string{
				"level": string(huiying.Levels()[o.rnd.IntN(5)]), "post": "weibo:1", "first_seen_at": machine.Stamp(at), "published_at": machine.Stamp(at.Add(-time.Hour)), "title": "大厅排队",
				"topic": fmt.Sprintf("c-%d", o.n), "origin.platform": []string{"hotline", "weibo", "portal"}[o.rnd.IntN(3)], "origin.kind": []string{"post", "ticket"}[o.rnd.IntN(2)],
				machine.ClockStart + "yq.other.respond": machine.Span{Start: at, Due: at.Add(time.Duration(6+o.rnd.IntN(42)) * time.Hour)}.String(),
			}
			c, err := o.step(tx, c, at, machine.ActionDetect, payload)
			for range o.rnd.IntN(12) {
				if err == nil {
					at = at.Add(time.Duration(o.rnd.IntN(20*3600)) * time.Second)
					if at.After(o.now) {
						break
					}
					c, err = o.random(tx, c, at)
				}
			}
			if err != nil {
				return err
			}
		}
		return nil
	}))
}

// move has some cases take another step now.
func (o *office) move(n int) {
	o.t.Helper()
	o.must(o.ledger.InTx(context.Background(), func(tx *record.Tx) error {
		for no, c := range o.cases {
			if n--; n < 0 {
				return nil
			}
			if _, err := o.random(tx, c, o.now); err != nil {
				return fmt.Errorf("%s: %w", no, err)
			}
		}
		return nil
	}))
}

func (o *office) random(tx *record.Tx, c huiying.Case, at time.Time) (huiying.Case, error) {
	action, payload := officetest.Next(o.rnd, o.machine, c, at)
	if action == "" {
		return c, nil
	}
	return o.step(tx, c, at, action, payload)
}

func (o *office) step(tx *record.Tx, c huiying.Case, at time.Time, action string, payload map[string]string) (huiying.Case, error) {
	row, ok, _ := o.machine.Find(c.State, action)
	if !ok {
		o.t.Fatalf("%s in %s", action, c.State)
	}
	s, err := tx.Append(context.Background(), huiying.Step{
		CaseNo: c.No, N: len(o.steps[c.No]) + 1, At: at.UTC().Truncate(time.Microsecond), Actor: "p", Action: action, From: c.State, To: row.Target(c.State), Payload: payload,
	})
	if err != nil {
		return c, err
	}
	if c, err = o.machine.Apply(c, s); err != nil {
		return c, err
	}
	o.cases[c.No], o.steps[c.No] = c, append(o.steps[c.No], s)
	return c, tx.PutCase(context.Background(), c)
}

// source defines a source that is read every half an hour, but for the spans in
// which it was not.
func (o *office) source(id, name string, from, to time.Time, without ...[2]time.Time) {
	o.t.Helper()
	now := o.now
	o.now = from
	shelf := definitions.New(o.store)
	_, _, err := shelf.Put(context.Background(), definitions.Definition{Kind: "source", ID: id, Author: "t", Body: []byte(fmt.Sprintf(`{"id":%q,"kind":"weibo","name":%q,"every":1800000000000}`, id, name))})
	o.must(err)
	o.now = now
	ledger := coverage.New(o.store)
	for at := from; at.Before(to); at = at.Add(30 * time.Minute) {
		missed := false
		for _, w := range without {
			missed = missed || !at.Before(w[0]) && at.Before(w[1])
		}
		if !missed {
			o.must(ledger.Save(context.Background(), huiying.LedgerEntry{Source: id, At: at, State: huiying.SourceOK, Pages: 1, Posts: 3, Accepted: 1, NextAt: at.Add(30 * time.Minute), Answers: huiying.AnswerCounts{OK: 1}}))
		}
	}
}
