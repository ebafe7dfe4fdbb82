package crawler_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/badsites"
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
	var served atomic.Int64
	s := site(b, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "%s<!-- %d -->", body, served.Add(1)) // a page of its own each time: it is sealed each time
	})
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
			decoded := p.Text()
			if parse(decoded) != 200 {
				b.Fatal("the page was not read")
			}
			if err := v.Sink.Accept(ctx, badsites.Thread(v, 1)); err != nil {
				return crawler.Report{}, err
			}
		}
		return crawler.Report{Answer: crawler.AnswerOK}, nil
	})
	c, err := crawler.New(crawler.Options{
		Fetch: crawler.FetchOptions{UserAgent: "x", NoDelay: true, Private: []string{"127.0.0.1"}}, Kinds: []crawler.Kind{{Name: "test", Reader: visit}},
		Sink: discard{}, State: newStates(), Evidence: nowhere{}, EvidenceKey: make([]byte, 32), Now: time.Now,
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
	var plain, whole, plainCPU, wholeCPU time.Duration
	for b.Loop() { // by turns, so that a busy machine burdens both alike
		begun, busy := time.Now(), processor(b)
		bare()
		between, busier := time.Now(), processor(b)
		ours()
		plain, whole = plain+between.Sub(begun), whole+time.Since(between)
		plainCPU, wholeCPU = plainCPU+busier-busy, wholeCPU+processor(b)-busier
	}
	n := float64(b.N * pages)
	b.ReportMetric(float64(plain.Microseconds())/n, "bare-µs/page")
	b.ReportMetric(float64(whole.Microseconds())/n, "crawler-µs/page")
	b.ReportMetric(float64(whole)/float64(plain), "ratio")
	b.ReportMetric(float64(wholeCPU)/float64(plainCPU), "processor-ratio") // what a busy machine does not bend
}

// nowhere takes evidence and keeps none of it.
type nowhere struct{}

func (nowhere) Put(context.Context, string, []byte) error { return nil }

// processor is how long this process, sites and all, kept a processor busy.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
