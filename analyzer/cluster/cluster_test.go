package cluster_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"huiying/analyzer/cluster"
	"huiying/analyzer/fold"
)

var monday = time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)

func atoi(t testing.TB, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func post(id, title string, hours int) cluster.Post {
	return cluster.Post{ID: id, Title: fold.New(title), Text: fold.New(""), At: monday.Add(time.Duration(hours) * time.Hour)}
}

// Invented places, matters and ways to say them.
var (
	places  = []string{"云栖苑", "望江府", "梧桐居", "石桥湾", "青禾路", "南岭街", "锦鲤巷", "白沙洲", "凤尾桥", "柳叶坪", "红枫岗", "观星城"}
	matters = []string{
		"地下车库渗水没人修", "烧烤摊半夜油烟扰民", "幼托班迟迟不开学", "电梯三天两头困人", "工地凌晨打桩噪音大", "垃圾堆臭气熏天",
		"灯杆坏了一个月不亮", "自来水发黄有异味", "开发商捆绑卖车位", "公交车突然停运", "房产证五年办不下来", "外墙瓷砖掉落砸车",
	}
	ways = []string{"投诉%s%s", "%s%s，请问谁来管", "请解决%s%s的问题", "反映%s%s", "%s%s多次投诉无果", "关于%s%s的求助"}
)

// said is one of the ways to tell of a matter at a place.
func said(place, matter, way int) string {
	return fmt.Sprintf(ways[way%len(ways)], places[place%len(places)], matters[matter%len(matters)])
}

// nonsense is a way to tell of a matter that nobody else tells of, at one of
// the places or at one that is not heard of again.
func nonsense(n int) string {
	random := rand.New(rand.NewPCG(uint64(n), 1))
	said := func(length int) string {
		out := make([]rune, length)
		for i := range out {
			out[i] = rune(0x4E00 + random.IntN(5000))
		}
		return string(out)
	}
	place := said(3)
	if n%6 == 0 {
		place = places[n/6%len(places)]
	}
	return fmt.Sprintf(ways[random.IntN(len(ways))], place, said(12))
}

// used gives a book that has learnt which words say little.
func used(o cluster.Options) *cluster.Book {
	b := cluster.New(o)
	for i := range 300 {
		b.Assign(post(fmt.Sprint("weibo:before", i), nonsense(i), 0))
	}
	return b
}

// The posts of a matter at a place come together; those of another matter at
// the place and of the matter at another place stay apart.
func TestAssign(t *testing.T) {
	b := used(cluster.Options{})
	of := map[string]string{} // event by place and matter
	owner := map[string]string{}
	posts, together, mixed := 0, 0, 0
	for way := range ways {
		for place := range places {
			for _, matter := range []int{place, place + 1} {
				key := fmt.Sprint(place, "-", matter)
				a := b.Assign(post(fmt.Sprint(key, "-", way), said(place, matter, way), posts/10))
				posts++
				if of[key] == "" {
					of[key] = a.Event
				}
				if owner[a.Event] == "" {
					owner[a.Event] = key
				}
				if a.Event == of[key] {
					together++
				}
				if owner[a.Event] != key {
					t.Log(said(place, matter, way), owner[a.Event], a)
					mixed++
				}
			}
		}
	}
	if share := float64(together) / float64(posts); share < 0.95 {
		t.Errorf("%.3f of the posts are with the first of their matter", share)
	}
	if share := float64(mixed) / float64(posts); share > 0.05 {
		t.Errorf("%.3f of the posts are in an event of something else", share)
	}
}

func TestTooLittle(t *testing.T) {
	b := cluster.New(cluster.Options{})
	for i, title := range []string{"", "支持", "[怒][怒][泪]", "@某某某某某某某", "https://example.cn/abcdefg", "转发微博"} {
		if a := b.Assign(post(fmt.Sprint("weibo:", i), title, 0)); a != (cluster.Answer{}) {
			t.Errorf("%q: %+v", title, a)
		}
	}
	if a := b.Assign(cluster.Post{ID: "weibo:none", At: monday}); a != (cluster.Answer{}) {
		t.Errorf("no title and no text: %+v", a)
	}
	if open := b.Open(); len(open) != 0 {
		t.Errorf("open: %v", open)
	}
}

// A text without a title decides as well; emoticons, links and names do not.
func TestUntitled(t *testing.T) {
	b := cluster.New(cluster.Options{})
	text := func(id, s string) cluster.Answer {
		return b.Assign(cluster.Post{ID: id, Text: fold.New(s), At: monday})
	}
	first := text("weibo:1", "云栖苑地下车库又渗水了，物业没人修[怒]")
	if got := text("weibo:2", "@随便谁 云栖苑的地下车库渗水，车都泡了，没人修 https://example.cn/x"); got.Event != first.Event {
		t.Errorf("got %+v, first %+v", got, first)
	}
	e, ok := b.Event(first.Event, monday)
	if !ok || e.Size != 2 || e.Title == "" {
		t.Errorf("got %+v", e)
	}
}

// The same post again has the same answer and is counted once.
func TestAgain(t *testing.T) {
	b := cluster.New(cluster.Options{})
	first := b.Assign(post("weibo:1", said(0, 0, 0), 0))
	second := b.Assign(post("weibo:2", said(0, 0, 1), 1))
	for range 3 {
		if got := b.Assign(post("weibo:1", said(0, 0, 0), 5)); got != first {
			t.Errorf("got %+v, before %+v", got, first)
		}
		if got := b.Assign(post("weibo:2", said(0, 0, 1), 5)); got != second {
			t.Errorf("got %+v, before %+v", got, second)
		}
	}
	if e, _ := b.Event(first.Event, monday); e.Size != 2 {
		t.Errorf("%d posts", e.Size)
	}
}

// An event takes posts until it has been quiet for 14 days.
func TestQuiet(t *testing.T) {
	b := cluster.New(cluster.Options{})
	at := func(hours int) cluster.Answer {
		return b.Assign(post(fmt.Sprint("weibo:", hours), said(0, 0, hours), hours))
	}
	first := at(0)
	if got := at(13 * 24); got.Event != first.Event {
		t.Errorf("after 13 days: %+v", got)
	}
	if got := at(26 * 24); got.Event != first.Event {
		t.Errorf("after 13 more: %+v", got)
	}
	b.Advance(monday.Add(39 * 24 * time.Hour))
	if len(b.Open()) != 1 {
		t.Error("closed after 13 days")
	}
	b.Advance(monday.Add(41 * 24 * time.Hour))
	if len(b.Open()) != 0 {
		t.Error("open after 15 days")
	}
	if got := at(41*24 + 1); got.Event == first.Event || !got.New {
		t.Errorf("after 15 days: %+v", got)
	}
}

// What a post says fades, so an event can move on; it is not pulled back to
// its beginning.
func TestDrift(t *testing.T) {
	b := cluster.New(cluster.Options{})
	stages := [][]string{
		{"云栖苑地下车库渗水没人修", "投诉云栖苑地下车库渗水", "云栖苑车库渗水严重"},
		{"云栖苑车库渗水泡坏汽车要求赔偿", "云栖苑渗水泡坏汽车谁赔偿", "云栖苑泡坏汽车物业拒绝赔偿"},
		{"云栖苑泡坏汽车赔偿业主拉横幅维权", "云栖苑业主拉横幅维权被打", "云栖苑业主维权被打警察到场"},
	}
	var events []string
	for day, titles := range stages {
		for i, title := range titles {
			events = append(events, b.Assign(post(fmt.Sprint("weibo:", day, i), title, day*7*24+i)).Event)
		}
	}
	for i, e := range events {
		if e != events[0] {
			t.Errorf("post %d left the event", i)
		}
	}
	old := b.Assign(post("weibo:old", "投诉云栖苑地下车库渗水", 15*24))
	now := b.Assign(post("weibo:now", "云栖苑业主维权被打", 15*24))
	if now.Event != events[0] || now.Likeness <= old.Likeness {
		t.Errorf("what is said now is %.2f alike, what was said first %.2f", now.Likeness, old.Likeness)
	}
}

// The title is that of the most typical post, until a person gives another.
func TestTitle(t *testing.T) {
	b := cluster.New(cluster.Options{})
	id := b.Assign(post("weibo:0", "云栖苑地下车库渗水这种事情难道真的没有一个人愿意出来管一管吗", 0)).Event
	for i := range 5 {
		b.Assign(post(fmt.Sprint("weibo:1", i), "云栖苑地下车库渗水没人修", i))
	}
	if e, _ := b.Event(id, monday); e.Title != "云栖苑地下车库渗水没人修" || e.Named {
		t.Errorf("got %+v", e.Facts)
	}
	if err := b.Rename(id, " 云栖苑\n渗水 "); err != nil {
		t.Fatal(err)
	}
	b.Assign(post("weibo:2", "云栖苑地下车库渗水", 6))
	if e, _ := b.Event(id, monday); e.Title != "云栖苑 渗水" || !e.Named {
		t.Errorf("got %+v", e.Facts)
	}
}

func TestFacts(t *testing.T) {
	b := cluster.New(cluster.Options{})
	id := ""
	for i := range 600 {
		p := post(fmt.Sprint("weibo:", i), said(0, 0, i), i/10)
		p.Author, p.Platform = uint64(i%100+1), []string{"weibo", "tieba", "portal"}[i%3]
		id = b.Assign(p).Event
	}
	now := monday.Add(59 * time.Hour)
	e, ok := b.Event(id, now)
	if !ok || e.ID != id || e.Size != 600 || !e.First.Equal(monday) || !e.Last.Equal(now) {
		t.Errorf("got %+v", e.Facts)
	}
	if e.Voices < 80 || e.Voices > 120 {
		t.Errorf("%d voices of 100", e.Voices)
	}
	if fmt.Sprint(e.Platforms) != "[portal tieba weibo]" {
		t.Errorf("platforms %v", e.Platforms)
	}
	for i, n := range e.Hours {
		if want := map[bool]int{true: 10}[i >= len(e.Hours)-60]; n != want {
			t.Fatalf("hour %d: %d posts, want %d", i, n, want)
		}
	}
	if _, ok := b.Event("e-none", now); ok {
		t.Error("an event that there is not")
	}
}

func TestStage(t *testing.T) {
	for name, c := range map[string]struct {
		days []int // posts per day
		want cluster.Stage
	}{
		"new":            {[]int{1}, cluster.Rise},
		"growing":        {[]int{2, 4, 8}, cluster.Rise},
		"steady":         {[]int{8, 8, 8}, cluster.Peak},
		"a little more":  {[]int{8, 8, 9}, cluster.Peak},
		"a little less":  {[]int{8, 8, 6}, cluster.Peak},
		"half":           {[]int{8, 8, 4}, cluster.Fall},
		"over":           {[]int{8, 8, 0, 0}, cluster.Fall},
		"over for long":  {[]int{8, 0, 0, 0, 0, 0, 0, 0, 0, 0}, cluster.Fall},
		"again, smaller": {[]int{20, 2, 4}, cluster.Fall},
		"again, as much": {[]int{20, 2, 20}, cluster.Rise},
	} {
		t.Run(name, func(t *testing.T) {
			b := cluster.New(cluster.Options{})
			id := ""
			for day, n := range c.days {
				for i := range n {
					id = b.Assign(post(fmt.Sprint("weibo:", day, "-", i), said(0, 0, i), 24*day+i)).Event
				}
			}
			now := monday.Add(time.Duration(24*len(c.days)-1) * time.Hour)
			if e, _ := b.Event(id, now); e.Stage != c.want {
				t.Errorf("got %s, want %s; hours %v", e.Stage, c.want, e.Hours)
			}
		})
	}
}
