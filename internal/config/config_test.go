package config_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"huiying/internal/config"
	"huiying/internal/locale"
	"huiying/notifier/casework/limit"
)

func sentence(t *testing.T, err error) string {
	t.Helper()
	c, loadErr := locale.Load()
	if loadErr != nil {
		t.Fatal(loadErr)
	}
	return c.Sentence(locale.English, err)
}

// Every fixture under testdata/bad begins with "# want: <sentence>" lines, and
// each must be among what Load says, and nothing else.
func TestMistakes(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for line := range strings.Lines(string(raw)) {
				if w, ok := strings.CutPrefix(line, "# want: "); ok {
					want = append(want, file+strings.TrimSpace(w))
				}
			}
			_, err = config.Load(file)
			if err == nil {
				t.Fatal("no mistake was found")
			}
			got := sentence(t, err)
			for _, w := range want {
				if !strings.Contains(got, w) {
					t.Errorf("missing: %s\ngot:\n%s", w, got)
				}
			}
			if n := strings.Count(got, "\n") + 1; n != len(want) {
				t.Errorf("%d sentences, want %d:\n%s", n, len(want), got)
			}
		})
	}
}

func TestLoad(t *testing.T) {
	t.Setenv("HOOK_SECRET", "s3cret")
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("rules.yaml", "rules: []\n")
	write("key", "0123456789abcdef0123456789abcdef\n")
	path := write("huiying.yaml", `
office: {name: 示范中心, time_zone: Asia/Shanghai}
data: state
bus: {sync: always, duplicate_window: 1s}
record: {key_file: key}
rules: [rules.yaml]
units: [{id: u-hall, name: 大厅}]
channels: [{id: hook, kind: webhook, url: "http://127.0.0.1:1/x", secret: "${HOOK_SECRET}"}]
users: [{id: wang, unit: u-hall, roles: [responder], contacts: [{channel: hook}]}]
notifier: {default: [u-hall]}
sources:
  - id: letters
    kind: portal
    base_url: http://127.0.0.1:2
    every: 10s
    register: {basis: 协议, reference: A-1, holder: 办公室, expires: 2027-12-31}
    options: {profile: beijing-letters, pages: 2}
`)
	c, err := config.Load(path)
	if err != nil {
		t.Fatal(sentence(t, err))
	}
	if c.Data != filepath.Join(dir, "state") || c.Record.Key != "0123456789abcdef0123456789abcdef" || c.Channels[0].Secret != "s3cret" {
		t.Errorf("paths and secrets: %q %q %q", c.Data, string(c.Record.Key), string(c.Channels[0].Secret))
	}
	zone, err := c.Zone()
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.Sources[0].Definition(zone)
	if err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2028, 1, 1, 0, 0, 0, 0, zone); !s.Register.Expires.Equal(want) {
		t.Errorf("register expires %v, want %v", s.Register.Expires, want)
	}
	if got := string(s.Options); got != `{"pages":2,"profile":"beijing-letters"}` {
		t.Errorf("options %s", got)
	}
}

func TestEmptyFileIsTheDefault(t *testing.T) {
	c, err := config.Parse("x.yaml", []byte("# nothing yet\n"))
	if err != nil {
		t.Fatal(sentence(t, err))
	}
	if c.Listen != "127.0.0.1:8420" {
		t.Errorf("listen %q", c.Listen)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("office: {name: x}\n"))
	f.Add([]byte("sources: [{id: a, kind: weibo, options: {accounts: ['1']}}]"))
	f.Add([]byte("bus: &a\n  sync: *a"))
	f.Add([]byte("? - : ["))
	f.Fuzz(func(_ *testing.T, raw []byte) {
		_, _ = config.Parse("f.yaml", raw) // must not panic
	})
}

// What the office changes of the time limits is read, and what it does not say
// stays as it is built in.
func TestPresets(t *testing.T) {
	file := filepath.Join(t.TempDir(), "huiying.yaml")
	text := `
presets:
  - {id: hotline.handle, limit: 3 workdays, extend: 5, source: 本单位首问负责制, warn: [50%]}
  - {id: foi.annual.government, off: false}
  - {id: yq.ack, levels: [orange]}
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(file)
	if err != nil {
		t.Fatal(sentence(t, err))
	}
	table, err := limit.Apply(limit.Presets(), c.Presets)
	if err != nil {
		t.Fatal(err)
	}
	find := func(table []limit.Preset, id string) limit.Preset { p, _ := limit.Find(table, id); return p }
	want := find(limit.Presets(), "hotline.handle")
	want.Limit, want.Extend, want.Source, want.Warn = limit.Limit{Kind: limit.Workdays, N: 3}, 5, "本单位首问负责制", []limit.Warning{{Percent: 50}}
	if got := find(table, "hotline.handle"); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if find(table, "foi.annual.government").Off || len(find(table, "yq.ack").Levels) != 1 {
		t.Error("a limit stays off, or holds for other levels than the office says")
	}
}
