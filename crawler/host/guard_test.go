package host_test

import (
	"errors"
	"net"
	"net/http"
	"testing"

	"huiying/crawler/host"
)

func private(t *testing.T, list ...string) host.Private {
	t.Helper()
	p, err := host.ParsePrivate(list)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Nothing that is not public is asked unless it is listed, however it is
// written; the site of the test stands for every machine of the office.
func TestPrivateAddresses(t *testing.T) {
	asked := 0
	s := site(t, func(w http.ResponseWriter, r *http.Request) { asked++; http.NotFound(w, r) })
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"127.0.0.1:" + port, "localhost:" + port, "LOCALHOST:" + port, "x.localhost:" + port, "[::ffff:127.0.0.1]:" + port, "[::1]:" + port, "0.0.0.0:" + port,
		"10.0.0.1", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "240.0.0.1", "[fd00::1]", "[fe80::1]", "[::]",
		"[64:ff9b::7f00:1]", "[2002:7f00:1::]", "198.18.0.1",
	} {
		h := hosts(t, func(o *host.Options) { o.Private = private(t) })
		var no *host.PrivateError
		if _, _, err := ask(t, h, "http://"+name+"/x"); !errors.As(err, &no) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if asked != 0 {
		t.Fatalf("asked %d times", asked)
	}
	for _, listed := range []string{"127.0.0.1", "127.0.0.0/8", "127.0.0.1:" + port} {
		h := hosts(t, func(o *host.Options) { o.Private = private(t, listed) })
		if code, _, err := ask(t, h, s.URL+"/x"); err != nil || code != 404 {
			t.Errorf("%s: %d, %v", listed, code, err)
		}
	}
	h := hosts(t, func(o *host.Options) { o.Private = private(t, "127.0.0.1:1") })
	var no *host.PrivateError
	if _, _, err := ask(t, h, s.URL+"/x"); !errors.As(err, &no) {
		t.Errorf("another port than the listed one: %v", err)
	}
	h.Allow([]string{"127.0.0.1:" + port})
	if _, _, err := ask(t, h, s.URL+"/x"); err != nil {
		t.Errorf("written into a definition: %v", err)
	}
	h.Allow(nil)
	if _, _, err := ask(t, h, s.URL+"/x"); !errors.As(err, &no) {
		t.Errorf("no longer written: %v", err)
	}
}

// What counts is the address that is connected to, not the name.
func TestNameOfAPrivateAddress(t *testing.T) {
	s := site(t, func(w http.ResponseWriter, r *http.Request) { t.Error("asked") })
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	var no *host.PrivateError
	if _, err := host.Dial(t.Context(), private(t), "localhost:"+port); !errors.As(err, &no) {
		t.Errorf("got %v", err)
	}
	for _, listed := range []string{"localhost", "localhost:" + port, "127.0.0.1"} {
		conn, err := host.Dial(t.Context(), private(t, listed, "::1"), "localhost:"+port)
		if err != nil {
			t.Errorf("%s: %v", listed, err)
			continue
		}
		conn.Close()
	}
}

func TestParsePrivateRefuses(t *testing.T) {
	for _, bad := range []string{"", "10.0.0.0/33", "http://x/", "a b", "x?y"} {
		if _, err := host.ParsePrivate([]string{bad}); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}
