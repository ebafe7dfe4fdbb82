package chaos_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nkeys"
)

// members are those who have a key at the message server.
func members() []string { return []string{"office", "crawler", "analyzer", "admin"} }

// clusterFile writes the configuration of a node: deploy/nats/cluster.conf as it
// stands, with this machine's folders and ports in place of the real ones.
func (o *office) clusterFile(name string) {
	o.t.Helper()
	raw, err := os.ReadFile("../../../deploy/nats/cluster.conf")
	if err != nil {
		o.t.Fatal(err)
	}
	pairs := []string{
		`"0.0.0.0:4222"`, fmt.Sprintf(`"127.0.0.1:%d"`, o.ports[name]), `"0.0.0.0:6222"`, fmt.Sprintf(`"127.0.0.1:%d"`, o.ports[name+" route"]),
		`http: "127.0.0.1:8222"`, `# `, "/etc/nats/", o.dir + "/", "/var/lib/nats", o.path(name), "100GB", "1TB",
	}
	for i := range 3 {
		route := fmt.Sprintf("127.0.0.1:%d", o.ports[fmt.Sprintf("node-%d route", i+1)])
		pairs = append(pairs, fmt.Sprintf("nats-%d:6222", i+1), route)
	}
	text := strings.NewReplacer(pairs...).Replace(string(raw))
	if len(o.nodes) == 1 { // one node alone is no cluster
		text = text[:strings.Index(text, "\ncluster {")]
	}
	o.write(name+".conf", text)
}

// keys makes the rooms' keys and everybody's certificates, and gives the
// environment in which the nodes start.
func (o *office) keys() (env []string) {
	o.t.Helper()
	rooms, err := os.ReadFile("../../../deploy/nats/rooms.conf")
	if err != nil {
		o.t.Fatal(err)
	}
	o.write("rooms.conf", string(rooms))
	for _, m := range members() {
		pair, err := nkeys.CreateUser()
		if err != nil {
			o.t.Fatal(err)
		}
		seed, err := pair.Seed()
		if err != nil {
			o.t.Fatal(err)
		}
		public, err := pair.PublicKey()
		if err != nil {
			o.t.Fatal(err)
		}
		o.write(m+".nkey", string(seed))
		env = append(env, "HUIYING_"+strings.ToUpper(m)+"="+public)
	}
	certificates(o.t, o.dir, append(members(), "server"))
	return env
}

// certificates makes an authority and a certificate for each name, for this
// machine.
func certificates(t *testing.T, dir string, names []string) {
	t.Helper()
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "演练"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	signing := newKey(t)
	writePEM(t, filepath.Join(dir, "ca.crt"), "CERTIFICATE", sign(t, authority, authority, signing, signing))
	for i, name := range names {
		one := &x509.Certificate{
			SerialNumber: big.NewInt(int64(i + 2)), Subject: pkix.Name{CommonName: name}, NotBefore: authority.NotBefore, NotAfter: authority.NotAfter,
			IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature,
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		}
		key := newKey(t)
		writePEM(t, filepath.Join(dir, name+".crt"), "CERTIFICATE", sign(t, one, authority, key, signing))
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		writePEM(t, filepath.Join(dir, name+".key"), "PRIVATE KEY", der)
	}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func sign(t *testing.T, one, by *x509.Certificate, key, with *ecdsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, one, by, &key.PublicKey, with)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func writePEM(t *testing.T, file, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}
