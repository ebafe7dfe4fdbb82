package status

import (
	"bytes"
	"encoding/json"
	"strings"

	"huiying/crawler"
)

// Envelope is what every JSON answer is wrapped in.
type Envelope struct {
	OK        Whole
	Errno     Word
	ErrorCode Word
	Msg       Word
	Message   Word
	Error     Word
	URL       Word
	Data      Raw
}

// Words is the sentence the site gave with its answer.
func (e Envelope) Words() string {
	for _, s := range []Word{e.Msg, e.Message, e.Error} {
		if s != "" {
			return string(s)
		}
	}
	return ""
}

// told is what a sentence of the site means.
type told struct {
	means crawler.Answer
	marks []string
}

// sentences is the list of what the site says instead of content; the first
// that fits decides. A wall is looked for first, because its sentence may
// also speak of crowding.
var sentences = []told{
	{crawler.AnswerLoginWall, []string{"请登录", "请先登录", "登录后", "未登录"}},
	{crawler.AnswerRateLimited, []string{"频繁", "前方有点拥堵", "稍后再试", "稍候再试", "系统繁忙", "网络繁忙"}},
	{crawler.AnswerBlocked, []string{"访问受限", "账号存在异常", "帐号存在异常", "账号异常", "帐号异常", "安全验证", "验证码"}},
	{crawler.AnswerDeleted, []string{"微博不存在", "已被删除", "已被作者删除", "已删除", "不可见", "没有权限查看", "无权查看", "暂无查看权限"}},
	{crawler.AnswerForbidden, []string{"Forbidden", "无权限", "没有权限"}},
	{crawler.AnswerMaintenance, []string{"维护", "升级中"}},
	{crawler.AnswerEmpty, []string{"没有内容", "还没有", "没有找到", "未找到", "暂无", "快来", "抢沙发", "no data"}},
}

// goneCode reports the error numbers of a post that is deleted (20101) or
// that its author no longer shows (20112).
func goneCode(code Word) bool { return code == "20101" || code == "20112" }

// None is the page of an answer without posts.
func (e Envelope) None(answer crawler.Answer) Page {
	said := e.Words()
	if said == "" {
		said = string(e.URL)
	}
	return Page{Answer: answer, Said: said}
}

// Open reads the envelope of an answer that carries its content as data. The
// answer is AnswerOK when there is data to parse, else what the site meant.
func Open(d crawler.Document) (Envelope, crawler.Answer) {
	e, answer := ReadEnvelope(d)
	if answer != crawler.AnswerOK {
		return e, answer
	}
	return e, e.Answer(e.HasData())
}

// Body is the body without a byte order mark and the spaces around it.
func Body(d crawler.Document) []byte {
	return bytes.TrimSpace(bytes.TrimPrefix(d.Body, []byte("\xef\xbb\xbf")))
}

// ReadEnvelope reads the envelope alone. The answer is AnswerOK when it is one,
// whatever it says.
func ReadEnvelope(d crawler.Document) (Envelope, crawler.Answer) {
	body := Body(d)
	var e Envelope
	if len(body) == 0 {
		return e, crawler.AnswerMalformed
	}
	if body[0] != '{' || !json.Valid(body) {
		return e, NotJSON(d)
	}
	Fields(body, map[string]json.Unmarshaler{
		"ok": &e.OK, "errno": &e.Errno, "error_code": &e.ErrorCode, "msg": &e.Msg, "message": &e.Message,
		"error": &e.Error, "url": &e.URL, "data": &e.Data,
	})
	return e, crawler.AnswerOK
}

// NotJSON says what a body is that is not the JSON asked for: a block page, a
// login page, or rubbish. It is never content.
func NotJSON(d crawler.Document) crawler.Answer {
	if answer, _ := crawler.Classify(200, d.URL, nil, d.Body); !answer.Answered() {
		return answer
	}
	return crawler.AnswerMalformed
}

// Answer is what the envelope means; content says whether the body holds what
// was asked for.
func (e Envelope) Answer(content bool) crawler.Answer {
	switch {
	case e.OK.N == -100:
		return crawler.AnswerLoginWall
	case goneCode(e.Errno) || goneCode(e.ErrorCode):
		return crawler.AnswerDeleted
	case content && (e.OK.N == 1 || !e.OK.Set):
		return crawler.AnswerOK
	}
	if a := Meaning(e.Words()); a != "" {
		return a
	}
	switch {
	case strings.HasPrefix(string(e.URL), "http"):
		return wall(string(e.URL))
	case e.ErrorCode != "" || e.Error != "":
		return crawler.AnswerForbidden
	case e.OK.Set && e.OK.N == 0 && e.Errno == "" && e.Words() == "":
		return crawler.AnswerEmpty
	}
	return crawler.AnswerMalformed
}

// HasData reports whether there is an object or a list under data.
func (e Envelope) HasData() bool {
	return len(e.Data) > 0 && (e.Data[0] == '{' || e.Data[0] == '[')
}

// Meaning is what a sentence of the site stands for, "" when it is unknown.
func Meaning(s string) crawler.Answer {
	for _, t := range sentences {
		for _, m := range t.marks {
			if strings.Contains(s, m) {
				return t.means
			}
		}
	}
	return ""
}

// wall tells a sign-in address from a page that asks a person to prove
// themselves.
func wall(url string) crawler.Answer {
	for _, m := range []string{"passport.", "login", "signin"} {
		if strings.Contains(url, m) {
			return crawler.AnswerLoginWall
		}
	}
	return crawler.AnswerBlocked
}
