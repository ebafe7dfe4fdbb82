package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/api"
	"huiying/internal/web/door"
)

// by asks with a token.
func (w *world) by(token, method, path, body string) answer {
	w.t.Helper()
	b := w.as("")
	r, err := http.NewRequestWithContext(w.t.Context(), method, b.base+path, strings.NewReader(body))
	w.must(err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept-Language", "en")
	r.Header.Set("Authorization", "Bearer "+token)
	return b.do(r)
}

func (w *world) token(n query.NewToken) (token, id string) {
	w.t.Helper()
	n.Name, n.For, n.By = "t", time.Hour, "admin"
	token, made, err := w.tokens.Make(w.t.Context(), n)
	w.must(err)
	return token, made.ID
}

// Every operation of the API, for a service that holds every role: with all
// scopes but the right one it is refused and the scope is named, with the right
// one alone the door opens.
func TestScopesHold(t *testing.T) {
	s := newSeeded(t)
	service := func(name string, scopes ...string) string {
		token, _ := s.token(query.NewToken{Service: name, Roles: huiying.Working(), Unit: "u-hall", Scopes: scopes})
		return token
	}
	fill := strings.NewReplacer("{no}", s.handling, "{id}", s.post)
	with, without := map[string]string{}, map[string]string{}
	for i, scope := range api.Scopes() {
		others := slices.DeleteFunc(api.Scopes(), func(o string) bool { return o == scope })
		with[scope] = service(fmt.Sprint("w", i), scope)
		without[scope] = service(fmt.Sprint("o", i), others...)
	}
	all := service("all", api.Scopes()...)
	for _, r := range api.Rows() {
		if r.Who.Public {
			continue
		}
		path := fill.Replace(r.Path)
		switch scope := r.Who.Scope; scope {
		case "":
			if res := s.by(all, r.Method, path, "{}"); res.status != http.StatusForbidden || !strings.Contains(res.body, "No token opens this") {
				t.Errorf("%s: %d %s", r.ID, res.status, res.body)
			}
		case door.AnyScope:
			if res := s.by(with["ingest"], r.Method, path, "{}"); res.status != http.StatusOK {
				t.Errorf("%s: %d %s", r.ID, res.status, res.body)
			}
		default:
			if res := s.by(without[scope], r.Method, path, "{}"); res.status != http.StatusForbidden || !strings.Contains(res.body, "lacks the scope "+scope) {
				t.Errorf("%s without %s: %d %s", r.ID, scope, res.status, res.body)
			}
			if res := s.by(with[scope], r.Method, path, "{}"); res.status == http.StatusUnauthorized || strings.Contains(res.body, "scope") || strings.Contains(res.body, "No token") || res.status == http.StatusInternalServerError {
				t.Errorf("%s with %s: %d %s", r.ID, scope, res.status, res.body)
			}
		}
	}
}

// A scope gives nothing that the role does not.
func TestScopeWithinRole(t *testing.T) {
	s := newSeeded(t)
	token, _ := s.token(query.NewToken{Account: "hall", Scopes: api.Scopes()})
	for path, want := range map[string]int{
		"/api/v1/cases/" + s.handling: http.StatusOK, "/api/v1/cases/" + s.overdue: http.StatusForbidden, "/api/v1/posts": http.StatusForbidden,
		"/api/v1/users": http.StatusForbidden, "/api/v1/me": http.StatusOK, "/": http.StatusForbidden, "/me/tokens": http.StatusForbidden, "/live": http.StatusForbidden,
	} {
		if res := s.by(token, http.MethodGet, path, ""); res.status != want {
			t.Errorf("%s: %d, want %d", path, res.status, want)
		}
	}
	if res := s.by("hy_made-up", http.MethodGet, "/api/v1/me", ""); res.status != http.StatusUnauthorized {
		t.Errorf("%d", res.status)
	}
	b := s.as("") // as a cookie it is nothing
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.base+"/api/v1/me", nil)
	s.must(err)
	r.Header.Set("Cookie", "huiying="+token)
	if res := b.do(r); res.status != http.StatusUnauthorized {
		t.Errorf("a token as a cookie: %d", res.status)
	}
}

// The record says that a program took the step, and what a person did says nothing of the kind.
func TestRecordSaysByToken(t *testing.T) {
	s := newSeeded(t)
	token, id := s.token(query.NewToken{Account: "hall", Scopes: []string{"act:cases", "read:cases"}})
	if res := s.by(token, http.MethodPost, "/api/v1/cases/"+s.fresh+"/actions", `{"action":"ack","fields":{"via":"mine"}}`); res.status != http.StatusUnprocessableEntity {
		t.Errorf("a claim of its own: %d", res.status)
	}
	res := s.by(token, http.MethodPost, "/api/v1/cases/"+s.fresh+"/actions", `{"action":"ack"}`)
	if res.status != http.StatusOK {
		t.Fatalf("%d %s", res.status, res.body)
	}
	via := func(action string) (actor, via string) {
		steps, err := s.ledger.Steps(t.Context(), s.fresh)
		s.must(err)
		for _, step := range steps {
			if step.Action == action {
				actor, via = step.Actor, step.Payload["via"]
			}
		}
		return actor, via
	}
	if actor, got := via("ack"); actor != "hall" || got != "token:"+id {
		t.Errorf("%s via %q", actor, got)
	}
	if body := s.as("officer").get("/cases/" + s.fresh).body; !strings.Contains(body, "token:"+id) {
		t.Error("the page does not say so")
	}
	res = s.as("hall").post("/cases/"+s.fresh, url.Values{"action": {"note"}, "version": {"0"}, "f.note": {"已核实。"}})
	if res.status != http.StatusSeeOther {
		t.Fatalf("%d", res.status)
	}
	if _, got := via("note"); got != "" {
		t.Errorf("a person at a page is the program %q", got)
	}
	entries, err := s.access.Search(t.Context(), query.AccessFilter{Actor: "hall", Actions: []string{"token_acted"}, Limit: 9})
	s.must(err)
	if len(entries) != 2 || entries[0].Object != id || !strings.Contains(entries[0].Detail, "/actions") {
		t.Errorf("%+v", entries)
	}
}

var tokenText = regexp.MustCompile(`<p class="copy mono">(hy_[A-Za-z0-9_-]+)</p>`)

func TestMyTokensPage(t *testing.T) {
	w := newWorld(t)
	b := w.as("officer")
	if !strings.Contains(b.get("/me/tokens").body, "您还没有令牌") {
		t.Error("the empty page says nothing")
	}
	if res := b.post("/me/tokens", url.Values{"action": {"make"}, "name": {"日报"}, "days": {"30"}}); res.status != http.StatusUnprocessableEntity || !strings.Contains(res.body, "日报") {
		t.Errorf("without scopes: %d", res.status)
	}
	res := b.post("/me/tokens", url.Values{"action": {"make"}, "name": {"日报"}, "days": {"30"}, "scope": {"read:cases"}})
	token := found(t, tokenText, res.body)
	if res := w.by(token, http.MethodGet, "/api/v1/cases", ""); res.status != http.StatusOK {
		t.Errorf("%d %s", res.status, res.body)
	}
	page := b.get("/me/tokens").body
	if strings.Contains(page, token) || !strings.Contains(page, "日报") || !strings.Contains(page, "127.0.0.*") {
		t.Error("the list is wrong, or shows the token again")
	}
	list, err := w.tokens.Of(t.Context(), "officer")
	w.must(err)
	if res := w.as("hall").post("/me/tokens", url.Values{"action": {"revoke"}, "token": {list[0].ID}}); res.status != http.StatusNotFound {
		t.Errorf("somebody else's: %d", res.status)
	}
	if res := b.post("/me/tokens", url.Values{"action": {"revoke"}, "token": {list[0].ID}}); res.status != http.StatusSeeOther {
		t.Errorf("%d", res.status)
	}
	if res := w.by(token, http.MethodGet, "/api/v1/cases", ""); res.status != http.StatusUnauthorized {
		t.Errorf("revoked: %d", res.status)
	}
}

func TestServiceTokensPage(t *testing.T) {
	w := newWorld(t)
	b := w.as("admin")
	form := url.Values{"action": {"make"}, "name": {"热线移交"}, "service": {"hotline"}, "role": {"admin"}, "days": {"365"}, "scope": {"ingest"}}
	res := b.post("/admin/tokens", form)
	token := found(t, tokenText, res.body)
	if res := w.by(token, http.MethodGet, "/api/v1/me", ""); res.status != http.StatusOK || !strings.Contains(res.body, "service:hotline") {
		t.Errorf("%d %s", res.status, res.body)
	}
	if strings.Contains(res.body, `value="display"`) {
		t.Error("a service is offered the role of a wall")
	}
	form.Set("service", "Hot Line")
	if res := b.post("/admin/tokens", form); res.status != http.StatusUnprocessableEntity {
		t.Errorf("%d", res.status)
	}
	list, err := w.tokens.All(t.Context())
	w.must(err)
	if res := b.post("/admin/tokens", url.Values{"action": {"revoke"}, "token": {list[0].ID}}); res.status != http.StatusSeeOther {
		t.Errorf("%d", res.status)
	}
	if body := b.get("/admin/tokens").body; !strings.Contains(body, "已撤销") || !strings.Contains(body, "服务 hotline") {
		t.Error("the list does not say what became of it")
	}
}
