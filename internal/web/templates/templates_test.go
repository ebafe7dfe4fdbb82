package templates_test

import (
	"io/fs"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"
	"unicode"

	"huiying"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/web/templates"
)

func catalogue(t *testing.T) *locale.Catalogue {
	t.Helper()
	c, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func eachTemplate(t *testing.T, do func(name, text string)) {
	t.Helper()
	err := fs.WalkDir(templates.Files(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(templates.Files(), name)
		if err == nil {
			do(name, string(raw))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Words for people stand in the catalogue alone.
func TestNoWordsInTemplates(t *testing.T) {
	eachTemplate(t, func(name, text string) {
		for _, r := range text {
			if unicode.Is(unicode.Han, r) || r == '、' || r == '，' || r == '。' {
				t.Errorf("%s holds %q; it belongs in the catalogue", name, r)
				return
			}
		}
	})
}

// Nothing that the policy of the pages refuses stands in a template.
func TestNoInlineCode(t *testing.T) {
	inline := regexp.MustCompile(`(?i)\sstyle=|\son[a-z]+=|<style|javascript:|hx-on|hx-vals='?js`)
	script := regexp.MustCompile(`<script([^>]*)>`)
	eachTemplate(t, func(name, text string) {
		if hit := inline.FindString(text); hit != "" {
			t.Errorf("%s: %q", name, hit)
		}
		for _, m := range script.FindAllStringSubmatch(text, -1) {
			if !regexp.MustCompile(`src=|type="application/json"`).MatchString(m[1]) {
				t.Errorf("%s: an inline script: %s", name, m[0])
			}
		}
	})
}

func TestKeysExist(t *testing.T) {
	words := catalogue(t)
	static := regexp.MustCompile(`[ ({]t "([a-z0-9_.]+[a-z0-9_])"`)
	eachTemplate(t, func(name, text string) {
		for _, m := range static.FindAllStringSubmatch(text, -1) {
			if !words.Has(m[1]) {
				t.Errorf("%s: no sentence for %s", name, m[1])
			}
		}
	})
}

// Keys that are put together from values have a sentence for every value.
func TestComposedKeysExist(t *testing.T) {
	words := catalogue(t)
	sets := map[string][]string{
		"web.source.":    {"ok", "new", "paused", "empty", "login-needed", "blocked", "rate-limited", "forbidden", "maintenance", "malformed", "unreachable", "robots-disallowed"},
		"web.platform.":  {"weibo", "portal", "forum", "feed", "hotline", "mailbox", "consult", "news", "wechat"},
		"web.verified.":  {"person", "government", "media", "enterprise", "campus", "organisation"},
		"web.sentiment.": {"positive", "neutral", "negative"},
		"web.intent.":    {"complaint", "report", "help", "enquiry", "suggestion", "praise", "other", "unsure"},
		"web.tone.":      append(huiying.Sentiments(), "unsure"),
		"web.opinion.":   {"intent", "sentiment", "unit"},
		"web.personal.":  {"phone", "id_card", "bank_card", "plate", "address", "email", "passport", "account"},
		"web.delivery.":  {"queued", "sending", "accepted", "delivered", "read", "retrying", "dead"},
		"web.clock.":     {"yq.major.first_info", "yq.major.press", "yq.other.respond", "yq.ack.major", "yq.ack"},
		"web.field.": {"unit", "owner", "level", "kind", "disposition", "text", "note", "reason", "url", "receipt", "at", "post", "channel", "breach", "secrecy", "business",
			"helpers", "designated", "settlement", "organ", "grade", "into", "from", "preset", "days", "platform", "checked", "told", "why", "via"},
		"web.hint.":         {"secrecy", "business", "designated", "checked"},
		"case.settlement.":  {"solved", "explained", "helped", "by_law"},
		"case.organ.":       {"police", "cyberspace", "petition", "other"},
		"case.platform.":    {"weibo", "portal", "forum", "feed", "hotline", "mailbox", "consult", "news", "wechat", "other"},
		"case.grade.":       {"very_satisfied", "satisfied", "basically_satisfied", "dissatisfied", "very_dissatisfied"},
		"web.choose.":       {"unit", "owner", "kind", "disposition", "case", "person", "settlement", "organ", "grade", "platform", "preset", "instead"},
		"web.attempt.":      {"begun", "accepted", "retry", "refused", "delivered", "failed", "handed_on", "requeued"},
		"channel.kind.":     {"webhook", "wecom", "wecom-app", "dingtalk", "feishu", "email", "sms", "push", "webpush"},
		"web.view.":         {"open", "mine", "unit", "soon", "overdue", "returned", "closed", "all"},
		"web.column.":       {"triage", "assigned", "handling", "review", "responded", "follow_up", "closed", "other"},
		"web.empty.":        {"open", "mine", "unit", "soon", "overdue", "returned", "closed", "all", "alerts.open", "alerts.mine", "alerts.all"},
		"web.reason.":       {"place", "advert", "same", "old"},
		"web.error.h.":      {"401", "403", "404", "409", "413", "422", "500", "503"},
		"web.link.title.":   {"setup", "password", "signin"},
		"web.card.done.":    {"ack", "hand_on"},
		"web.nav.":          {"overview", "inbox", "alerts", "cases", "events", "stream", "sources", "intake", "users", "me", "help"},
		"web.post.status.":  {huiying.StatusReceived, huiying.StatusHandling, huiying.StatusAnswered},
		"web.stage.":        {"rise", "peak", "fall"},
		"web.study.phase.":  {"start", "rise", "peak", "fall"},
		"web.study.step.":   {"first", "platform", "forward", "peak", "reply", "pinned", "calm"},
		"web.study.side.":   {"before", "after"},
		"web.bar.":          {"overview", "inbox", "alerts", "cases", "sources", "users", "me"},
		"web.role.":         {"officer", "responder", "reviewer", "manager", "admin"},
		"web.kpi.":          {"posts", "urgent", "waiting", "overdue", "first", "on_time"},
		"web.kpi.before.":   query.OverviewPeriods(),
		"web.chart.span.":   query.OverviewPeriods(),
		"web.chart.peak.":   query.OverviewPeriods(),
		"web.period.":       {"today", "24h", "7d", "30d", "all"},
		"web.chart.out.":    {"true", "false"},
		"web.alert.show.":   {"open", "mine", "all"},
		"web.me.lang.":      {"", "zh", "en"},
		"web.me.theme.":     {"", "light", "dark"},
		"case.state.":       {"pending_triage", "watching", "awaiting_ack", "handling", "suspended", "in_review", "approved", "responded", "follow_up", "closed", "archived", "merged", "dismissed", "transferred"},
		"case.kind.":        {"policy", "vital_interest", "livelihood", "emergency", "superior"},
		"case.disposition.": {"constructive", "difficulty", "major_problem", "unclear", "mistaken", "false"},
		"level.":            {"red", "orange", "yellow", "blue", "none"},
	}
	sets["web.access.did."] = []string{
		"sign_in", "sign_in_failed", "locked_out", "sign_out", "logins_ended", "link_made", "link_used", "password_set", "factor_made", "factor_edited", "factor_reset",
		"recovery_used", "account_made", "account_edited", "identity_linked", "identity_unlinked", "token_made", "token_revoked", "token_acted", "reveal", "evidence_opened",
		"file_opened", "case_exported", "case_purged", "aside", "correction", "backfill", "refusal", "refusal_lifted", "source_asked", "source_rated", "collection_stopped", "collection_started",
		"lexicon_changed", "lexicon_exported", "patrol_excepted", "patrol_except_ended", "patrol_rescanned",
		"disclosure_changed", "disclosure_released",
		"scoring_changed", "unit_mentioned", "mention_withdrawn", "interpretation_linked", "interpretation_removed",
	}
	sets["web.quiet.day."] = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
	sets["web.access.did."] = append(sets["web.access.did."], "quiet_set", "contact_set", "contact_code", "contact_proven")
	sets["web.nav."] = append(sets["web.nav."], "outcomes", "heat", "disclosure", "supervision")
	sets["annual.source."] = []string{query.FactEntered, query.FactImported, query.FactCounted}
	sets["web.effect.kind."] = query.InterpretationKinds()
	sets["web.effect.share."] = query.EffectShares()
	sets["web.effect.verdict."] = []string{query.EffectFew, query.EffectFell, query.EffectRose, query.EffectSame}
	sets["web.effect.span."] = []string{"24", "72", "168"}
	sets["web.heat.by."] = query.HeatParts()
	sets["web.heat.nobody."] = []string{query.ByWindow, query.ByUnit}
	sets["web.outcomes.period."] = []string{"7d", "30d", "90d", "month", "quarter", "range"}
	sets["web.outcomes.by."] = query.OutcomeParts()
	sets["web.outcomes.short."] = []string{"ack_time", "ack_rate", "response_time", "on_time_honest", "closing_time", "closing_in_time", "follow_up_time", "follow_up_rate"}
	sets["web.outcomes.stage."] = []string{"ack", "response", "closing", "follow_up", "backlog"}
	sets["web.outcomes.hours."] = []string{"hit_5h", "hit_24h", "hit_48h"}
	sets["web.outcomes.missed."] = sets["web.outcomes.hours."]
	sets["web.outcomes.standing."] = []string{"in", "late", "owed"}
	sets["web.outcomes.part."] = []string{query.PartIn, query.PartRest, query.PartAll}
	sets["web.supervision.list."] = []string{query.ListOverdue, query.ListReturned, query.ListUrged}
	sets["web.supervision.about."], sets["web.supervision.none."] = sets["web.supervision.list."], sets["web.supervision.list."]
	sets["web.supervision.kind."] = []string{query.MentionPraise, query.MentionName}
	sets["web.supervision.proposed."], sets["web.supervision.proposed_none."] = sets["web.supervision.kind."], sets["web.supervision.kind."]
	sets["web.supervision.direction."] = []string{query.ScoreMore, query.ScoreLess}
	sets["web.supervision.sign."] = sets["web.supervision.direction."]
	sets["measure."] = []string{query.FigureBacklog, query.FigureAlerts, query.FigureNoise}
	sets["measure.formula."] = sets["measure."]
	sets["exports.what."] = query.Exports()
	sets["web.exports.state."] = []string{query.ExportWaiting, query.ExportRunning, query.ExportDone, query.ExportFailed, query.ExportCancelled, query.ExportExpired}
	sets["web.access.did."] = append(sets["web.access.did."], "export_asked", "export_made", "export_taken", "report_mailed", "parked_replayed", "parked_discarded")
	sets["web.tokens.state."] = []string{"works", "expired", "revoked"}
	sets["web.me.how."] = []string{"password", "link", "sso"}
	actions := []string{"assign", "dismiss", "ack", "return_back", "reassign", "submit", "review_reject", "approve", "recall", "publish", "publish_update", "close", "reopen", "regrade", "note", "attach_mention",
		"merge", "unmerge", "transfer_out", "returned", "receipt", "close_no_action", "suspend", "resume", "request_rating", "rate_ok", "rate_bad", "new_wave", "archive",
		"escalate", "supervise", "extend", "draft", "co_ack", "attach_file"}
	sets["web.done."] = append(slices.Clone(actions), "open", "false_alarm", "watch", "saved", "ended", "setup", "corrected", "password", "ended_others", "ended_all", "factor_off", "factor_reset", "revoked")
	sets["case.action."] = append(slices.Clone(actions), "detect", "breach", "ack_timeout", "unack_timeout", "rating_timeout", "warn", "remind", "clock_recomputed")
	for prefix, values := range sets {
		for _, v := range values {
			if !words.Has(prefix + v) {
				t.Errorf("no sentence for %s%s", prefix, v)
			}
		}
	}
}

type names struct{}

func (names) Person(id string) string { return id }
func (names) Unit(id string) string   { return id }
func (names) Source(id string) string { return id }

func set(t *testing.T, now time.Time) *templates.Set {
	t.Helper()
	zone := time.FixedZone("office", 8*3600)
	s, err := templates.New(templates.Options{
		Catalogue: catalogue(t), Zone: zone, Now: func() time.Time { return now }, Names: names{}, Asset: func(string) string { return "" },
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestParse(t *testing.T) {
	s := set(t, time.Now())
	if n := len(s.Pages()); n < 14 {
		t.Errorf("%d pages", n)
	}
	var all sync.WaitGroup // pages may be asked for the first time by many
	for _, lang := range []locale.Lang{locale.Chinese, locale.English} {
		for _, name := range s.Pages() {
			all.Go(func() {
				if err := s.Parse(lang, name); err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	if _, err := s.Page(locale.Chinese, "no-such", nil); err == nil {
		t.Error("a page that does not exist was rendered")
	}
}

func TestWords(t *testing.T) {
	now := time.Date(2026, 11, 23, 6, 20, 0, 0, time.UTC) // 14:20 in the office
	f := templates.Funcs(templates.Options{Catalogue: catalogue(t), Zone: time.FixedZone("office", 8*3600), Now: func() time.Time { return now }, Names: names{}}, locale.Chinese)
	when := f["when"].(func(time.Time) string)
	took := f["took"].(func(time.Duration) string)
	ago := f["ago"].(func(time.Time) string)
	for _, c := range []struct{ got, want string }{
		{when(time.Date(2026, 11, 23, 4, 24, 0, 0, time.UTC)), "今天 12:24"},
		{when(time.Date(2026, 11, 22, 15, 59, 0, 0, time.UTC)), "11-22 23:59"},
		{when(time.Date(2026, 11, 22, 16, 0, 0, 0, time.UTC)), "今天 00:00"},
		{when(time.Date(2025, 8, 12, 4, 24, 0, 0, time.UTC)), "2025-08-12 12:24"},
		{when(time.Time{}), "—"},
		{took(45 * time.Second), "45 秒"}, {took(7 * time.Minute), "7 分钟"}, {took(2*time.Hour + 5*time.Minute), "2 小时 5 分"},
		{took(3 * time.Hour), "3 小时"}, {took(49 * time.Hour), "2 天 1 小时"}, {took(48 * time.Hour), "2 天"}, {took(-7 * time.Minute), "7 分钟"},
		{ago(now.Add(-20 * time.Second)), "刚刚"}, {ago(now.Add(-20 * time.Minute)), "20 分钟前"},
		{f["percent"].(func(int, int) string)(1, 3), "33%"}, {f["percent"].(func(int, int) string)(199, 200), "99%"}, {f["percent"].(func(int, int) string)(0, 0), "—"},
		{f["number"].(func(int) string)(1234567), "1,234,567"}, {f["number"].(func(int) string)(-1234), "-1,234"}, {f["number"].(func(int) string)(999), "999"},
		{f["person"].(func(string) string)("rule:r-queue"), "规则 r-queue"}, {f["person"].(func(string) string)("system"), "系统"}, {f["person"].(func(string) string)(""), "未指定"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

// A clock says which it is and how it stands in words, never by colour alone.
func TestChips(t *testing.T) {
	now := time.Date(2026, 11, 23, 6, 20, 0, 0, time.UTC)
	f := templates.Funcs(templates.Options{Catalogue: catalogue(t), Zone: time.UTC, Now: func() time.Time { return now }, Names: names{}}, locale.Chinese)
	chips := f["chips"].(func(huiying.Case) []templates.Chip)
	clock := func(due, met, breached time.Duration) huiying.Clock {
		k := huiying.Clock{Preset: "yq.ack", DueAt: now.Add(due)}
		if met != 0 {
			k.MetAt = now.Add(met)
		}
		if breached != 0 {
			k.BreachedAt = now.Add(breached)
		}
		return k
	}
	open := huiying.Case{State: huiying.StateHandling, Clocks: []huiying.Clock{
		clock(2*time.Hour, 0, 0), clock(30*time.Minute, 0, 0), clock(-time.Hour, 0, -time.Hour), clock(-time.Minute, 0, 0),
		clock(time.Hour, -time.Hour, 0), clock(-2*time.Hour, -time.Hour, -2*time.Hour),
	}}
	want := [][2]string{
		{"running", "剩余 2 小时"}, {"soon", "剩余 30 分钟"}, {"over", "超时 1 小时"}, {"over", "超时 1 分钟"}, {"met", "已达标"}, {"late", "已完成，超时 1 小时"},
	}
	for i, chip := range chips(open) {
		if got := [2]string{chip.State, chip.Text}; got != want[i] {
			t.Errorf("chip %d: got %v, want %v", i, got, want[i])
		}
	}
	closed := huiying.Case{State: huiying.StateDismissed, Clocks: []huiying.Clock{clock(time.Hour, 0, 0)}}
	if got := chips(closed)[0].Text; got != "已停止" {
		t.Errorf("a clock of a finished case: %q", got)
	}
}
