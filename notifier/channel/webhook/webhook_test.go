package webhook_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"huiying"
	"huiying/notifier/channel"
	"huiying/notifier/channel/webhook"
)

// Connections that idle for the next alert are no leak.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"))
}

var now = time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC)

func message() channel.Message {
	return channel.Message{
		DeliveryID: "d-1", AlertID: "a-1", Level: huiying.LevelRed, Title: "【红】排队", Lines: []string{"规则：排队", "来源：微博"},
		Link: "https://hy.example/a/t", LinkText: "查看并签收", Person: "amin", Lang: "zh", CaseNo: "HY20261123-0001",
		At: now.In(time.FixedZone("office", 8*3600)),
	}
}

func open(t *testing.T, c webhook.Config) *webhook.Webhook {
	t.Helper()
	c.Now = func() time.Time { return now }
	w, err := webhook.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// The request is what docs promise to receivers, byte for byte, and its
// signature is checked the way a receiver checks it.
func TestRequest(t *testing.T) {
	const secret = "s3cret"
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			t.Error(err)
		}
		if r.Method != http.MethodPost || r.URL.String() != "/hook?room=1" || r.Header.Get("Content-Type") != "application/json; charset=utf-8" {
			t.Errorf("%s %s %s", r.Method, r.URL, r.Header.Get("Content-Type"))
		}
		if r.Header.Get(webhook.HeaderDelivery) != "d-1" || r.Header.Get(webhook.HeaderTimestamp) != "1795397400" {
			t.Errorf("headers %v", r.Header)
		}
		if got, want := r.Header.Get(webhook.HeaderSignature), webhook.Signature(secret, "1795397400", body); got != want {
			t.Errorf("signature %s, want %s", got, want)
		}
	}))
	defer server.Close()
	w := open(t, webhook.Config{URL: server.URL + "/hook?room=1", Secret: secret})
	if got := w.Send(context.Background(), message()); got.Result != channel.Accepted {
		t.Fatalf("got %+v", got)
	}
	want := `{"delivery_id":"d-1","alert_id":"a-1","level":"red","title":"【红】排队","lines":["规则：排队","来源：微博"],` +
		`"case_no":"HY20261123-0001","person":"amin","link":"https://hy.example/a/t","lang":"zh","raised_at":"2026-11-23T09:30:00+08:00"}`
	if string(body) != want {
		t.Errorf("body\n%s\nwant\n%s", body, want)
	}
	if !json.Valid(body) {
		t.Error("not JSON")
	}
}

// A vector made with another tool: printf '1700000000.{}' | openssl dgst -sha256 -hmac key.
func TestSignatureVector(t *testing.T) {
	const want = "sha256=9d713ed406bb7076d4123f0dc2c39d2df5c654ed4b0cd56b52c8b4c940bd63ae"
	if got := webhook.Signature("key", "1700000000", []byte("{}")); got != want {
		t.Errorf("got %s", got)
	}
}

func TestEveryStatus(t *testing.T) {
	var status atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get(webhook.HeaderSignature) != "" {
			t.Error("signed without a secret")
		}
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(int(status.Load()))
	}))
	defer server.Close()
	w := open(t, webhook.Config{URL: server.URL})
	for code := 200; code < 600; code++ {
		status.Store(int64(code))
		got, want := w.Send(context.Background(), message()), channel.Refused
		switch {
		case code < 300:
			want = channel.Accepted
		case code >= 500, code == 408, code == 425, code == 429:
			want = channel.Retry
		}
		if got.Result != want || (want == channel.Retry && got.RetryAfter != 7*time.Second) {
			t.Errorf("%d: %+v, want %s", code, got, want)
		}
	}
}

// A base URL puts a stand-in where the real receiver would be.
func TestBaseURL(t *testing.T) {
	var path string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { path = r.URL.String() }))
	defer server.Close()
	w := open(t, webhook.Config{URL: "https://real.invalid/hook?k=v", BaseURL: server.URL})
	if got := w.Send(context.Background(), message()); got.Result != channel.Accepted || path != "/hook?k=v" {
		t.Errorf("%+v at %s", got, path)
	}
}

// A receiver that never answers is given up in time, and its address stays
// out of what is said about it.
func TestSilentReceiver(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer server.Close()
	defer close(release)
	w := open(t, webhook.Config{URL: server.URL + "/?key=hunter2", Timeout: 50 * time.Millisecond})
	got := w.Send(context.Background(), message())
	var e *huiying.Error
	if got.Result != channel.Retry || !errors.As(got.Reason, &e) || e.Key != "channel.timeout" || strings.Contains(got.Reason.Error(), "hunter2") {
		t.Errorf("got %+v", got)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if got := w.Send(ctx, message()); got.Result != channel.Retry {
		t.Errorf("cancelled: %+v", got)
	}
}

func TestValidate(t *testing.T) {
	for name, c := range map[string]struct {
		config webhook.Config
		keys   string
	}{
		"good":     {webhook.Config{URL: "https://x.example/", Timeout: time.Second}, ""},
		"no url":   {webhook.Config{Timeout: time.Second}, "channel.webhook.url"},
		"scheme":   {webhook.Config{URL: "ftp://x", Timeout: time.Second}, "channel.webhook.url"},
		"all":      {webhook.Config{URL: "x", BaseURL: "y", Timeout: -1}, "channel.webhook.url channel.base_url channel.timeout_positive"},
		"base url": {webhook.Config{URL: "https://x.example/", BaseURL: "127.0.0.1:1", Timeout: time.Second}, "channel.base_url"},
	} {
		if got := keysOf(c.config.Validate()); got != c.keys {
			t.Errorf("%s: %q, want %q", name, got, c.keys)
		}
	}
	if _, err := webhook.New(webhook.Config{}); err == nil {
		t.Error("an empty configuration was taken")
	}
	if webhook.DefaultConfig().Timeout != 10*time.Second {
		t.Error("default timeout")
	}
}

func keysOf(err error) string {
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		return ""
	}
	var keys []string
	for _, one := range joined.Unwrap() {
		var e *huiying.Error
		if errors.As(one, &e) {
			keys = append(keys, e.Key)
		}
	}
	return strings.Join(keys, " ")
}

// A receiver may answer 200 and say in its body that it did not take it.
func TestVerdict(t *testing.T) {
	verdict := channel.Verdict{Path: "code", Equals: []string{"0"}, LaterOn: []string{"busy"}}
	for answer, want := range map[string]channel.Result{
		`{"code":0}`: channel.Accepted, `{"code":"busy"}`: channel.Retry, `{"code":"no"}`: channel.Refused, `ok`: channel.Retry, `{}`: channel.Retry,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, answer) }))
		w, err := webhook.New(webhook.Config{URL: server.URL, Verdict: verdict})
		if err != nil {
			t.Fatal(err)
		}
		if got := w.Send(context.Background(), channel.Message{DeliveryID: "d-1"}); got.Result != want {
			t.Errorf("%s: %+v", answer, got)
		}
		server.Close()
	}
	if _, err := webhook.New(webhook.Config{URL: "https://a.example", Verdict: channel.Verdict{Path: "code"}}); err == nil {
		t.Error("a path without values was taken")
	}
}

// A digest names every delivery by the id it keeps for ever.
func TestDigestNamesItsDeliveries(t *testing.T) {
	var body webhook.Body
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
	}))
	defer server.Close()
	w, err := webhook.New(webhook.Config{URL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	items := []channel.Item{{DeliveryID: "d-1", Level: huiying.LevelRed}, {DeliveryID: "d-2", CaseNo: "HY20261123-0001"}}
	w.Send(context.Background(), channel.Message{DeliveryID: "g-1", Digest: items})
	if body.DeliveryID != "g-1" || len(body.Deliveries) != 2 || body.Deliveries[1] != items[1] {
		t.Errorf("got %+v", body)
	}
}
