package ladder_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"huiying"
	"huiying/internal/locale"
	"huiying/internal/store"
	"huiying/internal/store/duty"
	"huiying/internal/store/outbox"
	"huiying/internal/store/record"
	"huiying/internal/store/storetest"
	"huiying/notifier"
	"huiying/notifier/casework"
	"huiying/notifier/ladder"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// presence is who can be told at this moment, by id.
type presence struct {
	mu     sync.Mutex
	people map[string][]string
	gap    map[string]bool
	quiet  notifier.Quiet // of everybody but those on duty
}

func (p *presence) set(id string, people ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.people[id], p.gap[id] = people, len(people) == 0 && strings.HasPrefix(id, "duty")
}

func (p *presence) Present(_ context.Context, ids []string) (found []notifier.Recipient, gap bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, id := range ids {
		gap = gap || p.gap[id]
		for _, one := range p.people[id] {
			r := notifier.Recipient{Person: huiying.Person{ID: one}, Channel: "hook"}
			if !strings.HasPrefix(id, "duty") {
				r.Quiet = p.quiet
			}
			found = append(found, r)
		}
	}
	return found, gap, nil
}

// world is a case in a real store under a clock that stands still.
type world struct {
	t        testing.TB
	store    *store.Store
	clock    *storetest.Clock
	ledger   *record.Ledger
	engine   *casework.Engine
	book     *duty.Book
	people   *presence
	policies ladder.Policies
	climber  *ladder.Climber
	texts    ladder.Texts
	crash    string // "": none, else the point at which the process ends
	only     string // the one case that is looked at; "" = all
}

func policy() ladder.Policies {
	return ladder.Policies{{
		ID: "red", Levels: []huiying.Level{huiying.LevelRed, huiying.LevelOrange}, Repeat: 1, RemindEvery: time.Hour, UnackAfter: 30 * time.Minute,
		Rungs: []huiying.Rung{
			{After: 10 * time.Minute, Notify: []string{"unit"}}, {After: 5 * time.Minute, Notify: []string{"duty:main"}},
			{After: 15 * time.Minute, Notify: []string{"head"}},
		},
	}}
}

func newWorld(t testing.TB) *world {
	t.Helper()
	s, clock := storetest.Open(t)
	w := &world{t: t, store: s, clock: clock, ledger: record.New(s), book: duty.New(s), policies: policy(),
		people: &presence{people: map[string][]string{}, gap: map[string]bool{}}}
	w.people.set("u-hall", "han", "he")
	w.people.set("duty:main", "zhou")
	w.people.set("head:u-hall", "lin")
	w.people.set("admins", "root")
	w.people.set("officers", "zhou")
	w.texts = texts(t)
	w.engine = casework.New(casework.Options{Now: clock.Now, Ladders: func(c huiying.Case) huiying.Ladder { return w.policies.For(c) },
		Ledger: casework.LedgerFunc(func(ctx context.Context, f func(casework.Tx) error) error {
			return w.ledger.InTx(ctx, func(tx *record.Tx) error { return f(tx) })
		})})
	w.restart()
	return w
}

// inTx is the ledger as the notifier sees it.
func (w *world) inTx() notifier.Ledger {
	return notifier.LedgerFunc(func(ctx context.Context, f func(notifier.Tx) error) error {
		return w.ledger.InTx(ctx, func(tx *record.Tx) error { return f(tx) })
	})
}

// restart forgets everything that is not in the store.
func (w *world) restart() {
	w.climber = ladder.NewClimber(ladder.ClimberOptions{
		Ledger: w.inTx(), Cases: w.engine, Due: due{w.ledger, w}, Directory: w.people, Texts: w.texts, Now: w.clock.Now,
		Woken:      []func(){func() { w.dies("after the commit") }},
		Checkpoint: w.dies,
	})
}

// due is the ledger, narrowed to one case where the world says so.
type due struct {
	*record.Ledger
	w *world
}

func (d due) Ladders(ctx context.Context, now time.Time, n int) ([]string, error) {
	nos, err := d.Ledger.Ladders(ctx, now, n)
	return slices.DeleteFunc(nos, func(no string) bool { return d.w.only != "" && no != d.w.only }), err
}

// dies ends the process at a point.
func (w *world) dies(point string) {
	if w.crash == point {
		w.crash = ""
		panic("the process ends " + point)
	}
}

// look has the climber look, and reports whether the process ended meanwhile.
func (w *world) look() (died bool) {
	w.t.Helper()
	defer func() {
		if recover() != nil {
			died = true
		}
	}()
	err := w.climber.Look(context.Background())
	if err != nil && !strings.Contains(err.Error(), "the process ends") {
		w.t.Fatal(err)
	}
	return err != nil
}

func texts(t testing.TB) ladder.Texts {
	t.Helper()
	c, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	return func(key string, args ...any) string { return c.Text(locale.Chinese, key, args...) }
}

var (
	officer = huiying.Actor{ID: "zhou", Roles: []huiying.Role{huiying.RoleOfficer}}
	han     = huiying.Actor{ID: "han", Unit: "u-hall", Roles: []huiying.Role{huiying.RoleResponder}}
)

// open opens the next case and assigns it to the hall.
func (w *world) open(level huiying.Level) (no string) {
	w.t.Helper()
	err := w.ledger.InTx(context.Background(), func(tx *record.Tx) (err error) {
		if no, err = tx.NextCaseNo(context.Background(), "20261123"); err != nil {
			return err
		}
		_, err = w.engine.Detect(context.Background(), tx, casework.Opening{
			No: no, Level: level, Title: "排队", Topic: "t-" + no, Rule: "r-queue", Post: "weibo:" + no, FirstSeenAt: w.clock.Now(), PublishedAt: w.clock.Now(),
		})
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.do(no, officer, "assign", "unit", "u-hall")
	return no
}

func (w *world) do(no string, who huiying.Actor, action string, fields ...string) huiying.Case {
	w.t.Helper()
	cmd := huiying.Command{CaseNo: no, Action: action, Actor: who, Fields: map[string]string{}}
	for i := 0; i < len(fields); i += 2 {
		cmd.Fields[fields[i]] = fields[i+1]
	}
	c, err := w.engine.Do(context.Background(), cmd)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) kase(no string) huiying.Case {
	w.t.Helper()
	c, err := w.ledger.Case(context.Background(), no)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// hops are the steps of a case that the ladder took.
func (w *world) hops(no string) []huiying.Step {
	w.t.Helper()
	steps, err := w.ledger.Steps(context.Background(), no)
	if err != nil {
		w.t.Fatal(err)
	}
	return slices.DeleteFunc(steps, func(s huiying.Step) bool {
		return !slices.Contains([]string{"ack_timeout", "escalate", "remind", "unack_timeout"}, s.Action)
	})
}

// told writes hops as a person would read them: what, and whom it told.
func (w *world) told(no string) []string {
	w.t.Helper()
	var out []string
	for _, s := range w.hops(no) {
		var people []string
		line := s.At.Sub(storetest.Start()).String() + " " + s.Action
		for id := range strings.FieldsSeq(s.Payload["told"]) {
			d, err := outbox.Get(context.Background(), w.store.Reader(), id)
			if err != nil {
				w.t.Fatalf("receipt %s of %s: %v", id, s.Action, err)
			}
			people = append(people, d.Person)
		}
		slices.Sort(people)
		out = append(out, strings.Join(strings.Fields(line+" "+strings.Join(people, " ")+" "+s.Payload["why"]), " "))
	}
	return out
}

// deliveries counts what was queued about a case.
func (w *world) deliveries(no string) (n int) {
	w.t.Helper()
	if err := w.store.Reader().QueryRowContext(context.Background(), `SELECT count(*) FROM deliveries WHERE case_no = $1`, no).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}
