package app_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"huiying"
	"huiying/internal/app/tool"
	"huiying/internal/locale"
	"huiying/internal/store/storetest"
)

// TestMovesToPostgres begins an office's work on SQLite, carries it over into
// PostgreSQL and goes on there: the same people, the same case, a record that
// verifies, and what is found by its words.
func TestMovesToPostgres(t *testing.T) {
	storetest.NeedsPostgres(t)
	site := newSavedSite(t)
	hook := newHook(t)
	a, file := startLoop(t, site.URL, hook.URL)
	card := hook.next(t)
	acknowledge(t, card.Link)
	hall := signIn(t, a, "hall")
	hall.wait(t, card.CaseNo, huiying.StateHandling)
	if err := a.Stop(); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	address := filepath.Join(filepath.Dir(file), "store.dsn")
	lay(t, address, storetest.Fresh(t)+"\n")
	lay(t, file, string(raw)+"store: {dsn_file: store.dsn}\n")

	words := catalogue(t)
	var out, said bytes.Buffer
	s := tool.Streams{Out: &out, Err: &said, Words: words, Lang: locale.English}
	if err := tool.Migrate(t.Context(), s, file, true); err != nil {
		t.Fatalf("%s\n%s", words.Sentence(locale.English, err), said.String())
	}
	if !strings.Contains(out.String(), `"table":"record"`) {
		t.Errorf("said %s", out.String())
	}
	if err := tool.Migrate(t.Context(), s, file, true); huiying.ErrorCode(err) != huiying.NotFound {
		t.Errorf("carried twice: %v", err)
	}

	a = boot(t, filepath.Dir(file), nil)
	hall, review := signIn(t, a, "hall"), signIn(t, a, "review")
	one := hall.wait(t, card.CaseNo, huiying.StateHandling)
	const reply = "经核查，已增开窗口，感谢监督。"
	one = hall.act(t, one, "submit", map[string]string{"text": reply, "checked": "true"})
	one = review.act(t, one, "approve", map[string]string{"secrecy": "true", "business": "true"})
	if one.State != huiying.StateApproved {
		t.Errorf("the case is %s", one.State)
	}
	if err := a.Stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	verifyRecord(t, words, file)
}
