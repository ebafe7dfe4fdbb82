package casework

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"huiying"
	"huiying/notifier/calendar"
	"huiying/notifier/casework/limit"
	"huiying/notifier/casework/machine"
)

// Options is what an Engine works with. Ledger is required, Deadlines for
// Tick and Recompute.
type Options struct {
	Ledger     Ledger
	Deadlines  Deadlines
	Now        func() time.Time
	Zone       *time.Location            // times of forms without an offset are in it
	Presets    []limit.Preset            // nil = limit.Presets()
	Calendar   func() *calendar.Calendar // of today; nil = the published years
	Policy     *machine.Policy           // nil = machine.DefaultPolicy()
	Ladders    func(huiying.Case) huiying.Ladder
	Inspect    Inspector // looks at words before they are reviewed; nil = nobody
	After      Hook      // called after every step, in its transaction; nil = nothing
	Registerer prometheus.Registerer
}

// Hook hears of a step inside its transaction; its error undoes the step.
type Hook func(ctx context.Context, tx Tx, c huiying.Case, s huiying.Step) error

// Engine takes steps of cases. It is safe for concurrent use.
type Engine struct {
	ledger    Ledger
	deadlines Deadlines
	now       func() time.Time
	zone      *time.Location
	presets   []limit.Preset
	calendar  func() *calendar.Calendar
	policy    machine.Policy
	machine   *machine.Machine
	ladders   func(huiying.Case) huiying.Ladder
	inspect   Inspector
	after     Hook
	breaches  *prometheus.CounterVec
}

// New makes an Engine.
func New(o Options) *Engine {
	e := &Engine{
		ledger: o.Ledger, deadlines: o.Deadlines, now: o.Now, zone: cmp.Or(o.Zone, time.UTC),
		presets: o.Presets, policy: machine.DefaultPolicy(), machine: machine.New(),
		ladders: o.Ladders, inspect: o.Inspect, after: o.After, calendar: o.Calendar,
		breaches: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "huiying_notifier_breaches_total", Help: "Time limits of cases that were missed, by preset.",
		}, []string{"preset"}),
	}
	if e.now == nil {
		e.now = time.Now
	}
	if e.presets == nil {
		e.presets = limit.Presets()
	}
	if e.calendar == nil {
		e.calendar = published(e.zone)
	}
	if o.Policy != nil {
		e.policy = *o.Policy
	}
	if e.policy.ReturnBy == nil {
		e.policy.ReturnBy = e.returnBy
	}
	if e.ladders == nil {
		e.ladders = func(huiying.Case) huiying.Ladder { return huiying.Ladder{} }
	}
	if o.Registerer != nil {
		o.Registerer.MustRegister(e.breaches)
	}
	return e
}

// published is the calendar of the years that are built in. They are checked by
// a test, so one that is not sound is a programmer's error.
func published(zone *time.Location) func() *calendar.Calendar {
	cal, err := calendar.New(calendar.Options{Zone: zone})
	if err != nil {
		panic(err)
	}
	return func() *calendar.Calendar { return cal }
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
	a, missed, err := e.prepare(ctx, tx, cmd)
	if err != nil {
		return done, nil, err
	}
	done, err = e.take(ctx, tx, a)
	return done, missed, err
}

// CheckIn refuses what DoIn would refuse, and takes no step. That a time limit
// has run out is recorded all the same.
func (e *Engine) CheckIn(ctx context.Context, tx Tx, cmd huiying.Command) error {
	_, missed, err := e.prepare(ctx, tx, cmd)
	if err != nil {
		return err
	}
	e.count(missed)
	return nil
}

// prepare is the step of a command, checked.
func (e *Engine) prepare(ctx context.Context, tx Tx, cmd huiying.Command) (a machine.Attempt, missed []string, err error) {
	if impersonal(cmd.Actor) {
		return a, nil, huiying.Errorf(huiying.Forbidden, "case.no_person")
	}
	c, err := tx.Case(ctx, cmd.CaseNo)
	if err != nil {
		return a, nil, err
	}
	if err := fresh(ctx, tx, c, cmd.Version); err != nil {
		return a, nil, err
	}
	now := e.clock()
	// A clock that has run out is a fact before the step, whoever is first to
	// look; otherwise a late step could still meet or stop it.
	if c, missed, err = e.breach(ctx, tx, c, now); err != nil {
		return a, nil, err
	}
	row, err := e.person(c, cmd.Action)
	if err != nil {
		return a, nil, err
	}
	a = e.attempt(c, row, cmd.Actor)
	a.Fields, a.Now = trimmed(cmd.Fields), now
	if err := a.Check(); err != nil {
		return a, nil, err
	}
	return a, missed, e.examine(ctx, a)
}

// count counts missed time limits once they are written.
func (e *Engine) count(missed []string) {
	for _, preset := range missed {
		e.breaches.WithLabelValues(preset).Inc()
	}
}

// fresh refuses a command that was made from an older state of the case. Posts
// that joined, notes, escalations and what the system notes without moving the
// case since then do not count: during an incident they come faster than anybody
// can fill in a form.
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
		if s.Actor == huiying.SystemActor().ID && s.From == s.To {
			continue
		}
		switch s.Action {
		case machine.ActionAttach, machine.ActionNote, machine.ActionAttachFile, machine.ActionEscalate:
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

func (e *Engine) attempt(c huiying.Case, row machine.Transition, who huiying.Actor) machine.Attempt {
	return machine.Attempt{Case: c, Row: row, Actor: who, Now: e.clock(), Zone: e.zone, Policy: e.policy}
}

// legal finds the row, or says which step is missing.
func (e *Engine) legal(c huiying.Case, action string) (machine.Transition, error) {
	row, ok, known := e.machine.Find(c.State, action)
	switch {
	case !known || action == machine.ActionDetect || action == machine.ActionBreach:
		return row, huiying.Errorf(huiying.Invalid, "case.unknown_action", action)
	case !ok:
		return row, huiying.Errorf(huiying.Conflict, "case.not_now."+action, c.No, stateName(c.State))
	}
	return row, nil
}

// person finds the row of a step that people take.
func (e *Engine) person(c huiying.Case, action string) (machine.Transition, error) {
	row, err := e.legal(c, action)
	if len(row.Roles) == 0 && err == nil {
		return row, huiying.Errorf(huiying.Invalid, "case.unknown_action", action)
	}
	return row, err
}

// Choices lists every action the machine has in the case's state, in the
// table's order, each with whether this person may take it now and if not why.
func (e *Engine) Choices(c huiying.Case, actor huiying.Actor) []huiying.Choice {
	var out []huiying.Choice
	for _, row := range e.machine.Rows(c.State) {
		why := e.attempt(c, row, actor).Early()
		out = append(out, huiying.Choice{Action: row.Action, Allowed: why == nil, Why: why, Fields: row.Fields(), Presets: e.nameable(c, row.Action)})
	}
	return out
}

// Fold rebuilds a case from its steps; see machine.Machine.Fold.
func Fold(steps []huiying.Step) (huiying.Case, error) { return machine.New().Fold(steps) }
