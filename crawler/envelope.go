package crawler

import (
	"encoding/json"
	"strings"
)

// envelope is what of a JSON answer says how it went. Numbers come as strings
// too, and any field may hold something else on another site.
type envelope struct {
	OK        any             `json:"ok"`
	Errno     any             `json:"errno"`
	ErrorCode any             `json:"error_code"`
	Msg       any             `json:"msg"`
	Message   any             `json:"message"`
	Error     any             `json:"error"`
	URL       any             `json:"url"`
	Data      json.RawMessage `json:"data"`
}

// coded is the meaning of an error number of the Weibo APIs.
type coded struct {
	code   string
	answer Answer
}

func codes() []coded {
	return []coded{
		{"20101", AnswerDeleted},
		{"10022", AnswerRateLimited}, {"10023", AnswerRateLimited}, {"10024", AnswerRateLimited},
		{"21301", AnswerLoginWall}, {"21314", AnswerLoginWall}, {"21315", AnswerLoginWall}, {"21316", AnswerLoginWall},
		{"21317", AnswerLoginWall}, {"21327", AnswerLoginWall}, {"21332", AnswerLoginWall},
	}
}

// sentence is what a site's words in an envelope stand for.
type sentence struct {
	part   string
	answer Answer
}

// sentences are tried in order: a wall's words may also speak of crowding.
func sentences() []sentence {
	return []sentence{
		{"请登录", AnswerLoginWall}, {"请先登录", AnswerLoginWall}, {"登录后", AnswerLoginWall}, {"未登录", AnswerLoginWall},
		{"访问受限", AnswerBlocked}, {"帐号存在异常", AnswerBlocked}, {"账号存在异常", AnswerBlocked}, {"安全验证", AnswerBlocked},
		{"频繁", AnswerRateLimited}, {"拥堵", AnswerRateLimited}, {"网络繁忙", AnswerRateLimited}, {"系统繁忙", AnswerRateLimited},
		{"微博不存在", AnswerDeleted}, {"已被删除", AnswerDeleted}, {"已被作者删除", AnswerDeleted},
		{"维护", AnswerMaintenance},
		{"没有内容", AnswerEmpty}, {"没有找到", AnswerEmpty}, {"未找到", AnswerEmpty},
	}
}

// byEnvelope reads a JSON object. What is no JSON says nothing: portals send
// the text of JavaScript objects too.
func byEnvelope(body []byte) (Answer, string) {
	var e envelope
	if json.Unmarshal(body, &e) != nil {
		return "", ""
	}
	ok := word(e.OK)
	if ok == "-100" {
		return AnswerLoginWall, "ok:-100"
	}
	for _, c := range codes() {
		if code := code(e); code == c.code {
			return c.answer, "error " + code
		}
	}
	if ok == "1" || (ok == "" && e.hasData()) {
		return "", ""
	}
	said := e.said()
	for _, s := range sentences() {
		if strings.Contains(said, s.part) {
			return s.answer, clip(said)
		}
	}
	return e.rest(ok, said)
}

// rest is an envelope that is no success and whose words are not known.
func (e envelope) rest(ok, said string) (Answer, string) {
	to := word(e.URL)
	switch {
	case ok != "" && strings.HasPrefix(to, "http") && !e.hasData():
		if a, host := gate(to); a != "" {
			return a, host
		}
		return AnswerBlocked, "url without data" // a page where a human proves to be one
	case code(e) != "":
		return AnswerForbidden, "error " + code(e)
	case word(e.Error) != "" && ok != "0":
		return AnswerForbidden, clip(word(e.Error))
	case ok == "0":
		return AnswerEmpty, clip("ok:0 " + said)
	}
	return "", ""
}

func (e envelope) hasData() bool {
	return len(e.Data) > 2 && (e.Data[0] == '{' || e.Data[0] == '[')
}

// said is the sentence the site gave.
func (e envelope) said() string {
	for _, v := range []any{e.Msg, e.Message, e.Error} {
		if s := word(v); s != "" {
			return s
		}
	}
	return ""
}

// code is the error number, "" for none and for 0.
func code(e envelope) string {
	for _, v := range []any{e.Errno, e.ErrorCode} {
		if s := word(v); s != "" && s != "0" {
			return s
		}
	}
	return ""
}

// word is a JSON string or number as text, "" for anything else.
func word(v any) string {
	switch x := v.(type) {
	case string:
		return strings.TrimSpace(x)
	case float64:
		raw, err := json.Marshal(x)
		if err != nil {
			return ""
		}
		return string(raw)
	}
	return ""
}

// clip bounds a site's sentence for the ledger.
func clip(s string) string {
	r := []rune(s)
	if len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return strings.TrimSpace(s)
}
