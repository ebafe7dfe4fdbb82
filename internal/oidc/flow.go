package oidc

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"huiying"
)

// flowFor is how long somebody may take at the provider.
const flowFor = 10 * time.Minute

// flow is a sign-in under way. The browser carries it, sealed: nothing is stored
// for whoever only opens the address.
type flow struct {
	State    string `json:"s"`
	Nonce    string `json:"n"`
	Verifier string `json:"v"`
	Next     string `json:"p"`
	Until    int64  `json:"u"`
}

func token() string {
	b := make([]byte, 24)
	rand.Read(b) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(b)
}

func (p *Provider) aead() (cipher.AEAD, error) {
	block, err := aes.NewCipher(p.o.Key)
	if err != nil {
		return nil, fmt.Errorf("key of sign-ins: %w", err)
	}
	return cipher.NewGCM(block)
}

// label keeps what is sealed here apart from all else under the same key.
const label = "sso"

func (p *Provider) seal(f flow) (string, error) {
	aead, err := p.aead()
	if err != nil {
		return "", err
	}
	plain, err := json.Marshal(f)
	if err != nil {
		return "", fmt.Errorf("write sign-in: %w", err)
	}
	nonce := make([]byte, aead.NonceSize())
	rand.Read(nonce) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(aead.Seal(nonce, nonce, plain, []byte(label))), nil
}

// open reads a cookie; one that is missing, changed or over is a sign-in to be
// begun again.
func (p *Provider) open(cookie string) (f flow, err error) {
	stale := huiying.Errorf(huiying.Unauthorized, "sso.stale")
	aead, err := p.aead()
	if err != nil {
		return f, err
	}
	raw, err := base64.RawURLEncoding.DecodeString(cookie)
	if err != nil || len(raw) < aead.NonceSize() {
		return f, stale
	}
	plain, err := aead.Open(nil, raw[:aead.NonceSize()], raw[aead.NonceSize():], []byte(label))
	if err != nil {
		return f, stale
	}
	if err := json.Unmarshal(plain, &f); err != nil || p.o.Now().Unix() >= f.Until {
		return flow{}, stale
	}
	return f, nil
}
