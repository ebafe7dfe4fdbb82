package certificate_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"huiying/crawler/patrol/certificate"
)

var now = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

type pair struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// issue makes a certificate; by nil signs itself.
func issue(t *testing.T, by *pair, set func(*x509.Certificate)) *pair {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "test"},
		NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(1, 0, 0), BasicConstraintsValid: true,
	}
	set(template)
	parent, signer := template, key
	if by != nil {
		parent, signer = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &pair{cert, key}
}

func authority(name string) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		c.Subject.CommonName, c.IsCA, c.KeyUsage = name, true, x509.KeyUsageCertSign
	}
}

// serve shows certificates over TLS on this machine.
func serve(t *testing.T, own *pair, more ...*pair) string {
	t.Helper()
	shown := tls.Certificate{PrivateKey: own.key, Certificate: [][]byte{own.cert.Raw}}
	for _, m := range more {
		shown.Certificate = append(shown.Certificate, m.cert.Raw)
	}
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.TLS = &tls.Config{Certificates: []tls.Certificate{shown}}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL
}

func TestLook(t *testing.T) {
	root := issue(t, nil, authority("root"))
	middle := issue(t, root, authority("middle"))
	roots := x509.NewCertPool()
	roots.AddCert(root.cert)
	leaf := func(end time.Time, ip string) *pair {
		return issue(t, middle, func(c *x509.Certificate) {
			c.NotAfter, c.IPAddresses = end, []net.IP{net.ParseIP(ip)}
		})
	}
	good := leaf(now.Add(10*24*time.Hour+time.Hour), "127.0.0.1")
	for _, c := range []struct {
		name        string
		own         *pair
		more        []*pair
		left        int
		misnamed    bool
		chainBroken bool
	}{
		{"good", good, []*pair{middle}, 10, false, false},
		{"chain incomplete", good, nil, 10, false, true},
		{"expired an hour ago, chain good", leaf(now.Add(-time.Hour), "127.0.0.1"), []*pair{middle}, -1, false, false},
		{"another name", leaf(now.Add(25*time.Hour), "192.0.2.7"), []*pair{middle}, 1, true, false},
		{"signed by itself", issue(t, nil, func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)} }), nil, 365, false, true},
	} {
		s, err := certificate.Look(t.Context(), certificate.Over(new(net.Dialer).DialContext), serve(t, c.own, c.more...), roots, now)
		if err != nil || s.Left != c.left || (s.Name != "") != c.misnamed || (s.Chain != "") != c.chainBroken {
			t.Errorf("%s: %+v %v", c.name, s, err)
		}
	}
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	for _, address := range []string{plain.URL, "https://127.0.0.1:1/", "https" + plain.URL[4:], "nonsense"} {
		if _, err := certificate.Look(t.Context(), certificate.Over(new(net.Dialer).DialContext), address, roots, now); err == nil {
			t.Errorf("%s", address)
		}
	}
}
