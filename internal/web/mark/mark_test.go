package mark_test

import (
	"html"
	"html/template"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"huiying"
	"huiying/internal/web/mark"
)

func judged(text string, matches []huiying.Match, personal ...huiying.PersonalData) huiying.Judgement {
	return huiying.Judgement{Post: huiying.Post{Text: text}, Tags: []huiying.Tag{{Rule: "r", Matches: matches}}, PersonalData: personal}
}

func match(start, end int) huiying.Match { return huiying.Match{Field: "text", Start: start, End: end} }

func TestSegments(t *testing.T) {
	cases := []struct {
		name string
		j    huiying.Judgement
		want []mark.Segment
	}{
		{"nothing", judged("你好", nil), []mark.Segment{{Text: "你好"}}},
		{"empty", judged("", []huiying.Match{match(0, 3)}), nil},
		{"overlap keeps the longer", judged("办公积金提取吧", []huiying.Match{match(1, 4), match(1, 6)}), []mark.Segment{{Text: "办"}, {Text: "公积金提取", Hit: true}, {Text: "吧"}}},
		{"entity-like words", judged("A&B amp", []huiying.Match{match(1, 2), match(4, 7)}), []mark.Segment{{Text: "A"}, {Text: "&", Hit: true}, {Text: "B "}, {Text: "amp", Hit: true}}},
		{"emoji and combining marks", judged("好👍🏽é吗", []huiying.Match{match(1, 3)}), []mark.Segment{{Text: "好"}, {Text: "👍🏽", Hit: true}, {Text: "é吗"}}},
		{"right to left", judged("م\u200fر排队", []huiying.Match{match(3, 5)}), []mark.Segment{{Text: "م\u200fر"}, {Text: "排队", Hit: true}}},
		{"out of range", judged("短", []huiying.Match{match(-4, 99)}), []mark.Segment{{Text: "短", Hit: true}}},
		{
			"personal data", judged("电话13900001234急", []huiying.Match{match(0, 2)}, huiying.PersonalData{Kind: "phone", Field: "text", Start: 2, End: 13}),
			[]mark.Segment{{Text: "电话", Hit: true}, {Text: strings.Repeat("＊", 11), Mask: "phone"}, {Text: "急"}},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, mark.Segments(c.j, "text", false)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReveal(t *testing.T) {
	j := judged("电话13900001234", nil, huiying.PersonalData{Kind: "phone", Field: "text", Start: 2, End: 13})
	if got := mark.Plain(mark.Segments(j, "text", true)); got != j.Post.Text {
		t.Errorf("revealed: %q", got)
	}
}

func TestExcerpt(t *testing.T) {
	long := strings.Repeat("字", 100) + "排队" + strings.Repeat("尾", 100)
	got := mark.Excerpt(mark.Segments(judged(long, []huiying.Match{match(100, 102)}), "text", false), 40)
	text := mark.Plain(got)
	if !strings.Contains(text, "排队") || !strings.HasPrefix(text, "…") || !strings.HasSuffix(text, "…") || utf8.RuneCountInString(text) != 42 {
		t.Errorf("excerpt: %q", text)
	}
	short := mark.Segments(judged("短文", nil), "text", false)
	if mark.Plain(mark.Excerpt(short, 40)) != "短文" {
		t.Error("a short text was cut")
	}
	if text := mark.Plain(mark.Excerpt(mark.Segments(judged(long, nil), "text", false), 40)); strings.HasPrefix(text, "…") {
		t.Errorf("without a hit it begins at the beginning: %q", text)
	}
}

// What is masked is masked everywhere: texts, matches, keywords, reasons.
func TestMasked(t *testing.T) {
	j := judged("回电13900001234谢谢", []huiying.Match{{Field: "text", Start: 0, End: 6, Text: "回电1390"}},
		huiying.PersonalData{Kind: "phone", Field: "text", Start: 2, End: 13})
	j.Keywords = []huiying.Keyword{{Word: "13900001234"}, {Word: "回电"}}
	j.LevelWhy = []string{"含 13900001234"}
	j.Post.Answers = []huiying.Answer{{Text: "已致电13900001234"}}
	before := j.LevelWhy[0]
	got := mark.Masked(j)
	for _, s := range []string{got.Post.Text, got.Tags[0].Matches[0].Text, got.LevelWhy[0], got.Post.Answers[0].Text} {
		if strings.Contains(s, "1390") {
			t.Errorf("a number is left in %q", s)
		}
	}
	if len(got.Keywords) != 1 || got.Keywords[0].Word != "回电" {
		t.Errorf("keywords: %v", got.Keywords)
	}
	if utf8.RuneCountInString(got.Post.Text) != utf8.RuneCountInString(j.Post.Text) {
		t.Error("offsets moved")
	}
	if j.LevelWhy[0] != before || j.Post.Answers[0].Text != "已致电13900001234" {
		t.Error("the judgement that was given has changed")
	}
}

// The template marks what the segments say, and what is stripped of its marks
// and unescaped is the text.
func FuzzSegments(f *testing.F) {
	f.Add("A&B 公积金提取 <b>", 1, 2, 4, 7)
	f.Add("é👍🏽\u202ex", 0, 1, 1, 3)
	f.Add("", -1, 5, 2, 1)
	tmpl := template.Must(template.New("").Parse(`{{range .}}{{if .Hit}}<mark>{{.Text}}</mark>{{else}}{{.Text}}{{end}}{{end}}`))
	f.Fuzz(func(t *testing.T, text string, a, b, c, d int) {
		text = strings.ToValidUTF8(text, "�")
		j := judged(text, []huiying.Match{match(a, b), match(c, d)})
		segments := mark.Segments(j, "text", false)
		if got := mark.Plain(segments); got != text {
			t.Fatalf("%q became %q", text, got)
		}
		var out strings.Builder
		if err := tmpl.Execute(&out, segments); err != nil {
			t.Fatal(err)
		}
		plain := strings.NewReplacer("<mark>", "", "</mark>", "").Replace(out.String())
		if strings.ContainsAny(plain, "<>\"'") {
			t.Fatalf("%q was not escaped: %q", text, plain)
		}
		if got, want := html.UnescapeString(plain), strings.ReplaceAll(text, "\x00", "\ufffd"); got != want {
			t.Fatalf("%q came out as %q", want, got)
		}
		masked := mark.Masked(judged(text, nil, huiying.PersonalData{Kind: "phone", Field: "text", Start: a, End: b}))
		if utf8.RuneCountInString(masked.Post.Text) != utf8.RuneCountInString(text) {
			t.Fatalf("masking moved offsets of %q", text)
		}
		if n := len([]rune(mark.Plain(mark.Excerpt(segments, 10)))); n > 12 {
			t.Fatalf("an excerpt of %d runes", n)
		}
	})
}
