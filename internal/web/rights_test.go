package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/api"
	"huiying/internal/web/door"
)

// The table of permissions is the doors': every page and operation stands in it,
// with those whom the door lets in.
func TestPermissionsAreTheDoors(t *testing.T) {
	w := newWorld(t)
	doc, err := html.Parse(strings.NewReader(w.as("admin").get("/admin/permissions").body))
	w.must(err)
	rows := map[string][]string{} // by address: what stands in the cells
	walk(doc, func(n *html.Node) {
		if n.Data != "tr" {
			return
		}
		var cells []string
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.Type == html.ElementNode {
				cells = append(cells, text(c))
			}
		}
		rows[cells[0]] = cells
	})
	check := func(address string, who door.Who) {
		cells, ok := rows[address]
		if !ok {
			t.Errorf("%s is missing", address)
			return
		}
		if who.Public {
			if !strings.HasPrefix(cells[2], "任何人") {
				t.Errorf("%s: %q", address, cells)
			}
			return
		}
		for i, role := range huiying.Roles() {
			want := "—"
			if who.Lets(query.Account{Person: huiying.Person{Roles: []huiying.Role{role}}}) {
				want = "可以"
			}
			if cells[2+i] != want {
				t.Errorf("%s for %s: %q, want %q", address, role, cells[2+i], want)
			}
		}
	}
	n := 0
	for _, r := range w.server.Routes() {
		if strings.Contains(r.Pattern, " ") {
			check(r.Pattern, r.Who)
			n++
		}
	}
	for _, r := range api.Rows() {
		check(r.Method+" "+r.Path, r.Who)
		n++
	}
	if n < 120 {
		t.Errorf("only %d doors", n)
	}
}

// An administrator ends all logins of a person, resets the second factor, links
// an identity, revokes a token; each stands in the log, which can be filtered.
func TestPersonPage(t *testing.T) {
	s := newSeeded(t)
	hall, admin := s.as("hall"), s.as("admin")
	hall.enrol(s.world)
	_, token := s.token(query.NewToken{Account: "hall", Scopes: []string{"read:cases"}})
	page := admin.get("/admin/users/hall").body
	for _, want := range []string{"重置两步验证", "结束全部登录", "尚未绑定", token} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	do := func(form url.Values, want int) {
		t.Helper()
		if res := admin.post("/admin/users/hall", form); res.status != want {
			t.Errorf("%v: %d, want %d", form, res.status, want)
		}
	}
	if res := admin.post("/admin/users/admin", url.Values{"action": {"reset-factor"}}); res.status != http.StatusConflict {
		t.Errorf("the administrator's own factor goes without a code: %d", res.status)
	}
	do(url.Values{"action": {"reset-factor"}}, http.StatusSeeOther)
	do(url.Values{"action": {"reset-factor"}}, http.StatusNotFound)
	do(url.Values{"action": {"link"}, "subject": {"sub-7"}}, http.StatusSeeOther)
	do(url.Values{"action": {"link"}, "subject": {"sub-8"}}, http.StatusConflict)
	do(url.Values{"action": {"unlink"}, "subject": {"sub-7"}, "issuer": {"https://id.example.org"}}, http.StatusSeeOther)
	do(url.Values{"action": {"revoke"}, "token": {token}}, http.StatusSeeOther)
	do(url.Values{"action": {"revoke"}, "token": {"t-none"}}, http.StatusNotFound)
	do(url.Values{"action": {"end-all"}}, http.StatusSeeOther)
	do(url.Values{"action": {"dance"}}, http.StatusUnprocessableEntity)
	if res := hall.get("/me"); res.status != http.StatusSeeOther {
		t.Errorf("the person is still in: %d", res.status)
	}
	if res := admin.get("/admin/users/nobody"); res.status != http.StatusNotFound {
		t.Errorf("%d", res.status)
	}
	if res := admin.post("/admin/users/admin", url.Values{"action": {"end-all"}}); res.status != http.StatusSeeOther || admin.get("/").status != http.StatusOK {
		t.Error("the administrator threw themselves out")
	}
	log := admin.get("/admin/access?who=admin&object=hall").body
	for _, want := range []string{"停用或重置两步验证", "绑定统一身份认证", "解除统一身份认证", "撤销令牌", "结束多个登录"} {
		if !strings.Contains(log, "<td>"+want) {
			t.Errorf("the log lacks %s", want)
		}
	}
}

// Who saw personal data unmasked is found by the administrator, and nothing else
// with it.
func TestRevealsAreShown(t *testing.T) {
	s := newSeeded(t)
	admin := s.as("admin")
	if body := admin.get("/admin/access?action=personal&who=hall").body; !strings.Contains(body, "没有符合条件") {
		t.Error("there is something before anything was revealed")
	}
	post := s.private
	s.must(postErr(s.as("officer").post("/inbox", url.Values{"item": {"post:" + post}, "action": {"attach_mention"}, "case": {s.handling}})))
	if res := s.as("officer").post("/reveal/"+post, nil); res.status != http.StatusOK {
		t.Fatalf("revealing: %d", res.status)
	}
	body := admin.get("/admin/access?action=personal").body
	if !strings.Contains(body, "<td>查看未遮盖的个人信息") || !strings.Contains(body, post) || strings.Contains(body, "<td>使用链接") {
		t.Error("the reveal is not shown, or more than that")
	}
	if res := admin.get("/admin/access?from=2026-11-24&to=x"); res.status != http.StatusUnprocessableEntity || !strings.Contains(res.body, "看不懂") {
		t.Errorf("%d", res.status)
	}
	if body := admin.get("/admin/access?action=reveal&from=2026-11-24").body; !strings.Contains(body, "没有符合条件") {
		t.Error("a day too early is shown")
	}
	if body := admin.get("/admin/access?action=reveal&from=2026-11-23&to=2026-11-23").body; !strings.Contains(body, post) {
		t.Error("the day itself is not shown")
	}
	if body := admin.get("/admin/access").body; !strings.Contains(body, "before=") {
		for range 60 {
			s.as("officer")
		}
		if body = admin.get("/admin/access").body; !strings.Contains(body, "before=") {
			t.Error("older rows cannot be reached")
		}
	}
}

// A proxy that is named says where people come from; nobody else does.
func TestProxiesOverHTTP(t *testing.T) {
	w := newWorld(t)
	w.must(w.users.SetPassword(t.Context(), "officer", password))
	enter := func() (address string, cookie string) {
		b := w.as("")
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.base+"/login", strings.NewReader(url.Values{"id": {"officer"}, "password": {password}}.Encode()))
		w.must(err)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("X-Forwarded-For", "203.0.113.7")
		r.Header.Set("X-Forwarded-Proto", "https")
		res := b.do(r)
		logins, err := w.users.Logins(t.Context(), "officer")
		w.must(err)
		w.pass(1e9)
		return logins[0].Visitor.Address, res.header.Get("Set-Cookie")
	}
	if address, cookie := enter(); address != "127.0.0.1" || strings.Contains(cookie, "Secure") {
		t.Errorf("a stranger was believed: %s %s", address, cookie)
	}
	var err error
	w.proxies, err = door.ParseProxies(t.Context(), []string{"127.0.0.1"}, nil)
	w.must(err)
	w.serve()
	if address, cookie := enter(); address != "203.0.113.7" || !strings.Contains(cookie, "Secure") || !strings.Contains(cookie, "__Host-") {
		t.Errorf("the proxy was not believed: %s %s", address, cookie)
	}
}

// The mark names who looks and when, on pages of people who are signed in.
func TestWatermark(t *testing.T) {
	w := newWorld(t)
	page := w.as("officer").get("/").body
	if !strings.Contains(page, `class="watermark" aria-hidden="true"`) || !strings.Contains(page, "officer 2026-11-23 14:20</text>") {
		t.Error("no mark")
	}
	if strings.Contains(w.as("").get("/login").body, "watermark") {
		t.Error("a mark of nobody")
	}
}
