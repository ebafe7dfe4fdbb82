// Package study says what the posts of an event are as a whole: how many when,
// in which phase, on which platforms, which views with which words, and how that
// compares with another event. All of it is computed from the same list of
// posts, so that a number and the list behind it cannot disagree. It knows
// nobody who wrote a post, and leaves no view out, least of all a critical one.
package study

import (
	"cmp"
	"slices"
	"time"

	"huiying"
	"huiying/internal/query"
)

// Few is how many posts are too few to be grouped or to have phases.
const Few = 5

// Negative is the tone of a post that criticises.
const Negative = "negative"

// Unsure stands for an intent or a tone that nobody is sure of.
const Unsure = "unsure"

// Window is a span of time, half-open; a zero end is open.
type Window struct{ From, To time.Time }

// Holds reports whether a time lies in it.
func (w Window) Holds(t time.Time) bool {
	return (w.From.IsZero() || !t.Before(w.From)) && (w.To.IsZero() || t.Before(w.To))
}

// Open reports that it restricts nothing.
func (w Window) Open() bool { return w.From.IsZero() && w.To.IsZero() }

// Within keeps the posts of the window.
func Within(posts []query.StudyPost, w Window) []query.StudyPost {
	if w.Open() {
		return posts
	}
	var out []query.StudyPost
	for _, p := range posts {
		if w.Holds(p.At) {
			out = append(out, p)
		}
	}
	return out
}

// Reply is a published answer of ours.
type Reply struct {
	At       time.Time
	CaseNo   string
	URL      string
	Platform string
}

// Replies are the published answers of cases within the window, the earliest
// first. A publication from before they were kept by platform stands alone.
func Replies(cases []huiying.Case, w Window) []Reply {
	var out []Reply
	for _, c := range cases {
		answers := c.Answers
		if len(answers) == 0 && c.Response.Digest != "" {
			answers = []huiying.Response{c.Response}
		}
		for _, a := range answers {
			if !a.At.IsZero() && w.Holds(a.At) {
				out = append(out, Reply{a.At, c.No, a.URL, a.Platform})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Reply) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.CaseNo, b.CaseNo)) })
	return out
}

// Share is one part of the posts.
type Share struct {
	Name string
	N    int
	Bar  int // of 100, against the largest
}

// Platforms are the posts by platform, the largest first.
func Platforms(posts []query.StudyPost) []Share {
	return shares(posts, func(p query.StudyPost) string { return p.Platform })
}

// Tones are the posts by tone, the largest first.
func Tones(posts []query.StudyPost) []Share {
	return shares(posts, func(p query.StudyPost) string { return cmp.Or(p.Sentiment, Unsure) })
}

func shares(posts []query.StudyPost, of func(query.StudyPost) string) []Share {
	n := map[string]int{}
	for _, p := range posts {
		n[of(p)]++
	}
	var out []Share
	for name, count := range n {
		out = append(out, Share{Name: name, N: count})
	}
	slices.SortFunc(out, func(a, b Share) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Name, b.Name)) })
	for i := range out {
		out[i].Bar = 100 * out[i].N / out[0].N
	}
	return out
}

// Choice narrows the list of posts to those behind a number; empty fields do not
// restrict.
type Choice struct {
	Platform, Tone, View, Word string
	Side                       string // before or after the reply
}

// Narrowed reports whether it restricts anything.
func (c Choice) Narrowed() bool { return c != Choice{} }

// Sides of a reply.
const (
	Before = "before"
	After  = "after"
)

// Picked keeps the posts of a choice. views are those of all the posts, reply
// is when we answered, the zero time for never.
func Picked(posts []query.StudyPost, c Choice, views []Viewpoint, reply time.Time) []query.StudyPost {
	var view map[string]bool
	if c.View != "" {
		view = map[string]bool{}
		for _, v := range views {
			if v.Key == c.View {
				for _, id := range v.ids {
					view[id] = true
				}
			}
		}
	}
	var out []query.StudyPost
	for _, p := range posts {
		if (c.Platform == "" || p.Platform == c.Platform) && (c.Tone == "" || cmp.Or(p.Sentiment, Unsure) == c.Tone) &&
			(view == nil || view[p.ID]) &&
			(c.Word == "" || slices.Contains(p.Words, c.Word)) && onSide(p.At, c.Side, reply) {
			out = append(out, p)
		}
	}
	return out
}

func onSide(at time.Time, side string, reply time.Time) bool {
	switch {
	case side == "" || reply.IsZero():
		return true
	case side == Before:
		return at.Before(reply)
	}
	return !at.Before(reply)
}
