package segment_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"huiying/analyzer/dict"
)

// A binary built with the dictionaries inside, moved to another folder, cuts
// where the module cache is gone. -trimpath makes the path of the module's own
// dictionaries one that does not exist on any machine, which is the same as a
// deleted cache; the program checks that.
func TestMovedBinary(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a binary with cgo: not with -short")
	}
	binary := buildMoved(t)
	moved := filepath.Join(t.TempDir(), "elsewhere")
	if err := os.Rename(binary, moved); err != nil {
		t.Fatal(err)
	}
	state := t.TempDir()
	for range 2 { // unpacks, then finds what it unpacked
		cmd := exec.CommandContext(t.Context(), moved, state, "中卫市政务大厅排队三小时")
		cmd.Dir = t.TempDir()
		cmd.Env = []string{"GOMODCACHE=/nowhere", "GOFLAGS=-mod=mod", "TMPDIR=" + t.TempDir()}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if got, want := strings.Join(strings.Fields(string(out)), "|"), "中卫市|政务|大厅|排队|三|小时"; got != want {
			t.Errorf("cut %s, want %s", got, want)
		}
	}
	if _, err := os.Stat(filepath.Join(state, "dict", dict.Names()[0])); err != nil {
		t.Errorf("nothing was unpacked into the state folder: %v", err)
	}
}

// buildMoved builds the program of testdata with packed dictionaries laid over
// the package that embeds them, so that the source tree stays as it is. Where
// the same ones lie there already (make dict) nothing is laid over: with an
// overlay go compiles all of gojieba anew.
func buildMoved(t *testing.T) string {
	t.Helper()
	packed := t.TempDir()
	if err := dict.Pack(dict.ModuleFolder(), packed); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(packed, "*.gz"))
	if err != nil {
		t.Fatal(err)
	}
	folder, err := filepath.Abs(filepath.Join("..", "dict"))
	if err != nil {
		t.Fatal(err)
	}
	replace := map[string]string{}
	for _, name := range names {
		if there := filepath.Join(folder, filepath.Base(name)); !same(t, name, there) {
			replace[there] = name
		}
	}
	binary := filepath.Join(t.TempDir(), "moved")
	args := []string{"build", "-trimpath", "-tags", "sqlite_fts5 embeddict", "-o", binary}
	if len(replace) > 0 {
		overlay := filepath.Join(packed, "overlay.json")
		raw, err := json.Marshal(map[string]any{"Replace": replace})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(overlay, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "-overlay", overlay)
	}
	build := exec.CommandContext(t.Context(), "go", append(args, "./testdata/moved")...)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return binary
}

// same reports whether the file at there holds what the one at name does.
func same(t *testing.T, name, there string) bool {
	t.Helper()
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(there)
	return err == nil && bytes.Equal(got, want)
}
