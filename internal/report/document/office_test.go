package document_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"huiying/internal/report/document"
)

// A word processor and a spreadsheet open what we write and print it.
func TestOffice(t *testing.T) {
	office, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("SKIP TestOffice: there is no soffice on this machine")
	}
	dir := t.TempDir()
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
		cmd := exec.Command(office, "-env:UserInstallation=file://"+filepath.Join(dir, "profile"), "--headless", "--convert-to", "pdf", "--outdir", dir, file)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		pdf, err := os.ReadFile(file[:len(file)-len(filepath.Ext(file))] + ".pdf")
		if err != nil || !bytes.HasPrefix(pdf, []byte("%PDF")) || len(pdf) < 10_000 {
			t.Errorf("%s: %d bytes, %v", name, len(pdf), err)
		}
	}
}
