package host

import (
	"net/http"
	"net/url"
	"time"
)

// Public is a transport for addresses that strangers give: it connects to the
// public internet alone, whatever sites may be read, and keeps no pace. It is for
// questions that are no reading: a push service that a browser named.
func Public() http.RoundTripper {
	var none Private
	g := newGuard(func() Private { return none })
	return guarded{none, &http.Transport{
		Proxy: g.proxy, DialContext: g.DialContext, TLSHandshakeTimeout: 10 * time.Second, MaxIdleConnsPerHost: 4,
		IdleConnTimeout: 90 * time.Second, ForceAttemptHTTP2: true,
	}}
}

// guarded refuses at once what a proxy would else be asked for.
type guarded struct {
	listed Private
	under  http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (g guarded) RoundTrip(r *http.Request) (*http.Response, error) {
	if g.listed.refused(r.URL) {
		return nil, &PrivateError{Address: r.URL.Hostname()}
	}
	return g.under.RoundTrip(r)
}

// MayBePublic reports that an address does not by itself say that it lies on a
// network of our own; where its name leads is seen when it is asked.
func MayBePublic(address string) bool {
	u, err := url.Parse(address)
	return err == nil && web(u) && u.Host != "" && !Private{}.refused(u)
}
