package study

import (
	"cmp"
	"slices"
	"time"

	"huiying/internal/query"
)

// Kinds of steps of an event's course, in the order in which those of the same
// moment are told.
const (
	StepFirst    = "first"    // its first post
	StepPlatform = "platform" // the first post on another platform
	StepForward  = "forward"  // the first repost or comment
	StepPeak     = "peak"     // the fullest stretch begins
	StepPinned   = "pinned"
	StepReply    = "reply"
	StepCalm     = "calm" // a day without a post
)

func stepOrder() []string {
	return []string{StepFirst, StepPlatform, StepForward, StepPeak, StepPinned, StepReply, StepCalm}
}

// Step is one entry of the timeline.
type Step struct {
	Kind     string
	At       time.Time
	Post     string // it is about
	Platform string
	N        int
	Reply    Reply
	Pin      query.TopicPin
}

// calm is how long nobody writes until an event is called calm.
const calm = 24 * time.Hour

// Course is what is told of an event's posts.
type Course struct {
	Posts   []query.StudyPost // the earliest first
	Trend   Trend
	Replies []Reply
	Pins    []query.TopicPin
	Until   time.Time // now, or the end of what is looked at
}

// Timeline tells how the event went.
func Timeline(c Course) []Step {
	if len(c.Posts) == 0 {
		return nil
	}
	first, last := c.Posts[0], c.Posts[len(c.Posts)-1]
	out := []Step{{Kind: StepFirst, At: first.At, Post: first.ID, Platform: first.Platform}}
	out = append(out, spreads(c.Posts)...)
	if c.Trend.Peak >= 0 && len(c.Posts) >= Few {
		b := c.Trend.Buckets[c.Trend.Peak]
		out = append(out, Step{Kind: StepPeak, At: later(b.From, first.At), N: b.N})
	}
	for _, r := range c.Replies {
		out = append(out, Step{Kind: StepReply, At: r.At, Reply: r, Platform: r.Platform})
	}
	for _, pin := range c.Pins {
		if i := slices.IndexFunc(c.Posts, func(p query.StudyPost) bool { return p.ID == pin.Post }); i >= 0 {
			out = append(out, Step{Kind: StepPinned, At: c.Posts[i].At, Post: pin.Post, Platform: c.Posts[i].Platform, Pin: pin})
		}
	}
	if c.Until.Sub(last.At) >= calm {
		out = append(out, Step{Kind: StepCalm, At: last.At})
	}
	slices.SortStableFunc(out, func(a, b Step) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(slices.Index(stepOrder(), a.Kind), slices.Index(stepOrder(), b.Kind)))
	})
	return out
}

// spreads are the first post on each further platform, and the first one under
// another.
func spreads(posts []query.StudyPost) (out []Step) {
	seen := map[string]bool{posts[0].Platform: true}
	under := false
	for _, p := range posts[1:] {
		switch {
		case !seen[p.Platform]:
			seen[p.Platform] = true
			out = append(out, Step{Kind: StepPlatform, At: p.At, Post: p.ID, Platform: p.Platform})
		case !under && p.Under != "":
			out = append(out, Step{Kind: StepForward, At: p.At, Post: p.ID, Platform: p.Platform})
		}
		under = under || p.Under != ""
	}
	return out
}

// Spreading is a post that many others of the event stand under or repeat.
type Spreading struct {
	Post    string
	Under   int   // comments and reposts of it in the event
	Repeats int   // posts of the event with its words
	Counted int64 // reposts and comments as the platform counts them
}

// mostSpreading is how many of them are told.
const mostSpreading = 5

// KeyPosts are the posts that the event spread by, the most of it first. They
// are posts, whoever wrote them.
func KeyPosts(posts []query.StudyPost) []Spreading {
	under, repeats := map[string]int{}, map[string]int{}
	for _, p := range posts {
		under[p.Under]++
		repeats[p.DuplicateOf]++
	}
	var out []Spreading
	for _, p := range posts {
		s := Spreading{Post: p.ID, Under: under[p.ID], Repeats: repeats[p.ID], Counted: p.Spread}
		if !p.Gone && p.Under == "" && p.DuplicateOf == "" && (s.Under+s.Repeats > 0 || s.Counted > 0) {
			out = append(out, s)
		}
	}
	slices.SortStableFunc(out, func(a, b Spreading) int {
		return cmp.Or(cmp.Compare(b.Under+b.Repeats, a.Under+a.Repeats), cmp.Compare(b.Counted, a.Counted))
	})
	return out[:min(len(out), mostSpreading)]
}

// Numbers are the figures of an event by which it is compared.
type Numbers struct {
	Posts     int
	Platforms int
	Negative  int
	Span      time.Duration // from the first post to the last
	ToPeak    time.Duration // from the first post to the beginning of the fullest stretch
	PeakN     int
	Replied   bool
	ToReply   time.Duration // from the first post to the first reply
	After     int           // posts after it
	Cases     int
}

// NumbersOf counts an event; width is that of the stretches of its peak, the
// same for all that are compared.
func NumbersOf(posts []query.StudyPost, replies []Reply, cases int, width time.Duration) Numbers {
	n := Numbers{Posts: len(posts), Platforms: len(Platforms(posts)), Cases: cases}
	if len(posts) == 0 {
		return n
	}
	first := posts[0].At
	n.Span = posts[len(posts)-1].At.Sub(first)
	for _, p := range posts {
		if p.Sentiment == Negative {
			n.Negative++
		}
	}
	for i, c := range since(posts, width) {
		if c > n.PeakN {
			n.PeakN, n.ToPeak = c, time.Duration(i)*width
		}
	}
	if len(replies) > 0 {
		n.Replied, n.ToReply = true, replies[0].At.Sub(first)
		n.After = WordsAround(posts, replies[0].At).PostsNow
	}
	return n
}

// since counts posts by how long after the first of them they came.
func since(posts []query.StudyPost, width time.Duration) []int {
	if len(posts) == 0 {
		return nil
	}
	first := posts[0].At
	out := make([]int, int(posts[len(posts)-1].At.Sub(first)/width)+1)
	for _, p := range posts {
		out[p.At.Sub(first)/width]++
	}
	return out
}

// Aligned are two events by the hours since their first posts.
type Aligned struct {
	Width time.Duration
	A, B  []int // of the same length
}

// Align lays two events upon each other.
func Align(a, b []query.StudyPost) Aligned {
	var span time.Duration
	for _, posts := range [][]query.StudyPost{a, b} {
		if len(posts) > 0 {
			span = max(span, posts[len(posts)-1].At.Sub(posts[0].At))
		}
	}
	out := Aligned{Width: widthFor(span)}
	out.A, out.B = since(a, out.Width), since(b, out.Width)
	n := max(len(out.A), len(out.B))
	out.A, out.B = append(out.A, make([]int, n-len(out.A))...), append(out.B, make([]int, n-len(out.B))...)
	return out
}
