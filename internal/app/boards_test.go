package app

import (
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"huiying/internal/config"
	"huiying/internal/locale"
)

// TestBoardsShowWhatIsMeasured holds the boards of Grafana and the alert rules
// of Prometheus in deploy/ against what the service measures: a name that was
// changed here would leave a panel empty, and an alert silent, for ever.
func TestBoardsShowWhatIsMeasured(t *testing.T) {
	t.Parallel()
	measured := metricsOf(t)
	files, err := filepath.Glob("../../deploy/grafana/*.json")
	if err != nil || len(files) < 2 {
		t.Fatalf("%v: %v", files, err)
	}
	used := map[string]bool{}
	for _, path := range append(files, "../../deploy/prometheus/alerts.yml") {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Ext(path) == ".json" && !json.Valid(raw) {
			t.Errorf("%s is not JSON", path)
		}
		for _, name := range regexp.MustCompile(`\bhuiying_[a-z_]+\b`).FindAllString(string(raw), -1) {
			for _, part := range []string{"_bucket", "_count", "_sum"} {
				if base, ok := strings.CutSuffix(name, part); ok && measured[base] {
					name = base
				}
			}
			used[name] = true
			if !measured[name] {
				t.Errorf("%s asks for %s, which nothing measures", filepath.Base(path), name)
			}
		}
	}
	if len(used) < 20 {
		t.Errorf("only %d measures are looked at", len(used))
	}
}

// metricsOf starts a whole service and lists what it registered.
func metricsOf(t *testing.T) map[string]bool {
	t.Helper()
	path := filepath.Join(t.TempDir(), "huiying.yaml")
	if err := os.WriteFile(path, []byte("data: data\nlisten: 127.0.0.1:0\nsources: [{id: desk, kind: intake, options: {platform: hotline}}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	a, err := New(Options{Config: c, Words: words, OwnURL: true, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Stop() })
	descs := make(chan *prometheus.Desc)
	go func() { a.registry.Describe(descs); close(descs) }()
	out := map[string]bool{}
	name := regexp.MustCompile(`fqName: "([^"]+)"`)
	for d := range descs {
		if m := name.FindStringSubmatch(d.String()); m != nil {
			out[m[1]] = true
		}
	}
	return out
}
