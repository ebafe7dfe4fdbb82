package host_test

import (
	"errors"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"huiying/crawler/host"
)

// Whatever a site answers, the bounds hold: no more is given out than allowed,
// a rest is no longer than a day, and the host is asked again after it.
func FuzzAnswer(f *testing.F) {
	packed := string(zipped(f, []byte(strings.Repeat("x", 5000))))
	for _, s := range []struct {
		status                int
		retry, encoding, body string
	}{
		{200, "", "", "page"}, {429, "120", "", ""}, {503, "Wed, 25 Nov 2099 10:00:00 GMT", "identity", "x"}, {418, "-1", "", ""},
		{200, "", "gzip", packed}, {200, "", "gzip", packed[:20]}, {200, "99999999999999999999", "br", "x"}, {302, "9e9", "X-GZIP ", ""},
	} {
		f.Add(s.status, s.retry, s.encoding, s.body)
	}
	f.Fuzz(func(t *testing.T, status int, retry, encoding, body string) {
		c := newClock()
		h := hosts(t, func(o *host.Options) {
			o.Now, o.MaxWire, o.MaxBody = c.now, 4096, 4096
			o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
				if r.URL.Path == "/robots.txt" {
					return response(r, 404, ""), nil
				}
				header := http.Header{"Retry-After": {retry}, "Content-Encoding": {encoding}}
				return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: r, ContentLength: -1}, nil
			})
		})
		_, got, err := ask(t, h, "http://a.test/x")
		var large *host.TooLargeError
		var broken *host.BrokenError
		if err != nil && !errors.As(err, &large) && !errors.As(err, &broken) || len(got) > 4096 {
			t.Fatalf("%d bytes, %v", len(got), err)
		}
		for _, r := range h.Resting() {
			if d := r.Until.Sub(c.now()); d <= 0 || d > 24*time.Hour {
				t.Fatalf("rests %s", d)
			}
		}
		c.advance(24 * time.Hour)
		if len(h.Resting()) > 0 {
			t.Fatal("it rests for ever")
		}
	})
}

// No list of networks and no address makes a loopback address that is not
// listed one that is asked.
func FuzzPrivate(f *testing.F) {
	f.Add("10.0.0.0/8", "http://127.0.0.1/")
	f.Add("portal.intranet:80", "http://[::ffff:127.0.0.1]:8080/")
	f.Add("fe80::1%eth0", "http://[fe80::1%25eth0]/")
	f.Add("1.2.3.4/33", "http://0x7f.1/")
	f.Add("::/0", "http://localhost./")
	f.Fuzz(func(t *testing.T, entry, address string) {
		private, err := host.ParsePrivate([]string{entry})
		if err != nil {
			private = host.Private{}
		}
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			return
		}
		asked := false
		h := hosts(t, func(o *host.Options) {
			o.Private = private
			o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) { asked = true; return response(r, 404, ""), nil })
		})
		req := &http.Request{Method: http.MethodGet, URL: u, Header: http.Header{}, Host: u.Host}
		_, _, _ = h.Ask(t.Context(), req, false)
		addr, err := netip.ParseAddr(u.Hostname())
		if err == nil && addr.Unmap().IsLoopback() && asked && !lists(entry, u, addr.Unmap()) {
			t.Fatalf("%q was asked though only %q is listed", address, entry)
		}
	})
}

// lists says in the plainest way whether an entry is about an address.
func lists(entry string, u *url.URL, addr netip.Addr) bool {
	entry = strings.ToLower(strings.TrimSpace(entry))
	if n, err := netip.ParsePrefix(entry); err == nil {
		return n.Contains(addr)
	}
	if a, err := netip.ParseAddr(entry); err == nil {
		return a == addr || a.Unmap() == addr
	}
	return strings.Contains(entry, strings.ToLower(u.Hostname()))
}
