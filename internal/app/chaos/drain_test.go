package chaos_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"huiying"
	"huiying/internal/bus"
	"huiying/internal/bus/wire"
)

// drained is how a stream of posts was drained.
type drained struct {
	analyzers int
	bounded   bool          // each had its share of a core and no more
	posts     int           // from when all of them were ready
	took      time.Duration // for these
	judging   time.Duration // processor time of the analyzers
	serving   time.Duration // that of the message server
}

func (d drained) rate() float64 { return float64(d.posts) / d.took.Seconds() }

// each is the time of one post.
func (d drained) each(all time.Duration) time.Duration {
	return (all / time.Duration(max(d.posts, 1))).Round(time.Microsecond)
}

func (d drained) String() string {
	return fmt.Sprintf("%d analyzer(s): %.0f posts/s (%d in %v), processor time a post %v of the analyzers, %v of the message server",
		d.analyzers, d.rate(), d.posts, d.took.Round(time.Millisecond), d.each(d.judging), d.each(d.serving))
}

const (
	// leastGain is what two analyzers must do of what one does.
	leastGain = 1.4
	// share is how many hundredths of a core an analyzer may use: on two cores
	// that are not ours alone the message server must have room for what two of
	// them ask of it, else it is the machine that is measured.
	share = 20
)

// TestDrain lets one analyzer process, and then two, judge a stream of posts that
// stands there when they start, each time at a message server that knows nothing
// yet: every post has one event. HUIYING_DRAIN is how many posts (make soak);
// then each is played twice, in an order that a machine that becomes busier
// favours nobody by, and two must gain. Without it there are a few thousand.
func TestDrain(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs real processes: not with -short")
	}
	n, turns := 3000, []int{1, 2}
	long := os.Getenv("HUIYING_DRAIN")
	if long != "" {
		var err error
		if n, err = strconv.Atoi(long); err != nil {
			t.Fatalf("HUIYING_DRAIN: %v", err)
		}
		turns = []int{1, 2, 2, 1}
	}
	rates, bounded := map[int][]float64{}, true
	for i, analyzers := range turns {
		t.Run(fmt.Sprintf("%d-%d", i, analyzers), func(t *testing.T) {
			d := newReservoir(t, n).drain(analyzers)
			if used := d.judging.Seconds() / d.took.Seconds() / float64(analyzers); used > 1.5*share/100 {
				t.Logf("each used %.2f of a core: the bound did not hold", used)
				d.bounded = false
			}
			bounded = bounded && d.bounded
			rates[analyzers] = append(rates[analyzers], d.rate())
			t.Log(d)
		})
	}
	one, two := mean(rates[1]), mean(rates[2])
	t.Logf("%d posts: %.0f posts/s by one analyzer, %.0f by two: %.2f ×", n, one, two, two/one)
	if !bounded {
		t.Log("analyzers are not held to a share of a core, which needs root and control groups here: their gain is not judged")
		return
	}
	if long != "" && two < leastGain*one {
		t.Errorf("two analyzers do less than %v × what one does", leastGain)
	}
}

func mean(list []float64) (m float64) {
	for _, v := range list {
		m += v / float64(len(list))
	}
	return m
}

// reservoir is a message server with posts that nobody has judged.
type reservoir struct {
	*office
	conn *nats.Conn
	js   jetstream.JetStream
	ids  map[string]int // message ids, and how many events of each were found
}

func newReservoir(t *testing.T, n int) *reservoir {
	t.Helper()
	r := &reservoir{office: bareOffice(t), ids: map[string]int{}}
	r.startNodes(1)
	var err error
	if r.conn, err = r.connect("office"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.conn.Close)
	if r.js, err = jetstream.New(r.conn); err != nil {
		t.Fatal(err)
	}
	b, err := bus.Open(t.Context(), bus.Options{URL: r.urls, Identity: bus.Identity{
		CAFile: r.path("ca.crt"), CertFile: r.path("office.crt"), KeyFile: r.path("office.key"), NkeyFile: r.path("office.nkey"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	r.define(b)
	r.fill(b, n)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	return r
}

// define puts a thousand rules to where analyzers read them.
func (r *reservoir) define(b *bus.Bus) {
	r.t.Helper()
	kv, err := b.KV(r.t.Context(), "definitions", bus.KVOptions{History: 8})
	if err != nil {
		r.t.Fatal(err)
	}
	var text strings.Builder
	text.WriteString("rules:\n  - {id: r-queue, name: 排队, level: yellow, when: 排队三个小时 AND (希望 OR 反映)}\n  - {id: r-fault, name: 故障, level: yellow, when: word(崩溃) NEAR/10 业务}\n")
	chance := rand.New(rand.NewPCG(7, 7))
	word := func() string {
		return string([]rune{rune(0x4e00 + chance.IntN(6000)), rune(0x4e00 + chance.IntN(6000))})
	}
	for i := range 998 {
		fmt.Fprintf(&text, "  - {id: r-%d, name: 规则%d, level: blue, when: '(%s OR %s) AND %s'}\n", i, i, word(), word(), word())
	}
	body, err := json.Marshal(map[string]string{"file": "rules.yaml", "text": text.String()})
	if err == nil {
		_, err = kv.Put(r.t.Context(), "rules.file-01", body)
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

// said is a sentence that people might write; what they want of the office is in
// some.
func said(chance *rand.Rand) string {
	parts := []string{
		"今天 昨天 早上 下午三点 上周五 周末 半夜 国庆期间 雨后 最近几天", "政务大厅 车管所 人民医院 滨河小区 长途汽车站 农贸市场 体育公园 黄河边 高铁站 图书馆",
		"工作人员 保安大叔 一位阿姨 几个学生 出租车司机 快递小哥 物业经理 广场舞队 两只流浪猫 球队新帅",
		"帮忙把轮椅抬上了台阶 排队三个小时还没轮到 系统又崩溃办不了业务 唱歌唱到晚上十一点 讲的笑话特别好笑 拍到了特别美的晚霞 半路抛锚了 送来一大袋苹果 练了一下午的投篮 盯着天气预报发呆",
		"真的太让人无语了 希望有人管一管 必须点个赞 晚上吃火锅还是烧烤 记得多喝水 周末去沙漠露营 生活还得继续 新买的手机用着还行 高考加油 已经反映过两次了",
	}
	pick := make([]any, len(parts))
	for i, list := range parts {
		words := strings.Fields(list)
		pick[i] = words[chance.IntN(len(words))]
	}
	return fmt.Sprintf("%s在%s，%s%s，%s。", pick...)
}

// fill publishes n posts of about 100 characters.
func (r *reservoir) fill(b *bus.Bus, n int) {
	r.t.Helper()
	chance := rand.New(rand.NewPCG(2026, 11))
	begun := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	var batch []bus.Outgoing
	for i := range n {
		at := begun.Add(time.Duration(i) * 100 * time.Millisecond)
		m, err := wire.Post(huiying.Post{
			ID: fmt.Sprint("weibo:", 5100000000000000+i), Source: "weibo-mentions", Platform: huiying.PlatformWeibo, Kind: huiying.KindPost, URL: "https://m.weibo.cn/detail/1",
			Text:        said(chance) + said(chance) + said(chance),
			Author:      huiying.Author{ID: fmt.Sprint("k", chance.IntN(n)), Name: "k", Verified: "none"},
			PublishedAt: at, PublishedPrecision: huiying.PrecisionSecond, CollectedAt: at,
		}, time.UTC)
		if err != nil {
			r.t.Fatal(err)
		}
		r.ids[m.ID] = 0
		if batch = append(batch, m); len(batch) == 500 || i == n-1 {
			if err := b.PublishAll(r.t.Context(), batch); err != nil {
				r.t.Fatal(err)
			}
			batch = batch[:0]
		}
	}
}

// drain starts so many analyzers, a share of a core each, and waits until every post has an
// event. What is measured begins when all of them are ready.
func (r *reservoir) drain(analyzers int) drained {
	r.t.Helper()
	names := rooms()[2:][:analyzers]
	for _, name := range names {
		r.open(name)
	}
	d := drained{analyzers: analyzers, bounded: true}
	for _, name := range names {
		d.bounded = quota(r.t, r.all[name], share) && d.bounded
	}
	for _, name := range names {
		r.untilReady(name, 60*time.Second)
	}
	d.posts, d.serving = len(r.ids)-r.events(), -r.cpu("node-1")
	for _, name := range names {
		d.judging -= r.cpu(name)
	}
	begun := time.Now()
	r.untilJudged()
	d.took = time.Since(begun)
	d.serving += r.cpu("node-1")
	for _, name := range names {
		d.judging += r.cpu(name)
		r.part(name)
	}
	for _, name := range names {
		r.all[name].stop()
	}
	r.each()
	return d
}

// untilJudged waits until there is an event for every post; who gets no further
// for long is stuck.
func (r *reservoir) untilJudged() {
	r.t.Helper()
	last, moved := -1, time.Now()
	for now := r.events(); now < len(r.ids); now = r.events() {
		if now != last {
			last, moved = now, time.Now()
		}
		if time.Since(moved) > 30*time.Second {
			r.t.Fatalf("stuck: %d posts, %d events\n%s", len(r.ids), now, r.all["analyzer-1"].output.tail(12))
		}
		time.Sleep(50 * time.Millisecond) // the processes have their own clock
	}
}

// events is how many messages the stream of events has taken.
func (r *reservoir) events() int {
	r.t.Helper()
	s, err := r.js.Stream(r.t.Context(), "EVENTS")
	if err != nil {
		r.t.Fatal(err)
	}
	return int(s.CachedInfo().State.LastSeq)
}

// cpu is the processor time a process has used.
func (r *reservoir) cpu(name string) time.Duration {
	r.t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", r.all[name].pid()))
	if err != nil {
		r.t.Skip("no processor time of another process here: ", err)
	}
	_, after, _ := strings.Cut(string(raw), ") ")
	fields := strings.Fields(after)
	var ticks int
	for _, f := range fields[11:13] { // user and system, in hundredths of a second
		n, err := strconv.Atoi(f)
		if err != nil {
			r.t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// part fails unless the process took part, by its own count.
func (r *reservoir) part(name string) {
	r.t.Helper()
	took := r.metric(name, `huiying_bus_delivered_total{consumer="analyzer"}`)
	r.t.Logf("%s was given %.0f posts", name, took)
	if took == 0 {
		r.t.Errorf("%s judged nothing", name)
	}
}

// metric is a figure of a room's own, of all its labels together where none are
// named; 0 where it has none.
func (o *office) metric(room, name string) float64 {
	o.t.Helper()
	resp, err := http.Get("http://" + o.listens[room] + "/metrics")
	if err != nil {
		o.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		o.t.Fatal(err)
	}
	sum := 0.0
	for line := range strings.Lines(string(raw)) {
		rest, ok := strings.CutPrefix(line, name)
		if !ok || !strings.HasPrefix(rest, " ") && !strings.HasPrefix(rest, "{") {
			continue
		}
		f, err := strconv.ParseFloat(strings.TrimSpace(rest[strings.LastIndexByte(rest, ' '):]), 64)
		if err != nil {
			o.t.Fatal(err)
		}
		sum += f
	}
	return sum
}

// each fails unless every post has one event, by message id, nothing else has,
// and nobody holds a post or has put one aside.
func (r *reservoir) each() {
	r.t.Helper()
	total := r.events()
	events, err := r.js.OrderedConsumer(r.t.Context(), "EVENTS", jetstream.OrderedConsumerConfig{HeadersOnly: true})
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(r.t.Context(), time.Minute)
	defer cancel()
	for left := total; left > 0; {
		batch, err := events.Fetch(min(left, 5000), jetstream.FetchContext(ctx))
		if err != nil {
			r.t.Fatal(err)
		}
		for m := range batch.Messages() {
			left--
			id := m.Headers().Get(jetstream.MsgIDHeader)
			if _, published := r.ids[id]; !published {
				r.t.Errorf("an event of %q, which nobody published", id)
			}
			r.ids[id]++
		}
		if err := batch.Error(); err != nil {
			r.t.Fatalf("%d of %d events were read: %v", total-left, total, err)
		}
	}
	for id, n := range r.ids {
		if n != 1 {
			r.t.Errorf("%s has %d events", id, n)
		}
	}
	r.settled()
}

// settled fails while a post is held by somebody, waits or was parked.
func (r *reservoir) settled() {
	r.t.Helper()
	c, err := r.js.Consumer(r.t.Context(), "POSTS", "analyzer")
	if err != nil {
		r.t.Fatal(err)
	}
	dead, err := r.js.Stream(r.t.Context(), "DEAD")
	if err != nil {
		r.t.Fatal(err)
	}
	info := c.CachedInfo()
	if info.NumAckPending != 0 || info.NumPending != 0 || dead.CachedInfo().State.Msgs != 0 {
		r.t.Errorf("%d posts are held, %d wait, %d are parked", info.NumAckPending, info.NumPending, dead.CachedInfo().State.Msgs)
	}
}
