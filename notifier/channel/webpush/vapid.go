package webpush

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"time"
)

// tokenFor is how long a signed claim holds; a push service refuses more than a
// day.
const tokenFor = 12 * time.Hour

// PublicKey is our key as a browser wants it when it subscribes: from then on
// the push service takes nothing for this subscription that is not signed with
// it.
func PublicKey(key *ecdsa.PrivateKey) (string, error) {
	point, err := key.PublicKey.Bytes()
	if err != nil {
		return "", fmt.Errorf("write our public key: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(point), nil
}

// ParseKey makes our key of 32 secret bytes; ok is false for the few that are
// none.
func ParseKey(secret []byte) (key *ecdsa.PrivateKey, ok bool) {
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), secret)
	return key, err == nil
}

// claim is what a push service is told of us (RFC 8292).
type claim struct {
	Audience string `json:"aud"` // the push service's origin
	Expires  int64  `json:"exp"`
	Subject  string `json:"sub"` // whom to write to when something is wrong
}

// authorization signs who sends, for one push service.
func authorization(key *ecdsa.PrivateKey, endpoint *url.URL, subject string, now time.Time) (string, error) {
	body, err := json.Marshal(claim{endpoint.Scheme + "://" + endpoint.Host, now.Add(tokenFor).Unix(), subject})
	if err != nil {
		return "", fmt.Errorf("write the claim: %w", err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	said := encode([]byte(`{"typ":"JWT","alg":"ES256"}`)) + "." + encode(body)
	digest := sha256.Sum256([]byte(said))
	r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
	if err != nil {
		return "", fmt.Errorf("sign the claim: %w", err)
	}
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	public, err := PublicKey(key)
	if err != nil {
		return "", err
	}
	return "vapid t=" + said + "." + encode(signature) + ", k=" + public, nil
}
