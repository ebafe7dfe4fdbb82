package app

import (
	"math/rand/v2"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// asked is something that clients of the load open: the route it is of, and
// how one address of it is made.
type asked struct {
	name  string // "page …" or "search …"
	route string
	path  func(l *loaded, r *rand.Rand) string
}

func at(path string) func(*loaded, *rand.Rand) string {
	return func(*loaded, *rand.Rand) string { return path }
}

// within is the stream or the cases, asked for words.
func within(before string, words func(word func() string) string) func(*loaded, *rand.Rand) string {
	return func(_ *loaded, r *rand.Rand) string {
		return before + url.QueryEscape(words(func() string {
			list := [][]string{loadPlaces, loadMatters, loadSayings}[r.IntN(3)]
			w := []rune(list[r.IntN(len(list))])
			return string(w[:min(len(w), 2+r.IntN(4))])
		}))
	}
}

// everything is what clients of the load open.
func everything() []asked {
	return []asked{
		{"page /", "/{$}", at("/")}, {"page / of a week", "/{$}", at("/?period=7d")}, {"page / of a month", "/{$}", at("/?period=30d")},
		{"page /stream", "/stream", at("/stream")},
		{"page /stream filtered", "/stream", at("/stream?period=7d&level=yellow&platform=weibo")},
		{"page /inbox", "/inbox", at("/inbox")},
		{"page /cases", "/cases", at("/cases")},
		{"page /cases all", "/cases", at("/cases?view=all")},
		{"page /cases/{no}", "/cases/{no}", func(l *loaded, r *rand.Rand) string { return "/cases/" + l.cases[r.IntN(len(l.cases))] }},
		{"page /alerts", "/alerts", at("/alerts?show=all")},
		{"page /alerts/{id}", "/alerts/{id}", func(l *loaded, r *rand.Rand) string { return "/alerts/a-" + strconv.Itoa(r.IntN(max(1, l.n/20))) }},
		{"page /supervision", "/supervision", at("/supervision")},
		{"page /supervision list", "/supervision/{list}", at("/supervision/overdue")},
		{"page /disclosure", "/disclosure", at("/disclosure")},
		{"page /heat", "/heat", at("/heat")},
		{"page /heat by township", "/heat", at("/heat?period=90d&by=township")},
		{"page /heat list", "/heat/{list}", at("/heat/posts?by=township")},
		{"page /outcomes", "/outcomes", at("/outcomes")},
		{"page /outcomes by week", "/outcomes", at("/outcomes?period=90d&by=week")},
		{"page /outcomes behind", "/outcomes/{figure}", at("/outcomes/response_rate?part=rest")},
		{"page /posts/{id}", "/posts/{id...}", func(l *loaded, r *rand.Rand) string { return "/posts/weibo:" + strconv.Itoa(r.IntN(l.n)) }},
		{"page /stream/chosen", "/stream/chosen", func(l *loaded, r *rand.Rand) string { return "/stream/chosen?pick=weibo:" + strconv.Itoa(r.IntN(l.n)) }},
		{"page /events", "/events", at("/events")},
		{"page /events/{id}", "/events/{id}", (*loaded).event},
		{"page /screen", "/screen", at("/screen")},
		{"page /rules", "/rules", at("/rules")},
		{"page /rules/{id}", "/rules/{id}", at("/rules/r-money")},
		{"page /rules/new", "/rules/new", at("/rules/new")},
		{"page /lexicon", "/lexicon", at("/lexicon")},
		{"page /sources", "/sources", at("/sources")},
		{"page /sources/{id}", "/sources/{id}", at("/sources/column")},
		{"page /sources/register", "/sources/register", at("/sources/register")},
		{"page /patrol", "/patrol", at("/patrol")},
		{"page /duty", "/duty", at("/duty")},
		{"page /silences", "/silences", at("/silences")},
		{"page /intake", "/intake", at("/intake")},
		{"page /exports", "/exports", at("/exports")},
		{"page /views", "/views", at("/views")},
		{"page /reports", "/reports", at("/reports")},
		{"page /reports/schedules", "/reports/schedules", at("/reports/schedules")},
		{"page /start", "/start", at("/start")},
		{"page /help", "/help", at("/help")},
		{"page /me", "/me", at("/me")},
		{"page /me/tokens", "/me/tokens", at("/me/tokens")},
		{"page /admin", "/admin", at("/admin")},
		{"page /admin/access", "/admin/access", at("/admin/access")},
		{"page /admin/channels", "/admin/channels", at("/admin/channels")},
		{"page /admin/permissions", "/admin/permissions", at("/admin/permissions")},
		{"page /admin/parked", "/admin/parked", at("/admin/parked")},
		{"page /admin/purges", "/admin/purges", at("/admin/purges")},
		{"page /admin/refusals", "/admin/refusals", at("/admin/refusals")},
		{"page /admin/tokens", "/admin/tokens", at("/admin/tokens")},
		{"page /admin/units", "/admin/units", at("/admin/units")},
		{"page /admin/users", "/admin/users", at("/admin/users")},
		{"page /admin/users/{id}", "/admin/users/{id}", at("/admin/users/hall")},
		{"page /deliveries/{id}", "/deliveries/{id}", func(l *loaded, r *rand.Rand) string { return "/deliveries/d-" + strconv.Itoa(r.IntN(l.n/20)) }},

		{"search word", "/stream", within("/stream?period=all&q=", func(word func() string) string { return word() })},
		{"search two words", "/stream", within("/stream?period=all&q=", func(word func() string) string { return word() + " " + word() })},
		{"search filtered", "/stream", within("/stream?period=30d&sentiment=negative&q=", func(word func() string) string { return word() })},
		{"search without", "/stream", within("/stream?period=7d&q=", func(word func() string) string { return word() + " -" + word() })},
		{"search phrase", "/stream", within("/stream?period=all&q=", func(word func() string) string { return "“" + word() + "”" })},
		{"search or", "/stream", within("/stream?period=all&q=", func(word func() string) string { return word() + " OR " + word() })},
		{"search best", "/stream", within("/stream?period=all&sort=best&q=", func(word func() string) string { return word() })},
		{"search one character", "/stream", within("/stream?period=all&q=", func(word func() string) string { return string([]rune(word())[:1]) })},
		{"search number", "/stream", func(_ *loaded, r *rand.Rand) string {
			return "/stream?period=all&q=" + strconv.Itoa(10_000+r.IntN(90_000))
		}},
		{"search cases", "/cases", within("/cases?view=all&q=", func(word func() string) string { return word() })},
	}
}

// notLoaded are the routes that give no page of what is kept, with why.
func notLoaded() map[string]string {
	return map[string]string{
		"/a/{token}": "a card, by a secret", "/link/{token}": "by a secret", "/setup/{token}": "by a secret", "/login": "shows nothing that is kept",
		"/login/sso": "leads elsewhere", "/login/sso/back": "leads elsewhere", "/me/factor": "draws a secret", "/assets/": "files", "/favicon.ico": "a file",
		"/healthz": "for machines", "/readyz": "for machines", "/metrics": "for machines", "/live": "never ends", "/duty/mine.ics": "a file, by a secret",
		"/evidence/{no}/{post...}": "a file", "/sources/register.csv": "a file", "/patrol/{id...}": "needs a finding", "/views/{id}": "leads elsewhere",
		"/cases/together": "needs cases that are alike",
		"/reports/{id}":   "needs a report, which has a test of its own", "/reports/{id}/print": "needs a report", "/reports/{id}/figures/{figure}": "needs a report",
		"/manifest.webmanifest": "a file", "/sw.js": "a file", "/offline": "a file",
	}
}

// TestLoadOpensEveryPage keeps the load's table complete.
func TestLoadOpensEveryPage(t *testing.T) {
	raw, err := os.ReadFile("../web/testdata/roles.txt")
	if err != nil {
		t.Fatal(err)
	}
	except := notLoaded()
	for line := range strings.Lines(string(raw)) {
		f := strings.Fields(line)
		if len(f) < 2 || f[0] != "GET" || strings.HasPrefix(f[1], "/api/") || except[f[1]] != "" {
			continue
		}
		if !slices.ContainsFunc(everything(), func(a asked) bool { return a.route == f[1] }) {
			t.Errorf("the load never opens %s", f[1])
		}
	}
}

// event is one of the events that there are; the list, until there are any.
func (l *loaded) event(r *rand.Rand) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.topic) == 0 {
		topics, err := l.app.topics.Topics(l.t.Context())
		if err != nil {
			l.t.Error(err)
		}
		for _, one := range topics {
			l.topic = append(l.topic, one.ID)
		}
	}
	if len(l.topic) == 0 {
		return "/events"
	}
	return "/events/" + l.topic[r.IntN(len(l.topic))]
}

// asks picks what a client opens next: one time in three a search.
func (l *loaded) asks(r *rand.Rand) (name, path string) {
	kind := "page "
	if r.IntN(3) == 0 {
		kind = "search "
	}
	all := slices.DeleteFunc(everything(), func(a asked) bool { return !strings.HasPrefix(a.name, kind) })
	one := all[r.IntN(len(all))]
	return one.name, one.path(l, r)
}
