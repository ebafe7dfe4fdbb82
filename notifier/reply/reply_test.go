package reply_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"huiying"
	"huiying/internal/locale"
	"huiying/notifier/casework"
	"huiying/notifier/reply"
)

// reader finds eleven digits in a row, one wrong word, and pairs of characters.
type reader struct{}

func (reader) Personal(text string) []reply.Private {
	run := 0
	for i, r := range []rune(text) {
		if r < '0' || r > '9' {
			run = 0
			continue
		}
		if run++; run == 11 {
			return []reply.Private{{Span: reply.Span{Start: i - 10, End: i + 1}, Kind: "phone"}}
		}
	}
	return nil
}

func (reader) Wrong(text string) []reply.Mistake {
	before, _, found := strings.Cut(text, "布署")
	if !found {
		return nil
	}
	n := utf8.RuneCountInString(before)
	return []reply.Mistake{{Span: reply.Span{Start: n, End: n + 2}, Wrong: "布署", Right: "部署"}}
}

func (reader) Cut(text string) []string { return reply.Pairs(text) }

func (reader) Fold(text string) string { return strings.ToLower(text) }

// posts are those of the case.
type posts []huiying.Post

func (p posts) Posts(_ context.Context, ids []string) ([]huiying.Post, error) {
	if len(ids) == 0 {
		return nil, errors.New("asked for no post")
	}
	return p[:min(len(p), len(ids))], nil
}

func inspect(t *testing.T, text string, list ...huiying.Post) []casework.Remark {
	t.Helper()
	c := huiying.Case{No: "HY20261123-0001"}
	for _, p := range list {
		c.Posts = append(c.Posts, p.ID)
	}
	if len(list) == 0 {
		c.Posts = []string{"weibo:0"}
	}
	remarks, err := reply.New(reply.Options{Reader: reader{}, Posts: posts(list)}).Inspect(t.Context(), c, text)
	if err != nil {
		t.Fatal(err)
	}
	return remarks
}

const good = "您好，大厅今天上午加开了三个社保窗口，平均等候时间已降到十五分钟以内。"

func TestRemarks(t *testing.T) {
	letter := huiying.Post{ID: "portal:7", Title: "社保窗口", Text: "请问社保窗口几点开门？停车场收费标准是多少？谢谢。"}
	for name, c := range map[string]struct {
		text  string
		posts []huiying.Post
		want  string // kinds; a capital letter stops
	}{
		"good":              {good, nil, ""},
		"no greeting":       {strings.TrimPrefix(good, "您好，"), nil, ""},
		"telephone":         {good + "请致电 13900001234。", nil, "PERSONAL_DATA"},
		"wrong word":        {good + "会议作了布署。", nil, "WRONG_WORD"},
		"sensitive":         {good + "此事与我单位无关。", nil, "sensitive"},
		"two of one":        {good + "绝对不会，绝对不会再发生。", nil, "sensitive"},
		"excepted":          {good + "材料齐全的可自行解决。", nil, ""},
		"courtesies":        {"您好！您反映的问题已收悉。感谢您的关注和支持，祝您生活愉快！", nil, "empty"},
		"nothing":           {"", nil, "empty"},
		"one unanswered":    {good, []huiying.Post{letter}, "unanswered"},
		"both answered":     {good + "停车场每小时两元。", []huiying.Post{letter}, ""},
		"statement":         {good, []huiying.Post{{ID: "a", Text: "导航总是绕到后门。"}}, ""},
		"rhetorical months": {good, []huiying.Post{{ID: "a", Text: "这几天排队的人不多。无论如何都要感谢导办员。没什么意见。"}}, ""},
		"without its own":   {good, []huiying.Post{{ID: "a", Text: "营业执照变更一直提示繁忙。怎么办？"}}, "unanswered"},
		"only an asking":    {good, []huiying.Post{{ID: "a", Text: "为什么？"}}, ""},
		"withdrawn":         {good, []huiying.Post{{ID: "a", Text: "停车费谁定的？", Withdrawn: true}}, ""},
		"no mark":           {good, []huiying.Post{{ID: "a", Text: "能不能把停车费降一降"}}, "unanswered"},
		"all at once":       {"布署 13900001234", []huiying.Post{letter}, "PERSONAL_DATA WRONG_WORD unanswered unanswered empty"},
	} {
		var got []string
		for _, r := range inspect(t, c.text, c.posts...) {
			kind := r.Kind
			if r.Stops {
				kind = strings.ToUpper(kind)
			}
			got = append(got, kind)
			if r.Start < 0 || r.End < r.Start || r.End > utf8.RuneCountInString(c.text) {
				t.Errorf("%s: %s lies at %d–%d", name, r.Kind, r.Start, r.End)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %q", name, got, c.want)
		}
	}
}

// What is harmless may hold the word more than once.
func TestExceptionHoldsTheWordTwice(t *testing.T) {
	in := reply.New(reply.Options{Reader: reader{}, Posts: posts{{ID: "a", Text: "x"}}, Sensitive: []reply.Sensitive{{Word: "马上", Why: "absolute", Except: []string{"马上就办马上就来"}}}})
	for text, want := range map[string]int{good + "马上就办马上就来": 0, good + "我们马上就来": 1, good + "马上，再说马上就办马上就来": 1} {
		list, err := in.Inspect(t.Context(), huiying.Case{Posts: []string{"a"}}, text)
		if err != nil || len(list) != want {
			t.Errorf("%s: %+v, %v", text, list, err)
		}
	}
}

// A remark says where and why, in both languages, and never what it hides.
func TestSentences(t *testing.T) {
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	text := "布署 13900001234，与我无关。"
	letter := huiying.Post{ID: "portal:7", Text: "停车费谁定的，13800005678 是谁？公交卡怎么办？"}
	for _, lang := range []locale.Lang{locale.Chinese, locale.English} {
		for _, r := range inspect(t, text, letter) {
			said := words.Sentence(lang, r.Say)
			for _, bad := range []string{"13900001234", "13800005678", "%!", "reply.", "personal."} {
				if strings.Contains(said, bad) {
					t.Errorf("%s: %q holds %s", r.Kind, said, bad)
				}
			}
			if r.Kind == reply.KindUnanswered && !strings.Contains(said, "portal:7") {
				t.Errorf("%q does not say which post", said)
			}
		}
		for _, why := range reply.Reasons() {
			if !words.Has("reply.why." + why) {
				t.Errorf("the reason %s has no sentence", why)
			}
		}
	}
}

func TestQuestionNumbers(t *testing.T) {
	letter := huiying.Post{ID: "portal:7", Text: "社保窗口几点开门？大厅加开窗口了吗？停车费多少？公交车在哪坐？"}
	var got []string
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range inspect(t, good, letter) {
		got = append(got, words.Sentence(locale.Chinese, r.Say))
	}
	if len(got) != 2 || !strings.Contains(got[0], "第 3 个") || !strings.Contains(got[1], "第 4 个") {
		t.Errorf("%q", got)
	}
	long := huiying.Post{ID: "portal:8", Text: strings.Repeat("停车费多少？", 500)}
	if n := len(inspect(t, good, long)); n != 20 {
		t.Errorf("%d remarks on five hundred questions", n)
	}
}

func TestBuiltin(t *testing.T) {
	list := reply.Builtin()
	if len(list) < 50 {
		t.Fatalf("%d words", len(list))
	}
	seen := map[string]bool{}
	for _, s := range list {
		if seen[s.Word] {
			t.Errorf("%s is listed twice", s.Word)
		}
		seen[s.Word] = true
		found := false
		for _, r := range inspect(t, good+s.Word) {
			found = found || r.Kind == reply.KindSensitive
		}
		if !found {
			t.Errorf("%s is not found", s.Word)
		}
		for _, e := range s.Except {
			for _, r := range inspect(t, good+e) {
				if r.Kind == reply.KindSensitive {
					t.Errorf("%s is harmless", e)
				}
			}
		}
	}
}

func TestParse(t *testing.T) {
	for text, ok := range map[string]bool{
		"sensitive: [{word: 老城区}]":                            true,
		"sensitive: [{word: 老城区, why: own, except: [老城区改造]}]": true,
		"sensitive: [{word: 老}]":                              false,
		"sensitive: [{word: 老城区, why: because}]":              false,
		"sensitive: [{word: 老城区, except: [新城区]}]":             false,
		"sensitive: [{word: 老城区, colour: red}]":               false,
		"sensitive: {": false,
	} {
		if _, err := reply.Parse("x.yaml", []byte(text)); (err == nil) != ok {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestTemplates(t *testing.T) {
	list := []reply.Template{
		{ID: "any", Text: "{case_no} {unit} {date} {item}"},
		{ID: "policy", Kind: "policy", Text: "x"},
		{ID: "unclear", Disposition: "unclear", Text: "y"},
	}
	got := reply.For(list, "livelihood", "unclear", map[string]string{"case_no": "HY1", "unit": "窗口"})
	if len(got) != 2 || got[0].Text != "HY1 窗口 ＿＿ ＿＿" || got[1].ID != "unclear" || list[0].Text != "{case_no} {unit} {date} {item}" {
		t.Errorf("%+v", got)
	}
	for text, bad := range map[string]string{"{case_no}": "", "无": "", "{name}": "{name}", "{}": "{}"} {
		if got := reply.BadPlaceholder(text); got != bad {
			t.Errorf("%s: %q", text, got)
		}
	}
}

// Whatever is written, remarks lie inside the text and do not fail.
func FuzzInspect(f *testing.F) {
	f.Add(good, "社保窗口几点开门？")
	f.Add("\xff布署13900001234", "？？？\n吗")
	f.Fuzz(func(t *testing.T, text, post string) {
		for _, r := range inspect(t, text, huiying.Post{ID: "weibo:1", Text: post}) {
			if r.Start < 0 || r.End < r.Start || r.Say == nil {
				t.Errorf("%+v", r)
			}
		}
	})
}
