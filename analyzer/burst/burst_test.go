package burst_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"
	_ "time/tzdata" // the zones of the tests, whatever the machine has

	"huiying/analyzer/burst"
)

// at is a time of the office's clock on a day of the tests, which begin on day 0.
func at(day, hour, minute int) time.Time {
	return start.AddDate(0, 0, day).Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
}

// office adds one post at half past every hour from 9 to 17 of some days.
func office(d *burst.Detector, key string, days int) {
	for day := range days {
		for hour := 9; hour <= 17; hour++ {
			d.Add(key, at(day, hour, 30))
		}
	}
}

func add(d *burst.Detector, key string, n int, when time.Time) {
	for range n {
		d.Add(key, when)
	}
}

// One burst from its first post until the key is quiet again, and the next.
func TestToldOnce(t *testing.T) {
	d := burst.New(zone, start)
	office(d, "r-queue", 30)
	var told []string
	hear := func(when time.Time) burst.Answer {
		a := d.Step("r-queue", when)
		if a.Changed {
			told = append(told, fmt.Sprintf("%s at %s", a.State, when.Format("02T15:04")))
		}
		return a
	}
	for minute := range 50 { // of the 31st day from 14:00 on: 25 posts
		if minute%2 == 0 {
			d.Add("r-queue", at(30, 14, minute))
		}
		hear(at(30, 14, minute))
	}
	a := hear(at(30, 14, 59))
	w := a.Window
	if a.Key != "r-queue" || a.State != burst.Burst || a.Changed || !a.Since.Equal(at(30, 14, 0)) || !a.Until.IsZero() {
		t.Errorf("in the burst: %+v", a)
	}
	if w.Hours != 1 || w.Count != 25 || w.Days != 28 || w.Expected < 0.9 || w.Expected > 1.1 || w.P > 1e-6 || !w.Burst {
		t.Errorf("the window that tells: %+v", w)
	}
	for i, hours := range []int{1, 3, 6} {
		if w := a.Windows[i]; w.Hours != hours || w.Count != 25 {
			t.Errorf("window %d: %+v", i, w)
		}
	}
	for hour := 15; hour < 24; hour++ {
		if a := hear(at(30, hour, 5)); a.State == burst.Over && (!a.Since.Equal(at(30, 14, 0)) || !a.Until.Equal(at(30, 15, 0))) {
			t.Errorf("over: from %v until %v", a.Since, a.Until)
		}
	}
	if a := hear(at(31, 0, 5)); a.State != burst.Quiet || !a.Since.IsZero() || !a.Until.IsZero() {
		t.Errorf("long after: %+v", a)
	}
	add(d, "r-queue", 12, at(31, 3, 0))
	hear(at(31, 3, 1))
	if want := []string{"burst at 01T14:10", "over at 01T18:05", "burst at 02T03:01"}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

// After a burst only what came later can be the next one.
func TestAgainSoon(t *testing.T) {
	d := burst.New(zone, start)
	office(d, "k", 30)
	add(d, "k", 40, at(30, 14, 0))
	d.Step("k", at(30, 14, 1))
	if a := d.Step("k", at(30, 18, 1)); a.State != burst.Over || !a.Windows[2].Burst {
		t.Fatalf("four hours later: %+v", a)
	}
	if a := d.Step("k", at(30, 18, 2)); a.State != burst.Over || a.Changed {
		t.Fatalf("asked again: %+v", a)
	}
	add(d, "k", 12, at(30, 18, 30))
	if a := d.Step("k", at(30, 18, 31)); a.State != burst.Burst || !a.Changed || !a.Since.Equal(at(30, 18, 0)) || a.Window.Count != 12 {
		t.Errorf("the next burst: %+v", a)
	}
}

// A burst does not end while it goes on, and when nobody asked for a day its end
// is still told right.
func TestEndToldLate(t *testing.T) {
	d := burst.New(zone, start)
	office(d, "k", 30)
	for hour := 10; hour < 16; hour++ {
		add(d, "k", 10, at(30, hour, 10))
		if a := d.Step("k", at(30, hour, 11)); a.State != burst.Burst {
			t.Errorf("%d o'clock: %+v", hour, a)
		}
	}
	if a := d.Step("k", at(31, 14, 0)); a.State != burst.Over || !a.Changed || !a.Since.Equal(at(30, 10, 0)) || !a.Until.Equal(at(30, 16, 0)) {
		t.Errorf("the next day: %+v", a)
	}
}

func TestWhatIsABurst(t *testing.T) {
	busy := func(d *burst.Detector) { // ten an hour around the clock, from its first hour on
		for hour := range 12 * 24 {
			add(d, "k", 10, at(0, hour, 20))
		}
	}
	for name, c := range map[string]struct {
		counted func(d *burst.Detector)
		posts   int
		day     int
		want    bool
	}{
		"a new topic after four weeks":        {func(*burst.Detector) {}, 4, 30, true},
		"too few":                             {func(*burst.Detector) {}, 3, 30, false},
		"nothing but the first hour":          {func(*burst.Detector) {}, 500, 0, false},
		"two days of history":                 {func(*burst.Detector) {}, 29, 2, false},
		"two days of history, many posts":     {func(*burst.Detector) {}, 200, 2, true},
		"two days of ten an hour":             {busy, 50, 2, false},
		"ten an hour":                         {busy, 10, 9, false},
		"ten an hour and twice as many":       {busy, 20, 9, false},
		"ten an hour and eight times as many": {busy, 90, 9, true},
		"a rule of yesterday":                 {func(d *burst.Detector) { d.Begin("k", at(29, 0, 0)) }, 29, 30, false},
		"a rule of last month":                {func(d *burst.Detector) { d.Begin("k", at(3, 0, 0)) }, 29, 30, true},
		"a wrong clock far ahead": {func(d *burst.Detector) {
			add(d, "k", 99, time.Date(2199, 1, 1, 0, 0, 0, 0, zone))
			add(d, "k", 99, time.Time{})
			add(d, "k", 99, time.Unix(1<<60, 0))
		}, 3, 30, false},
		"every day at this hour": {func(d *burst.Detector) {
			for day := range 30 {
				add(d, "k", 10, at(day, 12, 10))
			}
		}, 12, 30, false},
		"a burst two weeks ago at this hour": {func(d *burst.Detector) { add(d, "k", 30, at(16, 12, 10)) }, 8, 30, true},
	} {
		d := burst.New(zone, start)
		c.counted(d)
		add(d, "k", c.posts, at(c.day, 12, 30))
		if a := d.Step("k", at(c.day, 12, 40)); (a.State == burst.Burst) != c.want || a.Changed != c.want {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

// Somebody who only looks does not take the news away.
func TestLook(t *testing.T) {
	d := burst.New(zone, start)
	add(d, "k", 9, at(30, 14, 1))
	if a := d.Look("k", at(30, 14, 2)); a.Changed || a.State != burst.Quiet || !a.Window.Burst {
		t.Errorf("look: %+v", a)
	}
	if a := d.Step("k", at(30, 14, 2)); !a.Changed || d.Look("k", at(30, 14, 2)).State != burst.Burst {
		t.Errorf("step: %+v", a)
	}
	if a := d.Look("other", at(30, 14, 2)); a.State != burst.Quiet || a.Window.Count != 0 || a.Window.P != 1 {
		t.Errorf("a key without posts: %+v", a)
	}
}

// Hours are those of the office's clock: when it is put back or forward the
// posts of nine o'clock are still held against those of nine o'clock.
func TestClock(t *testing.T) {
	for _, name := range []string{"Asia/Kolkata", "Europe/Berlin", "America/New_York"} {
		z, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, month := range []time.Month{time.March, time.October} {
			day := func(n, hour int) time.Time { return time.Date(2026, month, 1+n, hour, 10, 0, 0, z) }
			d := burst.New(z, day(0, 0))
			for n := range 60 {
				for hour := range 24 {
					if hour == 9 {
						add(d, "k", 20, day(n, 9))
					}
					if a := d.Step("k", day(n, hour)); a.Changed {
						t.Errorf("%s: %+v", name, a)
					}
				}
			}
			add(d, "k", 200, day(59, 20))
			if a := d.Step("k", day(59, 20)); !a.Changed || !a.Since.Equal(day(59, 20).Add(-10*time.Minute)) {
				t.Errorf("%s: %+v", name, a)
			}
		}
	}
}

// counted is what an export says of how much is kept.
func counted(t *testing.T, d *burst.Detector) map[string]int {
	t.Helper()
	raw, err := d.Export()
	if err != nil {
		t.Fatal(err)
	}
	var s struct {
		Keys map[string]struct{ Hours [][2]int } `json:"keys"`
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		t.Fatal(err)
	}
	hours := map[string]int{}
	for key, k := range s.Keys {
		hours[key] = len(k.Hours)
	}
	return hours
}

func TestMemoryIsBounded(t *testing.T) {
	d := burst.New(zone, start)
	d.Begin("r-old", start)
	add(d, "bursting", 50, at(29, 0, 0))
	d.Step("bursting", at(29, 0, 1))
	for hour := range 2000 {
		d.Add("wild", at(0, hour, 0))
	}
	if n := counted(t, d)["wild"]; n > 1000 {
		t.Errorf("%d hours of one key", n)
	}
	for i := range 30_000 {
		d.Add(fmt.Sprint("t-", i), at(40, 0, i))
	}
	keys := counted(t, d)
	_, old := keys["r-old"]
	_, bursting := keys["bursting"]
	_, newest := keys["t-29999"]
	_, oldest := keys["t-0"]
	if len(keys) > 20_000 || !old || !bursting || !newest || oldest {
		t.Errorf("%d keys; kept: begun %v, bursting %v, newest %v, oldest %v", len(keys), old, bursting, newest, oldest)
	}
	d.Sweep(at(300, 0, 0))
	d.Sweep(at(301, 0, 0))
	if keys := counted(t, d); len(keys) != 0 {
		t.Errorf("%d keys after a year", len(keys))
	}
}

// A sweep tells what each key would tell, in the order of keys.
func TestSweep(t *testing.T) {
	d := burst.New(zone, start)
	d.Begin("new", at(30, 0, 0))
	for i, key := range []string{"c", "a", "b", "new"} {
		add(d, key, 3*(i+1), at(30, 14, 0)) // 3 are too few, a new rule is not known yet
	}
	var got []string
	for _, a := range d.Sweep(at(30, 14, 30)) {
		got = append(got, fmt.Sprint(a.Key, a.State, a.Window.Count))
	}
	if want := []string{"aburst6", "bburst9"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if again := d.Sweep(at(30, 14, 31)); len(again) > 0 {
		t.Errorf("told again: %+v", again)
	}
	if ends := d.Sweep(at(30, 20, 0)); len(ends) != 2 || ends[0].State != burst.Over {
		t.Errorf("ends: %+v", ends)
	}
	d.Begin("idle", at(30, 0, 0))
	for day, want := range map[int]bool{50: true, 60: false} { // while it matters
		d, err := burst.Restore(zone, export(t, d))
		if err != nil {
			t.Fatal(err)
		}
		d.Sweep(at(day, 0, 0))
		if _, got := counted(t, d)["idle"]; got != want {
			t.Errorf("day %d: since when a rule is counted is known: %v", day, got)
		}
	}
}

func BenchmarkAdd(b *testing.B) {
	d := burst.New(zone, start)
	keys := make([]string, 1000)
	for i := range keys {
		keys[i] = fmt.Sprint("t-", i)
		office(d, keys[i], 28)
	}
	b.ReportAllocs()
	now := at(28, 0, 0)
	for i := 0; b.Loop(); i++ { // 50 posts a second
		d.Add(keys[i%len(keys)], now.Add(time.Duration(i)*20*time.Millisecond))
	}
}

// BenchmarkStep asks about a key with posts in every hour after each post.
func BenchmarkStep(b *testing.B) {
	d := burst.New(zone, start)
	for hour := range 28 * 24 {
		add(d, "k", 10, at(0, hour, 0))
	}
	b.ReportAllocs()
	for b.Loop() {
		d.Add("k", at(28, 0, 1))
		d.Step("k", at(28, 0, 30))
	}
}

// BenchmarkSweep is of 1,000 keys in the first minute of an hour, when what is
// expected is new.
func BenchmarkSweep(b *testing.B) {
	d := burst.New(zone, start)
	for i := range 1000 {
		for hour := range 28 * 24 {
			add(d, fmt.Sprint("t-", i), 2, at(0, hour, 0))
		}
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		d.Sweep(at(28, i%2, 0))
	}
}
