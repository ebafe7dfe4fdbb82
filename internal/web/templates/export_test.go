package templates

import (
	"html/template"

	"huiying/internal/locale"
)

// Funcs are the functions of templates, for tests.
var Funcs = funcs

// Fold writes into a template what is known without data, for tests.
func Fold(page *template.Template, o Options, lang locale.Lang) error {
	f, err := newFolder(words{o, lang}, page)
	if err != nil {
		return err
	}
	return f.fold(page)
}

// Parse parses a page as its first look does, for tests.
func (s *Set) Parse(lang locale.Lang, name string) error {
	_, err := s.pages[lang][name]()
	return err
}
