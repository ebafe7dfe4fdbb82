package cluster_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiying"
	"huiying/analyzer/cluster"
)

// tell assigns posts of a title in the ways there are and gives the event of
// the last.
func tell(b *cluster.Book, id, title string, hours int) string {
	event := ""
	for way := range ways {
		p := post(fmt.Sprint(id, "-", way), fmt.Sprintf(ways[way], title, ""), hours)
		p.Author, p.Platform = uint64(hours*100+way+1), "weibo"
		event = b.Assign(p).Event
	}
	return event
}

// told gives the ids of the posts that tell assigned.
func told(id string) (out []string) {
	for way := range ways {
		out = append(out, fmt.Sprint(id, "-", way))
	}
	return out
}

func TestMerge(t *testing.T) {
	b := used(cluster.Options{})
	leak := tell(b, "weibo:leak", "云栖苑地下车库渗水没人修", 1)
	smell := tell(b, "weibo:smell", "云栖苑墙面大片发霉孩子咳嗽", 3)
	noise := tell(b, "weibo:noise", "望江府工地凌晨打桩", 5)
	if leak == smell || leak == noise || smell == noise {
		t.Fatal("the events are one before they are merged")
	}
	if err := b.Merge(leak, smell); err != nil {
		t.Fatal(err)
	}
	for id, title := range map[string]string{"weibo:1": "投诉云栖苑地下车库渗水没人修", "weibo:2": "投诉云栖苑墙面大片发霉孩子咳嗽"} {
		if got := b.Assign(post(id, title, 6)); got.Event != leak || got.New {
			t.Errorf("%s: %+v", title, got)
		}
	}
	if got := b.Assign(post("weibo:smell-0", "whatever", 7)); got.Event != leak {
		t.Errorf("a post from before again: %+v", got)
	}
	now := monday.Add(6 * time.Hour)
	e, ok := b.Event(smell, now)
	if !ok || e.ID != leak || e.Size != 2*len(ways)+2 || e.Voices != 2*len(ways) || !slices.Equal(e.Aliases, []string{smell}) {
		t.Errorf("got %+v, %d voices", e.Facts, e.Voices)
	}
	if hours := e.Hours[len(e.Hours)-6:]; !slices.Equal(hours, []int{6, 0, 6, 0, 0, 2}) {
		t.Errorf("hours %v", hours)
	}
	if err := b.Merge(noise, smell); err != nil { // by the alias: all of it
		t.Fatal(err)
	}
	if e, _ := b.Event(leak, now); e.ID != noise || e.Size != 3*len(ways)+2 || len(e.Aliases) != 2 {
		t.Errorf("got %+v", e.Facts)
	}
}

// split gives a book with an event of two matters that a person took apart.
func split(t testing.TB) (b *cluster.Book, leak, power string) {
	t.Helper()
	b = used(cluster.Options{})
	leak = tell(b, "weibo:leak", "云栖苑地下车库渗水没人修", 1)
	if got := tell(b, "weibo:power", "云栖苑地下车库漏电没人修", 2); got != leak {
		t.Fatal("the matters are two events before they are taken apart")
	}
	power = "e-power"
	n, err := b.Split(leak, append(told("weibo:power"), "weibo:other"), power, "车库漏电")
	if err != nil || n != len(ways) {
		t.Fatalf("%d taken, %v", n, err)
	}
	return b, leak, power
}

func TestSplit(t *testing.T) {
	b, leak, power := split(t)
	now := monday.Add(2 * time.Hour)
	kept, _ := b.Event(leak, now)
	taken, _ := b.Event(power, now)
	if kept.Size != len(ways) || taken.Size != len(ways) || taken.Title != "车库漏电" || taken.Voices != len(ways) {
		t.Errorf("left %+v, taken %+v", kept.Facts, taken.Facts)
	}
	if !slices.Equal(kept.Apart, []string{power}) || !slices.Equal(taken.Apart, []string{leak}) {
		t.Errorf("apart: %v and %v", kept.Apart, taken.Apart)
	}
	if kept.Hours[len(kept.Hours)-2] != len(ways) || kept.Hours[len(kept.Hours)-1] != 0 {
		t.Errorf("hours of what is left: %v", kept.Hours)
	}
	if got := b.Assign(post("weibo:power-0", "whatever", 3)); got.Event != power {
		t.Errorf("a post that was taken, again: %+v", got)
	}
	for i, c := range []struct{ title, want string }{
		{"投诉云栖苑地下车库渗水没人修", leak}, {"投诉云栖苑地下车库漏电没人修", power},
		{"云栖苑地下车库又漏电了没人修", power}, {"云栖苑地下车库还在渗水没人修", leak},
	} {
		if got := b.Assign(post(fmt.Sprint("weibo:later", i), c.title, 4+i)); got.Event != c.want {
			t.Errorf("%s: %+v, want %s", c.title, got, c.want)
		}
	}
}

// A post alike to both sides by what they have in common goes to the one whose
// own words it has, though the other is more alike in all.
func TestApart(t *testing.T) {
	b := used(cluster.Options{})
	leak := tell(b, "weibo:leak", "云栖苑地下车库渗水没人修物业推给施工方", 1)
	if got := tell(b, "weibo:power", "云栖苑地下车库漏电没人修物业推给供电局", 2); got != leak {
		t.Fatal("the matters are two events before they are taken apart")
	}
	if _, err := b.Split(leak, told("weibo:power"), "e-power", "漏电"); err != nil {
		t.Fatal(err)
	}
	for i := range 30 { // soon what is said of the leak is what they have in common
		if got := b.Assign(post(fmt.Sprint("weibo:more", i), "云栖苑地下车库", 3)); i > 0 && got.Event != leak {
			t.Fatalf("%+v, want %s", got, leak)
		}
	}
	if got := b.Assign(post("weibo:both", "云栖苑地下车库漏电", 4)); got.Event != "e-power" {
		t.Errorf("got %+v, want that of the power, not %s", got, leak)
	}
}

func TestBadHands(t *testing.T) {
	b, leak, power := split(t)
	code := func(_ int, err error) huiying.Code { return huiying.ErrorCode(err) }
	for name, c := range map[string]struct{ got, want huiying.Code }{
		"merge into none":    {code(0, b.Merge("e-none", leak)), huiying.NotFound},
		"merge of none":      {code(0, b.Merge(leak, "e-none")), huiying.NotFound},
		"merge with itself":  {code(0, b.Merge(leak, leak)), huiying.Invalid},
		"split of none":      {code(b.Split("e-none", told("weibo:leak"), "e-new", "")), huiying.NotFound},
		"split of no posts":  {code(b.Split(leak, told("weibo:power"), "e-new", "")), huiying.NotFound},
		"split of all posts": {code(b.Split(leak, told("weibo:leak"), "e-new", "")), huiying.Invalid},
		"split to a taken":   {code(b.Split(leak, told("weibo:leak")[:2], power, "")), huiying.Conflict},
		"split to none":      {code(b.Split(leak, told("weibo:leak")[:2], "", "")), huiying.Conflict},
		"rename none":        {code(0, b.Rename("e-none", "名")), huiying.NotFound},
		"rename to none":     {code(0, b.Rename(leak, " \n ")), huiying.Invalid},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %q, want %q", name, c.got, c.want)
		}
	}
	for _, id := range []string{leak, power} {
		if e, ok := b.Event(id, monday); !ok || e.Size != len(ways) {
			t.Errorf("%s is changed by what failed: %+v", id, e.Facts)
		}
	}
	var told *huiying.Error
	if err := b.Merge("e-none", leak); !errors.As(err, &told) || told.Key != "cluster.no_event" {
		t.Errorf("got %v", err)
	}
}

// A book of a single event has no room to split it.
func TestFull(t *testing.T) {
	b := cluster.New(cluster.Options{Events: 1})
	id := tell(b, "weibo:leak", "云栖苑地下车库渗水没人修", 1)
	if _, err := b.Split(id, []string{"weibo:leak-0"}, "e-new", ""); huiying.ErrorCode(err) != huiying.Conflict {
		t.Errorf("got %v", err)
	}
	if got := tell(b, "weibo:noise", "望江府工地凌晨打桩", 2); got == id || len(b.Open()) != 1 {
		t.Errorf("open: %v", b.Open())
	}
}

// What people merged, split and renamed stays so after a restart, for the next
// thousand posts, with the same answers as without the restart.
func TestHandsSurvive(t *testing.T) {
	b, leak, power := split(t)
	mould := tell(b, "weibo:mould", "石桥湾墙面大片发霉孩子咳嗽", 3)
	lift := tell(b, "weibo:lift", "石桥湾电梯三天两头困人", 3)
	if err := b.Merge(mould, lift); err != nil {
		t.Fatal(err)
	}
	if err := b.Rename(mould, "石桥湾房屋质量"); err != nil {
		t.Fatal(err)
	}
	again, err := cluster.Restore(cluster.Options{}, b.Export())
	if err != nil {
		t.Fatal(err)
	}
	titles := map[string]string{
		"云栖苑地下车库渗水没人修": leak, "云栖苑地下车库漏电没人修": power, "石桥湾墙面大片发霉孩子咳嗽": mould, "石桥湾电梯三天两头困人": mould,
	}
	s := newStream(9)
	posts := 0
	for round := range 200 {
		for title, want := range titles {
			p := post(fmt.Sprint("weibo:", title, round), fmt.Sprintf(ways[round%len(ways)], title, ""), 4+round/4)
			first, second := b.Assign(p), again.Assign(p)
			if posts++; first != second || first.Event != want {
				t.Fatalf("post %d, %s: %+v, after the restart %+v, want %s", posts, title, first, second, want)
			}
		}
		p := s.next()
		p.At = monday.Add(time.Duration(4+round/4) * time.Hour)
		if first, second := b.Assign(p), again.Assign(p); first != second {
			t.Fatalf("post %s: %+v, after the restart %+v", p.ID, first, second)
		}
		posts++
	}
	if posts < 1000 {
		t.Fatalf("%d posts", posts)
	}
	now := monday.Add(60 * time.Hour)
	for _, id := range b.Open() {
		first, _ := b.Event(id, now)
		second, _ := again.Event(id, now)
		if diff := cmp.Diff(first, second); diff != "" {
			t.Errorf("%s: %s", id, diff)
		}
	}
	if e, _ := again.Event(lift, now); e.ID != mould || e.Title != "石桥湾房屋质量" {
		t.Errorf("got %+v", e.Facts)
	}
}
