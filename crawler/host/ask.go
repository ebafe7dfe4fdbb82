package host

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// TooLargeError says that an answer was larger than allowed; nothing of it is
// kept.
type TooLargeError struct {
	Limit    int64 // bytes
	Unpacked bool  // it was small as sent and grew when unpacked
}

// Error is the text for logs.
func (e *TooLargeError) Error() string {
	if e.Unpacked {
		return fmt.Sprintf("the answer unpacks to more than %d bytes", e.Limit)
	}
	return fmt.Sprintf("the answer is larger than %d bytes", e.Limit)
}

// BrokenError says that a host answered and its body could not be read whole:
// it ended early, or is packed in a way we do not read.
type BrokenError struct{ Err error }

// Error is the text for logs.
func (e *BrokenError) Error() string { return "the answer is broken: " + e.Err.Error() }

// Unwrap gives the cause.
func (e *BrokenError) Unwrap() error { return e.Err }

// UnreachableError says that a host gave no answer.
type UnreachableError struct {
	Host string
	Err  error
}

// Error is the text for logs; it holds no address, which may hold a query.
func (e *UnreachableError) Error() string { return e.Host + " gave no answer: " + e.Err.Error() }

// Unwrap gives the cause.
func (e *UnreachableError) Unwrap() error { return e.Err }

// Ask sends one request when its host may be asked and reads the whole answer,
// unpacked. It follows no redirect. covered says that the caller holds a
// permission that stands above robots.txt; pacing and rests hold all the same.
//
// Errors: *RestingError, *DisallowedError, *RobotsError (its robots.txt cannot
// be read for now), ErrTooLate, *TooLargeError, *BrokenError,
// *UnreachableError, *PrivateError, *ClosedError, and ctx's own. The response has no body; it is in body.
func (h *Hosts) Ask(ctx context.Context, req *http.Request, covered bool) (resp *http.Response, body []byte, err error) {
	return h.AskAs(ctx, req, Manner{Covered: covered})
}

// Manner is how a request is put.
type Manner struct {
	Covered bool // see Ask
	// Probe asks also while the host rests because it could not be reached or
	// failed: whether it still does is the question. Refusals of us hold.
	Probe bool
	Took  func(time.Duration) // told how long the exchange took, waiting for the turn not counted; may be nil
}

// AskAs is Ask with a manner of its own.
func (h *Hosts) AskAs(ctx context.Context, req *http.Request, m Manner) (resp *http.Response, body []byte, err error) {
	x := h.of(req.URL)
	if r := x.resting(h.o.Now()); r != nil && !m.passes(r) {
		return nil, nil, r
	}
	if err := h.allowed(ctx, req.URL, m); err != nil {
		return nil, nil, err
	}
	return h.paced(ctx, x, req, m)
}

// passes reports a rest that does not hold the request back.
func (m Manner) passes(r *RestingError) bool { return m.Probe && (r.Status == 0 || r.Status >= 500) }

// paced waits for the host's turn and exchanges one request.
func (h *Hosts) paced(ctx context.Context, x *host, req *http.Request, m Manner) (*http.Response, []byte, error) {
	if err := h.closed(x); err != nil {
		return nil, nil, err
	}
	done, err := h.turn(ctx, x)
	if err != nil {
		return nil, nil, err
	}
	defer done()
	if err := h.closed(x); err != nil { // whoever was before us had the last question
		return nil, nil, err
	}
	if r := x.resting(h.o.Now()); r != nil && !m.passes(r) { // whoever was before us met a refusal
		return nil, nil, r
	}
	h.spend(x)
	begun := h.o.Now()
	resp, body, err := h.exchange(ctx, req)
	if m.Took != nil {
		m.Took(h.o.Now().Sub(begun))
	}
	h.note(ctx, x, req.URL, resp)
	return resp, body, err
}

// note tells the breaker. Our own cancelling says nothing about the host.
func (h *Hosts) note(ctx context.Context, x *host, u *url.URL, resp *http.Response) {
	status := 0
	switch {
	case resp != nil:
		status = resp.StatusCode
	case ctx.Err() != nil:
		return
	}
	if status == http.StatusRequestURITooLong && len(u.String()) >= 2048 {
		return // about the address, not about us
	}
	now := h.o.Now()
	x.mu.Lock()
	var begun bool
	switch {
	case resp == nil:
		begun = x.rest.note(now, 0, 0)
	case u.Path == robotsPath && status < 500 && !h.slows(status):
		// Its being served does not mean that pages are again.
	default:
		begun = x.rest.note(now, status, retryAfter(resp.Header, now))
	}
	r := Resting{Host: x.name, Until: x.rest.until, Status: x.rest.status}
	x.mu.Unlock()
	if begun {
		h.o.Rested(x.name, r)
	}
}

// exchange sends the request and reads the answer within the bounds. After
// *TooLargeError and *BrokenError the response is given too, for its status.
func (h *Hosts) exchange(ctx context.Context, req *http.Request) (*http.Response, []byte, error) {
	if h.private().refused(req.URL) {
		return nil, nil, &PrivateError{Address: Name(req.URL)}
	}
	inner, cancel := context.WithTimeout(ctx, h.o.Timeout)
	defer cancel()
	req = req.Clone(inner)
	req.Header.Set("User-Agent", h.o.UserAgent)
	req.Header.Set("Accept-Encoding", "gzip")
	var sent atomic.Int32 // an idle connection that broke is replaced in silence, and the question sent again
	req = req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
		WroteRequest: func(httptrace.WroteRequestInfo) { sent.Add(1) },
	}))
	resp, err := h.o.Transport.RoundTrip(req)
	var private *PrivateError
	if !errors.As(err, &private) { // which was not asked
		for range sent.Load() - 1 {
			tell(ctx, req, nil)
		}
		tell(ctx, req, resp)
	}
	if err != nil {
		return nil, nil, h.lost(ctx, inner, req.URL, err)
	}
	defer resp.Body.Close()
	body, err := h.body(resp)
	var large *TooLargeError
	switch {
	case err == nil:
	case errors.As(err, &large):
	case inner.Err() != nil:
		return nil, nil, h.lost(ctx, inner, req.URL, err)
	default:
		err = &BrokenError{err}
	}
	settle(resp, body)
	return resp, body, err
}

// lost tells the caller's own end from the host's silence.
func (h *Hosts) lost(ctx, inner context.Context, u *url.URL, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var private *PrivateError
	if errors.As(err, &private) {
		return private
	}
	if inner.Err() != nil {
		err = fmt.Errorf("no whole answer within %s", h.o.Timeout)
	}
	return &UnreachableError{Host: Name(u), Err: err}
}

func (h *Hosts) body(resp *http.Response) ([]byte, error) {
	if resp.ContentLength > h.o.MaxWire {
		return nil, &TooLargeError{Limit: h.o.MaxWire}
	}
	raw, err := bounded(resp.Body, h.o.MaxWire, false)
	if err != nil {
		return nil, err
	}
	switch packed := strings.ToLower(strings.TrimSpace(resp.Header.Get("Content-Encoding"))); packed {
	case "", "identity":
		return raw, nil
	case "gzip", "x-gzip":
		if len(raw) == 0 {
			return raw, nil
		}
		r, err := gzip.NewReader(bytes.NewReader(raw))
		if err != nil {
			return nil, fmt.Errorf("unpack: %w", err)
		}
		return bounded(r, h.o.MaxBody, true)
	default:
		return nil, fmt.Errorf("packed as %.20q, which was not asked for", packed)
	}
}

// usual is the size of most pages, in bytes: read without growing.
const usual = 48 << 10

// bounded reads all of r, or fails when there is more than limit.
func bounded(r io.Reader, limit int64, unpacked bool) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(usual)
	_, err := b.ReadFrom(io.LimitReader(r, limit+1))
	switch {
	case int64(b.Len()) > limit:
		return nil, &TooLargeError{Limit: limit, Unpacked: unpacked}
	case err != nil:
		return nil, err
	}
	return b.Bytes(), nil
}

// settle makes the response say what the unpacked body is.
func settle(resp *http.Response, body []byte) {
	resp.Header.Del("Content-Encoding")
	resp.Header.Del("Content-Length")
	resp.ContentLength = int64(len(body))
	resp.Uncompressed = true
	resp.Body = http.NoBody
}
