package crawler

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"huiying"
	"huiying/crawler/host"
	"huiying/crawler/timing"
)

// Patience is how long a source waits after ending in a state.
type Patience = timing.Patience

// DefaultPatience is the policy; see timing.DefaultPatience.
func DefaultPatience() []Patience { return timing.DefaultPatience() }

// well reports a state in which a source is read as planned.
func well(s huiying.SourceState) bool { return s == huiying.SourceOK || s == huiying.SourceEmpty }

// stateOf is the state that a class of answer leaves a source in.
func stateOf(a Answer) huiying.SourceState {
	for _, row := range []struct {
		answer Answer
		state  huiying.SourceState
	}{
		{AnswerOK, huiying.SourceOK}, {"", huiying.SourceOK}, {AnswerDeleted, huiying.SourceOK}, {AnswerEmpty, huiying.SourceEmpty},
		{AnswerLoginWall, huiying.SourceLoginNeeded}, {AnswerBlocked, huiying.SourceBlocked}, {AnswerRateLimited, huiying.SourceRateLimited},
		{AnswerForbidden, huiying.SourceForbidden}, {AnswerMaintenance, huiying.SourceMaintenance},
	} {
		if row.answer == a {
			return row.state
		}
	}
	return huiying.SourceMalformed
}

// outcome is what a visit comes to.
type outcome struct {
	state    huiying.SourceState
	reason   string // catalogue key, "" for a state that is well
	detail   string
	capped   bool
	notUntil time.Time // a host rests until then
	complete bool      // everything asked for was read
	soon     bool      // the fault is on our side: again soon, the source is not judged
}

// judged is the outcome of a finished visit.
func judged(r Report) outcome {
	out := outcome{state: stateOf(r.Answer), detail: r.Detail, complete: r.Answer.Answered() || r.Answer == ""}
	if out.detail == "" {
		out.detail = r.Entry.Detail
	}
	if !well(out.state) {
		out.reason = "crawler.state." + string(out.state)
	}
	if r.Entry.Reason != "" {
		out.reason = r.Entry.Reason
	}
	return out
}

// errPanic marks a visit that broke off with a panic.
var errPanic = errors.New("panic in the reader")

// failed is the outcome of a visit that ended with an error. pages says how
// far it came.
func failed(err error, pages int) outcome {
	out := outcome{state: huiying.SourceMalformed, reason: "crawler.failed", detail: cause(err)}
	var resting *host.RestingError
	var closed *host.ClosedError
	var e *huiying.Error
	switch {
	case errors.As(err, &closed): // the office's own wish, not the site's fault
		out.state, out.notUntil, out.reason = huiying.SourcePaused, closed.Until, keyOf(err)
		if closed.Stop != nil {
			out.detail = cause(closed.Stop)
		}
		out.capped = pages > 0
	case errors.Is(err, errPanic):
		out.reason = "crawler.panic"
	case errors.As(err, &resting):
		out.state, out.reason, out.notUntil = restState(resting.Status), "crawler.resting", resting.Until
	case errors.As(err, &e) && e.Key == "crawler.stuck":
		out.reason = e.Key
	case errors.Is(err, context.DeadlineExceeded):
		out.reason, out.capped = "crawler.timeout", true
		out.state = huiying.SourceUnreachable
		if pages > 0 {
			out.state = huiying.SourceOK
		}
	case errors.As(err, &e):
		out.reason = e.Key
		switch e.Key {
		case "crawler.robots_disallowed":
			out.state = huiying.SourceRobotsDisallowed
		case "crawler.private_address":
			out.state = huiying.SourceForbidden
		case "crawler.too_late":
			out.state, out.capped = huiying.SourceOK, true
		case "crawler.not_accepted", "crawler.state_unread", "crawler.state_changed":
			out.soon = true
		default:
			if e.Code == huiying.Unavailable {
				out.state = huiying.SourceUnreachable
			}
		}
	}
	return out
}

// restState is the state that a host's rest puts its sources in.
func restState(status int) huiying.SourceState {
	if status == 0 {
		return huiying.SourceUnreachable
	}
	answer, _ := Classify(status, "", nil, nil)
	return stateOf(answer)
}

// cause is the innermost sentence of an error that is fit for the ledger: no
// address, no text of a post.
func cause(err error) string {
	var e *huiying.Error
	if errors.As(err, &e) && len(e.Args) > 0 {
		return clipped(fmt.Sprint(e.Args...))
	}
	return clipped(err.Error())
}

func clipped(s string) string {
	r := []rune(s)
	return string(r[:min(len(r), 200)])
}

// KeyStopped is the reason of a source that is not visited because all
// collection is stopped.
const KeyStopped = "crawler.stopped"

// budgets tells apart what the office allows itself, for a source that is
// paused by it.
func (c *Crawler) budgets(s huiying.SourceState) string {
	if s != huiying.SourcePaused {
		return ""
	}
	sum := sha256.Sum256(fmt.Append(nil, c.o.Fetch.Budgets, c.o.Stopped() != nil))
	return hex.EncodeToString(sum[:4])
}

// lifted reports that a source was paused by budgets that hold no more.
func (c *Crawler) lifted(s huiying.SourceState, budgets string) bool {
	return s == huiying.SourcePaused && budgets != c.budgets(s)
}
