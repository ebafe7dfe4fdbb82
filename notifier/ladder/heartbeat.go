package ladder

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"huiying"
)

// HeartbeatOptions is what a Heartbeat works with. URL, Healthy and Now are
// required.
type HeartbeatOptions struct {
	URL        string        // of an outside monitor that raises an alarm when it hears nothing
	Every      time.Duration // 0 = a minute
	Method     string        // "" = GET
	Healthy    func() error
	Now        func() time.Time
	Client     *http.Client // nil = one of its own
	Logger     *slog.Logger
	Registerer prometheus.Registerer
}

// Heartbeat tells a monitor outside that escalation works. It says nothing
// while anything does not, so that silence means trouble, whatever broke.
type Heartbeat struct {
	o      HeartbeatOptions
	lastOK prometheus.Gauge

	mu    sync.Mutex
	state HeartbeatState
}

// HeartbeatState is how the heartbeat stands.
type HeartbeatState struct {
	LastAt time.Time // of the last one the monitor took; zero = none yet
	Err    error     // why the last one was not sent or not taken; nil = it was
}

// NewHeartbeat makes a Heartbeat.
func NewHeartbeat(o HeartbeatOptions) *Heartbeat {
	o.Every = cmp.Or(o.Every, time.Minute)
	o.Method = cmp.Or(o.Method, http.MethodGet)
	if o.Client == nil {
		o.Client = &http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	h := &Heartbeat{o: o, lastOK: prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "huiying_notifier_heartbeat_timestamp_seconds", Help: "When the outside monitor last took our heartbeat.",
	})}
	if o.Registerer != nil {
		o.Registerer.MustRegister(h.lastOK)
	}
	return h
}

// Run beats until ctx ends, the first time after one interval: the loops have
// gone round by then.
func (h *Heartbeat) Run(ctx context.Context) error {
	every := time.NewTicker(h.o.Every)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-every.C:
		}
		if err := h.Beat(ctx); err != nil && ctx.Err() == nil {
			h.o.Logger.Warn("no heartbeat was sent", "error", err)
		}
	}
}

// Beat sends one heartbeat if all is well.
func (h *Heartbeat) Beat(ctx context.Context) error {
	err := h.o.Healthy()
	if err == nil {
		err = h.send(ctx)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.state.Err = err; err == nil {
		h.state.LastAt = h.o.Now().UTC().Truncate(time.Microsecond)
		h.lastOK.Set(float64(h.state.LastAt.Unix()))
	}
	return err
}

// State is how it stands.
func (h *Heartbeat) State() HeartbeatState {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.state
}

// send asks the monitor. Its address is a secret of its own and is in no error.
func (h *Heartbeat) send(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, h.o.Method, h.o.URL, nil)
	if err != nil {
		return huiying.Errorf(huiying.Invalid, "ladder.heartbeat.address")
	}
	res, err := h.o.Client.Do(req)
	if err != nil {
		return huiying.Errorf(huiying.Unavailable, "ladder.heartbeat.unreachable", h.reason(err))
	}
	defer res.Body.Close()
	// The answer's words do not matter; reading them lets the connection be used again.
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 4<<10))
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return huiying.Errorf(huiying.Unavailable, "ladder.heartbeat.status", res.StatusCode)
	}
	return nil
}

// reason is what went wrong without the address.
func (h *Heartbeat) reason(err error) string {
	if failed, ok := errors.AsType[*url.Error](err); ok {
		err = failed.Err
	}
	if failed, ok := errors.AsType[net.Error](err); ok && failed.Timeout() {
		return "timeout"
	}
	if u, parsed := url.Parse(h.o.URL); parsed == nil && u.Host != "" {
		return strings.ReplaceAll(err.Error(), u.Host, "…")
	}
	return err.Error()
}
