package app

import (
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"huiying/internal/app/outcomes"
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
	for _, figure := range outcomes.SeriesFigures() {
		if raw, err := os.ReadFile("../../deploy/grafana/response.json"); err != nil || !strings.Contains(string(raw), `figure=\"`+figure+`\"`) {
			if figure != "response_rate" && figure != "closing_rate" { // shares of what is open, not of what is late
				t.Errorf("no panel shows %s: %v", figure, err)
			}
		}
	}
}

// TestBoardsAskForLabelsThatAre holds what panels and rules choose and sum by
// against the labels of the series, and the figures they name against those
// that are counted: a wrong one is an empty panel as well.
func TestBoardsAskForLabelsThatAre(t *testing.T) {
	t.Parallel()
	measured := labelsOf(t)
	asked := 0
	for _, path := range []string{"../../deploy/grafana/response.json", "../../deploy/grafana/pipeline.json", "../../deploy/prometheus/alerts.yml"} {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(raw), `\"`, `"`)
		for _, m := range regexp.MustCompile(`(?m)(huiying_[a-z_]+)\{([^}]*)\}`).FindAllStringSubmatch(text, -1) {
			for _, pair := range regexp.MustCompile(`([a-z_]+)[!=]~?"([^"]*)"`).FindAllStringSubmatch(m[2], -1) {
				asked++
				if !slices.Contains(measured[m[1]], pair[1]) {
					t.Errorf("%s asks %s for its %s; it has %v", filepath.Base(path), m[1], pair[1], measured[m[1]])
				}
				if pair[1] == "figure" && !slices.Contains(outcomes.SeriesFigures(), pair[2]) {
					t.Errorf("%s asks for %s, which is not counted", filepath.Base(path), pair[2])
				}
			}
		}
		for _, m := range regexp.MustCompile(`by \(([a-z_, ]+)\) \((?:rate|increase)?\(?(huiying_[a-z_]+)`).FindAllStringSubmatch(text, -1) {
			for label := range strings.SplitSeq(m[1], ",") {
				asked++
				if label = strings.TrimSpace(label); !slices.Contains(measured[m[2]], label) {
					t.Errorf("%s sums %s by %s; it has %v", filepath.Base(path), m[2], label, measured[m[2]])
				}
			}
		}
	}
	if asked < 60 {
		t.Errorf("only %d labels are looked at", asked)
	}
}

// labelsOf are the labels of every series, those of a histogram under each of
// its names.
func labelsOf(t *testing.T) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for desc := range descsOf(t) {
		m := regexp.MustCompile(`fqName: "([^"]+)".*variableLabels: \{([^}]*)\}`).FindStringSubmatch(desc)
		if m == nil {
			continue
		}
		labels := strings.Split(m[2], ",")
		for _, part := range []string{"", "_count", "_sum"} {
			out[m[1]+part] = labels
		}
		out[m[1]+"_bucket"] = append(slices.Clone(labels), "le")
	}
	return out
}

// metricsOf lists what a whole service registered.
func metricsOf(t *testing.T) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	name := regexp.MustCompile(`fqName: "([^"]+)"`)
	for desc := range descsOf(t) {
		if m := name.FindStringSubmatch(desc); m != nil {
			out[m[1]] = true
		}
	}
	return out
}

// descsOf starts a whole service and lists what it says of its series.
func descsOf(t *testing.T) map[string]bool {
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
	for d := range descs {
		out[d.String()] = true
	}
	return out
}
