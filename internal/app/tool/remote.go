package tool

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"huiying"
	"huiying/internal/app"
)

// Remote says which running service is asked, and as whom: with an API token in
// HUIYING_TOKEN, or as a user. The password is the first line of standard input,
// or HUIYING_PASSWORD, the code of a second factor the line after it, or
// HUIYING_CODE: arguments stay in histories and lists of processes.
type Remote struct {
	ConfigFile string
	URL        string // "" = where the configuration says it listens
	User       string
}

// service is a running one with somebody signed in.
type service struct {
	base, token string
	client      *http.Client
	lang        string
	lent        bool // the token is not ours to end
}

// signIn asks a running service for a login.
func (r Remote) signIn(ctx context.Context, s Streams) (*service, error) {
	base := r.URL
	if base == "" {
		c, err := app.Where{ConfigFile: r.ConfigFile}.Config()
		if err != nil {
			return nil, err
		}
		base = app.OwnURL(c)
	}
	out := &service{base: strings.TrimSuffix(base, "/") + "/api/v1", client: &http.Client{Timeout: time.Minute}, lang: string(s.Lang)}
	if token := os.Getenv("HUIYING_TOKEN"); token != "" {
		out.token, out.lent = token, true
		return out, nil
	}
	if r.User == "" {
		return nil, &UsageError{huiying.Errorf(huiying.Invalid, "cli.no_user")}
	}
	password, code, err := r.secrets(s)
	if err != nil {
		return nil, err
	}
	shown := map[string]string{"id": r.User, "password": password}
	if code != "" {
		shown["code"] = code
	}
	var session struct {
		Token string `json:"token"`
	}
	if err := out.ask(ctx, http.MethodPost, "/session", shown, &session); err != nil {
		return nil, err
	}
	out.token = session.Token
	return out, nil
}

func (r Remote) secrets(s Streams) (password, code string, err error) {
	password, code = os.Getenv("HUIYING_PASSWORD"), os.Getenv("HUIYING_CODE")
	if password != "" {
		return password, code, nil
	}
	lines := bufio.NewScanner(io.LimitReader(s.In, 4<<10))
	for _, into := range []*string{&password, &code} {
		if *into == "" && lines.Scan() {
			*into = lines.Text()
		}
	}
	if err := lines.Err(); err != nil {
		return "", "", fmt.Errorf("read the password: %w", err)
	}
	if password == "" {
		return "", "", &UsageError{huiying.Errorf(huiying.Invalid, "cli.no_password")}
	}
	return password, code, nil
}

// signOut ends the login; a failure leaves it to end by itself.
func (c *service) signOut(ctx context.Context) {
	if c.lent {
		return
	}
	_ = c.ask(context.WithoutCancel(ctx), http.MethodDelete, "/session", nil, nil)
}

// ask calls the API. What it refuses is an error with its own sentence.
func (c *service) ask(ctx context.Context, method, path string, body, into any) (err error) {
	var sent bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&sent).Encode(body); err != nil {
			return fmt.Errorf("write the request: %w", err)
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, &sent)
	if err != nil {
		return huiying.Errorf(huiying.Invalid, "cli.no_service", c.base, err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept-Language", c.lang)
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.client.Do(req)
	if err != nil {
		return huiying.Errorf(huiying.Unavailable, "cli.no_service", c.base, err)
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 8<<20))
	if err != nil {
		return huiying.Errorf(huiying.Unavailable, "cli.no_service", c.base, err)
	}
	if resp.StatusCode >= http.StatusMultipleChoices {
		var failure struct {
			Code    huiying.Code `json:"code"`
			Message string       `json:"message"`
		}
		_ = json.Unmarshal(raw, &failure) // without a sentence the status is told
		return huiying.Errorf(cmp.Or(failure.Code, huiying.Unavailable), "cli.refused", cmp.Or(failure.Message, resp.Status))
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return huiying.Errorf(huiying.Unavailable, "cli.no_service", c.base, err)
	}
	return nil
}
