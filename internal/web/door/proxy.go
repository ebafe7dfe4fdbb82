package door

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"huiying"
)

// Proxies are the named machines in front of the service whose word about where
// a request comes from is taken. The zero value trusts nobody.
type Proxies struct{ networks []netip.Prefix }

// ParseProxies reads networks, addresses and host names; look finds the
// addresses of a name, now and not again: a name that means another machine
// later is not believed.
func ParseProxies(ctx context.Context, list []string, look func(ctx context.Context, host string) ([]string, error)) (Proxies, error) {
	var p Proxies
	for _, entry := range list {
		if prefix, err := netip.ParsePrefix(entry); err == nil {
			p.networks = append(p.networks, prefix.Masked())
			continue
		}
		addresses := []string{entry}
		if _, err := netip.ParseAddr(entry); err != nil {
			if addresses, err = look(ctx, entry); err != nil || len(addresses) == 0 {
				return Proxies{}, huiying.Errorf(huiying.Invalid, "app.proxy_unknown", entry)
			}
		}
		for _, text := range addresses {
			a, err := netip.ParseAddr(text)
			if err != nil {
				return Proxies{}, huiying.Errorf(huiying.Invalid, "app.proxy_unknown", entry)
			}
			a = a.Unmap().WithZone("")
			p.networks = append(p.networks, netip.PrefixFrom(a, a.BitLen()))
		}
	}
	return p, nil
}

func (p Proxies) trusts(a netip.Addr) bool {
	return slices.ContainsFunc(p.networks, func(n netip.Prefix) bool { return n.Contains(a) })
}

// forwarded are the headers that say where a request comes from.
func forwarded() []string {
	return []string{"X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-Ip", "Forwarded"}
}

// Behind gives the request as it was before the trusted proxies. From anybody
// else the headers are taken away: nothing behind this door can believe them by
// mistake.
func (p Proxies) Behind(r *http.Request) *http.Request {
	peer, ok := peerOf(r)
	if !ok || !p.trusts(peer) {
		for _, name := range forwarded() {
			if _, there := r.Header[name]; there {
				r.Header.Del(name)
			}
		}
		return r
	}
	protos := strings.Split(strings.Join(r.Header.Values("X-Forwarded-Proto"), ","), ",")
	if strings.EqualFold(strings.TrimSpace(protos[len(protos)-1]), "https") {
		r = r.WithContext(context.WithValue(r.Context(), keyHTTPS, true))
	}
	if client := p.client(r, peer); client != peer {
		r.RemoteAddr = net.JoinHostPort(client.String(), "0")
	}
	return r
}

// client is the nearest address that is not one of the proxies: what stands
// before it, anybody may have written.
func (p Proxies) client(r *http.Request, peer netip.Addr) netip.Addr {
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		a, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			return peer
		}
		if peer = a.Unmap().WithZone(""); !p.trusts(peer) {
			return peer
		}
	}
	return peer
}

func peerOf(r *http.Request) (netip.Addr, bool) {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	a, err := netip.ParseAddr(host)
	return a.Unmap().WithZone(""), err == nil
}

// HTTPS reports whether a trusted proxy says that the person came over https.
func HTTPS(r *http.Request) bool {
	https, _ := r.Context().Value(keyHTTPS).(bool)
	return https
}
