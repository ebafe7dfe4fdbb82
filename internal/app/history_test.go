package app_test

import (
	"path/filepath"
	"strings"
	"testing"

	"huiying"
	"huiying/internal/app"
)

// Each start with other rules is a version that says what changed; any of them
// can be printed.
func TestRulesHistory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	conf := "data: data\nlisten: 127.0.0.1:0\nrules: [rules.yaml]\n"
	for _, rules := range []string{
		"rules:\n- {id: r-a, when: 排队}\n- {id: r-b, when: 停水}\n",
		"rules:\n- {id: r-a, when: word(排队)}\n- {id: r-c, when: 停电}\n",
		"rules:\n- {id: r-a, when: word(排队)}\n- {id: r-c, when: 停电}\n", // the same again
	} {
		if err := boot(t, dir, files{office: conf, "rules.yaml": rules}).Stop(); err != nil {
			t.Fatal(err)
		}
	}
	list, err := app.RulesHistory(t.Context(), app.Where{ConfigFile: filepath.Join(dir, office)})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 2 || list[0].Version != 2 {
		t.Fatalf("%d versions: %+v", len(list), list)
	}
	now := list[0]
	if got := strings.Join(now.Added, " ") + "|" + strings.Join(now.Changed, " ") + "|" + strings.Join(now.Removed, " "); got != "r-c|r-a|r-b" {
		t.Errorf("changed %s", got)
	}
	if text, err := app.VersionText(list, "", 1); err != nil || !strings.Contains(text, "停水") {
		t.Errorf("version 1: %q, %v", text, err)
	}
	if _, err := app.VersionText(list, "", 9); huiying.ErrorCode(err) != huiying.NotFound {
		t.Errorf("version 9: %v", err)
	}
}
