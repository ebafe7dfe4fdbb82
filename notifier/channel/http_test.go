package channel_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"huiying"
	"huiying/internal/locale"
	"huiying/notifier/channel"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var now = time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC)

// Every status there can be: which are final is a list, not a guess.
func TestJudgeEveryStatus(t *testing.T) {
	retry := map[int]bool{408: true, 425: true, 429: true}
	for status := 100; status < 600; status++ {
		want := channel.Refused
		switch {
		case status >= 200 && status < 300:
			want = channel.Accepted
		case retry[status], status >= 500:
			want = channel.Retry
		}
		got := channel.Judge(channel.Answer{Status: status}, now)
		if got.Result != want || (got.Reason == nil) != (want == channel.Accepted) {
			t.Errorf("%d: %+v, want %s", status, got, want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"":                     0,
		"120":                  2 * time.Minute,
		"0":                    0,
		"-5":                   0,
		"soon":                 0,
		"99999999":             6 * time.Hour,
		"99999999999999999999": 0,
		now.Add(90 * time.Second).Format(http.TimeFormat): 90 * time.Second,
		now.Add(-time.Hour).Format(http.TimeFormat):       0,
		now.Add(240 * time.Hour).Format(http.TimeFormat):  6 * time.Hour,
	} {
		got := channel.Judge(channel.Answer{Status: 503, Header: http.Header{"Retry-After": {value}}}, now)
		if got.RetryAfter != want || got.Result != channel.Retry {
			t.Errorf("%q: %v, want %v", value, got.RetryAfter, want)
		}
	}
}

// Neither the sentence nor the cause may give away where the key is.
func TestNoSecretInErrors(t *testing.T) {
	text, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + listener.Addr().String() + "/send?key=hunter2"
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	client := channel.Client(time.Second)
	for _, target := range []string{closed, "http://name.invalid/send?key=hunter2", "http://bad host/send?key=hunter2", "http://x/%zz?key=hunter2"} {
		_, err := channel.Post(context.Background(), client, channel.Request{URL: target, Body: []byte("{}")})
		if err == nil {
			t.Errorf("%s: want an error", target)
			continue
		}
		outcome := channel.Unreached(err)
		said := err.Error() + outcome.Reason.Error() + text.Sentence(locale.Chinese, outcome.Reason) + text.Sentence(locale.English, outcome.Reason)
		if strings.Contains(said, "hunter2") || outcome.Result != channel.Retry {
			t.Errorf("%s: %s", outcome.Result, said)
		}
	}
}

func TestUnreached(t *testing.T) {
	for name, c := range map[string]struct {
		err error
		key string
	}{
		"name":     {&net.DNSError{Err: "no such host", Name: "x.invalid"}, "channel.unresolved"},
		"deadline": {context.DeadlineExceeded, "channel.timeout"},
		"slow":     {&net.OpError{Op: "read", Err: slow{}}, "channel.timeout"},
		"refused":  {&net.OpError{Op: "dial", Err: errors.New("refused")}, "channel.unreached"},
		"else":     {errors.New("reset"), "channel.unreached"},
	} {
		var e *huiying.Error
		got := channel.Unreached(c.err)
		if !errors.As(got.Reason, &e) || e.Key != c.key || !errors.Is(got.Reason, c.err) {
			t.Errorf("%s: %v", name, got.Reason)
		}
	}
}

type slow struct{}

func (slow) Error() string   { return "slow" }
func (slow) Timeout() bool   { return true }
func (slow) Temporary() bool { return true }

// A redirect would take the message, and its signature, to a place nobody
// configured.
func TestFollowsNoRedirect(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") }))
	defer elsewhere.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		server := httptest.NewServer(http.RedirectHandler(elsewhere.URL, status))
		client := channel.Client(time.Second)
		answer, err := channel.Post(context.Background(), client, channel.Request{URL: server.URL})
		if err != nil || channel.Judge(answer, now).Result != channel.Refused {
			t.Errorf("%d: %+v, %v", status, answer, err)
		}
		client.CloseIdleConnections()
		server.Close()
	}
}

// A provider that answers without end does not fill the memory.
func TestAnswerIsBounded(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Write(make([]byte, 1<<20))
	}))
	defer server.Close()
	client := channel.Client(5 * time.Second)
	defer client.CloseIdleConnections()
	answer, err := channel.Post(context.Background(), client, channel.Request{URL: server.URL})
	if err != nil || len(answer.Body) != 64<<10 {
		t.Errorf("%d bytes, %v", len(answer.Body), err)
	}
}

func TestRebase(t *testing.T) {
	for _, c := range []struct{ address, base, want string }{
		{"https://qyapi.example/cgi-bin/send?key=k", "", "https://qyapi.example/cgi-bin/send?key=k"},
		{"https://qyapi.example/cgi-bin/send?key=k", "http://127.0.0.1:9/", "http://127.0.0.1:9/cgi-bin/send?key=k"},
	} {
		if got, err := channel.Rebase(c.address, c.base); err != nil || got != c.want {
			t.Errorf("%s, %v", got, err)
		}
	}
	for _, c := range [][2]string{{"http://%zz/?key=hunter2", ""}, {"http://x/", "http://%zz"}} {
		if _, err := channel.Rebase(c[0], c[1]); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v: %v", c, err)
		}
	}
}

func FuzzValidURL(f *testing.F) {
	for _, s := range []string{"https://x.example/a?key=1", "ftp://x", "//x", "http://", "", "http://[::1]:80/", "http://%zz"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !channel.ValidURL(s) {
			return
		}
		if u, err := url.Parse(s); err != nil || u.Host == "" {
			t.Errorf("%q is not an address", s)
		}
	})
}
