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
