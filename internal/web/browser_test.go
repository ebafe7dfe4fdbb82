package web_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/door"
)

// chromium is where Debian puts it.
const chromium = "/usr/bin/chromium"

// look is one way of looking at a page.
type look struct {
	Name   string   `json:"name"`
	Width  int      `json:"width"`
	Height int      `json:"height"`
	Dark   bool     `json:"dark,omitempty"`
	Phone  bool     `json:"phone,omitempty"`
	Large  bool     `json:"large,omitempty"`
	Axe    bool     `json:"axe"`
	Rules  []string `json:"rules,omitempty"`  // of axe; none = every rule of WCAG 2.2 AA and best practice
	First  bool     `json:"first"`            // without a cache, as the first view is
	Slow   int      `json:"slow,omitempty"`   // how many times slower the processor is made
	Fit    float64  `json:"fit,omitempty"`    // nothing below the window, no text smaller than so many pixels
	Moving bool     `json:"moving,omitempty"` // has not asked for less motion
	Also   []look   `json:"also,omitempty"`   // looks that the open page takes on afterwards
}

// visit is one page to be opened.
type visit struct {
	Name   string   `json:"name"`
	Path   string   `json:"path"`
	Cookie string   `json:"cookie,omitempty"`
	Wait   string   `json:"wait,omitempty"`
	Open   string   `json:"open,omitempty"` // what is unfolded before it is looked at
	Status int      `json:"status,omitempty"`
	Fold   bool     `json:"fold,omitempty"`
	Looks  []string `json:"looks,omitempty"`
	// Submit is the form whose answer the page is, by the name of the look: what
	// a form has done it does not do again. Path is where the form stands.
	Submit map[string]submission `json:"submit,omitempty"`
}

// finding is one line of the script.
type finding struct {
	Page, Look, Kind, Text string
	Status, Requests       int
	Bytes                  int64
	Chart, Nodes           int
	FCP                    int     // ms to the first paint, at a quarter of the processor's speed
	CLS                    float64 // how much moved while it was loaded
}

// needBrowser skips without a browser, by name; REQUIRE_E2E=1 turns the skip
// into a failure.
func needBrowser(t *testing.T) (script string) {
	t.Helper()
	missing := func(why string) {
		if os.Getenv("REQUIRE_E2E") == "1" {
			t.Fatal("REQUIRE_E2E=1, but " + why)
		}
		t.Skip("SKIPPED browser test: " + why)
	}
	if _, err := os.Stat(chromium); err != nil {
		missing(chromium + " is not installed")
	}
	if _, err := exec.LookPath("node"); err != nil {
		missing("node is not installed")
	}
	dir, err := filepath.Abs("assets/e2e")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules/playwright-core")); err != nil {
		missing("playwright-core is not installed: run npm ci in internal/web/assets/e2e")
	}
	if _, err := os.Stat("assets/dist/manifest.json"); err != nil {
		missing("the bundle is not built: run make assets")
	}
	return filepath.Join(dir, "screens.mjs")
}

// cookie is the value of the browser's session cookie.
func (b *browser) cookie() string {
	b.t.Helper()
	u, err := url.Parse(b.base)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range b.http.Jar.Cookies(u) {
		if c.Name == door.CookieName(false) {
			return c.Value
		}
	}
	b.t.Fatal("nobody is signed in")
	return ""
}

// session signs a person in and gives the cookie's value.
func (w *world) session(id string) string { return w.as(id).cookie() }

// allPages says whether every page is looked at in every way (HUIYING_BROWSER=all,
// as .ci/run and make browser do), or the covering ones in the main ways.
func allPages() bool { return os.Getenv("HUIYING_BROWSER") == "all" }

// covering leaves of the pages those that between them hold every part that a
// page is made of, unless all are wanted.
func covering(t *testing.T, pages []visit, names ...string) []visit {
	t.Helper()
	if allPages() {
		return pages
	}
	var list []visit
	for _, name := range names {
		i := slices.IndexFunc(pages, func(v visit) bool { return v.Name == name })
		if i < 0 {
			t.Fatalf("there is no page %q", name)
		}
		list = append(list, pages[i])
	}
	t.Logf("%d of %d pages; HUIYING_BROWSER=all looks at all of them", len(list), len(pages))
	return list
}

// looks are the ways in which a page is looked at.
func looks() []look {
	dark, touch := []string{"color-contrast", "link-in-text-block"}, []string{"target-size", "color-contrast", "label", "scrollable-region-focusable"}
	if !allPages() {
		return []look{
			{Name: "desktop", Width: 1366, Height: 860, Axe: true, First: true, Also: []look{
				{Name: "dark", Width: 1366, Height: 860, Dark: true, Axe: true, Rules: dark},
				{Name: "large", Width: 1366, Height: 860, Large: true},
			}},
			{Name: "phone", Width: 390, Height: 844, Phone: true, Axe: true, Rules: touch, Also: []look{
				{Name: "narrow", Width: 320, Height: 700, Phone: true},
			}},
		}
	}
	return []look{
		{Name: "desktop", Width: 1366, Height: 860, Axe: true, First: true, Also: []look{
			{Name: "dark", Width: 1366, Height: 860, Dark: true, Axe: true},
			{Name: "large", Width: 1366, Height: 860, Large: true, Axe: true},
			{Name: "tablet", Width: 768, Height: 1024}, {Name: "wide", Width: 1920, Height: 1080}, {Name: "wall", Width: 3840, Height: 1080},
		}},
		{Name: "phone", Width: 390, Height: 844, Phone: true, Axe: true, Also: []look{
			{Name: "phone-dark", Width: 390, Height: 844, Phone: true, Dark: true, Axe: true},
			{Name: "phone-large", Width: 390, Height: 844, Phone: true, Large: true, Axe: true},
			{Name: "narrow", Width: 320, Height: 700, Phone: true},
		}},
	}
}

// Every page in a real browser: nothing the policy refuses, nothing on the
// console, nothing from elsewhere, nothing too wide, nothing axe objects to;
// charts are drawn, and the first view keeps its budget. With SCREENSHOTS=1 a
// picture of each lands in the git-ignored folder screenshots.
func TestPagesInBrowser(t *testing.T) {
	script := needBrowser(t)
	s := newSeeded(t)
	s.crowd()
	pages := covering(t, s.pages(), "overview", "overview-month", "inbox", "stream", "chosen", "post", "event", "event-whole", "case-review", "case-handling", "cases-result", "inbox-later", "alerts-mine", "card", "source", "outcomes",
		"users", "login", "forbidden")
	for _, f := range s.look(script, pages, looks()) {
		switch f.Kind {
		case "seen":
			s.judge(f)
		default:
			t.Errorf("%s (%s) %s: %s", f.Page, f.Look, f.Kind, f.Text)
		}
	}
}

// Every page that the role matrix knows is among those looked at in a browser.
func TestEveryPageIsLookedAt(t *testing.T) {
	unseen := map[string]string{
		"/assets/": "files", "/favicon.ico": "a file", "/manifest.webmanifest": "a file", "/sw.js": "a file", "/duty/mine.ics": "a file", "/sources/register.csv": "a file",
		"/healthz": "for machines", "/readyz": "for machines", "/metrics": "for machines", "/live": "never ends",
		"/login/sso": "leads elsewhere", "/login/sso/back": "leads elsewhere", "/views/{id}": "leads elsewhere",
	}
	s := newSeeded(t)
	routes := http.NewServeMux()
	raw, err := os.ReadFile("testdata/roles.txt")
	s.must(err)
	missing := map[string]bool{}
	for line := range strings.Lines(string(raw)) {
		f := strings.Fields(line)
		if len(f) < 2 || f[0] != http.MethodGet || strings.HasPrefix(f[1], "/api/") || unseen[f[1]] != "" || missing[f[1]] {
			continue
		}
		pattern := f[1]
		if pattern == "/" {
			pattern = "/{$}"
		}
		routes.HandleFunc(pattern, http.NotFound)
		missing[pattern] = true
	}
	for _, v := range append(s.pages(), s.signInPages()...) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, v.Path, http.NoBody)
		s.must(err)
		_, pattern := routes.Handler(req)
		delete(missing, pattern)
	}
	for pattern := range missing {
		t.Errorf("no browser looks at %s", pattern)
	}
}

// crowd lets the lists be as long as a busy office's.
func (s *seeded) crowd() {
	for i := range 50 {
		s.open(utterance{
			text: fmt.Sprintf("第%d次来大厅了，排队的人还是一样多，窗口什么时候能多开几个？", i+2), rule: "r-queue", ruleName: "大厅排队",
			level: []huiying.Level{huiying.LevelOrange, huiying.LevelRed}[i%2], hit: "排队", sentiment: "negative", ago: time.Duration(i) * time.Minute,
		}, "u-hall", "hall")
	}
}

// The first paint comes within two seconds where the processor is four times
// slower and nothing is kept; three times that fails, since the machine is
// shared with whatever else is tested.
func TestFirstPaintInBrowser(t *testing.T) {
	script := needBrowser(t)
	s := newSeeded(t)
	s.crowd()
	var pages []visit
	for _, v := range s.pages() {
		if slices.Contains([]string{"login", "overview", "inbox", "cases", "card"}, v.Name) {
			pages = append(pages, v)
		}
	}
	for _, f := range s.look(script, pages, []look{{Name: "slow", Width: 390, Height: 844, Phone: true, First: true, Slow: 4}}) {
		if f.Kind != "seen" {
			t.Errorf("%s (%s) %s: %s", f.Page, f.Look, f.Kind, f.Text)
			continue
		}
		t.Logf("%-12s first painted after %d ms, moved by %.3f", f.Page, f.FCP, f.CLS)
		if f.FCP == 0 || f.FCP > 6000 {
			t.Errorf("%s: first painted after %d ms", f.Page, f.FCP)
		}
	}
}

// judge holds one page against the budget of ui: 260 kB and ten requests for
// the first view, the chart drawn as SVG, and next to nothing that moves.
func (s *seeded) judge(f finding) {
	if f.CLS > 0.05 {
		s.t.Errorf("%s (%s): moves by %.3f while it is loaded", f.Page, f.Look, f.CLS)
	}
	if f.Look == "desktop" && (f.Bytes > 260_000 || f.Requests > 10) {
		s.t.Errorf("%s (%s): %d bytes in %d requests, over the budget", f.Page, f.Look, f.Bytes, f.Requests)
	}
	if f.Page == "overview" && f.Chart != 1 {
		s.t.Errorf("overview (%s): the chart is not drawn", f.Look)
	}
	if f.Nodes > 2500 {
		s.t.Errorf("%s (%s): %d nodes", f.Page, f.Look, f.Nodes)
	}
	if f.Look == "desktop" {
		s.t.Logf("%-12s %d bytes, %d requests, %d nodes", f.Page, f.Bytes, f.Requests, f.Nodes)
	}
}

func (s *seeded) pages() []visit {
	officer, hall, admin, reviewer := s.session("officer"), s.session("hall"), s.session("admin"), s.session("reviewer")
	setup, err := s.users.Link(context.Background(), "password", "hall2", time.Hour)
	s.must(err)
	signin, err := s.users.Link(context.Background(), "signin", "hall2", time.Hour)
	s.must(err)
	for field, value := range map[string]string{"intent": "enquiry", "unit": "u-hall"} {
		s.must(s.corrections.Correct(context.Background(), query.NewCorrection{Post: s.post, Field: field, Value: value, Actor: s.actor("officer")}))
	}
	event, _, _ := s.events()
	lift, heat, _ := s.matter()
	manager := s.session("manager")
	s.takeAway("manager")
	told := s.toldAtNight()
	daily, special := s.someReports()
	s.busyInbox()
	s.roster()
	s.rules = newRuleDesk(s.clock())
	s.as("officer").post("/views", url.Values{"action": {"save"}, "page": {"stream"}, "name": {"红色预警"}, "query": {"level=red&period=7d"}, "shared": {"role:manager"}})
	return append(s.answers(officer, hall), []visit{
		{Name: "events", Path: "/events", Cookie: officer},
		{Name: "event", Path: "/events/" + event, Cookie: officer, Open: "details"},
		{Name: "event-whole", Path: "/events/" + lift + "?with=" + heat, Cookie: officer, Wait: "[data-chart] svg", Open: "details"},
		{Name: "login", Path: "/login"},
		{Name: "overview", Path: "/", Cookie: officer, Wait: "[data-chart] svg", Open: "#part-pulse details"},
		{Name: "overview-week", Path: "/?period=7d", Cookie: officer, Wait: "[data-chart] svg", Open: "#part-chart details"},
		{Name: "overview-month", Path: "/?period=30d", Cookie: officer, Wait: "[data-chart] svg", Open: "#part-chart details"},
		{Name: "inbox", Path: "/inbox?item=post:" + s.post, Cookie: officer, Open: ".bulk"},
		{Name: "inbox-case", Path: "/inbox?item=case:" + s.pending, Cookie: officer},
		{Name: "stream", Path: "/stream?tagged=1", Cookie: officer, Open: ".bulk"},
		{Name: "chosen", Path: "/stream/chosen?pick=" + s.post + "&pick=" + s.private, Cookie: officer},
		{Name: "post", Path: "/posts/" + s.private, Cookie: officer},
		{Name: "post-corrected", Path: "/posts/" + s.post, Cookie: officer, Open: "#opinions details, #by-hand details, #preserve details"},
		{Name: "cases", Path: "/cases", Cookie: officer},
		{Name: "cases-together", Path: "/cases/together?no=" + s.handling + "&no=" + s.approved, Cookie: hall, Open: "details"},
		{Name: "cases-columns", Path: "/cases?view=all&as=columns", Cookie: officer},
		{Name: "case-review", Path: "/cases/" + s.review, Cookie: reviewer},
		{Name: "case-handling", Path: "/cases/" + s.handling, Cookie: hall},
		{Name: "case-closed", Path: "/cases/" + s.closed, Cookie: officer},
		{Name: "alerts", Path: "/alerts?show=all", Cookie: officer},
		{Name: "alert", Path: "/alerts/" + s.alertOf(s.fresh).Alert.ID, Cookie: officer},
		{Name: "alert-mine", Path: "/alerts/" + s.alertOf(s.fresh).Alert.ID, Cookie: hall},
		{Name: "alerts-mine", Path: "/alerts", Cookie: hall},
		{Name: "card", Path: "/a/" + s.links.Token(s.delivery, s.clock())},
		{Name: "outcomes", Path: "/outcomes", Cookie: manager, Open: "details"},
		{Name: "outcomes-unit", Path: "/outcomes?by=week", Cookie: hall},
		{Name: "outcomes-behind", Path: "/outcomes/response_time", Cookie: manager},
		{Name: "disclosure", Path: "/disclosure?year=2025&edit=plans.made", Cookie: officer},
		{Name: "disclosure-column", Path: "/disclosure?year=2025&column=natural", Cookie: manager},
		{Name: "heat", Path: "/heat", Cookie: manager, Open: "details"},
		{Name: "heat-posts", Path: "/heat/posts", Cookie: officer},
		{Name: "supervision", Path: "/supervision", Cookie: manager, Open: "details"},
		{Name: "supervision-unit", Path: "/supervision", Cookie: hall},
		{Name: "supervision-cases", Path: "/supervision/overdue", Cookie: manager},
		{Name: "exports", Path: "/exports", Cookie: manager},
		{Name: "reports", Path: "/reports", Cookie: officer},
		{Name: "report", Path: "/reports/" + daily, Cookie: officer, Open: "details"},
		{Name: "report-review", Path: "/reports/" + special, Cookie: reviewer},
		{Name: "report-figure", Path: "/reports/" + daily + "/figures/posts.critical", Cookie: manager},
		{Name: "report-schedules", Path: "/reports/schedules", Cookie: manager},
		{Name: "report-print", Path: "/reports/" + daily + "/print", Cookie: manager},
		{Name: "rules", Path: "/rules", Cookie: officer, Open: "details"},
		{Name: "rules-publish", Path: "/rules", Cookie: admin, Open: "details"},
		{Name: "rule", Path: "/rules/r-parking", Cookie: officer, Open: "details"},
		{Name: "rule-of-file", Path: "/rules/r-file", Cookie: officer, Open: "details"},
		{Name: "rule-new", Path: "/rules/new", Cookie: officer, Open: "details"},
		{Name: "views", Path: "/views", Cookie: officer, Open: "details"},
		{Name: "duty", Path: "/duty", Cookie: officer, Open: "details"},
		{Name: "duty-mine", Path: "/duty", Cookie: hall},
		{Name: "delivery", Path: "/deliveries/" + s.delivery, Cookie: officer},
		{Name: "silences", Path: "/silences?source=portal-letters", Cookie: officer},
		{Name: "sources", Path: "/sources", Cookie: officer},
		{Name: "source", Path: "/sources/forum-local", Cookie: officer},
		{Name: "source-orders", Path: "/sources/weibo-office", Cookie: admin},
		{Name: "register", Path: "/sources/register", Cookie: officer},
		{Name: "lexicon", Path: "/lexicon?q=平台", Cookie: officer, Open: "details"},
		{Name: "lexicon-wrong", Path: "/lexicon?list=wrong", Cookie: admin},
		{Name: "patrol", Path: "/patrol", Cookie: officer},
		{Name: "finding", Path: "/patrol/" + deadLink, Cookie: officer},
		{Name: "screen", Path: "/screen", Cookie: officer, Wait: "[data-chart] svg"},
		{Name: "start", Path: "/start?step=rule", Cookie: admin, Open: "details"},
		{Name: "admin", Path: "/admin", Cookie: admin},
		{Name: "units", Path: "/admin/units", Cookie: admin},
		{Name: "users", Path: "/admin/users", Cookie: admin},
		{Name: "channels", Path: "/admin/channels", Cookie: admin},
		{Name: "purges", Path: "/admin/purges", Cookie: admin, Open: "details"},
		{Name: "refusals", Path: "/admin/refusals", Cookie: admin},
		{Name: "parked", Path: "/admin/parked", Cookie: admin},
		{Name: "evidence", Path: "/evidence/" + s.handling + "/weibo:1", Cookie: hall},
		{Name: "intake", Path: "/intake", Cookie: officer},
		{Name: "me", Path: "/me", Cookie: hall},
		{Name: "me-told", Path: "/me", Cookie: told},
		{Name: "help", Path: "/help", Cookie: officer},
		{Name: "offline", Path: "/offline"},
		{Name: "forbidden", Path: "/admin/users", Cookie: hall, Status: 403},
		{Name: "password", Path: setup},
		{Name: "signin", Path: signin},
	}...)
}

// look runs the script over pages × looks.
func (s *seeded) look(script string, pages []visit, looks []look) []finding {
	s.t.Helper()
	ask := map[string]any{"base": s.http.URL, "pages": pages, "looks": looks, "chromium": chromium, "slow": looks[0].Slow}
	if os.Getenv("SCREENSHOTS") == "1" { // they take as long as all the rest
		out, err := filepath.Abs("../../screenshots")
		s.must(err)
		ask["out"] = out
	}
	job, err := json.Marshal(ask)
	s.must(err)
	ctx, cancel := context.WithTimeout(s.t.Context(), 20*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", script, string(job))
	var errs bytes.Buffer
	cmd.Stderr = &errs
	raw, err := cmd.Output()
	if err != nil {
		s.t.Fatalf("%v\n%s\n%s", err, errs.String(), raw)
	}
	var list []finding
	lines := bufio.NewScanner(bytes.NewReader(raw))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var f finding
		s.must(json.Unmarshal(lines.Bytes(), &f))
		list = append(list, f)
	}
	return list
}

// Whoever watches sees a new post within two seconds, in whichever of seven
// tabs, and still does when the tab that held the stream is closed.
func TestLiveInBrowser(t *testing.T) {
	script := filepath.Join(filepath.Dir(needBrowser(t)), "live.mjs")
	s := newSeeded(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	ran := make(chan error, 1)
	go func() { ran <- s.server.Run(ctx) }()
	texts := map[string]string{"ready": "新来的第一条：取号机全停了", "again": "新来的第二条：又能取号了"}
	job, err := json.Marshal(map[string]any{
		"base": s.http.URL, "cookie": s.session("officer"), "chromium": chromium, "text": texts["ready"], "second": texts["again"],
	})
	s.must(err)
	cmd := exec.CommandContext(ctx, "node", script, string(job))
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	s.must(err)
	s.must(cmd.Start())
	var seen struct {
		Took  int
		KPI   string
		Wrong []string
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		text, waiting := texts[lines.Text()]
		if !waiting {
			s.must(json.Unmarshal(lines.Bytes(), &seen))
			continue
		}
		s.say(utterance{text: text, rule: "r-queue", ruleName: "大厅排队", level: huiying.LevelRed, hit: "取号"})
		s.live <- [2]string{"huiying.event.red.r-queue", "{}"}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, errs.String())
	}
	for _, w := range seen.Wrong {
		t.Error(w)
	}
	// The measure includes what the test itself does; a shared machine gets
	// three times the promise before it fails.
	if t.Logf("shown after %d ms", seen.Took); seen.Took > 6000 {
		t.Errorf("a new post was shown after %d ms", seen.Took)
	}
	cancel()
	if err := <-ran; err != nil {
		t.Error(err)
	}
}
