package templates_test

import (
	"bytes"
	"fmt"
	"html/template"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"huiying/internal/locale"
	"huiying/internal/web/templates"
)

// Whatever can be known before there is data is the same when it was written
// into the template: every sentence of the catalogue, as text, in an attribute,
// handed to a function and to another template, and asked whether there is one.
func TestFoldingChangesNothing(t *testing.T) {
	c := catalogue(t)
	for _, lang := range []locale.Lang{locale.Chinese, locale.English} {
		var page strings.Builder
		page.WriteString(`{{define "icon"}}<path d="{{drawing .}}"/>{{end}}{{define "said"}}<b>{{.}}</b>{{end}}`)
		for i, key := range slices.Sorted(maps.Keys(c.Entries())) {
			if i%9 != 0 && !strings.ContainsAny(c.Text(lang, key), "<>&\"'`+=\\{}") {
				continue // thousands more like it
			}
			fmt.Fprintf(&page, `<p title="{{t %q}}" data-of='{{t %[1]q}}'>{{t %[1]q}} {{t %[1]q}}{{if t %[1]q}}{{short (t %[1]q) 5}}{{end}}{{template "said" (t %[1]q)}}{{with $k := t %[1]q}}{{$k}}{{end}}</p>`+"\n", key)
		}
		page.WriteString(`{{template "icon" "search"}}{{template "icon" "no such thing"}}<textarea>{{t "web.all"}}</textarea>`)
		plain, folded := rendered(t, page.String(), lang, false), rendered(t, page.String(), lang, true)
		if !bytes.Equal(plain, folded) {
			before, after := strings.Split(string(plain), "\n"), strings.Split(string(folded), "\n")
			for i := range before {
				if before[i] != after[i] {
					t.Errorf("%s became %s", before[i], after[i])
				}
			}
		}
		if len(plain) < 100_000 {
			t.Errorf("hardly anything was rendered: %d bytes", len(plain))
		}
	}
}

func rendered(t *testing.T, text string, lang locale.Lang, fold bool) []byte {
	t.Helper()
	o := templates.Options{Catalogue: catalogue(t), Names: names{}, Zone: time.UTC, Now: time.Now}
	page, err := template.New("page").Funcs(templates.Funcs(o, lang)).Parse(text)
	if err == nil && fold {
		err = templates.Fold(page, o, lang)
	}
	var b bytes.Buffer
	if err == nil {
		err = page.Execute(&b, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A sentence that stands as it is must not stand where a blank or a letter would
// be something else.
func TestSentencesStandInQuotes(t *testing.T) {
	bare := regexp.MustCompile(`=\{\{-? ?t "|(?:href|src|action)="[^"]*\{\{-? ?t "`)
	eachTemplate(t, func(name, text string) {
		if at := bare.FindStringIndex(text); at != nil {
			t.Errorf("%s: a sentence as an address, or without quotes: %q", name, text[max(0, at[0]-30):at[1]])
		}
	})
}
