package people

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"huiying"
)

// maxAnswer bounds what is read of one answer.
const maxAnswer = 4 << 20

// statusError is an answer that is no success.
type statusError struct {
	status int
	body   string
}

// Error says the status and the beginning of what was said with it.
func (e *statusError) Error() string {
	return fmt.Sprintf("status %d: %s", e.status, e.body)
}

// client is one person's browser: it keeps the session cookie and follows the
// same addresses as anyone else.
type client struct {
	base string
	http *http.Client
}

func newClient(base string, timeout time.Duration) (*client, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, fmt.Errorf("make a cookie jar: %w", err)
	}
	// A transport of one's own, so that idle connections can be closed at the end.
	transport := &http.Transport{MaxIdleConnsPerHost: 2, IdleConnTimeout: 30 * time.Second}
	return &client{base: strings.TrimSuffix(base, "/"), http: &http.Client{Jar: jar, Timeout: timeout, Transport: transport}}, nil
}

func (c *client) close() { c.http.CloseIdleConnections() }

// press opens a link and then presses its button: GET, which only shows, and
// POST, which acts.
func (c *client) press(ctx context.Context, link string, form url.Values) error {
	if err := c.do(ctx, request{method: http.MethodGet, url: link}, nil); err != nil {
		return err
	}
	body := strings.NewReader(form.Encode())
	return c.do(ctx, request{method: http.MethodPost, url: link, body: body, kind: "application/x-www-form-urlencoded"}, nil)
}

// caseList is the answer of the list of cases.
type caseList struct {
	Cases []huiying.Case `json:"cases"`
}

// cases lists the cases in a state that the person may see.
func (c *client) cases(ctx context.Context, state huiying.CaseState) ([]huiying.Case, error) {
	var list caseList
	err := c.do(ctx, request{method: http.MethodGet, url: c.base + "/api/v1/cases?limit=500&state=" + url.QueryEscape(string(state))}, &list)
	return list.Cases, err
}

// action is what one step asks for.
type action struct {
	Action  string            `json:"action"`
	Version int               `json:"version"`
	Fields  map[string]string `json:"fields,omitempty"`
}

func (c *client) act(ctx context.Context, no string, a action) error {
	raw, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("write %s: %w", a.Action, err)
	}
	return c.do(ctx, request{
		method: http.MethodPost, url: c.base + "/api/v1/cases/" + url.PathEscape(no) + "/actions",
		body: bytes.NewReader(raw), kind: "application/json",
	}, nil)
}

type request struct {
	method, url, kind string
	body              io.Reader
}

func (c *client) do(ctx context.Context, r request, into any) error {
	req, err := http.NewRequestWithContext(ctx, r.method, r.url, r.body)
	if err != nil {
		return fmt.Errorf("ask: %w", err)
	}
	if r.kind != "" {
		req.Header.Set("Content-Type", r.kind)
	}
	if into != nil {
		req.Header.Set("Accept", "application/json")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("ask: %w", err)
	}
	defer resp.Body.Close() //nolint:errcheck // only read from
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	switch {
	case err != nil:
		return fmt.Errorf("read the answer: %w", err)
	case resp.StatusCode >= http.StatusBadRequest:
		return &statusError{resp.StatusCode, strings.TrimSpace(string(raw[:min(len(raw), 300)]))}
	case into == nil:
		return nil
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("read the answer of %s: %w", r.url, err)
	}
	return nil
}
