package measure

import (
	"slices"
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
func response(h History, p Period) (k huiying.Clock, ok bool) {
	for _, c := range h.Case.Clocks {
		if p.MetBy(c.Preset) == machine.ActionPublish && (!ok || c.DueAt.Before(k.DueAt)) {
			k, ok = c, true
		}
	}
	return k, ok
}

func inTime(k huiying.Clock) bool { return !k.MetAt.IsZero() && k.BreachedAt.IsZero() }

// 签收率: of the cases assigned in the period, those acknowledged in time.
func ackedInTime(h History, p Period) (counts, hits bool) {
	counts = p.holds(firstAt(h, machine.ActionAssign))
	for _, k := range h.Case.Clocks {
		if p.MetBy(k.Preset) == machine.ActionAck && !k.BreachedAt.IsZero() {
			return counts, false
		}
	}
	return counts, counts && !firstAt(h, machine.ActionAck).IsZero()
}

// 即时答复率: of the cases opened in the period, those answered on the office's
// day on which they were first seen.
func answeredTheSameDay(h History, p Period) (counts, hits bool) {
	answer := firstAnswer(h)
	day := func(t time.Time) string { return t.In(p.Zone).Format(time.DateOnly) }
	return p.holds(h.Case.OpenedAt) && accepted(h), !answer.IsZero() && day(answer) == day(h.Case.FirstSeenAt)
}

// 按时答复率, the official one: of the answers that were published and whose
// limit ends in the period, those in time.
func onTimeOfDue(h History, p Period) (counts, hits bool) {
	k, owes := response(h, p)
	return owes && accepted(h) && p.holds(k.DueAt) && !firstAnswer(h).IsZero(), inTime(k)
}

// 按时答复率, the honest one: the same over all that were closed, and all that
// are open and overdue.
func onTimeOfOwed(h History, p Period) (counts, hits bool) {
	k, owes := response(h, p)
	if !owes || !accepted(h) || !p.holds(k.DueAt) {
		return false, false
	}
	overdue := firstAnswer(h).IsZero() && !k.DueAt.After(p.Now)
	return !firstAnswer(h).IsZero() || overdue, inTime(k)
}

// within is the share of cases of a level that were answered so soon after
// they were first seen; one that is not answered counts once its time is over.
func within(limit time.Duration, levels ...huiying.Level) of {
	return func(h History, p Period) (counts, hits bool) {
		end := h.Case.FirstSeenAt.Add(limit)
		if !accepted(h) || !slices.Contains(levels, h.Case.Level) || !p.holds(end) {
			return false, false
		}
		answer := firstAnswer(h)
		return !answer.IsZero() || !end.After(p.Now), !answer.IsZero() && !answer.After(end)
	}
}

// 办结率: closed of accepted.
func closedOfAccepted(h History, p Period) (counts, hits bool) {
	return p.holds(h.Case.OpenedAt) && accepted(h), !closing(h).IsZero()
}

// 答复率 = 答复数 / 留言数: of the letters and hand-overs, those answered where
// they came from.
func lettersAnswered(h History, p Period) (counts, hits bool) {
	o := h.Case.Origin
	counts = p.holds(h.Case.OpenedAt) && accepted(h) && (o.Kind == "letter" || o.Kind == "ticket")
	for _, s := range h.Steps {
		if s.Action != machine.ActionPublish && s.Action != machine.ActionPublishUpdate {
			continue
		}
		if at := s.Payload[machine.FieldPlatform]; at == o.Platform || at == "" && s.Action == machine.ActionPublish {
			return counts, true
		}
	}
	return counts, false
}

// 响应率: of the accepted, those with any response.
func answeredOfAccepted(h History, p Period) (counts, hits bool) {
	return p.holds(h.Case.OpenedAt) && accepted(h), !firstAnswer(h).IsZero()
}

// 解决率: of those closed in the period with a settlement, those whose demand
// was solved or whose hardship was helped.
func solvedOfClosed(h History, p Period) (counts, hits bool) {
	s := h.Case.Settlement
	return p.holds(closing(h)) && s != "", s == "solved" || s == "helped"
}

// 满意率: of those rated in the period, the last word counts.
func satisfiedOfRated(h History, p Period) (counts, hits bool) {
	var rated time.Time
	for _, s := range h.Steps {
		if s.Action == machine.ActionRateOK || s.Action == machine.ActionRateBad {
			rated = s.At
		}
	}
	return p.holds(rated), slices.Contains(machine.Grades()[:3], h.Case.Rating)
}

// 退回率: of those assigned in the period, those a unit gave back.
func returnedOfAssigned(h History, p Period) (counts, hits bool) {
	return p.holds(firstAt(h, machine.ActionAssign)), h.Case.Returned > 0
}

// 重办率: of those closed in the period, those taken up again after it, by
// reopening, a bad rating before it, or a new wave.
func redoneOfClosed(h History, p Period) (counts, hits bool) {
	closed := closing(h)
	again := slices.ContainsFunc(h.Steps, func(s huiying.Step) bool {
		switch s.Action {
		case machine.ActionReopen:
			return s.From == huiying.StateClosed
		case machine.ActionRateBad, machine.ActionNewWave:
			return true
		}
		return false
	})
	return p.holds(closed), again
}

// since is how long from one moment to another, for those whose end is in the
// period.
func since(from, to func(History) time.Time) lasting {
	return func(h History, p Period) (time.Duration, bool) {
		a, b := from(h), to(h)
		return max(b.Sub(a), 0), accepted(h) && !a.IsZero() && p.holds(b)
	}
}

// longestSilence is, for red and orange cases, the longest time between two
// publications that follow one another; the second decides the period.
func longestSilence(h History, p Period) (longest time.Duration, counts bool) {
	if !h.Case.Level.OpensCase() {
		return 0, false
	}
	var last time.Time
	for _, s := range h.Steps {
		if s.Action != machine.ActionPublish && s.Action != machine.ActionPublishUpdate {
			continue
		}
		at := publishedAt(s)
		if !last.IsZero() && p.holds(at) {
			longest, counts = max(longest, at.Sub(last)), true
		}
		last = at
	}
	return longest, counts
}
