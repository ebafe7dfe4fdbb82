package document_test

import (
	"bytes"
	"testing"

	"huiying/internal/report/document"
)

// A released report is given out again and again, by the page and by e-mail: the
// same document is the same bytes in every format, charts and all.
func TestSameInEveryFormat(t *testing.T) {
	for _, format := range document.Formats() {
		var first []byte
		for n := range 12 {
			var b bytes.Buffer
			if err := document.Write(&b, paper(), format, made); err != nil {
				t.Fatal(err)
			}
			if n == 0 {
				first = bytes.Clone(b.Bytes())
			}
			if !bytes.Equal(first, b.Bytes()) {
				t.Fatalf("%s: written again it has other bytes", format)
			}
		}
	}
}
