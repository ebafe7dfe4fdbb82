package endpoint_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/feed/endpoint"
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
	kind := endpoint.Kind()
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

// TestReader turns pages by a description written in the options.
func TestReader(t *testing.T) {
	f := &fake{answer: func(r crawler.Request) string {
		switch r.Form.Get("p") {
		case "1":
			return `{"rows":[{"id":3,"t":"丙"},{"id":2,"t":"乙"}]}`
		case "2":
			return `{"rows":[{"id":1,"t":"甲"}]}`
		}
		return `{"rows":[]}`
	}}
	var b basket
	const options = `{"params":{"city":"临河"},"endpoint":{"name":"x","site":"https://x.example","url":"/l?city={city}","form":{"p":"{page}"},"headers":{"Referer":"https://x.example/"},"items":"rows","fields":{"id":"id","title":"t"},"paging":{"by":"page"}}}`
	got := visit(t, f, &b, options, nil)
	if got.Entry.Accepted != 3 || got.Entry.Pages != 3 || got.Answer != crawler.AnswerOK {
		t.Errorf("%+v", got)
	}
	if q := f.asked[0]; q.URL != "http://127.0.0.1:9/l?city=%E4%B8%B4%E6%B2%B3" || q.Header.Get("Referer") != "https://x.example/" {
		t.Errorf("%+v", q)
	}
	if b.posts[0].ID != "feed:x.example/a3" {
		t.Errorf("%+v", b.posts[0])
	}
	if idle := visit(t, f, &b, options, got.Cursor); idle.Entry.Accepted != 0 || idle.Entry.Pages != 1 {
		t.Errorf("%+v", idle)
	}
}

func TestCheck(t *testing.T) {
	for options, want := range map[string]int{
		`{"profile":"zhihu-hot"}`: 0, `{}`: 1, `{"profile":"zhihu-hot","endpoint":{}}`: 1, `{"profile":"nowhere"}`: 1,
		`{"profile":"zhihu-hot","pages":0,"again":"soon","params":{"page":"1"}}`:      3,
		`{"endpoint":{"name":"x","site":"https://x.example","fields":{"title":"t"}}}`: 1,
	} {
		if got := mistakes(endpoint.Kind().Check(huiying.Source{ID: "j", Options: json.RawMessage(options)})); got != want {
			t.Errorf("%s: %d mistakes, want %d", options, got, want)
		}
	}
}
