package badsites

import (
	"bytes"
	"context"
	"fmt"
	"sync"

	"huiying"
	"huiying/crawler"
)

// List reads <base_url>/<source id>?page=1 and on until a page names no next
// one, at most five, and brings a post of each.
type List struct{}

// Read implements crawler.Reader.
func (List) Read(ctx context.Context, v crawler.Visit) (crawler.Report, error) {
	report := crawler.Report{Answer: crawler.AnswerEmpty}
	for n := 1; ; n++ {
		p, err := v.Fetch.Fetch(ctx, crawler.Request{URL: fmt.Sprintf("%s/%s?page=%d", v.Source.BaseURL, v.Source.ID, n)})
		if err != nil {
			return report, err
		}
		if !p.Answer.Answered() {
			report.Answer, report.Detail = p.Answer, p.Detail
			return report, nil
		}
		report.Answer = crawler.AnswerOK
		if err := v.Sink.Accept(ctx, Thread(v, n)); err != nil {
			return report, err
		}
		switch {
		case !bytes.Contains(p.Text(), []byte("下一页")):
			return report, nil
		case n == 5:
			report.Entry.Capped = true
			return report, nil
		}
	}
}

// Thread is the n-th post that a visit brings.
func Thread(v crawler.Visit, n int) huiying.Post {
	return huiying.Post{
		ID: fmt.Sprintf("forum:example.org/t%d", n), Source: v.Source.ID, Platform: huiying.PlatformForum, Kind: huiying.KindThread,
		Text: fmt.Sprintf("第 %d 贴", n), CollectedAt: v.Now(),
	}
}

// States keeps the state of sources in memory, whoever else changes it.
type States struct {
	mu sync.Mutex
	m  map[string][]byte
	n  uint64
}

// Load implements crawler.StateStore.
func (s *States) Load(_ context.Context, source string) ([]byte, uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.m[source], s.n, nil
}

// Save implements crawler.StateStore.
func (s *States) Save(_ context.Context, source string, state []byte, _ uint64) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.m == nil {
		s.m = map[string][]byte{}
	}
	s.n++
	s.m[source] = bytes.Clone(state)
	return s.n, nil
}
