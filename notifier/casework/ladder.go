package casework

import (
	"context"
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/notifier/casework/machine"
)

// Climb is one rung of a case's ladder that was climbed.
type Climb struct {
	CaseNo string
	Told   []string // the ids of the deliveries that tell people
	Why    string   // why nobody was told: "empty", "gap"; "" when somebody was
}

// Climb takes the rung that is due, inside the caller's transaction, and moves
// the ladder on; huiying.Conflict when none is due. A rung that told nobody
// makes the next one due at once.
func (e *Engine) Climb(ctx context.Context, tx Tx, o Climb) (huiying.Case, error) {
	c, err := tx.Case(ctx, o.CaseNo)
	if err != nil {
		return c, err
	}
	now := e.clock()
	if !c.State.Open() || c.Ladder.NextAt.IsZero() || c.Ladder.NextAt.After(now) {
		return c, huiying.Errorf(huiying.Conflict, "case.no_rung", c.No)
	}
	action := machine.ActionEscalate
	if c.State == huiying.StateAwaitingAck {
		action = machine.ActionAckTimeout
	}
	payload := map[string]string{}
	told(payload, o.Told, o.Why)
	ladder := machine.Climb(c.Ladder, now, len(o.Told) == 0)
	if err := machine.WriteLadder(payload, c.Ladder, ladder); err != nil {
		return c, err
	}
	return e.system(ctx, tx, c, huiying.Step{At: now, Action: action, Payload: payload})
}

// Remind notes that the owner of an acknowledged case was reminded, inside the
// caller's transaction; huiying.Conflict when no reminder is due.
func (e *Engine) Remind(ctx context.Context, tx Tx, no string, receipts []string) (huiying.Case, error) {
	c, err := tx.Case(ctx, no)
	if err != nil {
		return c, err
	}
	now := e.clock()
	if !due(c, c.Ladder.RemindAt, now) {
		return c, huiying.Errorf(huiying.Conflict, "case.no_reminder", c.No)
	}
	ladder := machine.Remind(c.Ladder, now)
	if c.State != huiying.StateHandling {
		ladder.UnackAt = time.Time{} // only handling can be taken back
	}
	payload := map[string]string{}
	told(payload, receipts, "")
	if err := machine.WriteLadder(payload, c.Ladder, ladder); err != nil {
		return c, err
	}
	return e.system(ctx, tx, c, huiying.Step{At: now, Action: machine.ActionRemind, Payload: payload})
}

// Unack takes back an acknowledgement after which nothing happened, inside the
// caller's transaction; huiying.Conflict when none is due.
func (e *Engine) Unack(ctx context.Context, tx Tx, no string) (huiying.Case, error) {
	c, err := tx.Case(ctx, no)
	if err != nil {
		return c, err
	}
	now := e.clock()
	if c.State != huiying.StateHandling || !due(c, c.Ladder.UnackAt, now) {
		return c, huiying.Errorf(huiying.Conflict, "case.no_unack", c.No)
	}
	return e.system(ctx, tx, c, huiying.Step{At: now, Action: machine.ActionUnackTimeout, Payload: map[string]string{}})
}

func due(c huiying.Case, at, now time.Time) bool {
	return c.State.Open() && !at.IsZero() && !at.After(now)
}

// told puts the receipts of a hop into its step.
func told(payload map[string]string, receipts []string, why string) {
	receipts = slices.Clone(receipts)
	slices.Sort(receipts)
	if len(receipts) > 0 {
		payload[machine.PayloadTold] = strings.Join(slices.Compact(receipts), " ")
	}
	if why != "" {
		payload[machine.PayloadWhy] = why
	}
}
