package document_test

import (
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"huiying/analyzer/document"
	"huiying/analyzer/fold"
)

// marked writes the text with each mention as kind<place|name>; the name is
// left out where it is as the place says.
func marked(text string) string {
	runes := []rune(text)
	var b strings.Builder
	at := 0
	for _, m := range document.Find("text", fold.New(text)) {
		place := string(runes[m.Start:m.End])
		b.WriteString(string(runes[at:m.Start]) + m.Kind + "<" + place)
		if m.Name != strings.Trim(place, "《》") {
			b.WriteString("|" + m.Name)
		}
		b.WriteString(">")
		at = m.End
	}
	return b.String() + string(runes[at:])
}

type textCase struct{ text, want string }

// check compares texts with their mentions marked. A want of "" stands for the
// text as it is: nothing is named.
func check(t *testing.T, cases []textCase) {
	t.Helper()
	for _, c := range cases {
		want := c.want
		if want == "" {
			want = c.text
		}
		if got := marked(c.text); got != want {
			t.Errorf("%q:\n got %q\nwant %q", c.text, got, want)
		}
	}
}

func TestNumbers(t *testing.T) {
	check(t, []textCase{
		{"国发〔2019〕12号", "number<国发〔2019〕12号>"},
		{"根据国发〔2019〕12号文件", "根据number<国发〔2019〕12号>文件"},
		{"请按照宁政办规发〔2020〕3号执行", "请按照number<宁政办规发〔2020〕3号>执行"},
		{"卫政发[2018]5号", "number<卫政发[2018]5号|卫政发〔2018〕5号>"},
		{"卫政发［２０１８］５号", "number<卫政发［２０１８］５号|卫政发〔2018〕5号>"},
		{"卫政发﹝2018﹞5号", "number<卫政发﹝2018﹞5号|卫政发〔2018〕5号>"},
		{"卫政发❲2018❳5号", "number<卫政发❲2018❳5号|卫政发〔2018〕5号>"},
		{"卫政发【2018】5号", "number<卫政发【2018】5号|卫政发〔2018〕5号>"},
		{"卫政发（2018）5号", "number<卫政发（2018）5号|卫政发〔2018〕5号>"},
		{"卫政发(2018)5号", "number<卫政发(2018)5号|卫政发〔2018〕5号>"},
		{"卫政发{2018}5号", "number<卫政发{2018}5号|卫政发〔2018〕5号>"},
		{"卫政发〈2018〉5号", "number<卫政发〈2018〉5号|卫政发〔2018〕5号>"},
		{"卫政发<2018>5号", "number<卫政发<2018>5号|卫政发〔2018〕5号>"},
		{"衛政發〔2018〕5號", "number<衛政發〔2018〕5號|卫政发〔2018〕5号>"},
		{"国办发 〔2019〕 第 12 号", "number<国办发 〔2019〕 第 12 号|国办发〔2019〕12号>"},
		{"国办发〔2019年〕012号", "number<国办发〔2019年〕012号|国办发〔2019〕12号>"},
		{"国发〔二〇一九〕十二号", "number<国发〔二〇一九〕十二号|国发〔2019〕12号>"},
		{"国发〔二〇一九〕一百二十三号", "number<国发〔二〇一九〕一百二十三号|国发〔2019〕123号>"},
		{"人社部规〔2021〕2号和财税〔2019〕13号", "number<人社部规〔2021〕2号>和number<财税〔2019〕13号>"},
		{"落实国办函〔2020〕10号", "落实number<国办函〔2020〕10号>"},
		{"自治区人民政府办公厅宁政办发〔2020〕3号", "自治区人民政府办公厅number<宁政办发〔2020〕3号>"},
		{"自治区发展改革委宁发改规发〔2020〕3号", "自治区发展改革委number<宁发改规发〔2020〕3号>"},
		{"卫公（交）决字〔2019〕第7号", "number<卫公（交）决字〔2019〕第7号|卫公(交)决字〔2019〕7号>"},
		{"法〔2020〕12号", "number<法〔2020〕12号>"},
		{"见\u200b国\u200b发〔2019〕12号", "见\u200bnumber<国\u200b发〔2019〕12号|国发〔2019〕12号>"},
		{"和平区和政发〔2019〕12号", "number<和平区和政发〔2019〕12号>"},
		{"国务院令第711号", "number<国务院令第711号>"},
		{"根据国务院令711号规定", "根据number<国务院令711号|国务院令第711号>规定"},
		{"中华人民共和国主席令第四十五号", "number<中华人民共和国主席令第四十五号|中华人民共和国主席令第45号>"},
		{"按自治区人民政府令第12号", "按number<自治区人民政府令第12号>"},
		{"国家税务总局公告2019年第12号", "number<国家税务总局公告2019年第12号>"},
		{"依据国家税务总局公告 2019年第12号", "依据number<国家税务总局公告 2019年第12号|国家税务总局公告2019年第12号>"},
		{"2008年6月3日国务院令第257号", "2008年6月3日number<国务院令第257号>"},
		{"某县公安局卫公办〔2008〕230号", "某县公安局number<卫公办〔2008〕230号>"},
		{"其中发改价格〔2019〕559号", "其中number<发改价格〔2019〕559号>"},
		{"人社厅发〔2019〕5号", "number<人社厅发〔2019〕5号>"},
		{"阐述了 [2016]五号", ""},
		{"案号（2019）宁0502民初123号", ""},
		{"〔2019〕12号", ""},
		{"合同编号[2019]12号", ""},
		{"国发〔2019〕", ""},
		{"国发〔219〕12号", ""},
		{"国发〔3019〕12号", ""},
		{"国发〔2019)12号", ""},
		{"国发〔2019〕12", ""},
		{"会议（2019）年12号", ""},
		{"的公告2019年第12号", ""},
		{"一声令下12号", ""},
		{"公告2019年12月", ""},
		{"12号窗口、2019年第3号桌", ""},
	})
}

func TestTitles(t *testing.T) {
	check(t, []textCase{
		{"《沙坡头区政务服务管理办法》", "title<《沙坡头区政务服务管理办法》>"},
		{"看《关于进一步优化服务的若干措施》", "看title<《关于进一步优化服务的若干措施》>"},
		{"《关于印发〈某市便民办法〉的通知》", "title<《关于印发〈某市便民办法〉的通知》>"},
		{"《关于印发《某市便民办法》的通知》", "title<《关于印发《某市便民办法》的通知》|关于印发〈某市便民办法〉的通知>"},
		{"《某市不动产登记规定（试行）》", "title<《某市不动产登记规定（试行）》|某市不动产登记规定(试行)>"},
		{"《某市养老规划（2021—2025年）》", "title<《某市养老规划（2021—2025年）》|某市养老规划(2021—2025年)>"},
		{"《調整公積金的公告》", "title<《調整公積金的公告》|调整公积金的公告>"},
		{"《某某 实施\n细则》", "title<《某某 实施\n细则》|某某实施细则>"},
		{"《转发国办发[2019]12号的通知》", "title<《转发国办发[2019]12号的通知》|转发国办发〔2019〕12号的通知>"},
		{"《某某条例解读》", "title<《某某条例解读》>"},
		{"《某某审批服务便民化工作报告》", "title<《某某审批服务便民化工作报告》>"},
		{"《某某草原法》", "title<《某某草原法》>"},
		{"《某某告知书》", "title<《某某告知书》>"},
		{"《关于二〇二〇年春季学期延期开学期间的致家长一封信》", "title<《关于二〇二〇年春季学期延期开学期间的致家长一封信》>"},
		{"《物权法》", "title<《物权法》>"},
		{"《Gov Cloud 服务规范》", "title<《Gov Cloud 服务规范》|gov cloud服务规范>"},
		{"《指导意见》和《管理办法》", ""},
		{"《某人这三年：管理一家公司教我的那些事儿》", ""},
		{"《凡是入住的客人均需出示证件，否则后果自负》", ""},
		{"《唱法》", ""},
		{"《某市办法》和《某市方案》", "title<《某市办法》>和title<《某市方案》>"},
		{"《通知》", ""},
		{"《条例》第五条", ""},
		{"《流浪地球》", ""},
		{"《孙子兵法》", ""},
		{"《我的魔法》", ""},
		{"《杀手的报告》", ""},
		{"《三体》和《活着》", ""},
		{"《某市办法", ""},
		{"《今天真好。某市办法》", ""},
		{"》《", ""},
		{"《》", ""},
		{"《（试行）》", ""},
		{"《》办法》", ""},
	})
}

func TestLaws(t *testing.T) {
	check(t, []textCase{
		{"按政府信息公开条例申请", "按law<政府信息公开条例>申请"},
		{"按信息公开条例申请", "按law<信息公开条例|政府信息公开条例>申请"},
		{"優化營商環境條例", "law<優化營商環境條例|优化营商环境条例>"},
		{"宁夏优化营商环境条例", "law<宁夏优化营商环境条例>"},
		{"根据宁夏回族自治区优化营商环境条例", "根据law<宁夏回族自治区优化营商环境条例>"},
		{"违反中卫市物业管理条例", "违反law<中卫市物业管理条例>"},
		{"我们小区物业管理条例", "我们小区law<物业管理条例>"},
		{"信访工作条例规定", "law<信访工作条例>规定"},
		{"民法典里有", "law<民法典>里有"},
		{"《民法典》", "law<《民法典》>"},
		{"《中华人民共和国行政许可法》", "law<《中华人民共和国行政许可法》|行政许可法>"},
		{"中华人民共和国行政许可法", "law<中华人民共和国行政许可法|行政许可法>"},
		{"《行政许可法（2019年修正）》", "law<《行政许可法（2019年修正）》|行政许可法>"},
		{"《宁夏优化营商环境条例》", "law<《宁夏优化营商环境条例》>"},
		{"劳动合同法实施条例", "law<劳动合同法实施条例>"},
		{"《关于实施〈行政许可法〉的通知》", "title<《关于实施〈行政许可法〉的通知》>"},
		{"《行政许可法》讲座", "law<《行政许可法》>讲座"},
		{"《行政许可法讲座》", "《law<行政许可法>讲座》"},
		{"道交法、消保法", "law<道交法|道路交通安全法>、law<消保法|消费者权益保护法>"},
		{"劳动法和劳动合同法", "law<劳动法>和law<劳动合同法>"},
		{"公司法人", ""},
		{"仲裁法庭", ""},
		{"劳动法律援助", ""},
		{"消防法规", ""},
		{"有没有王法", ""},
	})
}

func TestPolicies(t *testing.T) {
	check(t, []textCase{
		{"放管服改革", "policy<放管服>改革"},
		{"“最多跑一次”跑了三次", "“policy<最多跑一次>”跑了三次"},
		{"最多跑一趟", "policy<最多跑一趟|最多跑一次>"},
		{"一网通办、跨省通办", "policy<一网通办>、policy<跨省通办>"},
		{"一件事一次办", "policy<一件事一次办>"},
		{"“一件事”一次办", "“policy<一件事”一次办|一件事一次办>"},
		{"高效办成“一件事”", "policy<高效办成“一件事|高效办成一件事>”"},
		{"双随机、一公开", "policy<双随机、一公开|双随机一公开>"},
		{"互联网＋政务服务", "policy<互联网＋政务服务|互联网+政务服务>"},
		{"一網通辦", "policy<一網通辦|一网通办>"},
		{"《政府最多跑一次改革实施方案》", "title<《政府最多跑一次改革实施方案》>"},
		{"国发〔2019〕12号提出一网通办", "number<国发〔2019〕12号>提出policy<一网通办>"},
		{"跑了一次就办好", ""},
		{"今天排队很长", ""},
		{"", ""},
	})
}

// A number is found whatever stands around the year, and named alike.
func TestBrackets(t *testing.T) {
	const pairs = "〔〕﹝﹞❲❳[]［］()（）【】〖〗{}｛｝<>〈〉「」『』"
	marks := []rune(pairs)
	agency := rapid.SampledFrom([]string{"国发", "国办函", "宁政办规发", "卫政发", "财税", "人社部发"})
	rapid.Check(t, func(t *rapid.T) {
		i := rapid.IntRange(0, len(marks)/2-1).Draw(t, "pair") * 2
		who := agency.Draw(t, "agency")
		year := rapid.StringMatching("(19|20)[0-9]{2}").Draw(t, "year")
		serial := rapid.StringMatching("[1-9][0-9]{0,3}").Draw(t, "serial")
		text := "依据" + who + string(marks[i]) + year + string(marks[i+1]) + serial + "号，"
		got := document.Find("text", fold.New(text))
		if len(got) != 1 || got[0].Name != who+"〔"+year+"〕"+serial+"号" || got[0].Start != 2 || got[0].Kind != document.Number {
			t.Fatalf("%s: got %+v", text, got)
		}
	})
}

// Every name of the table is found, all of it, under the first of its line.
func TestTable(t *testing.T) {
	table, err := os.ReadFile("names.txt")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for line := range strings.Lines(string(table)) {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] == "#" {
			continue
		}
		if len(fields) < 2 || fields[0] != document.Law && fields[0] != document.Policy {
			t.Fatalf("bad line %q", line)
		}
		seen[fields[0]]++
		for _, word := range fields[1:] {
			got := document.Find("text", fold.New("见"+word))
			want := document.Mention{Kind: fields[0], Name: fields[1], Field: "text", Start: 1, End: 1 + utf8.RuneCountInString(word)}
			if len(got) != 1 || got[0] != want {
				t.Errorf("%s: got %+v, want %+v", word, got, want)
			}
		}
	}
	if seen[document.Law] < 60 || seen[document.Policy] < 30 {
		t.Errorf("the table has %v names", seen)
	}
}

// A text that names nothing costs no memory.
func TestNothing(t *testing.T) {
	text := fold.New(strings.Repeat("群众反映政务大厅3号窗口排队时间长[怒]，", 6))
	if n := testing.AllocsPerRun(10, func() { document.Find("text", text) }); n > 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func TestField(t *testing.T) {
	got := document.Find("title", fold.New("放管服"))
	want := document.Mention{Kind: document.Policy, Name: "放管服", Field: "title", Start: 0, End: 3}
	if len(got) != 1 || got[0] != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// Long runs of what begins a mention are read in one go.
func TestHuge(t *testing.T) {
	for _, part := range []string{"《", "《》", "〔2", "国发〔2019〕12号", "中", "民法典", "省物业管理条例", "院令", "公告2"} {
		end := 0
		for _, m := range document.Find("text", fold.New(strings.Repeat(part, 100_000/len(part)))) {
			if m.Start < end {
				t.Fatalf("%q: %+v after %d", part, m, end)
			}
			end = m.End
		}
	}
}

func FuzzFind(f *testing.F) {
	for _, s := range []string{
		"国发〔2019〕12号", "《关于〈民法典〉的通知（试行）》", "国务院令第711号", "公告2019年第1号", "《", "〔2", "宁夏物业管理条例实施细则", "放管服", "\xff《民法典》", "(2(2(2",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		end, n := 0, len([]rune(s))
		for _, m := range document.Find("text", fold.New(s)) {
			if m.Start < end || m.End <= m.Start || m.End > n || m.Name == "" || m.Kind == "" {
				t.Fatalf("%q: %+v after %d of %d", s, m, end, n)
			}
			end = m.End
		}
	})
}

func BenchmarkFind(b *testing.B) {
	for _, c := range []struct{ name, text string }{
		{"none", strings.Repeat("群众反映政务大厅窗口排队时间过长，工作人员态度不好", 4)},
		{"digits", strings.Repeat("群众反映政务大厅3号窗口排队2小时，没人管[怒]", 4)},
		{"mentions", strings.Repeat("依据国发〔2019〕12号和《某市优化服务管理办法（试行）》，最多跑一次", 3)},
	} {
		b.Run(c.name, func(b *testing.B) {
			text := fold.New(c.text)
			for b.Loop() {
				document.Find("text", text)
			}
			b.ReportMetric(float64(len(text.Runes)), "chars")
		})
	}
}
