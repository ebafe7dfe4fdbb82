package feed_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/feed"
	"huiying/crawler/surfacetest"
)

// plainFetch asks without pacing and classifies by status alone.
type plainFetch struct{}

func (plainFetch) Fetch(ctx context.Context, r crawler.Request) (crawler.Page, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.URL, nil)
	if err != nil {
		return crawler.Page{}, err
	}
	req.Header = r.Header.Clone()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return crawler.Page{}, huiying.Errorf(huiying.Unavailable, "crawler.unreachable", err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	p := crawler.Page{Status: res.StatusCode, Header: res.Header, Evidence: huiying.Digest(string(body))}
	p.Body, p.URL = body, r.URL
	p.Answer, p.Detail = crawler.Classify(res.StatusCode, r.URL, res.Header, body)
	return p, err
}

type basket struct{ posts []huiying.Post }

func (b *basket) Accept(_ context.Context, p huiying.Post) error {
	b.posts = append(b.posts, p)
	return p.Validate()
}

// TestReader polls a feed through a stand-in for its host: new entries and
// edits are news, the same feed is asked for with its version.
func TestReader(t *testing.T) {
	text, asked, status := "原文", 0, 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		if status != 0 {
			w.WriteHeader(status)
			return
		}
		tag := fmt.Sprintf(`"%x"`, text)
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = io.WriteString(w, `<rss version="2.0"><channel><title>t</title><item><title>x</title><link>/1</link><guid>g1</guid><description>`+text+`</description></item></channel></rss>`)
	}))
	t.Cleanup(server.Close)
	kind := feed.Kind()
	src := huiying.Source{ID: "town-feed", Kind: "feed", BaseURL: server.URL, Options: json.RawMessage(`{"url":"https://daily.linhe.example/rss","platform":"news"}`)}
	if err := kind.Check(src); err != nil {
		t.Fatal(err)
	}
	var b basket
	var cursor json.RawMessage
	now := surfacetest.Fetched()
	visit := func() crawler.Report {
		t.Helper()
		now = now.Add(time.Minute)
		report, err := kind.Reader.Read(context.Background(), crawler.Visit{
			Source: src, Cursor: cursor, Fetch: plainFetch{}, Sink: &b, Now: func() time.Time { return now }, Zone: surfacetest.Zone(),
		})
		if err != nil {
			t.Fatal(err)
		}
		cursor = report.Cursor
		return report
	}
	if got := visit(); got.Entry.Accepted != 1 || got.Answer != crawler.AnswerOK {
		t.Fatalf("%+v", got)
	}
	if p := b.posts[0]; p.ID != "news:daily.linhe.example/ag1" || p.URL != "https://daily.linhe.example/1" || p.Evidence == "" || p.Source != "town-feed" || p.Platform != "news" {
		t.Errorf("%+v", p)
	}
	if got := visit(); got.Entry.Accepted != 0 || got.Answer != crawler.AnswerOK || got.Entry.Pages != 1 {
		t.Errorf("%+v", got)
	}
	text = "改过的文字"
	if got := visit(); got.Entry.Accepted != 1 || b.posts[1].Text != "改过的文字" || b.posts[1].ID != b.posts[0].ID {
		t.Errorf("%+v %+v", got, b.posts)
	}
	status = http.StatusForbidden
	if got := visit(); got.Answer != crawler.AnswerForbidden || got.Detail != "HTTP 403" {
		t.Errorf("%+v", got)
	}
	if strings.Contains(string(cursor), "改过") {
		t.Errorf("the cursor holds words: %s", cursor)
	}
	if asked != 4 {
		t.Errorf("asked %d times", asked)
	}
}

func TestCheck(t *testing.T) {
	for options, mistakes := range map[string]int{
		`{"url":"https://a.example/rss"}`:                       0,
		`{"urls":["https://a.example/1","http://b.example/2"]}`: 0,
		`{}`: 1,
		`{"url":"ftp://a.example","platform":"blog"}`:            2,
		`{"url":"https://a.example/rss","every":1}`:              1,
		`{"urls":["https://a.example/1","b"],"platform":"news"}`: 1,
	} {
		err := feed.Kind().Check(huiying.Source{ID: "f", Options: json.RawMessage(options)})
		got := 0
		var joined interface{ Unwrap() []error }
		if errors.As(err, &joined) {
			got = len(joined.Unwrap())
		} else if err != nil {
			got = 1
		}
		if got != mistakes {
			t.Errorf("%s: %d mistakes, want %d: %v", options, got, mistakes, err)
		}
	}
	if err := feed.Kind().Check(huiying.Source{ID: "f", BaseURL: "https://a.example/rss"}); err != nil {
		t.Errorf("base_url is the feed: %v", err)
	}
}
