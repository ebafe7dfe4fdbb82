// Package templates turns view data into HTML. Every sentence comes from the
// catalogue by key, so that a template holds no words of its own; escaping is
// html/template's, and nothing here is ever marked as safe HTML.
package templates

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"strings"
	"sync"
	"time"

	"huiying/internal/locale"
)

//go:embed *.html pages/*.html
var files embed.FS

// Names gives people, units and sources their names.
type Names interface {
	Person(id string) string
	Unit(id string) string
	Source(id string) string
}

// Options is what templates are made with.
type Options struct {
	Catalogue *locale.Catalogue
	Zone      *time.Location
	Now       func() time.Time
	Names     Names
	Asset     func(name string) string // URL of a file of the bundle, "" without one
}

// Set renders pages in both languages.
type Set struct {
	pages map[locale.Lang]map[string]parsed
}

// parsed gives a page's template. It is parsed when it is first asked for: all
// pages in both languages take 45 MB, and an office opens some of them in one.
type parsed func() (*template.Template, error)

// New parses what pages share, for every language.
func New(o Options) (*Set, error) {
	s := &Set{pages: map[locale.Lang]map[string]parsed{}}
	pages, err := fs.Glob(files, "pages/*.html")
	if err != nil {
		return nil, fmt.Errorf("list templates: %w", err)
	}
	for _, lang := range []locale.Lang{locale.Chinese, locale.English} {
		shared, err := template.New("").Funcs(funcs(o, lang)).ParseFS(files, "*.html")
		if err != nil {
			return nil, fmt.Errorf("parse shared templates: %w", err)
		}
		known, err := newFolder(words{o, lang}, shared)
		if err == nil {
			err = known.fold(shared)
		}
		if err != nil {
			return nil, fmt.Errorf("fold shared templates: %w", err)
		}
		s.pages[lang] = map[string]parsed{}
		for _, file := range pages {
			s.pages[lang][strings.TrimSuffix(path.Base(file), ".html")] = sync.OnceValues(func() (*template.Template, error) {
				return parsePage(shared, known, file)
			})
		}
	}
	return s, nil
}

func parsePage(shared *template.Template, known *folder, file string) (*template.Template, error) {
	page, err := shared.Clone()
	if err == nil {
		page, err = page.ParseFS(files, file)
	}
	if err == nil {
		err = known.fold(page)
	}
	if err != nil {
		return nil, fmt.Errorf("parse %s: %w", file, err)
	}
	return page, nil
}

// Pages lists the names of pages.
func (s *Set) Pages() []string {
	var names []string
	for name := range s.pages[locale.Chinese] {
		names = append(names, name)
	}
	return names
}

// Page renders a whole page.
func (s *Set) Page(lang locale.Lang, name string, data any) ([]byte, error) {
	return s.render(lang, name, "layout", data)
}

// Part renders one part of a page: the block of that name.
func (s *Set) Part(lang locale.Lang, name, part string, data any) ([]byte, error) {
	return s.render(lang, name, part, data)
}

func (s *Set) render(lang locale.Lang, name, block string, data any) ([]byte, error) {
	get, ok := s.pages[lang][name]
	if !ok {
		return nil, fmt.Errorf("no page %q", name)
	}
	page, err := get()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := page.ExecuteTemplate(&b, block, data); err != nil {
		return nil, fmt.Errorf("render %s: %w", name, err)
	}
	return b.Bytes(), nil
}

// Files are the sources of the templates, for tests that read them.
func Files() fs.FS { return files }
