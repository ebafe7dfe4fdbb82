package webpush_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"huiying"
	"huiying/notifier/channel"
	"huiying/notifier/channel/webpush"
)

// Connections that idle for the next alert are no leak.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"))
}

func decode(t *testing.T, text string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The example of RFC 8291, section 5 and appendix A, to the byte.
func TestExampleOfTheStandard(t *testing.T) {
	key, err := ecdh.P256().NewPrivateKey(decode(t, "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := webpush.Seal([]byte("When I grow up, I want to be a watermelon"),
		"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", "BTBZMqHH6r4Tts7J_aSIgg", key, decode(t, "DGv6ra1nlYgDCS1FRnbzlw"))
	if err != nil {
		t.Fatal(err)
	}
	want := "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
	if text := base64.RawURLEncoding.EncodeToString(got); text != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
}

// browser is one that subscribed: it can read what is sent to it.
type browser struct {
	key  *ecdh.PrivateKey
	auth []byte
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	auth := make([]byte, 16)
	rand.Read(auth)
	return &browser{key, auth}
}

func (b *browser) subscription(id, endpoint string) webpush.Subscription {
	encode := base64.RawURLEncoding.EncodeToString
	return webpush.Subscription{ID: id, Endpoint: endpoint, Key: encode(b.key.PublicKey().Bytes()), Auth: encode(b.auth)}
}

// read decrypts as a browser does, by the standard's own words and not by our
// code.
func (b *browser) read(t *testing.T, body []byte) map[string]string {
	t.Helper()
	salt, theirs, sealed := body[:16], body[21:86], body[86:]
	public, err := ecdh.P256().NewPublicKey(theirs)
	if err != nil {
		t.Fatal(err)
	}
	shared, err := b.key.ECDH(public)
	if err != nil {
		t.Fatal(err)
	}
	step := func(secret, salt []byte, info string, n int) []byte {
		out, err := hkdf.Key(sha256.New, secret, salt, info, n)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	ikm := step(shared, b.auth, "WebPush: info\x00"+string(b.key.PublicKey().Bytes())+string(theirs), 32)
	block, err := aes.NewCipher(step(ikm, salt, "Content-Encoding: aes128gcm\x00", 16))
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := gcm.Open(nil, step(ikm, salt, "Content-Encoding: nonce\x00", 12), sealed, nil)
	if err != nil {
		t.Fatalf("it does not open: %v", err)
	}
	var out map[string]string
	if err := json.Unmarshal([]byte(strings.TrimSuffix(string(plain), "\x02")), &out); err != nil {
		t.Fatalf("%v: %q", err, plain)
	}
	return out
}

// people have browsers.
type people struct {
	list []webpush.Subscription
	fail error

	mu   sync.Mutex
	gone []string
}

func (p *people) Of(_ context.Context, person string) ([]webpush.Subscription, error) {
	if person != "lin" {
		return nil, p.fail
	}
	return p.list, p.fail
}

func (p *people) Gone(_ context.Context, id, code string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gone = append(p.gone, id+" "+code)
	return nil
}

var at = time.Date(2026, 11, 23, 6, 20, 0, 0, time.UTC)

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// service is a push service over TLS that answers /<status> with it.
func service(t *testing.T, take func(*http.Request, []byte)) *httptest.Server {
	t.Helper()
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if take != nil {
			take(r, body)
		}
		status, err := strconv.Atoi(strings.Trim(r.URL.Path, "/"))
		if err != nil {
			status = http.StatusCreated
		}
		if status == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", "90")
		}
		if status == http.StatusFound {
			w.Header().Set("Location", "/201")
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(s.Close)
	return s
}

func alert() channel.Message {
	return channel.Message{
		DeliveryID: "d-1", Level: huiying.LevelRed, Title: "【红】大厅排队", Lines: []string{"规则：大厅排队 <1>", "办件：HY20261123-0001"},
		Link: "https://hy.example/a/t", Address: huiying.BrowsersOf + "lin", Lang: "zh",
	}
}

func open(t *testing.T, c webpush.Config) *webpush.Channel {
	t.Helper()
	c.Subject, c.Now = "mailto:duty@office.example", func() time.Time { return at }
	if c.Key == nil {
		c.Key = newKey(t)
	}
	made, err := webpush.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// What is sent opens with the browser's keys alone and says what every channel
// says; the push service can verify who sends.
func TestSend(t *testing.T) {
	b, key := newBrowser(t), newKey(t)
	var got *http.Request
	var body []byte
	s := service(t, func(r *http.Request, raw []byte) { got, body = r, raw })
	c := open(t, webpush.Config{Key: key, Transport: s.Client().Transport, Browsers: &people{list: []webpush.Subscription{b.subscription("b-1", s.URL+"/wpush/v2/abc")}}})
	if o := c.Send(t.Context(), alert()); o.Result != channel.Accepted || o.Code != "201" {
		t.Fatalf("%+v", o)
	}
	said := b.read(t, body)
	for name, want := range map[string]string{"title": "【红】大厅排队", "body": "规则：大厅排队 <1>\n办件：HY20261123-0001", "link": "https://hy.example/a/t", "tag": "d-1", "level": "red", "lang": "zh"} {
		if said[name] != want {
			t.Errorf("%s: %q, want %q", name, said[name], want)
		}
	}
	for name, want := range map[string]string{"Content-Encoding": "aes128gcm", "TTL": "43200", "Urgency": "high", "Content-Type": "application/octet-stream"} {
		if got.Header.Get(name) != want {
			t.Errorf("%s: %q, want %q", name, got.Header.Get(name), want)
		}
	}
	if len(body) > 4096 || strings.Contains(string(body), "排队") {
		t.Errorf("%d bytes", len(body))
	}
	verify(t, got.Header.Get("Authorization"), s.URL, key)
}

// verify reads an Authorization as RFC 8292 says.
func verify(t *testing.T, header, origin string, key *ecdsa.PrivateKey) {
	t.Helper()
	token, public, ok := strings.Cut(strings.TrimPrefix(header, "vapid t="), ", k=")
	if !ok || !strings.HasPrefix(header, "vapid t=") {
		t.Fatalf("%q", header)
	}
	if want, err := webpush.PublicKey(key); err != nil || public != want {
		t.Errorf("key %q, want %q", public, want)
	}
	said, signature, ok := cutLast(token)
	raw := decode(t, signature)
	digest := sha256.Sum256([]byte(said))
	if !ok || len(raw) != 64 || !ecdsa.Verify(&key.PublicKey, digest[:], new(big.Int).SetBytes(raw[:32]), new(big.Int).SetBytes(raw[32:])) {
		t.Error("the signature does not hold")
	}
	head, body, _ := strings.Cut(said, ".")
	if string(decode(t, head)) != `{"typ":"JWT","alg":"ES256"}` {
		t.Errorf("%s", decode(t, head))
	}
	var claims struct {
		Aud, Sub string
		Exp      int64
	}
	if err := json.Unmarshal(decode(t, body), &claims); err != nil {
		t.Fatal(err)
	}
	if claims.Aud != origin || claims.Sub != "mailto:duty@office.example" || claims.Exp <= at.Unix() || claims.Exp > at.Add(24*time.Hour).Unix() {
		t.Errorf("%+v", claims)
	}
}

func cutLast(token string) (said, signature string, ok bool) {
	i := strings.LastIndexByte(token, '.')
	if i < 0 {
		return "", "", false
	}
	return token[:i], token[i+1:], true
}

// What each answer means, alone and beside another browser.
func TestAnswers(t *testing.T) {
	b := newBrowser(t)
	s := service(t, nil)
	for _, c := range []struct {
		answers []string
		want    channel.Result
		gone    int
		wait    time.Duration
	}{
		{[]string{"201"}, channel.Accepted, 0, 0},
		{[]string{"410"}, channel.Refused, 1, 0},
		{[]string{"404"}, channel.Refused, 1, 0},
		{[]string{"410", "404"}, channel.Refused, 2, 0},
		{[]string{"410", "201"}, channel.Accepted, 1, 0},
		{[]string{"429", "410"}, channel.Retry, 1, 90 * time.Second},
		{[]string{"500"}, channel.Retry, 0, 0},
		{[]string{"500", "201"}, channel.Accepted, 0, 0},
		{[]string{"403"}, channel.Refused, 0, 0},
		{[]string{"413"}, channel.Refused, 0, 0},
		{[]string{"302"}, channel.Refused, 0, 0}, // led elsewhere
	} {
		p := &people{}
		for i, a := range c.answers {
			p.list = append(p.list, b.subscription("b-"+strconv.Itoa(i), s.URL+"/"+a))
		}
		o := open(t, webpush.Config{Transport: s.Client().Transport, Browsers: p}).Send(t.Context(), alert())
		if o.Result != c.want || len(p.gone) != c.gone || o.RetryAfter != c.wait || (o.Result == channel.Accepted) != (o.Reason == nil) {
			t.Errorf("%v: %+v, gone %v", c.answers, o, p.gone)
		}
		if o.Reason != nil && strings.Contains(o.Reason.Error(), "127.0.0.1") {
			t.Errorf("%v: the reason holds the address: %v", c.answers, o.Reason)
		}
	}
}

// Whoever has no browser is told over the next channel at once; a store that
// cannot be read, or a service nobody answers for, is tried again.
func TestNobodyToTell(t *testing.T) {
	m := alert()
	m.Address, m.Person = "", "wu"
	if o := open(t, webpush.Config{Browsers: &people{}}).Send(t.Context(), m); o.Result != channel.Refused {
		t.Errorf("%+v", o)
	}
	if o := open(t, webpush.Config{Browsers: &people{fail: errors.New("no disk")}}).Send(t.Context(), m); o.Result != channel.Retry {
		t.Errorf("%+v", o)
	}
	p := &people{list: []webpush.Subscription{newBrowser(t).subscription("b-1", "https://127.0.0.1:1/x")}}
	if o := open(t, webpush.Config{Browsers: p}).Send(t.Context(), alert()); o.Result != channel.Retry {
		t.Errorf("%+v", o)
	}
}

// However long the names are, the text fits into what push services must take.
func TestLongText(t *testing.T) {
	b := newBrowser(t)
	var body []byte
	s := service(t, func(_ *http.Request, raw []byte) { body = raw })
	m := alert()
	m.Title, m.Lines = strings.Repeat("\x01很长", 500), []string{strings.Repeat("\x02\"名字\"", 2000)}
	p := &people{list: []webpush.Subscription{b.subscription("b-1", s.URL)}}
	if o := open(t, webpush.Config{Transport: s.Client().Transport, Browsers: p}).Send(t.Context(), m); o.Result != channel.Accepted || len(body) > 4096 {
		t.Fatalf("%+v, %d bytes", o, len(body))
	}
	if said := b.read(t, body); said["link"] != m.Link {
		t.Errorf("the link was cut: %q", said["link"])
	}
}

func TestValid(t *testing.T) {
	good := newBrowser(t).subscription("b-1", "https://push.example/abc")
	if err := good.Valid(); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*webpush.Subscription){
		"http":     func(s *webpush.Subscription) { s.Endpoint = "http://push.example/abc" },
		"no host":  func(s *webpush.Subscription) { s.Endpoint = "https:///abc" },
		"a name":   func(s *webpush.Subscription) { s.Endpoint = "https://me:secret@push.example/abc" },
		"too long": func(s *webpush.Subscription) { s.Endpoint += strings.Repeat("x", 2000) },
		"nothing":  func(s *webpush.Subscription) { s.Endpoint = "" },
		"no key":   func(s *webpush.Subscription) { s.Key = "" },
		"no point": func(s *webpush.Subscription) { s.Key = strings.Repeat("A", 87) },
		"no auth":  func(s *webpush.Subscription) { s.Auth = "AAAA" },
	} {
		bad := good
		change(&bad)
		if huiying.ErrorCode(bad.Valid()) != huiying.Invalid {
			t.Errorf("%s was taken", name)
		}
	}
}

func FuzzValid(f *testing.F) {
	f.Add("https://push.example/abc", "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", "BTBZMqHH6r4Tts7J_aSIgg")
	f.Fuzz(func(t *testing.T, endpoint, key, auth string) {
		s := webpush.Subscription{Endpoint: endpoint, Key: key, Auth: auth}
		if s.Valid() == nil && !strings.HasPrefix(strings.ToLower(endpoint), "https://") {
			t.Errorf("%q was taken", endpoint)
		}
	})
}

func TestConfig(t *testing.T) {
	if _, err := webpush.New(webpush.Config{Subject: "office", BaseURL: "ftp://x"}); huiying.ErrorCode(err) != huiying.Invalid {
		t.Error(err)
	}
	if _, err := webpush.New(webpush.Config{Subject: "https://hy.example"}); err == nil {
		t.Error("made without a key")
	}
}
