package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMovedBinary takes the binary that make build made to another folder and
// runs it where no module cache exists: it brings its dictionaries with it.
func TestMovedBinary(t *testing.T) {
	built := filepath.Join("..", "..", "bin", "huiying")
	if _, err := os.Stat(built); err != nil {
		t.Skip("bin/huiying is not built: run make build (make test does)")
	}
	dir := t.TempDir()
	moved := filepath.Join(dir, "elsewhere")
	copyFile(t, built, moved)
	rules := filepath.Join(dir, "rules.yaml")
	if err := os.WriteFile(rules, []byte("rules: [{id: r-1, when: word(中卫)}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{"集中卫生整治": `"holds":false`, "中卫市政务大厅": `"holds":true`} {
		cmd := exec.Command(moved, "rule", "explain", "--rules", rules, "--text", text, "--json")
		cmd.Dir = dir
		cmd.Env = []string{"HOME=" + dir, "GOMODCACHE=/nonexistent", "GOFLAGS=-mod=mod"}
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("%s: %v, want %s:\n%s", text, err, want, out)
		}
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o700)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}
