package notifier_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"huiying"
	"huiying/internal/locale"
	"huiying/notifier"
	"huiying/notifier/casework"
	"huiying/notifier/channel"
)

var start = time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC)

var office = time.FixedZone("office", 8*3600)

// memory is store, record and outbox in one. A transaction that fails leaves
// nothing behind.
type memory struct {
	mu   sync.Mutex
	data data
	fail map[string]error // by method, once
	// leases counts the looks for what is due that found something.
	leases int
	// follows counts what was leased with the settlement of what it waited for.
	follows int
}

type data struct {
	posts      map[string]huiying.Event
	revisions  map[string]bool
	held       map[string]bool
	alerts     map[string]huiying.Alert
	deliveries map[string]huiying.Delivery
	order      []string // of deliveries
	cases      map[string]string
	steps      map[string][]huiying.Step
	numbers    map[string]int
	ledger     []huiying.Attempt
	files      map[string][]byte
	bus        []notifier.OutMessage
	tellings   map[string][]huiying.Telling
	facts      map[string]huiying.AlertFacts
	silences   []huiying.Silence
	repeats    map[string]huiying.Repeat
	n          int64
}

func (d data) clone() data {
	d.posts, d.revisions, d.alerts = maps.Clone(d.posts), maps.Clone(d.revisions), maps.Clone(d.alerts)
	d.deliveries, d.cases, d.steps, d.numbers = maps.Clone(d.deliveries), maps.Clone(d.cases), maps.Clone(d.steps), maps.Clone(d.numbers)
	d.files = maps.Clone(d.files)
	d.order, d.bus = slices.Clone(d.order), slices.Clone(d.bus)
	d.tellings, d.facts, d.repeats = maps.Clone(d.tellings), maps.Clone(d.facts), maps.Clone(d.repeats)
	return d
}

func newMemory() *memory {
	return &memory{fail: map[string]error{}, data: data{
		posts: map[string]huiying.Event{}, revisions: map[string]bool{}, alerts: map[string]huiying.Alert{},
		deliveries: map[string]huiying.Delivery{}, cases: map[string]string{}, steps: map[string][]huiying.Step{}, numbers: map[string]int{},
		tellings: map[string][]huiying.Telling{}, facts: map[string]huiying.AlertFacts{}, repeats: map[string]huiying.Repeat{},
		files: map[string][]byte{},
	}}
}

func (m *memory) InTx(_ context.Context, f func(notifier.Tx) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	before := m.data.clone()
	if err := f(memoryTx{m}); err != nil {
		m.data = before
		return err
	}
	return nil
}

// failing gives the error set for a method, once.
func (m *memory) failing(method string) error {
	err := m.fail[method]
	delete(m.fail, method)
	return err
}

func (m *memory) snapshot() data {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.data.clone()
}

func (m *memory) Case(_ context.Context, no string) (huiying.Case, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return memoryTx{m}.Case(context.Background(), no)
}

// Lease does what a store does: due ones, the most urgent first, and of one
// case, person and channel nothing before what came earlier is settled, nor of a
// group more than the first.
func (m *memory) Lease(_ context.Context, now time.Time, n int, until time.Time, but ...huiying.Way) ([]huiying.Delivery, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.failing("Lease"); err != nil {
		return nil, err
	}
	due := m.due(now, but)
	due = due[:min(n, len(due))]
	m.leases += min(len(due), 1)
	return m.lease(due, until), nil
}

func (m *memory) lease(due []huiying.Delivery, until time.Time) []huiying.Delivery {
	for i := range due {
		due[i].State, due[i].LeasedUntil, due[i].Digest = huiying.DeliverySending, until, ""
		m.data.deliveries[due[i].ID] = due[i]
	}
	return due
}

// Follow does what a store does: the settlement and the lease of what waited for
// it are one step.
func (m *memory) Follow(ctx context.Context, d huiying.Delivery, a *huiying.Attempt, t huiying.Turn) ([]huiying.Delivery, error) {
	if err := m.Settle(ctx, []huiying.Delivery{d}, a); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	next := slices.DeleteFunc(m.due(t.Now, nil), func(e huiying.Delivery) bool {
		return e.Alert.CaseNo != d.Alert.CaseNo || e.Person != d.Person || e.Channel != d.Channel
	})
	m.follows += len(next[:min(1, len(next))])
	return m.lease(next[:min(1, len(next))], t.Until), nil
}

// due lists what may be leased, the most urgent first.
func (m *memory) due(now time.Time, but []huiying.Way) []huiying.Delivery {
	var due []huiying.Delivery
	ahead := map[string]bool{}
	for _, id := range m.data.order {
		d := m.data.deliveries[id]
		waiting := d.State == huiying.DeliveryQueued || d.State == huiying.DeliveryRetrying
		abandoned := d.State == huiying.DeliverySending && !d.LeasedUntil.After(now)
		lane := strings.Join([]string{d.Alert.CaseNo, d.Person, d.Channel}, "/")
		held := d.Alert.CaseNo != "" && ahead[lane]
		ahead[lane] = ahead[lane] || waiting || d.State == huiying.DeliverySending
		group := strings.Join([]string{d.Group, d.Person, d.Channel}, "/")
		if d.Group != "" && !d.NextAt.After(now) && (waiting || d.State == huiying.DeliverySending) {
			held = held || ahead[group] && d.Alert.Level != huiying.LevelRed
			ahead[group] = true
		}
		taken := slices.ContainsFunc(but, func(w huiying.Way) bool {
			return w.Channel == d.Channel && (w.Address == "" && !w.Apart || w.Address == d.Address)
		})
		if !held && !taken && (waiting && !d.NextAt.After(now) || abandoned) {
			due = append(due, d)
		}
	}
	slices.SortStableFunc(due, func(a, b huiying.Delivery) int {
		return cmp.Or(cmp.Compare(b.Alert.Level.Rank(), a.Alert.Level.Rank()), a.NextAt.Compare(b.NextAt))
	})
	return due
}

// Fellows leases what is due under the group of d, as a store does.
func (m *memory) Fellows(_ context.Context, d huiying.Delivery, now time.Time) (out []huiying.Delivery, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range m.data.order {
		e := m.data.deliveries[id]
		waiting := e.State == huiying.DeliveryQueued || e.State == huiying.DeliveryRetrying
		if e.ID != d.ID && e.Group == d.Group && e.Person == d.Person && e.Channel == d.Channel && waiting && !e.NextAt.After(now) {
			e.State, e.LeasedUntil = huiying.DeliverySending, d.LeasedUntil
			out = append(out, e)
		}
	}
	if len(out) == 0 {
		return nil, nil
	}
	all := []string{d.ID}
	for _, e := range out {
		all = append(all, e.ID)
	}
	slices.Sort(all)
	d.Digest = huiying.DeriveID("g-", all...)
	m.data.deliveries[d.ID] = d
	for i := range out {
		out[i].Digest = d.Digest
		m.data.deliveries[out[i].ID] = out[i]
	}
	return out, nil
}

func (m *memory) Delivery(_ context.Context, id string) (huiying.Delivery, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, ok := m.data.deliveries[id]
	if !ok {
		return d, huiying.Errorf(huiying.NotFound, "store.delivery_not_found", id)
	}
	return d, nil
}

func (m *memory) Pending(_ context.Context, n int) ([]notifier.OutMessage, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.data.bus[:min(n, len(m.data.bus))]), m.failing("Pending")
}

func (m *memory) Done(_ context.Context, n ...int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.failing("Done"); err != nil {
		return err
	}
	m.data.bus = slices.DeleteFunc(m.data.bus, func(o notifier.OutMessage) bool { return slices.Contains(n, o.N) })
	return nil
}

// add puts a delivery into the outbox as the alerts consumer would.
func (m *memory) add(ds ...huiying.Delivery) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, d := range ds {
		if _, err := (memoryTx{m}).Enqueue(context.Background(), d); err != nil {
			panic(err)
		}
	}
}

func (m *memory) delivery(t testing.TB, id string) huiying.Delivery {
	t.Helper()
	d, err := m.Delivery(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

type memoryTx struct{ m *memory }

func (t memoryTx) SaveEvent(_ context.Context, ev huiying.Event) (bool, error) {
	fresh := !t.m.data.revisions[ev.ID]
	t.m.data.revisions[ev.ID] = true
	if had, ok := t.m.data.posts[ev.Subject]; !ok || ev.Data.Post.CollectedAt.After(had.Data.Post.CollectedAt) {
		t.m.data.posts[ev.Subject] = ev
	}
	return fresh, t.m.failing("SaveEvent")
}

func (t memoryTx) Held(_ context.Context, post string) (bool, error) { return t.m.data.held[post], nil }

func (t memoryTx) AddAlert(_ context.Context, a huiying.Alert) (bool, error) {
	if _, ok := t.m.data.alerts[a.ID]; ok {
		return false, nil
	}
	t.m.data.alerts[a.ID] = a
	body, err := json.Marshal(a)
	if err != nil {
		return false, err
	}
	t.m.data.n++
	t.m.data.bus = append(t.m.data.bus, notifier.OutMessage{
		N: t.m.data.n, Subject: "huiying.alert." + string(a.Level) + "." + cmp.Or(a.Unit, "none"), MsgID: a.ID, Body: body,
	})
	return true, t.m.failing("AddAlert")
}

func (t memoryTx) Enqueue(_ context.Context, d huiying.Delivery) (bool, error) {
	if _, ok := t.m.data.deliveries[d.ID]; ok {
		return false, nil
	}
	t.m.data.deliveries[d.ID] = d
	t.m.data.order = append(t.m.data.order, d.ID)
	for id, e := range t.m.data.deliveries {
		same := e.Alert.CaseNo == d.Alert.CaseNo && e.Person == d.Person && e.Channel == d.Channel && d.Alert.CaseNo != ""
		if same && e.State == huiying.DeliveryQueued && e.Attempts == 0 && e.NextAt.After(d.NextAt) {
			e.NextAt = d.NextAt
			t.m.data.deliveries[id] = e
		}
	}
	return true, t.m.failing("Enqueue")
}

func (t memoryTx) Silences(_ context.Context, at time.Time) ([]huiying.Silence, error) {
	return slices.DeleteFunc(slices.Clone(t.m.data.silences), func(s huiying.Silence) bool { return !s.In(at) }), t.m.failing("Silences")
}

func (t memoryTx) WhoWasTold(_ context.Context, m huiying.SameMatter) (out []huiying.Told, err error) {
	for _, d := range t.m.data.deliveries {
		f, ok := t.m.data.facts[d.Alert.ID]
		if ok && !f.At.Before(m.Since) && (m.Topic == "" || m.Topic == f.Topic) && (m.Case == "" || m.Case == f.Case) && (m.Unit == "" || m.Unit == f.Unit) {
			out = append(out, huiying.Told{Facts: f, Person: d.Person, Channel: d.Channel})
		}
	}
	return out, nil
}

func (t memoryTx) Waiting(_ context.Context, g huiying.Delivery, now time.Time) (next, last time.Time, err error) {
	for _, d := range t.m.data.deliveries {
		switch {
		case d.Group != g.Group || d.Person != g.Person || d.Channel != g.Channel:
		case d.State == huiying.DeliveryQueued && d.Attempts == 0:
			if next.IsZero() || d.NextAt.Before(next) {
				next = d.NextAt
			}
		case d.AcceptedAt.After(last):
			last = d.AcceptedAt
		}
	}
	return next, last, nil
}

func (t memoryTx) SaveTellings(_ context.Context, f huiying.AlertFacts, list []huiying.Telling) error {
	t.m.data.facts[f.Alert], t.m.data.tellings[f.Alert] = f, list
	return t.m.failing("SaveTellings")
}

func (t memoryTx) AddRepeat(_ context.Context, r huiying.Repeat) error {
	t.m.data.repeats[r.ID] = r
	return t.m.failing("AddRepeat")
}

func (t memoryTx) MarkAcked(_ context.Context, id string, at time.Time) error {
	d, ok := t.m.data.deliveries[id]
	if !ok {
		return huiying.Errorf(huiying.NotFound, "store.delivery_not_found", id)
	}
	d.State = huiying.DeliveryRead
	if d.ReadAt.IsZero() {
		d.ReadAt = at
	}
	if d.AckedAt.IsZero() {
		d.AckedAt = at
	}
	t.m.data.deliveries[id] = d
	return t.m.failing("MarkAcked")
}

func (t memoryTx) OpenCase(_ context.Context, topic string) (string, bool, error) {
	for no := range t.m.data.cases {
		c, err := t.Case(context.Background(), no)
		if err != nil {
			return "", false, err
		}
		if c.Topic == topic && c.State.Open() {
			return no, true, nil
		}
	}
	return "", false, t.m.failing("OpenCase")
}

func (t memoryTx) NextCaseNo(_ context.Context, day string) (string, error) {
	t.m.data.numbers[day]++
	return fmt.Sprintf("HY%s-%04d", day, t.m.data.numbers[day]), nil
}

func (t memoryTx) Case(_ context.Context, no string) (huiying.Case, error) {
	var c huiying.Case
	raw, ok := t.m.data.cases[no]
	if !ok {
		return c, huiying.Errorf(huiying.NotFound, "store.case_not_found", no)
	}
	return c, json.Unmarshal([]byte(raw), &c)
}

func (t memoryTx) PutCase(_ context.Context, c huiying.Case) error {
	raw, err := json.Marshal(c)
	if err != nil {
		return err
	}
	t.m.data.cases[c.No] = string(raw)
	return t.m.failing("PutCase")
}

func (t memoryTx) Append(_ context.Context, s huiying.Step) (huiying.Step, error) {
	t.m.data.steps[s.CaseNo] = append(slices.Clone(t.m.data.steps[s.CaseNo]), s)
	return s, nil
}

func (t memoryTx) PutText(context.Context, string, string) error { return nil }

func (t memoryTx) PutFile(_ context.Context, digest, _ string, body []byte) error {
	if err := t.m.failing("PutFile"); err != nil {
		return err
	}
	t.m.data.files[digest] = body
	return nil
}

func (t memoryTx) Steps(_ context.Context, no string) ([]huiying.Step, error) {
	return t.m.data.steps[no], nil
}

// directory is who is who: two units, one of which nobody can be reached in.
type directory struct{ err error }

func people() map[string]huiying.Person {
	hall := func(id, name string, roles []huiying.Role, contacts ...huiying.Contact) huiying.Person {
		return huiying.Person{ID: id, Name: name, Unit: "u-hall", Roles: roles, Contacts: contacts}
	}
	responder := []huiying.Role{huiying.RoleResponder}
	return map[string]huiying.Person{
		"amin": hall("amin", "阿敏", responder, huiying.Contact{Channel: "robot"}, huiying.Contact{Channel: "mail", Address: "amin@office.example"}),
		"bo":   hall("bo", "阿波", responder, huiying.Contact{Channel: "mail", Address: "bo@office.example"}),
		"duty": {ID: "duty", Name: "值班", Unit: "u-office", Roles: []huiying.Role{huiying.RoleOfficer}, Contacts: []huiying.Contact{{Channel: "robot"}}},
	}
}

func (d directory) Recipients(_ context.Context, notify []string) ([]notifier.Recipient, error) {
	if d.err != nil {
		return nil, d.err
	}
	everyone := people()
	one := func(p huiying.Person) notifier.Recipient {
		return notifier.Recipient{Person: p, Unit: p.Unit, Channel: p.Contacts[0].Channel, Address: p.Contacts[0].Address}
	}
	if len(notify) == 0 {
		duty := one(everyone["duty"])
		duty.Unit = ""
		return []notifier.Recipient{duty}, nil
	}
	var out []notifier.Recipient
	for _, id := range notify {
		switch p, ok := everyone[id]; {
		case ok:
			out = append(out, one(p))
		case id == "u-hall":
			out = append(out, one(everyone["amin"]), one(everyone["bo"]))
		case id == "u-empty":
			out = append(out, notifier.Recipient{Unit: "u-empty"})
		case id == "group":
			out = append(out, notifier.Recipient{Channel: "group"})
		}
	}
	return out, nil
}

// pipe is a channel that answers as told and remembers what it was given.
type pipe struct {
	mu    sync.Mutex
	sent  []channel.Message
	at    []time.Time
	reply func(n int) channel.Outcome // n counts from 1; nil = accepted
	hold  chan struct{}               // when set, Send waits for it or for ctx
}

func (p *pipe) Send(ctx context.Context, m channel.Message) channel.Outcome {
	p.mu.Lock()
	p.sent, p.at = append(p.sent, m), append(p.at, time.Now())
	n, reply, hold := len(p.sent), p.reply, p.hold
	p.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return channel.Unreached(ctx.Err())
		}
	}
	if reply == nil {
		return channel.Outcome{Result: channel.Accepted}
	}
	return reply(n)
}

func (p *pipe) messages() []channel.Message {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.sent)
}

func (p *pipe) times() []time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.at)
}

func refuse(int) channel.Outcome {
	return channel.Outcome{Result: channel.Refused, Reason: huiying.Errorf(huiying.Invalid, "channel.status_refused", 404)}
}

func later(int) channel.Outcome {
	return channel.Outcome{Result: channel.Retry, Reason: huiying.Errorf(huiying.Unavailable, "channel.status_retry", 503)}
}

func catalogue(t testing.TB) *locale.Catalogue {
	t.Helper()
	c, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// engine is the real case machine at a fixed time that the test moves.
func engine(now func() time.Time) *casework.Engine {
	return casework.New(casework.Options{Now: now, Zone: office})
}

// event is a judged post.
func event(id string, level huiying.Level, change ...func(*huiying.Judgement)) huiying.Event {
	j := huiying.Judgement{
		Post: huiying.Post{
			ID: id, Source: "weibo-mentions", Platform: "weibo", Kind: "post", URL: "https://weibo.example/" + id,
			Text: "大厅排队两个钟头，电话 13900000000 没人接", PublishedAt: start.Add(-time.Minute), CollectedAt: start,
		},
		Tags:  []huiying.Tag{{Rule: "r-queue", Name: "排队", Level: level, Notify: []string{"u-hall"}}},
		Topic: "t-queue", Level: level,
	}
	for _, f := range change {
		f(&j)
	}
	return huiying.NewEvent(j, start)
}

var errDisk = errors.New("disk full")
