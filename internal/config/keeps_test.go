package config_test

import (
	"testing"

	"huiying/internal/config"
	"huiying/internal/locale"
)

// Every setting that says how long something is kept has words for it: pages
// list them.
func TestRetentionHasWords(t *testing.T) {
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, s := range config.Default().Settings() {
		if !s.Retention() {
			continue
		}
		n++
		if !words.Has("web.admin.keeps." + s.Key) {
			t.Errorf("nothing says what %s is", s.Key)
		}
	}
	if n == 0 {
		t.Error("no setting says how long anything is kept")
	}
}
