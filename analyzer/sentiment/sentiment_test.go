package sentiment_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"huiying"
	"huiying/analyzer/fold"
	"huiying/analyzer/linear"
	"huiying/analyzer/sentiment"
)

// text is what a post says, every two characters a word.
func text(title, said string) linear.Text {
	t := linear.Text{Features: &linear.Features{}, Fields: [2]*fold.Text{fold.New(title), fold.New(said)}}
	for f, field := range t.Fields {
		for i := int32(0); int(i) < len(field.Runes); i += 2 {
			t.Words[f] = append(t.Words[f], fold.Span{Start: i, End: min(i+2, int32(len(field.Runes)))})
		}
	}
	t.Features.Read(t.Fields[0], t.Fields[1])
	return t
}

func judge(t *testing.T) *sentiment.Judge {
	t.Helper()
	m, err := sentiment.Load("")
	if err != nil {
		t.Fatal(err)
	}
	return sentiment.NewJudge(m)
}

// Plain cases of each class; a negation turns them. What the models get wrong in
// general is measured (docs/models.md), not here.
func TestSentiment(t *testing.T) {
	j := judge(t)
	for said, want := range map[string]string{
		"办事大厅态度很差，太让人失望了":     "negative",
		"等了三个小时还没人管，气死我了":     "negative",
		"工作人员很热情，办得又快又好，非常满意": "positive",
		"真心点赞，服务很棒，谢谢大家":      "positive",
		"服务一点都不好，很不满意":        "negative",
		"不好吃，不会再来了":           "negative",
		"味道很好，会再来的":           "positive",
	} {
		s := j.Sentiment(text("", said))
		if s.Label != want {
			t.Errorf("%s: %+v, want %s", said, s, want)
		}
		sum := 0.0
		for _, p := range s.Probabilities {
			sum += p
		}
		if len(s.Probabilities) != 3 || sum < .99 || sum > 1.01 {
			t.Errorf("%s: probabilities %v", said, s.Probabilities)
		}
	}
}

func TestIntent(t *testing.T) {
	j := judge(t)
	for said, want := range map[string]string{
		"投诉小区物业乱收费，多次反映没有人管":    "complaint",
		"半夜施工噪音扰民，严重影响休息，请尽快处理": "complaint",
		"咨询一下办理居住证需要哪些材料":       "enquiry",
		"请问公积金提取需要什么手续？":        "enquiry",
		"建议在路口增设红绿灯，方便市民出行":     "suggestion",
		"今天天气真好，和朋友去看电影":        "other",
		"味道很好，送餐很快，下次还来":        "praise",
	} {
		i := j.Intent(text(said, ""))
		if i.Label != want || i.Score < .3 || i.Score > 1 {
			t.Errorf("%s: %+v, want %s", said, i, want)
		}
	}
}

// A sure answer names the words that decided, as they were received; a guess
// names none.
func TestWhy(t *testing.T) {
	j := judge(t)
	said := "服務態度很差，太讓人失望了"
	s := j.Sentiment(text("", said))
	if s.Unsure || len(s.Why) == 0 || len(s.Why) > 3 {
		t.Fatalf("%+v", s)
	}
	if !slices.IsSortedFunc(s.Why, func(a, b huiying.Why) int { return int(1000 * (b.Weight - a.Weight)) }) {
		t.Errorf("not by weight: %+v", s.Why)
	}
	for _, w := range s.Why {
		if !strings.Contains(said, w.Text) || w.Weight <= 0 {
			t.Errorf("%+v", w)
		}
	}
	if s := j.Sentiment(text("", "周三")); !s.Unsure || len(s.Why) != 0 {
		t.Errorf("a guess: %+v", s)
	}
	if j.Sentiment(text("", "")) != nil || j.Intent(text("", "")) != nil {
		t.Error("no words, and an answer")
	}
}

// Models are small enough to travel in the binary: 3 MiB with that of routing.
func TestSize(t *testing.T) {
	sum := int64(0)
	for _, file := range []string{"weights/sentiment.model", "weights/intent.model", "../routing/weights/routing.model"} {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		sum += info.Size()
	}
	if sum > 3<<20 {
		t.Errorf("the models have %d bytes", sum)
	}
}

// An office's own model is taken instead of that in the binary; a file that is
// none, or answers another question, is refused by name.
func TestOwnModels(t *testing.T) {
	dir := t.TempDir()
	copied, err := os.ReadFile("weights/intent.model")
	if err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string][]byte{"intent": copied, "sentiment": copied} {
		if err := os.WriteFile(filepath.Join(dir, name+".model"), body, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := sentiment.Load(dir); name == "sentiment" && huiying.ErrorCode(err) != huiying.Invalid {
			t.Errorf("%s: %v", name, err)
		}
		if err := os.Remove(filepath.Join(dir, name+".model")); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "intent.model"), []byte("?"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sentiment.Load(dir); huiying.ErrorCode(err) != huiying.Invalid {
		t.Errorf("no model: %v", err)
	}
}
