package study_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/study"
)

var (
	zone   = time.FixedZone("office", 8*3600)
	monday = time.Date(2026, 11, 23, 9, 0, 0, 0, zone)
)

// said is a post so many minutes after the beginning.
func said(n int64, minutes int, change func(p *query.StudyPost)) query.StudyPost {
	p := query.StudyPost{N: n, ID: fmt.Sprint("weibo:", n), At: monday.Add(time.Duration(minutes) * time.Minute), Platform: "weibo", Intent: "complaint", Sentiment: "negative"}
	if change != nil {
		change(&p)
	}
	return p
}

// Every post is in one stretch, the stretches are few, and a span by the clock of
// the office holds the posts of a stretch and no others.
func TestTrendHoldsEveryPost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var posts []query.StudyPost
		for i, at := range rapid.SliceOfN(rapid.IntRange(0, 90*24*60), 1, 60).Draw(t, "minutes") {
			posts = append(posts, said(int64(i), at, nil))
		}
		slices.SortFunc(posts, func(a, b query.StudyPost) int { return a.At.Compare(b.At) })
		trend := study.TrendOf(posts, nil, zone)
		sum := 0
		for _, b := range trend.Buckets {
			sum += b.N
			if n := len(study.Within(posts, study.Window{From: b.From, To: b.From.Add(trend.Width)})); n != b.N {
				t.Fatalf("from %v: %d posts, the span holds %d", b.From, b.N, n)
			}
		}
		if sum != len(posts) || len(trend.Buckets) > 74 {
			t.Fatalf("%d of %d posts in %d stretches", sum, len(posts), len(trend.Buckets))
		}
		in := 0
		for _, p := range study.Phases(trend) {
			in += p.N
		}
		if in != 0 && in != len(posts) {
			t.Fatalf("the phases hold %d of %d posts", in, len(posts))
		}
	})
}

func TestPhases(t *testing.T) {
	for _, c := range []struct {
		name  string
		hours []int
		want  string
	}{
		{"all four", []int{1, 0, 3, 10, 6, 10, 2, 1}, "start 2, rise 1, peak 3, fall 2"},
		{"at once", []int{10, 4, 1}, "peak 1, fall 2"},
		{"still rising", []int{1, 2, 9}, "start 1, rise 1, peak 1"},
		{"few", []int{1, 1, 2}, ""},
		{"short", []int{5, 5}, ""},
	} {
		var posts []query.StudyPost
		for hour, n := range c.hours {
			for i := range n {
				posts = append(posts, said(int64(len(posts)), hour*60+i, nil))
			}
		}
		got := ""
		for _, p := range study.Phases(study.TrendOf(posts, nil, zone)) {
			if got != "" {
				got += ", "
			}
			got += fmt.Sprint(p.Name, " ", int(p.To.Sub(p.From)/time.Hour))
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// Every post is in exactly one view, whatever is written, and a view that
// criticises is told apart however small it is.
func TestNoViewIsLeftOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var posts []query.StudyPost
		for i := range rapid.IntRange(0, 60).Draw(t, "posts") {
			posts = append(posts, said(int64(i), i, func(p *query.StudyPost) {
				p.Intent = rapid.SampledFrom([]string{"", "complaint", "praise", "enquiry"}).Draw(t, "intent")
				p.Sentiment = rapid.SampledFrom([]string{"", "negative", "positive"}).Draw(t, "tone")
				p.Words = rapid.SliceOfN(rapid.SampledFrom([]string{"排队", "窗口", "系统", "停车", "取号"}), 0, 4).Draw(t, "words")
				p.Gone = rapid.IntRange(0, 9).Draw(t, "gone") == 0
				if i > 0 && rapid.IntRange(0, 3).Draw(t, "repeats") == 0 {
					p.DuplicateOf = posts[rapid.IntRange(0, i-1).Draw(t, "what")].ID
				}
			}))
		}
		views := study.Viewpoints(posts)
		if len(posts) < study.Few {
			if len(views) > 0 {
				t.Fatal("views of a few posts")
			}
			return
		}
		n := 0
		for _, v := range views {
			listed := study.Picked(posts, study.Choice{View: v.Key}, views, time.Time{})
			if len(listed) != v.N {
				t.Fatalf("%s: %d posts, its list has %d", v.Key, v.N, len(listed))
			}
			n += v.N
		}
		if n != len(posts) {
			t.Fatalf("%d of %d posts are in views", n, len(posts))
		}
	})
	var posts []query.StudyPost
	for i := range 200 {
		posts = append(posts, said(int64(i), i, func(p *query.StudyPost) {
			p.Intent, p.Sentiment, p.Words = "praise", "positive", []string{"点赞", "耐心"}
		}))
	}
	posts = append(posts, said(500, 300, func(p *query.StudyPost) { p.Words = []string{"排队"} }))
	views := study.Viewpoints(posts)
	if i := slices.IndexFunc(views, func(v study.Viewpoint) bool { return v.Critical }); i < 0 || views[i].N != 1 || views[i].Typical != "weibo:500" {
		t.Errorf("the one critical post among two hundred: %+v", views)
	}
}

// A view is named by the word that its posts share and others do not; its most
// typical post is none that repeats another.
func TestViewpoints(t *testing.T) {
	words := func(list ...string) func(p *query.StudyPost) {
		return func(p *query.StudyPost) { p.Words = list }
	}
	posts := []query.StudyPost{
		said(1, 0, words("大厅", "排队")), said(2, 1, words("大厅", "排队", "窗口")), said(3, 2, words("大厅", "排队", "窗口", "老人")),
		said(4, 3, words("大厅", "停车")), said(5, 4, words("大厅", "停车", "收费")),
		said(6, 5, func(p *query.StudyPost) { p.DuplicateOf, p.Intent, p.Sentiment = "weibo:2", "other", "" }),
	}
	views := study.Viewpoints(posts)
	if len(views) != 2 || views[0].Word != "排队" || views[0].N != 4 || views[0].Typical != "weibo:3" || views[1].Word != "停车" && views[1].Word != "" || views[1].N != 2 {
		t.Errorf("%+v", views)
	}
}

// The list behind a word has as many posts as its number says, on its side of
// the reply.
func TestWordsAround(t *testing.T) {
	var posts []query.StudyPost
	for i, words := range [][]string{{"排队"}, {"排队", "窗口"}, {"窗口"}, {"加开"}, {"加开", "排队"}} {
		posts = append(posts, said(int64(i), i*60, func(p *query.StudyPost) { p.Words = words }))
	}
	reply := monday.Add(150 * time.Minute)
	w := study.WordsAround(posts, reply)
	if w.PostsBefore != 3 || w.PostsNow != 2 {
		t.Fatalf("%+v", w)
	}
	for side, words := range map[string][]study.Word{study.Before: w.Before, study.After: w.After} {
		for _, one := range words {
			if n := len(study.Picked(posts, study.Choice{Word: one.Word, Side: side}, nil, reply)); n != one.N {
				t.Errorf("%s %s: %d, its list has %d", side, one.Word, one.N, n)
			}
		}
	}
	if w.Before[0].Word != "排队" || w.Before[0].New || !w.Before[1].New || w.After[0].Word != "加开" || !w.After[0].New {
		t.Errorf("%+v", w)
	}
	if all := study.WordsAround(posts, time.Time{}); all.PostsBefore != 5 || len(all.After) != 0 {
		t.Errorf("without a reply: %+v", all)
	}
}

func TestTimeline(t *testing.T) {
	posts := []query.StudyPost{
		said(1, 0, nil), said(2, 30, func(p *query.StudyPost) { p.Under = "weibo:1" }), said(3, 70, func(p *query.StudyPost) { p.Platform = "forum" }),
		said(4, 80, nil), said(5, 90, func(p *query.StudyPost) { p.Platform = "forum" }),
	}
	cases := []huiying.Case{
		{No: "HY20261123-0001", Answers: []huiying.Response{{At: monday.Add(2 * time.Hour), URL: "https://example.org/1"}}},
		{No: "HY20261123-0002", Response: huiying.Response{At: monday.Add(time.Hour), Digest: "d"}},
		{No: "HY20261123-0003"},
	}
	replies := study.Replies(cases, study.Window{})
	c := study.Course{
		Posts: posts, Replies: replies, Trend: study.TrendOf(posts, replies, zone), Until: monday.Add(26 * time.Hour),
		Pins: []query.TopicPin{{Post: "weibo:4", By: "officer"}, {Post: "weibo:gone"}},
	}
	told := func() (out string) {
		for _, s := range study.Timeline(c) {
			out += fmt.Sprint(s.Kind, "@", int(s.At.Sub(monday)/time.Minute), " ")
		}
		return out
	}
	if got, want := told(), "first@0 forward@30 peak@60 reply@60 platform@70 pinned@80 calm@90 reply@120 "; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	c.Until = monday.Add(25 * time.Hour)
	if got := told(); strings.Contains(got, "calm") {
		t.Errorf("calm before a day has passed: %s", got)
	}
	c.Posts = nil
	if study.Timeline(c) != nil {
		t.Error("a timeline of nothing")
	}
}

// What an event spread by is posts that others stand under or repeat, never a
// comment, never one that is gone.
func TestKeyPosts(t *testing.T) {
	posts := []query.StudyPost{
		said(1, 0, func(p *query.StudyPost) { p.Spread = 900 }),
		said(2, 1, nil), said(3, 2, func(p *query.StudyPost) { p.Under = "weibo:2" }), said(4, 3, func(p *query.StudyPost) { p.DuplicateOf = "weibo:2" }),
		said(5, 4, func(p *query.StudyPost) { p.Gone, p.Spread = true, 5000 }), said(6, 5, nil),
	}
	got := study.KeyPosts(posts)
	if len(got) != 2 || got[0] != (study.Spreading{Post: "weibo:2", Under: 1, Repeats: 1}) || got[1].Post != "weibo:1" {
		t.Errorf("%+v", got)
	}
}

// Two events lie upon each other by their first posts, and no post is lost.
func TestAlign(t *testing.T) {
	a := []query.StudyPost{said(1, 0, nil), said(2, 61, nil), said(3, 200, nil)}
	b := []query.StudyPost{said(4, 6000, nil), said(5, 6059, func(p *query.StudyPost) { p.Sentiment = "" })}
	got := study.Align(a, b)
	if got.Width != time.Hour || !slices.Equal(got.A, []int{1, 1, 0, 1}) || !slices.Equal(got.B, []int{2, 0, 0, 0}) {
		t.Errorf("%+v", got)
	}
	n := study.NumbersOf(b, []study.Reply{{At: monday.Add(6030 * time.Minute)}}, 2, got.Width)
	if n.Posts != 2 || n.Negative != 1 || n.PeakN != 2 || n.ToReply != 30*time.Minute || n.After != 1 || n.Cases != 2 {
		t.Errorf("%+v", n)
	}
	if empty := study.Align(nil, nil); len(empty.A) != 0 {
		t.Errorf("%+v", empty)
	}
}
