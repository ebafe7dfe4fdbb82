package limit_test

import (
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"huiying"
	"huiying/internal/locale"
	"huiying/notifier/calendar"
	"huiying/notifier/casework/limit"
)

func mustCalendar(tb testing.TB) *calendar.Calendar {
	tb.Helper()
	c, err := calendar.New(calendar.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func mustPreset(tb testing.TB, id string) limit.Preset {
	tb.Helper()
	p, ok := limit.Find(limit.Presets(), id)
	if !ok {
		tb.Fatalf("there is no preset %s", id)
	}
	return p
}

func mustTime(tb testing.TB, text string) time.Time {
	tb.Helper()
	at, err := time.Parse("2006-01-02T15:04:05Z07:00", text)
	if err != nil {
		tb.Fatal(err)
	}
	return at
}

// TestTable holds every limit of the rules: how long, whether it may pause, how
// far it may be extended, and how well its rule is known.
func TestTable(t *testing.T) {
	want := map[string]string{
		"yq.major.first_info": "5h0m0s - 0 copy", "yq.major.press": "24h0m0s - 0 copy", "yq.other.respond": "48h0m0s - 0 government page",
		"yq.emergency.report_up": "4h0m0s - 0 copy", "yq.report_leader": "2h0m0s - 0 copy", "yq.verify": "2 workdays - 0 copy",
		"yq.verify.legacy": "5 workdays - 0 copy", "yq.ack": "30m0s - 0 no rule", "yq.ack.major": "10m0s - 0 no rule", "handover.due": "case - 0 case",
		"portal.suggest": "7 workdays - 8 copy", "portal.consult": "15 workdays - 0 copy", "portal.error_report": "3 workdays - 0 copy",
		"portal.redline": "3 months - 0 copy", "hotline.answer": "15s - 0 copy", "hotline.media": "3m0s - 0 copy", "hotline.mailbox": "24h0m0s - 0 copy",
		"hotline.dispatch": "1 workday - 0 copy", "hotline.return": "2 workdays - 0 copy", "hotline.handle": "5 workdays - 10 law", "hcp.fix": "15 workdays - 0 copy", "hcp.rating": "7 days - 0 no rule",
		"xf.notify": "15 days - 0 law", "xf.object": "5 workdays - 0 law", "xf.finish": "60 days - 30 law",
		"foi.reply": "20 workdays pausable 20 law", "foi.reply.pre2019": "15 workdays pausable 15 copy", "foi.correct": "7 workdays - 0 law",
		"foi.third_party": "15 workdays - 0 law", "foi.proactive": "20 workdays - 0 law", "foi.annual": "01-31 - 0 law", "foi.annual.government": "03-31 - 0 law",
		"media.silence": "14 days - 0 copy", "home.silence": "14 days - 0 copy", "site.down": "window 7 days - 0 copy",
	}
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	table := limit.Presets()
	if len(table) != len(want) {
		t.Errorf("%d presets, want %d", len(table), len(want))
	}
	for _, p := range table {
		pause := "-"
		if p.Pausable {
			pause = "pausable"
		}
		got := strings.Join([]string{p.Limit.String(), pause, strconv.Itoa(p.Extend), p.Verified}, " ")
		if got != want[p.ID] {
			t.Errorf("%s is %q, want %q", p.ID, got, want[p.ID])
		}
		if (p.Source == "") != (p.Verified == limit.NoRule) {
			t.Errorf("%s: source %q and %q do not go together", p.ID, p.Source, p.Verified)
		}
		for _, key := range []string{"case.clock." + p.ID, "web.clock." + p.ID} {
			if !words.Has(key) {
				t.Errorf("the catalogue has no %s", key)
			}
		}
		if p.Use == limit.Clock && len(p.Warn) == 0 && p.Limit.Kind != limit.Yearly {
			t.Errorf("%s warns of nothing", p.ID)
		}
	}
}

// TestFor checks which clocks run on whom.
func TestFor(t *testing.T) {
	table := limit.Presets()
	for _, v := range []struct {
		trigger string
		s       limit.Subject
		want    string
	}{
		{limit.StartsDetected, limit.Subject{Level: huiying.LevelRed, Platform: "weibo", Kind: "post"}, "yq.major.first_info yq.major.press"},
		{limit.StartsDetected, limit.Subject{Level: huiying.LevelBlue, Platform: "weibo", Kind: "comment"}, "yq.other.respond"},
		{limit.StartsDetected, limit.Subject{Level: huiying.LevelBlue, Platform: "hotline", Kind: "ticket"}, ""},
		{limit.StartsDetected, limit.Subject{Level: huiying.LevelRed, Platform: "hotline", Kind: "ticket"}, "yq.major.first_info yq.major.press"},
		{limit.StartsReceived, limit.Subject{Level: huiying.LevelBlue, Platform: "hotline", Kind: "ticket"}, "hotline.dispatch hotline.handle"},
		{limit.StartsReceived, limit.Subject{Level: huiying.LevelNone, Platform: "consult", Kind: "ticket", Intent: "suggestion"}, "portal.suggest portal.redline"},
		{limit.StartsReceived, limit.Subject{Level: huiying.LevelNone, Platform: "consult", Kind: "ticket"}, "portal.consult portal.redline"},
		{limit.StartsReceived, limit.Subject{Level: huiying.LevelNone, Platform: "portal", Kind: "letter", Intent: "enquiry"}, "portal.consult portal.redline"},
		{limit.StartsReceived, limit.Subject{Level: huiying.LevelNone, Platform: "portal", Kind: "article"}, ""},
		{limit.StartsReceived, limit.Subject{Level: huiying.LevelNone, Platform: "mailbox", Kind: "ticket"}, "portal.consult portal.redline hotline.mailbox"},
		{limit.StartsAssigned, limit.Subject{Level: huiying.LevelRed, Platform: "weibo", Kind: "post"}, "yq.ack.major"},
		{limit.StartsAssigned, limit.Subject{Level: huiying.LevelYellow, Platform: "hotline", Kind: "ticket"}, "yq.ack"},
		{limit.StartsHanded, limit.Subject{Level: huiying.LevelBlue, Platform: "hotline", Kind: "ticket"}, "handover.due"},
		{limit.StartsRated, limit.Subject{Level: huiying.LevelBlue, Platform: "weibo", Kind: "post"}, "hcp.fix"},
	} {
		var ids []string
		for _, p := range limit.For(table, v.trigger, v.s) {
			ids = append(ids, p.ID)
		}
		if got := strings.Join(ids, " "); got != v.want {
			t.Errorf("%s %+v: %q, want %q", v.trigger, v.s, got, v.want)
		}
	}
}

func TestDue(t *testing.T) {
	c := mustCalendar(t)
	for _, v := range []struct {
		id, from, want string
		open           bool
	}{
		{"yq.major.first_info", "2026-02-14T23:00:00+08:00", "2026-02-15T04:00:00+08:00", false}, // hours know no holiday
		{"yq.other.respond", "2026-12-31T12:00:00+08:00", "2027-01-02T12:00:00+08:00", false},    // nor an unpublished year
		{"hotline.handle", "2026-02-13T09:00:00+08:00", "2026-02-28T00:00:00+08:00", false},
		{"hotline.handle", "2026-02-12T23:30:00-05:00", "2026-02-28T00:00:00+08:00", false}, // the 13th at the office
		{"hotline.dispatch", "2026-02-13T23:59:00+08:00", "2026-02-15T00:00:00+08:00", false},
		{"foi.reply", "2026-09-30T10:00:00+08:00", "2026-11-04T00:00:00+08:00", false},
		{"foi.reply", "2026-12-15T10:00:00+08:00", "2027-01-13T00:00:00+08:00", true},
		{"xf.notify", "2026-02-01T10:00:00+08:00", "2026-02-25T00:00:00+08:00", false},
		{"portal.redline", "2025-07-01T10:00:00+08:00", "2025-10-10T00:00:00+08:00", false},
		{"foi.annual", "2026-01-31T23:00:00+08:00", "2026-02-01T00:00:00+08:00", false},
		{"foi.annual", "2026-02-01T00:00:00+08:00", "2027-02-01T00:00:00+08:00", false},
		{"site.down", "2026-02-13T10:00:00+08:00", "2026-02-20T10:00:00+08:00", false},
	} {
		d, err := limit.Due(mustPreset(t, v.id), mustTime(t, v.from), c)
		if err != nil || !d.At.Equal(mustTime(t, v.want)) || d.Provisional != v.open {
			t.Errorf("%s from %s: %s provisional %v %v, want %s %v", v.id, v.from, d.At, d.Provisional, err, v.want, v.open)
		}
		if counted := d.Calendar != ""; counted != (v.id != "yq.major.first_info" && v.id != "yq.other.respond" && v.id != "foi.annual" && v.id != "site.down") {
			t.Errorf("%s keeps calendar version %q", v.id, d.Calendar)
		}
	}
	if _, err := limit.Due(mustPreset(t, "handover.due"), time.Now(), c); !said(err, "limit.given") {
		t.Errorf("a deadline that comes with the case: %v", err)
	}
}

func said(err error, key string) bool {
	var e *huiying.Error
	return errors.As(err, &e) && e.Key == key
}

func TestExtendAndResume(t *testing.T) {
	c := mustCalendar(t)
	from := mustTime(t, "2026-02-13T09:00:00+08:00")
	d, err := limit.Extend(mustPreset(t, "hotline.handle"), from, 10, c)
	if err != nil || d.At.Format(time.DateOnly) != "2026-03-13" { // 15 working days: the 12th
		t.Errorf("extended to %s %v", d.At, err)
	}
	for _, v := range []struct {
		id  string
		n   int
		key string
	}{
		{"hotline.handle", 11, "limit.extension"}, {"hotline.handle", 0, "limit.extension"}, {"portal.suggest", 9, "limit.extension"},
		{"yq.other.respond", 1, "limit.no_extension"}, {"portal.consult", 1, "limit.no_extension"},
	} {
		if _, err := limit.Extend(mustPreset(t, v.id), from, v.n, c); !said(err, v.key) {
			t.Errorf("%s by %d: %v, want %s", v.id, v.n, err, v.key)
		}
	}
	reply := mustPreset(t, "foi.reply")
	d, err = limit.Due(reply, mustTime(t, "2026-09-01T09:00:00+08:00"), c) // the last day is the 29th
	if err != nil || d.At.Format(time.DateOnly) != "2026-09-30" {
		t.Fatalf("due %s %v", d.At, err)
	}
	pause := limit.Pause{From: mustTime(t, "2026-09-18T15:00:00+08:00"), To: mustTime(t, "2026-09-22T09:00:00+08:00")}
	d, err = limit.Resume(reply, d, pause, c) // the 20th, 21st and 22nd are worked: 30th, 8th, 9th
	if err != nil || d.At.Format(time.DateOnly) != "2026-10-10" {
		t.Errorf("after the pause due %s %v", d.At, err)
	}
	if _, err := limit.Resume(mustPreset(t, "yq.other.respond"), d, pause, c); !said(err, "limit.no_pause") {
		t.Errorf("hours paused: %v", err)
	}
	if _, err := limit.Resume(reply, d, limit.Pause{From: pause.To, To: pause.From}, c); !said(err, "limit.pause") {
		t.Errorf("a pause that runs back: %v", err)
	}
}

func TestWarnings(t *testing.T) {
	c := mustCalendar(t)
	for _, v := range []struct{ id, from, want string }{
		{"yq.other.respond", "2026-02-14T00:00:00+08:00", "2026-02-15T00:00 2026-02-15T14:24"}, // 24 h and 38.4 h of 48 h
		{"portal.redline", "2026-03-02T10:00:00+08:00", "2026-04-01T09:00 2026-05-01T09:00 2026-05-16T09:00"},
		{"media.silence", "2026-03-02T10:00:00+08:00", "2026-03-12T09:00"},
		{"hotline.handle", "2026-02-13T09:00:00+08:00", "2026-02-25T09:00 2026-02-26T09:00"}, // the 3rd and 4th working day of five
		{"hotline.dispatch", "2026-02-13T15:00:00+08:00", "2026-02-14T09:00"},                // the morning of a worked Saturday
		{"foi.annual", "2026-02-01T10:00:00+08:00", ""},
	} {
		p, from := mustPreset(t, v.id), mustTime(t, v.from)
		d, err := limit.Due(p, from, c)
		if err != nil {
			t.Fatal(err)
		}
		list, err := limit.Warnings(p, from, d, c)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, at := range list {
			got = append(got, at.In(c.Zone()).Format("2006-01-02T15:04"))
		}
		if s := strings.Join(got, " "); s != v.want {
			t.Errorf("%s warns at %q, want %q", v.id, s, v.want)
		}
	}
}

func TestOverride(t *testing.T) {
	table, err := limit.Override([]byte(`
presets:
  - {id: hotline.handle, limit: 3 workdays, extend: 0, warn: [2h, 90%], source: 本单位首问负责制}
  - {id: foi.annual, off: true}
  - {id: yq.ack, levels: [orange]}
`))
	if err != nil {
		t.Fatal(err)
	}
	handle, _ := limit.Find(table, "hotline.handle")
	if handle.Limit.String() != "3 workdays" || handle.Extend != 0 || len(handle.Warn) != 2 || handle.Verified != limit.VerifiedLaw || handle.Platforms[0] != "hotline" {
		t.Errorf("changed to %+v", handle)
	}
	if annual, _ := limit.Find(table, "foi.annual"); annual.Holds(limit.Subject{Level: huiying.LevelRed}) {
		t.Error("a limit that is off holds")
	}
	if before := mustPreset(t, "hotline.handle"); before.Limit.N != 5 {
		t.Error("the built-in table was changed")
	}
	if same, err := limit.Override(nil); err != nil || len(same) != len(table) {
		t.Errorf("nothing overridden: %v", err)
	}
}

func TestOverrideSentences(t *testing.T) {
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []struct{ name, text, names string }{
		{"unknown id", "presets: [{id: yq.tea}]", "yq.tea"},
		{"unknown field", "presets: [{id: yq.ack, limt: 5h}]", "limt"},
		{"another list", "rules: []", "rules"},
		{"no YAML", "presets: {", ""},
		{"twice", "presets: [{id: yq.ack}, {id: yq.ack}]", "yq.ack"},
		{"a limit of weeks", "presets: [{id: yq.ack, limit: 2 weeks}]", "2 weeks"},
		{"a negative limit", "presets: [{id: yq.ack, limit: -5h}]", "-5h"},
		{"a window of months", "presets: [{id: site.down, limit: window 2 months}]", "window 2 months"},
		{"hours that pause", "presets: [{id: yq.ack, pausable: true}]", "30m"},
		{"hours extended", "presets: [{id: yq.ack, extend: 5}]", "5"},
		{"a warning of words", "presets: [{id: yq.ack, warn: [soon]}]", "soon"},
		{"a warning too late", "presets: [{id: yq.ack, warn: [120%]}]", "120%"},
		{"a level of none such", "presets: [{id: yq.ack, levels: [purple]}]", "purple"},
		{"a trigger of none such", "presets: [{id: yq.ack, starts: monday}]", "monday"},
		{"met by nothing", "presets: [{id: yq.ack, met_by: ''}]", "met_by"},
		{"met by no action", "presets: [{id: yq.ack, met_by: akc}]", "akc"},
		{"a share over all", "presets: [{id: site.down, share: 101}]", "101"},
		{"verified by hearsay", "presets: [{id: yq.ack, verified: hearsay}]", "hearsay"},
	} {
		_, err := limit.Override([]byte(v.text))
		if huiying.ErrorCode(err) != huiying.Invalid {
			t.Errorf("%s: %v", v.name, err)
			continue
		}
		for _, lang := range []locale.Lang{locale.Chinese, locale.English} {
			if s := words.Sentence(lang, err); !strings.Contains(s, v.names) || strings.Contains(s, "%!") {
				t.Errorf("%s: the sentence does not name %q: %s", v.name, v.names, s)
			}
		}
	}
}

// TestLimitsHold holds for any preset and start: the end lies after the start,
// warnings lie between, an extension never shortens, and a later start never
// ends earlier.
func TestLimitsHold(t *testing.T) {
	c, table := mustCalendar(t), limit.Presets()
	table = slices.DeleteFunc(table, func(p limit.Preset) bool { return p.Limit.Kind == limit.Given })
	first := mustTime(t, "2007-01-01T00:00:00+08:00").Unix()
	last := mustTime(t, "2027-06-30T00:00:00+08:00").Unix()
	rapid.Check(t, func(rt *rapid.T) {
		p := rapid.SampledFrom(table).Draw(rt, "preset")
		from := time.Unix(rapid.Int64Range(first, last).Draw(rt, "from"), 0)
		d, err := limit.Due(p, from, c)
		if err != nil || !d.At.After(from) {
			rt.Fatalf("%s from %s: %s %v", p.ID, from, d.At, err)
		}
		later, err := limit.Due(p, from.Add(time.Duration(rapid.IntRange(0, 90*24*3600).Draw(rt, "later"))*time.Second), c)
		if err != nil || later.At.Before(d.At) {
			rt.Fatalf("%s: a later start ends earlier: %s, %s %v", p.ID, d.At, later.At, err)
		}
		warnings, err := limit.Warnings(p, from, d, c)
		if err != nil || !slices.IsSortedFunc(warnings, time.Time.Compare) {
			rt.Fatalf("%s warns at %v: %v", p.ID, warnings, err)
		}
		for _, at := range warnings {
			if !at.After(from) || !at.Before(d.At) {
				rt.Fatalf("%s warns at %s, outside %s to %s", p.ID, at, from, d.At)
			}
		}
		if p.Extend == 0 {
			return
		}
		n := rapid.IntRange(1, p.Extend).Draw(rt, "extend")
		if longer, err := limit.Extend(p, from, n, c); err != nil || longer.At.Before(d.At) {
			rt.Fatalf("%s extended by %d: %s, was %s %v", p.ID, n, longer.At, d.At, err)
		}
	})
}

// FuzzParse holds that what is read is written and read again alike.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"5h", "7 workdays", "1 day", "3 months", "01-31", "window 7 days", "case", "80%", "02-30", "9999 days"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if l, err := limit.Parse(text); err == nil {
			if again, err := limit.Parse(l.String()); err != nil || again != l {
				t.Fatalf("%q is %+v, written %q is %+v %v", text, l, l, again, err)
			}
		}
		if w, err := limit.ParseWarning(text); err == nil {
			if again, err := limit.ParseWarning(w.String()); err != nil || again != w {
				t.Fatalf("%q is %+v, written %q is %+v %v", text, w, w, again, err)
			}
		}
		if _, err := limit.Override([]byte(text)); err != nil && huiying.ErrorCode(err) != huiying.Invalid {
			t.Fatal(err)
		}
	})
}

// TestGuideListsEveryLimit keeps the table of docs/calendar.md true.
func TestGuideListsEveryLimit(t *testing.T) {
	guide, err := os.ReadFile("../../../docs/calendar.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range limit.Presets() {
		i := strings.Index(string(guide), "| `"+p.ID+"` | ")
		if i < 0 {
			t.Errorf("docs/calendar.md lacks %s", p.ID)
			continue
		}
		row, _, _ := strings.Cut(string(guide[i:]), "\n")
		cells := strings.Split(row, " | ")
		if l, err := limit.Parse(cells[1]); err != nil || l != p.Limit {
			t.Errorf("docs/calendar.md says %s is %s, it is %s (%v)", p.ID, cells[1], p.Limit, err)
		}
		if !strings.Contains(row, "("+p.Verified+")") || !strings.Contains(row, p.Source) || !strings.Contains(row, p.Starts+" → "+p.MetBy) {
			t.Errorf("docs/calendar.md is not true of %s: %s", p.ID, row)
		}
	}
}
