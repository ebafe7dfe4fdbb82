package tool

import (
	"context"
	"io"
	"net/http"
	"time"

	"huiying"
)

// Ready asks the service on an address of this machine whether it is ready, for
// images that bring no other program that could. huiying.Unavailable when not.
func Ready(ctx context.Context, listen string) error {
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+listen+"/readyz", nil)
	if err != nil {
		return &UsageError{huiying.Errorf(huiying.Invalid, "cli.not_ready", listen, err)}
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return huiying.Errorf(huiying.Unavailable, "cli.not_ready", listen, err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<10)) // what it says beside the status is for logs
	if resp.StatusCode != http.StatusOK {
		return huiying.Errorf(huiying.Unavailable, "cli.not_ready", listen, resp.Status)
	}
	return nil
}
