package host_test

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"huiying/crawler/host"
)

func parseHours(t *testing.T, s string) host.Hours {
	t.Helper()
	h, err := host.ParseHours(s)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestParseHours(t *testing.T) {
	if got := parseHours(t, "7:05 - 23:30").String() + (host.Hours{}).String(); got != "07:05-23:30" {
		t.Errorf("written as %q", got)
	}
	if h := parseHours(t, "07:00 - 23:30"); h != (host.Hours{From: 420, To: 1410}) {
		t.Errorf("got %+v", h)
	}
	for _, bad := range []string{"", "7", "07:00", "07:00-07:00", "25:00-26:00", "07:60-08:00", "a-b", "07:00-"} {
		if _, err := host.ParseHours(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

// A host is asked within its hours only, wherever they lie in the day, and told
// when they begin next.
func TestHours(t *testing.T) {
	zone := time.FixedZone("CST", 8*3600)
	at := func(clock string) time.Time {
		got, err := time.ParseInLocation(time.DateTime, "2026-11-27 "+clock, zone)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	for _, tc := range []struct {
		hours, now string
		until      time.Time // zero = asked
	}{
		{"07:00-23:00", "07:00:00", time.Time{}}, {"07:00-23:00", "22:59:59", time.Time{}},
		{"07:00-23:00", "06:59:59", at("07:00:00")}, {"07:00-23:00", "23:00:00", at("07:00:00").AddDate(0, 0, 1)},
		{"22:00-06:00", "23:00:00", time.Time{}}, {"22:00-06:00", "05:00:00", time.Time{}}, {"22:00-06:00", "12:00:00", at("22:00:00")},
	} {
		c := newClock()
		c.at.Store(at(tc.now).UnixNano())
		h := hosts(t, func(o *host.Options) {
			o.Budgets, o.Zone, o.Now = []host.Budget{{Host: "*.test", Hours: parseHours(t, tc.hours)}}, zone, c.now
			o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) { return response(r, 404, ""), nil })
		})
		_, _, err := ask(t, h, "https://a.test/x")
		var closed *host.ClosedError
		switch {
		case tc.until.IsZero() && err != nil:
			t.Errorf("%s at %s: %v", tc.hours, tc.now, err)
		case !tc.until.IsZero() && (!errors.As(err, &closed) || closed.Spent || !closed.Until.Equal(tc.until)):
			t.Errorf("%s at %s: %v", tc.hours, tc.now, err)
		}
	}
}

// The questions of a day are counted over all processes, robots.txt too, and
// begin anew at midnight of the office; the slowest wish paces.
func TestPerDay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		zone := time.FixedZone("CST", 8*3600)
		shared, asked := newMemory(), 0
		var last time.Time
		process := func() *host.Hosts {
			return hosts(t, func(o *host.Options) {
				o.NoDelay, o.Delay, o.Shared, o.Zone = false, time.Second, shared, zone
				o.Budgets = []host.Budget{{Host: "a.test", PerDay: 6, Delay: 5 * time.Second}, {Host: "*.test", PerDay: 1}}
				o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
					asked++
					if gap := time.Since(last); !last.IsZero() && gap < 5*time.Second {
						t.Errorf("asked again after %s", gap)
					}
					last = time.Now()
					return response(r, 404, ""), nil
				})
			})
		}
		one, two := process(), process()
		var closed *host.ClosedError
		for n := 0; !errors.As(func() error { _, _, err := ask(t, []*host.Hosts{one, two}[n%2], "https://a.test/x"); return err }(), &closed); n++ {
			if n > 20 {
				t.Fatal("no end")
			}
		}
		now := time.Now().In(zone)
		midnight := time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, zone)
		if asked != 6 || !closed.Spent || !closed.Until.Equal(midnight) {
			t.Errorf("asked %d times, then %v", asked, closed)
		}
		time.Sleep(time.Until(midnight))
		if _, _, err := ask(t, two, "https://a.test/x"); err != nil {
			t.Errorf("the next day: %v", err)
		}
	})
}

// A process that is killed with its turn has had its question.
func TestKilledProcessSpendsItsQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared, asked := newMemory(), 0
		process := func(answer func()) *host.Hosts {
			return hosts(t, func(o *host.Options) {
				o.Shared, o.Timeout, o.Budgets = shared, 10*time.Second, []host.Budget{{Host: "a.test", PerDay: 3}}
				o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
					asked++
					answer()
					return response(r, 404, ""), nil
				})
			})
		}
		one := process(func() { shared.freeze() }) // from its first question on it says nothing more
		if _, _, err := ask(t, one, "https://a.test/x"); err == nil {
			t.Error("the killed process went on")
		}
		shared.thaw()
		time.Sleep(time.Minute)
		two := process(func() {})
		var closed *host.ClosedError
		for n := 0; !errors.As(func() error { _, _, err := ask(t, two, "https://a.test/x"); return err }(), &closed); n++ {
			if n > 9 {
				t.Fatal("no end")
			}
		}
		if asked != 3 {
			t.Errorf("asked %d times", asked)
		}
	})
}

// A pattern is for whole labels.
func TestBudgetPatterns(t *testing.T) {
	for name, barred := range map[string]bool{"a.gov.test": true, "A.B.gov.test": true, "gov.test": false, "agov.test": false, "a.gov.test:8080": true, "gov.test.example": false} {
		c := newClock() // 12:00
		h := hosts(t, func(o *host.Options) {
			o.Budgets, o.Now = []host.Budget{{Host: "*gov.test", Hours: parseHours(t, "00:00-01:00")}, {Host: "*.Gov.test", Hours: parseHours(t, "00:00-01:00")}}, c.now
			o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) { return response(r, 404, ""), nil })
		})
		_, _, err := ask(t, h, "http://"+name+"/x")
		var closed *host.ClosedError
		if errors.As(err, &closed) != barred {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzHours(f *testing.F) {
	for _, s := range []string{"07:00-23:00", "22:00-06:00", "24:00-06:00", "00:00-24:00", "23:59-00:00", "+7:-0-1:1", "::-"} {
		f.Add(s, int64(1_795_752_000))
	}
	f.Fuzz(func(t *testing.T, s string, at int64) {
		hours, err := host.ParseHours(s)
		if err != nil {
			return
		}
		var now time.Time
		h := hosts(t, func(o *host.Options) {
			o.Budgets, o.Now = []host.Budget{{Host: "a.test", Hours: hours}}, func() time.Time { return now }
			o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) { return response(r, 404, ""), nil })
		})
		now = time.Unix(at%(1<<34), 0).UTC()
		var closed *host.ClosedError
		if _, _, err := ask(t, h, "http://a.test/x"); !errors.As(err, &closed) {
			return
		}
		if wait := closed.Until.Sub(now); wait <= 0 || wait > 24*time.Hour {
			t.Fatalf("%q at %s: again in %s", s, now, wait)
		}
		now = closed.Until
		if _, _, err := ask(t, h, "http://a.test/x"); err != nil {
			t.Fatalf("%q at %s, when it opens: %v", s, now, err)
		}
	})
}
