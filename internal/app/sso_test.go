package app_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"huiying/internal/oidc/oidctest"
)

const ssoOffice = `
data: data
listen: 127.0.0.1:0
public_url: http://huiying.example.org
units: [{id: u-hall, name: 大厅}]
users:
  - {id: keeper, name: 管理, roles: [admin]}
sign_in:
  oidc:
    issuer: ISSUER
    client_id: huiying
    client_secret: s3cret of the client
    name: 示例身份平台
    match: username
    create: true
    roles:
      - {claim: groups, value: press, roles: [officer]}
      - {claim: groups, value: hall, roles: [responder], unit: u-hall}
`

// visitor is a browser that goes to the identity provider and comes back.
type visitor struct {
	t      *testing.T
	base   string
	issuer *oidctest.Issuer
	client *http.Client
}

func (v *visitor) get(path string) (status int, location, body string) {
	v.t.Helper()
	res, err := v.client.Get(v.base + path)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return res.StatusCode, res.Header.Get("Location"), string(raw)
}

// signIn goes there and back.
func (v *visitor) signIn(claims map[string]any) (status int, location, body string) {
	v.t.Helper()
	v.issuer.Says(claims, oidctest.How{})
	status, address, body := v.get("/login/sso?next=/duty")
	if status != http.StatusFound || !strings.HasPrefix(address, v.issuer.URL()) {
		v.t.Fatalf("%d to %s: %s", status, address, body)
	}
	return v.get("/login/sso/back?" + v.issuer.SignIn(address).Encode())
}

// People of the identity provider get an account with the roles that the table
// gives them now; whoever gets none stays out, and the local account remains.
func TestSingleSignOn(t *testing.T) {
	t.Parallel()
	issuer := oidctest.New(t)
	a := boot(t, t.TempDir(), files{office: strings.ReplaceAll(ssoOffice, "ISSUER", issuer.URL())})
	if err := a.SetPassword(t.Context(), "keeper", doorPassword); err != nil {
		t.Fatal(err)
	}
	fresh := func() *visitor {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		return &visitor{t: t, base: "http://" + a.Addr(), issuer: issuer, client: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	}
	v := fresh()
	if _, _, body := v.get("/login?next=/duty"); !strings.Contains(body, "用示例身份平台登录") {
		t.Error("the page does not offer it")
	}
	claims := map[string]any{"preferred_username": "Yi", "name": "石小乙", "groups": []string{"hall", "others"}}
	if status, to, body := v.signIn(claims); status != http.StatusSeeOther || to != "/duty" {
		t.Fatalf("%d to %q: %s", status, to, body)
	}
	if status, _, body := v.get("/me"); status != http.StatusOK || !strings.Contains(body, "石小乙") || !strings.Contains(body, "大厅") || !strings.Contains(body, "统一身份认证登录") {
		t.Errorf("%d", status)
	}
	if status, _, _ := v.get("/inbox"); status != http.StatusForbidden {
		t.Errorf("a responder opens the inbox: %d", status)
	}
	claims["groups"] = []string{"press"}
	if status, _, _ := v.signIn(claims); status != http.StatusSeeOther {
		t.Fatalf("%d", status)
	}
	if status, _, _ := v.get("/inbox"); status != http.StatusOK {
		t.Errorf("the table's new role does not count: %d", status)
	}
	claims["groups"] = []string{"others"}
	v = fresh()
	if status, _, body := v.signIn(claims); status != http.StatusUnauthorized || !strings.Contains(body, "没有给您本系统的角色") || !strings.Contains(body, `name="password"`) {
		t.Errorf("without a role: %d %s", status, body)
	}
	if status, to, _ := v.get("/me"); status != http.StatusSeeOther || !strings.HasPrefix(to, "/login") {
		t.Errorf("let in: %d", status)
	}
	if status, _, body := v.get("/login/sso/back?state=x&code=y"); status != http.StatusUnauthorized || !strings.Contains(body, "重新点") {
		t.Errorf("an answer nobody asked for: %d", status)
	}
	issuer.Says(map[string]any{"aud": "somebody"}, oidctest.How{})
	_, address, _ := v.get("/login/sso")
	if status, _, body := v.get("/login/sso/back?" + issuer.SignIn(address).Encode()); status != http.StatusUnauthorized || !strings.Contains(body, "没有通过校验") || strings.Contains(body, "audience") {
		t.Errorf("a bad token: %d", status)
	}
	issuer.Says(nil, oidctest.How{Down: true})
	_, address, _ = v.get("/login/sso") // it knows the provider by now
	if address == "" {
		t.Error("no address")
	}
	res, err := v.client.PostForm(v.base+"/login", url.Values{"id": {"keeper"}, "password": {doorPassword}})
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusSeeOther {
		t.Errorf("the local account: %d", res.StatusCode)
	}
	if status, _, body := v.get("/admin/users/yi"); status != http.StatusOK || !strings.Contains(body, "subject-1") {
		t.Errorf("the administrator does not see the link: %d", status)
	}
}
