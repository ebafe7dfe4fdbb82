package feishu_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"huiying"
	"huiying/notifier/channel"
	"huiying/notifier/channel/feishu"
)

// Connections that idle for the next alert are no leak.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"))
}

// The published way of signing, at a fixed time.
func TestSign(t *testing.T) {
	if got := feishu.Sign("SECabc123", "1700000000"); got != "UqhI0v4zAkSwI4hNYBuHQvnrAqshA0UaeBGHCUMPX70=" {
		t.Errorf("got %s", got)
	}
}

func send(t *testing.T, c feishu.Config, m channel.Message, answer string) (channel.Outcome, string) {
	t.Helper()
	body := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		body = string(raw)
		io.WriteString(w, answer)
	}))
	defer server.Close()
	c.URL, c.BaseURL, c.Now = "https://open.invalid/open-apis/bot/v2/hook/hunter2", server.URL, func() time.Time { return time.Unix(1700000000, 0) }
	r, err := feishu.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return r.Send(context.Background(), m), body
}

func message() channel.Message {
	return channel.Message{
		DeliveryID: "d-1", Level: huiying.LevelOrange, Title: "【橙】排队", Lines: []string{"规则：排队 <at id=all></at>", "来源：微博"},
		Link: "https://hy.example/a/t", LinkText: "查看并签收",
	}
}

const ok = `{"code":0,"msg":"success","data":{}}`

func TestPayloads(t *testing.T) {
	for name, c := range map[string]struct {
		config  feishu.Config
		address string
		want    string
	}{
		"card, signed": {feishu.Config{Secret: "SECabc123", Mention: []string{"@all"}}, "ou_1", `{"timestamp":"1700000000","sign":"UqhI0v4zAkSwI4hNYBuHQvnrAqshA0UaeBGHCUMPX70=","msg_type":"interactive","card":{"header":{"title":{"tag":"plain_text","content":"【橙】排队"},"template":"orange"},"elements":[{"tag":"div","text":{"tag":"lark_md","content":"规则：排队 ＜at id=all＞＜/at＞\n来源：微博\n<at id=all></at><at id=ou_1></at>"}},{"tag":"action","actions":[{"tag":"button","text":{"tag":"plain_text","content":"查看并签收"},"url":"https://hy.example/a/t","type":"primary"}]}]}}`},
		"text":         {feishu.Config{Format: "text", Keyword: "回应"}, "ou_1", `{"msg_type":"text","content":{"text":"回应 【橙】排队\n规则：排队 ＜at id=all＞＜/at＞\n来源：微博\n查看并签收\nhttps://hy.example/a/t <at user_id=\"ou_1\"></at>"}}`},
	} {
		m := message()
		m.Address = c.address
		got, raw := send(t, c.config, m, ok)
		// The encoder writes < and > as escapes; what counts is what is read.
		var given, want any
		if json.Unmarshal([]byte(raw), &given) != nil || json.Unmarshal([]byte(c.want), &want) != nil {
			t.Fatalf("%s: %s", name, raw)
		}
		a, _ := json.Marshal(given)
		b, _ := json.Marshal(want)
		if got.Result != channel.Accepted || string(a) != string(b) {
			t.Errorf("%s: %+v\n%s\n%s", name, got, a, b)
		}
	}
}

func TestAnswers(t *testing.T) {
	for answer, want := range map[string]channel.Result{
		ok: channel.Accepted,
		`{"code":11232,"data":{},"msg":"frequency limited psm[lark.oapi.app_platform_runtime]appID[1500]"}`: channel.Retry,
		`{"code":19021,"msg":"sign match fail or timestamp is not within one hour from current time"}`:      channel.Refused,
		`{"code":19024,"msg":"Key Words Not Found"}`:                                                        channel.Refused,
		`{"StatusCode":0}`: channel.Retry,
		``:                 channel.Retry,
	} {
		if got, _ := send(t, feishu.Config{}, message(), answer); got.Result != want {
			t.Errorf("%s: %+v", answer, got)
		}
	}
}

func TestCut(t *testing.T) {
	for _, format := range []string{feishu.FormatCard, feishu.FormatText} {
		m := message()
		m.Lines = []string{strings.Repeat("长", 20000)}
		if _, raw := send(t, feishu.Config{Format: format}, m, ok); len(raw) > 20<<10 || !strings.Contains(raw, m.Link) || !json.Valid([]byte(raw)) {
			t.Errorf("%s: %d bytes", format, len(raw))
		}
	}
}

func TestConfig(t *testing.T) {
	for _, c := range []feishu.Config{{}, {URL: "x"}, {URL: "https://a.example", Format: "markdown"}, {URL: "https://a.example", BaseURL: "x"}, {URL: "https://a.example", Timeout: -1}} {
		if _, err := feishu.New(c); huiying.ErrorCode(err) != huiying.Invalid {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
