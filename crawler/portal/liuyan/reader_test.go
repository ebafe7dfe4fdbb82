package liuyan_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/portal/liuyan"
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
	kind := liuyan.Kind()
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

// TestReader follows two forums with a watermark each.
func TestReader(t *testing.T) {
	newest := "10"
	f := &fake{answer: func(r crawler.Request) string {
		switch {
		case r.Form == nil:
			return "<html></html>"
		case r.Form.Get("fid") == "2":
			return `{"result":"success","responseData":[]}`
		case r.Form.Get("lastItem") == "0":
			return `{"result":"success","responseData":[{"tid":` + newest + `,"subject":"新"},{"tid":9,"subject":"九"}]}`
		case r.Form.Get("lastItem") == "9":
			return `{"result":"success","responseData":[{"tid":8,"subject":"八"}]}`
		}
		return `{"result":"success","responseData":[]}`
	}}
	var b basket
	const options = `{"forums":["1","2"],"size":2}`
	got := visit(t, f, &b, options, nil)
	if got.Entry.Accepted != 3 || got.Answer != crawler.AnswerOK || got.Entry.Capped {
		t.Errorf("%+v", got)
	}
	q := f.asked[0]
	if q.Header.Get("Cookie") != "" || q.Form.Get("pageSize") != "2" || !strings.HasPrefix(q.URL, "http://127.0.0.1:9/pro-dfbbs-front/threads/") || !strings.HasSuffix(q.Header.Get("Referer"), "fid=1") {
		t.Errorf("%+v", q)
	}
	newest = "11"
	again := visit(t, f, &b, options, got.Cursor)
	if again.Entry.Accepted != 1 || b.posts[3].ID != "portal:liuyan.people.com.cn/l11" {
		t.Errorf("%+v", again)
	}
	if idle := visit(t, f, &b, options, again.Cursor); idle.Entry.Accepted != 0 || len(f.asked) != 2 {
		t.Errorf("%d asked, %+v", len(f.asked), idle)
	}
}

func TestCheck(t *testing.T) {
	for options, want := range map[string]int{
		`{"forums":["1"]}`: 0, `{}`: 1, `{"forums":["x"],"pages":99,"size":0,"again":"soon"}`: 4, `{"fid":1}`: 1,
	} {
		if got := mistakes(liuyan.Kind().Check(huiying.Source{ID: "l", Options: json.RawMessage(options)})); got != want {
			t.Errorf("%s: %d mistakes, want %d", options, got, want)
		}
	}
}
