package events

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/study"
)

// Address is what an address asks of an event's page: the window that every
// number is of, the posts that are listed, and the event to compare with. What it
// does not know it leaves out, so that an old link still opens.
type Address struct {
	study.Window
	study.Choice
	With   string        // another event
	Moment time.Time     // that opinion is compared around; zero = the first there is
	Span   time.Duration // before and after it
	Around string        // which of its posts are listed, see effect.go
	Beside bool          // one is to be chosen
	Before int64         // rows from which the list goes on
	path   string
	zone   *time.Location
}

// fieldTime is a time as a datetime-local field and an address hold it.
const fieldTime = "2006-01-02T15:04"

// longestValue is how long a value of an address may be.
const longestValue = 64

func readAddress(path string, q url.Values, zone *time.Location) Address {
	a := Address{path: path, zone: zone}
	a.From, a.To = readTime(q.Get("from"), zone), readTime(q.Get("to"), zone)
	if !a.To.IsZero() && !a.From.Before(a.To) {
		a.From, a.To = time.Time{}, time.Time{}
	}
	a.Beside = q.Has("with")
	a.Moment, a.Span, a.Around = readTime(q.Get("moment"), zone), readSpan(q.Get("span")), q.Get("effect")
	a.Before, _ = strconv.ParseInt(q.Get("before"), 10, 64) // what is no number is the first page
	for key, to := range map[string]*string{"platform": &a.Platform, "view": &a.View, "word": &a.Word, "with": &a.With} {
		if v := q.Get(key); len([]rune(v)) <= longestValue {
			*to = v
		}
	}
	for key, known := range map[string][]string{"tone": append(huiying.Sentiments(), study.Unsure), "side": {study.Before, study.After}} {
		if v := q.Get(key); slices.Contains(known, v) {
			*map[string]*string{"tone": &a.Tone, "side": &a.Side}[key] = v
		}
	}
	return a
}

func readTime(s string, zone *time.Location) time.Time {
	t, err := time.ParseInLocation(fieldTime, s, zone)
	if err != nil {
		return time.Time{}
	}
	return t
}

// values is the window and the comparison, which every link of the page keeps.
func (a Address) values() url.Values {
	q := url.Values{}
	for key, t := range map[string]time.Time{"from": a.From, "to": a.To} {
		if !t.IsZero() {
			q.Set(key, t.In(a.zone).Format(fieldTime))
		}
	}
	if a.With != "" {
		q.Set("with", a.With)
	}
	if !a.Moment.IsZero() {
		q.Set("moment", a.Moment.In(a.zone).Format(fieldTime))
	}
	if a.Span != query.EffectSpans()[1] {
		q.Set("span", hours(a.Span))
	}
	return q
}

func (a Address) choice(q url.Values) url.Values {
	for key, v := range map[string]string{"platform": a.Platform, "tone": a.Tone, "view": a.View, "word": a.Word, "side": a.Side, "effect": a.Around} {
		if v != "" {
			q.Set(key, v)
		}
	}
	return q
}

func (a Address) at(q url.Values, part string) string {
	out := a.path
	if len(q) > 0 {
		out += "?" + q.Encode()
	}
	return out + part
}

// List leads to the posts behind a number: those of some choices, given as pairs.
func (a Address) List(pairs ...string) string {
	q := a.values()
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return a.at(q, "#posts")
}

// Older leads to the next page of the list.
func (a Address) Older(before int64) string {
	q := a.choice(a.values())
	q.Set("before", strconv.FormatInt(before, 10))
	return a.at(q, "#posts")
}

// Self is the page with its window and choice, where forms are sent and come
// back to.
func (a Address) Self() string { return a.at(a.choice(a.values()), "") }

// Done is Self with what was done.
func (a Address) Done(what string) string {
	q := a.choice(a.values())
	q.Set("done", what)
	return a.at(q, "")
}

// Whole is the page without a window.
func (a Address) Whole() string {
	a.Window = study.Window{}
	return a.at(a.values(), "")
}

// Choose is the page with the events that this one can be laid beside: to find
// them takes longer than all the rest.
func (a Address) Choose() string {
	q := a.values()
	q.Set("with", a.With)
	return a.at(q, "#compare")
}

// Field is a time as a field holds it, "" for none.
func (a Address) Field(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(a.zone).Format(fieldTime)
}

// page cuts the posts that are listed: the newest arrival first.
func page(posts []query.StudyPost, before int64) (ids []string, next int64) {
	list := slices.Clone(posts)
	slices.SortFunc(list, func(x, y query.StudyPost) int { return int(y.N - x.N) })
	for _, p := range list {
		switch {
		case before > 0 && p.N >= before:
			continue
		case len(ids) == perPage:
			return ids, next
		}
		ids, next = append(ids, p.ID), p.N
	}
	return ids, 0
}

// perPage is how many posts a page lists.
const perPage = 50
