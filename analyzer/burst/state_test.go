package burst_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"huiying/analyzer/burst"
)

func export(t interface{ Fatal(...any) }, d *burst.Detector) []byte {
	raw, err := d.Export()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// What other processes read must stay as it is.
func TestExportForm(t *testing.T) {
	d := burst.New(zone, start)
	d.Begin("r-queue", at(1, 0, 0))
	add(d, "r-queue", 2, at(30, 13, 59))
	add(d, "t-1", 9, at(30, 14, 0))
	d.Step("t-1", at(30, 14, 1))
	want := `{"version":1,"zone":"Asia/Shanghai","since":492336,"keys":{` +
		`"r-queue":{"since":492360,"hours":[[493069,2]],"state":"quiet"},` +
		`"t-1":{"hours":[[493070,9]],"state":"burst","began":493070}}}`
	if got := string(export(t, d)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestRestoreRefuses(t *testing.T) {
	good := `{"version":1,"zone":"Asia/Shanghai","since":5,"keys":{"k":{"hours":[[1,2],[3,4]],"state":"quiet"}}}`
	if _, err := burst.Restore(zone, []byte(good)); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"not JSON":        {`{"version"`, `{version`},
		"another version": {`"version":1`, `"version":2`},
		"no version":      {`"version":1,`, ``},
		"another zone":    {`Shanghai`, `Urumqi`},
		"since":           {`"since":5`, `"since":-5`},
		"state":           {`"quiet"`, `"loud"`},
		"no state":        {`"state":"quiet"`, `"began":3`},
		"began":           {`"state":"quiet"`, `"state":"burst","began":-3`},
		"order":           {`[[1,2],[3,4]]`, `[[3,4],[1,2]]`},
		"an hour twice":   {`[[1,2],[3,4]]`, `[[1,2],[1,4]]`},
		"before 1970":     {`[1,2]`, `[-1,2]`},
		"no posts":        {`[1,2]`, `[1,0]`},
		"too many posts":  {`[1,2]`, `[1,100001]`},
		"too many hours":  {`[[1,2],[3,4]]`, `[` + strings.TrimSuffix(hours(1000), ",") + `]`},
		"too many keys":   {`"k":`, keys(20_001) + `"k":`},
	} {
		raw := strings.Replace(good, change[0], change[1], 1)
		if _, err := burst.Restore(zone, []byte(raw)); err == nil || raw == good {
			t.Errorf("%s: taken", name)
		}
	}
}

func hours(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "[%d,1],", i)
	}
	return b.String()
}

func keys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"t-%d":{"hours":[],"state":"quiet"},`, i)
	}
	return b.String()
}

// happening is a post or, without a key, a sweep.
type happening struct {
	key string
	at  time.Time
}

func happenings(t *rapid.T) (out []happening) {
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
	for range rapid.IntRange(0, 400).Draw(t, "posts") {
		out = append(out, happening{fmt.Sprint("k", r.IntN(3)), at(r.IntN(40), r.IntN(24), r.IntN(60))})
	}
	for range rapid.IntRange(0, 60).Draw(t, "posts in a burst") {
		out = append(out, happening{"k0", at(35, 9+r.IntN(3), r.IntN(60))})
	}
	return out
}

// answers asks about every key through the last week.
func answers(d *burst.Detector) (out []any) {
	for hour := 33 * 24; hour < 40*24; hour++ {
		for k := range 3 {
			out = append(out, d.Step(fmt.Sprint("k", k), at(0, hour, 30)))
		}
		out = append(out, d.Sweep(at(0, hour, 45)))
	}
	return out
}

func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		posts := happenings(t)
		other := rapid.Permutation(posts).Draw(t, "order")
		a, b := burst.New(zone, start), burst.New(zone, start)
		for i := range posts {
			a.Add(posts[i].key, posts[i].at)
			b.Add(other[i].key, other[i].at)
			if i%50 == 0 { // asking in between changes nothing
				b.Look("k0", at(35, 12, 0))
			}
		}
		if x, y := export(t, a), export(t, b); !bytes.Equal(x, y) {
			t.Fatalf("%s\n%s", x, y)
		}
		if !reflect.DeepEqual(answers(a), answers(b)) {
			t.Fatal("the answers differ")
		}
	})
}

// A process that ends at any time and goes on from its export answers as if
// nothing had been.
func TestRestoreGoesOn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := burst.New(zone, start)
		a.Begin("k2", at(rapid.IntRange(0, 35).Draw(t, "begun"), 0, 0))
		for _, p := range happenings(t) {
			a.Add(p.key, p.at)
		}
		for hour := 30 * 24; hour < rapid.IntRange(30*24, 36*24).Draw(t, "until"); hour++ {
			a.Sweep(at(0, hour, 0))
		}
		raw := export(t, a)
		b, err := burst.Restore(zone, raw)
		if err != nil {
			t.Fatal(err)
		}
		if again := export(t, b); !bytes.Equal(raw, again) {
			t.Fatalf("%s\n%s", raw, again)
		}
		if !reflect.DeepEqual(answers(a), answers(b)) {
			t.Fatal("the answers differ")
		}
	})
}

// Several processes that share the posts count together what one would.
func TestSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole, parts := burst.New(zone, start), [3]*burst.Detector{}
		for i := range parts {
			parts[i] = burst.New(zone, start)
		}
		for i, p := range happenings(t) {
			whole.Add(p.key, p.at)
			parts[i%3].Add(p.key, p.at)
		}
		sum := burst.New(zone, start)
		for range 2 { // summing anew is as good as summing once
			if err := sum.Sum(export(t, parts[0]), export(t, parts[1]), export(t, parts[2])); err != nil {
				t.Fatal(err)
			}
		}
		if x, y := export(t, whole), export(t, sum); !bytes.Equal(x, y) {
			t.Fatalf("%s\n%s", x, y)
		}
		if !reflect.DeepEqual(answers(whole), answers(sum)) {
			t.Fatal("the answers differ")
		}
	})
}

func TestSumKeepsStates(t *testing.T) {
	worker := burst.New(zone, start)
	add(worker, "k", 9, at(30, 14, 0))
	all := burst.New(zone, at(29, 0, 0)) // younger than what it sums
	for i, want := range []bool{true, false} {
		if err := all.Sum(export(t, worker)); err != nil {
			t.Fatal(err)
		}
		if a := all.Step("k", at(30, 14, 10+i)); a.Changed != want || a.State != burst.Burst || a.Window.Count != 9 {
			t.Errorf("time %d: %+v", i, a)
		}
	}
	before := export(t, all)
	for name, err := range map[string]error{
		"nothing":             all.Sum(),
		"not an export":       all.Sum(export(t, worker), []byte("{}")),
		"one of another zone": all.Sum(export(t, burst.New(time.UTC, start))),
	} {
		if err == nil || !bytes.Equal(before, export(t, all)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A worker that goes on where the other one left knows what was told.
	heir := burst.New(zone, start)
	if err := heir.Sum(export(t, heir), before); err != nil {
		t.Fatal(err)
	}
	if a := heir.Step("k", at(30, 14, 20)); a.Changed || a.State != burst.Burst {
		t.Errorf("heir: %+v", a)
	}
	// The last process to begin decides since when all is known.
	if err := all.Sum(before, export(t, burst.New(zone, at(28, 0, 0)))); err != nil {
		t.Fatal(err)
	}
	if a := all.Look("k", at(30, 14, 30)); a.Window.Days != 2 || a.State != burst.Burst {
		t.Errorf("with a late process: %+v", a)
	}
	// A burst whose posts nobody counts any more still ends.
	if err := all.Sum(export(t, burst.New(zone, start))); err != nil {
		t.Fatal(err)
	}
	if a := all.Step("k", at(30, 20, 0)); !a.Changed || a.State != burst.Over {
		t.Errorf("without its posts: %+v", a)
	}
}

func FuzzRestore(f *testing.F) {
	d := burst.New(zone, start)
	office(d, "k", 2)
	add(d, "k", 99, at(3, 3, 3))
	d.Sweep(at(3, 3, 4))
	raw, err := d.Export()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte(`{"version":1,"zone":"Asia/Shanghai","keys":{"k":{"since":2147483647,"hours":[[2147483647,100000]],"state":"over","began":2147483647,"ended":2147483647}}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, err := burst.Restore(zone, raw)
		if err != nil {
			return
		}
		once := export(t, d)
		again, err := burst.Restore(zone, once)
		if err != nil || !bytes.Equal(once, export(t, again)) {
			t.Fatalf("%s came back as %s, %v", once, export(t, again), err)
		}
		if err := d.Sum(once, once); err != nil {
			t.Fatal(err)
		}
		d.Add("k", at(3, 3, 5))
		d.Step("k", at(3, 3, 6))
		d.Sweep(time.Unix(1<<42, 0))
		d.Sweep(time.Time{})
	})
}
