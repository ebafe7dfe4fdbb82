package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Setting is a value as it holds, and where the file says it.
type Setting struct {
	Key   string // path in the file, office.name
	Value string
	Line  int // 0 = the file does not say it: it is built in
}

// Retention reports a setting that says how long something is kept.
func (s Setting) Retention() bool {
	return slices.Contains([]string{"record.evidence_for", "record.words_for", "record.posts_for", "exports.keep", "bus.max_bytes", "crawler.hold_older"}, s.Key)
}

// Line is the line of a path in the file, 0 where the file does not name it.
func (c Config) Line(path string) int { return c.positions[path].line }

// Settings lists what holds, in the order of the file's own description. No
// secret is among it: of a secret it says whether there is one.
func (c Config) Settings() []Setting {
	out := []Setting{
		{Key: "office.name", Value: c.Office.Name}, {Key: "office.time_zone", Value: c.Office.TimeZone},
		{Key: "office.contact", Value: c.Office.Contact}, {Key: "office.end_of_day", Value: c.Office.EndOfDay}, {Key: "office.accounts", Value: words(c.Office.Accounts)},
		{Key: "data", Value: c.Data}, {Key: "listen", Value: c.Listen}, {Key: "public_url", Value: c.PublicURL},
		{Key: "store.dsn", Value: given(string(c.Store.DSN))},
		{Key: "bus.url", Value: given(c.Bus.URL)}, {Key: "bus.listen", Value: c.Bus.Listen}, {Key: "bus.sync", Value: c.Bus.Sync},
		{Key: "bus.max_bytes", Value: strconv.FormatInt(c.Bus.MaxBytes, 10)},
		{Key: "crawler.workers", Value: strconv.Itoa(c.Crawler.Workers)}, {Key: "crawler.host_delay", Value: c.Crawler.HostDelay.text()},
		{Key: "crawler.visit_timeout", Value: c.Crawler.VisitTimeout.text()}, {Key: "crawler.watch_every", Value: c.Crawler.WatchEvery.text()},
		{Key: "crawler.hold_older", Value: c.Crawler.HoldOlder.text()}, {Key: "crawler.allow_private", Value: words(c.Crawler.AllowPrivate)},
		{Key: "analyzer.area", Value: c.Analyzer.Area}, {Key: "analyzer.places", Value: words(c.Analyzer.Places)},
		{Key: "analyzer.catalogue", Value: c.Analyzer.Catalogue}, {Key: "analyzer.models", Value: c.Analyzer.Models},
		{Key: "analyzer.three_levels", Value: strconv.FormatBool(c.Analyzer.ThreeLevels)},
		{Key: "notifier.default", Value: words(c.Notifier.Default)}, {Key: "notifier.assign_above", Value: strconv.FormatFloat(c.Notifier.AssignAbove, 'g', -1, 64)},
		{Key: "notifier.classified", Value: strconv.FormatBool(c.Notifier.Classified)},
		{Key: "record.key", Value: given(string(c.Record.Key))}, {Key: "record.heads", Value: c.Record.Heads}, {Key: "record.head_every", Value: c.Record.HeadEvery.text()},
		{Key: "record.evidence_for", Value: c.Record.EvidenceFor.text()}, {Key: "record.words_for", Value: c.Record.WordsFor.text()},
		{Key: "record.posts_for", Value: c.Record.PostsFor.text()},
		{Key: "exports.rows", Value: strconv.Itoa(c.Exports.Rows)}, {Key: "exports.keep", Value: c.Exports.Keep.text()},
		{Key: "heartbeat.url", Value: given(string(c.Heartbeat.URL))}, {Key: "sign_in.oidc.issuer", Value: c.SignIn.OIDC.Issuer},
		{Key: "trusted_proxies", Value: words(c.TrustedProxies)}, {Key: "watermark", Value: strconv.FormatBool(c.Watermark)},
	}
	for i := range out {
		out[i].Line = c.Line(out[i].Key)
	}
	return append(out, c.counts()...)
}

// counts says of each list how long it is.
func (c Config) counts() []Setting {
	var out []Setting
	for _, list := range []struct {
		key string
		n   int
	}{
		{"sources", len(c.Sources)}, {"rules", len(c.Rules)}, {"profiles", len(c.Profiles)}, {"units", len(c.Units)}, {"users", len(c.Users)},
		{"channels", len(c.Channels)}, {"rosters", len(c.Rosters)}, {"escalations", len(c.Escalations)}, {"presets", len(c.Presets)},
		{"templates", len(c.Templates)}, {"posting", len(c.Posting)},
	} {
		out = append(out, Setting{Key: list.key, Value: fmt.Sprintf("%d", list.n), Line: c.Line(list.key)})
	}
	return out
}

// given says of a value that is not shown that there is one.
func given(s string) string {
	if s == "" {
		return ""
	}
	return Secret(s).String()
}

func words(list []string) string { return strings.Join(list, " ") }

// text writes a duration in the largest unit that it is whole in.
func (d Duration) text() string {
	day := 24 * time.Hour
	if t := time.Duration(d); t >= day && t%day == 0 {
		return fmt.Sprintf("%dd", t/day)
	}
	return time.Duration(d).String()
}
