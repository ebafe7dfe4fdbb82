package host

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"time"
)

// PrivateError says that an address leads into a network that is not public
// and is not listed as allowed.
type PrivateError struct{ Address string }

// Error is the text for logs.
func (e *PrivateError) Error() string { return e.Address + " is not a public address" }

// Private lists what of the networks that are not public may be asked all the
// same: the office's own, and replicas on this machine.
type Private struct {
	nets  []netip.Prefix
	hosts map[string]bool // "name", "name:port", "address:port"
}

// ParsePrivate reads networks (10.1.2.0/24), addresses (10.1.2.3) and hosts with
// or without a port (portal.intranet, 127.0.0.1:8421). The error names the
// first that is none of them.
func ParsePrivate(list []string) (Private, error) {
	p := Private{hosts: map[string]bool{}}
	for _, entry := range list {
		entry = strings.ToLower(strings.TrimSpace(entry))
		if net, err := netip.ParsePrefix(entry); err == nil {
			p.nets = append(p.nets, net.Masked())
			continue
		}
		if addr, err := netip.ParseAddr(entry); err == nil {
			p.nets = append(p.nets, netip.PrefixFrom(addr, addr.BitLen()))
			continue
		}
		if entry == "" || strings.ContainsAny(entry, "/ ?#@") {
			return p, fmt.Errorf("%q is no network, address or host", entry)
		}
		p.hosts[entry] = true
	}
	return p, nil
}

// plus lists more hosts.
func (p Private) plus(hosts []string) Private {
	out := Private{nets: p.nets, hosts: maps.Clone(p.hosts)}
	if out.hosts == nil {
		out.hosts = map[string]bool{}
	}
	for _, h := range hosts {
		out.hosts[strings.ToLower(h)] = true
	}
	return out
}

// Allow lists hosts ("name:port") beside those of Options.Private, in place of
// those of the last call: what an administrator wrote into definitions.
func (h *Hosts) Allow(hosts []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.listed = h.o.Private.plus(hosts)
}

func (h *Hosts) private() Private {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.listed
}

// names reports that a host is listed by name, with its port or without.
func (p Private) names(host, port string) bool {
	host = strings.ToLower(host)
	return p.hosts[host] || p.hosts[net.JoinHostPort(host, port)]
}

func (p Private) holds(addr netip.Addr) bool {
	for _, n := range p.nets {
		if n.Contains(addr) {
			return true
		}
	}
	return false
}

// reserved are the ranges that netip has no word for and that no public site
// has (IANA special-purpose registries): this network, shared address space,
// protocol assignments, documentation, benchmarks, 6to4 relays and embedded
// addresses, reserved and broadcast.
func reserved() []netip.Prefix {
	var out []netip.Prefix
	for _, s := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
		"203.0.113.0/24", "240.0.0.0/4", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fec0::/10",
	} {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

// public reports an address of the public internet.
func public(addr netip.Addr) bool {
	addr = addr.Unmap()
	if !addr.IsGlobalUnicast() || addr.IsPrivate() || addr.IsLoopback() || addr.IsLinkLocalUnicast() {
		return false
	}
	for _, n := range reserved() {
		if n.Contains(addr) {
			return false
		}
	}
	return true
}

// guard lets connections out to public addresses and to what is listed. It
// decides about the address that is really connected to, so that no name and
// no redirect leads anywhere else.
type guard struct {
	private func() Private
	dial    net.Dialer
	proxies sync.Map // "host:port" of the proxies that the environment names
}

func newGuard(private func() Private) *guard {
	return &guard{private: private, dial: net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}}
}

// proxy is the environment's, which the operator chose.
func (g *guard) proxy(r *http.Request) (*url.URL, error) {
	u, err := http.ProxyFromEnvironment(r)
	if u != nil {
		g.proxies.Store(authority(u), true)
	}
	return u, err
}

// Authority is the host of an http or https address with its port, "" for
// anything else.
func Authority(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || !web(u) {
		return ""
	}
	return authority(u)
}

// authority is the host of an address with its port.
func authority(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}

// DialContext connects to the first address of the host that may be asked.
func (g *guard) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	private := g.private()
	_, named := g.proxies.Load(strings.ToLower(address))
	named = named || private.names(host, port)
	d := g.dial
	d.ControlContext = func(_ context.Context, _, peer string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(peer)
		if err != nil {
			return &PrivateError{Address: host}
		}
		addr := at.Addr().Unmap()
		if named || public(addr) || private.holds(addr) || private.names(addr.String(), port) {
			return nil
		}
		return &PrivateError{Address: host}
	}
	return d.DialContext(ctx, network, address)
}

// refused reports at once an address that is written in numbers, or a name of
// this machine, and may not be asked: through a proxy nothing is dialled here.
func (p Private) refused(u *url.URL) bool {
	host, port, err := net.SplitHostPort(authority(u))
	if err != nil || p.names(host, port) {
		return err != nil
	}
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return !p.holds(netip.MustParseAddr("127.0.0.1"))
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && !public(addr) && !p.holds(addr.Unmap())
}
