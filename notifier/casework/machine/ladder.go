package machine

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"time"

	"huiying"
)

func applyLadder(c *huiying.Case, payload map[string]string) error {
	text, ok := payload[PayloadLadder]
	if !ok {
		return nil
	}
	c.Ladder = huiying.Ladder{}
	if text == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(text), &c.Ladder); err != nil {
		return fmt.Errorf("ladder in the record: %w", err)
	}
	return nil
}

// WriteLadder puts the ladder into the payload where the step changes it.
func WriteLadder(payload map[string]string, before, after huiying.Ladder) error {
	if reflect.DeepEqual(before, after) {
		return nil
	}
	if after.IsZero() {
		payload[PayloadLadder] = ""
		return nil
	}
	text, err := json.Marshal(after)
	if err != nil {
		return fmt.Errorf("write the ladder: %w", err)
	}
	payload[PayloadLadder] = string(text)
	return nil
}

// Climbing is a step as the ladder sees it.
type Climbing struct {
	Step   huiying.Step
	Before huiying.Case
	After  huiying.Case          // without its ladder
	Fresh  func() huiying.Ladder // the policy for the case as it is after the step
}

// Ladder is the ladder after the step.
func (m *Machine) Ladder(c Climbing) huiying.Ladder {
	l, at := c.Before.Ladder, c.Step.At
	l.Acks = slices.Clone(l.Acks)
	switch c.Step.Action {
	case ActionReassign:
		return handedOn(l, begin(c.Fresh(), at), c)
	case ActionDetect, ActionAssign, ActionReturnBack, ActionUnmerge, ActionReturned:
		return begin(c.Fresh(), at)
	case ActionReopen:
		if c.After.State == huiying.StatePendingTriage {
			return begin(c.Fresh(), at)
		}
	case ActionRegrade:
		return regraded(l, c)
	case ActionUnackTimeout:
		return begin(l, at)
	case ActionAck, ActionCoAck:
		l = acked(l, c.Step)
	case ActionEscalate:
		if c.Step.Actor != huiying.SystemActor().ID {
			return climbNow(l, at)
		}
		return l
	case ActionRemind, ActionAckTimeout, ActionBreach, ActionWarn, ActionRecomputed, ActionAttach:
		return l // the engine has moved it on, or the step is nobody's work
	}
	return rest(l, c)
}

// begin sets the ladder to its first rung.
func begin(l huiying.Ladder, at time.Time) huiying.Ladder {
	l.Next, l.Round, l.Acks = 0, 0, nil
	l.NextAt, l.RemindAt, l.UnackAt = time.Time{}, time.Time{}, time.Time{}
	if len(l.Rungs) > 0 {
		l.NextAt = at.Add(l.Rungs[0].After)
	}
	return l
}

// handedOn is the ladder of a case that is handed on while nobody has
// acknowledged it: it goes on where it stood within the unit, and for another
// unit the first rung is due no later than the next would have been. Handing on
// gains nobody time.
func handedOn(l, fresh huiying.Ladder, c Climbing) huiying.Ladder {
	if c.Before.State != huiying.StateAwaitingAck || l.NextAt.IsZero() {
		return fresh
	}
	if c.Before.Unit == c.After.Unit && l.Policy == fresh.Policy {
		return l
	}
	if len(fresh.Rungs) > 0 && l.NextAt.Before(fresh.NextAt) {
		fresh.NextAt = l.NextAt
	}
	return fresh
}

// regraded takes the policy of a higher level while nobody has acknowledged;
// one that goes on is not begun anew, and goes on where the higher level has
// none: a case does not fall silent by becoming urgent.
func regraded(l huiying.Ladder, c Climbing) huiying.Ladder {
	waiting := c.After.State == huiying.StatePendingTriage || c.After.State == huiying.StateAwaitingAck
	if !waiting || c.After.Level.Rank() <= c.Before.Level.Rank() {
		return l
	}
	if fresh := c.Fresh(); fresh.Policy != l.Policy && len(fresh.Rungs) > 0 {
		return begin(fresh, c.Step.At)
	}
	return l
}

func acked(l huiying.Ladder, s huiying.Step) huiying.Ladder {
	l.Acks = append(l.Acks, s.Actor)
	if stopped(l) {
		l.NextAt = time.Time{}
	}
	return l
}

// stopped reports that as many people acknowledged as it takes.
func stopped(l huiying.Ladder) bool { return len(l.Acks) >= max(l.Needs, 1) }

// climbNow makes the next rung due; behind the last one comes the first.
func climbNow(l huiying.Ladder, at time.Time) huiying.Ladder {
	if len(l.Rungs) == 0 {
		return l
	}
	l.NextAt = at
	return l
}

// rest is what any other step means: a person's work is an answer to a
// reminder, and where nothing is owed by the unit nobody is reminded.
func rest(l huiying.Ladder, c Climbing) huiying.Ladder {
	l.RemindAt, l.UnackAt = time.Time{}, time.Time{}
	switch c.After.State {
	case huiying.StateHandling, huiying.StateApproved:
		if l.RemindEvery > 0 {
			l.RemindAt = c.Step.At.Add(l.RemindEvery)
		}
	case huiying.StateAwaitingAck, huiying.StatePendingTriage:
	default:
		l.NextAt = time.Time{}
	}
	return l
}

// Climb moves the ladder on from the rung that was due. Where it told nobody
// the next rung is due at once; of a case that was acknowledged, where a person
// asked for the rung, nothing more is.
func Climb(l huiying.Ladder, at time.Time, empty bool) huiying.Ladder {
	if len(l.Rungs) == 0 {
		l.NextAt = time.Time{}
		return l
	}
	if l.Next++; l.Next >= len(l.Rungs) {
		l.Next = 0
		l.Round++
	}
	switch {
	case l.Round > l.Repeat:
		l.NextAt = time.Time{}
	case empty && l.Next > 0: // a round of empty rungs must not spin
		l.NextAt = at
	case stopped(l):
		l.NextAt = time.Time{}
	default:
		l.NextAt = at.Add(l.Rungs[l.Next].After)
	}
	return l
}

// Remind notes that the owner was reminded.
func Remind(l huiying.Ladder, at time.Time) huiying.Ladder {
	l.RemindAt = time.Time{}
	if l.RemindEvery > 0 {
		l.RemindAt = at.Add(l.RemindEvery)
	}
	if l.UnackAfter > 0 && l.UnackAt.IsZero() {
		l.UnackAt = at.Add(l.UnackAfter)
	}
	return l
}
