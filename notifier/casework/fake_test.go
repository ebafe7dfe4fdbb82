package casework_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"huiying"
	"huiying/internal/locale"
	"huiying/notifier/calendar"
	"huiying/notifier/casework"
)

// memory is a ledger that keeps cases as JSON, as a store does, so that a case
// that does not survive the trip is noticed.
type memory struct {
	mu    sync.Mutex
	cases map[string]string
	steps map[string][]huiying.Step
	texts map[string]string
	seq   int64
	fail  string // the Tx method that fails next
}

func newMemory() *memory {
	return &memory{cases: map[string]string{}, steps: map[string][]huiying.Step{}, texts: map[string]string{}}
}

func (m *memory) InTx(_ context.Context, f func(casework.Tx) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	cases, steps, texts, seq := maps.Clone(m.cases), maps.Clone(m.steps), maps.Clone(m.texts), m.seq
	err := f(memoryTx{m})
	if err != nil {
		m.cases, m.steps, m.texts, m.seq = cases, steps, texts, seq
	}
	return err
}

// Due does what a store does: it looks at clocks alone.
func (m *memory) Due(_ context.Context, now time.Time, n int) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	type late struct {
		no  string
		due time.Time
	}
	var found []late
	for no := range m.cases {
		c := m.read(no)
		for _, k := range c.Clocks {
			if k.MetAt.IsZero() && k.BreachedAt.IsZero() && !k.DueAt.After(now) {
				found = append(found, late{no, k.DueAt})
				break
			}
		}
	}
	slices.SortFunc(found, func(a, b late) int { return a.due.Compare(b.due) })
	var nos []string
	for _, f := range found[:min(n, len(found))] {
		nos = append(nos, f.no)
	}
	return nos, nil
}

// Provisional names open cases with a provisional clock.
func (m *memory) Provisional(_ context.Context, after string, n int) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var nos []string
	for _, no := range slices.Sorted(maps.Keys(m.cases)) {
		c := m.read(no)
		if no > after && c.State.Open() && slices.ContainsFunc(c.Clocks, func(k huiying.Clock) bool { return k.Provisional }) {
			nos = append(nos, no)
		}
	}
	return nos[:min(n, len(nos))], nil
}

func (m *memory) read(no string) huiying.Case {
	var c huiying.Case
	if err := json.Unmarshal([]byte(m.cases[no]), &c); err != nil {
		panic(err)
	}
	return c
}

type memoryTx struct{ m *memory }

func (t memoryTx) failing(method string) error {
	if t.m.fail == method {
		t.m.fail = ""
		return fmt.Errorf("%s: disk full", method)
	}
	return nil
}

func (t memoryTx) Case(_ context.Context, no string) (huiying.Case, error) {
	if _, ok := t.m.cases[no]; !ok {
		return huiying.Case{}, huiying.Errorf(huiying.NotFound, "store.case_not_found", no)
	}
	return t.m.read(no), t.failing("Case")
}

func (t memoryTx) PutCase(_ context.Context, c huiying.Case) error {
	stored := 0
	if _, ok := t.m.cases[c.No]; ok {
		stored = t.m.read(c.No).Version
	}
	if stored != c.Version-1 {
		return huiying.Errorf(huiying.Conflict, "store.case_changed", c.No)
	}
	raw, err := json.Marshal(c)
	if err != nil {
		return err
	}
	t.m.cases[c.No] = string(raw)
	return t.failing("PutCase")
}

func (t memoryTx) Append(_ context.Context, s huiying.Step) (huiying.Step, error) {
	had := t.m.steps[s.CaseNo]
	if s.N != len(had)+1 {
		return s, huiying.Errorf(huiying.Conflict, "store.case_changed", s.CaseNo)
	}
	t.m.seq++
	s.Seq, s.At, s.Payload = t.m.seq, s.At.UTC().Truncate(time.Microsecond), maps.Clone(s.Payload)
	t.m.steps[s.CaseNo] = append(slices.Clone(had), s)
	return s, t.failing("Append")
}

func (t memoryTx) PutText(_ context.Context, digest, text string) error {
	if digest != huiying.Digest(text) {
		return fmt.Errorf("digest %s is not that of %q", digest, text)
	}
	t.m.texts[digest] = text
	return t.failing("PutText")
}

func (t memoryTx) Steps(_ context.Context, no string) ([]huiying.Step, error) {
	return t.m.steps[no], t.failing("Steps")
}

// The cast. Nobody holds two roles unless a test says so.
var (
	officer   = huiying.Actor{ID: "duty", Unit: "u-office", Roles: []huiying.Role{huiying.RoleOfficer}}
	responder = huiying.Actor{ID: "resp", Unit: "u-hall", Roles: []huiying.Role{huiying.RoleResponder}}
	colleague = huiying.Actor{ID: "colleague", Unit: "u-hall", Roles: []huiying.Role{huiying.RoleResponder}}
	stranger  = huiying.Actor{ID: "stranger", Unit: "u-road", Roles: []huiying.Role{huiying.RoleResponder}}
	reviewer  = huiying.Actor{ID: "rev", Unit: "u-office", Roles: []huiying.Role{huiying.RoleReviewer}}
	manager   = huiying.Actor{ID: "boss", Unit: "u-office", Roles: []huiying.Role{huiying.RoleManager}}
	admin     = huiying.Actor{ID: "root", Unit: "u-office", Roles: []huiying.Role{huiying.RoleAdmin}}
)

var start = time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC)

// world is an engine over a memory ledger and a clock that tests move.
type world struct {
	t      testing.TB
	ledger *memory
	engine *casework.Engine
	now    time.Time
	due    time.Time // of the posts to come, zero = none
	text   *locale.Catalogue
}

func newWorld(t testing.TB, change ...func(*casework.Options)) *world {
	t.Helper()
	text, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, ledger: newMemory(), now: start, text: text}
	o := casework.Options{
		Ledger: w.ledger, Deadlines: w.ledger, Now: func() time.Time { return w.now },
		Zone: time.FixedZone("office", 8*3600), Calendar: officeCalendar(t),
	}
	for _, f := range change {
		f(&o)
	}
	w.engine = casework.New(o)
	return w
}

// officeCalendar is every published year in the office zone.
func officeCalendar(t testing.TB) func() *calendar.Calendar {
	t.Helper()
	cal, err := calendar.New(calendar.Options{Zone: time.FixedZone("office", 8*3600)})
	if err != nil {
		t.Fatal(err)
	}
	return func() *calendar.Calendar { return cal }
}

const no = "HY20261123-0001"

func (w *world) open(level huiying.Level) huiying.Case {
	w.t.Helper()
	var c huiying.Case
	err := w.ledger.InTx(context.Background(), func(tx casework.Tx) error {
		var err error
		c, err = w.engine.Detect(context.Background(), tx, casework.Opening{
			No: no, Level: level, Title: "排队", Topic: "t-1", Rule: "r-queue", Post: "weibo:1",
			FirstSeenAt: w.now, PublishedAt: w.now.Add(-time.Minute), DueAt: w.due,
		})
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) attach(post string, level huiying.Level) (huiying.Case, bool) {
	w.t.Helper()
	var c huiying.Case
	var raised bool
	err := w.ledger.InTx(context.Background(), func(tx casework.Tx) error {
		var err error
		c, raised, err = w.engine.Attach(context.Background(), tx, casework.Mention{
			CaseNo: no, Post: post, Rule: "r-queue", Level: level, PublishedAt: w.now.Add(-time.Hour), DueAt: w.due,
		})
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return c, raised
}

func (w *world) do(who huiying.Actor, action string, fields ...string) (huiying.Case, error) {
	cmd := huiying.Command{CaseNo: no, Action: action, Actor: who, Fields: map[string]string{}}
	for i := 0; i+1 < len(fields); i += 2 {
		cmd.Fields[fields[i]] = fields[i+1]
	}
	return w.engine.Do(context.Background(), cmd)
}

func (w *world) must(who huiying.Actor, action string, fields ...string) huiying.Case {
	w.t.Helper()
	c, err := w.do(who, action, fields...)
	if err != nil {
		w.t.Fatalf("%s by %s: %s", action, who.ID, w.text.Sentence(locale.English, err))
	}
	return c
}

// refused checks code and key, and that the sentence exists in both languages.
func (w *world) refused(err error, code huiying.Code, key string) {
	w.t.Helper()
	if err == nil {
		w.t.Fatalf("want refusal %s, got none", key)
	}
	if got := huiying.ErrorCode(err); got != code {
		w.t.Errorf("code %q, want %q (%v)", got, code, err)
	}
	var e *huiying.Error
	if !asError(err, &e) || e.Key != key {
		w.t.Errorf("refusal %v, want key %s", err, key)
		return
	}
	if !w.text.Has(key) {
		w.t.Errorf("the catalogue has no %s", key)
	}
}

func (w *world) stored() huiying.Case {
	w.t.Helper()
	w.ledger.mu.Lock()
	defer w.ledger.mu.Unlock()
	return w.ledger.read(no)
}

// reply is what the responder drafts in most tests.
const reply = "大厅已增开三个窗口，排队时间明显缩短。"

// toState walks the core path up to a state.
func (w *world) toState(s huiying.CaseState) huiying.Case {
	w.t.Helper()
	path := []struct {
		state huiying.CaseState
		step  func() huiying.Case
	}{
		{huiying.StatePendingTriage, func() huiying.Case { return w.open(huiying.LevelOrange) }},
		{huiying.StateAwaitingAck, func() huiying.Case { return w.must(officer, "assign", "unit", "u-hall") }},
		{huiying.StateHandling, func() huiying.Case { return w.must(responder, "ack") }},
		{huiying.StateInReview, func() huiying.Case { return w.must(responder, "submit", "text", reply) }},
		{huiying.StateApproved, func() huiying.Case {
			return w.must(manager, "approve", "secrecy", "true", "business", "true")
		}},
		{huiying.StateResponded, func() huiying.Case {
			return w.must(responder, "publish", "url", "https://www.example.gov.cn/1", "at", w.now.Format(time.RFC3339), "text", reply)
		}},
		{huiying.StateClosed, func() huiying.Case { return w.must(officer, "close") }},
	}
	var c huiying.Case
	for _, p := range path {
		c = p.step()
		if c.State != p.state {
			w.t.Fatalf("state %s, want %s", c.State, p.state)
		}
		if p.state == s {
			return c
		}
		w.now = w.now.Add(time.Minute)
	}
	w.t.Fatalf("no path to %s", s)
	return c
}

// sameBytes reports whether two cases are equal byte for byte.
func sameBytes(a, b huiying.Case) bool {
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && string(x) == string(y)
}
