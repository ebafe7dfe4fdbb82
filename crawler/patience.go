package crawler

import (
	"context"
	"errors"
	"fmt"
	"time"

	"huiying"
	"huiying/crawler/host"
)

// Patience is how long a source waits after ending in a state: First, doubled
// with every further visit that ends in it, up to Max. Where Sooner is set the
// wait replaces the source's own interval; else it never shortens it.
type Patience struct {
	State      huiying.SourceState
	First, Max time.Duration
	Sooner     bool
}

// DefaultPatience is the policy. A wall or ban stops a source: it is looked at
// again only rarely, to notice a new cookie or a lifted ban, or at once when
// its definition changes or a person tries it.
func DefaultPatience() []Patience {
	return []Patience{
		{State: huiying.SourceLoginNeeded, First: 6 * time.Hour, Max: 24 * time.Hour},
		{State: huiying.SourceBlocked, First: time.Hour, Max: 24 * time.Hour},
		{State: huiying.SourceForbidden, First: 6 * time.Hour, Max: 24 * time.Hour},
		{State: huiying.SourceRobotsDisallowed, First: 6 * time.Hour, Max: 24 * time.Hour},
		{State: huiying.SourceRateLimited, First: 30 * time.Minute, Max: 6 * time.Hour},
		{State: huiying.SourceMaintenance, First: 2 * time.Minute, Max: time.Hour},
		{State: huiying.SourceMalformed, First: time.Minute, Max: time.Hour},
		{State: huiying.SourceUnreachable, First: 15 * time.Second, Max: 30 * time.Minute, Sooner: true},
	}
}

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

// faultSoon is when a visit is repeated that failed on our own side.
const faultSoon = 15 * time.Second

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
	var e *huiying.Error
	switch {
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

// next is when a source is due again; failures counts the visits in a row that
// ended as this one did.
func (c *Crawler) next(s huiying.Source, out outcome, failures int) time.Time {
	every := s.Every
	if every <= 0 {
		every = defaultEvery
	}
	wait := time.Duration(float64(every) * (0.9 + 0.2*c.o.Random()))
	if out.soon {
		return c.o.Now().Add(min(wait, faultSoon))
	}
	for _, p := range c.o.Patience {
		if p.State != out.state {
			continue
		}
		long := p.First << min(max(failures-1, 0), 16)
		if long <= 0 || long > p.Max {
			long = p.Max
		}
		if p.Sooner {
			wait = long
		} else {
			wait = max(wait, long)
		}
	}
	at := c.o.Now().Add(wait)
	if at.Before(out.notUntil) {
		at = out.notUntil
	}
	return at
}

// defaultEvery is the interval of a source that names none.
const defaultEvery = 5 * time.Minute
