package app_test

import (
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"huiying/internal/app"
	"huiying/internal/config"
	"huiying/internal/locale"
)

// files are what a test's service finds in its folder, by path in it.
type files map[string]string

// office is the name of the configuration among them.
const office = "huiying.yaml"

// boot lays files into a folder and runs the service on them in this process.
func boot(t *testing.T, dir string, laid files, change ...func(*app.Options)) *app.App {
	t.Helper()
	for name, body := range laid {
		lay(t, filepath.Join(dir, name), body)
	}
	words := catalogue(t)
	c, err := config.Load(filepath.Join(dir, office))
	if err != nil {
		t.Fatal(words.Sentence(locale.English, err))
	}
	o := app.Options{
		Config: c, Words: words, OwnURL: true, Version: "test",
		Logger: slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	for _, f := range change {
		f(&o)
	}
	a, err := app.New(o)
	if err == nil {
		err = a.Start(t.Context())
	}
	if err != nil {
		t.Fatalf("%s\n%v", words.Sentence(locale.English, err), err)
	}
	t.Cleanup(func() { _ = a.Stop() })
	return a
}

func catalogue(t *testing.T) *locale.Catalogue {
	t.Helper()
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	return words
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}
