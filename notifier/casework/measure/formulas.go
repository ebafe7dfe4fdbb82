package measure

import (
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/notifier/casework/machine"
)

// firstAt is when the case first took the step; zero for never.
func firstAt(h History, action string) time.Time {
	for _, s := range h.Steps {
		if s.Action == action {
			return s.At
		}
	}
	return time.Time{}
}

// firstAnswer is when the first response was out, by the time its publication
// names.
func firstAnswer(h History) time.Time {
	for _, s := range h.Steps {
		if s.Action == machine.ActionPublish {
			return publishedAt(s)
		}
	}
	return time.Time{}
}

func publishedAt(s huiying.Step) time.Time {
	at, err := time.Parse(time.RFC3339Nano, s.Payload[machine.FieldAt])
	if err != nil {
		return s.At // the record writes the time itself; one that cannot be read is that of the step
	}
	return at
}

// closing is when the case was first closed; by dismissing or merging it is
// not.
func closing(h History) time.Time {
	for _, s := range h.Steps {
		if s.To == huiying.StateClosed {
			return s.At
		}
	}
	return time.Time{}
}

// accepted reports whether the case was one to handle: not a false alarm, not
// part of another, not somebody else's.
func accepted(h History) bool {
	switch h.Case.State {
	case huiying.StateDismissed, huiying.StateMerged, huiying.StateTransferred:
		return false
	case huiying.StateArchived:
		return !closing(h).IsZero()
	}
	return true
}

// response is the earliest limit by which a case must be answered, as its
// record had it in the end; ok is false for one that owes no answer.
func response(h History, o Office) (k huiying.Clock, ok bool) {
	for _, c := range h.Case.Clocks {
		if o.MetBy(c.Preset) == machine.ActionPublish && (!ok || c.DueAt.Before(k.DueAt)) {
			k, ok = c, true
		}
	}
	return k, ok
}

func inTime(k huiying.Clock) bool { return !k.MetAt.IsZero() && k.BreachedAt.IsZero() }

// 签收率: of the cases assigned in the period, those acknowledged in time.
func ackedInTime(h History, o Office) Mark {
	m := at(firstAt(h, machine.ActionAssign), !firstAt(h, machine.ActionAck).IsZero())
	for _, k := range h.Case.Clocks {
		if o.MetBy(k.Preset) == machine.ActionAck && !k.BreachedAt.IsZero() {
			m.Hit = false
		}
	}
	return m
}

// 即时答复率: of the cases opened in the period, those answered on the office's
// day on which they were first seen.
func answeredTheSameDay(h History, o Office) Mark {
	if !accepted(h) {
		return Mark{}
	}
	answer := firstAnswer(h)
	day := func(t time.Time) string { return t.In(o.Zone).Format(time.DateOnly) }
	return at(h.Case.OpenedAt, !answer.IsZero() && day(answer) == day(h.Case.FirstSeenAt))
}

// 按时答复率, the official one: of the answers that were published and whose
// limit ends in the period, those in time.
func onTimeOfDue(h History, o Office) Mark {
	k, owes := response(h, o)
	if !owes || !accepted(h) || firstAnswer(h).IsZero() {
		return Mark{}
	}
	return at(k.DueAt, inTime(k))
}

// 按时答复率, the honest one: the same over all that were closed, and all that
// are open and overdue.
func onTimeOfOwed(h History, o Office) Mark {
	k, owes := response(h, o)
	if !owes || !accepted(h) {
		return Mark{}
	}
	m := at(k.DueAt, inTime(k))
	m.Owed = firstAnswer(h).IsZero()
	return m
}

// 按时答复率 from first seen: of all that owe an answer, those that had it within
// the shortest limit that was ever set, counted from when the case was first
// seen. Neither suspended time nor an extension is taken off.
func onTimeFromSeen(h History, o Office) Mark {
	limit, owes := shortest(h, o)
	if !owes || !accepted(h) {
		return Mark{}
	}
	end, answer := h.Case.FirstSeenAt.Add(limit), firstAnswer(h)
	m := at(end, !answer.IsZero() && !answer.After(end))
	m.Owed = answer.IsZero()
	return m
}

// shortest is the shortest limit of an answer that the record sets before the
// first one; ok is false for a case that owes none.
func shortest(h History, o Office) (limit time.Duration, ok bool) {
	for _, s := range h.Steps {
		for key, value := range s.Payload {
			preset, set := strings.CutPrefix(key, machine.ClockStart)
			if !set {
				preset, set = strings.CutPrefix(key, machine.ClockDue)
			}
			if !set || o.MetBy(preset) != machine.ActionPublish {
				continue
			}
			// What cannot be read the machine refused: such a step is not in the record.
			if span, err := machine.ParseSpan(value); err == nil && (!ok || span.Due.Sub(span.Start) < limit) {
				limit, ok = span.Due.Sub(span.Start), true
			}
		}
		if s.Action == machine.ActionPublish {
			break
		}
	}
	return limit, ok
}

// within is the share of cases of a level that were answered so soon after
// they were first seen; one that is not answered counts once its time is over.
func within(limit time.Duration, levels ...huiying.Level) func(History, Office) Mark {
	return func(h History, _ Office) Mark {
		if !accepted(h) || !slices.Contains(levels, h.Case.Level) {
			return Mark{}
		}
		end, answer := h.Case.FirstSeenAt.Add(limit), firstAnswer(h)
		m := at(end, !answer.IsZero() && !answer.After(end))
		if m.Owed = answer.IsZero(); !m.Owed {
			m.Took = max(answer.Sub(h.Case.FirstSeenAt), 0)
		}
		return m
	}
}

// 办结率: closed of accepted.
func closedOfAccepted(h History, _ Office) Mark {
	return ofAccepted(h, !closing(h).IsZero())
}

// 无超期办结率: of those closed in the period, those of which no time limit was
// missed on the way.
func closedInTime(h History, _ Office) Mark {
	if !accepted(h) {
		return Mark{}
	}
	missed := slices.ContainsFunc(h.Case.Clocks, func(k huiying.Clock) bool { return !k.BreachedAt.IsZero() })
	return at(closing(h), !missed)
}

// ofAccepted counts a case that was one to handle, by when it was opened.
func ofAccepted(h History, hit bool) Mark {
	if !accepted(h) {
		return Mark{}
	}
	return at(h.Case.OpenedAt, hit)
}

// 答复率 = 答复数 / 留言数: of the letters and hand-overs, those answered where
// they came from.
func lettersAnswered(h History, _ Office) Mark {
	o := h.Case.Origin
	if o.Kind != "letter" && o.Kind != "ticket" {
		return Mark{}
	}
	return ofAccepted(h, slices.ContainsFunc(h.Steps, func(s huiying.Step) bool {
		if s.Action != machine.ActionPublish && s.Action != machine.ActionPublishUpdate {
			return false
		}
		where := s.Payload[machine.FieldPlatform]
		return where == o.Platform || where == "" && s.Action == machine.ActionPublish
	}))
}

// 响应率: of the accepted, those with any response.
func answeredOfAccepted(h History, _ Office) Mark {
	return ofAccepted(h, !firstAnswer(h).IsZero())
}

// 重复反映率: of the accepted, those that another case of the same matter was
// merged into.
func repeatedOfAccepted(h History, _ Office) Mark {
	return ofAccepted(h, slices.ContainsFunc(h.Steps, func(s huiying.Step) bool {
		return s.Action == machine.ActionAttach && s.Payload[machine.PayloadFrom] != ""
	}))
}

// 解决率: of those closed in the period with a settlement, those whose demand
// was solved or whose hardship was helped.
func solvedOfClosed(h History, _ Office) Mark {
	s := h.Case.Settlement
	if s == "" {
		return Mark{}
	}
	return at(closing(h), s == "solved" || s == "helped")
}

// 满意率: of those rated in the period, the last word counts.
func satisfiedOfRated(h History, _ Office) Mark {
	var rated time.Time
	for _, s := range h.Steps {
		if isRating(s) {
			rated = s.At
		}
	}
	return at(rated, slices.Contains(machine.Grades()[:3], h.Case.Rating))
}

func isRating(s huiying.Step) bool {
	return s.Action == machine.ActionRateOK || s.Action == machine.ActionRateBad
}

// firstRating is when the citizen was first heard.
func firstRating(h History) time.Time {
	for _, s := range h.Steps {
		if isRating(s) {
			return s.At
		}
	}
	return time.Time{}
}

// 回访及时率: of those given to follow-up in the period, those rated before the
// limit of it was missed.
func ratedInTime(h History, o Office) Mark {
	m := at(firstAt(h, machine.ActionRequestRating), !firstRating(h).IsZero())
	for _, k := range h.Case.Clocks {
		if o.MetBy(k.Preset) == machine.ActionRateOK && !k.BreachedAt.IsZero() {
			m.Hit = false
		}
	}
	return m
}

// 退回率: of those assigned in the period, those a unit gave back.
func returnedOfAssigned(h History, _ Office) Mark {
	return at(firstAt(h, machine.ActionAssign), h.Case.Returned > 0)
}

// 重办率: of those closed in the period, those taken up again after it, by
// reopening, a bad rating before it, or a new wave.
func redoneOfClosed(h History, _ Office) Mark {
	return at(closing(h), slices.ContainsFunc(h.Steps, func(s huiying.Step) bool {
		return reopened(s) || s.Action == machine.ActionRateBad || s.Action == machine.ActionNewWave
	}))
}

// 重开率: of those closed in the period, those that were opened again.
func reopenedOfClosed(h History, _ Office) Mark {
	return at(closing(h), slices.ContainsFunc(h.Steps, reopened))
}

func reopened(s huiying.Step) bool {
	return s.Action == machine.ActionReopen && s.From == huiying.StateClosed
}

// since is how long from one moment to another, for those whose end is in the
// period.
func since(from, to func(History) time.Time) func(History, Office) []Mark {
	return func(h History, _ Office) []Mark {
		a, b := from(h), to(h)
		if !accepted(h) || a.IsZero() || b.IsZero() {
			return nil
		}
		m := at(b, true)
		m.Took = max(b.Sub(a), 0)
		return []Mark{m}
	}
}

// silences are, for red and orange cases, the times between two publications
// that follow one another; the second decides the period, and the longest of a
// period counts.
func silences(h History, _ Office) (list []Mark) {
	if !h.Case.Level.OpensCase() {
		return nil
	}
	var last time.Time
	for _, s := range h.Steps {
		if s.Action != machine.ActionPublish && s.Action != machine.ActionPublishUpdate {
			continue
		}
		next := publishedAt(s)
		if !last.IsZero() {
			m := at(next, true)
			m.Took = max(next.Sub(last), 0)
			list = append(list, m)
		}
		last = next
	}
	return list
}
