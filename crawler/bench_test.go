package crawler_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"huiying"
	"huiying/crawler"
)

// BenchmarkCrawl prints, in one run, what a page costs with plain net/http and
// goquery, and with a whole visit around the same parsing: scheduler, turn,
// robots.txt, Colly, decoding, classifying, sealing, seen filter, cursor and
// ledger.
func BenchmarkCrawl(b *testing.B) {
	var rows strings.Builder
	for i := range 200 {
		fmt.Fprintf(&rows, `<li class="row"><a href="/l/%d">第%d封来信：大厅排队时间太长</a><span>2026-11-23</span></li>`, i, i)
	}
	body := gbk(b, page("来信列表", "<ul>"+rows.String()+"</ul>"))
	s := site(b, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) })
	parse := func(doc []byte) int {
		d, err := goquery.NewDocumentFromReader(bytes.NewReader(doc))
		if err != nil {
			b.Fatal(err)
		}
		return d.Find("li.row a").Length()
	}
	const pages = 10
	bare := func() {
		for range pages {
			resp, err := http.Get(s.URL)
			if err != nil {
				b.Fatal(err)
			}
			raw, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			decoded, _ := crawler.Decode(raw, "")
			if err != nil || parse(decoded) != 200 {
				b.Fatal("the page was not read")
			}
		}
	}
	visit := reader(func(ctx context.Context, v crawler.Visit) (crawler.Report, error) {
		for range pages {
			p, err := v.Fetch.Fetch(ctx, crawler.Request{URL: s.URL})
			if err != nil {
				return crawler.Report{}, err
			}
			decoded, _ := crawler.Decode(p.Body, p.Header.Get("Content-Type"))
			if parse(decoded) != 200 {
				b.Fatal("the page was not read")
			}
			if err := v.Sink.Accept(ctx, post(v, 1)); err != nil {
				return crawler.Report{}, err
			}
		}
		return crawler.Report{Answer: crawler.AnswerOK}, nil
	})
	c, err := crawler.New(crawler.Options{
		Fetch: crawler.FetchOptions{UserAgent: "x", NoDelay: true}, Kinds: []crawler.Kind{{Name: "test", Reader: visit}},
		Sink: &sink{}, State: newStates(), Evidence: &evidence{}, EvidenceKey: make([]byte, 32), Now: time.Now,
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(c.Close)
	b.Cleanup(http.DefaultClient.CloseIdleConnections)
	if err := c.Apply([]huiying.Source{source("a")}); err != nil {
		b.Fatal(err)
	}
	ours := func() {
		if _, err := c.RunOnce(b.Context(), "a"); err != nil {
			b.Fatal(err)
		}
	}
	bare()
	ours()
	var plain, whole time.Duration
	for b.Loop() { // by turns, so that a busy machine burdens both alike
		begun := time.Now()
		bare()
		between := time.Now()
		ours()
		plain, whole = plain+between.Sub(begun), whole+time.Since(between)
	}
	n := float64(b.N * pages)
	b.ReportMetric(float64(plain.Microseconds())/n, "bare-µs/page")
	b.ReportMetric(float64(whole.Microseconds())/n, "crawler-µs/page")
	b.ReportMetric(float64(whole)/float64(plain), "ratio")
}
