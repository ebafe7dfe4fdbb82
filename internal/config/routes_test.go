package config_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/config"
	"huiying/notifier/route"
)

const office = `
units: [{id: u-roads}, {id: u-empty}]
channels: [{id: roads-robot, kind: webhook, url: "https://example.org/h"}]
users:
  - {id: duty, roles: [officer], contacts: [{channel: roads-robot}]}
  - {id: director, roles: [manager], contacts: [{channel: roads-robot}]}
  - {id: roads, unit: u-roads, roles: [responder], contacts: [{channel: roads-robot}]}
  - {id: deaf, roles: [manager]}
`

// yaml is the text of the first example of a guide, or of the commented section
// of the sample.
func example(t *testing.T, file, begin, end, prefix string) string {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, after, ok := strings.Cut(string(raw), begin)
	text, _, ok2 := strings.Cut(after, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no example", file)
	}
	var b strings.Builder
	for line := range strings.Lines("routes:" + text) {
		b.WriteString(strings.TrimPrefix(line, prefix))
	}
	return b.String()
}

// What the guide and the sample show is a tree that is read as they say.
func TestExamples(t *testing.T) {
	for name, text := range map[string]string{
		"guide":  example(t, "../../docs/routes.md", "```yaml\nroutes:", "```", ""),
		"sample": example(t, "../../deploy/huiying.yaml", "\n# routes:", "\n\n", "# "),
	} {
		c, err := config.Parse(name, []byte(office+text))
		if err != nil {
			t.Fatalf("%s: %s", name, sentence(t, err))
		}
		tree, err := route.New(c.Routes.Root(), c.Routes.Inhibitions(), route.Clock{Zone: time.UTC})
		if err != nil {
			t.Fatal(err)
		}
		red := tree.Branches(huiying.AlertFacts{Level: huiying.LevelRed})
		if red[0].Path != "root/red" || red[0].Repeat.Every != 15*time.Minute || red[0].Repeat.Most != 8 {
			t.Errorf("%s: red takes %+v", name, red)
		}
		q := tree.Questions(huiying.AlertFacts{Level: huiying.LevelBlue, Topic: "t-1", At: time.Unix(1e9, 0)})
		if len(q) != 1 || q[0].Topic != "t-1" || !q[0].Since.Equal(time.Unix(1e9, 0).Add(-24*time.Hour)) {
			t.Errorf("%s: inhibitions ask %+v", name, q)
		}
		night := time.Date(2026, 11, 23, 23, 0, 0, 0, time.UTC)
		for _, b := range tree.Branches(huiying.AlertFacts{Level: huiying.LevelBlue, At: night}) {
			if until := tree.MutedUntil(b, huiying.LevelBlue, night); !until.Equal(night.Add(8 * time.Hour)) {
				t.Errorf("%s: blue is muted until %v", name, until)
			}
		}
	}
}

// Each warning stands at its place, and a sound tree has none.
// A level whose cases nobody climbs is said before one is opened.
func TestEscalationWarnings(t *testing.T) {
	const step = "steps: [{after: 5m, to: [duty]}]}"
	for _, c := range []struct{ escalations, want string }{
		{"", ""}, // the built-in ones
		{"escalations: [{id: all, levels: [red, orange], " + step + "]", ""},
		{"escalations: [{id: red, levels: [red], " + step + "]", "ladder.finding.no_policy"},
		{"escalations: [{id: roads, levels: [red, orange], units: [u-roads], " + step + "]", "ladder.finding.no_policy ladder.finding.no_policy"},
	} {
		parsed, err := config.Parse("f.yaml", []byte(office+c.escalations))
		if err != nil {
			t.Fatalf("%s: %s", c.escalations, sentence(t, err))
		}
		var got []string
		for _, w := range parsed.EscalationWarnings() {
			if said := sentence(t, w); !strings.HasPrefix(said, "f.yaml:9:") {
				t.Errorf("%s: where? %s", c.escalations, said)
			}
			got = append(got, keyOf(w))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v", c.escalations, got)
		}
	}
}

func TestRouteWarnings(t *testing.T) {
	for _, c := range []struct{ routes, want string }{
		{"routes: {to: [rules, duty]}", ""},
		{"routes: {to: []}", "route.no_receiver route.no_policy"},
		{"routes: {to: [deaf]}", "route.no_channel"},
		{"routes: {to: [u-empty, u-roads, roads-robot]}", "route.no_channel"},
		{"routes: {to: [nobody]}", "route.nobody_red route.no_policy"},
		{"routes: {to: [nobody], children: [{match: {levels: [red]}, to: [duty]}]}", "route.no_policy"},
		{"routes: {to: [duty], children: [{match: {levels: [blue]}, to: [nobody]}]}", "route.no_policy"},
		{"routes: {to: [duty], children: [{match: {levels: [blue], hours: [sat]}, to: [nobody]}]}", ""},
		{"routes: {children: [{match: {levels: [red, blue]}}, {name: b, match: {levels: [blue], units: [u-roads]}}]}", "route.unreachable"},
		{"routes: {children: [{match: {levels: [red, blue]}, continue: true}, {match: {levels: [blue]}}]}", ""},
		{"routes: {children: [{match: {units: [u-roads]}}, {match: {levels: [blue]}}]}", ""},
		{"routes: {mute: [{levels: [red], hours: [sat], red: true}]}", "route.mutes_red"},
		{"routes: {mute: [{levels: [blue], hours: ['00:00-24:00']}]}", "route.mute_endless"},
		{"routes: {mute: [{levels: [blue], hours: ['08:00-20:00']}, {hours: ['20:00-08:00']}]}", "route.mute_endless"},
		{"routes: {mute: [{levels: [blue], hours: ['08:00-20:00']}, {levels: [yellow], hours: ['20:00-08:00']}]}", ""},
		{"routes: {to: ['duty:main']}", ""},
		{"routes: {to: ['duty:typo']}", "route.no_roster"},
		{"routes: {group: {by: topic, wait: 5m, red: true}}", "route.group_red"},
		{"routes: {inhibit: [{source: {levels: [red]}, target: {levels: [red]}, equal: [topic]}]}", "route.inhibits_red"},
		{"routes: {children: [{match: {rules: [r-gone]}}, {match: {places: [城南街道]}}]}", "route.no_rule route.no_place"},
		{"routes: {children: [{match: {rules: [r-queue]}}, {match: {places: [城东街道]}}]}", ""},
	} {
		parsed, err := config.Parse("f.yaml", []byte(office+c.routes))
		if err != nil {
			t.Fatalf("%s: %s", c.routes, sentence(t, err))
		}
		var got []string
		for _, w := range parsed.RouteWarnings(config.RouteNames{Rules: []string{"r-queue"}, Places: []string{"城东街道"}, Rosters: []string{"main"}, Hears: parsed.Hears}) {
			said := sentence(t, w)
			if !strings.HasPrefix(said, "f.yaml:9:") {
				t.Errorf("%s: where? %s", c.routes, said)
			}
			got = append(got, keyOf(w))
		}
		seen := strings.Join(unique(got), " ")
		if seen != c.want {
			t.Errorf("%s: warns %q, want %q", c.routes, seen, c.want)
		}
	}
}

// Browsers reach nobody surely: who is told of red alerts over them alone is
// named, and no other.
func TestBrowsersAloneAreWarnedOf(t *testing.T) {
	file := `
channels:
  - {id: browser, kind: webpush, from: duty@office.example}
  - {id: mail, kind: email, host: mail.example, from: duty@office.example}
users:
  - {id: lin, roles: [officer], contacts: [{channel: browser}]}
  - {id: wu, roles: [officer], contacts: [{channel: browser}, {channel: mail, address: wu@office.example}]}
routes: {to: [wu], children: [{match: {levels: [red]}, to: [%s]}, {match: {levels: [blue]}, to: [lin]}]}
`
	for to, want := range map[string]string{"lin": "route.only_browsers", "wu": "", "mail": "route.no_channel"} {
		c, err := config.Parse("f.yaml", []byte(strings.Replace(file, "%s", to, 1)))
		if err != nil {
			t.Fatalf("%s: %s", to, sentence(t, err))
		}
		var got []string
		for _, w := range c.RouteWarnings(config.RouteNames{Hears: c.Hears, Surely: c.HearsSurely}) {
			got = append(got, keyOf(w))
		}
		if strings.Join(unique(got), " ") != want {
			t.Errorf("red to %s: %v, want %q", to, got, want)
		}
	}
	for _, c := range []struct{ file, want string }{
		{"channels: [{id: b, kind: webpush}]", "config.webpush_needs"},
		{"channels: [{id: b, kind: webpush}]\npublic_url: http://hy.example", "config.webpush_needs"},
		{"channels: [{id: b, kind: webpush, from: a@office.example}, {id: c, kind: webpush, from: a@office.example}]", "config.webpush_once"},
		{"channels: [{id: b, kind: webpush}]\npublic_url: https://hy.example", ""},
	} {
		_, err := config.Parse("f.yaml", []byte(c.file))
		if said := sentence(t, err); (c.want == "") != (err == nil) || c.want != "" && !strings.Contains(said, "webpush") {
			t.Errorf("%s: %v", c.file, said)
		}
	}
}

// keyOf is the key of the sentence within a sentence with its place.
func keyOf(err error) string {
	e, ok := err.(*huiying.Error) //nolint:errorlint // made by Errorf itself
	if !ok {
		return err.Error()
	}
	for _, a := range e.Args {
		if inner, ok := a.(*huiying.Error); ok {
			return inner.Key
		}
	}
	return e.Key
}

func unique(list []string) []string {
	var out []string
	for _, s := range list {
		if len(out) == 0 || out[len(out)-1] != s {
			out = append(out, s)
		}
	}
	return out
}

// Routes to be tried are checked against the people of the configuration, and
// hold routes alone.
func TestParseRoutes(t *testing.T) {
	c, err := config.Parse("f.yaml", []byte(office))
	if err != nil {
		t.Fatal(sentence(t, err))
	}
	tried, err := c.ParseRoutes("try.yaml", []byte("routes: {to: [director]}\n"))
	if err != nil || tried.Routes.To[0] != "director" || c.Routes.To[0] != "rules" {
		t.Errorf("%v %v %v", tried.Routes, c.Routes, err)
	}
	for text, want := range map[string]string{
		"routes: {to: [nobody-known]}\n": `try.yaml:1:15 routes.to[0]: "nobody-known" is the id of no unit`,
		"users: []\n":                    `Unknown key "users"`,
		"routes: [\n":                    "try.yaml:",
	} {
		if _, err := c.ParseRoutes("try.yaml", []byte(text)); err == nil || !strings.Contains(sentence(t, err), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Somebody can be told only over a channel that is there, and by an address
// where the channel needs one.
func TestHears(t *testing.T) {
	c := config.Config{
		Channels: []config.Channel{{ID: "robot", Kind: "feishu"}, {ID: "sms", Kind: "sms"}, {ID: "mail", Kind: "email"}, {ID: "app", Kind: "wecom-app"}},
		Users: []config.User{
			{ID: "robot-only", Contacts: []config.Contact{{Channel: "robot"}}},
			{ID: "gone", Contacts: []config.Contact{{Channel: "pigeon", Address: "+1"}}},
			{ID: "no-number", Contacts: []config.Contact{{Channel: "sms"}, {Channel: "mail"}, {Channel: "app"}}},
			{ID: "number", Unit: "u-hall", Roles: []huiying.Role{huiying.RoleResponder}, Contacts: []config.Contact{{Channel: "pigeon"}, {Channel: "sms", Address: "+1"}}},
		},
	}
	for id, want := range map[string]bool{
		"robot-only": true, "gone": false, "no-number": false, "number": true, "u-hall": true, "robot": true, "sms": false, "mail": false, "": false,
	} {
		if c.Hears(id) != want {
			t.Errorf("%q is heard: %v", id, !want)
		}
	}
	var said []string
	for _, w := range c.ContactWarnings() {
		said = append(said, keyOf(w))
	}
	if strings.Join(said, " ") != "route.contact_address route.contact_address route.contact_address" {
		t.Errorf("warns %v", said)
	}
}
