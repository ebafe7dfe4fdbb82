package rule_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"huiying"
	"huiying/analyzer/analyzertest"
	"huiying/analyzer/rule"
	"huiying/internal/locale"
)

func explain(t *testing.T, when, text string) rule.Explanation {
	t.Helper()
	c := analyzertest.Cutter(t)
	w := words(t)
	e, err := program(t, c, when).Explain(document(t, c, text), "r-aaa", func(key string, args ...any) string {
		if !w.Has(key) {
			t.Errorf("the catalogue lacks %s", key)
		}
		return w.Text(locale.Chinese, key, args...)
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// show writes an explanation as indented lines.
func show(b *strings.Builder, p rule.Part, depth int) {
	held := "-"
	if p.Holds {
		held = "+"
	}
	fmt.Fprintf(b, "%s%s %s: %s", strings.Repeat("  ", depth), held, p.Expression, p.Why)
	if len(p.Nearest) > 0 {
		fmt.Fprintf(b, " <%s>", strings.Join(p.Nearest, " "))
	}
	b.WriteString("\n")
	for _, k := range p.Parts {
		show(b, k, depth+1)
	}
}

func TestExplain(t *testing.T) {
	for _, c := range []struct{ when, text, want string }{
		{"word(中卫) NOT (国足 OR 后卫)", "集中卫生整治", `
- word(中卫) AND (NOT (国足 OR 后卫)): 这些部分不成立：word(中卫)。
  - word(中卫): “中卫”只出现在“集中|卫生”里，不是完整的词。 <集中 卫生>
  + NOT (国足 OR 后卫): 文中没有要排除的 国足 OR 后卫。
    - 国足 OR 后卫: 没有一个部分成立。
      - 国足: 文中没有。
      - 后卫: 文中没有。 <卫生>
`},
		{"word(中卫) NOT (国足 OR 后卫)", "国足中卫受伤", `
- word(中卫) AND (NOT (国足 OR 后卫)): 这些部分不成立：NOT (国足 OR 后卫)。
  + word(中卫): 找到 1 处。
  - NOT (国足 OR 后卫): 文中有要排除的 国足 OR 后卫。
    + 国足 OR 后卫: 至少一个部分成立。
      + 国足: 找到 1 处。
      - 后卫: 文中没有。 <中卫>
`},
		{"排队 NEAR/3 系统", "排队是因为他们的系统坏了", `
- 排队 NEAR/3 系统: 最近相隔 6 字，要求不超过 3 字。
  + 排队: 找到 1 处。
  + 系统: 找到 1 处。
`},
		{"排队 ONEAR/2t 系统", "系统排队", `
- 排队 ONEAR/2t 系统: 两边没有按要求的先后、不重叠地出现在同一处文字里。
  + 排队: 找到 1 处。
  + 系统: 找到 1 处。
`},
		{"排队 NEAR/1t 系统", "排队的系统", `
+ 排队 NEAR/1t 系统: 最近相隔 1 词，要求不超过 1 词。
  + 排队: 找到 1 处。
  + 系统: 找到 1 处。
`},
		{"排队 NEAR/3 停电", "排队", `
- 排队 NEAR/3 停电: 有一边没有出现。
  + 排队: 找到 1 处。
  - 停电: 文中没有。
`},
		{"sentence(排队, 系统) OR paragraph(排队, 停电)", "排队。系统", `
- sentence(排队, 系统) OR paragraph(排队, 停电): 没有一个部分成立。
  - sentence(排队, 系统): 没有哪一句各项都成立。
    + 排队: 找到 1 处。
    + 系统: 找到 1 处。
  - paragraph(排队, 停电): 没有哪一段各项都成立。
    + 排队: 找到 1 处。
    - 停电: 文中没有。
`},
		{"atleast(3, 排队) OR platform:portal OR reposts>500 OR intent:help OR /\\d+/", "排队排队", `
- atleast(3, 排队) OR platform:portal OR reposts>500 OR intent:help OR /\d+/: 没有一个部分成立。
  - atleast(3, 排队): 有 2 处，要求至少 3 处。
    + 排队: 找到 2 处。
  - platform:portal: platform 实际是 weibo。
  - reposts>500: reposts 实际是 100。
  - intent:help: intent 未知，条件不成立。
  - /\d+/: 文中没有。
`},
	} {
		e := explain(t, c.when, c.text)
		var b strings.Builder
		b.WriteString("\n")
		show(&b, e.Root, 0)
		if b.String() != c.want {
			t.Errorf("%s on %s:\n got %s\nwant %s", c.when, c.text, b.String(), c.want)
		}
		if e.Holds != e.Root.Holds || e.When != c.when {
			t.Errorf("%s: %+v", c.when, e)
		}
	}
}

// An explanation is JSON with the places and the words of the text.
func TestExplanationJSON(t *testing.T) {
	raw, err := json.Marshal(explain(t, "title:(word(中卫))", "中卫⏎集中卫生"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"rule":"r-aaa"`, `"holds":true`, `"matches":[{"field":"title","start":0,"end":2,"text":"中卫"}]`,
		`"tokens":[{"field":"title","tokens":["中卫"]},{"field":"text","tokens":["集中","卫生"]}]`,
	} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("%s lacks %s", raw, want)
		}
	}
}

// Whether a rule holds is the same explained and matched.
func TestExplainAgreesWithMatch(t *testing.T) {
	for _, mc := range matchCases() {
		if got := explain(t, mc.when, mc.text).Holds; got != mc.want {
			t.Errorf("%s on %q: explained as %v", mc.when, mc.text, got)
		}
	}
}

func TestExplainUnknownRule(t *testing.T) {
	c := analyzertest.Cutter(t)
	_, err := program(t, c, "排队").Explain(document(t, c, "排队"), "r-none", nil)
	if huiying.ErrorCode(err) != huiying.NotFound {
		t.Errorf("got %v", err)
	}
}
