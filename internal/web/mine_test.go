package web_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"rsc.io/qr"

	"huiying"
	"huiying/internal/store/users"
)

// authenticator is a phone: it computes by itself what RFC 6238 says.
func authenticator(t testing.TB, secret string, at time.Time) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(secret, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	var step [8]byte
	binary.BigEndian.PutUint64(step[:], uint64(at.Unix()/30))
	mac := hmac.New(sha1.New, key)
	mac.Write(step[:])
	sum := mac.Sum(nil)
	from := sum[len(sum)-1] & 15
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[from:])&0x7fffffff%1_000_000)
}

var (
	secretText = regexp.MustCompile(`<p class="copy mono">([A-Z2-7 ]+)</p>`)
	codeText   = regexp.MustCompile(`<li>([a-z2-7]{5}-[a-z2-7]{5})</li>`)
	stepText   = regexp.MustCompile(`name="step" value="([^"]+)"`)
	pathText   = regexp.MustCompile(`<path d="([^"]+)" fill="#000"`)
)

func found(t testing.TB, re *regexp.Regexp, body string) string {
	t.Helper()
	m := re.FindStringSubmatch(body)
	if m == nil {
		t.Fatalf("no %s in the page", re)
	}
	return html.UnescapeString(m[1])
}

// enrol sets a person's second factor up over the page.
func (b *browser) enrol(w *world) (secret string, recovery []string) {
	b.t.Helper()
	if res := b.post("/me/factor", url.Values{"action": {"begin"}}); res.status != http.StatusSeeOther {
		b.t.Fatalf("%d", res.status)
	}
	secret = found(b.t, secretText, b.get("/me/factor").body)
	res := b.post("/me/factor", url.Values{"action": {"confirm"}, "code": {authenticator(b.t, secret, w.clock())}})
	for _, m := range codeText.FindAllStringSubmatch(res.body, -1) {
		recovery = append(recovery, m[1])
	}
	if res.status != http.StatusOK || len(recovery) != 10 {
		b.t.Fatalf("%d with %d recovery codes", res.status, len(recovery))
	}
	return secret, recovery
}

// From the picture to signing in with the phone, with a recovery code, and
// without either.
func TestTwoSteps(t *testing.T) {
	w := newWorld(t)
	w.must(w.users.SetPassword(t.Context(), "officer", password))
	b := w.as("officer")
	b.post("/me/factor", url.Values{"action": {"begin"}})
	page := b.get("/me/factor").body
	secret := found(t, secretText, page)
	checkPicture(t, found(t, pathText, page), strings.ReplaceAll(secret, " ", ""))
	if res := b.post("/me/factor", url.Values{"action": {"confirm"}, "code": {"123"}}); res.status != http.StatusUnprocessableEntity || found(t, secretText, res.body) != secret {
		t.Errorf("a mistyped code costs the secret: %d", res.status)
	}
	res := b.post("/me/factor", url.Values{"action": {"confirm"}, "code": {authenticator(t, secret, w.clock())}})
	recovery := found(t, codeText, res.body)
	for _, path := range []string{"/me/factor", "/me"} {
		if body := b.get(path).body; strings.Contains(body, recovery) || strings.Contains(body, secret) {
			t.Errorf("%s shows a secret again", path)
		}
	}

	fresh := w.as("")
	begin := func() string {
		res := fresh.post("/login", url.Values{"id": {"officer"}, "password": {password}, "next": {"/cases"}})
		if res.status != http.StatusOK || res.header.Get("Set-Cookie") != "" {
			t.Fatalf("%d, cookie %q", res.status, res.header.Get("Set-Cookie"))
		}
		return found(t, stepText, res.body)
	}
	step := begin()
	if res := fresh.get("/"); res.status != http.StatusSeeOther {
		t.Errorf("half a sign-in opens a page: %d", res.status)
	}
	code := func(code string) answer {
		return fresh.post("/login/code", url.Values{"step": {step}, "code": {code}, "next": {"/cases"}})
	}
	if res := code("000000"); res.status != http.StatusUnauthorized || !strings.Contains(res.body, step) {
		t.Errorf("a wrong code: %d", res.status)
	}
	w.pass(time.Minute)
	if res := code(authenticator(t, secret, w.clock())); res.status != http.StatusSeeOther || res.header.Get("Location") != "/cases" {
		t.Errorf("the right code: %d to %s", res.status, res.header.Get("Location"))
	}
	if res := fresh.get("/cases"); res.status != http.StatusOK {
		t.Errorf("signed in: %d", res.status)
	}
	fresh = w.as("")
	step = begin()
	if res := code(recovery); res.status != http.StatusSeeOther {
		t.Errorf("a recovery code: %d", res.status)
	}
	fresh = w.as("")
	if res := fresh.post("/login/code", url.Values{"step": {step}, "code": {recovery}}); res.status != http.StatusUnauthorized || !strings.Contains(res.body, `action="/login"`) {
		t.Errorf("a step that was used: %d", res.status)
	}
	step = begin()
	if res := code("//evil"); res.status != http.StatusUnauthorized {
		t.Errorf("%d", res.status)
	}
	if res := fresh.post("/login/code", url.Values{"step": {step}, "code": {authenticator(t, secret, w.clock().Add(30*time.Second))}, "next": {"//evil.example"}}); res.header.Get("Location") != "/" {
		t.Errorf("sent to %q", res.header.Get("Location"))
	}
}

// checkPicture draws the path module by module and holds it against the code of
// an address that names the secret.
func checkPicture(t *testing.T, path, secret string) {
	t.Helper()
	black := map[[2]int]bool{}
	for _, m := range regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`).FindAllStringSubmatch(path, -1) {
		var x, y, n int
		if _, err := fmt.Sscan(m[1], &x); err != nil {
			t.Fatal(err)
		}
		fmt.Sscan(m[2], &y)
		fmt.Sscan(m[3], &n)
		for i := range n {
			black[[2]int{x + i - 4, y - 4}] = true
		}
	}
	uri := "otpauth://totp/officer?issuer=" + url.QueryEscape("示例市政务服务中心") + "&secret=" + secret
	want, err := qr.Encode(uri, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	for y := range want.Size {
		for x := range want.Size {
			if want.Black(x, y) != black[[2]int{x, y}] {
				t.Fatalf("the module at %d,%d differs", x, y)
			}
		}
	}
}

// The API takes password and code in one request.
func TestAPISignInWithCode(t *testing.T) {
	w := newWorld(t)
	w.must(w.users.SetPassword(t.Context(), "officer", password))
	secret, _ := w.as("officer").enrol(w)
	w.pass(time.Minute)
	b := w.as("")
	ask := func(code string) answer {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.base+"/api/v1/session", strings.NewReader(`{"id":"officer","password":"`+password+`","code":"`+code+`"}`))
		w.must(err)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept-Language", "en")
		return b.do(r)
	}
	if res := ask(""); res.status != http.StatusUnauthorized || !strings.Contains(res.body, "send the code too") {
		t.Errorf("%d %s", res.status, res.body)
	}
	if res := ask(authenticator(t, secret, w.clock())); res.status != http.StatusOK || !strings.Contains(res.body, "token") {
		t.Errorf("%d %s", res.status, res.body)
	}
}

func TestMyPassword(t *testing.T) {
	w := newWorld(t)
	w.must(w.users.SetPassword(t.Context(), "officer", password))
	b, other := w.as("officer"), w.as("officer")
	form := func(old, fresh, again string) url.Values {
		return url.Values{"action": {"password"}, "old": {old}, "password": {fresh}, "again": {again}}
	}
	for _, bad := range []url.Values{form("wrong", "a new long one", "a new long one"), form(password, "a new long one", "another long one"), form(password, "short", "short")} {
		if res := b.post("/me", bad); res.status != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d", bad, res.status)
		}
	}
	if res := b.post("/me", form(password, "a new long one", "a new long one")); res.status != http.StatusSeeOther {
		t.Fatalf("%d", res.status)
	}
	if b.get("/me").status != http.StatusOK || other.get("/me").status != http.StatusSeeOther {
		t.Error("the wrong login ended")
	}
	if res := w.as("").post("/login", url.Values{"id": {"officer"}, "password": {"a new long one"}}); res.status != http.StatusSeeOther {
		t.Errorf("the new password: %d", res.status)
	}
}

func TestMyLogins(t *testing.T) {
	w := newWorld(t)
	b, other := w.as("hall"), w.as("hall")
	body := b.get("/me").body
	for _, want := range []string{"本次登录", "链接登录", "程序", "127.0.0.*", "结束其他 1 个登录"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(body, "127.0.0.1<") {
		t.Error("the whole address is shown")
	}
	if res := b.post("/me", url.Values{"action": {"end-others"}}); res.status != http.StatusSeeOther {
		t.Errorf("%d", res.status)
	}
	if b.get("/me").status != http.StatusOK || other.get("/me").status != http.StatusSeeOther {
		t.Error("the wrong login ended")
	}
}

// require opens the office anew with a role that must have a second factor.
func (w *world) require(roles ...huiying.Role) {
	w.users = users.New(w.store, users.Options{Cost: users.Cost{Memory: 64, Time: 1, Threads: 1}, Factor: w.factor, Required: roles})
	w.serve()
}

// Whoever must have a second factor is led to it, and sees nothing else first.
func TestFactorIsRequired(t *testing.T) {
	w := newWorld(t)
	w.require(huiying.RoleAdmin)
	b := w.as("admin")
	for _, path := range []string{"/", "/admin/users", "/me"} {
		if res := b.get(path); res.status != http.StatusSeeOther || res.header.Get("Location") != "/me/factor" {
			t.Errorf("%s: %d to %s", path, res.status, res.header.Get("Location"))
		}
	}
	if res := b.get("/api/v1/users"); res.status != http.StatusForbidden || !strings.Contains(res.body, "两步验证") {
		t.Errorf("the API: %d %s", res.status, res.body)
	}
	if res := b.post("/admin/users", url.Values{"action": {"add"}}); res.status != http.StatusForbidden {
		t.Errorf("a form: %d", res.status)
	}
	if res := b.get("/me/factor"); res.status != http.StatusOK || !strings.Contains(res.body, "您的角色必须使用两步验证") {
		t.Errorf("%d", res.status)
	}
	if res := w.as("officer").get("/"); res.status != http.StatusOK {
		t.Errorf("whoever need not: %d", res.status)
	}
	b.enrol(w)
	if res := b.get("/admin/users"); res.status != http.StatusOK {
		t.Errorf("with the factor: %d", res.status)
	}
}
