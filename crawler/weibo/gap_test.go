package weibo_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestGapsClose: with few pages a visit, whatever is written, refused or not
// accepted in between, all that came after the first visit is found in the end.
func TestGapsClose(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := newSite(rapid.IntRange(2, 5).Draw(rt, "per page"))
		r := newReading(t, s, `{"accounts":["1900000001"],"max_pages":`+rapid.StringMatching(`[1-3]`).Draw(rt, "pages")+`,"reread_every":"30m","reread":"1h"}`)
		s.add(r.now, uid, "首条")
		r.visit(t)
		rt.Repeat(map[string]func(*rapid.T){
			"write": func(rt *rapid.T) {
				for range rapid.IntRange(1, 20).Draw(rt, "posts") {
					r.now = r.now.Add(time.Second)
					s.add(r.now, uid, "又一条")
				}
			},
			"visit": func(*rapid.T) { r.visit(t) },
			"sink fails": func(rt *rapid.T) {
				r.basket.fail = rapid.IntRange(1, 5).Draw(rt, "after")
				_, _ = r.try(t)
				r.basket.fail = 0
			},
			"refused": func(rt *rapid.T) {
				s.walls = rapid.IntRange(1, 3).Draw(rt, "after")
				r.visit(t)
				s.walls = 0
			},
			"": func(*rapid.T) { r.now = r.now.Add(time.Minute) },
		})
		for n := 0; ; n++ {
			r.now = r.now.Add(time.Minute)
			if report := r.visit(t); !report.Entry.Capped && report.Entry.Accepted == 0 {
				break
			}
			if n > 500 {
				rt.Fatal("the gaps never close")
			}
		}
		for _, e := range s.posts {
			if _, ok := r.basket.latest(e.mid); !ok {
				rt.Fatalf("%d is lost", e.mid)
			}
		}
	})
}
