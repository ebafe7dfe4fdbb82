package route

import (
	"math/bits"
	"slices"
	"time"

	"huiying"
)

// Fallback is the path of a telling that no route made: nobody of the routes
// taken can be reached, so the default recipients are told.
const Fallback = "fallback"

// Who is one recipient that a receiver stands for. One without a channel
// cannot be told.
type Who struct{ Person, Unit, Channel string }

// Input is all that a decision is made of.
type Input struct {
	Facts    huiying.AlertFacts
	Posts    int  // that the case has, this one among them
	Raised   bool // the case got more urgent
	Alone    bool // waits for no group
	Who      func(receiver string) []Who
	Silences []huiying.Silence
	Told     []huiying.Told // the answers to Questions
	// Waiting tells of a group, person and channel when the message goes out
	// that still waits, and when the last one was due; zero times where there is
	// none. nil = nothing waits.
	Waiting func(group string, w Who) (next, last time.Time)
	// Quiet is when the quiet hours of a person end that hold at a time, that time
	// itself where none do; nil = nobody has any.
	Quiet func(person string, at time.Time) time.Time
}

// Decision is a telling and how it is repeated.
type Decision struct {
	huiying.Telling
	Repeat Repeat
}

// Questions are what must be known of earlier alerts to decide about f; none
// when no inhibition is about it.
func (t *Tree) Questions(f huiying.AlertFacts) []huiying.SameMatter {
	var out []huiying.SameMatter
	for _, in := range t.inhibit {
		if q, ok := in.question(f, t.clock); ok && !slices.Contains(out, q) {
			out = append(out, q)
		}
	}
	return out
}

// question is false where f is not the target or lacks what must be equal.
// Red is a target only where the list names it.
func (in *inhibition) question(f huiying.AlertFacts, c Clock) (q huiying.SameMatter, ok bool) {
	if in.target.fails(f, c) != "" || f.Level == huiying.LevelRed && !slices.Contains(in.Target.Levels, f.Level) {
		return q, false
	}
	q.Since = f.At.Add(-in.Within)
	for _, field := range in.Equal {
		value := common(field, f)
		if value == "" {
			return q, false
		}
		switch field {
		case ByTopic:
			q.Topic = value
		case ByCase:
			q.Case = value
		case ByUnit:
			q.Unit = value
		}
	}
	return q, q.Topic+q.Case+q.Unit != ""
}

// common is the value of a field that alerts may share.
func common(field string, f huiying.AlertFacts) string {
	switch field {
	case ByTopic:
		return f.Topic
	case ByCase:
		return f.Case
	case ByRule:
		return f.Rule
	case ByUnit:
		return f.Unit
	}
	return ""
}

// Decide says of everybody whom an alert concerns whether, when and why they
// are told. There is always at least one decision, and each has its reason.
func (t *Tree) Decide(in Input) []Decision {
	var out []Decision
	reached := false
	for _, b := range t.Branches(in.Facts) {
		for _, to := range b.To {
			if to == ToNobody {
				out = append(out, Decision{Telling: huiying.Telling{Path: b.Path, Receiver: to, Why: huiying.TellNobody}})
				continue
			}
			for _, w := range in.Who(to) {
				reached = reached || w.Channel != ""
				out = append(out, t.about(in, b, to, w))
			}
		}
	}
	if !reached && !onPurpose(out) {
		out = append(out, t.fallback(in)...)
	}
	return once(out)
}

// onPurpose reports that the routes taken tell nobody because they say so.
func onPurpose(list []Decision) bool {
	return len(list) > 0 && !slices.ContainsFunc(list, func(d Decision) bool { return d.Why != huiying.TellNobody })
}

// fallback tells the default recipients: an alert whose routes lead to nobody
// must not be lost.
func (t *Tree) fallback(in Input) []Decision {
	b := t.root.Branch
	b.Path = Fallback
	var out []Decision
	for _, w := range in.Who(ToDefault) {
		out = append(out, t.about(in, b, ToDefault, w))
	}
	if len(out) == 0 {
		out = []Decision{{Telling: huiying.Telling{Path: Fallback, Receiver: ToDefault, Why: huiying.TellUnreachable}}}
	}
	return out
}

// about decides about one recipient.
func (t *Tree) about(in Input, b Branch, to string, w Who) Decision {
	d := Decision{Repeat: b.Repeat, Telling: huiying.Telling{
		Path: b.Path, Receiver: to, Person: w.Person, Unit: w.Unit, Channel: w.Channel,
	}}
	d.Why, d.By = t.kept(in, b, w)
	if d.Why == "" {
		d.At, d.Group, d.Why = t.when(in, b, w)
	}
	return d
}

// kept is why somebody is not told; "" when they are.
func (t *Tree) kept(in Input, b Branch, w Who) (why, by string) {
	if w.Channel == "" {
		return huiying.TellUnreachable, ""
	}
	if in.Facts.Kind == huiying.AlertJoins && !tellsJoin(b.Joins, in.Posts, in.Raised) {
		return huiying.TellJoined, in.Facts.Case
	}
	if by := t.inhibitor(in, w); by != "" {
		return huiying.TellInhibited, by
	}
	for _, s := range in.Silences {
		if Silenced(s, in.Facts, t.clock) {
			return huiying.TellSilenced, s.ID
		}
	}
	return "", ""
}

// Silenced reports whether a silence keeps the alert back.
func Silenced(s huiying.Silence, f huiying.AlertFacts, c Clock) bool {
	return s.In(f.At) && (f.Level != huiying.LevelRed || s.Red) && Matches(s.Match, f, c)
}

// tellsJoin is the policy of telling people again about a case they know.
// Every alert is recorded and shown either way.
func tellsJoin(policy string, posts int, raised bool) bool {
	switch policy {
	case JoinsEvery:
		return true
	case JoinsRaised:
		return raised
	}
	return raised || bits.OnesCount(uint(max(posts, 0))) == 1
}

// inhibitor is the alert of which the same recipient was told instead.
func (t *Tree) inhibitor(in Input, w Who) string {
	for _, rule := range t.inhibit {
		q, ok := rule.question(in.Facts, t.clock)
		if !ok {
			continue
		}
		for _, told := range in.Told {
			if told.Facts.Alert == in.Facts.Alert || told.Facts.At.Before(q.Since) || told.Facts.At.After(in.Facts.At) {
				continue
			}
			same := told.Person == w.Person && (w.Person != "" || told.Channel == w.Channel)
			if same && shares(q, told.Facts) && rule.source.fails(told.Facts, t.clock) == "" {
				return told.Facts.Alert
			}
		}
	}
	return ""
}

// shares reports whether an alert has in common what was asked for.
func shares(q huiying.SameMatter, f huiying.AlertFacts) bool {
	return (q.Topic == "" || q.Topic == f.Topic) && (q.Case == "" || q.Case == f.Case) && (q.Unit == "" || q.Unit == f.Unit)
}

// when is the time before which somebody is not told, and why then.
func (t *Tree) when(in Input, b Branch, w Who) (at time.Time, group, why string) {
	now := in.Facts.At
	at, why = now, huiying.TellNow
	if b.Group.By != "" && !in.Alone {
		group = groupOf(b.Group.By, in.Facts)
		if in.Facts.Level != huiying.LevelRed || b.Group.Red {
			if at = b.Group.next(in, group, w); at.After(now) {
				why = huiying.TellGrouped
			}
		}
	}
	for limit := now.AddDate(0, 0, mostDays); at.Before(limit); { // the end of the ones may lie in the others
		if until := t.MutedUntil(b, in.Facts.Level, at); until.After(at) {
			at, why = until, huiying.TellMuted
			continue
		}
		until := in.quiet(w.Person, at)
		if !until.After(at) {
			break
		}
		at, why, group = until, huiying.TellQuiet, huiying.QuietGroup
	}
	return at, group, why
}

// quiet is when the quiet hours of a person end; at itself when they do not hold.
func (in Input) quiet(person string, at time.Time) time.Time {
	if in.Quiet == nil || person == "" || !HeldByQuiet(in.Facts.Level) {
		return at
	}
	return in.Quiet(person, at)
}

// next is when the group's next message goes out: with one that waits already,
// but not later than a new one would.
func (g Group) next(in Input, group string, w Who) time.Time {
	now := in.Facts.At
	at := now.Add(g.Wait)
	if in.Waiting == nil {
		return at
	}
	waiting, last := in.Waiting(group, w)
	if !last.IsZero() && last.Add(g.Interval).After(at) {
		at = last.Add(g.Interval)
	}
	if !waiting.IsZero() && waiting.Before(at) {
		at = waiting
	}
	if at.Before(now) {
		return now
	}
	return at
}

// groupOf names a group. What has no case is grouped by its topic.
func groupOf(by string, f huiying.AlertFacts) string {
	value := common(by, f)
	if by == ByCase && value == "" {
		by, value = ByTopic, f.Topic
	}
	if value == "" {
		value = "none"
	}
	return by + ":" + value
}

// once leaves one telling to each person and channel: the earliest. Where its
// route does not repeat, the first of the others that does repeats.
func once(list []Decision) []Decision {
	type key struct{ person, channel string }
	best := map[key]int{}
	for i, d := range list {
		if !d.Tells() {
			continue
		}
		k := key{d.Person, d.Channel}
		if j, again := best[k]; !again || d.At.Before(list[j].At) {
			best[k] = i
		}
	}
	repeats := map[key]bool{}
	for k, i := range best {
		repeats[k] = list[i].Repeat.Every > 0
	}
	for i := range list {
		d := &list[i]
		k := key{d.Person, d.Channel}
		if j := best[k]; d.Tells() && j != i {
			d.Why, d.By, d.At, d.Group = huiying.TellElsewhere, list[j].Path, time.Time{}, ""
			if repeats[k] {
				d.Repeat = Repeat{}
			}
			repeats[k] = repeats[k] || d.Repeat.Every > 0
		}
	}
	return list
}
