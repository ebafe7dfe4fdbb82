package wall

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
	code  string
	class Class
}

func codes() []coded {
	return []coded{
		{"20101", Deleted},
		{"10022", RateLimited}, {"10023", RateLimited}, {"10024", RateLimited},
		{"21301", LoginWall}, {"21314", LoginWall}, {"21315", LoginWall}, {"21316", LoginWall},
		{"21317", LoginWall}, {"21327", LoginWall}, {"21332", LoginWall},
	}
}

// sentence is what a site's words in an envelope stand for.
type sentence struct {
	part  string
	class Class
}

// sentences are tried in order: a wall's words may also speak of crowding.
func sentences() []sentence {
	return []sentence{
		{"请登录", LoginWall}, {"请先登录", LoginWall}, {"登录后", LoginWall}, {"未登录", LoginWall},
		{"访问受限", Blocked}, {"帐号存在异常", Blocked}, {"账号存在异常", Blocked}, {"安全验证", Blocked},
		{"频繁", RateLimited}, {"拥堵", RateLimited}, {"网络繁忙", RateLimited}, {"系统繁忙", RateLimited},
		{"微博不存在", Deleted}, {"已被删除", Deleted}, {"已被作者删除", Deleted},
		{"维护", Maintenance},
		{"没有内容", Empty}, {"没有找到", Empty}, {"未找到", Empty},
	}
}

// envelopeClass reads a JSON object. What is no JSON says nothing: portals send
// the text of JavaScript objects too.
func envelopeClass(body []byte) (Class, string) {
	var e envelope
	if json.Unmarshal(body, &e) != nil {
		return "", ""
	}
	ok := word(e.OK)
	if ok == "-100" {
		return LoginWall, "ok:-100"
	}
	for _, c := range codes() {
		if code := code(e); code == c.code {
			return c.class, "error " + code
		}
	}
	if ok == "1" || (ok == "" && e.hasData()) {
		return "", ""
	}
	said := e.said()
	for _, s := range sentences() {
		if strings.Contains(said, s.part) {
			return s.class, clip(said)
		}
	}
	return e.rest(ok, said)
}

// rest is an envelope that is no success and whose words are not known.
func (e envelope) rest(ok, said string) (Class, string) {
	to := word(e.URL)
	switch {
	case ok != "" && strings.HasPrefix(to, "http") && !e.hasData():
		if a, host := Gate(to); a != "" {
			return a, host
		}
		return Blocked, "url without data" // a page where a human proves to be one
	case code(e) != "":
		return Forbidden, "error " + code(e)
	case word(e.Error) != "" && ok != "0":
		return Forbidden, clip(word(e.Error))
	case ok == "0":
		return Empty, clip("ok:0 " + said)
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
