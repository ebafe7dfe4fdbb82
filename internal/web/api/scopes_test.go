package api_test

import (
	"slices"
	"strings"
	"testing"

	"huiying/internal/locale"
	"huiying/internal/web/api"
	"huiying/internal/web/door"
)

// Every operation has its place in the table of scopes: a new one is closed to
// tokens until somebody decides.
func TestEveryOperationIsPlaced(t *testing.T) {
	for _, r := range api.Rows() {
		if !api.Placed(strings.TrimPrefix(r.Path, "/api/v1")) {
			t.Errorf("%s %s stands in no row of scopeRows", r.Method, r.Path)
		}
		if s := r.Who.Scope; s != "" && s != door.AnyScope && !slices.Contains(api.Scopes(), s) {
			t.Errorf("%s %s: the scope %s cannot be asked for", r.Method, r.Path, s)
		}
	}
}

func TestScopesHaveWords(t *testing.T) {
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range api.Scopes() {
		if !words.Has("web.scope." + s) {
			t.Errorf("no sentence for the scope %s", s)
		}
	}
}

// What shows or removes personal data, what makes or ends logins, and what is a
// person's own is for people.
func TestNeverByToken(t *testing.T) {
	never := []string{"sign-in", "sign-out", "list-users", "open-evidence", "purge-case", "get-file", "list-refusals", "refuse", "lift-refusal", "list-parked", "settle-parked", "search", "list-views", "save-view", "change-view",
		"draft-report", "do-report", "put-report-schedule", "drop-report-schedule"}
	for _, r := range api.Rows() {
		if slices.Contains(never, r.ID) != (r.Who.Scope == "") {
			t.Errorf("%s: scope %q", r.ID, r.Who.Scope)
		}
	}
}
