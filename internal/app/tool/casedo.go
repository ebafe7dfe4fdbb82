package tool

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"huiying"
)

// DoOptions say which step to take of which case, and how to reach the service
// that takes it. The step goes through its API like anybody's.
type DoOptions struct {
	URL          string // of the running service: http://127.0.0.1:8420
	User         string
	PasswordFile string // "-" = the first line of standard input
	No           string
	Action       string
	Version      int      // 0 = whatever it is now
	Fields       []string // name=value
	JSON         bool
	Client       *http.Client
}

// CaseDo takes one step of a case and prints how it stands then. A refusal is
// the service's own sentence.
func CaseDo(ctx context.Context, s Streams, o DoOptions) error {
	fields, err := fieldsOf(o.Fields)
	if err != nil {
		return err
	}
	password, err := passwordOf(s, o)
	if err != nil {
		return err
	}
	c := client{base: strings.TrimSuffix(o.URL, "/"), http: o.Client, lang: string(s.Lang)}
	if c.http == nil {
		c.http = &http.Client{Timeout: time.Minute}
	}
	if u, err := url.Parse(c.base); err != nil || u.Host == "" {
		return huiying.Errorf(huiying.Invalid, "cli.bad_url", o.URL)
	}
	var session struct{ Token string }
	if err := c.post(ctx, "/api/v1/session", map[string]string{"id": o.User, "password": password}, &session); err != nil {
		return err
	}
	c.token = session.Token
	var done struct{ Case huiying.Case }
	err = c.post(ctx, "/api/v1/cases/"+url.PathEscape(o.No)+"/actions",
		map[string]any{"action": o.Action, "version": o.Version, "fields": fields}, &done)
	// The session was for this one step.
	out := c.send(context.WithoutCancel(ctx), http.MethodDelete, "/api/v1/session", nil, nil)
	if err != nil {
		return errors.Join(err, out)
	}
	if o.JSON {
		return errors.Join(s.line(done.Case), out)
	}
	_, err = fmt.Fprintf(s.Out, "%s  %s  %s  %d\n", done.Case.No, s.Words.Text(s.Lang, "level."+string(done.Case.Level)),
		s.Words.Text(s.Lang, "case.state."+string(done.Case.State)), done.Case.Version)
	return errors.Join(err, out)
}

func fieldsOf(pairs []string) (map[string]string, error) {
	out := make(map[string]string, len(pairs))
	for _, pair := range pairs {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return nil, huiying.Errorf(huiying.Invalid, "cli.bad_field", pair)
		}
		out[name] = value
	}
	return out, nil
}

// passwordOf reads the password; it never stands among the arguments, where
// every user of the machine could read it.
func passwordOf(s Streams, o DoOptions) (string, error) {
	in := s.In
	if o.PasswordFile != "-" {
		f, err := os.Open(o.PasswordFile)
		if err != nil {
			return "", huiying.Errorf(huiying.Invalid, "config.unreadable", o.PasswordFile, err)
		}
		defer f.Close()
		in = f
	}
	raw, err := io.ReadAll(io.LimitReader(in, 4096))
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	line, _, _ := strings.Cut(string(raw), "\n")
	return strings.TrimSuffix(line, "\r"), nil
}

// client speaks to the API of a running service.
type client struct {
	base, token, lang string
	http              *http.Client
}

func (c client) post(ctx context.Context, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("encode request: %w", err)
	}
	return c.send(ctx, http.MethodPost, path, body, out)
}

func (c client) send(ctx context.Context, method, path string, body []byte, out any) error {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return huiying.Errorf(huiying.Invalid, "cli.bad_url", c.base)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept-Language", c.lang)
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return huiying.Errorf(huiying.Unavailable, "cli.no_service", c.base, err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 16<<20))
	if err != nil {
		return huiying.Errorf(huiying.Unavailable, "cli.no_service", c.base, err)
	}
	if resp.StatusCode >= http.StatusBadRequest {
		return refusal(resp.StatusCode, raw)
	}
	if out == nil || len(raw) == 0 {
		return nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return fmt.Errorf("read the answer of %s: %w", path, err)
	}
	return nil
}

// refusal is the sentence of the service as an error of this side.
func refusal(status int, raw []byte) error {
	var said struct{ Code, Message string }
	if err := json.Unmarshal(raw, &said); err != nil || said.Message == "" {
		return huiying.Errorf(huiying.Unavailable, "cli.answer", status)
	}
	return huiying.Errorf(huiying.Code(said.Code), "cli.said", said.Message)
}
