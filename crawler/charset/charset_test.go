package charset_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"

	"huiying/crawler/charset"
)

const sample = "政务大厅今天排队的人很多，窗口只开了两个，请问什么时候能增加人手？"

func encode(t testing.TB, s string, enc encoding.Encoding) []byte {
	t.Helper()
	b, err := enc.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDecode(t *testing.T) {
	page := func(meta, text string) string {
		return `<html><head><meta charset="` + meta + `"><title>信箱</title></head><body>` + text + `</body></html>`
	}
	utf16 := func(e unicode.Endianness) encoding.Encoding { return unicode.UTF16(e, unicode.UseBOM) }
	for _, tc := range []struct {
		name        string
		body        []byte
		contentType string
		want        string
		charset     string
	}{
		{"utf-8", []byte(sample), "", sample, "utf-8"},
		{"ascii", []byte("plain"), "text/html; charset=gbk", "plain", "utf-8"},
		{"byte order mark", append([]byte("\xef\xbb\xbf"), sample...), "text/html; charset=gbk", sample, "utf-8"},
		{"utf-16 le", encode(t, sample, utf16(unicode.LittleEndian)), "", sample, "utf-16le"},
		{"utf-16 be", encode(t, sample, utf16(unicode.BigEndian)), "", sample, "utf-16be"},
		{"gbk", encode(t, sample, simplifiedchinese.GBK), "", sample, "gb18030"},
		{"gbk that says utf-8", encode(t, page("utf-8", sample), simplifiedchinese.GBK), "text/html; charset=utf-8", page("utf-8", sample), "gb18030"},
		{"utf-8 that says gb2312", []byte(page("gb2312", sample)), "text/html; charset=gb2312", page("gb2312", sample), "utf-8"},
		{"four-byte gb18030", encode(t, sample+"𠮷㐂", simplifiedchinese.GB18030), "", sample + "𠮷㐂", "gb18030"},
		{"short gbk", encode(t, "您好", simplifiedchinese.GBK), "", "您好", "gb18030"},
		{"declared latin", encode(t, strings.Repeat("é", 40)+"ÿ", charmap.ISO8859_1), "text/plain; charset=iso-8859-1", strings.Repeat("é", 40) + "ÿ", "windows-1252"},
		{"nul", []byte("甲\x00乙\x00"), "", "甲乙", "utf-8"},
		{"cut in a character", []byte(sample)[:len(sample)-1], "", strings.TrimSuffix(sample, "？") + "\ufffd", "utf-8"},
		{"broken byte in utf-8", []byte(sample + "\xff" + sample), "", sample + "\ufffd" + sample, "utf-8"},
		{"empty", nil, "", "", "utf-8"},
	} {
		got, name := charset.Decode(tc.body, tc.contentType)
		if string(got) != tc.want || name != tc.charset {
			t.Errorf("%s: got %q as %s, want %q as %s", tc.name, got, name, tc.want, tc.charset)
		}
	}
}

// A declared charset counts only where GB18030 reads rubbish.
func TestDecodeDeclaredLast(t *testing.T) {
	body := encode(t, strings.Repeat("øÿþýüûúù", 10), charmap.ISO8859_1)
	for _, how := range []struct{ contentType, head string }{
		{"text/html; charset=windows-1252", ""},
		{"", `<?xml version="1.0" encoding="windows-1252"?>`},
		{"", `<meta http-equiv="Content-Type" content="text/html; charset=windows-1252">`},
	} {
		_, name := charset.Decode(append([]byte(how.head), body...), how.contentType)
		if name != "windows-1252" {
			t.Errorf("%+v: read as %s", how, name)
		}
	}
	if _, name := charset.Decode(encode(t, sample, simplifiedchinese.GBK), "text/html; charset=big5"); name != "gb18030" {
		t.Errorf("GBK that says big5 was read as %s", name)
	}
	if got, _ := charset.Decode(encode(t, "測試", traditionalchinese.Big5), ""); !utf8.Valid(got) {
		t.Errorf("big5 gave %q", got)
	}
}

// Saved pages of the reference: GBK ones leave nothing unread.
func TestDecodeSavedPages(t *testing.T) {
	files, err := filepath.Glob("../../../shared/fixtures/*/*")
	if err != nil || len(files) == 0 {
		t.Skip("no saved pages beside the module (../shared/fixtures)")
	}
	for _, f := range files {
		body, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		got, name := charset.Decode(body, "")
		want := "utf-8"
		if !utf8.Valid(body) {
			want = "gb18030"
		}
		if n := bytes.Count(got, []byte("\ufffd")); name != want || n > bytes.Count(body, []byte("\ufffd")) {
			t.Errorf("%s: %s, %d characters unread", filepath.Base(f), name, n)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(sample), "")
	f.Add([]byte("\xc4\xe3\xba\xc3"), "text/html; charset=gbk")
	f.Add([]byte("\xff\xfe\x00"), "x; charset=utf-16")
	f.Add([]byte("\xfe\xff\xd8\x00\x00"), "")
	f.Add([]byte("\x1b$B<html charset=iso-2022-jp>\x81"), "")
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		before := bytes.Clone(body)
		got, name := charset.Decode(body, contentType)
		if !utf8.Valid(got) || bytes.IndexByte(got, 0) >= 0 || name == "" {
			t.Fatalf("%q as %q gave %q as %q", body, contentType, got, name)
		}
		if !bytes.Equal(before, body) {
			t.Fatal("the body was changed")
		}
	})
}

func BenchmarkDecodeGBK(b *testing.B) {
	body := encode(b, strings.Repeat(sample, 500), simplifiedchinese.GBK)
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		charset.Decode(body, "")
	}
}
