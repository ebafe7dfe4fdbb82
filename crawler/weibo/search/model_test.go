package search_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"huiying/crawler"
)

// TestEveryPostOnce: however many pages the site shows, whatever it says of
// their number, wherever it sends an empty page, and wherever posts crowd,
// every post is found, and once; or the ledger says that an hour of a province
// holds more than is shown.
func TestEveryPostOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("walks a hundred histories for half a minute: not with -short")
	}
	rapid.Check(t, func(rt *rapid.T) {
		s := &site{perPage: rapid.IntRange(8, 11).Draw(rt, "per page"), shows: rapid.IntRange(2, 5).Draw(rt, "shows"), counts: rapid.Bool().Draw(rt, "counts")}
		r := begin(t, s, `,"first":"80h","reread":"1h","max_pages":`+rapid.StringMatching(`4|40`).Draw(rt, "max pages")+`,"ceiling":`+ceiling(s.shows))
		corpus(rt, s, r.Now)
		blank(rt, s)
		details := strings.Join(settled(t, r, 5000), "\n")
		over := strings.Contains(details, "more than the site shows in")
		met := times(r)
		for _, e := range s.posts {
			switch n := met[e.id()]; {
			case n > 1:
				rt.Fatalf("%v was found %d times", e, n)
			case n == 0 && !over:
				rt.Fatalf("%v was not found", e)
			}
		}
	})
}

func ceiling(shows int) string { return string(rune('0' + shows)) }

// corpus writes posts over three days, most of them in a few crowded hours.
func corpus(rt *rapid.T, s *site, now time.Time) {
	places := []int{11, 44, 64, 100, 400}
	for range rapid.IntRange(0, 2).Draw(rt, "crowds") {
		at := now.Add(-time.Duration(rapid.IntRange(1, 79).Draw(rt, "hours ago")) * time.Hour)
		for range rapid.IntRange(1, 60).Draw(rt, "posts") {
			when := at.Add(time.Duration(rapid.IntRange(0, 59).Draw(rt, "minute")) * time.Minute)
			s.add(when, rapid.SampledFrom(places).Draw(rt, "place"), "大厅")
		}
	}
	for range rapid.IntRange(0, 30).Draw(rt, "others") {
		s.add(now.Add(-time.Duration(rapid.IntRange(1, 79*60).Draw(rt, "minutes ago"))*time.Minute), rapid.SampledFrom(places).Draw(rt, "place"), "大厅")
	}
}

// blank makes the site send empty pages at random, never one as
// often as it is asked for.
func blank(rt *rapid.T, s *site) {
	if rapid.Bool().Draw(rt, "no blanks") {
		return
	}
	odds, turn, sent := rapid.IntRange(2, 9).Draw(rt, "odds"), 0, map[string]int{}
	s.blank = func(key string, page int) bool {
		turn++
		k, most := key+string(rune('0'+page)), 2
		if strings.Count(key, "custom") > 1 && page == 1 {
			most = 1
		}
		if turn%odds != 0 || sent[k] == most {
			return false
		}
		sent[k]++
		return true
	}
}

// TestNothingIsLost: whatever comes while what was left unread is still being
// read, whatever is refused or not accepted in between, every post is found.
func TestNothingIsLost(t *testing.T) {
	if testing.Short() {
		t.Skip("walks long histories: not with -short")
	}
	walked, most := 0, 25
	if os.Getenv("HUIYING_SOAK") != "" {
		most = 100
	}
	rapid.Check(t, func(rt *rapid.T) {
		if walked++; walked > most {
			return
		}
		s := &site{perPage: 8, shows: 6, counts: rapid.Bool().Draw(rt, "counts")}
		r := begin(t, s, `,"first":"24h","reread":"2h","reread_every":"20m","ceiling":6,"max_pages":20`)
		places := []int{11, 44, 64, 100, 400}
		var details []string
		see := func(report crawler.Report) { details = append(details, report.Detail) }
		rt.Repeat(map[string]func(*rapid.T){
			"write": func(rt *rapid.T) {
				for range rapid.IntRange(1, 15).Draw(rt, "posts") {
					s.add(r.Now.Add(-time.Duration(rapid.IntRange(0, 5).Draw(rt, "late"))*time.Minute), rapid.SampledFrom(places).Draw(rt, "place"), "大厅")
				}
			},
			"visit": func(*rapid.T) { see(r.Visit(t)) },
			"sink fails": func(rt *rapid.T) {
				r.Fail = rapid.IntRange(1, 9).Draw(rt, "after")
				report, _ := r.Try(t.Context())
				see(report)
				r.Fail = 0
			},
			"refused": func(rt *rapid.T) {
				after := rapid.IntRange(0, 3).Draw(rt, "after")
				s.refuse = wallAfter(after, rapid.Bool().Draw(rt, "rubbish"))
				see(r.Visit(t))
				s.refuse = nil
			},
			"": func(*rapid.T) { r.Now = r.Now.Add(5 * time.Minute) },
		})
		for range 2 { // the second looks back over the last hours
			r.Now = r.Now.Add(21 * time.Minute)
			details = append(details, settled(t, r, 3000)...)
		}
		met := times(r)
		for _, e := range s.posts {
			if met[e.id()] == 0 && !strings.Contains(strings.Join(details, "\n"), "more than the site shows in") {
				rt.Fatalf("%v is lost", e)
			}
		}
	})
}
