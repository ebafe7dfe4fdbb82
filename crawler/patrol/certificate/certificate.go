// Package certificate looks at the certificate that a site shows, by one
// handshake and nothing more. It reports what it sees also of a certificate
// that no browser would take; nothing is sent over such a connection.
package certificate

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math"
	"net"
	"net/url"
	"time"
)

// Shake gives the certificates that the server at address (host:port) shows
// to one who asks for name, its own first.
type Shake func(ctx context.Context, address, name string) ([]*x509.Certificate, error)

// Timeout bounds one handshake.
const Timeout = 15 * time.Second

// Over is the Shake over connections that dial makes. Old protocol versions
// are spoken too: a site that only knows those has a certificate as well.
func Over(dial func(ctx context.Context, network, address string) (net.Conn, error)) Shake {
	return func(ctx context.Context, address, name string) ([]*x509.Certificate, error) {
		if dial == nil {
			return nil, errors.New("no connection can be made here")
		}
		ctx, cancel := context.WithTimeout(ctx, Timeout)
		defer cancel()
		conn, err := dial(ctx, "tcp", address)
		if err != nil {
			return nil, fmt.Errorf("connect to %s: %w", address, err)
		}
		defer conn.Close()
		secure := tls.Client(conn, &tls.Config{
			ServerName:         name,
			InsecureSkipVerify: true, //nolint:gosec // to see an invalid certificate is the purpose
			MinVersion:         tls.VersionTLS10,
		})
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, fmt.Errorf("shake hands with %s: %w", address, err)
		}
		return secure.ConnectionState().PeerCertificates, nil
	}
}

// State is what is wrong with a certificate, or when it will be.
type State struct {
	Host     string
	NotAfter time.Time
	Left     int    // whole days until it expires, -1 from then on
	Name     string // the name it should hold and does not, "" when it does
	Chain    string // why no trusted root is reached, "" when one is or none is known here
}

// Look asks the host of an https address. roots nil are those of the machine;
// where it has none the chain is not judged.
func Look(ctx context.Context, shake Shake, address string, roots *x509.CertPool, now time.Time) (State, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" {
		return State{}, errors.New("no https address")
	}
	port := u.Port()
	if port == "" {
		port = "443"
	}
	shown, err := shake(ctx, net.JoinHostPort(u.Hostname(), port), u.Hostname())
	if err != nil {
		return State{}, err
	}
	if len(shown) == 0 {
		return State{}, errors.New("the server shows no certificate")
	}
	own := shown[0]
	out := State{Host: u.Hostname(), NotAfter: own.NotAfter, Left: left(own.NotAfter, now)}
	if own.VerifyHostname(u.Hostname()) != nil {
		out.Name = u.Hostname()
	}
	out.Chain = chain(shown, roots, now)
	return out, nil
}

func left(end, now time.Time) int {
	return int(math.Floor(end.Sub(now).Hours() / 24))
}

// chain says why the certificates shown lead to no root. Expiry is judged by
// itself, so the chain is looked at as of a day on which its own was valid.
func chain(shown []*x509.Certificate, roots *x509.CertPool, now time.Time) string {
	if roots == nil {
		system, err := x509.SystemCertPool()
		if err != nil || system.Equal(x509.NewCertPool()) {
			return ""
		}
		roots = system
	}
	own := shown[0]
	between := x509.NewCertPool()
	for _, c := range shown[1:] {
		between.AddCert(c)
	}
	if now.After(own.NotAfter) {
		now = own.NotAfter
	}
	_, err := own.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: between, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if err == nil {
		return ""
	}
	return err.Error()
}
