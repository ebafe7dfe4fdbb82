// Package oidctest is an identity provider for tests: it answers on this machine
// alone, signs what it is told to sign, and checks PKCE and the client as a real
// one does.
package oidctest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"
)

// Issuer is the provider.
type Issuer struct {
	t      testing.TB
	server *httptest.Server
	key    *rsa.PrivateKey
	other  *rsa.PrivateKey // which nobody knows

	mu     sync.Mutex
	claims map[string]any
	how    How
	codes  map[string]question
}

type question struct{ nonce, challenge, redirect string }

// How is what the provider does wrong.
type How struct {
	UnknownKey bool // signs with a key that it does not publish
	None       bool // does not sign at all
	NoToken    bool // answers without an id_token
	Down       bool // answers nothing but 500
}

// Client is who may ask.
const (
	ClientID     = "huiying"
	ClientSecret = "s3cret of the client"
)

// New makes a provider that ends with the test.
func New(t testing.TB) *Issuer {
	t.Helper()
	i := &Issuer{t: t, codes: map[string]question{}}
	for _, into := range []**rsa.PrivateKey{&i.key, &i.other} {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		*into = key
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", i.discovery)
	mux.HandleFunc("GET /keys", i.keys)
	mux.HandleFunc("GET /authorize", i.authorize)
	mux.HandleFunc("POST /token", i.token)
	i.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if i.now().Down {
			http.Error(w, "down", http.StatusInternalServerError)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(i.server.Close)
	return i
}

// URL is the issuer's address.
func (i *Issuer) URL() string { return i.server.URL }

// Says sets the claims of the next token, over those that are right, and what
// goes wrong. A nil claim is left out.
func (i *Issuer) Says(claims map[string]any, how How) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.claims, i.how = claims, how
}

func (i *Issuer) now() How {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.how
}

// SignIn is what a browser does at the provider: it opens the address and comes
// back with this query.
func (i *Issuer) SignIn(address string) url.Values {
	i.t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Get(address)
	if err != nil {
		i.t.Fatal(err)
	}
	defer res.Body.Close()
	back, err := url.Parse(res.Header.Get("Location"))
	if err != nil || res.StatusCode != http.StatusFound {
		i.t.Fatalf("the provider answers %d: %v", res.StatusCode, err)
	}
	return back.Query()
}

func (i *Issuer) discovery(w http.ResponseWriter, _ *http.Request) {
	answer(w, map[string]any{
		"issuer": i.URL(), "authorization_endpoint": i.URL() + "/authorize", "token_endpoint": i.URL() + "/token", "jwks_uri": i.URL() + "/keys",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"RS256"},
	})
}

func (i *Issuer) keys(w http.ResponseWriter, _ *http.Request) {
	b64 := base64.RawURLEncoding
	answer(w, map[string]any{"keys": []any{map[string]any{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "k1",
		"n": b64.EncodeToString(i.key.N.Bytes()), "e": b64.EncodeToString(big.NewInt(int64(i.key.E)).Bytes()),
	}}})
}

func (i *Issuer) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("client_id") != ClientID || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || q.Get("code_challenge") == "" || q.Get("nonce") == "" || q.Get("state") == "" {
		http.Error(w, "bad question", http.StatusBadRequest)
		return
	}
	code := rand.Text()
	i.mu.Lock()
	i.codes[code] = question{q.Get("nonce"), q.Get("code_challenge"), q.Get("redirect_uri")}
	i.mu.Unlock()
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+url.Values{"code": {code}, "state": {q.Get("state")}}.Encode(), http.StatusFound)
}

func (i *Issuer) token(w http.ResponseWriter, r *http.Request) {
	id, secret, ok := r.BasicAuth()
	if !ok {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	} else if plain, err := url.QueryUnescape(secret); err == nil {
		secret = plain
	}
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	i.mu.Lock()
	asked, known := i.codes[r.PostFormValue("code")]
	delete(i.codes, r.PostFormValue("code"))
	i.mu.Unlock()
	if id != ClientID || secret != ClientSecret || !known || base64.RawURLEncoding.EncodeToString(sum[:]) != asked.challenge || r.PostFormValue("redirect_uri") != asked.redirect {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error":"invalid_grant"}`))
		return
	}
	out := map[string]any{"access_token": "a", "token_type": "Bearer", "expires_in": 60}
	if !i.now().NoToken {
		out["id_token"] = i.sign(asked.nonce)
	}
	answer(w, out)
}

// sign makes the token of one person.
func (i *Issuer) sign(nonce string) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	claims := map[string]any{
		"iss": i.server.URL, "aud": ClientID, "sub": "subject-1", "nonce": nonce, "iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(),
	}
	for name, v := range i.claims {
		claims[name] = v
		if v == nil {
			delete(claims, name)
		}
	}
	b64 := base64.RawURLEncoding
	header := map[string]string{"alg": "RS256", "kid": "k1"}
	if i.how.None {
		header = map[string]string{"alg": "none"}
	}
	text := b64.EncodeToString(written(header)) + "." + b64.EncodeToString(written(claims))
	if i.how.None {
		return text + "."
	}
	key := i.key
	if i.how.UnknownKey {
		key = i.other
	}
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		i.t.Error(err)
	}
	return text + "." + b64.EncodeToString(signature)
}

func written(v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err) // a test that hands over what JSON cannot hold
	}
	return raw
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(written(v))
}
