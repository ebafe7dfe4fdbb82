package door_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"huiying"
	"huiying/internal/web/door"
)

func names(_ context.Context, host string) ([]string, error) {
	if host == "proxy.example.org" {
		return []string{"192.0.2.9", "2001:db8::9"}, nil
	}
	return nil, errors.New("no such host")
}

func TestProxies(t *testing.T) {
	p, err := door.ParseProxies(t.Context(), []string{"10.0.0.0/8", "proxy.example.org", "::1"}, names)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		peer, proto string
		hops        []string
		want        string
		https       bool
	}{
		"nobody in between":           {peer: "203.0.113.1:5", want: "203.0.113.1"},
		"a header of a stranger":      {peer: "203.0.113.1:5", hops: []string{"1.2.3.4"}, proto: "https", want: "203.0.113.1"},
		"one proxy":                   {peer: "10.1.2.3:5", hops: []string{"203.0.113.7"}, proto: "https", want: "203.0.113.7", https: true},
		"a proxy by name":             {peer: "192.0.2.9:5", hops: []string{"203.0.113.7"}, want: "203.0.113.7"},
		"by name over IPv6":           {peer: "[2001:db8::9]:5", hops: []string{"2001:db8:1::7"}, want: "2001:db8:1::7"},
		"two proxies":                 {peer: "10.1.2.3:5", hops: []string{"203.0.113.7, 10.9.9.9"}, want: "203.0.113.7"},
		"two headers":                 {peer: "10.1.2.3:5", hops: []string{"203.0.113.7", "10.9.9.9"}, want: "203.0.113.7"},
		"a forged hop before":         {peer: "10.1.2.3:5", hops: []string{"1.2.3.4, 203.0.113.7"}, want: "203.0.113.7"},
		"nonsense before":             {peer: "10.1.2.3:5", hops: []string{"<script>, 203.0.113.7"}, want: "203.0.113.7"},
		"nonsense last":               {peer: "10.1.2.3:5", hops: []string{"203.0.113.7, unknown"}, want: "10.1.2.3"},
		"no header":                   {peer: "10.1.2.3:5", want: "10.1.2.3"},
		"all of them proxies":         {peer: "10.1.2.3:5", hops: []string{"10.5.5.5, 10.6.6.6"}, want: "10.5.5.5"},
		"the last word on the scheme": {peer: "10.1.2.3:5", hops: []string{"203.0.113.7"}, proto: "https, http", want: "203.0.113.7"},
		"mapped":                      {peer: "[::ffff:10.1.2.3]:5", hops: []string{"::ffff:203.0.113.7"}, want: "203.0.113.7"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.peer
		for _, h := range c.hops {
			r.Header.Add("X-Forwarded-For", h)
		}
		if c.proto != "" {
			r.Header.Set("X-Forwarded-Proto", c.proto)
		}
		r = p.Behind(r)
		if got := door.Visitor(r).Address; got != c.want || door.HTTPS(r) != c.https {
			t.Errorf("%s: %s https=%v, want %s %v", name, got, door.HTTPS(r), c.want, c.https)
		}
		if name == "a header of a stranger" && (r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("X-Forwarded-Proto") != "") {
			t.Error("a stranger's headers go on")
		}
	}
	if _, err := door.ParseProxies(t.Context(), []string{"nowhere.example.org"}, names); huiying.ErrorCode(err) != huiying.Invalid {
		t.Errorf("%v", err)
	}
}

func FuzzForwarded(f *testing.F) {
	f.Add("203.0.113.7, 10.9.9.9", "https")
	f.Add(",,,", "")
	f.Add("[::1]:80", "HTTPS")
	p, err := door.ParseProxies(f.Context(), []string{"10.0.0.0/8"}, names)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, hops, proto string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = "203.0.113.1:5"
		r.Header["X-Forwarded-For"], r.Header["X-Forwarded-Proto"] = []string{hops}, []string{proto}
		if got := p.Behind(r); door.Visitor(got).Address != "203.0.113.1" || door.HTTPS(got) {
			t.Errorf("%q %q: a stranger was believed", hops, proto)
		}
		r.RemoteAddr = "10.0.0.1:5"
		r.Header["X-Forwarded-For"] = []string{hops}
		p.Behind(r)
	})
}
