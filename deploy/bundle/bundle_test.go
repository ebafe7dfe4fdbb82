package main

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// staticBinary is a small binary that needs no library, for what does not
// depend on which one it is.
func staticBinary(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	source := filepath.Join(dir, "main.go")
	if err := os.WriteFile(source, []byte("package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"huiying dev\") }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "build", "-o", filepath.Join(dir, "huiying"), source)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return filepath.Join(dir, "huiying")
}

// unpack packs a binary and unpacks the archive, and gives the folder.
func unpack(t *testing.T, binary string) string {
	t.Helper()
	name, err := pack(options{Binary: binary, Tree: "../..", Version: "v0", Out: t.TempDir(), At: time.Unix(1, 0)})
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return filepath.Join(dir, strings.TrimSuffix(filepath.Base(name), ".tar.gz"))
		}
		if err != nil || !filepath.IsLocal(h.Name) {
			t.Fatal(h, err)
		}
		at := filepath.Join(dir, h.Name)
		body, err := io.ReadAll(r)
		if err := errors.Join(err, os.MkdirAll(filepath.Dir(at), 0o755), os.WriteFile(at, body, os.FileMode(h.Mode))); err != nil {
			t.Fatal(err)
		}
	}
}

func installed(dir string, args ...string) (string, error) {
	out, err := exec.Command("sh", append([]string{filepath.Join(dir, "install.sh")}, args...)...).CombinedOutput()
	return string(out), err
}

// What was changed, lost or added after packing is found, and nothing is
// installed then.
func TestInstallRefuses(t *testing.T) {
	whole := unpack(t, staticBinary(t))
	if out, err := installed(whole, "--check"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range []string{"docs/operations.md", "docs/decisions/README.md", "deploy/huiying.service", "deploy/huiying.yaml", "sbom.cdx.json", "SHA256SUMS"} {
		if _, err := os.Stat(filepath.Join(whole, name)); err != nil {
			t.Error(err)
		}
	}
	for name, do := range map[string]func(string) error{
		"changed": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "bin/huiying"), []byte("another"), 0o755)
		},
		"lost":    func(dir string) error { return os.Remove(filepath.Join(dir, "docs/operations.md")) },
		"added":   func(dir string) error { return os.WriteFile(filepath.Join(dir, "deploy/more.yaml"), nil, 0o644) },
		"link":    func(dir string) error { return os.Symlink("/etc/passwd", filepath.Join(dir, "deploy/more.yaml")) },
		"no sums": func(dir string) error { return os.Remove(filepath.Join(dir, "SHA256SUMS")) },
		"torn sums": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "SHA256SUMS"), []byte("0000  bin/huiying\n"), 0o644)
		},
	} {
		dir, prefix := filepath.Join(t.TempDir(), "b"), t.TempDir()
		if err := errors.Join(os.CopyFS(dir, os.DirFS(whole)), do(dir)); err != nil {
			t.Fatal(err)
		}
		if out, err := installed(dir, "--prefix", prefix); err == nil {
			t.Errorf("%s: installed\n%s", name, out)
		}
		if left, err := os.ReadDir(prefix); len(left) > 0 || err != nil {
			t.Errorf("%s: left %v, %v", name, left, err)
		}
	}
	prefix := t.TempDir()
	for range 2 { // over itself
		if out, err := installed(whole, "--prefix", prefix); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	if out, err := exec.Command(filepath.Join(prefix, "bin/huiying"), "--version").Output(); err != nil || string(out) != "huiying dev\n" {
		t.Errorf("%s, %v", out, err)
	}
}

// The same tree and binary give the same archive, byte for byte.
func TestSameArchive(t *testing.T) {
	binary := staticBinary(t)
	var sums []string
	for range 2 {
		name, err := pack(options{Binary: binary, Tree: "../..", Version: "v0", Out: t.TempDir(), At: time.Unix(1, 0)})
		if err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		said, err := os.ReadFile(name + ".sha256")
		sum := fmt.Sprintf("%x", sha256.Sum256(raw))
		if err != nil || string(said) != sum+"  "+filepath.Base(name)+"\n" {
			t.Errorf("%q, %v", said, err)
		}
		sums = append(sums, sum)
	}
	if sums[0] != sums[1] {
		t.Errorf("%v", sums)
	}
}

func TestDynamicIsRefused(t *testing.T) {
	if _, err := pack(options{Binary: "/bin/sh", Tree: "../..", Out: t.TempDir()}); err == nil || !strings.Contains(err.Error(), "not static") {
		t.Error(err)
	}
}

// The list names every module that the binary says it was built of, with the
// sum of go.sum, and what of npm is in the pages, and no tool.
func TestComponents(t *testing.T) {
	binary, err := os.ReadFile(bundled(t))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := sbom(options{Tree: "../..", Version: "v0", At: time.Unix(1, 0)}, binary)
	if err != nil {
		t.Fatal(err)
	}
	var d document
	if err := json.Unmarshal(raw, &d); err != nil {
		t.Fatal(err)
	}
	if d.Format != "CycloneDX" || d.Spec != "1.6" || len(d.Serial) != len("urn:uuid:")+36 {
		t.Errorf("%s %s %s", d.Format, d.Spec, d.Serial)
	}
	sums, err := os.ReadFile("../../go.sum")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, c := range d.Components {
		seen[c.Name]++
		if c.Version == "" || c.PURL != c.Ref {
			t.Errorf("%+v", c)
		}
		if strings.HasPrefix(c.PURL, "pkg:golang/") && c.Name != "stdlib" && (len(c.Properties) != 1 || !strings.Contains(string(sums), c.Name+" "+c.Version+" "+c.Properties[0].Value)) {
			t.Errorf("%+v is not that of go.sum", c)
		}
		if strings.HasPrefix(c.PURL, "pkg:npm/") && (len(c.Hashes) != 1 || len(c.Hashes[0].Content) != 128) {
			t.Errorf("%+v", c)
		}
	}
	for _, name := range []string{"stdlib", "github.com/nats-io/nats-server/v2", "github.com/yanyiwu/gojieba", "github.com/mattn/go-sqlite3", "github.com/gocolly/colly/v2", "htmx.org", "echarts"} {
		if seen[name] != 1 {
			t.Errorf("%s stands there %d times", name, seen[name])
		}
	}
	for _, name := range []string{"esbuild", "pgregory.net/rapid"} {
		if seen[name] != 0 {
			t.Errorf("%s is not in the binary", name)
		}
	}
}

// bundled is the static binary that make bundle made.
func bundled(t *testing.T) string {
	t.Helper()
	const path = "../../bin/static/huiying"
	if _, err := os.Stat(path); err != nil {
		t.Skip("bin/static/huiying is not built: run make bundle (make test does)")
	}
	return path
}
