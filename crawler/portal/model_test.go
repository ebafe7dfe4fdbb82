package portal_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestNothingIsLost: whatever is written, answered, changed, taken away,
// refused or not accepted in between, a few healthy visits later the basket
// holds every letter of the list in its present form, and of an unanswered
// letter that was accepted and taken away a tombstone.
func TestNothingIsLost(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := &site{}
		options := fmt.Sprintf(`{"profile":"beijing-letters","pages":50,"recheck":100,"details":%d}`, rapid.IntRange(2, 60).Draw(rt, "details"))
		r := newReading(t, s, options, nil)
		pick := func() *letter {
			if len(s.letters) == 0 {
				return nil
			}
			return s.letters[rapid.IntRange(0, len(s.letters)-1).Draw(rt, "which")]
		}
		rt.Repeat(map[string]func(*rapid.T){
			"write": func(rt *rapid.T) {
				for range rapid.IntRange(1, 9).Draw(rt, "letters") {
					s.add(r.now, fmt.Sprintf("第%d封", len(s.letters)))
				}
			},
			"answer": func(*rapid.T) {
				if l := pick(); l != nil && len(l.answers) == 0 {
					l.answers = []string{"已办理。"}
				}
			},
			"change": func(*rapid.T) {
				if l := pick(); l != nil {
					l.title += "改"
				}
			},
			"take away": func(*rapid.T) {
				if l := pick(); l != nil {
					l.deleted = true
				}
			},
			"visit": func(*rapid.T) { r.visit(t) },
			"sink fails": func(rt *rapid.T) {
				r.basket.fail = rapid.IntRange(1, 5).Draw(rt, "after")
				_, _ = r.try(t)
				r.basket.fail = 0
				r.visit(t)
			},
			"refused": func(rt *rapid.T) {
				part := rapid.SampledFrom([]string{"Detail.flow", "letterListJson", "3"}).Draw(rt, "part")
				s.status = func(q *http.Request) int {
					if strings.Contains(q.RequestURI, part) {
						return http.StatusForbidden
					}
					return 0
				}
				r.visit(t)
				s.status = nil
			},
			"": func(*rapid.T) { r.now = r.now.Add(time.Minute) },
		})
		settle(t, r)
		compare(rt, s, r)
	})
}

// settle visits until three days bring nothing new: every wait between two
// looks at a letter is shorter.
func settle(t *testing.T, r *reading) {
	t.Helper()
	quiet := 0
	for range 200 {
		r.now = r.now.Add(12 * time.Hour)
		if report := r.visit(t); report.Entry.Accepted > 0 || report.Entry.Capped {
			quiet = 0
			continue
		}
		if quiet++; quiet == 6 {
			return
		}
	}
	t.Fatal("the source never settles")
}

// compare holds what was accepted against what the site has.
func compare(rt *rapid.T, s *site, r *reading) {
	for _, l := range s.letters {
		p, accepted := r.basket.latest(l)
		switch {
		case l.deleted && accepted && !p.Deleted && len(p.Answers) == 0:
			rt.Fatalf("%s was taken away and has no tombstone", l.id)
		case l.deleted:
		case !accepted:
			rt.Fatalf("%s is lost", l.id)
		case p.Title != l.title || len(p.Answers) != len(l.answers):
			rt.Fatalf("%s is stale: %+v, site has %+v", l.id, p, l)
		}
	}
}
