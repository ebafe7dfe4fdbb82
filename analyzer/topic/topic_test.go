package topic_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"huiying/analyzer/fold"
	"huiying/analyzer/topic"
)

var monday = time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)

// open opens a book over what a memory holds.
func open(m topic.Memory) (*topic.Book, error) {
	var records []topic.Record
	if m != nil {
		var err error
		if records, err = m.Load(context.Background()); err != nil {
			return nil, err
		}
	}
	return topic.New(records, m)
}

// assign gives the answer for a post.
func assign(b *topic.Book, p topic.Post) topic.Assignment {
	a, _ := b.Assign(p)
	return a
}

func newBook(t testing.TB, m topic.Memory) *topic.Book {
	t.Helper()
	b, err := open(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func post(id, rule, text string) topic.Post {
	return topic.Post{ID: id, Rule: rule, Title: fold.New(""), Text: fold.New(text), At: monday}
}

func TestNormal(t *testing.T) {
	for in, want := range map[string]string{
		"排队三小时！！":                      "排队三小时",
		"排队[怒][怒]三小时😡":                 "排队三小时",
		"排队 三小时 http://t.cn/A6abcd 看看": "排队三小时看看",
		"转发微博":                         "",
		"转发微博//@张三:排队三小时":              "排队三小时",
		"//@张三:排队三小时":                  "排队三小时",
		"回复@李四_1:排队三小时":                "排队三小时",
		"排隊三小時":                        "排队三小时",
		"ＡＢＣ第1次":                       "abc第1次",
		"#排队#三小时":                      "排队三小时",
		"[这个括号很长很长很长很长]三小时":            "这个括号很长很长很长很长三小时",
		"": "",
	} {
		if got := string(topic.Normal(nil, fold.New(in))); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// The posts of an invented matter come together; those of different matters
// stay apart, though one rule tags them all.
func TestMatters(t *testing.T) {
	b := newBook(t, nil)
	pairs, together, wrong := 0, 0, 0
	var seen []struct {
		matter int
		topic  string
	}
	for m, posts := range paragraphs() {
		for i, text := range posts {
			got := assign(b, post(fmt.Sprintf("weibo:%d-%d", m, i), "r-service", text))
			for _, s := range seen {
				same := s.topic == got.Topic
				switch {
				case s.matter == m:
					pairs++
					if same {
						together++
					}
				case same:
					wrong++
					t.Errorf("%s is in a topic of another matter", text)
				}
			}
			seen = append(seen, struct {
				matter int
				topic  string
			}{m, got.Topic})
		}
	}
	if share := float64(together) / float64(pairs); share < 0.9 || wrong > 0 {
		t.Errorf("%.2f of the pairs of a matter are together, %d of others", share, wrong)
	}
}

func TestDuplicates(t *testing.T) {
	b := newBook(t, nil)
	first := assign(b, post("weibo:1", "r-queue", "政务大厅排队三个小时还没轮到我"))
	if first.Topic != topic.TopicOf("weibo:1") || first.DuplicateOf != "" {
		t.Errorf("the first: %+v", first)
	}
	for i, text := range []string{
		"政务大厅排队三个小时还没轮到我", "政務大廳排隊三個小時，還沒輪到我！[怒]", "//@某人:政务大厅排队三个小时还没轮到我 http://t.cn/xyz",
	} {
		got := assign(b, post(fmt.Sprint("weibo:2", i), "", text))
		if got.DuplicateOf != "weibo:1" || got.Topic != first.Topic {
			t.Errorf("%s: got %+v", text, got)
		}
	}
	for i := range 2 { // what everybody says is no duplicate
		if got := assign(b, post(fmt.Sprint("weibo:3", i), "", "支持")); got != (topic.Assignment{}) {
			t.Errorf("支持: got %+v", got)
		}
	}
}

// Comments and forwards belong to the post they stand under, whichever comes
// first.
// A post that is named as standing under itself stands by itself.
func TestUnderItself(t *testing.T) {
	b := newBook(t, nil)
	first := assign(b, post("a", "r", "第三小学门口的校车又占了盲道"))
	other := post("b", "r", "滨河小区的供暖从昨天夜里停到现在")
	other.RootID = "b"
	again := post("c", "r", "滨河小区的供暖还是停着没有人来修")
	again.RootID = "c"
	if x, y := assign(b, other), assign(b, again); x.Topic == first.Topic || x.Topic != y.Topic {
		t.Errorf("%+v, %+v, %+v", first, x, y)
	}
}

func TestUnderAPost(t *testing.T) {
	b := newBook(t, nil)
	root := assign(b, post("weibo:1", "r-queue", "政务大厅排队三个小时还没轮到"))
	comment := post("weibo:c1", "", "我也是")
	comment.RootID = "weibo:1"
	if got := assign(b, comment); got.Topic != root.Topic {
		t.Errorf("an untagged comment: %+v", got)
	}
	answer := post("weibo:c2", "", "同感")
	answer.ParentID = "weibo:c1"
	if got := assign(b, answer); got.Topic != root.Topic {
		t.Errorf("an answer to the comment: %+v", got)
	}
	early := post("weibo:c3", "r-light", "路灯坏了没人修")
	early.RootID = "weibo:9"
	got := assign(b, early)
	if got.Topic != topic.TopicOf("weibo:9") {
		t.Errorf("a tagged comment before its post: %+v", got)
	}
	late := assign(b, post("weibo:9", "r-light", "滨河小区的路灯坏了半个月了晚上黑得很"))
	if late.Topic != got.Topic {
		t.Errorf("the post after its comment: %+v, want %s", late, got.Topic)
	}
	lost := post("weibo:c4", "", "哈哈")
	lost.RootID = "weibo:none"
	if got := assign(b, lost); got != (topic.Assignment{}) {
		t.Errorf("an untagged comment under nothing known: %+v", got)
	}
}

// What is alike is one matter whatever rules name it; what nobody named and
// asks for nothing is none.
func TestWhateverTheRule(t *testing.T) {
	first, alike := "政务大厅的系统又崩溃了，排队三个小时还没办上", "系统又崩溃了！今天在政务大厅等了大半天，排队的人到了街上"
	b := newBook(t, nil)
	one, other := assign(b, post("weibo:1", "r-queue", first)), assign(b, post("weibo:2", "r-system", alike))
	if one.Topic == "" || one.Topic != other.Topic || other.DuplicateOf != "" {
		t.Errorf("%+v, %+v", one, other)
	}
	if got := assign(b, post("weibo:3", "", "排队买奶茶的人到了街上，今天又等了大半天")); got.Topic != "" {
		t.Errorf("nobody's matter has topic %s", got.Topic)
	}
	asking := post("weibo:4", "", "政务大厅系统什么时候能好，排队的人到了街上")
	asking.Asks = true
	if got := assign(b, asking); got.Topic != one.Topic {
		t.Errorf("an untagged question: %+v, want %s", got, one.Topic)
	}
	if short := assign(b, post("weibo:5", "r-queue", "又排队")); short.Topic != topic.TopicOf("weibo:5") {
		t.Errorf("a tagged post of three characters: %+v", short)
	}
}

// A topic says how far it has got.
func TestSpread(t *testing.T) {
	b := newBook(t, nil)
	var last topic.Spread
	for i := range 12 {
		p := post(fmt.Sprint("weibo:", i), "r-queue", fmt.Sprint("政务大厅排队三个小时还没轮到，窗口只开两个", strings.Repeat("啊", i)))
		p.Author, p.Platform, p.At = fmt.Sprint("a", i/2), []string{"weibo", "forum"}[i%2], monday.Add(time.Duration(i)*10*time.Minute)
		last = b.Spread(assign(b, p).Topic, p.At)
	}
	if last.Voices != 6 || last.Platforms != 2 || last.Speed != 12 {
		t.Errorf("%+v", last)
	}
}

// What people decide by hand is obeyed after a restart and a thousand posts.
func TestByHand(t *testing.T) {
	m := &memory{}
	b := newBook(t, m)
	texts := paragraphs()
	var topics []string
	for i, matter := range texts[:2] {
		for j, text := range matter {
			topics = append(topics, assign(b, post(fmt.Sprintf("weibo:%d-%d", i, j), "r", text)).Topic)
		}
	}
	queue, system := topics[0], topics[len(topics)-1]
	if queue == system {
		t.Fatal("two matters are one")
	}
	if err := b.Merge(queue, system); err != nil {
		t.Fatal(err)
	}
	lights := assign(b, post("weibo:l", "r", texts[3][0])).Topic
	assign(b, post("weibo:l2", "r", texts[3][1]))
	if n, err := b.Split(lights, []string{"weibo:l2"}, "t-apart", "另一条街的路灯"); len(n) != 1 || err != nil {
		t.Fatal(n, err)
	}
	if err := b.Rename(queue, "大厅排队和系统"); err != nil {
		t.Fatal(err)
	}
	if err := b.Flush(t.Context(), monday); err != nil {
		t.Fatal(err)
	}
	b = newBook(t, m)
	for i := range 1000 {
		matter := texts[i%2]
		p := post(fmt.Sprint("weibo:n", i), "r", matter[i%len(matter)]+strings.Repeat("唉", i%7))
		p.At = monday.Add(time.Duration(i) * time.Minute)
		if got := assign(b, p).Topic; got != queue {
			t.Fatalf("post %d of a merged topic: %s, want %s", i, got, queue)
		}
	}
	e, ok := b.Event(system, monday)
	if !ok || e.ID != queue || e.Title != "大厅排队和系统" || e.Size < 1000 {
		t.Errorf("%+v", e.Facts)
	}
	if got := assign(b, post("weibo:l2", "r", texts[3][1])).Topic; got != "t-apart" {
		t.Errorf("a post that was taken out is in %s", got)
	}
	if e, ok := b.Event("t-apart", monday); !ok || e.Title != "另一条街的路灯" {
		t.Errorf("%+v", e.Facts)
	}
}

// A copy with a few words changed, or quoted in a comment, is the same matter
// and no news, whatever rule names it.
func TestNearlyTheSame(t *testing.T) {
	b := newBook(t, nil)
	text := "政务大厅的系统又崩溃了，排队三个小时还没办上，窗口说等通知"
	one := assign(b, post("weibo:1", "r-queue", text))
	for id, copied := range map[string]string{
		"weibo:2": "政务大厅的系统又崩溃了，排队四个小时还没办上，窗口说等通知！！",
		"weibo:3": "转给大家看看我们这边的服务水平到底怎么样//@某某：" + text,
		"weibo:4": text[:60],
	} {
		got := assign(b, post(id, "r-system", copied))
		if got.Topic != one.Topic || got.DuplicateOf != "weibo:1" {
			t.Errorf("%s: %+v", copied, got)
		}
	}
	forgetful := newBook(t, nil)
	forgetful.Drop(assign(forgetful, post("weibo:1", "r-queue", text)).Topic)
	if got := assign(forgetful, post("weibo:5", "r-system", text+"好久")); got.DuplicateOf != "" {
		t.Errorf("a forgotten post is still repeated: %+v", got)
	}
}

// A post that is to be forgotten leaves nothing of what it said in the topic of
// somebody else.
func TestDropMember(t *testing.T) {
	m := &memory{}
	b := newBook(t, m)
	texts := paragraphs()[0]
	one := assign(b, post("weibo:1", "r", texts[0])).Topic
	if two := assign(b, post("weibo:2", "r", texts[1])).Topic; two != one {
		t.Fatal("two topics")
	}
	b.Drop(topic.TopicOf("weibo:2"))
	if err := b.Save(t.Context(), monday); err != nil {
		t.Fatal(err)
	}
	record := string(m.records[topic.RecordOf(one)])
	if !strings.Contains(record, "weibo:1") || strings.Contains(record, "weibo:2") {
		t.Errorf("the record of the topic: %.300s", record)
	}
	if e, ok := b.Event(one, monday); !ok || e.Size != 2 {
		t.Errorf("%+v", e.Facts)
	}
}

// A topic takes posts until two weeks after its last.
func TestWindow(t *testing.T) {
	b := newBook(t, nil)
	text := "政务大厅排队三个小时还没轮到，窗口只开两个"
	at := func(id string, hours int) string {
		p := post(id, "r-queue", text+id)
		p.At = monday.Add(time.Duration(hours) * time.Hour)
		return assign(b, p).Topic
	}
	first := at("甲", 0)
	if at("乙", 13*24) != first || at("丙", 26*24) != first {
		t.Error("a topic that goes on is left")
	}
	if at("丁", 40*24+1) == first {
		t.Error("a topic two weeks old takes a post")
	}
}

// The same post gets the same answer again, also from another process that
// loads what was saved, at any moment.
func TestRedelivery(t *testing.T) {
	texts := paragraphs()
	rapid.Check(t, func(rt *rapid.T) {
		m := &memory{}
		b := newBook(t, m)
		answers := map[string]topic.Assignment{}
		var sent []topic.Post
		for i := range rapid.IntRange(1, 30).Draw(rt, "posts") {
			if rapid.IntRange(0, 9).Draw(rt, "restart") == 0 {
				b = newBook(t, m)
			}
			if len(sent) > 0 && rapid.Bool().Draw(rt, "again") {
				p := sent[rapid.IntRange(0, len(sent)-1).Draw(rt, "which")]
				if got := assign(b, p); got != answers[p.ID] {
					rt.Fatalf("%s: got %+v, before %+v", p.ID, got, answers[p.ID])
				}
				continue
			}
			matter := rapid.SampledFrom(texts).Draw(rt, "matter")
			p := post(fmt.Sprint("weibo:", i), rapid.SampledFrom([]string{"r-a", "r-b"}).Draw(rt, "rule"), rapid.SampledFrom(matter).Draw(rt, "text"))
			if len(sent) > 0 && rapid.IntRange(0, 3).Draw(rt, "under") == 0 {
				p.RootID = rapid.SampledFrom(sent).Draw(rt, "root").ID
			}
			answers[p.ID] = assign(b, p)
			sent = append(sent, p)
			if err := b.Flush(context.Background(), monday); err != nil {
				rt.Fatal(err)
			}
		}
	})
}

// memory keeps records by key, as a bucket does.
type memory struct {
	mu      sync.Mutex
	records map[string][]byte
	saves   int
	fail    error
}

func (m *memory) Load(context.Context) ([]topic.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []topic.Record
	for k, v := range m.records {
		out = append(out, topic.Record{Key: k, Value: v})
	}
	return out, m.fail
}

func (m *memory) Save(_ context.Context, records []topic.Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	if m.records == nil {
		m.records = map[string][]byte{}
	}
	for _, r := range records {
		m.records[r.Key] = r.Value
	}
	m.saves++
	return nil
}

func TestFlush(t *testing.T) {
	m := &memory{}
	b := newBook(t, m)
	assign(b, post("weibo:1", "", "与谁都没有关系的一条闲话"))
	if err := b.Flush(context.Background(), monday); err != nil || m.saves != 0 {
		t.Errorf("nothing to save: %d saves, %v", m.saves, err)
	}
	assign(b, post("weibo:2", "r-queue", "政务大厅排队三个小时"))
	m.fail = errors.New("no connection")
	if err := b.Flush(context.Background(), monday); !errors.Is(err, m.fail) {
		t.Errorf("got %v", err)
	}
	m.fail = nil
	if err := b.Flush(context.Background(), monday); err != nil || len(m.records) != 3 { // the post, its topic, the book
		t.Errorf("after the failure: %d records, %v", len(m.records), err)
	}
	if err := b.Flush(context.Background(), monday); err != nil || m.saves != 1 {
		t.Errorf("nothing new: %d saves, %v", m.saves, err)
	}
}

// A topic that goes on is saved now and then by the clock, however much time lies
// between its posts; where they belong is saved at once.
func TestFlushNowAndThen(t *testing.T) {
	m := &memory{}
	b := newBook(t, m)
	texts := paragraphs()[0]
	flush := func(p topic.Post, now time.Time) (saved string) {
		t.Helper()
		given := assign(b, p)
		if err := b.Flush(t.Context(), now); err != nil || given.Topic == "" {
			t.Fatal(given, err)
		}
		if m.records["post/"+p.ID] == nil {
			t.Errorf("the place of %s is not saved", p.ID)
		}
		return string(m.records[topic.RecordOf(given.Topic)])
	}
	first := flush(post("weibo:1", "r", texts[0]), monday)
	second := post("weibo:2", "r", texts[1])
	second.At = monday.Add(time.Hour)
	if flush(second, monday.Add(19*time.Second)) != first {
		t.Error("the topic is saved again after 19 s")
	}
	third := post("weibo:3", "r", texts[2])
	if last := flush(third, monday.Add(20*time.Second)); !strings.Contains(last, "weibo:2") || !strings.Contains(last, "weibo:3") {
		t.Errorf("the topic is not saved after 20 s: %.300s", last)
	}
}

func TestBadMemory(t *testing.T) {
	if _, err := open(&memory{fail: errors.New("no connection")}); err == nil {
		t.Error("a memory that cannot be read gives no error")
	}
	for _, key := range []string{"post/weibo:1", "event/t-1"} {
		if _, err := open(&memory{records: map[string][]byte{key: []byte("{")}}); err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("%s: got %v", key, err)
		}
	}
	newBook(t, &memory{records: map[string][]byte{"other": []byte("?")}})
}

// Topics and posts are bounded.
func TestBounded(t *testing.T) {
	b := newBook(t, nil)
	for i := range 2500 { // beyond that, traditional characters fold to others
		c := 0x4e00 + 6*i
		p := post(fmt.Sprint("weibo:", i), "r-a", string([]rune{rune(c), rune(c + 1), rune(c + 2), rune(c + 3), rune(c + 4), rune(c + 5)}))
		p.At = monday.Add(time.Duration(i) * time.Second)
		if got := assign(b, p); got.Topic != topic.TopicOf(p.ID) {
			t.Fatalf("post %d: %+v", i, got)
		}
	}
}

func TestConcurrent(t *testing.T) {
	m := &memory{}
	b := newBook(t, m)
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 200 {
				assign(b, post(fmt.Sprintf("weibo:%d-%d", w, i), "r-a", fmt.Sprint("政务大厅排队三个小时还没轮到", i)))
				if err := b.Flush(context.Background(), monday); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func FuzzNormal(f *testing.F) {
	for _, s := range []string{"//@a:b", "@", "[[", "http://", "回复@x:", "转发微博//@x:转发微博"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range topic.Normal(nil, fold.New(s)) {
			if !fold.Letter(r) {
				t.Fatalf("%q keeps %q", s, r)
			}
		}
	})
}
