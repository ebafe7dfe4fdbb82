package store_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A migration that has been released is never edited: databases made by it are
// compared with it. testdata/migrations.sha256 lists every file; a new one is
// appended, an old line never changes.
func TestMigrationsAreAppendOnly(t *testing.T) {
	raw, err := os.ReadFile("testdata/migrations.sha256")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("migrations/*/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]string{}
	last := map[string]string{}
	for line := range strings.Lines(string(raw)) {
		sum, file, ok := strings.Cut(strings.TrimSpace(line), "  ")
		if !ok {
			t.Fatalf("line %q: want <sha256>  <file>", line)
		}
		if dialect := filepath.Dir(file); file <= last[dialect] {
			t.Errorf("%s stands after %s: lines are only appended", file, last[dialect])
		} else {
			last[dialect] = file
		}
		listed[file] = sum
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(body)
		name := filepath.ToSlash(strings.TrimPrefix(file, "migrations/"))
		switch want, ok := listed[name]; {
		case !ok:
			t.Errorf("append to testdata/migrations.sha256: %s", fmt.Sprintf("%x  %s", sum, name))
		case want != hex.EncodeToString(sum[:]):
			t.Errorf("%s was edited: write a new migration instead", name)
		}
		delete(listed, name)
	}
	for name := range listed {
		t.Errorf("%s is listed but gone", name)
	}
}
