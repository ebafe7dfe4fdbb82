package dingtalk_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"go.uber.org/goleak"

	"huiying"
	"huiying/notifier/channel"
	"huiying/notifier/channel/dingtalk"
)

// Connections that idle for the next alert are no leak.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"))
}

// The published way of signing, at a fixed time.
func TestSign(t *testing.T) {
	if got := dingtalk.Sign("SECabc123", "1700000000000"); got != "N5P09a4%2Bp1AMJIJWnIvQd2Yxw9%2Bfu%2FoEBnPrjCcsLXk%3D" {
		t.Errorf("got %s", got)
	}
}

type robot struct {
	server *httptest.Server
	answer string
	query  url.Values
	body   string
}

func newRobot(t *testing.T) *robot {
	r := &robot{answer: `{"errcode":0,"errmsg":"ok"}`}
	r.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		raw, _ := io.ReadAll(req.Body)
		r.query, r.body = req.URL.Query(), string(raw)
		io.WriteString(w, r.answer)
	}))
	t.Cleanup(r.server.Close)
	return r
}

func (r *robot) send(t *testing.T, c dingtalk.Config, m channel.Message) channel.Outcome {
	t.Helper()
	c.URL, c.BaseURL = "https://oapi.invalid/robot/send?access_token=hunter2", r.server.URL
	c.Now = func() time.Time { return time.UnixMilli(1700000000000) }
	d, err := dingtalk.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return d.Send(context.Background(), m)
}

func message() channel.Message {
	return channel.Message{
		DeliveryID: "d-1", Level: huiying.LevelRed, Title: "【红】排队", Lines: []string{"规则：排队", "来源：微博"},
		Link: "https://hy.example/a/t", LinkText: "查看并签收",
	}
}

func TestPayloads(t *testing.T) {
	for name, c := range map[string]struct {
		config  dingtalk.Config
		address string
		want    string
	}{
		"markdown": {dingtalk.Config{}, "", `{"msgtype":"markdown","markdown":{"title":"【红】排队","text":"### 【红】排队\n\n- 规则：排队\n- 来源：微博\n\n[查看并签收](https://hy.example/a/t)"}}`},
		"keyword":  {dingtalk.Config{Keyword: "回应"}, "", `{"msgtype":"markdown","markdown":{"title":"【红】排队","text":"回应\n\n### 【红】排队\n\n- 规则：排队\n- 来源：微博\n\n[查看并签收](https://hy.example/a/t)"}}`},
		"mobile":   {dingtalk.Config{}, "13900000000", `{"msgtype":"markdown","markdown":{"title":"【红】排队","text":"### 【红】排队\n\n- 规则：排队\n- 来源：微博\n\n[查看并签收](https://hy.example/a/t)\n\n@13900000000"},"at":{"atMobiles":["13900000000"]}}`},
		"text":     {dingtalk.Config{Format: "text", Mention: []string{"@all"}}, "user1", `{"msgtype":"text","text":{"content":"【红】排队\n规则：排队\n来源：微博\n查看并签收\nhttps://hy.example/a/t\n\n@user1"},"at":{"atUserIds":["user1"],"isAtAll":true}}`},
	} {
		r, m := newRobot(t), message()
		m.Address = c.address
		if got := r.send(t, c.config, m); got.Result != channel.Accepted || r.body != c.want {
			t.Errorf("%s: %+v\n%s", name, got, r.body)
		}
	}
}

func TestSignedQuery(t *testing.T) {
	r := newRobot(t)
	r.send(t, dingtalk.Config{Secret: "SECabc123"}, message())
	if r.query.Get("access_token") != "hunter2" || r.query.Get("timestamp") != "1700000000000" || r.query.Get("sign") != "N5P09a4+p1AMJIJWnIvQd2Yxw9+fu/oEBnPrjCcsLXk=" {
		t.Errorf("query %v", r.query)
	}
	r.send(t, dingtalk.Config{}, message())
	if r.query.Has("sign") {
		t.Errorf("signed without a secret: %v", r.query)
	}
}

func TestAnswers(t *testing.T) {
	for answer, want := range map[string]struct {
		result channel.Result
		after  time.Duration
	}{
		`{"errcode":0}`: {channel.Accepted, 0},
		`{"errcode":130101,"errmsg":"send too fast, exceed 20 times per minute"}`: {channel.Retry, 10 * time.Minute},
		`{"errcode":410100}`: {channel.Retry, 10 * time.Minute},
		`{"errcode":-1}`:     {channel.Retry, time.Minute},
		`{"errcode":310000,"errmsg":"sign not match"}`: {channel.Refused, 0},
		`{"errcode":300001}`:                           {channel.Refused, 0},
		`gateway`:                                      {channel.Retry, 0},
	} {
		r := newRobot(t)
		r.answer = answer
		if got := r.send(t, dingtalk.Config{}, message()); got.Result != want.result || got.RetryAfter != want.after {
			t.Errorf("%s: %+v", answer, got)
		}
	}
}

// Long texts are cut and stay JSON; keyword and link stay.
func TestCut(t *testing.T) {
	r, m := newRobot(t), message()
	m.Lines = []string{strings.Repeat("长", 20000)}
	r.send(t, dingtalk.Config{Keyword: "回应"}, m)
	var body struct{ Markdown struct{ Text string } }
	if err := json.Unmarshal([]byte(r.body), &body); err != nil || len(r.body) > 20000 {
		t.Fatalf("%d bytes, %v", len(r.body), err)
	}
	if text := body.Markdown.Text; !utf8.ValidString(text) || !strings.Contains(text, m.Link) || !strings.HasPrefix(text, "回应") {
		t.Error("cut without its keyword or link")
	}
}

func TestConfig(t *testing.T) {
	for _, c := range []dingtalk.Config{{}, {URL: "x"}, {URL: "https://a.example", Format: "card"}, {URL: "https://a.example", BaseURL: "x"}, {URL: "https://a.example", Timeout: -1}} {
		if _, err := dingtalk.New(c); huiying.ErrorCode(err) != huiying.Invalid {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
