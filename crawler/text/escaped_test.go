package text_test

import (
	"testing"

	"huiying/crawler/text"
)

// What a person wrote as an entity stays as written: entities are resolved
// once, with markup around them or without.
func TestPlainUnescapesOnce(t *testing.T) {
	for in, want := range map[string]string{
		"1 &lt; 2":                   "1 < 2",
		"写成 &amp;lt; 就行":             "写成 &lt; 就行",
		"<b>写成</b> &amp;lt; 就行":      "写成 &lt; 就行",
		"<p>A&amp;B &lt;急&gt;</p>一句": "A&B <急>\n一句",
	} {
		if got := text.Plain(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
