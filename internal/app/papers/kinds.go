package papers

import (
	"archive/zip"
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"huiying"
)

// kind is one type of attachment: its extensions and how its bytes are told.
type kind struct {
	media string
	ext   []string
	is    func(body []byte) bool
}

// kinds is the closed list of what may be attached. Whatever a browser or an
// office program runs is not on it: no pages, no drawings with scripts, no
// macros, no archives.
func kinds() []kind {
	return []kind{
		{"application/pdf", []string{".pdf"}, begins("%PDF-")},
		{"image/png", []string{".png"}, begins("\x89PNG\r\n\x1a\n")},
		{"image/jpeg", []string{".jpg", ".jpeg"}, begins("\xff\xd8\xff")},
		{"image/gif", []string{".gif"}, func(b []byte) bool { return begins("GIF87a")(b) || begins("GIF89a")(b) }},
		{"image/webp", []string{".webp"}, func(b []byte) bool { return begins("RIFF")(b) && len(b) > 12 && string(b[8:12]) == "WEBP" }},
		{"application/vnd.openxmlformats-officedocument.wordprocessingml.document", []string{".docx"}, packed("word/document.xml")},
		{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", []string{".xlsx"}, packed("xl/workbook.xml")},
		{"application/ofd", []string{".ofd"}, packed("OFD.xml")}, // 版式文件 GB/T 33190
		{"text/plain", []string{".txt", ".csv"}, plain},
	}
}

func begins(magic string) func([]byte) bool {
	return func(body []byte) bool { return bytes.HasPrefix(body, []byte(magic)) }
}

// packed tells a document by a part that it must have. Only the directory of
// the archive is read; nothing is unpacked. A document with macros is none,
// whatever it is called.
func packed(part string) func([]byte) bool {
	return func(body []byte) bool {
		if !begins("PK\x03\x04")(body) {
			return false
		}
		z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
		if err != nil {
			return false
		}
		has := false
		for _, f := range z.File {
			name := strings.ToLower(f.Name)
			if strings.HasSuffix(name, "vbaproject.bin") || strings.Contains(name, "activex/") || strings.HasSuffix(name, ".exe") {
				return false
			}
			has = has || name == strings.ToLower(part)
		}
		return has
	}
}

// plain tells text in UTF-8 or GBK, without control characters, that no browser
// would take for a page.
func plain(body []byte) bool {
	text := body
	if !utf8.Valid(text) {
		var err error
		if text, err = simplifiedchinese.GB18030.NewDecoder().Bytes(body); err != nil || bytes.ContainsRune(text, utf8.RuneError) {
			return false
		}
	}
	if bytes.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }) {
		return false
	}
	start := strings.ToLower(string(bytes.TrimLeftFunc(text[:min(len(text), 512)], func(r rune) bool { return unicode.IsSpace(r) || r == '\ufeff' })))
	for _, page := range []string{"<!doctype", "<html", "<?xml", "<svg", "<script", "#!"} {
		if strings.HasPrefix(start, page) {
			return false
		}
	}
	return true
}

// maxName is how long a name may be, in characters.
const maxName = 120

// Inspect tells what a file is by its name and its bytes, which must agree, and
// gives the name it is kept under. Errors: huiying.Invalid.
func Inspect(name string, body []byte) (clean, media string, err error) {
	clean = tidy(name)
	switch {
	case len(body) == 0:
		return "", "", huiying.Errorf(huiying.Invalid, "file.empty")
	case len(body) > MaxFile:
		return "", "", huiying.Errorf(huiying.Invalid, "file.too_big", MaxFile>>20)
	}
	ext := strings.ToLower(filepath.Ext(clean))
	for _, k := range kinds() {
		if !slices.Contains(k.ext, ext) || len(clean) == len(ext) {
			continue
		}
		if !k.is(body) {
			return "", "", huiying.Errorf(huiying.Invalid, "file.other", clean, ext)
		}
		return clean, k.media, nil
	}
	return "", "", huiying.Errorf(huiying.Invalid, "file.kind", strings.Join(Extensions(), " "))
}

// Extensions lists those of files that may be attached.
func Extensions() []string {
	var out []string
	for _, k := range kinds() {
		out = append(out, k.ext...)
	}
	return out
}

// tidy keeps of a name what is the name: no folders, no characters that are not
// seen or that turn the direction of others around.
func tidy(name string) string {
	name = strings.ToValidUTF8(name, "")
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(`"<>:|?*`, r) {
			return -1
		}
		return r
	}, name))
	if runes := []rune(name); len(runes) > maxName {
		ext := []rune(filepath.Ext(name))
		if len(ext) > 10 {
			return ""
		}
		name = string(runes[:maxName-len(ext)]) + string(ext)
	}
	return name
}
