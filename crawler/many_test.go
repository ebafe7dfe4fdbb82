package crawler_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/badsites"
)

// TestManySources reads 200 sources on 50 hosts every five minutes for half an
// hour of made time, each visit a list and three pages behind it, through
// everything but the network: each is read on time, in bounded memory, and no
// goroutine more at the end than at the beginning.
func TestManySources(t *testing.T) {
	if testing.Short() {
		t.Skip("half an hour of 200 sources: not with -short")
	}
	const sources, hosts, minutes = 200, 50, 30
	page := `<html><head><meta charset="utf-8"></head><body>` + strings.Repeat(`<p>办事指南与来信摘录，排队取号请提前预约。</p>`, 500) + `</body></html>`
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		asked := 0
		transport := roundTrip(func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			asked++
			mu.Unlock()
			time.Sleep(200 * time.Millisecond)
			status, body := 200, page
			if r.URL.Path == "/robots.txt" {
				status, body = 404, ""
			}
			return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r, ContentLength: -1}, nil
		})
		visits := map[string]int{}
		read := reader(func(ctx context.Context, v crawler.Visit) (crawler.Report, error) {
			mu.Lock()
			visits[v.Source.ID]++
			n := visits[v.Source.ID]
			mu.Unlock()
			for i := range 4 {
				p, err := v.Fetch.Fetch(ctx, crawler.Request{URL: fmt.Sprintf("%s/%s/%d", v.Source.BaseURL, v.Source.ID, i)})
				if err != nil {
					return crawler.Report{}, err
				}
				text, _ := crawler.Decode(p.Body, "")
				item := badsites.Thread(v, 0)
				item.ID, item.Text = fmt.Sprintf("forum:example.org/t%s-%d-%d", v.Source.ID, n, i), string(text[:2000])
				if err := v.Sink.Accept(ctx, item); err != nil {
					return crawler.Report{}, err
				}
			}
			return crawler.Report{Answer: crawler.AnswerOK, Cursor: json.RawMessage(fmt.Sprint(n))}, nil
		})
		c, err := crawler.New(crawler.Options{
			Fetch: crawler.FetchOptions{UserAgent: "x", HostDelay: 2 * time.Second, Transport: transport}, Kinds: []crawler.Kind{{Name: "test", Reader: read}},
			Sink: discard{}, State: newStates(), Evidence: &evidence{}, EvidenceKey: make([]byte, 32), Now: time.Now,
		})
		if err != nil {
			t.Fatal(err)
		}
		var list []huiying.Source
		for i := range sources {
			list = append(list, huiying.Source{ID: fmt.Sprintf("s%d", i), Kind: "test", BaseURL: fmt.Sprintf("https://h%d.test", i%hosts), Every: 5 * time.Minute})
		}
		if err := c.Apply(list); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- c.Run(ctx) }()
		time.Sleep(5 * time.Minute) // of made time: everything was read once
		before, memory := runtime.NumGoroutine(), uint64(0)
		for range minutes - 5 {
			time.Sleep(time.Minute)
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			memory = max(memory, m.Sys)
		}
		after := runtime.NumGoroutine()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		c.Close()
		for id, n := range visits {
			if n < 5 || n > 7 {
				t.Errorf("%s was read %d times in half an hour", id, n)
			}
		}
		if after > before+8 || memory > 400<<20 || len(visits) != sources {
			t.Errorf("%d goroutines, then %d; %d MiB; %d sources", before, after, memory>>20, len(visits))
		}
		t.Logf("%d visits, %d questions, %d MiB at most, goroutines %d then %d", sum(visits), asked, memory>>20, before, after)
	})
}

func sum(m map[string]int) (n int) {
	for _, v := range m {
		n += v
	}
	return n
}

// discard takes everything.
type discard struct{}

func (discard) Accept(context.Context, huiying.Post) error { return nil }
