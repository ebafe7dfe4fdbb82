package reply

import (
	"slices"
	"strings"
	"unicode"

	"huiying"
	"huiying/notifier/casework"
)

// asking are the words that make a sentence a question, and what is none of
// them though it looks like it. The longer ones come first, so that none is
// taken for a part of another.
func asking() []interrogative {
	return []interrogative{
		{"什么时候", nil}, {"什么时间", nil}, {"多长时间", nil}, {"为什么", nil}, {"凭什么", nil}, {"怎么样", nil}, {"怎么办", nil},
		{"能不能", nil}, {"可不可以", nil}, {"是不是", nil}, {"有没有", nil}, {"要不要", nil}, {"行不行", nil}, {"该不该", nil}, {"需不需要", nil},
		{"怎么", []string{"不怎么", "怎么都", "怎么也", "没怎么"}}, {"怎样", []string{"不怎样", "无论怎样"}}, {"如何", []string{"无论如何", "不管如何"}},
		{"多久", []string{"没多久", "不多久"}}, {"何时", nil}, {"几天", []string{"这几天", "前几天", "过几天", "好几天", "那几天", "没几天", "几天前"}},
		{"几点", []string{"几点建议", "几点意见", "几点要求", "几点看法", "几点希望", "几点说明"}}, {"几号", nil}, {"多少", []string{"多少都", "没多少", "多少有"}}, {"哪里", []string{"哪里都"}}, {"哪儿", nil}, {"在哪", nil}, {"哪个", nil},
		{"哪些", nil}, {"哪家", nil}, {"哪天", nil}, {"能否", nil}, {"可否", nil}, {"是否", nil}, {"为何", nil}, {"何处", nil}, {"请问", nil}, {"什么", []string{"什么都", "没什么", "什么也"}},
		{"吗", nil}, {"呢", nil},
	}
}

type interrogative struct {
	word string
	not  []string
}

// asksWith reports whether the word stands in the sentence as a question.
func (q interrogative) asksWith(sentence string) bool {
	for _, n := range q.not {
		sentence = strings.ReplaceAll(sentence, n, "")
	}
	if q.word == "吗" || q.word == "呢" { // these stand at the end
		return strings.HasSuffix(strings.TrimRightFunc(sentence, unicode.IsPunct), q.word)
	}
	return strings.Contains(sentence, q.word)
}

// idle are words that say nothing of what is asked.
func idle() []string {
	return []string{
		"请问", "你好", "您好", "你们", "我们", "他们", "您们", "咱们", "大家", "领导", "工作人员", "谢谢", "希望", "现在", "今天", "昨天", "明天", "一下", "一个", "这个", "那个", "这样", "那样",
		"知道", "告诉", "回复", "答复", "解释", "解决", "问题", "事情", "情况", "可以", "能够", "需要", "应该", "还是", "但是", "因为", "所以", "如果", "已经", "没有", "不是", "就是", "到底", "究竟",
		"的话", "时候", "时间", "为啥", "咋办", "咨询", "反映", "关于", "以及", "还有", "这里", "那里", "自己", "别人", "真的", "非常", "比较", "一直", "这么", "那么", "什么", "怎么", "多少",
	}
}

// question is one sentence that asks.
type question struct {
	n     int      // 1, 2, 3 … in its post
	words []string // that the reply should hold one of
}

// unanswered names questions of the case's posts of which the reply holds no
// word.
func (in *Inspector) unanswered(r reading) []casework.Remark {
	said := in.o.Reader.Fold(r.text)
	var out []casework.Remark
	for _, p := range r.posts {
		if p.Withdrawn {
			continue
		}
		for _, q := range in.questions(p) {
			if slices.ContainsFunc(q.words, func(w string) bool { return strings.Contains(said, w) }) {
				continue
			}
			out = append(out, casework.Remark{Say: huiying.Errorf(huiying.Invalid, "reply.unanswered", p.ID, q.n)})
			if len(out) == maxUnanswered {
				return out
			}
		}
	}
	return out
}

// maxUnanswered is how many are named; who has read so many knows what is
// missing.
const maxUnanswered = 20

// questions are the sentences of a post that ask something. One that asks
// without a word of its own (“多久？”) is about the sentence before it.
func (in *Inspector) questions(p huiying.Post) []question {
	var out []question
	var before []string
	n := 0
	for _, s := range sentences(p.Title + "\n" + p.Text) {
		s = in.o.Reader.Fold(s)
		words := in.content(s)
		if asks(s) {
			n++
			about := words
			if len(about) == 0 {
				about = before
			}
			if len(about) > 0 { // else nobody can say by words what would answer it
				out = append(out, question{n, about})
			}
		}
		before = words
	}
	return out
}

func asks(sentence string) bool {
	if strings.ContainsAny(sentence, "?？") {
		return true
	}
	return slices.ContainsFunc(asking(), func(q interrogative) bool { return q.asksWith(sentence) })
}

// sentences cuts at the marks that end one, which stay with it.
func sentences(text string) []string {
	var out []string
	start := 0
	for i, r := range text {
		if strings.ContainsRune("。！？!?；;\n", r) {
			out = append(out, text[start:i+len(string(r))])
			start = i + len(string(r))
		}
	}
	out = append(out, text[start:])
	return slices.DeleteFunc(out, func(s string) bool { return strings.TrimSpace(s) == "" })
}

// content are the words of a sentence that say what it is about.
func (in *Inspector) content(sentence string) []string {
	for _, q := range asking() {
		sentence = strings.ReplaceAll(sentence, q.word, " ")
	}
	skip := idle()
	var out []string
	for _, w := range in.o.Reader.Cut(sentence) {
		w = strings.TrimSpace(w)
		if telling(w) && !slices.Contains(skip, w) && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

// telling reports whether a word has two letters or more, and no marks.
func telling(w string) bool {
	letters := 0
	for _, r := range w {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return false
		}
		if unicode.IsLetter(r) {
			letters++
		}
	}
	return letters >= 2
}

// Pairs cuts a text into overlapping pairs of Han characters and whole words of
// other scripts, where no dictionary is at hand.
func Pairs(text string) []string {
	var out []string
	var run []rune
	flush := func() {
		if len(run) > 1 && !unicode.Is(unicode.Han, run[0]) {
			out = append(out, string(run))
		} else {
			for i := 0; i+1 < len(run); i++ {
				out = append(out, string(run[i:i+2]))
			}
		}
		run = run[:0]
	}
	for _, r := range text {
		fits := len(run) == 0 || unicode.Is(unicode.Han, r) == unicode.Is(unicode.Han, run[0])
		if !fits || !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			flush()
		}
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			run = append(run, r)
		}
	}
	flush()
	return out
}
