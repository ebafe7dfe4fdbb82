package cluster_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiying"
	"huiying/analyzer/cluster"
)

// added is a post that a person adds, counted by an event so far.
func added(p cluster.Post, was string) cluster.Added { return cluster.Added{Post: p, Was: was} }

// A post that is added leaves the event it was of, is counted where it was put,
// stays there, and brings later posts like it; the others stay where they were.
func TestAdd(t *testing.T) {
	b := used(cluster.Options{})
	leak := tell(b, "weibo:leak", "云栖苑地下车库渗水没人修", 1)
	smell := tell(b, "weibo:smell", "云栖苑墙面大片发霉孩子咳嗽", 3)
	noise := tell(b, "weibo:noise", "望江府工地凌晨打桩", 3)
	one := post("weibo:smell-0", "投诉云栖苑墙面大片发霉孩子咳嗽", 3)
	for range 2 { // twice is once
		changed, err := b.Add(leak, []cluster.Added{added(one, smell)})
		if err != nil {
			t.Fatal(err)
		}
		if want := []string{smell}; len(changed) > 0 && !slices.Equal(changed, want) {
			t.Errorf("changed %v, want %v", changed, want)
		}
	}
	now := monday.Add(4 * time.Hour)
	if e, _ := b.Event(leak, now); e.Size != len(ways)+1 || e.Hours[len(e.Hours)-2] != 1 || !slices.Equal(e.Apart, []string{smell}) {
		t.Errorf("where it was put: %+v %v", e.Facts, e.Hours[len(e.Hours)-4:])
	}
	if e, _ := b.Event(smell, now); e.Size != len(ways)-1 || !slices.Equal(e.Apart, []string{leak}) {
		t.Errorf("where it was: %+v", e.Facts)
	}
	if got := b.Assign(one); got.Event != leak {
		t.Errorf("the post again: %+v", got)
	}
	// A post that nothing remembers is learnt: what is like it follows.
	strange := post("weibo:strange", "锦鲤巷公交车突然停运老人没法看病", 4)
	if _, err := b.Add(noise, []cluster.Added{added(strange, "")}); err != nil {
		t.Fatal(err)
	}
	for title, want := range map[string]string{"请解决锦鲤巷公交车突然停运老人没法看病的问题": noise, "投诉望江府工地凌晨打桩": noise, "投诉云栖苑地下车库渗水没人修": leak} {
		if got := b.Assign(post("weibo:later-"+title, title, 5)); got.Event != want {
			t.Errorf("%s: %+v, want %s", title, got, want)
		}
	}
	if _, err := b.Split(noise, []string{"weibo:strange"}, "e-bus", "停运"); err != nil {
		t.Errorf("a post that was added cannot be taken out again: %v", err)
	}
}

// An event whose last post goes is closed; a post that says too little is
// counted all the same; one that an event counts without remembering it is
// counted there no more; into what is not open nothing is added.
func TestAddTheLast(t *testing.T) {
	b := used(cluster.Options{})
	leak := tell(b, "weibo:leak", "云栖苑地下车库渗水没人修", 1)
	lone := b.Assign(post("weibo:lone", "观星城外墙瓷砖掉落砸车没人赔", 2)).Event
	b.Touch(lone, cluster.Post{At: monday.Add(2 * time.Hour)})
	if _, err := b.Add(leak, []cluster.Added{added(post("weibo:lone", "观星城外墙瓷砖掉落砸车没人赔", 2), lone), added(post("weibo:ok", "支持", 2), "")}); err != nil {
		t.Fatal(err)
	}
	now := monday.Add(2 * time.Hour)
	if _, open := b.Event(lone, now); open {
		t.Error("the event without posts is open")
	}
	if e, _ := b.Event(leak, now); e.Size != len(ways)+2 {
		t.Errorf("%d posts", e.Size)
	}
	other := tell(b, "weibo:noise", "望江府工地凌晨打桩", 3)
	b.Touch(other, post("weibo:repeat", "望江府工地凌晨打桩", 3))
	if _, err := b.Add(leak, []cluster.Added{added(post("weibo:repeat", "望江府工地凌晨打桩", 3), other), added(post("weibo:here", "渗水", 1), leak)}); err != nil {
		t.Fatal(err)
	}
	if e, _ := b.Event(other, now); e.Size != len(ways) {
		t.Errorf("what was counted without being remembered: %d posts left", e.Size)
	}
	if e, _ := b.Event(leak, now); e.Size != len(ways)+3 {
		t.Errorf("%d posts", e.Size)
	}
	if _, err := b.Add(lone, []cluster.Added{added(post("weibo:x", "x", 1), "")}); huiying.ErrorCode(err) != huiying.NotFound {
		t.Errorf("into a closed event: %v", err)
	}
}

// What was added is the same after a restart, from all records and from the
// changes alone, and never more than an event remembers.
func TestAddIsKept(t *testing.T) {
	b := used(cluster.Options{})
	kept := map[string][]byte{}
	keep := func(list []cluster.Record) {
		for _, r := range list {
			if kept[r.Key] = r.Value; r.Value == nil {
				delete(kept, r.Key)
			}
		}
	}
	leak := tell(b, "weibo:leak", "云栖苑地下车库渗水没人修", 1)
	smell := tell(b, "weibo:smell", "云栖苑墙面大片发霉孩子咳嗽", 3)
	keep(b.Export())
	b.Changes()
	var many []cluster.Added
	for i := range 200 {
		many = append(many, added(post(fmt.Sprint("weibo:many", i), nonsense(i), 3), ""))
	}
	for _, list := range [][]cluster.Added{{added(post("weibo:smell-0", "", 3), smell)}, many} {
		if _, err := b.Add(leak, list); err != nil {
			t.Fatal(err)
		}
	}
	keep(b.Changes())
	var records []cluster.Record
	for k, v := range kept {
		records = append(records, cluster.Record{Key: k, Value: v})
	}
	again, err := cluster.Restore(cluster.Options{}, records)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{leak, smell} {
		was, _ := b.Event(id, monday)
		is, open := again.Event(id, monday)
		if !open || cmp.Diff(was, is) != "" {
			t.Errorf("%s: %s", id, cmp.Diff(was, is))
		}
	}
	for i := range 200 {
		p := post(fmt.Sprint("weibo:after", i), nonsense(i), 4)
		if was, is := b.Assign(p), again.Assign(p); was != is {
			t.Fatalf("post %d: %+v before, %+v after a restart", i, was, is)
		}
	}
}
