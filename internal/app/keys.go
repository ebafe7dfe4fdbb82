package app

import (
	"crypto/ecdsa"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"huiying"
	"huiying/notifier/channel/webpush"
)

// keys are the service's secrets, all derived from one master key that lies
// outside the database. Losing the master key means that the record can no
// longer be verified and the evidence no longer opened.
type keys struct {
	record    []byte // signs the rows and heads of the record
	link      []byte // signs the links in alerts
	pseudonym []byte // hashes authors' ids and names
	evidence  []byte // seals fetched pages
	signIn    []byte // seals second factors and sign-ins that are under way

	webPush *ecdsa.PrivateKey // names us to push services; browsers subscribe to it
}

// openKeys derives the keys from the configured master key, or from the file
// <data>/keys/master.key, which is made on first use and readable by its owner
// only. Without create a missing file is an error: whoever only reads must not
// make a key that fits nothing.
func openKeys(configured, data string, create bool) (keys, error) {
	master := configured
	if master == "" {
		read, err := masterFile(masterIn(data), create)
		if err != nil {
			return keys{}, err
		}
		master = read
	}
	if len(master) < 32 {
		return keys{}, huiying.Errorf(huiying.Invalid, "app.key_short", len(master))
	}
	var k keys
	for label, into := range map[string]*[]byte{
		"record": &k.record, "link": &k.link, "pseudonym": &k.pseudonym, "evidence": &k.evidence,
		"sign-in": &k.signIn,
	} {
		derived, err := hkdf.Key(sha256.New, []byte(master), nil, "huiying/"+label, 32)
		if err != nil {
			return keys{}, fmt.Errorf("derive the %s key: %w", label, err)
		}
		*into = derived
	}
	var err error
	k.webPush, err = pushKey(master)
	return k, err
}

// masterIn is the file of the master key where the configuration has none.
func masterIn(data string) string { return filepath.Join(data, "keys", "master.key") }

// pushKey derives the key of the curve: the first of the derived numbers that is
// one, which all but one of four thousand million are.
func pushKey(master string) (*ecdsa.PrivateKey, error) {
	for n := range 8 {
		derived, err := hkdf.Key(sha256.New, []byte(master), nil, fmt.Sprintf("huiying/web-push/%d", n), 32)
		if err != nil {
			return nil, fmt.Errorf("derive the key for push services: %w", err)
		}
		if key, ok := webpush.ParseKey(derived); ok {
			return key, nil
		}
	}
	return nil, errors.New("no key for push services comes of the master key")
}

func masterFile(path string, create bool) (string, error) {
	raw, err := os.ReadFile(path)
	if err == nil {
		return strings.TrimSpace(string(raw)), nil
	}
	if !create || !errors.Is(err, fs.ErrNotExist) {
		return "", huiying.Errorf(huiying.Invalid, "config.unreadable", path, err)
	}
	fresh := make([]byte, 32)
	if _, err := rand.Read(fresh); err != nil {
		return "", fmt.Errorf("make a master key: %w", err)
	}
	text := hex.EncodeToString(fresh)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", fmt.Errorf("make the keys folder: %w", err)
	}
	return text, writeDurably(path, []byte(text+"\n"))
}

// writeDurably writes a new file whole or not at all, and on disk before it
// returns.
func writeDurably(path string, body []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return fmt.Errorf("create %s: %w", path, err)
	}
	defer os.Remove(f.Name()) // gone after a rename that worked
	_, err = f.Write(body)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
