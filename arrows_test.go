package huiying_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// rooms lists every package and what of ours it may import beside the root,
// the catalogue and its own parents ("*" = anything). A new package needs a
// row here.
var rooms = map[string][]string{
	".":                           {},
	"crawler":                     {"crawler/charset", "crawler/host", "crawler/job", "crawler/meter", "crawler/pseudonym", "crawler/seal", "crawler/timing", "crawler/wall"},
	"crawler/charset":             {},
	"crawler/host":                {"crawler/charset", "crawler/wall"},
	"crawler/job":                 {},
	"crawler/meter":               {},
	"crawler/pseudonym":           {},
	"crawler/seal":                {},
	"crawler/text":                {},
	"crawler/timing":              {},
	"crawler/wall":                {},
	"crawler/weibo":               {"crawler/weibo/mobile", "crawler/weibo/desktop", "crawler/weibo/searchpage", "crawler/weibo/wap", "crawler/weibo/legacy", "crawler/weibo/open", "crawler/weibo/status", "crawler/weibo/walk", "crawler/weibo/account", "crawler/weibo/ask", "crawler/weibo/options"},
	"crawler/weibo/account":       {},
	"crawler/weibo/options":       {"crawler/weibo/account", "crawler/weibo/status"},
	"crawler/weibo/ask":           {"crawler/weibo/account", "crawler/weibo/status"},
	"crawler/weibo/walk":          {"crawler/weibo/account", "crawler/weibo/ask", "crawler/weibo/status"},
	"crawler/weibo/openapi":       {"crawler/weibo/account", "crawler/weibo/ask", "crawler/weibo/open", "crawler/weibo/options", "crawler/weibo/status", "crawler/weibo/walk"},
	"crawler/weibo/ajax":          {"crawler/text", "crawler/weibo/account", "crawler/weibo/ask", "crawler/weibo/desktop", "crawler/weibo/options", "crawler/weibo/status", "crawler/weibo/walk"},
	"crawler/weibo/mobile":        {"crawler/text", "crawler/weibo/status"},
	"crawler/weibo/desktop":       {"crawler/text", "crawler/weibo/status"},
	"crawler/weibo/open":          {"crawler/weibo/status"},
	"crawler/weibo/searchpage":    {"crawler/text", "crawler/weibo/status", "crawler/weibo/markup"},
	"crawler/weibo/wap":           {"crawler/text", "crawler/weibo/status", "crawler/weibo/markup"},
	"crawler/weibo/legacy":        {"crawler/text", "crawler/weibo/status", "crawler/weibo/markup"},
	"crawler/weibo/markup":        {"crawler/text"},
	"crawler/weibo/status":        {"crawler/text"},
	"crawler/weibo/search":        {"crawler/weibo/account", "crawler/weibo/ajax", "crawler/weibo/ask", "crawler/weibo/options", "crawler/weibo/searchpage", "crawler/weibo/status", "crawler/weibo/walk"},
	"crawler/surfacetest":         {},
	"crawler/badsites":            {},
	"crawler/weibo/readertest":    {},
	"crawler/follow":              {},
	"crawler/feed":                {"crawler/follow", "crawler/text"},
	"crawler/feed/endpoint":       {"crawler/follow", "crawler/text"},
	"crawler/intake":              {"crawler/intake/handover", "crawler/intake/sheet"},
	"crawler/intake/handover":     {"crawler/intake/sheet", "crawler/text"},
	"crawler/intake/push":         {},
	"crawler/intake/sheet":        {},
	"crawler/patrol":              {"crawler/host", "crawler/patrol/certificate", "crawler/patrol/norm", "crawler/patrol/settings", "crawler/patrol/sight", "crawler/patrol/uptime", "crawler/patrol/wording", "crawler/portal/site"},
	"crawler/patrol/certificate":  {},
	"crawler/patrol/norm":         {},
	"crawler/patrol/settings":     {"crawler/patrol/norm", "crawler/patrol/uptime", "crawler/patrol/wording", "crawler/portal/site"},
	"crawler/patrol/sight":        {"crawler/portal/page", "crawler/portal/site"},
	"crawler/patrol/uptime":       {},
	"crawler/patrol/wording":      {},
	"crawler/portal":              {"crawler/portal/site"},
	"crawler/portal/changyan":     {"crawler/follow", "crawler/text"},
	"crawler/portal/liuyan":       {"crawler/follow", "crawler/text", "crawler/portal/status"},
	"crawler/portal/dialect":      {"crawler/portal/jsobject"},
	"crawler/portal/jsobject":     {},
	"crawler/portal/status":       {},
	"crawler/portal/page":         {},
	"crawler/refusal":             {"crawler/pseudonym"},
	"crawler/portal/site":         {"crawler/text", "crawler/portal/dialect", "crawler/portal/jsobject", "crawler/portal/page", "crawler/portal/status"},
	"crawler/forum":               {"crawler/follow", "crawler/forum/board", "crawler/forum/discuz", "crawler/forum/tieba"},
	"crawler/forum/board":         {"crawler/text"},
	"crawler/forum/discuz":        {"crawler/text", "crawler/forum/board"},
	"crawler/forum/tieba":         {"crawler/text", "crawler/forum/board"},
	"analyzer":                    {"analyzer/catalogue", "analyzer/dict", "analyzer/document", "analyzer/fold", "analyzer/gather", "analyzer/jsonl", "analyzer/keyword", "analyzer/linear", "analyzer/personal", "analyzer/place", "analyzer/routing", "analyzer/rule", "analyzer/segment", "analyzer/sentiment"},
	"analyzer/dict":               {},
	"analyzer/fold":               {},
	"analyzer/segment":            {"analyzer/dict", "analyzer/fold"},
	"analyzer/segment/packdict":   {"analyzer/dict"},
	"analyzer/gather":             {"analyzer/burst", "analyzer/cluster", "analyzer/fold", "analyzer/topic"},
	"analyzer/keyword":            {"analyzer/fold"},
	"analyzer/personal":           {"analyzer/fold"},
	"analyzer/rule":               {"analyzer/rule/lang", "analyzer/rule/automaton", "analyzer/rule/source", "analyzer/fold"},
	"analyzer/rule/lang":          {"analyzer/fold"},
	"analyzer/rule/source":        {},
	"analyzer/rule/automaton":     {},
	"analyzer/topic":              {"analyzer/cluster", "analyzer/fold", "analyzer/near"},
	"analyzer/analyzertest":       {"analyzer/dict", "analyzer/fold", "analyzer/segment"},
	"analyzer/backtest":           {},
	"analyzer/burst":              {},
	"analyzer/jsonl":              {},
	"analyzer/catalogue":          {"analyzer/fold", "analyzer/rule/automaton"},
	"analyzer/cluster":            {"analyzer/fold"},
	"analyzer/document":           {"analyzer/fold", "analyzer/rule/automaton"},
	"analyzer/near":               {},
	"analyzer/place":              {"analyzer/fold", "analyzer/rule/automaton"},
	"analyzer/routing":            {"analyzer/catalogue", "analyzer/linear"},
	"analyzer/sentiment":          {"analyzer/linear"},
	"analyzer/rule/foreign":       {"analyzer/fold", "analyzer/rule/lang"},
	"analyzer/rule/foreign/query": {"analyzer/fold"},
	"analyzer/rule/foreign/radar": {},
	"analyzer/rule/lint":          {"analyzer/rule/lang"},
	"analyzer/rule/tidy":          {"analyzer/rule/lang", "analyzer/rule/source"},
	"analyzer/linear":             {"analyzer/fold"},
	"analyzer/learn":              {"analyzer/fold", "analyzer/linear"},
	"notifier":                    {"notifier/casework", "notifier/casework/machine", "notifier/channel", "notifier/lane", "notifier/message", "notifier/route"},
	"notifier/calendar":           {},
	"notifier/casework":           {"notifier/calendar", "notifier/casework/limit", "notifier/casework/machine"},
	"notifier/casework/limit":     {"notifier/calendar"},
	"notifier/casework/machine":   {},
	"notifier/casework/measure":   {"notifier/casework/machine"},
	"notifier/route":              {},
	"notifier/rehearsal":          {"notifier/route", "internal/query"},
	"notifier/repeat":             {"notifier/route"},
	"notifier/lane":               {"notifier/channel"},
	"notifier/message":            {"notifier/channel"},
	"notifier/reply":              {"notifier/casework"},
	"notifier/posting":            {"notifier/casework", "notifier/casework/machine"},
	"notifier/posting/weibo":      {"notifier/channel"},
	"notifier/vigil":              {},
	"notifier/attend":             {"notifier/casework/machine"},
	"notifier/duty":               {},
	"notifier/ladder":             {"notifier/casework", "notifier/casework/machine"},
	"notifier/channel":            {},
	"notifier/channel/webhook":    {},
	"notifier/channel/wecom":      {},
	"notifier/channel/email":      {},
	"notifier/channel/dingtalk":   {},
	"notifier/channel/feishu":     {},
	"notifier/channel/sms":        {},
	"notifier/channel/push":       {},
	"notifier/channel/webpush":    {},
	"internal/locale":             {},
	"internal/bus":                {"internal/bus/broker", "internal/bus/bucket", "internal/bus/gate", "internal/bus/jobs", "internal/bus/journal", "internal/bus/queue", "internal/bus/seat", "internal/bus/streams", "internal/bus/wire"},
	"internal/bus/broker":         {},
	"internal/bus/bucket":         {"internal/bus/streams"},
	"internal/bus/gate":           {},
	"internal/bus/jobs":           {"internal/bus/streams"},
	"internal/bus/journal":        {},
	"internal/bus/queue":          {},
	"internal/bus/seat":           {"internal/bus/bucket"},
	"internal/bus/snapshot":       {},
	"internal/bus/streams":        {},
	"internal/bus/wire":           {},
	"internal/casefile":           {},
	"internal/oidc":               {},
	"internal/report/document":    {"internal/query"},
	"internal/report/periodic":    {"internal/query", "internal/report/document", "internal/report/effect"},
	"internal/report/effect":      {"internal/query"},
	"internal/oidc/oidctest":      {},
	"internal/query":              {},
	"deploy/bundle":               {},
	"docs":                        {"internal/query"},
	"internal/store":              {"internal/query"},
	"internal/web":                {"internal/query", "internal/web/administration", "internal/web/api", "internal/web/attending", "internal/web/caseview", "internal/web/chart", "internal/web/chosen", "internal/web/disclosure", "internal/web/door", "internal/web/duty", "internal/web/events", "internal/web/exports", "internal/web/filter", "internal/web/frame", "internal/web/gathering", "internal/web/guide", "internal/web/heat", "internal/web/inbox", "internal/web/lexicon", "internal/web/live", "internal/web/mine", "internal/web/newcomer", "internal/web/outcomes", "internal/web/papers", "internal/web/parked", "internal/web/patrol", "internal/web/posting", "internal/web/postview", "internal/web/pulse", "internal/web/reports", "internal/web/rights", "internal/web/rules", "internal/web/saved", "internal/web/screen", "internal/web/shortcut", "internal/web/silences", "internal/web/start", "internal/web/supervision"},
	"internal/web/attending":      {"internal/query", "internal/web/api", "internal/web/frame"},
	"internal/web/shortcut":       {"internal/query", "internal/web/door"},
	"internal/web/guide":          {"internal/query", "internal/web/assets", "internal/web/door", "internal/web/frame"},
	"internal/web/administration": {"internal/query", "internal/web/door", "internal/web/frame"},
	"internal/web/start":          {"internal/query", "internal/web/api", "internal/web/door", "internal/web/frame", "internal/web/newcomer", "internal/web/rules"},
	"internal/web/newcomer":       {"internal/web/frame"},
	"internal/web/supervision":    {"internal/query", "internal/web/door", "internal/web/filter", "internal/web/frame"},
	"internal/web/disclosure":     {"internal/query", "internal/locale", "internal/web/door", "internal/web/frame"},
	"internal/web/heat":           {"internal/query", "internal/web/chart", "internal/web/door", "internal/web/filter", "internal/web/frame"},
	"internal/web/outcomes":       {"internal/query", "internal/web/chart", "internal/web/door", "internal/web/filter", "internal/web/frame"},
	"internal/web/reports":        {"internal/query", "internal/web/api", "internal/web/door", "internal/web/frame"},
	"internal/web/parked":         {"internal/query", "internal/web/api", "internal/web/door", "internal/web/frame"},
	"internal/web/exports":        {"internal/query", "internal/web/api", "internal/web/door", "internal/web/frame"},
	"internal/web/lexicon":        {"internal/query", "internal/web/api", "internal/web/door", "internal/web/frame"},
	"internal/web/patrol":         {"internal/query", "internal/web/api", "internal/web/door", "internal/web/frame"},
	"internal/web/screen":         {"internal/query", "internal/web/chart", "internal/web/door", "internal/web/frame", "internal/web/gathering"},
	"internal/web/saved":          {"internal/query", "internal/web/api", "internal/web/door", "internal/web/filter", "internal/web/frame"},
	"internal/web/papers":         {"internal/query", "internal/web/api", "internal/web/caseview", "internal/web/door", "internal/web/frame"},
	"internal/web/events":         {"internal/query", "internal/web/api", "internal/web/chart", "internal/web/door", "internal/web/frame", "internal/web/study"},
	"internal/web/study":          {"internal/query"},
	"internal/web/pulse":          {"internal/query", "internal/web/events", "internal/web/study"},
	"internal/web/chosen":         {"internal/query", "internal/web/api", "internal/web/events", "internal/web/frame"},
	"internal/web/inbox":          {"internal/query", "internal/web/api", "internal/web/caseview", "internal/web/door", "internal/web/frame", "internal/web/start"},
	"internal/web/silences":       {"internal/query", "internal/web/api", "internal/web/door", "internal/web/frame"},
	"internal/web/rules":          {"internal/query", "internal/web/api", "internal/web/door", "internal/web/frame"},
	"internal/web/duty":           {"internal/query", "internal/web/api", "internal/web/door", "internal/web/frame"},
	"internal/web/gathering":      {"internal/query", "internal/web/api", "internal/web/door", "internal/web/frame"},
	"internal/web/api":            {"internal/query", "internal/web/caseview", "internal/web/diff", "internal/web/door", "internal/web/filter", "internal/web/mark", "internal/web/study"},
	"internal/web/assets":         {},
	"internal/web/caseview":       {"internal/query", "internal/web/diff"},
	"internal/web/chart":          {"internal/query"},
	"internal/web/diff":           {},
	"internal/web/door":           {"internal/query"},
	"internal/web/filter":         {"internal/query"},
	"internal/web/frame":          {"internal/query", "internal/web/assets", "internal/web/door", "internal/web/templates"},
	"internal/web/live":           {},
	"internal/web/mark":           {},
	"internal/web/mine":           {"internal/query", "internal/web/door", "internal/web/frame"},
	"internal/web/posting":        {"internal/query", "internal/web/api", "internal/web/door", "internal/web/frame"},
	"internal/web/postview":       {"internal/query", "internal/web/api", "internal/web/door", "internal/web/frame"},
	"internal/web/rights":         {"internal/query", "internal/web/door", "internal/web/frame", "internal/web/mine"},
	"internal/web/templates":      {"internal/query", "internal/web/mark"},
	"internal/drill":              {"internal/drill/replica", "internal/drill/incident", "internal/drill/people", "internal/drill/receiver"},
	"internal/drill/replica":      {},
	"internal/drill/incident":     {"internal/drill/replica"},
	"internal/drill/people":       {},
	"internal/drill/receiver":     {},
	"internal/config":             {"*"},
	"internal/app":                {"*"},
	"internal/app/channels":       {"*"},
	"internal/app/collection":     {"*"},
	"internal/app/outcomes":       {"*"},
	"internal/app/heat":           {"*"},
	"internal/app/supervision":    {"*"},
	"internal/app/parked":         {"*"},
	"internal/app/exporting":      {"*"},
	"internal/app/papers":         {"*"},
	"internal/app/privacy":        {"*"},
	"internal/app/topics":         {"*"},
	"internal/app/correcting":     {"*"},
	"internal/app/proof":          {"*"},
	"internal/app/publishing":     {"*"},
	"internal/app/reports":        {"*"},
	"internal/app/inbox":          {"*"},
	"internal/app/rota":           {"*"},
	"internal/app/starting":       {"*"},
	"internal/app/inventory":      {"*"},
	"internal/app/guide":          {"*"},
	"internal/app/backup":         {"*"},
	"internal/app/browsing":       {"*"},
	"internal/app/notices":        {"*"},
	"internal/app/attending":      {"*"},
	"internal/app/tidings":        {},
	"internal/app/rulebook":       {"*"},
	"internal/app/wordbook":       {"*"},
	"internal/app/inspection":     {"*"},
	"internal/app/tool":           {"*"},
	"internal/app/telling":        {"*"},
	"internal/app/volume":         {"*"},
	"internal/app/sourcing":       {"*"},
	"cmd/huiying":                 {"internal/app", "internal/app/tool"},

	"internal/app/annual":              {"*"},
	"internal/app/outcomes/officetest": {"*"},
	"internal/report/annual":           {"internal/query", "internal/report/document"},
	"internal/report/annual/exchange":  {"internal/query"},
}

// TestArrows keeps the imports pointing one way.
func TestArrows(t *testing.T) {
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); name != "." && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "testdata") {
				return filepath.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(file, ".go") && !strings.HasSuffix(file, "_test.go") {
			checkImports(t, filepath.ToSlash(file))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func checkImports(t *testing.T, file string) {
	t.Helper()
	room := path.Dir(file)
	allowed, known := rooms[rowOf(room)]
	if !known {
		t.Errorf("%s: package %s has no row in the table of rooms", file, room)
		return
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		t.Errorf("%s: %v", file, err)
		return
	}
	for _, spec := range parsed.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		target, ours := strings.CutPrefix(name, "huiying/")
		if ours && !mayImport(room, target, allowed) {
			t.Errorf("%s: %s may not import %s", file, room, target)
		}
	}
}

// rowOf finds the row of a package: its own, or that of the store for the
// store's folders by noun.
func rowOf(room string) string {
	if strings.HasPrefix(room, "internal/store/") {
		return "internal/store"
	}
	return room
}

func mayImport(room, target string, allowed []string) bool {
	if target == "internal/locale" || target == room || strings.HasPrefix(room, target+"/") {
		return true
	}
	if rowOf(target) == "internal/store" && rowOf(room) == "internal/store" {
		return true
	}
	for _, a := range allowed {
		if a == "*" || a == target {
			return true
		}
	}
	return false
}
