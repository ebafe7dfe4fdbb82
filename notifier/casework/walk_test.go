package casework_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/notifier/calendar"
	"huiying/notifier/casework"
	"huiying/notifier/casework/limit"
	"huiying/notifier/casework/machine"
)

// shelf is a ledger without a database: cases and steps as they are, so that a
// million steps are a matter of seconds.
type shelf struct {
	cases map[string]huiying.Case
	steps map[string][]huiying.Step
}

func (s *shelf) InTx(_ context.Context, f func(casework.Tx) error) error {
	tx := shelfTx{s, map[string]huiying.Case{}, nil}
	if err := f(&tx); err != nil {
		return err
	}
	for no, c := range tx.cases {
		s.cases[no] = c
	}
	for _, step := range tx.steps {
		s.steps[step.CaseNo] = append(s.steps[step.CaseNo], step)
	}
	return nil
}

func (s *shelf) Due(_ context.Context, now time.Time, n int) ([]string, error) {
	var nos []string
	for no, c := range s.cases {
		if c.State.Open() && (len(machine.Overdue(c, now)) > 0 || len(machine.ToWarn(c, now)) > 0) {
			nos = append(nos, no)
		}
	}
	slices.Sort(nos)
	return nos[:min(n, len(nos))], nil
}

func (s *shelf) Provisional(context.Context, string, int) ([]string, error) { return nil, nil }

type shelfTx struct {
	s     *shelf
	cases map[string]huiying.Case
	steps []huiying.Step
}

func (t *shelfTx) Case(_ context.Context, no string) (huiying.Case, error) {
	if c, ok := t.cases[no]; ok {
		return c, nil
	}
	c, ok := t.s.cases[no]
	if !ok {
		return c, huiying.Errorf(huiying.NotFound, "store.case_not_found", no)
	}
	return c, nil
}

func (t *shelfTx) PutCase(_ context.Context, c huiying.Case) error {
	t.cases[c.No] = c
	return nil
}

func (t *shelfTx) Append(_ context.Context, s huiying.Step) (huiying.Step, error) {
	t.steps = append(t.steps, s)
	return s, nil
}

func (t *shelfTx) PutText(context.Context, string, string) error { return nil }

func (t *shelfTx) Steps(_ context.Context, no string) ([]huiying.Step, error) {
	return t.s.steps[no], nil
}

// walker is an office that does anything, mostly what leads on.
type walker struct {
	t      *testing.T
	rnd    *rand.Rand
	shelf  *shelf
	engine *casework.Engine
	now    time.Time
	nos    []string

	presets  []limit.Preset
	calendar func() *calendar.Calendar
	machine  *machine.Machine
	table    []machine.Transition

	taken, refused int
	seen           map[[2]string]bool // transitions that were taken
}

func newWalker(t *testing.T, seed uint64) *walker {
	w := &walker{t: t, rnd: rand.New(rand.NewPCG(seed, 1)), now: start, seen: map[[2]string]bool{},
		presets: limit.Presets(), calendar: officeCalendar(t), machine: machine.New(), table: machine.Table()}
	w.reset()
	return w
}

// reset begins with two cases of two topics.
func (w *walker) reset() {
	w.now = start
	w.shelf = &shelf{map[string]huiying.Case{}, map[string][]huiying.Step{}}
	w.engine = casework.New(casework.Options{
		Ledger: w.shelf, Deadlines: w.shelf, Now: func() time.Time { return w.now }, Zone: time.FixedZone("office", 8*3600),
		Ladders: twoRungs, Presets: w.presets, Calendar: w.calendar,
	})
	w.nos = []string{no, "HY20261123-0002"}
	origins := []huiying.Origin{{Platform: "weibo", Kind: "post"}, {Platform: "hotline", Kind: "ticket", Intent: "complaint"}, {Platform: "mailbox", Kind: "letter", Intent: "suggestion"}}
	for i, n := range w.nos {
		o := pick(w, origins)
		opening := casework.Opening{
			No: n, Level: pick(w, huiying.Levels()), Title: "排队", Topic: "t-" + n, Rule: "r", Post: o.Platform + ":" + strconv.Itoa(i),
			FirstSeenAt: w.now.Add(-time.Duration(w.rnd.IntN(3600)) * time.Second), Origin: o,
		}
		err := w.shelf.InTx(context.Background(), func(tx casework.Tx) error {
			_, err := w.engine.Detect(context.Background(), tx, opening)
			return err
		})
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

func pick[T any](w *walker, list []T) T { return list[w.rnd.IntN(len(list))] }

var people = []huiying.Actor{officer, responder, colleague, stranger, reviewer, manager, admin,
	{ID: "second", Unit: "u-office", Roles: []huiying.Role{huiying.RoleOfficer, huiying.RoleManager}},
	{ID: "allround", Unit: "u-hall", Roles: huiying.Roles()}}

// value is one for a field, right in most cases.
func (w *walker) value(c huiying.Case, field string) string {
	switch field {
	case machine.FieldUnit:
		return pick(w, []string{"u-hall", "u-hall", "u-road"})
	case machine.FieldOwner:
		return pick(w, []string{"resp", "colleague"})
	case machine.FieldHelpers:
		return pick(w, []string{"u-road", "u-it u-road", "u-hall"})
	case machine.FieldLevel:
		return pick(w, []string{"red", "orange", "yellow", "blue", "purple"})
	case machine.FieldText:
		return pick(w, []string{reply, "另一稿", c.Approved.Digest})
	case machine.FieldDigest:
		return pick(w, []string{c.Approved.Digest, c.Approved.Digest, huiying.Digest(strconv.Itoa(w.rnd.IntN(5)))})
	case machine.FieldInto:
		return pick(w, w.nos)
	case machine.FieldAt:
		return w.now.Add(-time.Duration(w.rnd.IntN(90)) * time.Second).Format(time.RFC3339)
	case machine.FieldURL:
		return pick(w, []string{"https://x.example/1", "https://x.example/1", "javascript:1"})
	case machine.FieldPost:
		return pick(w, []string{"weibo:", "consult:"}) + strconv.Itoa(w.rnd.IntN(5))
	case machine.FieldPreset:
		return pick(w, []string{"foi.reply", "hotline.handle", "portal.suggest", "xf.finish", "yq.ack"})
	case machine.FieldDays:
		return strconv.Itoa(w.rnd.IntN(12))
	case machine.FieldSize:
		return "5"
	case machine.FieldOrgan:
		return pick(w, machine.Organs())
	case machine.FieldGrade:
		return pick(w, machine.Grades())
	case machine.FieldKind:
		return pick(w, machine.Kinds())
	case machine.FieldPlatform:
		return pick(w, []string{"weibo", "hotline", "mailbox", "consult"})
	case machine.FieldDisposition:
		return pick(w, machine.Dispositions())
	case machine.FieldSettlement:
		return pick(w, machine.Settlements())
	}
	return pick(w, []string{"on", "on", "on", "false"})
}

// step is one thing the office tries.
func (w *walker) step() {
	if w.rnd.IntN(4) == 0 {
		w.now = w.now.Add(time.Duration(w.rnd.IntN(6*3600)) * time.Second)
	}
	if w.rnd.IntN(60) == 0 {
		w.now = w.now.Add(8 * 24 * time.Hour) // long enough for a citizen's silence
	}
	target := pick(w, w.nos)
	before := w.shelf.cases[target]
	had := map[string]int{}
	for n, steps := range w.shelf.steps {
		had[n] = len(steps)
	}
	var err error
	switch w.rnd.IntN(12) {
	case 0:
		_, err = w.engine.Tick(context.Background())
	case 1:
		err = w.ladder(target)
	default:
		err = w.command(before)
	}
	if err != nil {
		w.refused++
	}
	for n, steps := range w.shelf.steps {
		for _, s := range steps[had[n]:] {
			w.taken++
			w.seen[[2]string{string(s.From), s.Action}] = true
		}
	}
	w.check(before, target)
}

func (w *walker) ladder(no string) error {
	return w.shelf.InTx(context.Background(), func(tx casework.Tx) error {
		var err error
		switch w.rnd.IntN(3) {
		case 0:
			_, err = w.engine.Climb(context.Background(), tx, casework.Climb{CaseNo: no, Told: []string{"d-1"}})
		case 1:
			_, err = w.engine.Remind(context.Background(), tx, no, []string{"d-2"})
		default:
			_, err = w.engine.Unack(context.Background(), tx, no)
		}
		return err
	})
}

func (w *walker) command(c huiying.Case) error {
	who := pick(w, people)
	offered := w.machine.Rows(c.State)
	if len(offered) == 0 {
		offered = w.table
	}
	row := pick(w, offered)
	switch w.rnd.IntN(20) {
	case 0:
		row = pick(w, w.table)
	case 1, 2, 3, 4, 5, 6, 7, 8, 9, 10: // the straight way on, or most walks would end before the middle
		who, row = w.forward(c, who, row)
	}
	fields := map[string]string{}
	for _, f := range row.Required {
		fields[f] = w.value(c, f)
	}
	for _, f := range row.Optional {
		if w.rnd.IntN(2) == 0 {
			fields[f] = w.value(c, f)
		}
	}
	_, err := w.engine.Do(context.Background(), huiying.Command{CaseNo: c.No, Action: row.Action, Actor: who, Fields: fields})
	return err
}

// forward is what the state waits for, by who does it.
func (w *walker) forward(c huiying.Case, who huiying.Actor, row machine.Transition) (huiying.Actor, machine.Transition) {
	action := map[huiying.CaseState]string{
		huiying.StatePendingTriage: machine.ActionAssign, huiying.StateAwaitingAck: machine.ActionAck, huiying.StateHandling: machine.ActionSubmit,
		huiying.StateInReview: machine.ActionApprove, huiying.StateApproved: machine.ActionPublish, huiying.StateSuspended: machine.ActionResume,
	}[c.State]
	next, ok, _ := w.machine.Find(c.State, action)
	if !ok {
		return who, row
	}
	switch action {
	case machine.ActionAck, machine.ActionSubmit, machine.ActionPublish:
		who = huiying.Actor{ID: pick(w, []string{"resp", "colleague"}), Unit: c.Unit, Roles: responder.Roles}
	case machine.ActionApprove:
		who = manager
	default:
		who = officer
	}
	if action == machine.ActionPublish { // the approved words, at an address
		next.Optional = nil
		next.Required = []string{machine.FieldURL, machine.FieldDigest, machine.FieldAt}
	}
	return who, next
}

// check holds what may never be, whatever was tried.
func (w *walker) check(before huiying.Case, no string) {
	after := w.shelf.cases[no]
	steps := w.shelf.steps[no][before.Version:]
	for _, s := range steps {
		w.checkStep(before, s)
	}
	missed := map[string]bool{}
	for _, k := range after.Clocks {
		if !k.BreachedAt.IsZero() {
			missed[k.Preset+k.DueAt.String()] = true
			if !k.BreachedAt.Equal(k.DueAt) {
				w.t.Fatalf("missed at %v, due %v", k.BreachedAt, k.DueAt)
			}
		}
		p, _ := limit.Find(w.presets, k.Preset)
		if p.Limit.Kind == limit.Hours && !k.PausedAt.IsZero() {
			w.t.Fatalf("%s, in hours, is paused", k.Preset)
		}
		if p.Limit.Kind == limit.Workdays && k.Calendar == "" {
			w.t.Fatalf("%s names no calendar", k.Preset)
		}
	}
	for _, k := range before.Clocks {
		if !k.BreachedAt.IsZero() && !missed[k.Preset+k.DueAt.String()] {
			w.t.Fatalf("the miss of %s is gone", k.Preset)
		}
	}
	if after.FirstSeenAt.After(before.FirstSeenAt) {
		w.t.Fatal("a case was seen first later than it was")
	}
}

func (w *walker) checkStep(before huiying.Case, s huiying.Step) {
	if _, ok, _ := w.machine.Find(s.From, s.Action); !ok {
		w.t.Fatalf("%s from %s to %s is not in the machine", s.Action, s.From, s.To)
	}
	switch s.Action {
	case machine.ActionApprove:
		for _, d := range before.Drafts {
			if d.By == s.Actor {
				w.t.Fatalf("%s approved what they wrote", s.Actor)
			}
		}
	case machine.ActionPublish:
		if d := s.Payload[machine.FieldDigest]; d != "" && d != before.Approved.Digest {
			w.t.Fatal("published other words than approved")
		}
	case machine.ActionCloseNoAction:
		if s.Actor == before.Watcher || before.Watcher == "" {
			w.t.Fatal("closed without action by one person")
		}
	case machine.ActionClose, machine.ActionRateOK, machine.ActionRatingTimeout:
		if before.Response.Digest == "" {
			w.t.Fatal("closed without publication")
		}
	case machine.ActionReceipt:
		if s.Payload[machine.FieldReceipt] == "" {
			w.t.Fatal("closed without receipt")
		}
	case machine.ActionExtend:
		preset := s.Payload[machine.FieldPreset]
		for _, k := range before.Clocks {
			if k.Preset == preset && k.Extended && k.Running() {
				w.t.Fatalf("%s was extended twice", preset)
			}
		}
		if s.Actor == before.Owner || s.Payload[machine.FieldReason] == "" {
			w.t.Fatal("extended by the owner or without a reason")
		}
	case machine.ActionRegrade:
		for key := range s.Payload {
			if strings.HasPrefix(key, machine.ClockDue) || strings.HasPrefix(key, machine.ClockStop) {
				w.t.Fatalf("a regrade moved a clock: %s", key)
			}
		}
	}
}

// finish holds the fold against the cases as they stand.
func (w *walker) finish() {
	for no, c := range w.shelf.cases {
		folded, err := casework.Fold(w.shelf.steps[no])
		if err != nil {
			w.t.Fatal(err)
		}
		x, _ := json.Marshal(folded)
		y, _ := json.Marshal(c)
		if string(x) != string(y) {
			w.t.Fatalf("the record of %s rebuilds\n%s\nthe case is\n%s", no, x, y)
		}
		breaches := map[string]int{}
		for _, s := range w.shelf.steps[no] {
			for key, at := range s.Payload {
				if strings.HasPrefix(key, machine.ClockBreach) {
					breaches[key+at]++
				}
			}
		}
		for key, n := range breaches {
			if n > 1 {
				w.t.Fatalf("%s was written %d times", key, n)
			}
		}
	}
}

// Whatever a random office tries in a million steps, no invariant breaks, and
// every transition of the machine is taken.
func TestMillionSteps(t *testing.T) {
	steps := 1_000_000
	if raceEnabled || testing.Short() {
		steps = 60_000 // the whole million runs without the race detector
	}
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("HUIYING_SEED"); s != "" {
		seed, _ = strconv.ParseUint(s, 10, 64)
	}
	w := newWalker(t, seed)
	defer func() {
		if t.Failed() {
			t.Logf("repeat with HUIYING_SEED=%d", seed)
		}
	}()
	for i := range steps {
		if i%200 == 0 && i > 0 {
			w.finish()
			w.reset()
		}
		w.step()
	}
	w.finish()
	var missing []string
	for _, row := range machine.Table() {
		from := string(row.From)
		if row.From == machine.AnyOpen || row.From == "" || row.Action == machine.ActionRecomputed {
			continue
		}
		if !w.seen[[2]string{from, row.Action}] {
			missing = append(missing, fmt.Sprintf("%s from %s", row.Action, from))
		}
	}
	if len(missing) > 0 && steps == 1_000_000 {
		t.Errorf("never taken: %s", strings.Join(missing, ", "))
	}
	t.Logf("%d tried, %d steps taken, %d refused, %d pairs of state and action", steps, w.taken, w.refused, len(w.seen))
}
