package push_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"huiying"
	"huiying/notifier/channel"
	"huiying/notifier/channel/push"
)

// Connections that idle for the next alert are no leak.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"))
}

type seen struct {
	path, body, token, key string
}

func send(t *testing.T, c push.Config, path string, m channel.Message) (channel.Outcome, seen) {
	t.Helper()
	var got seen
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		got = seen{r.URL.Path, string(raw), r.Header.Get("Authorization"), r.Header.Get("X-Gotify-Key")}
	}))
	defer server.Close()
	c.URL = server.URL + path
	s, err := push.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s.Send(context.Background(), m), got
}

func message(level huiying.Level) channel.Message {
	return channel.Message{DeliveryID: "d-1", Level: level, Title: "【红】排队", Lines: []string{"规则：排队", "来源：微博"}, Link: "https://hy.example/a/t", LinkText: "查看"}
}

func TestNtfy(t *testing.T) {
	outcome, got := send(t, push.Config{Secret: "tk_1"}, "/office", message(huiying.LevelRed))
	want := seen{"/", `{"topic":"office","title":"【红】排队","message":"规则：排队\n来源：微博","priority":5,"tags":["rotating_light"],"click":"https://hy.example/a/t"}`, "Bearer tk_1", ""}
	if outcome.Result != channel.Accepted || got != want {
		t.Errorf("%+v\n%+v", outcome, got)
	}
	m := message(huiying.LevelBlue)
	m.Address, m.Link = "amin", ""
	if _, got := send(t, push.Config{}, "/sub/office", m); got.path != "/sub/" || got.body != `{"topic":"amin","title":"【红】排队","message":"规则：排队\n来源：微博","priority":2}` {
		t.Errorf("%+v", got)
	}
	if outcome, _ := send(t, push.Config{}, "", message(huiying.LevelRed)); outcome.Result != channel.Refused {
		t.Errorf("no topic: %+v", outcome)
	}
}

func TestGotify(t *testing.T) {
	outcome, got := send(t, push.Config{Format: push.FormatGotify, Secret: "A1"}, "/g/", message(huiying.LevelOrange))
	want := seen{"/g/message", `{"title":"【红】排队","message":"规则：排队\n来源：微博","priority":8,"extras":{"client::notification":{"click":{"url":"https://hy.example/a/t"}}}}`, "", "A1"}
	if outcome.Result != channel.Accepted || got != want {
		t.Errorf("%+v\n%+v", outcome, got)
	}
}

func TestPriorities(t *testing.T) {
	for level, want := range map[huiying.Level]string{huiying.LevelRed: "5", huiying.LevelOrange: "4", huiying.LevelYellow: "3", huiying.LevelBlue: "2"} {
		if _, got := send(t, push.Config{}, "/t", message(level)); !strings.Contains(got.body, `"priority":`+want) {
			t.Errorf("%s: %s", level, got.body)
		}
	}
}

func TestConfig(t *testing.T) {
	for _, c := range []push.Config{{}, {URL: "x"}, {URL: "https://p.example", Format: "apns"}, {URL: "https://p.example", Format: "gotify"}, {URL: "https://p.example", BaseURL: "x"}, {URL: "https://p.example", Timeout: -1}} {
		if _, err := push.New(c); huiying.ErrorCode(err) != huiying.Invalid {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
