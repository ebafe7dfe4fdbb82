package shortcut_test

import (
	"crypto/sha256"
	"encoding/base64"
	"html"
	"strings"
	"testing"

	"huiying/internal/locale"
	"huiying/internal/web/shortcut"
)

// The pages that stand alone need no file beside them, speak both languages,
// and have a policy that lets in their own style and nothing else.
func TestPagesStandAlone(t *testing.T) {
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"offline", "maintenance"} {
		raw, err := shortcut.Page(words, kind)
		if err != nil {
			t.Fatal(err)
		}
		page := string(raw)
		for _, bad := range []string{"<script", "src=", "url(", "<link", "http://", "https://", "/assets/"} {
			if strings.Contains(page, bad) {
				t.Errorf("%s holds %q", kind, bad)
			}
		}
		_, rest, _ := strings.Cut(page, "<style>")
		style, _, _ := strings.Cut(rest, "</style>")
		digest := sha256.Sum256([]byte(style))
		if want := "style-src 'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'"; style == "" || !strings.Contains(html.UnescapeString(page), want) {
			t.Errorf("%s: the policy does not let its style in", kind)
		}
		for _, lang := range []locale.Lang{locale.Chinese, locale.English} {
			if !strings.Contains(page, words.Text(lang, "web."+kind+".title")) {
				t.Errorf("%s does not speak %s", kind, lang)
			}
		}
	}
}
