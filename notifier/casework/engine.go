package casework

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"huiying"
)

// Policy is what an office may decide for itself about the machine.
type Policy struct {
	// Approvers narrows, by level, who may approve a reply for release; a level
	// that is not named is free to every role of the table.
	Approvers map[huiying.Level][]huiying.Role
}

// DefaultPolicy lets a reviewer or the management approve at every level. An
// office whose head must sign red and orange replies in person names
// RoleManager alone for them.
func DefaultPolicy() Policy {
	both := []huiying.Role{huiying.RoleReviewer, huiying.RoleManager}
	return Policy{Approvers: map[huiying.Level][]huiying.Role{huiying.LevelRed: both, huiying.LevelOrange: both}}
}

// Options is what an Engine works with. Ledger is required, Deadlines for Tick.
type Options struct {
	Ledger     Ledger
	Deadlines  Deadlines
	Now        func() time.Time
	Zone       *time.Location // times of forms without an offset are in it
	Presets    []Preset       // nil = Presets()
	Policy     *Policy        // nil = DefaultPolicy()
	Registerer prometheus.Registerer
}

// Engine takes steps of cases. It is safe for concurrent use.
type Engine struct {
	ledger    Ledger
	deadlines Deadlines
	now       func() time.Time
	zone      *time.Location
	presets   []Preset
	policy    Policy
	table     []Transition
	breaches  *prometheus.CounterVec
}

// New makes an Engine.
func New(o Options) *Engine {
	e := &Engine{
		ledger: o.Ledger, deadlines: o.Deadlines, now: o.Now, zone: cmp.Or(o.Zone, time.UTC),
		presets: o.Presets, policy: DefaultPolicy(), table: machine,
		breaches: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "huiying_notifier_breaches_total", Help: "Time limits of cases that were missed, by preset.",
		}, []string{"preset"}),
	}
	if e.now == nil {
		e.now = time.Now
	}
	if e.presets == nil {
		e.presets = Presets()
	}
	if o.Policy != nil {
		e.policy = *o.Policy
	}
	if o.Registerer != nil {
		o.Registerer.MustRegister(e.breaches)
	}
	return e
}

// clock gives the time as the record keeps it.
func (e *Engine) clock() time.Time { return e.now().UTC().Truncate(time.Microsecond) }

// Do takes one step for a person, whichever door it comes through. The error
// is a sentence: Conflict when somebody was faster or a step is missing,
// Forbidden when the role or unit is wrong, Invalid when a field is.
func (e *Engine) Do(ctx context.Context, cmd huiying.Command) (huiying.Case, error) {
	var done huiying.Case
	var missed []string
	err := e.ledger.InTx(ctx, func(tx Tx) error {
		var err error
		done, missed, err = e.do(ctx, tx, cmd)
		return err
	})
	if err != nil {
		return huiying.Case{}, err
	}
	e.count(missed)
	return done, nil
}

// DoIn is Do inside the caller's transaction.
func (e *Engine) DoIn(ctx context.Context, tx Tx, cmd huiying.Command) (huiying.Case, error) {
	done, missed, err := e.do(ctx, tx, cmd)
	if err != nil {
		return huiying.Case{}, err
	}
	e.count(missed)
	return done, nil
}

func (e *Engine) do(ctx context.Context, tx Tx, cmd huiying.Command) (done huiying.Case, missed []string, err error) {
	if impersonal(cmd.Actor) {
		return done, nil, huiying.Errorf(huiying.Forbidden, "case.no_person")
	}
	c, err := tx.Case(ctx, cmd.CaseNo)
	if err != nil {
		return done, nil, err
	}
	if err := fresh(ctx, tx, c, cmd.Version); err != nil {
		return done, nil, err
	}
	now := e.clock()
	// A clock that has run out is a fact before the step, whoever is first to
	// look; otherwise a late step could still meet or stop it.
	if c, missed, err = e.breach(ctx, tx, c, now); err != nil {
		return done, nil, err
	}
	row, err := e.legal(c, cmd.Action)
	if err != nil {
		return done, nil, err
	}
	a := attempt{c: c, row: row, actor: cmd.Actor, fields: trimmed(cmd.Fields), now: now, zone: e.zone, policy: e.policy}
	if err := check(row, a); err != nil {
		return done, nil, err
	}
	done, err = e.take(ctx, tx, a)
	return done, missed, err
}

// count counts missed time limits once they are written.
func (e *Engine) count(missed []string) {
	for _, preset := range missed {
		e.breaches.WithLabelValues(preset).Inc()
	}
}

// fresh refuses a command that was made from an older state of the case. Posts
// that joined, notes and missed time limits since then do not count: during an
// incident they come faster than anybody can fill in a form.
func fresh(ctx context.Context, tx Tx, c huiying.Case, seen int) error {
	if seen == 0 || seen == c.Version {
		return nil
	}
	stale := huiying.Errorf(huiying.Conflict, "case.version", c.No)
	if seen > c.Version {
		return stale
	}
	steps, err := tx.Steps(ctx, c.No)
	if err != nil {
		return err
	}
	for _, s := range steps[min(seen, len(steps)):] {
		switch s.Action {
		case ActionAttach, ActionNote, ActionBreach:
		default:
			return stale
		}
	}
	return nil
}

// impersonal reports whether the actor is nobody: rules and the system act
// through their own functions, never through a command.
func impersonal(a huiying.Actor) bool {
	return a.ID == "" || a.ID == huiying.SystemActor().ID || strings.HasPrefix(a.ID, "rule:")
}

func trimmed(fields map[string]string) map[string]string {
	out := make(map[string]string, len(fields))
	for k, v := range fields {
		if v = strings.TrimSpace(v); v != "" {
			out[k] = v
		}
	}
	return out
}

// legal finds the row, or says which step is missing.
func (e *Engine) legal(c huiying.Case, action string) (Transition, error) {
	row, ok, known := find(e.table, c.State, action)
	switch {
	case !known || action == ActionDetect || action == ActionBreach:
		return row, huiying.Errorf(huiying.Invalid, "case.unknown_action", action)
	case !ok:
		return row, huiying.Errorf(huiying.Conflict, "case.not_now."+action, c.No, stateName(c.State))
	}
	return row, nil
}

// check asks role, guards and required fields, in this order.
func check(row Transition, a attempt) error {
	if err := early(row, a); err != nil {
		return err
	}
	for _, f := range row.Required {
		if a.fields[f] == "" {
			return huiying.Errorf(huiying.Invalid, "case.need."+f, a.c.No)
		}
	}
	for f := range a.fields {
		if !row.takes(f) {
			return huiying.Errorf(huiying.Invalid, "case.unknown_field", row.Action, f)
		}
	}
	for _, g := range row.Guards {
		if err := g.Check(a); err != nil {
			return err
		}
	}
	return nil
}

// early is what can be refused before any field is filled in.
func early(row Transition, a attempt) error {
	if !a.actor.Has(row.Roles...) {
		return huiying.Errorf(huiying.Forbidden, "case.role."+row.Action, a.c.No)
	}
	for _, g := range row.Guards {
		if !g.Early {
			continue
		}
		if err := g.Check(a); err != nil {
			return err
		}
	}
	return nil
}

// Choices lists every action the machine has in the case's state, in the
// table's order, each with whether this person may take it now and if not why.
func (e *Engine) Choices(c huiying.Case, actor huiying.Actor) []huiying.Choice {
	var out []huiying.Choice
	for _, row := range e.table {
		if len(row.Roles) == 0 || !row.leads(c.State) {
			continue
		}
		a := attempt{c: c, row: row, actor: actor, now: e.clock(), zone: e.zone, policy: e.policy}
		why := early(row, a)
		out = append(out, huiying.Choice{Action: row.Action, Allowed: why == nil, Why: why, Fields: row.fields()})
	}
	return out
}

// take writes the step: words beside the record, then case, then step.
func (e *Engine) take(ctx context.Context, tx Tx, a attempt) (huiying.Case, error) {
	payload := make(map[string]string, len(a.fields)+4)
	for f, v := range a.fields {
		switch f {
		case FieldText, FieldNote, FieldReason:
			digest := huiying.Digest(v)
			if err := tx.PutText(ctx, digest, v); err != nil {
				return huiying.Case{}, fmt.Errorf("keeping words of case %s: %w", a.c.No, err)
			}
			payload[f] = digest
		case FieldAt:
			at, err := parseWhen(v, e.zone)
			if err != nil {
				return huiying.Case{}, huiying.Errorf(huiying.Invalid, "case.guard.time", v)
			}
			payload[f] = stamp(at)
		default:
			payload[f] = v
		}
	}
	return e.write(ctx, tx, a.c, huiying.Step{At: a.now, Actor: a.actor.ID, Action: a.row.Action, Payload: payload})
}

// write completes the step with its clocks, applies it and stores both.
func (e *Engine) write(ctx context.Context, tx Tx, c huiying.Case, s huiying.Step) (huiying.Case, error) {
	row, _, _ := find(e.table, c.State, s.Action)
	s.CaseNo, s.From, s.To = cmp.Or(s.CaseNo, c.No), c.State, row.target(c.State)
	s.N = c.Version + 1
	after, err := apply(e.table, c, s)
	if err != nil {
		return huiying.Case{}, err
	}
	e.clockWork(s, c, after)
	if after, err = apply(e.table, c, s); err != nil {
		return huiying.Case{}, err
	}
	if err := tx.PutCase(ctx, after); err != nil {
		return huiying.Case{}, err
	}
	if _, err := tx.Append(ctx, s); err != nil {
		return huiying.Case{}, fmt.Errorf("recording %s of case %s: %w", s.Action, s.CaseNo, err)
	}
	return after, nil
}

// breach writes one step for every clock that ran out by now and names their
// presets.
func (e *Engine) breach(ctx context.Context, tx Tx, c huiying.Case, now time.Time) (after huiying.Case, missed []string, err error) {
	if _, ok, _ := find(e.table, c.State, ActionBreach); !ok {
		return c, nil, nil
	}
	for _, k := range overdue(c, now) {
		c, err = e.write(ctx, tx, c, huiying.Step{
			At: now, Actor: huiying.SystemActor().ID, Action: ActionBreach,
			Payload: map[string]string{payloadBreach + k.Preset: stamp(k.DueAt)},
		})
		if err != nil {
			return c, nil, err
		}
		missed = append(missed, k.Preset)
	}
	return c, missed, nil
}

// Tick writes the breaches of every clock that ran out, however long ago, and
// says how many. A breach carries the time it was due, not the time it was found.
func (e *Engine) Tick(ctx context.Context) (int, error) {
	const batch = 100
	total := 0
	for {
		nos, err := e.deadlines.Due(ctx, e.clock(), batch)
		if err != nil {
			return total, fmt.Errorf("finding cases that are due: %w", err)
		}
		found := 0
		for _, no := range nos {
			n, err := e.tickCase(ctx, no)
			if err != nil {
				return total, err
			}
			found += n
		}
		total += found
		if len(nos) < batch || found == 0 {
			return total, nil
		}
	}
}

func (e *Engine) tickCase(ctx context.Context, no string) (int, error) {
	var missed []string
	err := e.ledger.InTx(ctx, func(tx Tx) error {
		c, err := tx.Case(ctx, no)
		if err != nil {
			return err
		}
		_, missed, err = e.breach(ctx, tx, c, e.clock())
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("checking the clocks of case %s: %w", no, err)
	}
	e.count(missed)
	return len(missed), nil
}

// Preset gives the time limit of an id, for pages that show its source.
func (e *Engine) Preset(id string) (Preset, bool) {
	i := slices.IndexFunc(e.presets, func(p Preset) bool { return p.ID == id })
	if i < 0 {
		return Preset{}, false
	}
	return e.presets[i], true
}
