package broker_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/bus/broker"
)

// Another process of the same owner reaches the server through its folder,
// however long that folder's name; with the token where there is one, and only
// while it runs.
func TestVisit(t *testing.T) {
	for name, more := range map[string]string{"short": "b", "long": strings.Repeat("long/", 40)} {
		dir := filepath.Join(t.TempDir(), more)
		secret := filepath.Join(t.TempDir(), "token")
		if err := os.WriteFile(secret, []byte("0123456789abcdef\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		o := broker.Options{Dir: dir, Listen: "127.0.0.1:0", CredentialsFile: secret, SyncInterval: time.Second}
		for range 2 { // the second time over what the first left
			b, err := broker.Open(t.Context(), o)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			info, err := os.Stat(filepath.Join(dir, "bus.sock"))
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: the socket is %v, %v", name, info, err)
			}
			conn, err := broker.Visit(o)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if _, err := conn.Request("$JS.API.INFO", nil, 5*time.Second); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if _, err := broker.Visit(broker.Options{Dir: dir}); huiying.ErrorCode(err) != huiying.Unavailable {
				t.Errorf("%s: without the token: %v", name, err)
			}
			if err := b.Close(true); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			conn.Close()
			if _, err := broker.Visit(o); huiying.ErrorCode(err) != huiying.Unavailable {
				t.Errorf("%s: after its end: %v", name, err)
			}
			if err := os.WriteFile(filepath.Join(dir, "bus.sock"), nil, 0o600); err != nil { // as a killed process leaves one
				t.Fatal(err)
			}
		}
	}
}
