package lint_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"huiying/analyzer/rule"
	"huiying/analyzer/rule/lint"
)

// borders is a dictionary of three lines.
type borders struct{}

func (borders) Across(term string) (left, right string, times float64) {
	switch term {
	case "中卫":
		return "集中", "卫生", 0.47
	case "低保":
		return "降低", "保护", 0.26
	}
	return "", "", 0
}

// advice gives what is said of expressions, as "rule key" each.
func advice(t *testing.T, yaml string) string {
	t.Helper()
	f, err := rule.ParseFile([]byte(yaml))
	if err != nil {
		t.Fatalf("%s: %v", yaml, err)
	}
	var out []string
	for _, a := range lint.Check(f, lint.Options{Words: borders{}, Places: []string{"海原"}}) {
		out = append(out, fmt.Sprintf("%s:%d:%d %s", a.Rule, a.Line, a.Column, strings.TrimPrefix(a.Key, "rule.lint_")))
	}
	return strings.Join(out, "; ")
}

func TestOneRule(t *testing.T) {
	for when, want := range map[string]string{
		"排队":                                 "",
		"排队 AND 系统 NOT 银行":                   "",
		"排队 AND NOT 排队":                      "r:1:24 never",
		"排队三小时 NOT 排队":                       "r:1:24 never",
		"word(排队) NOT 排队":                    "r:1:24 never",
		"platform:weibo AND platform:portal": "r:1:24 never",
		"reposts>100 AND reposts<=100":       "r:1:24 never",
		"reposts>100 AND reposts<=101":       "",
		"hour:22-6 AND hour:8-18":            "r:1:24 never",
		"hour:22-6 AND hour:5-8":             "",
		"weekday:6-7 AND weekday:1-5":        "r:1:24 never",
		"place:中卫 AND place:银川":              "",
		"(排队 NEAR/3 系统) NOT 系统":              "r:1:24 never",
		"sentence(排队, NOT 系统) AND 系统":        "",
		"sentence(排队, 系统 OR NOT 慢) NOT 系统":   "",
		"score(3, 排队, 系统)":                   "r:1:24 never",
		"排队 OR NOT 排队":                       "r:1:24 always",
		"NOT (排队 AND platform:weibo) OR 排队":  "r:1:24 always",
		"NOT 排队":                             "r:1:24 no_word",
		"NOT platform:weibo":                 "r:1:24 no_word",
		"platform:weibo":                     "",
		"排队 OR 排队三小时":                        "r:1:30 idle",
		"排队三小时 OR 排队":                        "r:1:24 idle",
		"排队 AND 排队三小时":                       "r:1:24 idle",
		"word(排队) OR 排队":                     "r:1:29 idle",
		"title:(排队) OR 排队":                   "r:1:31 idle",
		"title:(排队) OR text:(排队)":            "",
		"(排队 NEAR/3 系统) OR 排队":               "r:1:25 idle",
		"排队 EXCEPT 不排队":                      "",
		"(排队 EXCEPT 不排队) NOT 排队":             "r:1:24 never",
		"中卫 AND 排队":                          "r:1:24 across",
		"word(中卫)":                           "",
		"NOT 中卫 AND 排队":                      "",
		"中卫 EXCEPT 低保":                       "r:1:24 across",
		"海原":                                 "r:1:24 place",
		`/\d{3,}/`:                           "r:1:24 slow",
		`/投诉\d/`:                             "",
	} {
		if got := advice(t, "rules: [{id: r, when: "+quoted(when)+"}]"); got != want {
			t.Errorf("%s: got %q, want %q", when, got, want)
		}
	}
}

func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func TestManyRules(t *testing.T) {
	got := advice(t, `rules:
  - {id: wide, level: orange, notify: [u-a, u-b], when: 排队}
  - {id: narrow, level: yellow, notify: u-a, when: 排队 AND 系统}
  - {id: urgent, level: red, when: 排队 AND 老人}
  - {id: others, level: yellow, notify: u-c, when: 排队 AND 孩子}
  - {id: twin, level: yellow, when: '排队 # 又一次'}
  - {id: apart, when: 停水}
  - {id: longer, when: 大厅排队三小时}
  - {id: tag, level: none, when: 停水三天}
`)
	if want := "narrow:3:52 covered; twin:6:38 twin; longer:8:24 covered"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What is called impossible never holds, and what is called certain always
// does, whatever the words of the text.
func TestProved(t *testing.T) {
	term := rapid.SampledFrom([]string{"甲", "甲乙", "乙", "word(甲)", "title:(甲)", "丙"})
	var expr *rapid.Generator[string]
	expr = rapid.Custom(func(t *rapid.T) string {
		sub := func() string {
			if rapid.IntRange(0, 2).Draw(t, "leaf") > 0 {
				return term.Draw(t, "term")
			}
			return "(" + expr.Draw(t, "sub") + ")"
		}
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0:
			return sub() + " AND " + sub()
		case 1:
			return sub() + " OR " + sub()
		case 2:
			return sub() + " NOT " + sub()
		case 3:
			return "甲 NEAR/1 乙 AND " + sub()
		}
		return "NOT " + sub()
	})
	rapid.Check(t, func(rt *rapid.T) {
		when := expr.Draw(rt, "when")
		f, err := rule.ParseFile([]byte("rules: [{id: r, when: " + quoted(when) + "}]"))
		if err != nil {
			rt.Fatal(err)
		}
		said := ""
		for _, a := range lint.Check(f, lint.Options{}) {
			if a.Key == "rule.lint_never" || a.Key == "rule.lint_always" {
				said = a.Key
			}
		}
		if said == "" {
			return
		}
		p, err := rule.Compile(rule.Options{Rules: f})
		if err != nil {
			rt.Fatal(err)
		}
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"甲", "乙", "丙", "甲乙", "。"}), 0, 6).Draw(rt, "text"), "")
		d := document(text)
		if held := len(p.Match(d).Tags) > 0; held != (said == "rule.lint_always") {
			rt.Fatalf("%s is called %s, on %q it is %v", when, said, text, held)
		}
	})
}
