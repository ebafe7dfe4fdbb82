package cluster_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"huiying/analyzer/cluster"
)

// kept is where records are put as a bucket keeps them.
type kept map[string][]byte

func (k kept) save(records []cluster.Record) {
	for _, r := range records {
		if r.Value == nil {
			delete(k, r.Key)
		} else {
			k[r.Key] = r.Value
		}
	}
}

func (k kept) records() []cluster.Record {
	var out []cluster.Record
	for key, value := range k { // in no order
		out = append(out, cluster.Record{Key: key, Value: value})
	}
	return out
}

// pair drives a book that is never restarted and one that is, with the same
// calls.
type pair struct {
	t           *rapid.T
	still, once *cluster.Book
	disk        kept
	options     cluster.Options
	posts       []cluster.Post
	hour        int
	splits      int
}

func (p *pair) same(what string, a, b any) {
	if diff := cmp.Diff(a, b); diff != "" {
		p.t.Fatalf("%s: %s", what, diff)
	}
}

// assign gives both the same post, sometimes one of before.
func (p *pair) assign() {
	if len(p.posts) > 0 && rapid.IntRange(0, 9).Draw(p.t, "again") == 0 {
		old := rapid.SampledFrom(p.posts).Draw(p.t, "old")
		p.same("again", p.still.Assign(old), p.once.Assign(old))
		return
	}
	place, matter := rapid.IntRange(0, 3).Draw(p.t, "place"), rapid.IntRange(0, 3).Draw(p.t, "matter")
	new := post(fmt.Sprint("weibo:", len(p.posts)), said(place, matter, rapid.IntRange(0, 9).Draw(p.t, "way")), p.hour)
	new.Author = rapid.Uint64Range(0, 20).Draw(p.t, "author")
	p.posts = append(p.posts, new)
	p.same(new.ID, p.still.Assign(new), p.once.Assign(new))
}

// hand does by hand to both what a person might.
func (p *pair) hand() {
	open := p.still.Open()
	if len(open) == 0 {
		return
	}
	one, two := rapid.SampledFrom(open).Draw(p.t, "one"), rapid.SampledFrom(open).Draw(p.t, "two")
	switch rapid.IntRange(0, 2).Draw(p.t, "what") {
	case 0:
		p.same("merge", fmt.Sprint(p.still.Merge(one, two)), fmt.Sprint(p.once.Merge(one, two)))
	case 1:
		var ids []string
		for _, old := range p.posts {
			if rapid.Bool().Draw(p.t, "take") {
				ids = append(ids, old.ID)
			}
		}
		p.splits++
		new := fmt.Sprint("e-split", p.splits)
		n, err := p.still.Split(one, ids, new, "分出的事")
		m, failed := p.once.Split(one, ids, new, "分出的事")
		p.same("split", fmt.Sprint(n, err), fmt.Sprint(m, failed))
	case 2:
		p.same("rename", fmt.Sprint(p.still.Rename(one, "改名")), fmt.Sprint(p.once.Rename(one, "改名")))
	}
}

// restart opens the second book again, by what it exports or by what it said
// had changed.
func (p *pair) restart() {
	p.disk.save(p.once.Changes())
	records := p.disk.records()
	if rapid.Bool().Draw(p.t, "export") {
		records = p.once.Export()
	}
	again, err := cluster.Restore(p.options, records)
	if err != nil {
		p.t.Fatal(err)
	}
	p.once = again
}

// A restart at any moment changes no answer and no fact.
func TestRestart(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		o := cluster.Options{Events: rapid.SampledFrom([]int{2, 5, 100}).Draw(rt, "events")}
		p := &pair{t: rt, still: cluster.New(o), once: cluster.New(o), disk: kept{}, options: o}
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			switch rapid.IntRange(0, 9).Draw(rt, "step") {
			case 0:
				p.restart()
			case 1:
				p.hand()
			case 2:
				p.hour += rapid.IntRange(0, 24*8).Draw(rt, "hours")
			default:
				p.assign()
			}
		}
		p.restart()
		p.same("open", p.still.Open(), p.once.Open())
		now := monday.Add(time.Duration(p.hour) * time.Hour)
		for _, id := range p.still.Open() {
			first, _ := p.still.Event(id, now)
			second, _ := p.once.Event(id, now)
			p.same(id, first, second)
		}
	})
}

func TestBadRecords(t *testing.T) {
	b, _, _ := split(t)
	good := b.Export()
	for name, r := range map[string]cluster.Record{
		"no JSON":         {Key: good[1].Key, Value: []byte("{")},
		"a later version": {Key: good[1].Key, Value: []byte(strings.Replace(string(good[1].Value), `{"v":1`, `{"v":2`, 1))},
		"no version":      {Key: "book", Value: []byte("{}")},
	} {
		if _, err := cluster.Restore(cluster.Options{}, []cluster.Record{r}); err == nil || !strings.Contains(err.Error(), r.Key) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	odd := []cluster.Record{{Key: "other", Value: []byte("?")}, {Key: "event/e-gone"}}
	got, err := cluster.Restore(cluster.Options{}, append(odd, good...))
	if err != nil || !slices.Equal(got.Open(), b.Open()) {
		t.Errorf("with records of others: %v", err)
	}
	if got.Changes() != nil {
		t.Error("a book just opened has changes")
	}
}

// Of what a crash left between two saves, the merged event stays, once.
func TestHalfSaved(t *testing.T) {
	b := used(cluster.Options{})
	one := tell(b, "weibo:leak", "云栖苑地下车库渗水没人修", 1)
	two := tell(b, "weibo:noise", "望江府工地凌晨打桩", 2)
	disk := kept{}
	disk.save(b.Changes())
	if err := b.Merge(one, two); err != nil {
		t.Fatal(err)
	}
	for _, r := range b.Changes() {
		if r.Value != nil { // the deletion is lost
			disk.save([]cluster.Record{r})
		}
	}
	again, err := cluster.Restore(cluster.Options{}, disk.records())
	if err != nil || !slices.Equal(again.Open(), b.Open()) {
		t.Fatalf("%d events, want %d; %v", len(again.Open()), len(b.Open()), err)
	}
	if e, _ := again.Event(two, monday); e.ID != one || e.Size != 2*len(ways) {
		t.Errorf("got %+v", e.Facts)
	}
}

// Records hold no text but titles.
func TestNoText(t *testing.T) {
	b := cluster.New(cluster.Options{})
	p := post("weibo:1", "云栖苑渗水", 0)
	p.Text.Reset("说出来的话一个字也不能留下")
	b.Assign(p)
	for _, r := range b.Export() {
		for _, word := range []string{"说出来", "一个字", "留下"} {
			if strings.Contains(string(r.Value), word) {
				t.Errorf("%s holds %s", r.Key, word)
			}
		}
	}
}

// FuzzRestore puts a foreign record among good ones: it is refused or the book
// works.
func FuzzRestore(f *testing.F) {
	b := cluster.New(cluster.Options{})
	leak, noise := tell(b, "weibo:leak", "云栖苑地下车库渗水没人修", 1), tell(b, "weibo:noise", "望江府工地凌晨打桩", 2)
	if _, err := b.Split(leak, told("weibo:leak")[:2], "e-power", "分出的事"); err != nil {
		f.Fatal(err)
	}
	good := b.Export()
	for _, r := range good {
		f.Add(r.Key, r.Value)
	}
	f.Add("event/e-x", []byte(`{"v":1,"id":"e-x","aliases":["e-x","e-power"],"apart":["e-y"],"hour":-9,"faces":[null,{"features":[{"g":4294967295,"w":1},{"g":4,"w":-1}]}],"posts":[null,{"id":"weibo:1","grams":[4294967295],"rank":65535}]}`))
	f.Fuzz(func(t *testing.T, key string, value []byte) {
		got, err := cluster.Restore(cluster.Options{Events: 20}, append(slices.Clone(good), cluster.Record{Key: key, Value: value}))
		if err != nil {
			return
		}
		for i := range 20 {
			if a := got.Assign(post(fmt.Sprint("weibo:", i), said(i%2, i%2, i), i)); a.Event == "" || a.Likeness < 0 || a.Likeness > 1 {
				t.Fatalf("answer %+v", a)
			}
		}
		open := got.Open()
		_ = got.Merge(open[0], open[len(open)-1]) // may be refused
		_, _ = got.Split(open[0], []string{"weibo:0", "weibo:1"}, "e-new", "")
		_, _ = got.Event(leak, monday)
		_, _ = got.Event(noise, monday)
		if _, err := cluster.Restore(cluster.Options{Events: 20}, got.Export()); err != nil {
			t.Fatalf("what a book exports is refused: %v", err)
		}
	})
}
