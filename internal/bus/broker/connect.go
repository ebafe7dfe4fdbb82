package broker

import (
	"crypto/tls"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"huiying"
)

// Identity is how this process proves who it is to an outside server, and knows the
// server: files of PEM, and of an nkey seed. "" leaves each out.
type Identity struct {
	CAFile   string // which authorities the server's certificate may come from; "" = the machine's
	CertFile string // our own certificate, with its key
	KeyFile  string
	NkeyFile string // seed of a user's nkey (SU…)
}

// connect reaches the embedded server in process, or the one at o.URL.
func connect(o Options, e *embedded) (*nats.Conn, error) {
	log := o.Logger
	opts := []nats.Option{
		nats.Name(strings.TrimSuffix("huiying-"+o.Member, "-")),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(250 * time.Millisecond),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { log.Warn("nats", "err", err) }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				log.Warn("bus connection lost", "err", err)
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) {
			log.Info("bus connection is back")
			o.Reconnected()
		}),
		// While the server is away a message fails at once and is tried again
		// by its publisher, instead of waiting unseen in a buffer.
		nats.ReconnectBufSize(-1),
	}
	if e != nil {
		t, err := token(o)
		if err != nil {
			return nil, err
		}
		conn, err := nats.Connect("", append(opts, nats.InProcessServer(e), nats.Token(t))...)
		if err != nil {
			return nil, fmt.Errorf("connect to the embedded NATS server: %w", err)
		}
		return conn, nil
	}
	identity, err := o.enter()
	if err != nil {
		return nil, err
	}
	conn, err := nats.Connect(o.URL, append(opts, identity...)...)
	if err != nil {
		// The URL may carry a token; the sentence names only the servers.
		return nil, huiying.Errorf(huiying.Unavailable, "bus.unreachable", redact(o.URL), err)
	}
	return conn, nil
}

// enter is how an outside server lets this process in. A member's answers come
// to an address of its own, so that its rights need hold no other's.
func (o Options) enter() ([]nats.Option, error) {
	var opts []nats.Option
	if o.Member != "" {
		opts = append(opts, nats.CustomInboxPrefix("_INBOX_"+o.Member))
	}
	if o.CredentialsFile != "" {
		opts = append(opts, nats.UserCredentials(o.CredentialsFile))
	}
	if o.Identity.NkeyFile != "" {
		key, err := nats.NkeyOptionFromSeed(o.Identity.NkeyFile)
		if err != nil {
			return nil, huiying.Errorf(huiying.Invalid, "bus.bad_nkey", o.Identity.NkeyFile, err)
		}
		opts = append(opts, key)
	}
	if o.Identity.CAFile != "" {
		opts = append(opts, nats.RootCAs(o.Identity.CAFile))
	}
	if o.Identity.CertFile != "" {
		if _, err := tls.LoadX509KeyPair(o.Identity.CertFile, o.Identity.KeyFile); err != nil {
			return nil, huiying.Errorf(huiying.Invalid, "bus.bad_certificate", o.Identity.CertFile, err)
		}
		opts = append(opts, nats.ClientCert(o.Identity.CertFile, o.Identity.KeyFile))
	}
	return opts, nil
}

// redact removes user names, passwords and tokens from a list of URLs.
func redact(urls string) string {
	parts := strings.Split(urls, ",")
	for i, p := range parts {
		scheme, rest, found := strings.Cut(p, "://")
		if !found {
			scheme, rest = "", p
		} else {
			scheme += "://"
		}
		if at := strings.LastIndex(rest, "@"); at >= 0 {
			rest = rest[at+1:]
		}
		parts[i] = strings.TrimSpace(scheme + rest)
	}
	return strings.Join(parts, ",")
}

// Leave goes over to another server of the cluster, where there is one; it
// reports whether it did.
func (b *Broker) Leave() bool {
	if len(b.Conn.Servers()) < 2 || !b.Conn.IsConnected() {
		return false
	}
	return b.Conn.ForceReconnect() == nil
}
