// Package deploy_test reads the files of this folder as the programs that take
// them do, and holds them against the binary: every command line, flag, target,
// port and setting that stands in one exists, every image has its version, and
// nothing runs unbounded, as root, or on a root that can be written.
package deploy_test

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/goccy/go-yaml"

	"huiying/internal/app"
	"huiying/internal/config"
	"huiying/internal/locale"
)

// node is a mapping of a document.
type node = map[string]any

// at follows keys and indexes; nil where there is nothing.
func at(n any, path ...any) any {
	for _, p := range path {
		switch key := p.(type) {
		case string:
			m, _ := n.(node)
			n = m[key]
		case int:
			l, _ := n.([]any)
			if key >= len(l) {
				return nil
			}
			n = l[key]
		}
	}
	return n
}

func list(n any) []any { l, _ := n.([]any); return l }

func words(n any) []string {
	var out []string
	for _, one := range list(n) {
		out = append(out, fmt.Sprint(one))
	}
	return out
}

// documents reads every document of a file.
func documents(t *testing.T, file string) []node {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []node
	for d := yaml.NewDecoder(f); ; {
		var n node
		if err := d.Decode(&n); errors.Is(err, io.EOF) {
			return out
		} else if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if n != nil {
			out = append(out, n)
		}
	}
}

// settings are those of cluster.yaml, with a key where it names one.
func settings(t *testing.T) config.Config {
	t.Helper()
	dir := t.TempDir()
	raw, err := os.ReadFile("cluster.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(raw), keyFile, "master.key", 1)
	if text == string(raw) {
		t.Errorf("cluster.yaml does not take its key from %s", keyFile)
	}
	rules, err := os.ReadFile("rules.yaml")
	for name, body := range map[string]string{"huiying.yaml": text, "master.key": strings.Repeat("k", 64), "rules.yaml": string(rules)} {
		if err := errors.Join(err, os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	c, err := config.Load(filepath.Join(dir, "huiying.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Where every process finds its files.
const (
	configFile = "/etc/huiying/huiying.yaml"
	keyFile    = "/etc/huiying-key/master.key"
	dataFolder = "/var/lib/huiying"
)

// runs checks a command line of the binary and gives its targets.
func runs(t *testing.T, where string, args []string) []string {
	t.Helper()
	if len(args) == 0 {
		t.Errorf("%s: no command", where)
		return nil
	}
	known := flags(t, args[0])
	given := map[string]string{}
	for i := 1; i+1 < len(args); i += 2 {
		if !slices.Contains(known, args[i]) {
			t.Errorf("%s: huiying %s has no %s", where, args[0], args[i])
		}
		given[args[i]] = args[i+1]
	}
	if len(args)%2 == 0 {
		t.Errorf("%s: %v are no flags with values", where, args)
	}
	if args[0] != "run" {
		return nil
	}
	if given["--config"] != configFile {
		t.Errorf("%s: reads %s", where, given["--config"])
	}
	if l := given["--listen"]; l != "" && l != "0.0.0.0:8420" {
		t.Errorf("%s: listens on %s", where, l)
	}
	if given["--target"] == "" {
		return []string{"all"}
	}
	// The program itself says whether such a process can be.
	catalogue, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := app.New(app.Options{Config: settings(t), Targets: []string{given["--target"]}, Words: catalogue}); err != nil {
		t.Errorf("%s: %v", where, err)
	}
	return strings.Split(given["--target"], ",")
}

// asked keeps what the binary said: it takes a while to start.
var asked sync.Map

// flags are those that the built binary lists for a command.
func flags(t *testing.T, command string) []string {
	t.Helper()
	if known, ok := asked.Load(command); ok {
		return known.([]string)
	}
	binary := filepath.Join("..", "bin", "huiying")
	if _, err := os.Stat(binary); err != nil {
		t.Skip("bin/huiying is not built: run make build (make test does)")
	}
	out, err := exec.Command(binary, command, "--help").Output()
	if err != nil {
		t.Fatalf("huiying %s --help: %v", command, err)
	}
	found := regexp.MustCompile(`--[a-z-]+`).FindAllString(string(out), -1)
	asked.Store(command, found)
	return found
}

// pinned wants a whole version, or a digest.
func pinned(t *testing.T, where, image string) {
	t.Helper()
	if !regexp.MustCompile(`(:v?\d+\.\d+\.\d+[a-z0-9.-]*|:bookworm-\d{8}-slim|@sha256:[0-9a-f]{64})$`).MatchString(image) {
		t.Errorf("%s: %q is not pinned", where, image)
	}
}

// Every target stands somewhere, and those of the design as often as they should.
func counted(t *testing.T, where string, got map[string]int, want map[string]int) {
	t.Helper()
	if !maps.Equal(got, want) {
		t.Errorf("%s: %v, want %v", where, got, want)
	}
}

func TestCompose(t *testing.T) {
	c := documents(t, "compose.yaml")[0]
	services, _ := at(c, "services").(node)
	count := map[string]int{}
	for name, s := range services {
		image := fmt.Sprint(at(s, "image"))
		pinned(t, name, image)
		user := fmt.Sprint(at(s, "user"))
		if at(s, "read_only") != true || !slices.Equal(words(at(s, "cap_drop")), []string{"ALL"}) || !slices.Equal(words(at(s, "security_opt")), []string{"no-new-privileges:true"}) ||
			!regexp.MustCompile(`^[1-9]\d*:[1-9]\d*$`).MatchString(user) {
			t.Errorf("%s is not confined: read_only %v, cap_drop %v, security_opt %v, user %s", name, at(s, "read_only"), at(s, "cap_drop"), at(s, "security_opt"), user)
		}
		for _, bound := range []string{"mem_limit", "cpus", "pids_limit", "restart"} {
			if at(s, bound) == nil {
				t.Errorf("%s has no %s", name, bound)
			}
		}
		for _, never := range []string{"privileged", "network_mode", "pid", "ipc", "cap_add", "devices"} {
			if at(s, never) != nil {
				t.Errorf("%s has %s", name, never)
			}
		}
		for _, p := range words(at(s, "ports")) {
			if !strings.HasPrefix(p, "127.0.0.1:") {
				t.Errorf("%s opens %s to everybody", name, p)
			}
		}
		named(t, c, name, s)
		if !strings.HasPrefix(image, "huiying:") {
			count[strings.Split(filepath.Base(image), ":")[0]]++
			continue
		}
		for _, target := range runs(t, name, words(at(s, "command"))) {
			count[target]++
		}
		health := words(at(s, "healthcheck", "test"))
		if len(health) < 3 || health[0] != "CMD" || health[1] != "/usr/bin/huiying" {
			t.Errorf("%s: health is %v", name, health)
			continue
		}
		runs(t, name, health[2:])
	}
	counted(t, "compose", count, map[string]int{"nats": 3, "crawler": 2, "analyzer": 2, "notifier": 1, "web": 1, "prometheus": 1, "grafana": 1})
}

// named checks that what a service takes is there.
func named(t *testing.T, c node, name string, s any) {
	t.Helper()
	for _, v := range words(at(s, "volumes")) {
		volume, _, _ := strings.Cut(v, ":")
		if _, there := at(c, "volumes").(node)[volume]; !there {
			t.Errorf("%s: there is no volume %s", name, volume)
		}
	}
	for _, one := range list(at(s, "configs")) {
		file, _ := at(c, "configs", fmt.Sprint(at(one, "source")), "file").(string)
		if _, err := os.Stat(file); err != nil {
			t.Errorf("%s: %v: %v", name, one, err)
		}
	}
	for _, one := range list(at(s, "secrets")) {
		secret := fmt.Sprint(one)
		if m, ok := one.(node); ok {
			secret = fmt.Sprint(m["source"])
			if m["target"] != keyFile {
				t.Errorf("%s: the key goes to %v", name, m["target"])
			}
		}
		if at(c, "secrets", secret, "file") == nil {
			t.Errorf("%s: there is no secret %s", name, secret)
		}
	}
	needs, _ := at(s, "depends_on").(node)
	for other := range needs {
		if at(c, "services", other, "healthcheck") == nil {
			t.Errorf("%s waits for the health of %s, which says nothing of it", name, other)
		}
	}
}

// Prometheus asks every process, and only those.
func TestScraped(t *testing.T) {
	c := documents(t, "compose.yaml")[0]
	var want []string
	for name, s := range at(c, "services").(node) {
		if strings.HasPrefix(fmt.Sprint(at(s, "image")), "huiying:") {
			want = append(want, name+":8420")
		}
	}
	got := words(at(documents(t, "compose/prometheus.yml")[0], "scrape_configs", 0, "static_configs", 0, "targets"))
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// The bus of cluster.yaml is that of nats-cluster.conf and of the names that
// compose and Kubernetes give.
func TestBus(t *testing.T) {
	raw, err := os.ReadFile("nats-cluster.conf")
	if err != nil {
		t.Fatal(err)
	}
	c := documents(t, "compose.yaml")[0]
	hosts := regexp.MustCompile(`nats://huiying:REPLACE-ME@(nats-\d):4222`).FindAllStringSubmatch(settings(t).Bus.URL, -1)
	if len(hosts) != 3 {
		t.Fatalf("%v", hosts)
	}
	services := map[string]bool{}
	for _, d := range documents(t, "kubernetes/nats.yaml") {
		if d["kind"] == "Service" {
			services[fmt.Sprint(at(d, "metadata", "name"))] = at(d, "spec", "ports", 0, "port") == uint64(4222)
		}
	}
	for _, h := range hosts {
		if !strings.Contains(string(raw), "@"+h[1]+":6222") || at(c, "services", h[1], "environment", "NATS_NAME") != h[1] || !services[h[1]] {
			t.Errorf("%s is not a server everywhere", h[1])
		}
	}
	for _, line := range []string{`listen: "0.0.0.0:4222"`, `http: "127.0.0.1:8222"`, `listen: "0.0.0.0:6222"`, `store_dir: "/var/lib/nats"`, "$NATS_NAME"} {
		if !strings.Contains(string(raw), line) {
			t.Errorf("nats-cluster.conf does not say %s", line)
		}
	}
}

func TestContainerfile(t *testing.T) {
	raw, err := os.ReadFile("Containerfile")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^FROM (\S+)`).FindAllStringSubmatch(string(raw), -1) {
		pinned(t, "Containerfile", m[1])
	}
	last := string(raw)[strings.LastIndex(string(raw), "\nFROM "):]
	for _, line := range []string{"\nUSER 10001:10001\n", "\nEXPOSE 8420\n", "\nVOLUME " + dataFolder + "\n", `ENTRYPOINT ["/usr/bin/huiying"]`, "\nSTOPSIGNAL SIGTERM\n"} {
		if !strings.Contains(last, line) {
			t.Errorf("the image does not say %q", line)
		}
	}
	for _, after := range []string{`HEALTHCHECK [^\n]*CMD \["/usr/bin/huiying", (.*)\]`, `\nCMD \[(.*)\]`} {
		m := regexp.MustCompile(after).FindStringSubmatch(last)
		if m == nil {
			t.Errorf("the image has no %s", after)
			continue
		}
		runs(t, "Containerfile", strings.Split(strings.ReplaceAll(m[1], `"`, ""), ", "))
	}
}

// The release is packed by what the Makefile has, checked for what is known, and
// every step of it has its version.
func TestRelease(t *testing.T) {
	raw, err := os.ReadFile("../.github/workflows/release.yml")
	if err != nil {
		t.Fatal(err)
	}
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	w := documents(t, "../.github/workflows/release.yml")[0]
	if p, ok := w["permissions"].(node); !ok || len(p) != 0 {
		t.Errorf("permissions of the workflow: %v", w["permissions"])
	}
	for _, s := range list(at(w, "jobs", "release", "steps")) {
		if uses, ok := at(s, "uses").(string); ok && !regexp.MustCompile(`@(v\d+\.\d+\.\d+|[0-9a-f]{40})$`).MatchString(uses) {
			t.Errorf("%s is not pinned", uses)
		}
	}
	for _, m := range regexp.MustCompile(`make ([a-z]+)`).FindAllStringSubmatch(string(raw), -1) {
		if !strings.Contains(string(makefile), "\n"+m[1]+":") {
			t.Errorf("there is no make %s", m[1])
		}
	}
	for _, what := range []string{"govulncheck@v", "sbom.cdx.json", "SHA256SUMS", "make check", "make bundle"} {
		if !strings.Contains(string(raw), what) {
			t.Errorf("the release does without %s", what)
		}
	}
}
