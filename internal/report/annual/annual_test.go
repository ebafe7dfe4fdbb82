package annual_test

import (
	"archive/zip"
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"pgregory.net/rapid"

	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/report/annual"
	"huiying/internal/report/annual/exchange"
	"huiying/internal/report/document"
)

var update = flag.Bool("update", false, "write the goldens anew")

// sample is the worked example, read as an import reads it.
func sample(t testing.TB) query.Disclosure {
	t.Helper()
	raw, year := annual.Sample()
	n, err := exchange.Read(raw, exchange.YAML, year)
	if err != nil {
		t.Fatal(say(t, err))
	}
	return query.Disclosure{Year: n.Year, Facts: n.Facts, Texts: n.Texts}
}

func say(t testing.TB, err error) string {
	t.Helper()
	words, e := locale.Load()
	if e != nil {
		t.Fatal(e)
	}
	return words.Sentence(locale.Chinese, err)
}

func report(t testing.TB, d query.Disclosure, form string) document.Document {
	t.Helper()
	doc, err := annual.Report(d, annual.Options{Form: form, Office: annual.SampleOffice, Date: "2018年1月15日"})
	if err != nil {
		t.Fatal(say(t, err))
	}
	return doc
}

func textOf(t testing.TB, doc document.Document) string {
	t.Helper()
	text, err := document.Text(doc)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// figures are all the numbers of the example, each as the sentence that prints
// it in both forms.
func figures() []string {
	return []string{
		"专职工作人员1名", "实施方案2个", "7月11日", "9月16日", "修订制度2项", "新建制度4项",
		"乡镇民生服务中心11个", "服务点166个", "高拍仪256台", "每个乡镇中心2台", "每个村（社区）1台",
		"便民服务事项209项", "行政审批事项179项", "网上办理179项", "网办率100%", "对50余项事项", "办结审批60余件",
		"主动公开政府信息546条", "制发公文151件", "公开151件", "公开率100%", "重要政策文件4件", "已解读4件", "解读率100%",
		"累计发布65条",
		"收到群众诉求10件", "按时办理10件", "领导信箱1件", "12345热线2件", "网上咨询7件", "办结10件", "办结率100%（10/10）",
		"没有收到政府信息公开申请（0件）", "上年结转0件", "没有收到关于政府信息公开的投诉举报（0件）", "没有承办人大代表建议（0件）", "没有承办政协提案（0件）",
	}
}

// Every figure of the example stands in both forms, as text, on the page and in
// the word processor's file.
func TestEveryFigure(t *testing.T) {
	for _, form := range annual.Forms() {
		doc := report(t, sample(t), form)
		var page, file bytes.Buffer
		if err := document.HTML(&page, doc); err != nil {
			t.Fatal(err)
		}
		if err := document.DOCX(&file, doc, time.Unix(0, 0)); err != nil {
			t.Fatal(err)
		}
		q, err := goquery.NewDocumentFromReader(&page)
		if err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string]string{"text": textOf(t, doc), "html": q.Find("main").Text(), "docx": bodyText(t, file.Bytes())} {
			for _, want := range figures() {
				if !strings.Contains(text, want) {
					t.Errorf("form %s, %s: no %q", form, name, want)
				}
			}
		}
		for _, want := range map[string][]string{
			annual.Form2008: {"没有因政府信息公开申请行政复议的（0件）", "没有因政府信息公开提起行政诉讼的（0件）"},
			annual.Form2021: {"| 一、本年新收政府信息公开申请数量 |  |  | 0 | 0 | 0 | 0 | 0 | 0 | 0 |", "| 四、结转下年度继续办理 |  |  | 0 | 0 | 0 | 0 | 0 | 0 | 0 |", "| 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 |"},
		}[form] {
			if !strings.Contains(textOf(t, doc), want) {
				t.Errorf("form %s: no %q", form, want)
			}
		}
	}
}

// bodyText is the words of a document's body.
func bodyText(t *testing.T, raw []byte) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open("word/document.xml")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`<[^>]+>`).ReplaceAllString(string(body), "")
}

// The sections are those of the forms, in their order.
func TestSections(t *testing.T) {
	for form, want := range map[string][]string{
		annual.Form2008: {"概述", "推进重点领域信息公开情况", "政府信息主动公开情况", "政府信息依申请公开情况", "因信息公开申请行政复议、提起行政诉讼、收到投诉举报情况", "人大代表建议和政协提案办理结果公开情况", "政府信息公开存在的主要问题及改进措施"},
		annual.Form2021: {"总体情况", "主动公开政府信息情况", "收到和处理政府信息公开申请情况", "政府信息公开行政复议、行政诉讼情况", "存在的主要问题及改进情况", "其他需要报告的事项"},
	} {
		var got []string
		for _, s := range report(t, sample(t), form).Sections {
			got = append(got, s.Title)
		}
		if !slices.Equal(got, want) {
			t.Errorf("form %s: %q", form, got)
		}
	}
	if annual.FormOf(2017) != annual.Form2008 || annual.FormOf(2018) != annual.Form2008 || annual.FormOf(2019) != annual.Form2021 {
		t.Error("a year has another form")
	}
}

func TestGolden(t *testing.T) {
	for _, form := range annual.Forms() {
		got := textOf(t, report(t, sample(t), form))
		file := filepath.Join("testdata", "2017-"+form+".txt")
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s differs (go test -update writes it anew):\n%s", file, got)
		}
	}
}

// with sets numbers of a register.
func with(d query.Disclosure, facts ...query.DisclosureFact) query.Disclosure {
	d.Facts = slices.Clone(d.Facts)
	for _, f := range facts {
		d.Facts = slices.DeleteFunc(d.Facts, func(o query.DisclosureFact) bool { return o.Key() == f.Key() })
		d.Facts = append(d.Facts, f)
	}
	return d
}

func fact(key string, v float64) query.DisclosureFact {
	f := query.DisclosureFact{Value: v}
	f.Fact, f.Cell = query.SplitFact(key)
	return f
}

// A table of applications that does not come out even is refused with its
// column; two columns that are wrong against each other do not make it right.
func TestIdentity(t *testing.T) {
	d := with(sample(t), fact("apply.new/company", 3), fact("apply.carried/company", 1), fact("result.disclosed/company", 2), fact("apply.next/company", 2))
	report(t, d, annual.Form2021)
	for name, c := range map[string]struct {
		d    query.Disclosure
		want []string
	}{
		"one too few":     {with(d, fact("apply.next/company", 1)), []string{"“商业企业”", "新收 3", "上年结转 1", "总计 2", "结转下年度 1", "4 与 3", "“新收”应为 2，", "“上年结转”应为 0，", "“总计”应为 3，", "“结转下年度”应为 2（"}},
		"against another": {with(d, fact("result.partly/natural", 1), fact("apply.new/legal", 1)), []string{"“自然人”", "“法律服务机构”"}},
		"far too much":    {with(d, fact("apply.new/company", 9)), []string{"“商业企业”", "“新收”应为 3，", "“上年结转”应为 —，", "“总计”应为 8，", "“结转下年度”应为 8（"}},
	} {
		_, err := annual.Report(c.d, annual.Options{Form: annual.Form2021, Office: "x"})
		if err == nil {
			t.Errorf("%s: not refused", name)
			continue
		}
		for _, want := range c.want {
			if got := say(t, err); !strings.Contains(got, want) {
				t.Errorf("%s: no %q in %q", name, want, got)
			}
		}
		if err := annual.Releasable(c.d, annual.Form2021); err == nil {
			t.Errorf("%s: releasable", name)
		}
	}
	// A column that is not filled in yet is not held against anybody.
	half := with(d, fact("apply.next/company", 1))
	half.Facts = slices.DeleteFunc(half.Facts, func(f query.DisclosureFact) bool { return f.Key() == "result.partly/company" })
	if text := textOf(t, report(t, half, annual.Form2021)); !strings.Contains(text, "未填") {
		t.Error("what is missing is not shown")
	}
}

// What is missing is shown as such and refuses a release; zero is not missing.
func TestMissing(t *testing.T) {
	d := sample(t)
	if err := annual.Releasable(d, annual.Form2008); err != nil {
		t.Errorf("the example cannot be released: %s", say(t, err))
	}
	// The old report did not have the table of rules and decisions.
	missing := annual.Missing(d, annual.Form2021)
	if len(missing) != 10 || missing[0] != "rulemaking.rules/made" {
		t.Errorf("%q", missing)
	}
	err := annual.Releasable(d, annual.Form2021)
	if err == nil || !strings.Contains(say(t, err), "还有 10 项未填（第一项是“规章（本年制发件数）”）") {
		t.Errorf("%v", err)
	}
	for _, f := range d.Facts {
		less := d
		less.Facts = slices.DeleteFunc(slices.Clone(d.Facts), func(o query.DisclosureFact) bool { return o.Key() == f.Key() })
		if annual.Releasable(less, annual.Form2008) == nil {
			t.Errorf("released without %s", f.Key())
		}
		if !strings.Contains(textOf(t, report(t, less, annual.Form2008)), "未填") {
			t.Errorf("%s is not shown as missing", f.Key())
		}
	}
	for _, part := range d.Texts {
		less := d
		less.Texts = slices.DeleteFunc(slices.Clone(d.Texts), func(o query.DisclosureText) bool { return o.Part == part.Part })
		p, _ := annual.FindPart(part.Part)
		if got := annual.Releasable(less, annual.Form2008); (got == nil) != p.Optional {
			t.Errorf("without the text %s: %v", part.Part, got)
		}
	}
}

func TestCheckFact(t *testing.T) {
	for _, c := range []struct {
		f    query.DisclosureFact
		want string
	}{
		{fact("openness.published", 546), ""},
		{fact("fees.collected", 12.3456), ""},
		{fact("fees.collected", 12.34567), "最多四位小数"},
		{fact("openness.published", 1.5), "须是整数"},
		{fact("openness.published", -1), "不小于 0"},
		{fact("letters.received", 1), "要分单元填写"},
		{fact("letters.received/fax", 1), "没有单元 fax"},
		{fact("openness.published/x", 1), "没有单元 x"},
		{fact("openness", 1), "没有代码为 openness 的指标"},
		{query.DisclosureFact{Fact: "apply.new", Cell: "natural", Value: 3, AtLeast: true}, "须是确数"},
	} {
		err := annual.CheckFact(c.f)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(say(t, err), c.want) {
			t.Errorf("%s %v: %v", c.f.Key(), c.f.Value, err)
		}
	}
}

// Numbers that speak of the same are compared: 11 places with two cameras and
// 166 with one do not make 256.
func TestNotices(t *testing.T) {
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	d := with(sample(t), fact("openness.public", 152), fact("foi.cases", 2))
	d.Since = time.Date(2017, 3, 5, 0, 0, 0, 0, time.UTC)
	var all []string
	for _, n := range annual.Notices(d) {
		all = append(all, n.Say(words, locale.Chinese))
	}
	for _, want := range []string{"合计 188 台", "“公开公文”152 多于“制发公文”151", "记录里的申请办件是 2 件", "自 2017-03-05 起"} {
		if !strings.Contains(strings.Join(all, "\n"), want) {
			t.Errorf("no %q in %q", want, all)
		}
	}
}

// Whatever a register holds, the printed table keeps the identities: result
// rows sum to the total row, columns to the total column, and received plus
// carried over are total plus carried on. A register that is one off somewhere
// is refused.
func TestTablesComeOutEven(t *testing.T) {
	base := sample(t)
	rapid.Check(t, func(rt *rapid.T) {
		d := base
		var facts []query.DisclosureFact
		for _, a := range annual.Applicants() {
			sum := 0
			for _, r := range annual.Results() {
				n := rapid.IntRange(0, 2000).Draw(rt, r.ID)
				sum += n
				facts = append(facts, fact(query.FactKey(r.ID, a.ID), float64(n)))
			}
			next := rapid.IntRange(0, 500).Draw(rt, "next")
			carried := rapid.IntRange(0, sum+next).Draw(rt, "carried")
			facts = append(facts, fact("apply.next/"+a.ID, float64(next)), fact("apply.carried/"+a.ID, float64(carried)), fact("apply.new/"+a.ID, float64(sum+next-carried)))
		}
		d = with(d, facts...)
		checkTable(rt, report(t, d, annual.Form2021))
		checkTable(rt, report(t, d, annual.Form2008))
		off := facts[rapid.IntRange(0, len(facts)-1).Draw(rt, "off")]
		off.Value++
		_, err := annual.Report(with(d, off), annual.Options{Office: "x"})
		name := ""
		for _, a := range annual.Applicants() {
			if a.ID == off.Cell {
				name = a.ZH
			}
		}
		if err == nil || !strings.Contains(say(t, err), "“"+name+"”") {
			rt.Fatalf("%s one off: %v", off.Key(), err)
		}
	})
}

// checkTable reads the table of applications as it is printed.
func checkTable(rt *rapid.T, doc document.Document) {
	text, err := document.Text(doc)
	if err != nil {
		rt.Fatal(err)
	}
	_, text, found := strings.Cut(text, "收到和处理政府信息公开申请情况（单位：件）\n")
	if !found {
		rt.Fatal("there is no table")
	}
	var rows [][]int
	for line := range strings.SplitSeq(text, "\n") {
		if !strings.HasPrefix(line, "|") {
			break
		}
		cells := strings.Split(strings.TrimSuffix(strings.TrimPrefix(line, "| "), " |"), " | ")
		var row []int
		if len(cells) < 7 {
			continue
		}
		for _, c := range cells[len(cells)-7:] {
			n, err := strconv.Atoi(strings.TrimSpace(c))
			if err != nil {
				row = nil
				break
			}
			row = append(row, n)
		}
		if row != nil {
			rows = append(rows, row)
		}
	}
	if len(rows) != 2+21+1+1 {
		rt.Fatalf("%d rows", len(rows))
	}
	for r, row := range rows {
		sum := 0
		for _, n := range row[:6] {
			sum += n
		}
		if sum != row[6] {
			rt.Fatalf("row %d: %v", r, row)
		}
	}
	for c := range 7 {
		sum := 0
		for _, row := range rows[2:23] {
			sum += row[c]
		}
		if sum != rows[23][c] || rows[0][c]+rows[1][c] != rows[23][c]+rows[24][c] {
			rt.Fatalf("column %d", c)
		}
	}
}

// A share is 100 % only when nothing is left open, and that of nothing is none.
func TestShares(t *testing.T) {
	for _, c := range []struct {
		made, public float64
		want         string
	}{{151, 151, "公开率100%"}, {10000, 9999, "公开率99.9%"}, {3, 1, "公开率33.3%"}, {0, 0, "公开率—"}} {
		d := with(sample(t), fact("openness.made", c.made), fact("openness.public", c.public))
		if text := textOf(t, report(t, d, annual.Form2008)); !strings.Contains(text, c.want) {
			t.Errorf("%v of %v: no %q", c.public, c.made, c.want)
		}
	}
}

// Every number a form prints is one that is known, and every number that must be
// there is printed by its forms.
func TestFormsAndKinds(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range annual.Kinds() {
		if seen[k.ID] {
			t.Errorf("%s stands twice", k.ID)
		}
		seen[k.ID] = true
		if k.ZH == "" || k.EN == "" || k.Unit == "" || len(k.Places) == 0 {
			t.Errorf("%s lacks something", k.ID)
		}
	}
	for _, form := range annual.Forms() {
		doc := report(t, sample(t), form)
		printed := map[string]bool{}
		collect(doc.Sections, printed)
		for name := range printed {
			for _, word := range strings.Fields(name) {
				if word == "sum" || word == "total" || word == "both" || word == "percent" || strings.HasPrefix(word, "results") {
					continue
				}
				id, cell := query.SplitFact(word)
				if k, known := annual.Find(id); !known || cell != "" && !k.Has(cell) {
					t.Errorf("form %s prints %s, which is not known", form, name)
				}
			}
		}
		for _, k := range annual.Kinds() {
			if k.Optional || !slices.ContainsFunc(k.Places, func(p annual.Place) bool { return p.Form == form }) {
				continue
			}
			ok := slices.ContainsFunc(mapKeys(printed), func(name string) bool {
				return strings.Contains(name, k.ID) || strings.HasPrefix(k.ID, "result.") && strings.HasPrefix(name, "total results")
			})
			if !ok {
				t.Errorf("form %s does not print %s", form, k.ID)
			}
		}
	}
}

func mapKeys(m map[string]bool) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	return out
}

func collect(list []document.Section, printed map[string]bool) {
	runs := func(rs []document.Run) {
		for _, r := range rs {
			if r.Figure != "" {
				printed[r.Figure] = true
			}
		}
	}
	for _, s := range list {
		for _, b := range s.Blocks {
			switch b := b.(type) {
			case document.Paragraph:
				runs(b.Runs)
			case document.Table:
				for _, row := range b.Rows {
					for _, c := range row {
						runs(c.Runs)
					}
				}
			}
		}
		collect(s.Sections, printed)
	}
}
