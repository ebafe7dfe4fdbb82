package exchange_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"

	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/report/annual"
	"huiying/internal/report/annual/exchange"
)

func sentence(t testing.TB, err error) string {
	t.Helper()
	words, e := locale.Load()
	if e != nil {
		t.Fatal(e)
	}
	return words.Sentence(locale.Chinese, err)
}

func options() exchange.WriteOptions {
	return exchange.WriteOptions{
		Person: func(id string) string { return "=" + id }, Source: func(s string) string { return s }, Time: func(f query.DisclosureFact) string { return f.At.Format(time.DateOnly) },
	}
}

func sample(t testing.TB) query.Disclosure {
	t.Helper()
	raw, year := annual.Sample()
	n, err := exchange.Read(raw, exchange.YAML, 0)
	if err != nil || n.Year != year {
		t.Fatal(sentence(t, err))
	}
	return query.Disclosure{Year: n.Year, Facts: n.Facts, Texts: n.Texts}
}

// same compares what two registers say.
func same(t testing.TB, a query.Disclosure, b query.NewDisclosure, notes bool) {
	t.Helper()
	if a.Year != b.Year || len(a.Facts) != len(b.Facts) || len(a.Texts) != len(b.Texts) {
		t.Fatalf("%d: %d numbers, %d texts; %d: %d, %d", a.Year, len(a.Facts), len(a.Texts), b.Year, len(b.Facts), len(b.Texts))
	}
	got := query.Disclosure{Facts: b.Facts, Texts: b.Texts}
	for _, f := range a.Facts {
		g, ok := got.Fact(f.Fact, f.Cell)
		if !ok || g.Value != f.Value || g.AtLeast != f.AtLeast || notes && g.Note != f.Note {
			t.Errorf("%s: %+v, want %+v", f.Key(), g, f)
		}
	}
	for _, text := range a.Texts {
		if got.Text(text.Part) != text.Text {
			t.Errorf("%s: %q, want %q", text.Part, got.Text(text.Part), text.Text)
		}
	}
}

// What is written is read again, in every format.
func TestRoundTrip(t *testing.T) {
	d := sample(t)
	d.Texts[0].Text = "=第一行\n第二行，“引号\"”"
	for _, format := range []string{exchange.CSV, exchange.XLSX, exchange.YAML} {
		raw, err := exchange.Write(d, format, options())
		if err != nil {
			t.Fatal(err)
		}
		n, err := exchange.Read(raw, format, 2017)
		if err != nil {
			t.Fatalf("%s: %s", format, sentence(t, err))
		}
		same(t, d, n, true)
	}
}

// The same of whatever numbers and texts there are.
func TestRoundTripOfAnything(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := query.Disclosure{Year: rapid.IntRange(1990, 2200).Draw(rt, "year")}
		for _, k := range annual.Kinds() {
			for _, cell := range k.All() {
				if rapid.IntRange(0, 3).Draw(rt, "there") == 0 {
					f := query.DisclosureFact{Year: d.Year, Fact: k.ID, Cell: cell, Value: float64(rapid.IntRange(0, 1_000_000).Draw(rt, "n")), Note: rapid.StringMatching(`[=+a-z，。]{0,8}`).Draw(rt, "note")}
					if k.Decimal {
						f.Value += 0.25
					}
					f.AtLeast = k.Places[0].Table == "" && k.ID == "promise.items" && rapid.Bool().Draw(rt, "at least")
					d.Facts = append(d.Facts, f)
				}
			}
		}
		for _, p := range annual.Parts() {
			if rapid.Bool().Draw(rt, "text") {
				d.Texts = append(d.Texts, query.DisclosureText{Part: p.ID, Text: rapid.StringMatching(`[=一二三，。"a-z]{1,20}\n[四五]{1,5}`).Draw(rt, "text of "+p.ID)})
			}
		}
		for _, format := range []string{exchange.CSV, exchange.YAML} {
			raw, err := exchange.Write(d, format, options())
			if err != nil {
				rt.Fatal(err)
			}
			n, err := exchange.Read(raw, format, d.Year)
			if err != nil {
				rt.Fatalf("%s: %s\n%s", format, sentence(t, err), raw)
			}
			same(t, d, n, true)
		}
	})
}

// No cell of a file is what a spreadsheet takes for a formula.
func TestNoFormula(t *testing.T) {
	d := sample(t)
	d.Facts[0].Note, d.Facts[0].By = "@SUM(A1)", "cmd"
	d.Texts[0].Text = "=HYPERLINK(\"x\")"
	raw, err := exchange.Write(d, exchange.XLSX, options())
	if err != nil {
		t.Fatal(err)
	}
	x, err := excelize.OpenReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	for _, sheet := range x.GetSheetList() {
		rows, err := x.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			for _, cell := range row {
				if strings.HasPrefix(cell, "=") || strings.HasPrefix(cell, "@") {
					t.Errorf("%s: %q", sheet, cell)
				}
			}
		}
	}
	text, err := exchange.Write(d, exchange.CSV, options())
	if err != nil || strings.Contains(string(text), ",=") || strings.Contains(string(text), ",@") || !strings.HasPrefix(string(text), "\ufeff代码,") {
		t.Errorf("%v %.60s", err, text)
	}
}

func TestFormatOf(t *testing.T) {
	for name, want := range map[string]string{"a.csv": exchange.CSV, "B.XLSX": exchange.XLSX, "c.yml": exchange.YAML, "d.yaml": exchange.YAML, "e.xls": "", "f": ""} {
		if got, err := exchange.FormatOf(name); got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q %v", name, got, err)
		}
	}
}

// Each mistake is one sentence with its place.
func TestMistakes(t *testing.T) {
	const head = "代码,单元,数值,备注\n"
	for _, c := range []struct{ format, text, want string }{
		{exchange.CSV, head + "openness.published,,五百,\n", "第 2 行第 3 列：“五百”不是数字"},
		{exchange.CSV, head + "openness.published,,546,\nletters.on_time,fax,1,\n", "第 3 行第 2 列：“按时办理”没有单元 fax"},
		{exchange.CSV, head + "letters.on_time,,1,\n", "第 2 行第 1 列：“按时办理”（letters.on_time）要分单元填写"},
		{exchange.CSV, head + "nothing.here,,1,\n", "第 2 行第 1 列：没有代码为 nothing.here 的指标"},
		{exchange.CSV, head + "openness.published,,-3,\n", "“-3”不是数字"},
		{exchange.CSV, head + "openness.published,,1e3,\n", "“1e3”不是数字"},
		{exchange.CSV, head + "openness.published,,NaN,\n", "“NaN”不是数字"},
		{exchange.CSV, head + "openness.published,,\"1,23\",\n", "“1,23”不是数字"},
		{exchange.CSV, head + "openness.published,,1.5,\n", "第 2 行第 3 列：“主动公开政府信息”须是整数"},
		{exchange.CSV, head + "openness.published,,1,\n\nopenness.published,,2,\n", "第 4 行第 1 列：“主动公开政府信息”写了两次，前一次在第 2 行"},
		{exchange.CSV, head + "apply.new,natural,3余,\n", "第 2 行第 3 列：“本年新收政府信息公开申请数量（自然人）”填入表格，须是确数"},
		{exchange.CSV, "编号,数\n1,2\n", "第 1 行第 1 列：首行须有"},
		{exchange.CSV, "代码,数值,value\n", "第 1 行第 3 列：首行“value”出现了两次"},
		{exchange.CSV, head + "openness.published,,\"5\n", "第 2 行第 1 列：不是有效的 CSV"},
		{exchange.CSV, head + "text.nowhere,,x,\n", "第 2 行第 1 列：报告没有文字部分 nowhere"},
		{exchange.CSV, "年份,代码,数值\n2016,openness.published,5\n", "第 2 行第 1 列：文件写的是 2016 年，而不是 2017 年"},
		{exchange.CSV, "年份,代码,数值\n一七,openness.published,5\n", "第 2 行第 1 列：年份 一七 不对"},
		{exchange.CSV, "\xff\xfe\x00", "既不是 UTF-8 也不是 GBK"},
		{exchange.YAML, "facts:\n  openness.published: many\n", "第 2 行第 23 列：“many”不是数字"},
		{exchange.YAML, "facts:\n  letters.on_time: {mailbox: 1, fax: 2}\n", "没有单元 fax"},
		{exchange.YAML, "facts:\n  letters.on_time: 3\n", "要分单元填写"},
		{exchange.YAML, "facts:\n  promise.items: {value: 50, at_least: maybe}\n", "第 2 行第 40 列：只能写 true 或 false"},
		{exchange.YAML, "facts:\n  promise.items: {value: 50, sure: 1}\n", "不认识“sure”"},
		{exchange.YAML, "figures: {}\n", "第 1 行第 1 列：不认识“figures”"},
		{exchange.YAML, "year: 2016\n", "第 1 行第 7 列：文件写的是 2016 年"},
		{exchange.YAML, "facts: [1]\n", "这里应是“名称: 值”"},
		{exchange.YAML, "a: b: c\n", "不是有效的 YAML"},
		{exchange.YAML, "texts: {overview: [a]}\n", "第 1 行第 19 列：这里应是文字"},
		{exchange.YAML, "texts: {overview: &x a, channels: *x}\n", "这里应是文字"},
		{exchange.YAML, "facts: {openness.published: [1]}\n", "不是数字"},
		{exchange.YAML, "", "这里应是“名称: 值”"},
		{exchange.XLSX, "PK", "打不开这个 Excel 文件"},
	} {
		_, err := exchange.Read([]byte(c.text), c.format, 2017)
		if err == nil {
			t.Errorf("%q: not refused", c.text)
			continue
		}
		if got := sentence(t, err); !strings.Contains(got, c.want) || strings.Contains(got, "\n") {
			t.Errorf("%q: %s", c.text, got)
		}
	}
	if _, err := exchange.Read([]byte("facts: {}\n"), exchange.YAML, 0); err == nil || !strings.Contains(sentence(t, err), "用 --year 指定") {
		t.Error(err)
	}
}

// Files from a Chinese spreadsheet are read, and numbers as people write them.
func TestGBK(t *testing.T) {
	raw, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte("代码,数值\r\nopenness.published,\"１,５４６\"\r\npromise.items,50余\r\nopenness.made,\r\nfees.collected,12.345600000000001\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	n, err := exchange.Read(raw, exchange.CSV, 2017)
	if err != nil {
		t.Fatal(sentence(t, err))
	}
	if len(n.Facts) != 3 || n.Facts[2].Value != 12.3456 || n.Facts[0].Value != 1546 || n.Facts[1].Value != 50 || !n.Facts[1].AtLeast {
		t.Errorf("%+v", n.Facts)
	}
}

// A blank value says nothing: it neither is zero nor takes away what is known.
func TestBlank(t *testing.T) {
	n, err := exchange.Read([]byte("facts:\n  openness.published:\n  letters.on_time: {mailbox: , hotline: 2}\ntexts:\n  overview:\n"), exchange.YAML, 2017)
	if err != nil {
		t.Fatal(sentence(t, err))
	}
	if len(n.Facts) != 1 || len(n.Texts) != 0 {
		t.Errorf("%+v", n)
	}
}

// Whatever a file holds, it is read or refused with a sentence.
func FuzzRead(f *testing.F) {
	raw, _ := annual.Sample()
	f.Add(raw, exchange.YAML)
	f.Add([]byte("代码,数值\nopenness.published,1\n"), exchange.CSV)
	f.Add([]byte("a: &x [*x]\n"), exchange.YAML)
	f.Add([]byte("facts: {a: {b: {c: d}}}\n? [x]\n: y\n"), exchange.YAML)
	f.Add([]byte("PK\x03\x04"), exchange.XLSX)
	f.Fuzz(func(t *testing.T, raw []byte, format string) {
		n, err := exchange.Read(raw, format, 2017)
		if err != nil {
			sentence(t, err)
			return
		}
		for _, fact := range n.Facts {
			if err := annual.CheckFact(fact); err != nil {
				t.Errorf("%+v: %v", fact, err)
			}
		}
	})
}
