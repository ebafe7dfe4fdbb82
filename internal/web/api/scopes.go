package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"huiying/internal/web/door"
)

// scopeRow says what a token must be for to reach what lies under a path.
type scopeRow struct {
	path string // under /api/v1
	read string // for GET
	act  string // for everything else
}

// scopeRows is the table of scopes. The longest path counts; what stands in no
// row, or in one without a scope, no token opens: signing in, accounts, and what
// shows or removes personal data is for people.
func scopeRows() []scopeRow {
	return []scopeRow{
		{"/me", door.AnyScope, ""},
		{"/cases", "read:cases", "act:cases"},
		{"/cases/{no}/evidence", "", ""},
		{"/cases/{no}/files/{digest}", "", ""}, // as it was uploaded, nothing masked
		{"/cases/{no}/purge", "", ""},
		{"/purges", "read:cases", ""},
		{"/inbox", "read:cases", "act:cases"},
		{"/posts", "read:posts", "act:posts"},
		{"/topics", "read:posts", "act:posts"},
		{"/alerts", "read:alerts", "act:alerts"},
		{"/routes", "read:alerts", "act:alerts"},
		{"/silences", "read:alerts", "act:alerts"},
		{"/deliveries", "read:alerts", "act:alerts"},
		{"/channels", "read:alerts", "act:alerts"},
		{"/sources", "read:sources", "act:sources"},
		{"/collection", "read:sources", "act:sources"},
		{"/handovers", "ingest", "ingest"},
		{"/rules", "read:rules", "act:rules"},
		{"/lexicon", "read:rules", "act:rules"},
		{"/patrol", "read:sources", ""},
		{"/duty", "read:duty", "act:duty"},
		{"/notices", "read:duty", ""},
		{"/metrics", "read:metrics", ""},
		{"/measures", "read:metrics", ""},
		{"/heat", "read:metrics", ""},
		{"/heat/posts", "read:posts", ""},
		{"/heat/cases", "read:cases", ""},
		{"/supervision", "read:metrics", ""},
		{"/supervision/{list}", "read:cases", ""},
		{"/disclosure", "read:metrics", ""}, // entering is for people
		{"/exports", "export", "export"},    // and what reads the list itself
		{"/reports", "read:reports", ""},    // drafting and releasing is for people
		{"/report-schedules", "read:reports", ""},
		{"/refusals", "", ""},
		{"/parked", "", ""}, // discards what citizens wrote
		{"/search", "", ""}, // posts and cases at once; programs ask /posts and /cases
		{"/views", "", ""},  // a person's own
		{"/session", "", ""},
		{"/users", "", ""},
	}
}

// scopeOf is the scope of an operation, "" where no token opens it.
func scopeOf(method, path string) string {
	var best scopeRow
	for _, row := range scopeRows() {
		if (path == row.path || strings.HasPrefix(path, row.path+"/")) && len(row.path) > len(best.path) {
			best = row
		}
	}
	if method == http.MethodGet {
		return best.read
	}
	return best.act
}

// placed reports whether the table says anything about a path.
func placed(path string) bool {
	return slices.ContainsFunc(scopeRows(), func(row scopeRow) bool { return path == row.path || strings.HasPrefix(path, row.path+"/") })
}

// Scopes lists what tokens may be made for.
func Scopes() []string {
	var list []string
	for _, row := range scopeRows() {
		for _, s := range []string{row.read, row.act} {
			if s != "" && s != door.AnyScope && !slices.Contains(list, s) {
				list = append(list, s)
			}
		}
	}
	slices.Sort(list)
	return list
}

// scopeNote is what the document says of tokens.
func scopeNote(who door.Who) string {
	switch who.Scope {
	case "":
		return "No API token opens this."
	case door.AnyScope:
		return "Every API token opens this."
	}
	return "API tokens need the scope " + who.Scope + "."
}

// byToken notes that a program is about to change something.
func (s *service) byToken(ctx huma.Context) error {
	a, ok := door.Account(ctx.Context())
	if !ok || a.Token == "" || ctx.Method() == http.MethodGet {
		return nil
	}
	u := ctx.URL()
	return s.o.Tokens.Acted(ctx.Context(), a, ctx.Method()+" "+u.Path)
}
