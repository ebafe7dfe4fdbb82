package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every test that the threat model names is in the folder it names, and every
// row of what comes in names one.
func TestThreatsAreTried(t *testing.T) {
	raw, err := os.ReadFile("threat-model.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(raw), "\n## What comes in\n")
	text, _, _ = strings.Cut(text, "\n## ")
	named := regexp.MustCompile("`([a-z/]+) ((?:Test|Fuzz)[A-Za-z]+)`")
	rows := 0
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|---") || strings.HasPrefix(line, "| way in") {
			continue
		}
		rows++
		found := named.FindAllStringSubmatch(line, -1)
		if len(found) == 0 {
			t.Errorf("nothing tries: %s", line)
		}
		for _, m := range found {
			if !tests(t, m[1])[m[2]] {
				t.Errorf("%s has no %s", m[1], m[2])
			}
		}
	}
	if rows < 25 {
		t.Errorf("%d ways in", rows)
	}
}

// tests are the names of the tests of a folder.
func tests(t *testing.T, folder string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", filepath.FromSlash(folder), "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`).FindAllStringSubmatch(string(raw), -1) {
			out[m[1]] = true
		}
	}
	return out
}
