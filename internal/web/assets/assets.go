// Package assets serves what the browser loads beside the pages: the bundle
// that build.mjs makes of src/ and npm packages. Names carry a hash of the
// content, so that browsers may keep them for ever. A binary built without the
// bundle serves pages alone, and says so.
package assets

import (
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

//go:embed all:dist
var embedded embed.FS

//go:embed src/keys.json
var keys []byte

// Shortcut is one row of the table of shortcuts, which the bundle holds too.
type Shortcut struct {
	ID   string            `json:"id"`
	Keys []string          `json:"keys"`
	Do   string            `json:"do"`
	To   map[string]string `json:"to"` // of "go": the second key, and where it leads
}

// Shortcuts reads the table that src/keys.js goes by.
func Shortcuts() ([]Shortcut, error) {
	var out []Shortcut
	if err := json.Unmarshal(keys, &out); err != nil {
		return nil, fmt.Errorf("read the shortcuts: %w", err)
	}
	return out, nil
}

// Set is the files of one build, kept in memory, and compressed too once a
// browser has asked for them.
type Set struct {
	manifest map[string]string // logical name → hashed name
	files    map[string]file
}

type file struct {
	kind   string
	plain  []byte
	zipped func() ([]byte, error)
}

// Load reads the bundle in the binary. Without one the set is empty.
func Load() (*Set, error) {
	dist, err := fs.Sub(embedded, "dist")
	if err != nil {
		return nil, fmt.Errorf("open bundle: %w", err)
	}
	return LoadFS(dist)
}

// LoadFS reads a bundle from a folder that holds manifest.json.
func LoadFS(dist fs.FS) (*Set, error) {
	s := &Set{manifest: map[string]string{}, files: map[string]file{}}
	raw, err := fs.ReadFile(dist, "manifest.json")
	if err != nil {
		return s, nil // built without npm: pages work without it
	}
	if err := json.Unmarshal(raw, &s.manifest); err != nil {
		return nil, fmt.Errorf("read bundle manifest: %w", err)
	}
	entries, err := fs.ReadDir(dist, ".")
	if err != nil {
		return nil, fmt.Errorf("list bundle: %w", err)
	}
	for _, e := range entries {
		kind := kindOf(e.Name())
		if kind == "" {
			continue
		}
		plain, err := fs.ReadFile(dist, e.Name())
		if err != nil {
			return nil, fmt.Errorf("read bundle: %w", err)
		}
		zipped := sync.OnceValues(func() ([]byte, error) { return zip(plain) })
		s.files[e.Name()] = file{kind: kind, plain: plain, zipped: zipped}
	}
	return s, nil
}

func kindOf(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	}
	return ""
}

func zip(plain []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(plain); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Complete reports whether the bundle is there.
func (s *Set) Complete() bool { return s.manifest["app.js"] != "" && s.manifest["app.css"] != "" }

// URL is the path of a file by its logical name ("app.js"); "" when it is not
// in the bundle.
func (s *Set) URL(name string) string {
	if hashed, ok := s.manifest[name]; ok {
		return "/assets/" + hashed
	}
	return ""
}

// ServeHTTP answers /assets/<hashed name>.
func (s *Set) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/assets/")
	f, ok := s.files[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("ETag", `"`+name+`"`)
	h.Add("Vary", "Accept-Encoding")
	if r.Header.Get("If-None-Match") == `"`+name+`"` {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := f.plain
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		if zipped, err := f.zipped(); err == nil { // else as it is
			h.Set("Content-Encoding", "gzip")
			body = zipped
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodHead {
		return
	}
	// The connection may be gone; there is nobody left to tell.
	_, _ = w.Write(body)
}
