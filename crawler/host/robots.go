package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/temoto/robotstxt"

	"huiying/crawler/charset"
	"huiying/crawler/wall"
)

// Bounds of robots.txt, RFC 9309 §2.3 and §2.5.
const (
	robotsPath    = "/robots.txt"
	robotsHops    = 5
	robotsSize    = 500 << 10
	robotsRetry   = 10 * time.Minute    // after it could not be read
	robotsKept    = 30 * 24 * time.Hour // an old copy is obeyed while the file cannot be read
	maxCrawlDelay = 24 * time.Hour
)

// DisallowedError says that the host's robots.txt disallows the path.
type DisallowedError struct{ Host, Path string }

// Error is the text for logs.
func (e *DisallowedError) Error() string { return "robots.txt of " + e.Host + " disallows " + e.Path }

// RobotsError says that the host's robots.txt cannot be read for now, which
// counts as a no until it can (RFC 9309 §2.3.1.4).
type RobotsError struct {
	Host string
	Err  error
}

// Error is the text for logs.
func (e *RobotsError) Error() string { return "robots.txt of " + e.Host + ": " + e.Err.Error() }

// Unwrap gives the cause.
func (e *RobotsError) Unwrap() error { return e.Err }

// robots is the file of one origin. lock holds one token while nobody fetches
// it; the fields are for its holder, and read by forget through until.
type robots struct {
	lock  chan struct{}
	group *robotstxt.Group // nil until it was read once
	read  time.Time        // when group was read
	again time.Time        // when it is due
	err   error            // of the last fetch
}

func (r *robots) until() time.Time {
	select {
	case r.lock <- struct{}{}:
		defer func() { <-r.lock }()
		return r.again.Add(robotsKept)
	default:
		return time.Unix(1<<40, 0) // in use
	}
}

// allowed says whether u may be fetched. Where the caller is covered the file
// is still read for its Crawl-delay, and what it forbids or that it cannot be
// read is let pass.
func (h *Hosts) allowed(ctx context.Context, u *url.URL, m Manner) error {
	group, err := h.group(ctx, u, m)
	var unread *RobotsError
	switch {
	case errors.As(err, &unread) && m.Covered:
		return nil
	case err != nil:
		return err
	case m.Covered || permits(group, u):
		return nil
	}
	return &DisallowedError{Host: Name(u), Path: u.EscapedPath()}
}

// permits asks the rules in both writings of the path, since files write
// Chinese paths plainly and addresses in escapes.
func permits(g *robotstxt.Group, u *url.URL) bool {
	query := ""
	if u.RawQuery != "" {
		query = "?" + u.RawQuery
	}
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	return g.Test(path+query) && g.Test(u.Path+query)
}

// group gives the rules that hold for us at the origin of u, fetched at most
// once at a time.
func (h *Hosts) group(ctx context.Context, u *url.URL, m Manner) (*robotstxt.Group, error) {
	origin := &url.URL{Scheme: u.Scheme, Host: u.Host}
	r := h.file(origin.String())
	select {
	case r.lock <- struct{}{}:
		defer func() { <-r.lock }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if h.o.Now().Before(r.again) {
		return r.answer(origin, h.o.Now())
	}
	group, err := h.fetchRobots(ctx, origin, Manner{Probe: m.Probe})
	now := h.o.Now()
	var resting *RestingError
	var lost *UnreachableError
	var private *PrivateError
	var closed *ClosedError
	switch {
	case errors.As(err, &private), errors.As(err, &closed):
		return nil, err
	case err == nil:
		r.group, r.read, r.err, r.again = group, now, nil, now.Add(h.o.RobotsTTL)
		h.obey(origin, group.CrawlDelay)
	case ctx.Err() != nil || errors.Is(err, ErrTooLate):
		return nil, err
	case errors.As(err, &resting):
		return nil, err
	case errors.As(err, &lost):
		r.err = err // the page could not be had either; the host's rests keep us from hammering
	default:
		r.err, r.again = err, now.Add(robotsRetry)
	}
	return r.answer(origin, now)
}

// answer is the file as last read, also when reading it again failed.
func (r *robots) answer(origin *url.URL, now time.Time) (*robotstxt.Group, error) {
	if r.group != nil && (r.err == nil || now.Sub(r.read) < robotsKept) {
		return r.group, nil
	}
	return nil, &RobotsError{Host: Name(origin), Err: r.err}
}

func (h *Hosts) file(origin string) *robots {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := h.files[origin]
	if r == nil {
		r = &robots{lock: make(chan struct{}, 1)}
		h.files[origin] = r
	}
	return r
}

// obey slows the host down to the delay its file asks for.
func (h *Hosts) obey(origin *url.URL, delay time.Duration) {
	x := h.of(origin)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.crawl = min(max(delay, 0), maxCrawlDelay)
}

// fetchRobots reads the file through the same turns and rests as any page. A
// file that is not there, or hides behind a sign-in, allows everything; a host
// that fails, or tells us to slow down, is asked again later.
func (h *Hosts) fetchRobots(ctx context.Context, origin *url.URL, m Manner) (*robotstxt.Group, error) {
	at := origin.JoinPath(robotsPath)
	for range robotsHops + 1 {
		x := h.of(at)
		if r := x.resting(h.o.Now()); r != nil && !m.passes(r) {
			return nil, r
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
		if err != nil {
			return nil, fmt.Errorf("make a request: %w", err)
		}
		resp, body, err := h.paced(ctx, x, req, m)
		if err != nil {
			return nil, err
		}
		switch code := resp.StatusCode; {
		case code >= 200 && code < 300:
			return readRobots(body, resp.Header.Get("Content-Type"), h.o.Agent)
		case code >= 300 && code < 400:
			next, err := resp.Location()
			if err != nil || !web(next) {
				return everything(), nil
			}
			if class, _ := wall.Gate(next.String()); class != "" {
				return everything(), nil
			}
			at = next
		case code >= 500 || h.slows(code):
			return nil, fmt.Errorf("HTTP %d", code)
		default:
			return everything(), nil
		}
	}
	return everything(), nil
}

// slows reports a status below 500 that begins a rest by itself.
func (h *Hosts) slows(status int) bool {
	for _, r := range h.o.Rests {
		if status >= r.From && status <= r.To {
			return true
		}
	}
	return false
}

func web(u *url.URL) bool { return u.Scheme == "http" || u.Scheme == "https" }

func everything() *robotstxt.Group { return &robotstxt.Group{} }

// readRobots reads what was sent as the file. A page that blocks us or says
// that the site is closed is an error, and an error is no permission; one that
// wants a sign-in is no file. Old sites write Chinese paths in GBK.
func readRobots(body []byte, contentType, agent string) (*robotstxt.Group, error) {
	body, _ = charset.Decode(body[:min(len(body), robotsSize)], contentType)
	switch class, why := wall.Read(body); class {
	case wall.Blocked, wall.RateLimited, wall.Maintenance:
		return nil, errors.New(why)
	}
	return parseRobots(body, agent)
}

var directive = regexp.MustCompile(`(?i)^\s*(user-agent|allow|disallow|crawl-delay)\s*:`)

// parseRobots reads the rules for the agent. Lines that are none, such as the
// HTML of a page put there instead, are skipped; RFC 9309 §2.2 wants what can
// be read to be read.
func parseRobots(body []byte, agent string) (g *robotstxt.Group, err error) {
	defer func() {
		if p := recover(); p != nil {
			g, err = nil, fmt.Errorf("it cannot be parsed: %v", p)
		}
	}()
	for _, drop := range []string{"", "crawl-delay"} {
		data, perr := robotstxt.FromBytes(rules(body, drop))
		if perr == nil {
			return data.FindGroup(agent), nil
		}
		err = fmt.Errorf("it cannot be parsed: %w", perr)
	}
	return nil, err
}

// rules keeps the lines that are rules, without those of the name drop.
func rules(body []byte, drop string) []byte {
	var out bytes.Buffer
	for line := range strings.Lines(strings.ReplaceAll(string(body), "\r", "\n")) {
		m := directive.FindStringSubmatch(line)
		if m == nil || (drop != "" && strings.EqualFold(m[1], drop)) {
			continue
		}
		line, _, _ = strings.Cut(line, "#")
		out.WriteString(strings.TrimSpace(line) + "\n")
	}
	return out.Bytes()
}
