package catalogue_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"huiying"
	"huiying/analyzer/catalogue"
	"huiying/analyzer/fold"
)

// named makes items of their names alone, with codes in that order.
func named(names ...string) []catalogue.Item {
	var out []catalogue.Item
	for i, n := range names {
		out = append(out, catalogue.Item{Code: fmt.Sprint(i + 1), Name: n})
	}
	return out
}

// What a single word, two words and a whole name say depends on what else the
// catalogue holds.
func TestWords(t *testing.T) {
	cards := []string{"居民身份证首次申领", "居民身份证换领补领", "临时居民身份证申领"}
	for _, c := range []struct {
		items []string
		text  string
		want  string
	}{
		{[]string{"社会保险参保登记"}, "社保到底怎么回事", "1"},
		{[]string{"社会保险参保登记", "社会保险关系转移"}, "社保到底怎么回事", ""},
		{[]string{"社会保险参保登记", "社会保险关系转移"}, "社保怎么转回来", "2"},
		{[]string{"住房公积金提取"}, "公积金太少了", "1"},
		{[]string{"住房公积金提取", "住房公积金贷款"}, "公积金太少了", ""},
		{[]string{"住房公积金提取", "住房公积金贷款"}, "公积金取出来要几天", "1"},
		{cards, "身份证真难看", ""},
		{cards, "身份证补办要几天", "2"},
		{cards, "身份证换领要几天", "2"},
		{cards, "身分证和居民身份证换领补领", "2"},
		{[]string{"机动车驾驶证期满换证", "机动车驾驶证遗失补证"}, "驾照期满了", "1"},
		{[]string{"机动车驾驶证期满换证", "机动车驾驶证遗失补证"}, "駕駛證丟了", "2"},
		{[]string{"婚姻登记档案查询"}, "哪里查结婚证的记录", "1"},
		{[]string{"企业变更登记", "企业注销登记"}, "营业执照注销", "2"},
		{[]string{"食品经营许可"}, "这家店的食品不错", ""},
		{[]string{"食品经营许可"}, "食品经营许可怎么还没下来", "1"},
		{[]string{"公共场所卫生许可（新办）", "公共场所卫生许可（变更）"}, "公共场所卫生许可多久能批", "1 2"},
		{[]string{"公共场所卫生许可（新办）", "公共场所卫生许可（变更）"}, "公共场所卫生许可(变更)多久能批", "2"},
		{[]string{"残疾人证换领", "残疾人证换领补贴"}, "残疾人证换领补贴没到账", "2"}, // the longer name
		{[]string{"登记"}, "登记一下", ""},                         // a name that tells nothing
		{[]string{"户口迁移", "中卫户外运动备案"}, "集中卫生整治，户外", ""},
	} {
		x := index(t, named(c.items...), nil)
		if got := strings.Join(codes(x.Find(document(t, "", c.text))), " "); got != c.want {
			t.Errorf("%v, %q: got %q, want %q", c.items, c.text, got, c.want)
		}
	}
}

// Words within a name that is found are that item's; a longer reason wins over
// a short name.
func TestExplained(t *testing.T) {
	items := named("灵活就业参保登记", "社会保险缴费证明", "营业执照核发", "营业执照注销")
	items[0].Aliases, items[2].Aliases = []string{"自己交社保"}, []string{"营业执照"}
	x := index(t, items, nil)
	for text, want := range map[string]string{
		"自己交社保合算吗": "1", "社保怎么缴费": "2", "营业执照在哪里领": "3", "营业执照怎么注销": "4",
	} {
		if got := strings.Join(codes(x.Find(document(t, "", text))), " "); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

// Words that stand far from each other do not count together; a title stands
// just before the text.
func TestNear(t *testing.T) {
	x := index(t, named("住房公积金提取", "住房公积金贷款", "居民健康档案转递"), nil)
	far := strings.Repeat("天气真好，", 12)
	for _, c := range []struct{ title, text, want string }{
		{"", "公积金的事，想提取", "1"},
		{"", "公积金的事，" + far + "想提取", ""},
		{"公积金的事", "您好，想提取", "1"},
		{"公积金的事", far + "想提取", ""},
		{"公积金的事", far + "公积金怎么提取", "1"},
		{"公积金提取", far, "1"},
	} {
		if got := strings.Join(codes(x.Find(document(t, c.title, c.text))), " "); got != c.want {
			t.Errorf("%q, %q: got %q, want %q", c.title, c.text, got, c.want)
		}
	}
}

// A hit says which words decided and how much.
func TestWhy(t *testing.T) {
	f := demo(t).Find(document(t, "社保卡丢失", "请问怎么挂失补办，社保局让我找银行"))
	want := catalogue.Found{
		Items: []catalogue.ItemHit{{
			Code: "demo-hrss-02", Name: "社会保障卡补领换领", Unit: "u-hrss", Score: 0.9,
			Why: []huiying.Why{{Text: "社保卡", Weight: 0.77}, {Text: "丢失", Weight: 0.26}},
		}},
		Units: []catalogue.UnitHit{{
			ID: "u-hrss", Name: "人力资源和社会保障局", Score: 1,
			Why: []huiying.Why{{Text: "社保局", Weight: 0.98}, {Text: "社保卡", Weight: 0.77}, {Text: "丢失", Weight: 0.26}, {Text: "社保", Weight: 0.5}},
		}},
	}
	if diff := cmp.Diff(want, f); diff != "" {
		t.Error(diff)
	}
	f = demo(t).Find(document(t, "", "居民身份证换领补领"))
	if len(f.Items) != 1 || f.Items[0].Score != 1 || f.Items[0].Why[0] != (huiying.Why{Text: "居民身份证换领补领", Weight: 1}) {
		t.Errorf("got %+v", f.Items)
	}
}

// Units are found without an item: by name, by keyword, by what only they do.
func TestUnits(t *testing.T) {
	units := []catalogue.Unit{
		{ID: "u-fund", Name: "公积金管理中心", Aliases: []string{"公积金中心"}},
		{ID: "u-road", Name: "公路段", Keywords: []string{"路灯", "坑洼", "道路"}},
	}
	items := named("住房公积金提取", "住房公积金贷款", "占道许可")
	items[0].Unit, items[1].Unit, items[2].Unit = "公积金中心", "u-fund", "公路段"
	x := index(t, items, units)
	for text, want := range map[string]string{
		"公积金中心的人态度不好": "u-fund 0.99",
		"公积金太少了":      "u-fund 0.4",
		"路灯坏了":        "u-road 0.5",
		"路灯坏了，坑洼也多":   "u-road 0.75",
		"这条道路真宽":      "",
		"今天天气不错":      "",
	} {
		var got []string
		for _, u := range x.Find(document(t, "", text)).Units {
			got = append(got, fmt.Sprint(u.ID, " ", u.Score))
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: got %v, want %s", text, got, want)
		}
	}
}

// The unit of what a post is about is told with it.
func TestPostUnits(t *testing.T) {
	x := demo(t)
	right, all, noise := 0, 0, 0
	for _, p := range posts(t) {
		f := x.Find(document(t, "", p.text))
		if len(p.want) == 0 {
			noise += len(f.Units)
			continue
		}
		all++
		unit := "u-" + strings.Split(p.want[0], "-")[1]
		if slices.ContainsFunc(f.Units, func(u catalogue.UnitHit) bool { return u.ID == unit }) {
			right++
		}
	}
	t.Logf("unit of the first item told for %d of %d posts; %d units told for posts about none", right, all, noise)
	if float64(right) < 0.95*float64(all) || noise > 3 {
		t.Errorf("%d of %d, %d by mistake", right, all, noise)
	}
}

func TestNewRefuses(t *testing.T) {
	unit := []catalogue.Unit{{ID: "u-a", Name: "甲局"}}
	twice := append(named("犬只登记"), named("养鸽许可")...)
	for _, c := range []struct {
		items []catalogue.Item
		units []catalogue.Unit
		key   string
	}{
		{twice, nil, "catalogue.item_twice"},
		{[]catalogue.Item{{Code: "a b", Name: "犬只登记"}}, nil, "catalogue.item"},
		{[]catalogue.Item{{Code: "a", Name: "犬只登记", Unit: "乙局"}}, unit, "catalogue.unknown_unit"},
		{nil, append(unit, unit...), "catalogue.bad_unit"},
		{nil, []catalogue.Unit{{ID: "U A", Name: "甲局"}}, "catalogue.bad_unit"},
		{nil, []catalogue.Unit{{ID: "u-a"}}, "catalogue.bad_unit"},
		{nil, []catalogue.Unit{{ID: "u-a", Name: "甲局", Keywords: []string{"x"}}}, "catalogue.unit"},
		{make([]catalogue.Item, catalogue.MaxItems+1), nil, "catalogue.too_many"},
	} {
		_, err := catalogue.New(c.items, c.units, segmented(t))
		var e *huiying.Error
		if !errors.As(err, &e) || e.Key != c.key {
			t.Errorf("got %v, want %s", err, c.key)
		}
	}
	if _, err := catalogue.New(nil, nil, catalogue.Options{}); err == nil {
		t.Error("took no function to cut with")
	}
}

func TestDemo(t *testing.T) {
	items, units, err := catalogue.Demo()
	if err != nil {
		t.Fatal(err)
	}
	if len(items) < 60 || len(items) > 100 || len(units) < 7 || len(units) > 10 {
		t.Errorf("%d items, %d units", len(items), len(units))
	}
	done := map[string]int{}
	for _, it := range items {
		done[it.Unit]++
		if !strings.HasPrefix(it.Code, "demo-") {
			t.Errorf("code %q", it.Code)
		}
	}
	for _, u := range units {
		if done[u.ID] == 0 {
			t.Errorf("%s does nothing", u.ID)
		}
	}
}

// Several goroutines find at once what one finds.
func TestConcurrent(t *testing.T) {
	x := demo(t)
	list := posts(t)
	want := make([]catalogue.Found, len(list))
	for i, p := range list {
		want[i] = x.Find(document(t, "", p.text))
	}
	var group sync.WaitGroup
	for g := range 4 {
		documents := make([]catalogue.Document, len(list))
		for i, p := range list {
			documents[i] = document(t, "", p.text)
		}
		group.Go(func() {
			for _, i := range rand.New(rand.NewPCG(1, uint64(g))).Perm(len(list)) {
				if diff := cmp.Diff(want[i], x.Find(documents[i])); diff != "" {
					t.Errorf("%s: %s", list[i].text, diff)
				}
			}
		})
	}
	group.Wait()
}

// The order of the rows does not matter.
func TestOrder(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("data", "demo.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	head, rest, _ := strings.Cut(string(raw), "\n")
	rows := strings.Split(strings.TrimSpace(rest), "\n")
	_, units, err := catalogue.Demo()
	if err != nil {
		t.Fatal(err)
	}
	x, list := demo(t), posts(t)
	rapid.Check(t, func(r *rapid.T) {
		shuffled := rapid.Permutation(rows).Draw(r, "rows")
		c, err := catalogue.Parse("demo.tsv", [][]catalogue.Row{rowsOf(head + "\n" + strings.Join(shuffled, "\n"))})
		if err != nil {
			r.Fatal(err)
		}
		y := index(t, c.Items, rapid.Permutation(units).Draw(r, "units"))
		texts := rapid.SliceOfN(rapid.SampledFrom(list), 1, 4).Draw(r, "posts")
		for _, p := range texts {
			d := document(t, texts[0].text, p.text)
			if diff := cmp.Diff(x.Find(d), y.Find(d)); diff != "" {
				r.Fatal(diff)
			}
		}
	})
}

// Whatever the text and its cut, what is found is in order, sure between 0 and
// 1, and its reasons stand in the post.
func TestAnyText(t *testing.T) {
	x := demo(t)
	pieces := rapid.SampledFrom(append(strings.Fields("身份证 身份 证 补办 丢 换 办 公积金 提取 取 房产 过户 社保 卡 公安局 低保 企业 变更 登记 ， [doge] a 好 \u200b 電梯 使用 窗口"), "\n"))
	found := 0
	rapid.Check(t, func(r *rapid.T) {
		var d catalogue.Document
		for i := range d.Texts {
			d.Texts[i] = fold.New(strings.Join(rapid.SliceOfN(pieces, 0, 60).Draw(r, "words"), ""))
			for at := int32(0); int(at) < len(d.Texts[i].Runes) && rapid.IntRange(0, 50).Draw(r, "stop") > 0; {
				end := min(at+rapid.Int32Range(1, 4).Draw(r, "length"), int32(len(d.Texts[i].Runes)))
				d.Tokens[i] = append(d.Tokens[i], fold.Span{Start: at, End: end})
				at = end
			}
		}
		f := x.Find(d)
		all := string(d.Texts[0].Runes) + "\n" + string(d.Texts[1].Runes)
		found += len(f.Items)
		last := 1.0
		for _, h := range f.Items {
			if h.Score <= 0 || h.Score > last || len(h.Why) == 0 {
				r.Fatalf("%+v after %v", h, last)
			}
			last = h.Score
			for _, w := range h.Why {
				if !strings.Contains(all, w.Text) {
					r.Fatalf("%q is not in %q", w.Text, all)
				}
			}
		}
		if len(f.Items) > 3 || len(f.Units) > 3 || !slices.IsSortedFunc(f.Units, func(a, b catalogue.UnitHit) int { return int(100*b.Score) - int(100*a.Score) }) {
			r.Fatalf("%+v", f)
		}
	})
	if found == 0 {
		t.Error("nothing was found in any text")
	}
	if f := x.Find(catalogue.Document{}); f.Items != nil || f.Units != nil {
		t.Errorf("found %+v in nothing", f)
	}
}

// Reviews of food and goods are about no item.
func TestQuiet(t *testing.T) {
	x := demo(t)
	for name, most := range map[string]float64{"waimai": 0.001, "weibo2018_train": 0.003, "shopping": 0.002} {
		raw, err := os.ReadFile(filepath.Join("../../../shared/data", name+".tsv"))
		if err != nil {
			t.Skipf("no shared data: %v", err)
		}
		n, hit := 0, 0
		for line := range strings.Lines(string(raw)) {
			if n++; n > 5000 {
				break
			}
			_, text, _ := strings.Cut(line, "\t")
			if len(x.Find(document(t, "", text)).Items) > 0 {
				hit++
			}
		}
		t.Logf("%s: items found in %d of %d", name, hit, n)
		if float64(hit) > most*float64(n) {
			t.Errorf("%s: items found in %d of %d, want %.1f%% at most", name, hit, n, 100*most)
		}
	}
}

// The table of words is whole: no word stands for two, or is of two tiers.
func TestWordTable(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("data", "words.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	columns := map[string]int{"stop": 2, "cue": 2, "object": 2, "weak": 2, "step": 2, "same": 2, "means": 3}
	tiers, same := map[string]string{}, map[string]string{}
	for line := range strings.Lines(string(raw)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		c := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if columns[c[0]] != len(c) {
			t.Errorf("columns: %q", line)
			continue
		}
		for i, w := range strings.Fields(c[1]) {
			of, value := tiers, c[0]
			switch {
			case c[0] == "cue" || c[0] == "means":
				continue
			case c[0] == "same":
				of, value = same, strings.Fields(c[1])[0]
			}
			if before := of[w]; before != "" && (before != value || i > 0) {
				t.Errorf("%s: %s and %s", w, before, value)
			}
			of[w] = value
			if fold.String(w) != w {
				t.Errorf("%s is not folded", w)
			}
		}
	}
}
