package web_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/api"
	"huiying/internal/web/door"
)

// The table of who may open what is kept as a file that a person reviews:
// every route of the pages and the API stands in it. UPDATE=1 rewrites it.
func TestRoleMatrix(t *testing.T) {
	w := newWorld(t)
	var b strings.Builder
	line := func(pattern string, who door.Who) {
		fmt.Fprintf(&b, "%-36s", pattern)
		if who.Public {
			b.WriteString(" everybody\n")
			return
		}
		for _, role := range huiying.Roles() {
			mark := "-"
			if who.Lets(query.Account{Person: huiying.Person{Roles: []huiying.Role{role}}}) {
				mark = string(role)
			}
			fmt.Fprintf(&b, " %-9s", mark)
		}
		b.WriteString("\n")
	}
	for _, r := range w.server.Routes() {
		line(r.Pattern, r.Who)
	}
	for _, r := range api.Rows() {
		line(r.Method+" "+r.Path, r.Who)
	}
	var out strings.Builder
	for l := range strings.Lines(b.String()) {
		out.WriteString(strings.TrimRight(l, " \n") + "\n")
	}
	file := filepath.Join("testdata", "roles.txt")
	if os.Getenv("UPDATE") == "1" {
		if err := os.WriteFile(file, []byte(out.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if out.String() != string(want) {
		t.Errorf("the table of roles has changed; review it and run with UPDATE=1\n%s", out.String())
	}
}

// What the table says holds: whoever lacks the role gets 403, whoever is
// nobody is sent to sign in, and the others get an answer.
func TestRolesHold(t *testing.T) {
	s := newSeeded(t)
	fill := strings.NewReplacer(
		"{token}", "no-such-token", "{id...}", s.post, "{no}", s.handling, "{$}", "", "{id}", s.post,
	)
	type row struct {
		method, path string
		who          door.Who
	}
	var rows []row
	for _, r := range s.server.Routes() {
		method, path, ok := strings.Cut(r.Pattern, " ")
		if ok && path != "/live" && path != "/logout" {
			rows = append(rows, row{method, fill.Replace(path), r.Who})
		}
	}
	for _, r := range api.Rows() {
		if r.ID != "sign-out" {
			rows = append(rows, row{r.Method, fill.Replace(r.Path), r.Who})
		}
	}
	for _, id := range []string{"", "admin", "officer", "hall", "reviewer", "manager"} {
		b := s.as(id)
		var account query.Account
		if id != "" {
			var err error
			account, err = s.users.ByID(t.Context(), id)
			s.must(err)
		}
		for _, r := range rows {
			req, err := http.NewRequestWithContext(t.Context(), r.method, b.base+r.path, strings.NewReader("{}"))
			s.must(err)
			req.Header.Set("Content-Type", "application/json")
			status := b.do(req).status
			refused := []int{http.StatusForbidden}
			if id == "" {
				refused = []int{http.StatusUnauthorized, http.StatusSeeOther}
			}
			lets := r.who.Public || id != "" && r.who.Lets(account)
			if !lets && !slices.Contains(refused, status) {
				t.Errorf("%q %s %s: %d, want a refusal", id, r.method, r.path, status)
			}
			if lets && (status == http.StatusForbidden && !strings.Contains(r.path, "/cases/") && !strings.HasPrefix(r.path, "/reveal/") || status == http.StatusInternalServerError) {
				t.Errorf("%q %s %s: %d", id, r.method, r.path, status)
			}
		}
	}
}

// A responder sees the own unit's cases and posts, and nobody else's.
func TestResponderSeesOwnUnit(t *testing.T) {
	s := newSeeded(t)
	b := s.as("hall")
	for path, want := range map[string]int{
		"/cases/" + s.handling: http.StatusOK, "/cases/" + s.overdue: http.StatusForbidden, "/posts/" + s.post: http.StatusNotFound,
		"/api/v1/cases/" + s.overdue: http.StatusForbidden, "/stream": http.StatusForbidden, "/inbox": http.StatusForbidden,
	} {
		if got := b.get(path).status; got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
	for _, path := range []string{"/cases?view=all", "/alerts?show=all", "/api/v1/cases", "/api/v1/alerts", "/"} {
		if body := b.get(path).body; strings.Contains(body, s.overdue) || strings.Contains(body, s.responded) {
			t.Errorf("%s shows another unit's case", path)
		}
	}
	if !strings.Contains(b.get("/cases?view=all").body, s.handling) {
		t.Error("the own unit's case is missing")
	}
	res := b.post("/cases/"+s.overdue, map[string][]string{"action": {"ack"}, "version": {"0"}})
	if res.status != http.StatusForbidden {
		t.Errorf("a step in another unit's case: %d", res.status)
	}
}
