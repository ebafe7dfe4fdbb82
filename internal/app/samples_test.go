package app_test

import (
	"path/filepath"
	"slices"
	"testing"

	"huiying/internal/app"
	"huiying/internal/config"
	"huiying/internal/locale"
)

// The configurations that offices copy have no mistake, and say of every source
// whether it was checked against the live site.
func TestSampleConfigurations(t *testing.T) {
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"huiying.yaml", "model-office/huiying.yaml"} {
		c, err := config.Load(filepath.Join("..", "..", "deploy", file))
		if err != nil {
			t.Errorf("%s: %s", file, words.Sentence(locale.English, err))
			continue
		}
		for _, problem := range app.Check(c) {
			t.Errorf("%s: %s", file, words.Sentence(locale.English, problem))
		}
	}
}

// The model office has what it is asked to show.
func TestModelOffice(t *testing.T) {
	c, err := config.Load(filepath.Join("..", "..", "deploy", "model-office", "huiying.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"intake", "weibo-open", "weibo-search", "portal", "forum", "json", "patrol"} {
		if !slices.ContainsFunc(c.Sources, func(s config.Source) bool { return s.Kind == kind }) {
			t.Errorf("no source of kind %s", kind)
		}
	}
}
