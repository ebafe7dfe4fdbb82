// Package officetest is an office for tests of figures: a store whose cases take
// whatever steps the machine has, at random but the same for a seed. Nothing
// outside of tests imports it.
package officetest

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"huiying"
	"huiying/internal/app/outcomes"
	"huiying/internal/store"
	"huiying/internal/store/record"
	"huiying/notifier/casework/limit"
	"huiying/notifier/casework/machine"
	"huiying/notifier/casework/measure"
)

// Zone is the office's.
func Zone() *time.Location { return time.FixedZone("office", 8*3600) }

// Start is when its first case may be seen.
func Start() time.Time { return time.Date(2026, 11, 2, 9, 0, 0, 0, Zone()) }

// MetBy tells the action that meets a time limit.
func MetBy() func(preset string) string { return limit.MetBy(limit.Presets()) }

// Office is a store with cases that take whatever steps the machine has.
type Office struct {
	Store   *store.Store
	Desk    *outcomes.Desk
	Machine *machine.Machine
	Now     time.Time
	Units   []string // that cases are given to; nil = two

	t      testing.TB
	ledger *record.Ledger
	rnd    *rand.Rand
	n      int
	cases  map[string]huiying.Case
	steps  map[string]int
}

// New is an office without cases.
func New(t testing.TB, seed uint64) *Office {
	t.Helper()
	o := &Office{t: t, Machine: machine.New(), rnd: rand.New(rand.NewPCG(seed, 1)), Now: Start().AddDate(0, 0, 21), cases: map[string]huiying.Case{}, steps: map[string]int{}}
	var err error
	o.Store, err = store.Open(context.Background(), store.Options{Path: t.TempDir() + "/huiying.db", MACKey: make([]byte, 32), Now: func() time.Time { return o.Now }, Zone: Zone()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = o.Store.Close() })
	o.ledger = record.New(o.Store)
	o.Desk = &outcomes.Desk{Store: o.Store, Office: measure.Office{Zone: Zone(), MetBy: MetBy()}, Calendar: "2026-a", Now: func() time.Time { return o.Now }, Logger: slog.New(slog.DiscardHandler)}
	return o
}

// Must ends the test on an error.
func (o *Office) Must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// Open makes n cases with up to some steps each, in one transaction.
func (o *Office) Open(n int) {
	o.t.Helper()
	o.Must(o.ledger.InTx(context.Background(), func(tx *record.Tx) error {
		for range n {
			o.n++
			c := huiying.Case{No: fmt.Sprintf("HY20261102-%05d", o.n)}
			at := Start().Add(time.Duration(o.rnd.IntN(20*24*3600)) * time.Second)
			due := machine.Span{Start: at, Due: at.Add(48 * time.Hour)}.String()
			payload := map[string]string{
				"level": string(huiying.Levels()[o.rnd.IntN(5)]), "post": "weibo:1", "first_seen_at": machine.Stamp(at), "published_at": machine.Stamp(at.Add(-time.Hour)), "title": "大厅排队",
				"origin.platform": []string{"hotline", "weibo", "portal"}[o.rnd.IntN(3)], "origin.kind": []string{"post", "ticket"}[o.rnd.IntN(2)], machine.ClockStart + "yq.other.respond": due,
			}
			c, err := o.step(tx, c, at, machine.ActionDetect, payload)
			for range o.rnd.IntN(14) {
				if err == nil {
					at = at.Add(time.Duration(o.rnd.IntN(30*3600)) * time.Second)
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

// Move has some cases take another step.
func (o *Office) Move(n int) {
	o.t.Helper()
	o.Must(o.ledger.InTx(context.Background(), func(tx *record.Tx) error {
		for range n {
			no := fmt.Sprintf("HY20261102-%05d", 1+o.rnd.IntN(o.n))
			if _, err := o.random(tx, o.cases[no], o.Now); err != nil {
				return err
			}
		}
		return nil
	}))
}

func (o *Office) random(tx *record.Tx, c huiying.Case, at time.Time) (huiying.Case, error) {
	action, payload := Next(o.rnd, o.Machine, c, at)
	if action == "" {
		return c, nil
	}
	if len(o.Units) > 0 {
		payload["unit"] = o.Units[o.rnd.IntN(len(o.Units))]
	}
	return o.step(tx, c, at, action, payload)
}

// Next picks a step that a case may take, with what the machine asks of it; ""
// when there is none.
func Next(rnd *rand.Rand, m *machine.Machine, c huiying.Case, at time.Time) (action string, payload map[string]string) {
	var rows []machine.Transition
	for _, r := range machine.Table() {
		if r.Leads(c.State) && r.From != machine.AnyOpen && (r.Action != machine.ActionDismiss || rnd.IntN(6) == 0) {
			rows = append(rows, r)
		}
	}
	if len(rows) == 0 {
		return "", nil
	}
	row := rows[rnd.IntN(len(rows))]
	if c.State.Open() && rnd.IntN(6) == 0 { // somebody presses for it
		row, _, _ = m.Find(c.State, []string{machine.ActionSupervise, machine.ActionRemind, machine.ActionEscalate}[rnd.IntN(3)])
	}
	payload = map[string]string{
		"unit": []string{"u-hall", "u-roads"}[rnd.IntN(2)], "text": "sha256:1", "at": machine.Stamp(at),
		"grade": machine.Grades()[rnd.IntN(5)], "settlement": machine.Settlements()[rnd.IntN(4)],
	}
	for _, k := range c.Clocks {
		if k.Running() && !k.DueAt.After(at) {
			payload[machine.ClockBreach+k.Preset] = machine.Stamp(k.DueAt)
		} else if k.Running() && row.Action == machine.ActionPublish {
			payload[machine.ClockMet+k.Preset] = machine.Stamp(at)
		}
	}
	return row.Action, payload
}

func (o *Office) step(tx *record.Tx, c huiying.Case, at time.Time, action string, payload map[string]string) (huiying.Case, error) {
	row, ok, _ := o.Machine.Find(c.State, action)
	if !ok {
		o.t.Fatalf("%s in %s", action, c.State)
	}
	o.steps[c.No]++
	s, err := tx.Append(context.Background(), huiying.Step{
		CaseNo: c.No, N: o.steps[c.No], At: at.UTC().Truncate(time.Microsecond), Actor: []string{"p", "q", huiying.SystemActor().ID}[o.rnd.IntN(3)], Action: action, From: c.State, To: row.Target(c.State), Payload: payload,
	})
	if err != nil {
		return c, err
	}
	if c, err = o.Machine.Apply(c, s); err != nil {
		return c, err
	}
	o.cases[c.No] = c
	return c, tx.PutCase(context.Background(), c)
}
