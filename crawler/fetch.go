package crawler

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/gocolly/colly/v2"

	"huiying"
	"huiying/crawler/host"
	"huiying/crawler/wall"
)

// maxRedirects bounds how often one question is sent on.
const maxRedirects = 10

// fetcher asks for one source. Colly builds the request, follows redirects
// and hands over the answer, one collector per question; everything polite
// (turns, robots.txt, rests, bounds) is in the transport under it.
type fetcher struct {
	c      *Crawler
	source huiying.Source
	tally  *tally
}

// Fetch implements Fetcher.
func (f *fetcher) Fetch(ctx context.Context, r Request) (page Page, err error) {
	begun := f.c.o.Now()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("fetch %s: panic: %v", f.source.ID, p)
		}
		class := string(page.Answer)
		if err != nil {
			class = string(huiying.ErrorCode(err))
		}
		f.c.meter.Fetched(class, len(page.Body), f.c.o.Now().Sub(begun))
	}()
	if u, perr := url.Parse(r.URL); perr != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return Page{}, huiying.Errorf(huiying.Invalid, "crawler.bad_url", f.source.ID, redact(r.URL))
	}
	hops := &transport{ctx: ctx, hosts: f.c.hosts, covered: f.source.Register.Covers(begun), probe: r.Probe, asked: r.URL}
	hops.ctx = host.Tell(ctx, hops.told)
	got, err := f.visit(ctx, r, hops)
	f.tally.asked(hops.counts(err != nil))
	if err != nil {
		return f.failed(ctx, hops, err)
	}
	f.tally.page()
	page = f.classified(hops, got.StatusCode)
	f.tally.asked(answered(page))
	f.keep(ctx, &page)
	return page, nil
}

// visit runs one collector for one question. Colly's own pacing, robots.txt,
// cookies, cache, charset guessing and size limit stay off, whatever its
// environment variables say.
func (f *fetcher) visit(ctx context.Context, r Request, hops *transport) (*colly.Response, error) {
	c := colly.NewCollector(colly.StdlibContext(ctx), colly.AllowURLRevisit(), colly.ParseHTTPErrorResponse(), colly.IgnoreRobotsTxt())
	c.Async, c.DetectCharset, c.TraceHTTP, c.CheckHead = false, false, false, false
	c.MaxBodySize, c.MaxDepth, c.MaxRequests, c.CacheDir = 0, 0, 0, ""
	c.AllowedDomains, c.DisallowedDomains = nil, nil
	c.DisableCookies()
	c.SetRequestTimeout(0) // turns are waited for in the transport, which times each exchange
	c.WithTransport(hops)
	c.SetRedirectHandler(follow)
	var got *colly.Response
	c.OnResponse(func(r *colly.Response) { got = r })
	method, body := http.MethodGet, io.Reader(nil)
	header := r.Header.Clone()
	if header == nil {
		header = http.Header{}
	}
	if r.Head {
		method = http.MethodHead
	}
	if r.Form != nil {
		method, body = http.MethodPost, strings.NewReader(r.Form.Encode())
		header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if err := c.Request(method, r.URL, body, nil, header); err != nil {
		return nil, err
	}
	if got == nil {
		return nil, errors.New("colly gave no response")
	}
	return got, nil
}

// follow decides about one redirect. A sign-in gate is recognised by where it
// is and not entered; a loop ends with the last redirect as the answer; no
// public site leads us into the office's own network.
func follow(req *http.Request, via []*http.Request) error {
	if class, _ := wall.Gate(req.URL.String()); class != "" || len(via) >= maxRedirects {
		return http.ErrUseLastResponse
	}
	if inside(req.URL) && !inside(via[0].URL) {
		return http.ErrUseLastResponse
	}
	if req.URL.Host != via[0].URL.Host {
		for _, name := range []string{"Cookie", "Authorization", "X-Xsrf-Token"} {
			req.Header.Del(name)
		}
	}
	return nil
}

// inside reports an address that names a machine of a private network.
func inside(u *url.URL) bool {
	name := u.Hostname()
	if ip, err := netip.ParseAddr(name); err == nil {
		return ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsUnspecified()
	}
	return name == "localhost" || strings.HasSuffix(name, ".localhost")
}

// transport is one question's way through the hosts, hop by hop. It keeps the
// last answer as received.
type transport struct {
	ctx     context.Context
	hosts   *host.Hosts
	covered bool
	probe   bool
	asked   string

	took   time.Duration // of all hops
	url    *url.URL
	header http.Header
	body   []byte
	broken string // why the body is not there

	heard []host.Exchange
}

// told hears of each question that was put on the wire.
func (t *transport) told(e host.Exchange) { t.heard = append(t.heard, e) }

// counts is what the ledger says of the question up to its last answer, which
// is counted when its class is known; after a failure there is none.
func (t *transport) counts(failed bool) huiying.AnswerCounts {
	var c huiying.AnswerCounts
	last := len(t.heard) - 1
	for i, e := range t.heard {
		switch {
		case e.Robots:
			c.Robots++
		case e.Status == 0:
			c.Unreachable++
		case i < last || failed:
			c.Redirected++
		}
	}
	return c
}

// answered counts a page by its class.
func answered(p Page) huiying.AnswerCounts {
	switch p.Answer {
	case AnswerOK:
		return huiying.AnswerCounts{OK: 1}
	case AnswerEmpty:
		if p.Status == http.StatusNotModified {
			return huiying.AnswerCounts{Unchanged: 1}
		}
		return huiying.AnswerCounts{Empty: 1}
	case AnswerDeleted:
		return huiying.AnswerCounts{Deleted: 1}
	case AnswerLoginWall:
		return huiying.AnswerCounts{LoginWall: 1}
	case AnswerBlocked:
		return huiying.AnswerCounts{Blocked: 1}
	case AnswerRateLimited:
		return huiying.AnswerCounts{RateLimited: 1}
	case AnswerForbidden:
		return huiying.AnswerCounts{Forbidden: 1}
	case AnswerMaintenance:
		return huiying.AnswerCounts{Maintenance: 1}
	}
	return huiying.AnswerCounts{Malformed: 1}
}

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, body, err := t.hosts.AskAs(t.ctx, req, host.Manner{Covered: t.covered, Probe: t.probe, Took: func(d time.Duration) { t.took += d }})
	t.url, t.broken = req.URL, ""
	var large *host.TooLargeError
	var broken *host.BrokenError
	switch {
	case err == nil:
	case resp != nil && (errors.As(err, &large) || errors.As(err, &broken)):
		t.broken = err.Error()
	default:
		return nil, err
	}
	t.header, t.body = resp.Header.Clone(), body
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		if to, err := resp.Location(); err == nil {
			t.url = to // where it wanted us, should it not be followed
		}
	}
	resp.Request = req
	resp.Body = http.NoBody // it is here; Colly would copy and decode it
	return resp, nil
}

// classified makes the page of the last answer. A body that could not be read
// whole is malformed, and nothing of it is given out.
func (f *fetcher) classified(t *transport, status int) Page {
	p := Page{
		Document: Document{Body: t.body, URL: t.url.String(), FetchedAt: f.c.o.Now(), Zone: f.c.o.Zone, Source: f.source.ID},
		Status:   status,
		Header:   t.header,
		Took:     t.took,
	}
	p.Answer, p.Detail = classify(status, p.URL, func() []byte {
		utf8, _ := Decode(t.body, t.header.Get("Content-Type"))
		p.text = &text{body: t.body, utf8: utf8}
		return utf8
	})
	if status >= 300 && status < 400 && p.Answer == AnswerMalformed {
		p.Detail += " to " + redact(p.URL)
	}
	if t.broken != "" && (p.Answer.Answered() || p.Answer == AnswerMalformed) {
		p.Answer, p.Detail, p.Body = AnswerMalformed, t.broken, nil
	}
	return p
}

// keep seals the raw bytes. A page whose evidence cannot be kept is still
// read: the office hears the citizen, and the ledger says what is missing.
func (f *fetcher) keep(ctx context.Context, p *Page) {
	if f.c.keeper == nil || len(p.Body) == 0 {
		return
	}
	name, fresh, err := f.c.keeper.Keep(ctx, p.Body)
	if err != nil {
		f.tally.unkept(err)
		f.c.meter.Evidence(false)
		return
	}
	if fresh {
		f.c.meter.Evidence(true)
	}
	p.Evidence = name
}

// failed turns the transport's errors into sentences.
func (f *fetcher) failed(ctx context.Context, t *transport, err error) (Page, error) {
	var resting *host.RestingError
	var no *host.DisallowedError
	var unread *host.RobotsError
	var private *host.PrivateError
	var closed *host.ClosedError
	var lost *host.UnreachableError
	var addressed *url.Error
	if errors.As(err, &addressed) {
		err = addressed.Err // without the address, whose query may be a secret
	}
	switch {
	case ctx.Err() != nil:
		return Page{}, fmt.Errorf("fetch for %s: %w", f.source.ID, ctx.Err())
	case errors.As(err, &resting):
		at := resting.Until.In(f.c.o.Zone).Format(time.DateTime)
		return Page{}, told(huiying.Unavailable, "crawler.resting", err, resting.Host, at, resting.Status)
	case errors.As(err, &no):
		return Page{}, told(huiying.Forbidden, "crawler.robots_disallowed", err, no.Host, no.Path)
	case errors.As(err, &closed) && closed.Stop != nil:
		return Page{}, told(huiying.Unavailable, KeyStopped, err)
	case errors.As(err, &closed):
		key := "crawler.outside_hours"
		if closed.Spent {
			key = "crawler.budget_spent"
		}
		return Page{}, told(huiying.Unavailable, key, err, closed.Host, closed.Until.In(f.c.o.Zone).Format(time.DateTime))
	case errors.As(err, &private):
		return Page{}, told(huiying.Forbidden, "crawler.private_address", err, f.source.ID, private.Address)
	case errors.As(err, &lost):
		return Page{}, told(huiying.Unavailable, "crawler.unreachable", err, lost.Host, lost.Err.Error())
	case errors.As(err, &unread):
		return Page{}, told(huiying.Unavailable, "crawler.robots_unread", err, unread.Host, unread.Err.Error())
	case errors.Is(err, host.ErrTooLate):
		return Page{}, told(huiying.Unavailable, "crawler.too_late", err, f.source.ID)
	}
	name := redact(t.asked)
	if t.url != nil {
		name = host.Name(t.url)
	}
	return Page{}, told(huiying.Unavailable, "crawler.unreachable", err, name, err.Error())
}

// told is an error with a sentence and a cause that the sentence leaves out.
func told(code huiying.Code, key string, cause error, args ...any) error {
	e := huiying.Errorf(code, key, args...)
	e.Err = cause
	return e
}

// redact drops what of an address may be a secret or a search word.
func redact(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "?"
	}
	u.RawQuery, u.User, u.Fragment = "", nil, ""
	return u.String()
}
