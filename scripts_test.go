package huiying_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What scripts/test.sh leaves out under the race detector by its name it runs
// without it: a test elsewhere that happens to have such a name would never run.
func TestNothingIsLeftOut(t *testing.T) {
	raw, err := os.ReadFile("scripts/test.sh")
	if err != nil {
		t.Fatal(err)
	}
	quoted := func(name string) string {
		m := regexp.MustCompile(`(?m)^` + name + `='([^']+)'$`).FindStringSubmatch(string(raw))
		if m == nil {
			t.Fatalf("scripts/test.sh sets no %s", name)
		}
		return m[1]
	}
	names, run := regexp.MustCompile(`(?m)^func (`+quoted("plain")+`)\w*\(`), strings.Fields(quoted("plainly"))
	browser := regexp.MustCompile(`(?m)^func Test\w*InBrowser\(`)
	files, err := testFiles()
	if err != nil || len(files) < 100 {
		t.Fatalf("%d files of tests: %v", len(files), err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		dir := "./" + filepath.ToSlash(filepath.Dir(file))
		if m := names.FindString(string(raw)); m != "" && !slices.Contains(run, dir) && dir != "./cmd/huiying" {
			t.Errorf("%s: %s is run nowhere", file, m)
		}
		if m := browser.FindString(string(raw)); m != "" && dir != "./internal/web" && dir != "./internal/app" {
			t.Errorf("%s: %s is run nowhere", file, m)
		}
	}
}

func testFiles() (list []string, err error) {
	err = filepath.WalkDir(".", func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git") {
			return filepath.SkipDir
		}
		if strings.HasSuffix(path, "_test.go") {
			list = append(list, path)
		}
		return nil
	})
	return list, err
}
