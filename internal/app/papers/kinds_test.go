package papers_test

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"huiying"
	"huiying/internal/app/papers"
)

// packed is an archive with the parts.
func packed(t testing.TB, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range parts {
		if _, err := z.Create(name); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A file is what name and bytes agree on; anything that could run is refused.
func TestInspect(t *testing.T) {
	gbk := []byte{0xc4, 0xfa, 0xba, 0xc3} // 您好
	for _, c := range []struct {
		name string
		body []byte
		want string // media type, "" = refused
	}{
		{"回函.pdf", []byte("%PDF-1.4"), "application/pdf"},
		{"回函.PDF", []byte("%PDF-1.4"), "application/pdf"},
		{`C:\文件\回函.pdf`, []byte("%PDF-1.4"), "application/pdf"},
		{"图.png", []byte("\x89PNG\r\n\x1a\n…"), "image/png"},
		{"图.jpeg", []byte("\xff\xd8\xff\xe0"), "image/jpeg"},
		{"表.docx", packed(t, "[Content_Types].xml", "word/document.xml"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
		{"表.xlsx", packed(t, "[Content_Types].xml", "xl/workbook.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
		{"公文.ofd", packed(t, "OFD.xml", "Doc_0/Document.xml"), "application/ofd"},
		{"附表.txt", []byte("您好，窗口 3"), "text/plain"},
		{"附表.csv", gbk, "text/plain"},
		{"表.docx", packed(t, "xl/workbook.xml"), ""},
		{"表.docx", packed(t, "word/document.xml", "word/vbaProject.bin"), ""},
		{"表.docm", packed(t, "word/document.xml"), ""},
		{"表.docx", []byte("PK\x03\x04"), ""},
		{"包.zip", packed(t, "a.txt"), ""},
		{"页.html", []byte("<html>"), ""},
		{"页.txt", []byte(" \ufeff<!DOCTYPE html>"), ""},
		{"图.svg", []byte("<svg/>"), ""},
		{"图.png", []byte("<svg/>"), ""},
		{"回函.pdf.exe", []byte("MZ"), ""},
		{"回函", []byte("%PDF-1.4"), ""},
		{".pdf", []byte("%PDF-1.4"), ""},
		{"", []byte("%PDF-1.4"), ""},
		{"回函.pdf", nil, ""},
		{"附表.txt", []byte("a\x00b"), ""},
		{"附表.txt", []byte{0xff, 0xff, 0x01}, ""},
	} {
		_, media, err := papers.Inspect(c.name, c.body)
		if media != c.want || (err == nil) != (c.want != "") || err != nil && huiying.ErrorCode(err) != huiying.Invalid {
			t.Errorf("%s: %q, %v", c.name, media, err)
		}
	}
	large := append([]byte("%PDF-"), make([]byte, papers.MaxFile)...)
	if _, _, err := papers.Inspect("大.pdf", large); huiying.ErrorCode(err) != huiying.Invalid {
		t.Error("too large, and taken")
	}
	name, _, err := papers.Inspect("回\u202efdp.函\n"+strings.Repeat("长", 300)+".pdf", []byte("%PDF-"))
	if err != nil || utf8.RuneCountInString(name) > 120 || strings.ContainsAny(name, "\u202e\n") || !strings.HasSuffix(name, ".pdf") {
		t.Errorf("%q, %v", name, err)
	}
}

// Whatever is uploaded: it is refused, or it is of the closed list, under a name
// without folders.
func FuzzInspectFile(f *testing.F) {
	f.Add("回函.pdf", []byte("%PDF-1.4"))
	f.Add("a/b\\表.docx", packed(f, "word/document.xml"))
	f.Add("附表.txt", []byte("<script>"))
	f.Fuzz(func(t *testing.T, name string, body []byte) {
		clean, media, err := papers.Inspect(name, body)
		if err != nil {
			return
		}
		ext := strings.ToLower(filepath.Ext(clean))
		if media == "" || strings.ContainsAny(clean, "/\\\x00\n") || !utf8.ValidString(clean) || !slices.Contains(papers.Extensions(), ext) {
			t.Errorf("%q is taken as %q", clean, media)
		}
		if start := strings.ToLower(strings.TrimSpace(string(body))); strings.HasPrefix(start, "<html") || strings.HasPrefix(start, "<svg") || strings.HasPrefix(start, "mz\x90") {
			t.Errorf("%q is taken as %q", start[:5], media)
		}
	})
}

func TestReadWords(t *testing.T) {
	file := filepath.Join(t.TempDir(), "words.yaml")
	for text, ok := range map[string]bool{
		"words: [{wrong: 示例县政府, right: 示例市政府}]\nsensitive: [{word: 老城区}]": true,
		"":                              true,
		"words: [{wrong: 示, right: 例}]": false,
		"sensitive: [{word: 老城区, why: none}]": false,
		"colours: [red]": false,
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		wrong, sensitive, err := papers.ReadWords([]string{file})
		if (err == nil) != ok {
			t.Errorf("%s: %v", text, err)
		}
		if strings.HasPrefix(text, "words: [{wrong: 示例县") {
			r := papers.NewReader(nil, wrong, nil)
			if got := r.Wrong("请到示例县政府"); len(got) != 1 || got[0].Right != "示例市政府" || got[0].Start != 2 || got[0].End != 7 || len(sensitive) < 2 {
				t.Errorf("%+v", got)
			}
		}
	}
	if _, _, err := papers.ReadWords([]string{file + ".gone"}); huiying.ErrorCode(err) != huiying.Invalid {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestMask(t *testing.T) {
	r := papers.NewReader([]string{"0955-7012345"}, nil, nil)
	for text, want := range map[string]string{
		"请致电 13900001234。":  "请致电 ＊＊＊＊＊＊＊＊＊＊＊。",
		"请致电 0955-7012345。": "请致电 0955-7012345。",
		"没有":                "没有",
	} {
		if got, _ := r.Mask(text); got != want {
			t.Errorf("%q", got)
		}
	}
}
