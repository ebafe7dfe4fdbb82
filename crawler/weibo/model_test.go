package weibo_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestNothingIsLost: whatever is written, edited, deleted, refused or not
// accepted in between, two healthy visits later the basket holds every post of
// the list in its present form, and of a post that was accepted and deleted a
// tombstone.
func TestNothingIsLost(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := &site{perPage: rapid.IntRange(2, 6).Draw(rt, "per page"), comments: map[int64][]int64{}}
		r := newReading(t, s, `{"accounts":["1900000001"],"max_pages":50,"reread_every":"1m","reread":"240h"}`)
		pick := func() *entry {
			if len(s.posts) == 0 {
				return nil
			}
			return s.posts[rapid.IntRange(0, len(s.posts)-1).Draw(rt, "which")]
		}
		rt.Repeat(map[string]func(*rapid.T){
			"write": func(rt *rapid.T) {
				for range rapid.IntRange(1, 7).Draw(rt, "posts") {
					r.now = r.now.Add(time.Second)
					e := s.add(r.now, uid, rapid.SampledFrom([]string{"早", "排队", "谢谢"}).Draw(rt, "text"))
					if rapid.IntRange(0, 3).Draw(rt, "long") == 0 {
						e.whole = e.text + " 全部"
					}
				}
			},
			"edit": func(*rapid.T) {
				if e := pick(); e != nil {
					e.edits++
					e.text += "改"
				}
			},
			"delete": func(*rapid.T) {
				if e := pick(); e != nil {
					e.deleted = true
				}
			},
			"grow": func(*rapid.T) {
				if e := pick(); e != nil {
					e.likes = e.likes*2 + 1
				}
			},
			"visit": func(*rapid.T) { r.visit(t) },
			"sink fails": func(rt *rapid.T) {
				r.basket.fail = rapid.IntRange(1, 5).Draw(rt, "after")
				_, _ = r.try(t)
				r.basket.fail = 0
				r.visit(t) // what was deleted before this would be known to nobody
			},
			"refused": func(rt *rapid.T) {
				path := rapid.SampledFrom([]string{"/statuses/extend", "/statuses/show", "/api/container/getIndex"}).Draw(rt, "path")
				s.wall = func(q *http.Request) bool { return q.URL.Path == path }
				r.visit(t)
				s.wall = nil
			},
			"": func(*rapid.T) { r.now = r.now.Add(time.Second) },
		})
		settle(t, r)
		compare(rt, s, r)
	})
}

// settle visits until vanished posts were all asked for: a visit asks for a
// few, and for each again only after an hour.
func settle(t *testing.T, r *reading) {
	t.Helper()
	for range 30 {
		r.now = r.now.Add(time.Hour + time.Minute)
		if report := r.visit(t); report.Entry.Accepted == 0 {
			return
		}
	}
	t.Fatal("the source never settles")
}

// compare holds what was accepted against what the site has.
func compare(rt *rapid.T, s *site, r *reading) {
	for _, e := range s.posts {
		p, accepted := r.basket.latest(e.mid)
		switch {
		case e.deleted && accepted && !p.Deleted:
			rt.Fatalf("%d was deleted and has no tombstone", e.mid)
		case e.deleted:
		case !accepted:
			rt.Fatalf("%d is lost", e.mid)
		case p.Truncated || p.Text != strings.TrimSpace(s.full(e)) || p.Edited != (e.edits > 0) || p.Engagement.Likes < int64(e.likes)/2:
			rt.Fatalf("%d is stale: %+v, site has %+v", e.mid, p, e)
		}
	}
}
