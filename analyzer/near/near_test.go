package near_test

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"huiying/analyzer/near"
)

const story = "政务大厅排队三个小时窗口只开两个后面全是人工作人员说系统慢"

// TestSeen plays posts into an index, one after another.
func TestSeen(t *testing.T) {
	type seen struct {
		id, text string
		after    time.Duration
		original string
		likeness float64
	}
	for name, posts := range map[string][]seen{
		"the same again": {{"1", story, 0, "", 0}, {"2", "//@某人：" + story + "[怒]", 0, "1", 1}},
		"a quote":        {{"1", story, 0, "", 0}, {"2", "这种事情说过很多次了" + story + "到底有没有人来管一管呢", 0, "1", 1}},
		"a cut":          {{"1", story + "还要等多久才能办上这么简单的一件事情", 0, "", 0}, {"2", story, 0, "1", 1}},
		"changed":        {{"1", story, 0, "", 0}, {"2", "政务中心排队四个小时窗口只开两个后面全是人工作人员说系统慢", 0, "1", 0.58}},
		"retold": {{"1", story, 0, "", 0},
			{"2", "今天去政务大厅办事，排队排了三个小时，窗口只开两个，太离谱了。", 0, "", 0}},
		"the original of a duplicate": {{"1", story, 0, "", 0}, {"2", story + "气死了", 0, "1", 1},
			{"3", story + "气死了真是没见过这样的", 0, "1", 1}},
		"a part that two quote": {{"1", story + "还要等多久才能办上这么简单的一件事情", 0, "", 0}, {"2", story, 0, "1", 1},
			{"3", "这种事情说过很多次了" + story + "到底有没有人来管一管呢", 0, "1", 1}},
		"told late, but the earlier": {{"1", story, 0, "", 0}, {"2", "不同的话题说的是小区门口的路灯", -time.Hour, "", 0},
			{"3", "不同的话题说的是小区门口的路灯" + story, -2 * time.Hour, "2", 1}},
		"two in one": {{"1", story, 0, "", 0}, {"2", "不同的话题说的是小区门口的路灯", time.Hour, "", 0},
			{"3", "不同的话题说的是小区门口的路灯" + story, 2 * time.Hour, "1", 1}},
		"copies from long ago come late": {{"1", story, 0, "", 0}, {"2", story, -200 * time.Hour, "", 0}, {"3", story, -300 * time.Hour, "", 0},
			{"4", story, -400 * time.Hour, "", 0}, {"5", story, time.Hour, "1", 1}},
		"the end of the window": {{"1", story, 0, "", 0}, {"2", story, near.Window, "1", 1}},
		"after the window":      {{"1", story, 0, "", 0}, {"2", story, near.Window + time.Millisecond, "", 0}},
		"before the window":     {{"1", story, 0, "", 0}, {"2", story, -near.Window - time.Millisecond, "", 0}},
		"ages away":             {{"1", story, 0, "", 0}, {"2", story, math.MinInt64, "", 0}},
		"an original before it": {{"1", story, 0, "", 0}, {"2", story, 71 * time.Hour, "1", 1}, {"3", story, 142 * time.Hour, "1", 1}},
		"eleven characters":     {{"1", "一二三四五六七八九十百", 0, "", 0}, {"2", "一二三四五六七八九十百", 0, "", 0}},
		"twelve characters":     {{"1", "一二三四五六七八九十百千", 0, "", 0}, {"2", "一二三四五六七八九十百千", 0, "1", 1}},
		"without an id":         {{"", story, 0, "", 0}, {"2", story, 0, "", 0}},
		"delivered again":       {{"1", story, 0, "", 0}, {"2", story, 0, "1", 1}, {"2", story, 0, "1", 1}, {"1", story, 0, "", 0}},
		"edited":                {{"1", story, 0, "", 0}, {"2", story, 0, "1", 1}, {"2", "不同的话题说的是小区门口的路灯", 0, "1", 1}, {"2", "删了", 0, "1", 1}},
		"laughter":              {{"1", "哈哈哈哈哈哈哈哈哈哈哈哈", 0, "", 0}, {"2", "哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈", 0, "1", 1}},
	} {
		t.Run(name, func(t *testing.T) {
			x := near.New(100)
			for _, p := range posts {
				original, likeness, ok := x.Seen(p.id, normal(p.text), monday.Add(p.after))
				if original != p.original || likeness != p.likeness || ok != (p.original != "") {
					t.Errorf("%s %s: got %q %.2f %t, want %q %.2f", p.id, p.text, original, likeness, ok, p.original, p.likeness)
				}
			}
		})
	}
}

// One piece over and over is not quoted by all who laugh.
func TestLaughter(t *testing.T) {
	x, s := near.New(100), newSource(14)
	x.Seen("laughter", normal("哈哈哈哈哈哈哈哈哈哈哈哈"), monday)
	for i := range 50 {
		text := string(s.noise(5)) + "哈哈哈哈哈哈哈"
		if original, _, ok := x.Seen(fmt.Sprint("laughs:", i), []rune(text), monday); ok {
			t.Errorf("%s repeats %s", text, original)
		}
	}
}

// The oldest are forgotten, each when its place is needed, also where serials
// begin anew.
func TestForgets(t *testing.T) {
	for _, rounds := range []uint32{1, 2, 1 << 20} {
		x, s := near.New(100), newSource(2)
		x.Wind(rounds)
		texts := make([][]rune, 1000)
		for i := range texts {
			texts[i] = s.text(60)
			if original, _, ok := x.Seen(fmt.Sprint("new:", i), texts[i], monday); ok {
				t.Fatalf("%d is new but repeats %s", i, original)
			}
			if i < 100 {
				continue
			}
			if x.Len() != 100 {
				t.Fatalf("%d posts are remembered, want 100", x.Len())
			}
			if x.Record(fmt.Sprint("new:", i-100)) != nil || x.Record(fmt.Sprint("new:", i-99)) == nil {
				t.Fatalf("after %d: the wrong post is forgotten", i)
			}
		}
		if original, _, _ := x.Seen("copy of a remembered", texts[950], monday); original != "new:950" {
			t.Errorf("a remembered post: got %q", original)
		}
		if original, _, ok := x.Seen("copy of a forgotten", texts[850], monday); ok {
			t.Errorf("a forgotten post: got %q", original)
		}
	}
}

// A post that was forgotten while its copies were not repeats nobody when it
// comes again.
func TestForgottenOriginal(t *testing.T) {
	x := near.New(2)
	for _, id := range []string{"1", "2", "3"} {
		x.Seen(id, normal(story), monday)
	}
	if original, likeness, ok := x.Seen("1", normal(story), monday); ok || original != "" || likeness != 0 {
		t.Errorf("got %q %.2f %t", original, likeness, ok)
	}
	if original, _, _ := x.Seen("4", normal(story), monday); original != "1" {
		t.Errorf("another copy: got %q", original)
	}
}

// What is said ten thousand times comes under the first of it, and leaves the
// rest of the index as it was.
func TestWave(t *testing.T) {
	x, s := near.New(20_000), newSource(4)
	quiet := make([][]rune, 5000)
	for i := range quiet {
		quiet[i] = s.text(60)
		x.Seen(fmt.Sprint("quiet:", i), quiet[i], monday)
	}
	said, lost := s.text(100), 0
	x.Seen("first", said, monday)
	for i := range 10_000 {
		original, _, _ := x.Seen(fmt.Sprint("wave:", i), s.edited(said, 4), monday.Add(time.Duration(i)*time.Second))
		if original != "first" {
			lost++
		}
	}
	if lost > 0 {
		t.Errorf("%d of 10,000 do not come under the first", lost)
	}
	for i, text := range quiet {
		if original, _, _ := x.Seen(fmt.Sprint("again:", i), text, monday); original != fmt.Sprint("quiet:", i) {
			t.Fatalf("post %d from before the wave: got %q", i, original)
		}
	}
}

// However often a key was met, it leads to four posts, and never to the one
// that is entered.
func TestFewCandidates(t *testing.T) {
	x := near.New(100)
	for i := range 50 {
		x.Seen(fmt.Sprint("copy:", i), normal(story), monday)
		if got := x.Candidates(); got != min(i, 4) {
			t.Fatalf("copy %d has %d candidates", i, got)
		}
	}
	if x.Enter(1<<20, 0); x.Candidates() != 0 {
		t.Errorf("a post whose keys are all the same has %d candidates", x.Candidates())
	}
}

// Every answer follows from the texts themselves: what is called alike is, as
// much as it is said to be, and what is clearly alike is found.
func TestAnswersAreTrue(t *testing.T) {
	s := newSource(6)
	alike, apart := 0, 0
	for i := range 3000 {
		a := s.text(12 + s.IntN(150))
		b := s.edited(a, s.IntN(40))
		if i%3 == 0 {
			b = s.quoted(a)
		}
		if len(b) < 12 {
			continue
		}
		x := near.New(2)
		x.Seen("a", a, monday)
		_, likeness, ok := x.Seen("b", b, monday)
		want, jaccard := oracle(a, b), jaccard(a, b)
		switch {
		case ok && likeness != want:
			t.Fatalf("%s and %s: likeness %.2f, want %.2f", string(a), string(b), likeness, want)
		case ok:
			alike++
		case want > 0 && jaccard >= .5:
			t.Fatalf("%s and %s: not found, Jaccard %.2f", string(a), string(b), jaccard)
		default:
			apart++
		}
	}
	if t.Logf("%d alike, %d apart", alike, apart); alike < 500 || apart < 500 {
		t.Errorf("too few of a kind")
	}
}

// oracle is the likeness of two texts by the definition, in hundredths.
func oracle(a, b []rune) float64 {
	in, other, both := grams(a), grams(b), 0
	for g := range other {
		if in[g] {
			both++
		}
	}
	least, all := min(len(in), len(other)), len(in)+len(other)-both
	switch {
	case least >= 8 && 5*both >= 4*least:
		return float64(100*both/least) / 100
	case 2*both >= all:
		return float64(100*both/all) / 100
	}
	return 0
}

// The share of equal bands is Jaccard squared, also for texts that fill few of
// the 64 bins: that is what densification is for.
func TestBands(t *testing.T) {
	for _, length := range []int{14, 30, 60, 100, 400} {
		s, x := newSource(8), near.New(1)
		equal, want, n := 0.0, 0.0, 3000
		for range n {
			a := s.noise(length)
			b := slices.Concat(a[:length*3/4], s.noise(length/4))
			j := jaccard(a, b)
			want += j * j
			left, right := x.Bands(a), x.Bands(b)
			for i := range left {
				if left[i] == right[i] {
					equal += 1 / float64(len(left))
				}
			}
		}
		equal, want = equal/float64(n), want/float64(n)
		t.Logf("%d characters: %.3f of the bands are equal, Jaccard squared %.3f", length, equal, want)
		if math.Abs(equal-want) > .03 {
			t.Errorf("%d characters: %.3f of the bands are equal, want %.3f", length, equal, want)
		}
	}
}

// Whatever is asked, the same questions get the same answers, and those have
// one form.
func TestSameAnswers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 20).Draw(t, "size")
		x, y := near.New(size), near.New(size)
		for range rapid.IntRange(1, 60).Draw(t, "posts") {
			id := fmt.Sprint(rapid.IntRange(0, 40).Draw(t, "id"))
			text := rapid.SliceOfN(rapid.Int32Range('一', '一'+2), 0, 40).Draw(t, "text")
			at := monday.Add(time.Duration(rapid.IntRange(-100, 100).Draw(t, "hours")) * time.Hour)
			original, likeness, ok := x.Seen(id, text, at)
			o, l, k := y.Seen(id, text, at)
			if o != original || l != likeness || k != ok {
				t.Fatalf("%q %v %t, then %q %v %t", original, likeness, ok, o, l, k)
			}
			if ok != (original != "") || original == id || ok != (likeness >= .5) || likeness > 1 || !ok && likeness != 0 {
				t.Fatalf("%s: %q %v %t", id, original, likeness, ok)
			}
			if x.Len() > size {
				t.Fatalf("%d posts are remembered, of at most %d", x.Len(), size)
			}
		}
	})
}

// Runes that are none do no harm.
func TestStrangeRunes(t *testing.T) {
	x := near.New(10)
	strange := []rune{-1, math.MinInt32, math.MaxInt32, 0, 0xD800, 0x10FFFF, 0x110000, -1, -1, 7, 8, 9, 10}
	x.Seen("1", strange, monday)
	if original, _, _ := x.Seen("2", strange, monday); original != "1" {
		t.Errorf("got %q", original)
	}
}

// A remembered post takes as much memory as the package says.
func TestMemory(t *testing.T) {
	const posts, said = 20_000, 1000
	s, before := newSource(9), heap()
	x := near.New(posts)
	for i := range posts {
		x.Seen(fmt.Sprintf("weibo:49%014d", i), s.text(100), monday)
	}
	each := float64(heap()-before) / posts
	t.Logf("%.0f bytes for each of %d posts of 100 characters", each, x.Len())
	if each < said*.85 || each > said*1.15 {
		t.Errorf("a post takes %.0f bytes, want about %d", each, said)
	}
	runtime.KeepAlive(x)
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// What two posts may share at most, by their faces, is never less than what they
// share: no post is passed over that is alike.
func TestFaces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) []uint32 {
			set := rapid.SliceOfNDistinct(rapid.OneOf(rapid.Uint32(), rapid.Uint32Range(0, 300), rapid.Uint32Min(math.MaxUint32-300)), 1, 398, rapid.ID).Draw(t, name)
			slices.Sort(set)
			return set
		}
		a, b := draw("a"), draw("b")
		b = append(b, a[:rapid.IntRange(0, len(a)).Draw(t, "both")]...)
		slices.Sort(b)
		b = slices.Compact(b)
		most, shared := near.Shared(a, b)
		if most < shared {
			t.Fatalf("%d are shared, %d at most by the faces", shared, most)
		}
	})
}

// A post that is dropped is nobody's original any more.
func TestDrop(t *testing.T) {
	x := near.New(10)
	at := time.Date(2026, 3, 7, 8, 0, 0, 0, time.UTC)
	text := []rune("政务大厅社保窗口今天上午排队三个小时还没有轮到")
	x.Seen("a", text, at)
	x.Drop(func(id string) bool { return id == "a" })
	if _, _, ok := x.Seen("b", text, at); ok || x.Len() != 1 || x.Record("a") != nil {
		t.Error("the dropped post is still known")
	}
	if o, _, ok := x.Seen("c", text, at); !ok || o != "b" {
		t.Errorf("c repeats %q", o)
	}
}
