package document_test

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"huiying/internal/report/document"
)

// A word processor and a spreadsheet open what we write and print it; saved by
// the word processor again, the document says the same.
func TestOffice(t *testing.T) {
	office, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("SKIP TestOffice: there is no soffice on this machine")
	}
	dir := t.TempDir()
	convert := func(to, into, file string) {
		t.Helper()
		cmd := exec.Command(office, "-env:UserInstallation=file://"+filepath.Join(dir, "profile"), "--headless", "--convert-to", to, "--outdir", into, file)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	var word, sheet bytes.Buffer
	if err := document.DOCX(&word, paper(), made); err != nil {
		t.Fatal(err)
	}
	if err := document.XLSX(&sheet, paper()); err != nil {
		t.Fatal(err)
	}
	for name, raw := range map[string][]byte{"paper.docx": word.Bytes(), "book.xlsx": sheet.Bytes()} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		convert("pdf", dir, file)
		pdf, err := os.ReadFile(file[:len(file)-len(filepath.Ext(file))] + ".pdf")
		if err != nil || !bytes.HasPrefix(pdf, []byte("%PDF")) || len(pdf) < 10_000 {
			t.Errorf("%s: %d bytes, %v", name, len(pdf), err)
		}
	}
	convert("docx", filepath.Join(dir, "back"), filepath.Join(dir, "paper.docx"))
	back, err := os.ReadFile(filepath.Join(dir, "back", "paper.docx"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(readBody(t, word.Bytes()), readBody(t, back)); diff != "" {
		t.Errorf("saved by a word processor (-before +after):\n%s", diff)
	}
}

// body is what a reader sees of a document: its paragraphs and how many rows and
// cells its tables have, and charts.
type body struct {
	Paragraphs                  []string
	Tables, Rows, Cells, Charts int
}

func readBody(t *testing.T, docx []byte) (b body) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(docx), int64(len(docx)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open("word/document.xml")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var text strings.Builder
	for decoder := xml.NewDecoder(f); ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return b
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			b.count(e.Name.Local)
			if e.Name.Local == "t" {
				var part string
				if err := decoder.DecodeElement(&part, &e); err != nil {
					t.Fatal(err)
				}
				text.WriteString(part)
			}
		case xml.EndElement:
			if e.Name.Local == "p" && strings.TrimSpace(text.String()) != "" {
				b.Paragraphs = append(b.Paragraphs, strings.TrimSpace(text.String()))
				text.Reset()
			}
		}
	}
}

func (b *body) count(element string) {
	switch element {
	case "tbl":
		b.Tables++
	case "tr":
		b.Rows++
	case "tc":
		b.Cells++
	case "chart":
		b.Charts++
	}
}
