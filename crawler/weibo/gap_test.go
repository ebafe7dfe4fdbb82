package weibo_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// maxGap is the pages after which a gap is given up, and the ledger says so;
// TestGapIsGivenUp has that case.
const maxGap = 200

// TestGapsClose: with few pages a visit, whatever is written, refused or not
// accepted in between, all that came after the first visit is found in the end,
// as long as it stands on fewer pages than those after which a gap is given up.
func TestGapsClose(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		perPage := rapid.IntRange(2, 5).Draw(rt, "per page")
		s := newSite(perPage)
		r := newReading(t, s, `{"accounts":["1900000001"],"max_pages":`+rapid.StringMatching(`[1-3]`).Draw(rt, "pages")+`,"reread_every":"30m","reread":"1h"}`)
		s.add(r.now, uid, "首条")
		r.visit(t)
		rt.Repeat(map[string]func(*rapid.T){
			"write": func(rt *rapid.T) {
				few := min(20, (maxGap-1)*perPage-len(s.posts))
				if few < 1 {
					rt.Skip("as many posts as a gap may have")
				}
				for range rapid.IntRange(1, few).Draw(rt, "posts") {
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

// TestGapIsGivenUp: a gap longer than maxGap pages is given up, the ledger says
// from when on posts are missing, and the reading goes on with what is new.
func TestGapIsGivenUp(t *testing.T) {
	s := newSite(2)
	r := newReading(t, s, `{"accounts":["1900000001"],"max_pages":1,"reread_every":"30m","reread":"1h"}`)
	s.add(r.now, uid, "首条")
	r.visit(t)
	for range 2*(maxGap+1) + 4 {
		r.now = r.now.Add(time.Second)
		s.add(r.now, uid, "又一条")
	}
	said := 0
	for n := 0; ; n++ {
		r.now = r.now.Add(time.Minute)
		report := r.visit(t)
		if strings.HasPrefix(report.Entry.Detail, "given up on posts of u:1900000001 before 2026-11-20 10:00") && report.Entry.Capped {
			said++
		}
		if !report.Entry.Capped && report.Entry.Accepted == 0 {
			break
		}
		if n > 2*maxGap {
			t.Fatal("the gap is never given up")
		}
	}
	if said != 1 {
		t.Errorf("the ledger says %d times that posts were given up on, want once", said)
	}
	for i, e := range s.posts {
		_, ok := r.basket.latest(e.mid)
		if want := i == 0 || i > 4; ok != want {
			t.Errorf("post %d of %d: found %v, want %v", i, len(s.posts), ok, want)
		}
	}
}
