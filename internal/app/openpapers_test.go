package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"huiying/internal/app"
	"huiying/notifier/casework/limit"
)

// The papers of a stopped service go by the office's configuration: its own time
// limits and how long it keeps words.
func TestOpenPapers(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "huiying.yaml")
	config := fmt.Sprintf("data: %q\npresets: [{id: yq.other.respond, limit: 24h}]\nrecord: {words_for: 720h}\n", filepath.Join(dir, "data"))
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	data, desk, err := app.OpenPapers(t.Context(), app.Where{ConfigFile: file})
	if err != nil {
		t.Fatal(err)
	}
	defer data.Close()
	p, known := limit.Find(desk.Presets, "yq.other.respond")
	if !known || p.Limit.String() != "24h0m0s" || desk.KeepFor != 30*24*time.Hour {
		t.Errorf("%v %s, kept for %s", known, p.Limit, desk.KeepFor)
	}
}
