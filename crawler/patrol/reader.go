package patrol

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/host"
	"huiying/crawler/patrol/settings"
	"huiying/crawler/portal/site"
	"huiying/internal/locale"
)

// visit is one inspection under way.
type visit struct {
	crawler.Visit
	opt    settings.Options
	rd     Reader
	words  *locale.Catalogue
	cursor cursor
	now    time.Time
	report crawler.Report
	left   int // questions that may still be put
	notes  []string
}

// refusalError is an answer of the site that is none: it ends the visit.
type refusalError struct {
	answer crawler.Answer
	detail string
}

// Error is the text for logs.
func (r *refusalError) Error() string { return "refused: " + string(r.answer) + " " + r.detail }

// errEnough ends a visit whose questions or time are used up; the next goes
// on where it stopped.
var errEnough = errors.New("the visit's share is used up")

// longest is how long a visit works, well below what it may take.
const longest = 3 * time.Minute

// Read makes one visit: a probe when the slot has none, then as much of what
// is due as the visit has questions for. That the site is down is a finding
// and no failure of the visit; a refusal of us is one. There is no past to
// read for a back-fill.
func (rd Reader) Read(ctx context.Context, v crawler.Visit) (crawler.Report, error) {
	out := crawler.Report{Cursor: v.Cursor, Answer: crawler.AnswerOK}
	if !v.Window.IsZero() {
		return out, nil
	}
	opt, err := settings.Settle(v.Source, rd.profiles)
	if err != nil {
		return out, err
	}
	words, err := rd.words()
	if err != nil {
		return out, fmt.Errorf("read the catalogue: %w", err)
	}
	kept, err := readCursor(v.Cursor, opt.Probes)
	if err != nil {
		return out, err
	}
	r := &visit{Visit: v, opt: opt, rd: rd, words: words, cursor: kept, now: v.Now(), report: out, left: opt.Visit}
	if r.Zone == nil {
		r.Zone = time.UTC
	}
	err = r.run(ctx)
	return r.close(err)
}

func (r *visit) run(ctx context.Context) error {
	for _, step := range []func(context.Context) error{r.again, r.except, r.anew, r.probe, r.certificate, r.round, r.letters} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (r *visit) close(err error) (crawler.Report, error) {
	var no *refusalError
	switch {
	case errors.Is(err, errEnough):
		err = nil
	case errors.As(err, &no):
		r.report.Answer, r.report.Detail = no.answer, no.detail
		r.notes = append(r.notes, no.detail)
		err = nil
	}
	for _, i := range r.cursor.Open {
		if !i.Finding.Over {
			r.report.Entry.Posts++
		}
	}
	r.report.Entry.Detail = strings.Join(r.notes, "; ")
	raw, merr := json.Marshal(r.cursor)
	if merr != nil {
		return r.report, errors.Join(err, fmt.Errorf("write the cursor: %w", merr))
	}
	r.report.Cursor = raw
	return r.report, err
}

func (r *visit) note(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

// due reports whether a job's time has come.
func (r *visit) due(job string) bool {
	return !r.now.Before(time.Unix(r.cursor.Done[job], 0).Add(r.opt.Every[job]))
}

func (r *visit) done(job string) { r.cursor.Done[job] = r.now.Unix() }

// enough reports that the visit puts no further question.
func (r *visit) enough() bool { return r.left <= 0 || r.Now().Sub(r.now) >= longest }

// answer is what came of one question.
type answer struct {
	page crawler.Page
	kind outcome
	why  string
}

// outcome says what an answer tells about the page.
type outcome int

const (
	there     outcome = iota // it is there
	gone                     // it is not there, for certain
	troubled                 // no answer or an error of the server, which may pass
	unasked                  // we could not or may not ask: says nothing
	forbidden                // it answers, and not to us: says nothing
)

// ask puts one question and sorts what comes. Only our own end is an error,
// and a refusal of the inspected site.
func (r *visit) ask(ctx context.Context, q crawler.Request) (answer, error) {
	if r.enough() {
		return answer{}, errEnough
	}
	r.left--
	address := q.URL
	q.Header = http.Header{"Accept": {"text/html,application/xhtml+xml,*/*;q=0.8"}}
	q.URL = r.out(address)
	p, err := r.Fetch.Fetch(ctx, q)
	if err != nil {
		return r.failed(ctx, err)
	}
	p.URL = r.back(p.URL)
	a := answer{page: p}
	a.kind, a.why = sorted(p, address)
	if a.kind == forbidden && r.opt.Own(address) && refuses(p.Answer) {
		return a, &refusalError{p.Answer, p.Detail}
	}
	return a, nil
}

// refuses reports a refusal of us by the whole site.
func refuses(a crawler.Answer) bool {
	return a == crawler.AnswerBlocked || a == crawler.AnswerRateLimited
}

// failed sorts a question that brought no page.
func (r *visit) failed(ctx context.Context, err error) (answer, error) {
	if ctx.Err() != nil {
		return answer{}, err
	}
	var resting *host.RestingError
	var lost *host.UnreachableError
	var e *huiying.Error
	switch {
	case errors.As(err, &resting), errors.Is(err, host.ErrTooLate):
		return answer{kind: unasked, why: "未能询问"}, nil
	case errors.As(err, &lost):
		return answer{kind: troubled, why: "没有应答"}, nil
	case errors.As(err, &e) && (e.Code == huiying.Forbidden || e.Code == huiying.Unavailable || e.Code == huiying.Invalid):
		return answer{kind: unasked, why: "未能询问"}, nil
	}
	return answer{}, fmt.Errorf("inspect: %w", err)
}

// sorted says what an answered page is.
func sorted(p crawler.Page, asked string) (outcome, string) {
	status := fmt.Sprintf("HTTP %d", p.Status)
	switch {
	case p.Status == http.StatusNotFound || p.Status == http.StatusGone:
		return gone, status
	case p.Status >= 500:
		return troubled, status
	case p.Status >= 400, p.Answer == crawler.AnswerLoginWall, refuses(p.Answer), p.Answer == crawler.AnswerForbidden:
		return forbidden, status
	case p.Status >= 300:
		return gone, status + " 重定向不止"
	case p.Answer == crawler.AnswerMaintenance:
		return troubled, "维护页面"
	case !front(asked) && front(p.URL) && sameHost(asked, p.URL):
		return gone, "跳转到首页"
	}
	return there, ""
}

// front reports the address of a home page.
func front(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.RawQuery != "" {
		return false
	}
	path := strings.ToLower(strings.TrimPrefix(u.Path, "/"))
	return path == "" || ((strings.HasPrefix(path, "index.") || strings.HasPrefix(path, "default.")) && !strings.Contains(path, "/"))
}

func sameHost(a, b string) bool {
	x, err := url.Parse(a)
	y, yerr := url.Parse(b)
	return err == nil && yerr == nil && strings.EqualFold(x.Hostname(), y.Hostname())
}

// out is where an address is asked: base_url stands in for the home page's
// host.
func (r *visit) out(address string) string {
	if u, err := url.Parse(address); err == nil && u.Host == r.opt.Home.Host {
		return site.Swap(address, r.Source.BaseURL)
	}
	return address
}

// back is the site's own address of a page that was answered.
func (r *visit) back(address string) string {
	base, err := url.Parse(r.Source.BaseURL)
	u, uerr := url.Parse(address)
	if err != nil || uerr != nil || base.Host == "" || u.Host != base.Host {
		return address
	}
	u.Scheme, u.Host = r.opt.Home.Scheme, r.opt.Home.Host
	if prefix := strings.TrimSuffix(base.Path, "/"); prefix != "" {
		u.Path, u.RawPath = strings.TrimPrefix(u.Path, prefix), ""
	}
	return u.String()
}
