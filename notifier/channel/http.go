package channel

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"huiying"
)

// maxAnswer is how much of a provider's answer is read; the rest is not for us.
const maxAnswer = 64 << 10

// Client is an HTTP client for one channel. It follows no redirect: an alert
// goes where the administrator said, and nowhere else.
func Client(timeout time.Duration) *http.Client {
	return &http.Client{
		Timeout: timeout,
		Transport: &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			DialContext:         (&net.Dialer{Timeout: timeout}).DialContext,
			TLSHandshakeTimeout: timeout,
			MaxIdleConnsPerHost: 8,
			IdleConnTimeout:     90 * time.Second,
			ForceAttemptHTTP2:   true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Request is one body on its way; JSON by POST unless it says otherwise.
type Request struct {
	Method string // "" = POST
	URL    string
	Header http.Header
	Body   []byte
}

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte // at most 64 KiB
}

// Post sends a body. The error never holds the URL, whose query is often the
// key.
func Post(ctx context.Context, client *http.Client, r Request) (Answer, error) {
	req, err := http.NewRequestWithContext(ctx, cmp.Or(r.Method, http.MethodPost), r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return Answer{}, fmt.Errorf("make request: %w", redact(err))
	}
	for key, values := range r.Header {
		req.Header[key] = values
	}
	if req.Header.Get("Content-Type") == "" && len(r.Body) > 0 {
		req.Header.Set("Content-Type", "application/json; charset=utf-8")
	}
	req.Header.Set("User-Agent", "huiying-notifier/1")
	resp, err := client.Do(req)
	if err != nil {
		return Answer{}, redact(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return Answer{}, redact(err)
	}
	return Answer{Status: resp.StatusCode, Header: resp.Header, Body: body}, nil
}

// Tell posts v as JSON and judges the answer by its status. What the body of an
// accepted one says is for the channel to read: many providers answer 200 with
// an error code in it.
func Tell(ctx context.Context, client *http.Client, r Request, v any, now func() time.Time) (Answer, Outcome) {
	body, err := json.Marshal(v)
	if err != nil {
		return Answer{}, Outcome{Result: Refused, Reason: huiying.Errorf(huiying.Internal, "channel.unwritable", err)}
	}
	r.Body = body
	answer, err := Post(ctx, client, r)
	if err != nil {
		return Answer{}, Unreached(err)
	}
	return answer, Judge(answer, now())
}

// redact takes the URL out of an error of net/http.
func redact(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return fmt.Errorf("%s: %w", u.Op, u.Err)
	}
	return err
}

// Unreached is the outcome of an attempt that got no answer: later again. The
// sentence says whether it was refused, timed out or not found; the cause
// stays in the log.
func Unreached(err error) Outcome {
	key := "channel.unreached"
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case errors.As(err, &dns):
		key = "channel.unresolved"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		key = "channel.timeout"
	}
	reason := huiying.Errorf(huiying.Unavailable, key)
	reason.Err = err
	return Outcome{Result: Retry, Reason: reason}
}

// Judge is the outcome by HTTP status: 2xx took it; 408, 425, 429 and 5xx are
// worth another try, Retry-After (seconds or a date, counted from now) being
// the least wait; everything else never will be.
func Judge(a Answer, now time.Time) Outcome {
	code := strconv.Itoa(a.Status)
	switch {
	case a.Status >= 200 && a.Status < 300:
		return Outcome{Result: Accepted, Code: code}
	case a.Status == http.StatusRequestTimeout, a.Status == http.StatusTooEarly, a.Status == http.StatusTooManyRequests, a.Status >= 500:
		return Outcome{Result: Retry, RetryAfter: retryAfter(a.Header, now), Code: code,
			Reason: huiying.Errorf(huiying.Unavailable, "channel.status_retry", a.Status)}
	}
	return Outcome{Result: Refused, Code: code, Reason: huiying.Errorf(huiying.Invalid, "channel.status_refused", a.Status)}
}

// maxRetryAfter bounds what a provider may ask for, so that a wrong clock
// there does not silence a channel.
const maxRetryAfter = 6 * time.Hour

func retryAfter(h http.Header, now time.Time) time.Duration {
	v := h.Get("Retry-After")
	if n, err := strconv.ParseInt(v, 10, 32); err == nil {
		return min(max(time.Duration(n)*time.Second, 0), maxRetryAfter)
	}
	if at, err := http.ParseTime(v); err == nil {
		return min(max(at.Sub(now), 0), maxRetryAfter)
	}
	return 0
}

// Rebase puts address under another scheme and host: a replica or proxy that
// stands in for the provider. "" leaves it.
func Rebase(address, base string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || base == "" {
		return address, redact(err)
	}
	b, err := url.Parse(base)
	if err != nil {
		return "", redact(err)
	}
	u.Scheme, u.Host = b.Scheme, b.Host
	return u.String(), nil
}

// ValidURL reports whether s is an absolute http or https address.
func ValidURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}
