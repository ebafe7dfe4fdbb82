package message_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/locale"
	"huiying/notifier/message"
)

// The template that fits most closely is taken: kind before level before
// language; a line whose placeholders are all empty is left out.
func TestTemplates(t *testing.T) {
	texts := message.Texts{
		Catalogue: catalogue(t), Zone: office, Units: map[string]string{"u-hall": "政务大厅"},
		Channels: map[string]message.Style{"ding": {Kind: "dingtalk"}, "app": {Kind: "wecom-app"}, "english": {Kind: "dingtalk", Lang: locale.English}},
		Templates: []message.Template{
			{Title: "任何：{rule}"},
			{Level: huiying.LevelRed, Title: "红色：{rule}"},
			{Kind: "dingtalk", Title: "钉钉：{rule}"},
			{Kind: "dingtalk", Level: huiying.LevelRed, Title: "钉钉红：{level} {rule}", Lines: []string{"办件 {case}", "请 {unit} 立即查看", "{time} {platform}"}},
			{Kind: "dingtalk", Level: huiying.LevelRed, Lang: locale.English, Title: "Red: {rule}"},
		},
	}
	alert := huiying.Alert{ID: "a-1", Platform: "weibo", RuleName: "排队", Level: huiying.LevelRed, Unit: "u-hall", AcceptedAt: start}
	for _, c := range []struct {
		over  string
		level huiying.Level
		want  string
	}{
		{"ding", huiying.LevelRed, "钉钉红：红 排队|请 政务大厅 立即查看|2026-11-23 09:30:00 微博|请登录系统查看。"},
		{"ding", huiying.LevelBlue, "钉钉：排队|请登录系统查看。"},
		{"app", huiying.LevelRed, "红色：排队|请登录系统查看。"},
		{"app", huiying.LevelBlue, "任何：排队|请登录系统查看。"},
		{"english", huiying.LevelRed, "Red: 排队|Please open the system to see it."},
	} {
		a := alert
		a.Level = c.level
		m := texts.Message(huiying.Delivery{ID: "d-1", Channel: c.over, Alert: a}, start)
		if got := strings.Join(append([]string{m.Title}, m.Lines...), "|"); got != c.want {
			t.Errorf("%s %s: %s", c.over, c.level, got)
		}
	}
}

func TestUnknownPlaceholders(t *testing.T) {
	if got := message.Unknown("{rule} {author} {} {case} {text}"); strings.Join(got, ",") != "author,,text" {
		t.Errorf("got %q", got)
	}
}

// However a number, an address or a key is written into a name, no message
// carries it; what is no such thing stays.
func TestMask(t *testing.T) {
	for name, want := range map[string]string{
		"排队": "排队", "24 小时办结": "24 小时办结", "12345 热线": "12345 热线", "国办发〔2016〕61号": "国办发〔2016〕61号",
		"投诉 13900000000":                       "投诉 ***",
		"投诉139-0000-0000事":                     "投诉***事",
		"投诉 139 0000 0000":                     "投诉 ***",
		"１３９００００００００":                          "***",
		"一三九零零零零零零零零":                          "***",
		"1\u200b3\u200b9000\u200b00000":        "***",
		"证 64050019900101123X 止":               "证 *** 止",
		"卡 6222 0000 0000 0000":                "卡 ***",
		"0955-7012345 座机":                      "*** 座机",
		"写信 li.ming@mail.example":              "写信 ***",
		"SECabcdef0123456789abcdef":            "***",
		"a-very-long-rule-name-about-the-hall": "a-very-long-rule-name-about-the-hall",
	} {
		if got := message.Mask(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

var seven = regexp.MustCompile(`\d{7}`)

func FuzzMask(f *testing.F) {
	f.Add("投诉 13900000000")
	f.Add("640500199001011234")
	f.Fuzz(func(t *testing.T, name string) {
		if got := message.Mask(name); seven.MatchString(got) {
			t.Errorf("%q became %q", name, got)
		}
	})
}

// No message and no digest holds what somebody wrote into the name of a rule,
// a unit or a platform.
func TestNothingOfAnybody(t *testing.T) {
	evil := "张 13900000000 li@mail.example SECabcdef0123456789abcdef 64050019900101123X"
	secrets := []string{"13900000000", "li@mail", "SECabcdef", "640500"}
	texts := message.Texts{Catalogue: catalogue(t), Templates: []message.Template{{Level: huiying.LevelBlue, Title: "{rule}{unit}{platform}"}}}
	for _, level := range huiying.Levels() {
		d := huiying.Delivery{ID: "d-1", Person: "amin", Alert: huiying.Alert{
			PostURL: "https://weibo.example/13900000000", RuleName: evil, Rule: evil, Unit: evil, Platform: evil, Level: level, AcceptedAt: start,
		}}
		for _, m := range []string{fmt.Sprint(texts.Message(d, start)), fmt.Sprint(texts.Digest("g-1", []huiying.Delivery{d, d}))} {
			for _, s := range secrets {
				if strings.Contains(m, s) {
					t.Errorf("%s: %s is in %s", level, s, m)
				}
			}
		}
	}
}

// A drill in a digest says that it is one.
func TestDigestWithDrill(t *testing.T) {
	alert := huiying.Alert{ID: "a-1", RuleName: "排队", Level: huiying.LevelOrange, CaseNo: "HY20261123-0001", AcceptedAt: start, RaisedAt: start}
	drill := huiying.Alert{ID: "a-2", RuleName: "排队 13800138000", Level: huiying.LevelNone, Cause: huiying.CauseDrill, AcceptedAt: start, RaisedAt: start}
	x := message.Texts{Catalogue: catalogue(t), Zone: office, PublicURL: "https://hy.example"}
	m := x.Digest("g-1", []huiying.Delivery{{ID: "d-1", Alert: alert}, {ID: "d-2", Alert: drill}})
	got := strings.Join(m.Lines, "\n")
	if !strings.Contains(got, "\n【演练】排队") || strings.Contains(got, "13800138000") || strings.Contains(got, "无】") {
		t.Errorf("%s", got)
	}
}

// A digest counts by level, names the earliest and the most urgent, and names
// every delivery it stands for.
func TestDigest(t *testing.T) {
	texts := message.Texts{Catalogue: catalogue(t), Zone: office, PublicURL: "https://hy.example/"}
	var ds []huiying.Delivery
	for i := range 9 {
		level := huiying.LevelRed
		if i > 3 {
			level = huiying.LevelYellow
		}
		ds = append(ds, huiying.Delivery{ID: fmt.Sprintf("d-%d", i), Person: fmt.Sprintf("p%d", i%2), Address: fmt.Sprintf("u%d", i%2), Alert: huiying.Alert{
			ID: fmt.Sprintf("a-%d", i), RuleName: fmt.Sprintf("规则%d", i), Level: level, CaseNo: "HY20261123-0001", AcceptedAt: start.Add(-time.Duration(i) * time.Minute),
		}})
	}
	m := texts.Digest("g-1", ds)
	want := "【红】还有 9 条提醒|红 4、黄 5|最早：2026-11-23 09:22:00|【红】规则0 HY20261123-0001|【红】规则1 HY20261123-0001|【红】规则2 HY20261123-0001|【红】规则3 HY20261123-0001|【黄】规则4 HY20261123-0001|……另有 4 条"
	if got := strings.Join(append([]string{m.Title}, m.Lines...), "|"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if m.Address != "u0" {
		t.Errorf("to %q", m.Address)
	}
	if m.Link != "https://hy.example/alerts?show=open" || m.Person != "" || strings.Join(m.Addressed(), ",") != "u0,u1" || len(m.Digest) != 9 || m.Digest[8].DeliveryID != "d-8" {
		t.Errorf("got %+v", m)
	}
}
