package replica

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Server is a replica that listens on this machine.
type Server struct {
	URL string // http://127.0.0.1:port, without a final slash

	server *http.Server
	done   chan error
}

// Serve starts a handler on host (127.0.0.1 when empty) and a free port.
func Serve(ctx context.Context, host string, h http.Handler) (*Server, error) {
	if host == "" {
		host = "127.0.0.1"
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return nil, fmt.Errorf("listen for a replica: %w", err)
	}
	s := &Server{
		URL:    "http://" + l.Addr().String(),
		server: &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second},
		done:   make(chan error, 1),
	}
	go func() { s.done <- s.server.Serve(l) }()
	return s, nil
}

// Close stops the server and waits for it. Answers under way are cut off.
func (s *Server) Close() error {
	err := s.server.Close()
	if served := <-s.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	if err != nil {
		return fmt.Errorf("stop a replica: %w", err)
	}
	return nil
}
