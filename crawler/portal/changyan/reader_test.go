package changyan_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/portal/changyan"
	"huiying/crawler/surfacetest"
)

// fake is a site that answers by what is asked for.
type fake struct {
	asked  []crawler.Request
	answer func(crawler.Request) string
}

func (f *fake) Fetch(_ context.Context, r crawler.Request) (crawler.Page, error) {
	f.asked = append(f.asked, r)
	p := crawler.Page{Status: 200, Answer: crawler.AnswerOK, Header: map[string][]string{"Set-Cookie": {"seen=1; Path=/"}}}
	p.Body = []byte(f.answer(r))
	return p, nil
}

type basket struct{ posts []huiying.Post }

func (b *basket) Accept(_ context.Context, p huiying.Post) error {
	b.posts = append(b.posts, p)
	return p.Validate()
}

// visit makes one visit and gives the cursor of the next.
func visit(t *testing.T, f *fake, b *basket, options string, cursor json.RawMessage) crawler.Report {
	t.Helper()
	src := huiying.Source{ID: "town-board", BaseURL: "http://127.0.0.1:9", Options: json.RawMessage(options)}
	kind := changyan.Kind()
	if err := kind.Check(src); err != nil {
		t.Fatal(err)
	}
	f.asked = nil
	report, err := kind.Reader.Read(context.Background(), crawler.Visit{
		Source: src, Cursor: cursor, Fetch: f, Sink: b, Now: func() time.Time { return surfacetest.Fetched() }, Zone: surfacetest.Zone(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func mistakes(err error) int {
	var joined interface{ Unwrap() []error }
	switch {
	case errors.As(err, &joined):
		return len(joined.Unwrap())
	case err != nil:
		return 1
	}
	return 0
}

// TestReader looks a topic up and reads the pages of its comments.
func TestReader(t *testing.T) {
	f := &fake{answer: func(r crawler.Request) string {
		switch {
		case strings.Contains(r.URL, "/topic/load"):
			return `{"topic_id":55,"cmt_sum":31}`
		case strings.Contains(r.URL, "topic_id=55") && strings.Contains(r.URL, "page_no=1"):
			return `{"topic_id":55,"cmt_sum":31,"comments":[{"comment_id":2,"content":"乙"}]}`
		case strings.Contains(r.URL, "page_no=2"):
			return `{"topic_id":55,"cmt_sum":31,"comments":[{"comment_id":1,"content":"甲"}]}`
		}
		return ""
	}}
	var b basket
	const options = `{"client_id":"cyLinhe","topics":[{"url":"https://news.linhe.example/1.html"}]}`
	got := visit(t, f, &b, options, nil)
	if got.Entry.Accepted != 2 || got.Answer != crawler.AnswerOK || len(f.asked) != 3 {
		t.Errorf("%+v", got)
	}
	if p := b.posts[0]; p.ID != "news:changyan.sohu.com/p2" || p.URL != "https://news.linhe.example/1.html" || p.RootID == "" || p.ParentID != p.RootID {
		t.Errorf("%+v", p)
	}
	if idle := visit(t, f, &b, options, got.Cursor); idle.Entry.Accepted != 0 {
		t.Errorf("%+v", idle)
	}
}

func TestCheck(t *testing.T) {
	for options, want := range map[string]int{
		`{"client_id":"c","topics":[{"url":"https://a.example/1"}]}`: 0, `{}`: 2,
		`{"client_id":"c","topics":[{"url":"1"}],"pages":0,"again":"soon"}`: 3,
	} {
		if got := mistakes(changyan.Kind().Check(huiying.Source{ID: "c", Options: json.RawMessage(options)})); got != want {
			t.Errorf("%s: %d mistakes, want %d", options, got, want)
		}
	}
}
