package weibo_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/weibo"
	"huiying/crawler/weibo/ajax"
	"huiying/crawler/weibo/openapi"
	"huiying/crawler/weibo/readertest"
	"huiying/crawler/weibo/search"
)

// kept is a state store and a sink in memory.
type kept struct {
	mu    sync.Mutex
	state map[string][]byte
	posts int
}

func (k *kept) Load(_ context.Context, source string) ([]byte, uint64, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.state[source], uint64(len(k.state[source])), nil
}

func (k *kept) Save(_ context.Context, source string, state []byte, _ uint64) (uint64, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.state[source] = bytes.Clone(state)
	return uint64(len(state)), nil
}

func (k *kept) Accept(context.Context, huiying.Post) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.posts++
	return nil
}

// TestWallsEndInTheirStates: through the crawler itself, every wall on every
// face ends the source in its state, after one question, with a rest of hours
// where the site asks for one, and with no secret in ledger, log or state.
func TestWallsEndInTheirStates(t *testing.T) {
	walls := []struct {
		name   string
		answer http.HandlerFunc
		want   huiying.SourceState
	}{
		{"signed out", func(w http.ResponseWriter, _ *http.Request) {
			readertest.Reply(w, 200, object{"ok": -100, "url": "https://passport.weibo.com/sso/signin"})
		}, huiying.SourceLoginNeeded},
		{"sent to the gate", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://passport.weibo.com/visitor/visitor", http.StatusFound)
		}, huiying.SourceLoginNeeded},
		{"expired token", func(w http.ResponseWriter, _ *http.Request) {
			readertest.Reply(w, 403, object{"error_code": 21327, "error": "expired_token", "request": "/2/x"})
		}, huiying.SourceLoginNeeded},
		{"rate", func(w http.ResponseWriter, _ *http.Request) {
			readertest.Reply(w, 403, object{"error_code": "10023", "error": "User requests out of rate limit!"})
		}, huiying.SourceRateLimited},
		{"432", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(432) }, huiying.SourceBlocked},
		{"418", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(418) }, huiying.SourceRateLimited},
		{"blocked in GBK", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("<html><head><meta charset=\"utf-8\"><title>\xb7\xc3\xce\xca\xca\xdc\xcf\xde</title></head><body></body></html>"))
		}, huiying.SourceBlocked},
		{"wrong kind", func(w http.ResponseWriter, _ *http.Request) { readertest.Reply(w, 403, object{"error": "Forbidden"}) }, huiying.SourceForbidden},
		{"a page where a person proves to be one", func(w http.ResponseWriter, _ *http.Request) {
			readertest.Reply(w, 200, object{"ok": 0, "url": "https://m.weibo.cn/captcha/show"})
		}, huiying.SourceBlocked},
		{"rubbish", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("{\"ok\":")) }, huiying.SourceMalformed},
	}
	for _, c := range []struct {
		kind    crawler.Kind
		options string
	}{
		{weibo.Kind(), `{"accounts":["1900000001"],"cookie":"SUB=hush"}`},
		{ajax.Kind(), `{"accounts":["1900000001"],"cookie":"SUB=hush; XSRF-TOKEN=hush"}`},
		{search.Kind(), `{"queries":["大厅"],"cookie":"SUB=hush"}`},
		{openapi.Kind(), `{"access_token":"hush"}`},
	} {
		for _, wall := range walls {
			t.Run(c.kind.Name+"/"+wall.name, func(t *testing.T) { meet(t, c.kind, c.options, wall.answer, wall.want) })
		}
	}
}

func meet(t *testing.T, kind crawler.Kind, options string, answer http.HandlerFunc, want huiying.SourceState) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		asked++
		answer(w, r)
	}))
	defer server.Close()
	var log bytes.Buffer
	store := &kept{state: map[string][]byte{}}
	c, err := crawler.New(crawler.Options{
		Fetch: crawler.FetchOptions{UserAgent: "huiying test", NoDelay: true}, Kinds: []crawler.Kind{kind}, Sink: store, State: store,
		Now: func() time.Time { return fetched }, Zone: office, Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	source := huiying.Source{ID: "town-weibo", Kind: kind.Name, BaseURL: server.URL, Every: 5 * time.Minute, Options: []byte(options)}
	if err := c.Apply([]huiying.Source{source}); err != nil {
		t.Fatal(err)
	}
	row, err := c.RunOnce(t.Context(), source.ID)
	if err != nil {
		t.Fatal(err)
	}
	if row.State != want || row.Reason == "" || row.Detail == "" || store.posts != 0 {
		t.Errorf("%+v", row)
	}
	if asked > 1 && want != huiying.SourceMalformed {
		t.Errorf("%d questions", asked)
	}
	if want == huiying.SourceLoginNeeded && (row.NextAt.Sub(fetched) < time.Hour || !strings.HasSuffix(row.Reason, "_refused")) {
		t.Errorf("%+v", row)
	}
	if said := fmt.Sprintf("%+v %s %s", row, log.String(), store.state[source.ID]); strings.Contains(said, "hush") {
		t.Errorf("the secret is shown: %s", said)
	}
}
