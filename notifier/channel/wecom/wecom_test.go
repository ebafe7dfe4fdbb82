package wecom_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"go.uber.org/goleak"

	"huiying"
	"huiying/notifier/channel"
	"huiying/notifier/channel/wecom"
)

// Connections that idle for the next alert are no leak.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"))
}

// robot plays the provider: it answers 200 with an error code in the body.
type robot struct {
	mu     sync.Mutex
	status int
	answer string
	bodies []map[string]any
	raw    [][]byte
	path   string
	server *httptest.Server
	now    time.Time
}

func newRobot(t *testing.T) *robot {
	r := &robot{status: http.StatusOK, answer: `{"errcode":0,"errmsg":"ok"}`, now: time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC)}
	r.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		raw, err := io.ReadAll(req.Body)
		var body map[string]any
		if err != nil || json.Unmarshal(raw, &body) != nil {
			t.Errorf("body %q: %v", raw, err)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.bodies, r.raw, r.path = append(r.bodies, body), append(r.raw, raw), req.URL.String()
		w.WriteHeader(r.status)
		io.WriteString(w, r.answer)
	}))
	t.Cleanup(r.server.Close)
	return r
}

func (r *robot) open(t *testing.T, c wecom.Config) *wecom.Robot {
	t.Helper()
	c.URL, c.BaseURL, c.Now = "https://qyapi.invalid/cgi-bin/webhook/send?key=hunter2", r.server.URL, func() time.Time { return r.now }
	w, err := wecom.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (r *robot) last(t *testing.T, kind string) map[string]any {
	t.Helper()
	body := r.bodies[len(r.bodies)-1]
	part, ok := body[kind].(map[string]any)
	if body["msgtype"] != kind || !ok {
		t.Fatalf("body %v", body)
	}
	return part
}

func message() channel.Message {
	return channel.Message{
		DeliveryID: "d-1", Level: huiying.LevelRed, Title: "【红】排队", Lines: []string{"规则：排队", "来源：微博"},
		Link: "https://hy.example/a/t", LinkText: "查看并签收", Lang: "zh",
	}
}

func TestMarkdown(t *testing.T) {
	r := newRobot(t)
	if got := r.open(t, wecom.Config{}).Send(context.Background(), message()); got.Result != channel.Accepted {
		t.Fatalf("got %+v", got)
	}
	want := "<font color=\"warning\">**【红】排队**</font>\n> 规则：排队\n> 来源：微博\n[查看并签收](https://hy.example/a/t)"
	if got := r.last(t, "markdown")["content"]; got != want {
		t.Errorf("got %q", got)
	}
	if r.path != "/cgi-bin/webhook/send?key=hunter2" {
		t.Errorf("path %s", r.path)
	}
}

func TestText(t *testing.T) {
	r := newRobot(t)
	m := message()
	m.Address = "ZhangSan"
	if got := r.open(t, wecom.Config{Mention: []string{"@all"}}).Send(context.Background(), m); got.Result != channel.Accepted {
		t.Fatalf("got %+v", got)
	}
	part := r.last(t, "text")
	if want := "【红】排队\n规则：排队\n来源：微博\n查看并签收\nhttps://hy.example/a/t"; part["content"] != want {
		t.Errorf("got %q", part["content"])
	}
	if raw, err := json.Marshal(part["mentioned_list"]); err != nil || string(raw) != `["@all","ZhangSan"]` {
		t.Errorf("mentioned %s, %v", raw, err)
	}
}

func TestNoLinkNoMention(t *testing.T) {
	r := newRobot(t)
	m := message()
	m.Link = ""
	for _, format := range []string{wecom.FormatText, wecom.FormatMarkdown} {
		r.open(t, wecom.Config{Format: format}).Send(context.Background(), m)
		part := r.last(t, format)
		if text, _ := part["content"].(string); strings.Contains(text, "查看") || part["mentioned_list"] != nil {
			t.Errorf("%s: %v", format, part)
		}
	}
}

// A rule's name cannot make links, colours or mentions of its own.
func TestMarkupIsTaken(t *testing.T) {
	r := newRobot(t)
	m := message()
	m.Title, m.Lines = "[点我](https://evil.example) <@all> **粗**", []string{"一\n二 `x`"}
	r.open(t, wecom.Config{}).Send(context.Background(), m)
	text, _ := r.last(t, "markdown")["content"].(string)
	for _, bad := range []string{"](https://evil", "<@all>", "**粗**", "`x`", "一\n二"} {
		if strings.Contains(text, bad) {
			t.Errorf("%q is in %q", bad, text)
		}
	}
}

// Long messages are cut to 2,048 bytes between two characters; the link stays.
func TestCut(t *testing.T) {
	r := newRobot(t)
	for _, format := range []string{wecom.FormatText, wecom.FormatMarkdown} {
		for pad := range 4 { // so that the cut falls on every byte of a character
			m := message()
			m.Title, m.Lines = strings.Repeat("a", pad)+strings.Repeat("汉", 400), []string{strings.Repeat("字", 600)}
			r.open(t, wecom.Config{Format: format}).Send(context.Background(), m)
			text, _ := r.last(t, format)["content"].(string)
			if len(text) > 2048 || len(text) < 2040 || !utf8.ValidString(text) || strings.ContainsRune(text, utf8.RuneError) {
				t.Errorf("%s: %d bytes, valid %v", format, len(text), utf8.ValidString(text))
			}
			if !strings.Contains(text, "…") || !strings.Contains(text, m.Link) {
				t.Errorf("%s: cut without a mark or without its link", format)
			}
		}
	}
}

func TestColours(t *testing.T) {
	r := newRobot(t)
	w := r.open(t, wecom.Config{})
	for level, want := range map[huiying.Level]string{
		huiying.LevelRed: "warning", huiying.LevelOrange: "warning", huiying.LevelYellow: "info", huiying.LevelBlue: "info", huiying.LevelNone: "comment",
	} {
		m := message()
		m.Level = level
		w.Send(context.Background(), m)
		if text, _ := r.last(t, "markdown")["content"].(string); !strings.Contains(text, `"`+want+`"`) {
			t.Errorf("%s: %s", level, text)
		}
	}
}

// All answers are HTTP 200: the code in the body decides.
func TestErrorCodes(t *testing.T) {
	for answer, want := range map[string]struct {
		result channel.Result
		key    string
		after  time.Duration
	}{
		`{"errcode":0}`:                         {channel.Accepted, "", 0},
		`{"errcode":-1,"errmsg":"system busy"}`: {channel.Retry, "channel.busy", time.Minute},
		`{"errcode":45009}`:                     {channel.Retry, "channel.busy", time.Minute},
		`{"errcode":45033}`:                     {channel.Retry, "channel.busy", time.Minute},
		`{"errcode":93000,"errmsg":"invalid"}`:  {channel.Refused, "channel.refused", 0},
		`{"errcode":40058}`:                     {channel.Refused, "channel.refused", 0},
		`{}`:                                    {channel.Retry, "channel.unreadable", 0},
		`<html>gateway</html>`:                  {channel.Retry, "channel.unreadable", 0},
		``:                                      {channel.Retry, "channel.unreadable", 0},
		`{"errcode":"0"}`:                       {channel.Retry, "channel.unreadable", 0},
	} {
		r := newRobot(t)
		r.answer = answer
		got := r.open(t, wecom.Config{}).Send(context.Background(), message())
		var e *huiying.Error
		errors.As(got.Reason, &e)
		if got.Result != want.result || got.RetryAfter != want.after || (e == nil) != (want.key == "") || e != nil && e.Key != want.key {
			t.Errorf("%s: %+v", answer, got)
		}
	}
}

func TestEveryStatus(t *testing.T) {
	r := newRobot(t)
	w := r.open(t, wecom.Config{})
	for code := 200; code < 600; code++ {
		r.mu.Lock()
		r.status, r.answer = code, `{"errcode":0}`
		r.mu.Unlock()
		got, want := w.Send(context.Background(), message()), channel.Refused
		switch {
		case code == 204: // carries no body, so no error code
			want = channel.Retry
		case code < 300:
			want = channel.Accepted
		case code >= 500, code == 408, code == 425, code == 429:
			want = channel.Retry
		}
		if got.Result != want {
			t.Errorf("%d: %+v, want %s", code, got, want)
		}
	}
}

func TestUnreachedSaysNoKey(t *testing.T) {
	w, err := wecom.New(wecom.Config{URL: "http://127.0.0.1:1/send?key=hunter2", Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	got := w.Send(context.Background(), message())
	if got.Result != channel.Retry || strings.Contains(got.Reason.Error(), "hunter2") {
		t.Errorf("got %+v", got)
	}
}

func TestValidate(t *testing.T) {
	good := wecom.DefaultConfig()
	good.URL = "https://qyapi.example/send?key=k"
	for name, c := range map[string]struct {
		change func(*wecom.Config)
		keys   []string
	}{
		"good":    {func(*wecom.Config) {}, nil},
		"url":     {func(c *wecom.Config) { c.URL = "key=k" }, []string{"channel.wecom.url"}},
		"base":    {func(c *wecom.Config) { c.BaseURL = "x" }, []string{"channel.base_url"}},
		"format":  {func(c *wecom.Config) { c.Format = "news" }, []string{"channel.wecom.format"}},
		"mention": {func(c *wecom.Config) { c.Mention = []string{"a"} }, []string{"channel.wecom.mention"}},
		"timeout": {func(c *wecom.Config) { c.Timeout = 0 }, []string{"channel.timeout_positive"}},
		"two":     {func(c *wecom.Config) { c.URL, c.Timeout = "", 0 }, []string{"channel.wecom.url", "channel.timeout_positive"}},
	} {
		config := good
		c.change(&config)
		var got []string
		var joined interface{ Unwrap() []error }
		if errors.As(config.Validate(), &joined) {
			for _, one := range joined.Unwrap() {
				var e *huiying.Error
				if errors.As(one, &e) {
					got = append(got, e.Key)
				}
			}
		}
		if strings.Join(got, " ") != strings.Join(c.keys, " ") {
			t.Errorf("%s: %v, want %v", name, got, c.keys)
		}
	}
	if _, err := wecom.New(wecom.Config{}); err == nil {
		t.Error("an empty configuration was taken")
	}
}

// Whatever the provider answers is judged without a panic, and a body that is
// no answer is never an acceptance.
func FuzzAnswer(f *testing.F) {
	for _, s := range []string{`{"errcode":0}`, `{"errcode":93000}`, `[]`, `null`, `{"errcode":1e99}`, "\xff", ""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(body) }))
		defer server.Close()
		w, err := wecom.New(wecom.Config{URL: server.URL})
		if err != nil {
			t.Fatal(err)
		}
		got := w.Send(context.Background(), message())
		var answer struct {
			Code *int `json:"errcode"`
		}
		ok := json.Unmarshal(body, &answer) == nil && answer.Code != nil && *answer.Code == 0
		if (got.Result == channel.Accepted) != ok {
			t.Errorf("%q: %+v", body, got)
		}
	})
}

// key is the catalogue key of an outcome's reason.
func key(o channel.Outcome) string {
	var e *huiying.Error
	if errors.As(o.Reason, &e) {
		return e.Key
	}
	return ""
}
