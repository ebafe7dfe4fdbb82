package lang_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"huiying/analyzer/rule/lang"
)

func sets() lang.Sets { return lang.Sets{"球": {"国足", "中超"}, "地": {"大厅"}} }

// Expressions as they are understood: brackets show the precedence.
func TestParse(t *testing.T) {
	for when, want := range map[string]string{
		"排队":                         "排队",
		"甲 AND 乙 OR 丙":               "(甲 AND 乙) OR 丙",
		"甲 OR 乙 AND 丙":               "甲 OR (乙 AND 丙)",
		"甲 NOT 乙":                    "甲 AND (NOT 乙)",
		"甲 NOT 乙 OR 丙":               "(甲 AND (NOT 乙)) OR 丙",
		"甲 AND NOT 乙 NOT 丙":          "甲 AND (NOT 乙) AND (NOT 丙)",
		"NOT 甲 AND 乙":                "(NOT 甲) AND 乙",
		"甲 NEAR/3 乙 AND 丙":           "(甲 NEAR/3 乙) AND 丙",
		"甲 NEAR/3 乙 ONEAR/5t 丙":      "(甲 NEAR/3 乙) ONEAR/5t 丙",
		"甲 AND 乙 NEAR/3 丙 OR 丁":      "(甲 AND (乙 NEAR/3 丙)) OR 丁",
		"（甲 OR 乙） AND 丙":             "(甲 OR 乙) AND 丙",
		"word（中卫）":                   "word(中卫)",
		"word(set(球))":               "word(set(球))",
		"sentence(甲 OR 乙, 丙)":        "sentence(甲 OR 乙, 丙)",
		"paragraph(甲，乙，丙)":           "paragraph(甲, 乙, 丙)",
		"atleast(3, 甲)":              "atleast(3, 甲)",
		"title:(甲 AND 乙)":            "title:(甲 AND 乙)",
		"title：甲 AND 乙":              "title:(甲) AND 乙",
		"platform:weibo":             "platform:weibo",
		"platform：（weibo OR portal）": "platform:weibo OR platform:portal",
		"reposts>=100":               "reposts>=100",
		"views ＜ 5":                  "views<5",
		`"甲 AND 乙"`:                  `"甲 and 乙"`,
		`"AND"`:                      `"and"`,
		`/a\/b+/`:                    `/a\/b+/`,
		"ＡＢＣ":                        "abc",
		"投诉*":                        "投诉*",
		"政务?厅 OR *局":                 "政务?厅 OR *局",
		"word(社*所)":                  "word(社*所)",
		`"什么*" OR 怎么办？`:              `"什么*" OR "怎么办?"`,
		"score(3, 排队^2, 投诉, (甲 AND 乙)^-0.5)": "score(3, 排队^2, 投诉, (甲 AND 乙)^-0.5)",
		"score(2.5, 甲 OR 乙, 丙 ^2)":           "score(2.5, 甲 OR 乙, 丙^2)",
		"^_^ OR 甲^_^":                        `"^_^" OR "甲^_^"`,
		"甲 EXCEPT 乙 AND 丙":                   "(甲 EXCEPT 乙) AND 丙",
		"甲 EXCEPT (乙 OR 丙) NEAR/3 丁":         "(甲 EXCEPT (乙 OR 丙)) NEAR/3 丁",
		"place:沙坡头区 AND place:(中卫 OR 中宁)":    "place:沙坡头区 AND (place:中卫 OR place:中宁)",
		"hour:22-6 OR hour:8":                "hour:22-6 OR hour:8",
		"weekday:周六-周日 OR weekday:5":         "weekday:6-7 OR weekday:5",
		"weekday:(sat OR 星期天)":               "weekday:6 OR weekday:7",
		"engagement>=500":                    "engagement>=500",
		`"EXCEPT"`:                           `"except"`,
		"甲 # 说明 (\nOR 乙":                     "甲 OR 乙",
		"C++ OR 24/7":                        "c++ OR 24/7",
		`"(内部)" OR "a:b"`:                    `"(内部)" OR "a:b"`,
	} {
		n, problems := lang.Parse(when, sets())
		if len(problems) > 0 {
			t.Errorf("%s: %v", when, problems)
			continue
		}
		if got := n.String(); got != want {
			t.Errorf("%s: got %s, want %s", when, got, want)
		}
	}
}

// Mistakes are found where they stand.
func TestProblems(t *testing.T) {
	deep := strings.Repeat("(", 100) + "甲" + strings.Repeat(")", 100)
	for when, want := range map[string][]lang.Problem{
		"":                                   {{Pos: 0, Key: "rule.empty"}},
		"  # 只有说明":                           {{Pos: 0, Key: "rule.empty"}},
		"甲 乙":                                {{Pos: 2, Key: "rule.side_by_side"}},
		"甲 乙 丙":                              {{Pos: 2, Key: "rule.side_by_side"}, {Pos: 4, Key: "rule.side_by_side"}},
		"甲 \"乙\"":                            {{Pos: 2, Key: "rule.side_by_side"}},
		"甲 and 乙":                            {{Pos: 2, Key: "rule.lower_operator"}},
		"甲 Near/5 乙":                         {{Pos: 2, Key: "rule.lower_operator"}},
		"ａｎｄ":                                {{Pos: 0, Key: "rule.lower_operator"}},
		"甲 && 乙":                             {{Pos: 2, Key: "rule.foreign_operator"}, {Pos: 5, Key: "rule.side_by_side"}},
		"甲 或 乙":                              {{Pos: 2, Key: "rule.foreign_operator"}, {Pos: 4, Key: "rule.side_by_side"}},
		"甲(乙)":                               {{Pos: 1, Key: "rule.unknown_function"}},
		"near(甲, 乙)":                         {{Pos: 0, Key: "rule.unknown_function"}},
		"Word(甲)":                            {{Pos: 0, Key: "rule.unknown_function"}},
		"(甲":                                 {{Pos: 0, Key: "rule.unclosed"}},
		"甲)":                                 {{Pos: 1, Key: "rule.extra_close"}},
		"()":                                 {{Pos: 0, Key: "rule.empty_group"}},
		"甲 AND":                              {{Pos: 5, Key: "rule.ends_early"}},
		"AND 甲":                              {{Pos: 0, Key: "rule.operator_place"}},
		"甲 AND OR 乙":                         {{Pos: 6, Key: "rule.operator_place"}},
		"甲 NEAR 乙":                           {{Pos: 2, Key: "rule.near_number"}},
		"甲 AND NEAR 乙":                       {{Pos: 6, Key: "rule.near_number"}},
		"甲 NEAR/ 乙":                          {{Pos: 2, Key: "rule.near_number"}},
		"甲 NEAR/x 乙":                         {{Pos: 2, Key: "rule.near_number"}},
		"甲 NEAR/-1 乙":                        {{Pos: 2, Key: "rule.near_number"}},
		"甲 NEAR/99999 乙":                     {{Pos: 2, Key: "rule.near_number"}},
		"NOT 甲 NEAR/5 乙":                     {{Pos: 0, Key: "rule.near_not"}},
		"甲 NEAR/5 platform:weibo":            {{Pos: 18, Key: "rule.near_operand"}},
		"甲 NEAR/5 (NOT 乙 NOT 丙)":             {{Pos: 10, Key: "rule.near_operand"}},
		"\"没有完":                              {{Pos: 0, Key: "rule.unclosed_quote"}},
		"\"\"":                               {{Pos: 0, Key: "rule.empty_term"}},
		"甲 AND \"\u200b \"":                  {{Pos: 6, Key: "rule.empty_term"}},
		strings.Repeat("长", 65):              {{Pos: 0, Key: "rule.long_term"}},
		"甲 OR *?":                            {{Pos: 5, Key: "rule.only_wildcards"}},
		"甲?*?*?*?*?乙":                        {{Pos: 0, Key: "rule.many_wildcards"}},
		"甲^2":                                {{Pos: 1, Key: "rule.stray_weight"}},
		"甲 OR 乙^2":                           {{Pos: 6, Key: "rule.stray_weight"}},
		"score(甲, 乙)":                        {{Pos: 6, Key: "rule.score_number"}},
		"score(0, 乙)":                        {{Pos: 6, Key: "rule.score_number"}},
		"score(-1, 乙)":                       {{Pos: 6, Key: "rule.score_number"}},
		"score(3)":                           {{Pos: 7, Key: "rule.score_items"}},
		"score(3, 甲^0)":                      {{Pos: 10, Key: "rule.bad_weight"}},
		"score(3, 甲^1.2345)":                 {{Pos: 10, Key: "rule.bad_weight"}},
		"score(3, 甲^1.2.3)":                  {{Pos: 10, Key: "rule.bad_weight"}},
		"score(3, 甲 乙)":                      {{Pos: 11, Key: "rule.side_by_side"}},
		"甲 EXCEPT":                           {{Pos: 8, Key: "rule.ends_early"}},
		"甲 EXCEPT platform:weibo":            {{Pos: 18, Key: "rule.except_operand"}},
		"(甲 AND 乙) EXCEPT 丙":                 {{Pos: 1, Key: "rule.except_operand"}},
		"甲 except 乙":                         {{Pos: 2, Key: "rule.lower_operator"}},
		"甲 NEAR/5 score(2, 乙, 丙)":            {{Pos: 9, Key: "rule.near_operand"}},
		"hour:25":                            {{Pos: 5, Key: "rule.bad_hour"}},
		"hour:6-6":                           {{Pos: 5, Key: "rule.bad_hour"}},
		"hour:晚上":                            {{Pos: 5, Key: "rule.bad_hour"}},
		"weekday:0":                          {{Pos: 8, Key: "rule.bad_weekday"}},
		"weekday:(6 OR 周八)":                  {{Pos: 14, Key: "rule.bad_weekday"}},
		"place:":                             {{Pos: 6, Key: "rule.no_value"}},
		"/没有完":                               {{Pos: 0, Key: "rule.unclosed_regex"}},
		"/a(/":                               {{Pos: 0, Key: "rule.bad_regex"}},
		"甲 OR /a**/":                         {{Pos: 5, Key: "rule.bad_regex"}},
		`/(?=甲)/`:                            {{Pos: 0, Key: "rule.bad_regex"}},
		"/甲*/":                               {{Pos: 0, Key: "rule.empty_regex"}},
		"//":                                 {{Pos: 0, Key: "rule.regex_length"}},
		"word()":                             {{Pos: 5, Key: "rule.word_argument"}},
		"word(甲 OR 乙)":                       {{Pos: 7, Key: "rule.function_arguments"}},
		"set(没有)":                            {{Pos: 4, Key: "rule.unknown_set"}},
		"word(set(没有))":                      {{Pos: 9, Key: "rule.unknown_set"}},
		"sentence(甲)":                        {{Pos: 0, Key: "rule.two_arguments"}},
		"sentence(NOT 甲, NOT 乙)":             {{Pos: 0, Key: "rule.within_operand"}},
		"atleast(甲, 乙)":                      {{Pos: 8, Key: "rule.atleast_number"}},
		"atleast(3 甲)":                       {{Pos: 10, Key: "rule.atleast_arguments"}},
		"atleast(3, 甲 AND 乙)":                {{Pos: 11, Key: "rule.atleast_operand"}},
		"atleast(3, NOT 甲)":                  {{Pos: 11, Key: "rule.atleast_operand"}},
		"时间:3点":                              {{Pos: 0, Key: "rule.unknown_field"}},
		"title:text:甲":                       {{Pos: 6, Key: "rule.field_in_field"}},
		"title:(甲 OR text:(乙))":              {{Pos: 12, Key: "rule.field_in_field"}},
		"platform:":                          {{Pos: 9, Key: "rule.no_value"}},
		"platform:weixin":                    {{Pos: 9, Key: "rule.unknown_value"}},
		"intent:angry":                       {{Pos: 7, Key: "rule.unknown_value"}},
		"reposts:100":                        {{Pos: 7, Key: "rule.count_colon"}},
		"reposts>=很多":                        {{Pos: 9, Key: "rule.count_number"}},
		"reposts=>100":                       {{Pos: 7, Key: "rule.bad_compare"}},
		"热度>5":                               {{Pos: 0, Key: "rule.unknown_count"}},
		"> 5":                                {{Pos: 0, Key: "rule.stray_compare"}},
		"甲, 乙":                               {{Pos: 1, Key: "rule.stray_comma"}},
		": 甲":                                {{Pos: 0, Key: "rule.stray_colon"}},
		deep:                                 {{Pos: 64, Key: "rule.too_deep"}},
		strings.Repeat("NOT ", 100) + "甲":    {{Pos: 252, Key: "rule.too_deep"}},
		strings.Repeat("甲 OR ", 2100) + "甲":  {{Pos: 9990, Key: "rule.too_big"}},
		strings.Repeat("长", 20_001):          {{Pos: 0, Key: "rule.too_long"}},
		"/a(/ OR set(没有) OR platform:weixin": {{Pos: 0, Key: "rule.bad_regex"}, {Pos: 12, Key: "rule.unknown_set"}, {Pos: 28, Key: "rule.unknown_value"}},
	} {
		n, problems := lang.Parse(when, sets())
		for i := range problems {
			problems[i].Args = nil
		}
		if n != nil || cmp.Diff(want, problems) != "" {
			t.Errorf("%.40s: %s", when, cmp.Diff(want, problems))
		}
	}
}

// Normalise moves scopes to the leaves and spreads NEAR.
func TestNormalise(t *testing.T) {
	for when, want := range map[string]string{
		"title:(甲 AND NOT 乙)":        "title:(甲) AND (NOT title:(乙))",
		"NOT NOT 甲":                  "甲",
		"甲 OR (乙 OR 丙)":              "甲 OR 乙 OR 丙",
		"(甲 AND 乙) NEAR/5 丙":         "(甲 NEAR/5 丙) AND (乙 NEAR/5 丙)",
		"丙 NEAR/5 (甲 NOT 乙)":         "(丙 NEAR/5 甲) AND (NOT (丙 NEAR/5 乙))",
		"(甲 OR 乙) NEAR/5 丙":          "(甲 OR 乙) NEAR/5 丙",
		"((甲 AND 乙) OR 丙) NEAR/5 丁":  "((甲 NEAR/5 丁) AND (乙 NEAR/5 丁)) OR (丙 NEAR/5 丁)",
		"title:(甲 NEAR/5 乙)":         "title:(甲) NEAR/5 title:(乙)",
		"title:(甲) NEAR/5 (乙 AND 丙)": "(title:(甲) NEAR/5 乙) AND (title:(甲) NEAR/5 丙)",
	} {
		raw, problems := lang.Parse(when, nil)
		if len(problems) > 0 {
			t.Fatalf("%s: %v", when, problems)
		}
		before := raw.String()
		n, ok := lang.Normalise(raw)
		if got := n.String(); !ok || got != want {
			t.Errorf("%s: got %s, want %s", when, got, want)
		}
		if raw.String() != before {
			t.Errorf("%s was changed", when)
		}
	}
	many := "(" + strings.TrimSuffix(strings.Repeat("甲 AND ", 200), " AND ") + ")"
	raw, _ := lang.Parse(many+" NEAR/5 "+many, nil)
	if _, ok := lang.Normalise(raw); ok {
		t.Error("40,000 combinations are not too many")
	}
}

// expressions draws expressions of every kind.
func expressions() *rapid.Generator[string] {
	term := rapid.SampledFrom([]string{"甲", "乙丙", `"a b"`, "word(甲)", "set(球)", "word(set(地))", `/甲\d/`, `"AND"`, "甲*乙", "word(?乙*)", `"a*"`, "^_^"})
	var expr *rapid.Generator[string]
	expr = rapid.Custom(func(t *rapid.T) string {
		sub := func() string {
			if rapid.IntRange(0, 2).Draw(t, "leaf") > 0 {
				return term.Draw(t, "term")
			}
			return "(" + expr.Draw(t, "sub") + ")"
		}
		switch rapid.IntRange(0, 11).Draw(t, "kind") {
		case 0:
			return sub() + " AND " + sub()
		case 1:
			return sub() + " OR " + sub() + " OR " + sub()
		case 2:
			return sub() + " NOT " + sub()
		case 3:
			return term.Draw(t, "left") + " NEAR/3 " + term.Draw(t, "right")
		case 4:
			return "sentence(" + term.Draw(t, "first") + ", " + sub() + ")"
		case 5:
			return "atleast(2, " + term.Draw(t, "counted") + ")"
		case 6:
			return "title:(" + term.Draw(t, "scoped") + ") OR reposts>=3"
		case 7:
			return "NOT " + sub()
		case 8:
			return term.Draw(t, "kept") + " EXCEPT (" + term.Draw(t, "not") + " OR " + term.Draw(t, "nor") + ")"
		case 9:
			return "score(1.5, " + sub() + "^2, " + sub() + ", " + expr.Draw(t, "item") + "^-0.25)"
		case 10:
			return "hour:22-6 AND weekday:周六 AND place:中卫 AND " + sub()
		}
		return "platform:weibo AND " + sub()
	})
	return expr
}

// What an expression is written as parses to the same.
func TestStringParsesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		when := expressions().Draw(t, "when")
		n, problems := lang.Parse(when, sets())
		if len(problems) > 0 {
			t.Fatalf("%s: %v", when, problems)
		}
		again, problems := lang.Parse(n.String(), sets())
		if len(problems) > 0 || again.String() != n.String() {
			t.Fatalf("%s is written %s, which gives %v %v", when, n, again, problems)
		}
	})
}

// Written for people, an expression keeps its words as they are and means the
// same.
func TestWritten(t *testing.T) {
	for when, want := range map[string]string{
		"WiFi   NOT(Ｗeb OR \"a  b\")":    `WiFi NOT (Ｗeb OR "a  b")`,
		"投訴 AND NOT 銀行 AND (甲 NEAR/3 乙)": "投訴 NOT 銀行 AND (甲 NEAR/3 乙)",
		"NOT 甲 AND 乙":                    "NOT 甲 AND 乙",
		"region:寧夏 or_":                  "",
		"（甲）":                            "甲",
	} {
		n, problems := lang.Parse(when, sets())
		if (len(problems) > 0) != (want == "") {
			t.Errorf("%s: %v", when, problems)
		}
		if n != nil && n.Written() != want {
			t.Errorf("%s: got %s, want %s", when, n.Written(), want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		n, problems := lang.Parse(expressions().Draw(t, "when"), sets())
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		again, problems := lang.Parse(n.Written(), sets())
		if len(problems) > 0 || again.Written() != n.Written() || flat(again) != flat(n) {
			t.Fatalf("%s is written %s: %v", n, n.Written(), problems)
		}
	})
}

// flat is the canonical form of the normal form: brackets that say nothing are
// gone.
func flat(n *lang.Node) string {
	out, ok := lang.Normalise(n)
	if !ok {
		return "too big"
	}
	return out.String()
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"word(中卫) NOT (国足 OR 中超)", "甲 NEAR/10 乙", "title:(甲) AND /a|b/", "sentence(甲, 乙) OR atleast(3, 丙)",
		"reposts>=100 platform：weibo", `"a \" b`, "(((", "甲 # x\n OR 乙", "NOT NOT NOT", "set(球) ONEAR/5t set(地)", "/(((/", "\x00\xff",
		"score(3, 甲^2, 乙 ^-0.5)", "甲 EXCEPT 乙", "word(甲*乙?)", "hour:22-6 OR weekday:周日", "甲^_^ ^2",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, when string) {
		n, problems := lang.Parse(when, sets())
		if (n == nil) == (len(problems) == 0) {
			t.Fatalf("a tree and problems, or neither: %v %v", n, problems)
		}
		length := len([]rune(when))
		for _, p := range problems {
			if p.Pos < 0 || p.Pos > length {
				t.Fatalf("a problem at %d of %d", p.Pos, length)
			}
		}
		if n == nil {
			return
		}
		if _, ok := lang.Normalise(n); !ok {
			return
		}
		if again, problems := lang.Parse(n.String(), sets()); len(problems) > 0 || again.String() != n.String() {
			t.Fatalf("written %q, which gives %v %v", n, again, problems)
		}
	})
}
