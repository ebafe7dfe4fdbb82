package analyzer_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/yanyiwu/gojieba"

	"huiying"
	"huiying/analyzer"
	"huiying/analyzer/analyzertest"
	"huiying/analyzer/dict"
	"huiying/analyzer/rule"
)

// Words that generated posts are made of, by their place in a sentence: what
// people say to and about an office, and what they say anyway.
const (
	whens  = "今天 昨天 早上 下午三点 上周五 周末 刚才 半夜 中午十二点 国庆期间 放学以后 雨后 去年冬天 最近几天 每到饭点 清晨六点"
	wheres = "政务大厅 社保窗口 公积金中心 车管所 第三小学门口 人民医院 沙坡头区 中宁县 滨河小区 长途汽车站 农贸市场 不动产窗口 派出所 体育公园 老城区 黄河边 高铁站 夜市 图书馆 驾校 楼下便利店 单位食堂 五金店 公交车上"
	whos   = "工作人员 保安大叔 一位阿姨 几个学生 隔壁邻居 出租车司机 我妈 主治医生 快递小哥 物业经理 班主任 装修师傅 广场舞队 同事小李 两只流浪猫 球队新帅 国足中卫 房东 摄影爱好者 外卖骑手"
	whats  = "说好三个工作日还没消息 一句话都不肯多解释 帮忙把轮椅抬上了台阶 又把门口的车位占了 排队三个小时还没轮到 系统又崩溃办不了业务 电话一直打不通 唱歌唱到晚上十一点 耐心地教老人用手机 把垃圾堆在楼道里 讲的笑话特别好笑 拍到了特别美的晚霞 材料要求跑四五趟 把路灯修好了 网上预约总是显示已满 半路抛锚了 送来一大袋苹果 在群里发了通知 打了个喷嚏吓我一跳 被太阳晒得直犯困 把集中卫生整治的标语贴歪了 练了一下午的投篮 突然宣布要降价 盯着天气预报发呆"
	tails  = "真的太让人无语了 希望有人管一管 有没有人知道怎么办 老人孩子都在等 必须点个赞 办得挺快的谢谢 已经反映过两次了 明天还要上班呢 晚上吃火锅还是烧烤 这部剧的结局我不接受 记得多喝水 周末去沙漠露营 猫又把花盆打翻了 顺便问一下几点关门 朋友圈都在说这件事 反正我是笑了 生活还得继续 新买的手机用着还行 高考加油 地铁上遇见老同学"
)

// generate makes posts of length characters each; the same seed makes the same
// posts.
func generate(n, length int, seed uint64) []huiying.Post {
	r := rand.New(rand.NewPCG(seed, 1))
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	var parts [5][]string
	for i, list := range []string{whens, wheres, whos, whats, tails} {
		parts[i] = strings.Fields(list)
	}
	posts := make([]huiying.Post, n)
	for i := range posts {
		var b []rune
		for len(b) < length {
			b = append(b, []rune(pick(parts[0])+"在"+pick(parts[1])+"，"+pick(parts[2])+pick(parts[3])+"，"+pick(parts[4]))...)
			switch r.IntN(6) {
			case 0:
				b = append(b, []rune("[doge]")...)
			case 1:
				b = append(b, []rune(" "+strconv.Itoa(r.IntN(500))+"次")...)
			}
			b = append(b, []rune("。！，？")[r.IntN(4)])
		}
		posts[i] = post(strconv.Itoa(i), string(b[:length]))
	}
	return posts
}

// someRules makes n rules of the kinds an office writes. Their words are drawn
// from the whole of the character set, as those of a real list are of the
// language; a few are words that posts hold.
func someRules(tb testing.TB, n int) *rule.File {
	tb.Helper()
	r := rand.New(rand.NewPCG(7, 7))
	rare := func() string {
		word := make([]rune, 2+r.IntN(3))
		for i := range word {
			word[i] = rune(0x4e00 + r.IntN(6000))
		}
		return string(word)
	}
	met := strings.Fields("排队三个小时 崩溃 预约 垃圾 工作日 打不通 材料 态度 车位 降价")
	var b strings.Builder
	b.WriteString("rules:\n")
	for i := range n {
		when := ""
		switch i % 5 {
		case 0:
			when = fmt.Sprintf("%s OR %s OR %s", rare(), rare(), rare())
		case 1:
			when = fmt.Sprintf("word(%s) NOT (%s OR %s)", rare(), rare(), rare())
		case 2:
			when = fmt.Sprintf("(%s OR %s) NEAR/10 %s", rare(), rare(), rare())
		case 3:
			when = fmt.Sprintf("%s AND %s", met[i%len(met)], rare())
		default:
			when = fmt.Sprintf("sentence(%s, %s)", rare(), rare())
		}
		if i < len(met) {
			when = "word(" + met[i] + ") AND (希望 OR 反映 OR 无语)"
		}
		fmt.Fprintf(&b, "  - {id: r-%d, name: 规则%d, level: yellow, when: '%s'}\n", i, i, when)
	}
	return mustRules(tb, b.String())
}

func dictionaries(tb testing.TB) dict.Files {
	tb.Helper()
	files, err := dict.Locate(dict.Options{State: tb.TempDir()})
	if err != nil {
		tb.Fatal(err)
	}
	return files
}

func rawJieba(tb testing.TB) *gojieba.Jieba {
	tb.Helper()
	files := dictionaries(tb)
	j := gojieba.NewJieba(files.Main, files.HMM, "", files.IDF, files.StopWords)
	tb.Cleanup(j.Free)
	return j
}

// BenchmarkRawCut is gojieba's own Cut on the posts of the benchmarks beside
// it: what the pipeline is measured against.
func BenchmarkRawCut(b *testing.B) {
	posts, j := generate(20_000, 100, 3), rawJieba(b)
	i := 0
	for b.Loop() {
		j.Cut(posts[i%len(posts)].Text, true)
		i++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "posts/s")
}

func BenchmarkPipeline100Rules(b *testing.B)   { benchmarkPipeline(b, 100) }
func BenchmarkPipeline1000Rules(b *testing.B)  { benchmarkPipeline(b, 1000) }
func BenchmarkPipeline10000Rules(b *testing.B) { benchmarkPipeline(b, 10_000) }

func benchmarkPipeline(b *testing.B, rules int) {
	posts := generate(20_000, 100, 3)
	a := newAnalyzer(b, analyzer.Options{Rules: someRules(b, rules), Places: []string{"沙坡头区", "中宁县", "海原县"}})
	i := 0
	for b.Loop() {
		p := posts[i%len(posts)]
		p.ID = "weibo:" + strconv.Itoa(i)
		a.Analyze(p)
		i++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "posts/s")
}

// speedTurn is how many posts one turn of TestSpeed measures.
const speedTurn = 4000

// TestSpeed prints the pipeline's speed per core beside raw gojieba Cut,
// measured in turns on the same posts in processor time; ratios are medians of the
// turns.
func TestSpeed(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("speed is measured without -short and -race")
	}
	posts, j := wide(t, 7*speedTurn, 100, 3), rawJieba(t)
	measured := map[string]func(huiying.Post){
		"raw Cut": func(p huiying.Post) { j.Cut(p.Text, true) },
	}
	for _, n := range []int{100, 1000, 10_000} {
		a := newAnalyzer(t, analyzer.Options{Rules: someRules(t, n), Places: []string{"沙坡头区", "中宁县", "海原县"}})
		measured[fmt.Sprint(n, " rules")] = func(p huiying.Post) { a.Analyze(p) }
	}
	took := map[string][]time.Duration{}
	for turn := range 7 {
		for name, f := range measured {
			began := analyzertest.CPU(t)
			for _, p := range posts[turn*speedTurn : (turn+1)*speedTurn] {
				f(p)
			}
			if turn > 0 { // the first turn warms up
				took[name] = append(took[name], analyzertest.CPU(t)-began)
			}
		}
	}
	speed := func(name string) float64 { return speedTurn / median(took[name]) }
	for _, name := range []string{"raw Cut", "100 rules", "1000 rules", "10000 rules"} {
		t.Logf("%-12s %7.0f posts/s, %.2f of raw Cut", name, speed(name), ratio(took["raw Cut"], took[name]))
	}
	if r := ratio(took["raw Cut"], took["1000 rules"]); r < 0.6 {
		t.Errorf("the pipeline runs at %.2f of raw Cut, at least 0.60 is asked", r)
	}
	if speed("1000 rules") < 5000 {
		t.Errorf("the pipeline makes %.0f posts/s, at least 5000 are asked", speed("1000 rules"))
	}
	if growth := ratio(took["10000 rules"], took["100 rules"]); growth > 1.3 {
		t.Errorf("10,000 rules take %.2f times as long as 100, at most 1.30 is asked", growth)
	}
}
