package assets_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"huiying/internal/web/assets"
)

func bundle() fstest.MapFS {
	return fstest.MapFS{
		"manifest.json":   {Data: []byte(`{"app.js":"app-1a2b.js","app.css":"app-3c4d.css"}`)},
		"app-1a2b.js":     {Data: []byte(strings.Repeat("console.log(1);", 50))},
		"app-3c4d.css":    {Data: []byte("body{}")},
		"keep":            {Data: []byte("x")},
		"secret-notes.md": {Data: []byte("no")},
	}
}

func get(s *assets.Set, path string, header map[string]string) *http.Response {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for k, v := range header {
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Result()
}

func TestServe(t *testing.T) {
	s, err := assets.LoadFS(bundle())
	if err != nil {
		t.Fatal(err)
	}
	if !s.Complete() || s.URL("app.js") != "/assets/app-1a2b.js" || s.URL("none.js") != "" {
		t.Errorf("%v %q", s.Complete(), s.URL("app.js"))
	}
	res := get(s, s.URL("app.js"), map[string]string{"Accept-Encoding": "gzip, br"})
	defer res.Body.Close()
	if res.Header.Get("Content-Encoding") != "gzip" || !strings.Contains(res.Header.Get("Cache-Control"), "immutable") || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/javascript") {
		t.Errorf("%v", res.Header)
	}
	z, err := gzip.NewReader(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(z); err != nil || len(body) != 750 {
		t.Errorf("%d %v", len(body), err)
	}
	again := get(s, s.URL("app.js"), map[string]string{"If-None-Match": res.Header.Get("ETag")})
	if again.StatusCode != http.StatusNotModified {
		t.Errorf("%d", again.StatusCode)
	}
	plain := get(s, s.URL("app.css"), nil)
	if plain.Header.Get("Content-Encoding") != "" || plain.ContentLength != 6 && plain.Header.Get("Content-Length") != "6" {
		t.Errorf("%v", plain.Header)
	}
	for _, path := range []string{"/assets/keep", "/assets/manifest.json", "/assets/secret-notes.md", "/assets/../options.go", "/assets/"} {
		if res := get(s, path, nil); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
}

// Without the bundle there is nothing to serve and no error.
func TestWithoutBundle(t *testing.T) {
	s, err := assets.LoadFS(fstest.MapFS{"keep": {Data: []byte("x")}})
	if err != nil || s.Complete() || s.URL("app.js") != "" {
		t.Errorf("%v %v", s, err)
	}
	if res := get(s, "/assets/app.js", nil); res.StatusCode != http.StatusNotFound {
		t.Errorf("%d", res.StatusCode)
	}
	if _, err := assets.LoadFS(fstest.MapFS{"manifest.json": {Data: []byte("{")}}); err == nil {
		t.Error("a broken manifest was taken")
	}
	if _, err := assets.Load(); err != nil {
		t.Error(err)
	}
}
