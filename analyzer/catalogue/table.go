package catalogue

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"huiying"
)

// Limits of a file; a catalogue of MaxItems rows has a few megabytes.
const (
	maxFile  = 16 << 20 // bytes of the file
	maxPlain = 64 << 20 // bytes of what an xlsx unpacks to
	maxRows  = MaxItems + maxTitle
)

// readTables reads the sheets of a file by what its bytes are, not by its name.
func readTables(name string, data []byte) ([]table, error) {
	head := bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\ufeff")), " \t\r\n")
	switch {
	case len(data) > maxFile:
		return nil, huiying.Errorf(huiying.Invalid, "intake.too_big", name, len(data)>>20, maxFile>>20)
	case len(head) == 0:
		return nil, huiying.Errorf(huiying.Invalid, "intake.empty", name)
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return readXLSX(name, data)
	case bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
		return nil, compound(name, data)
	case len(head) > 1 && head[0] == '<' && (head[1] == '!' || head[1] == '?' || head[1]|0x20 >= 'a' && head[1]|0x20 <= 'z'):
		return nil, huiying.Errorf(huiying.Invalid, "intake.html", name)
	}
	text, err := charsetOf(data).NewDecoder().Bytes(data)
	if err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "intake.broken", name, err)
	}
	if bytes.IndexByte(text, 0) >= 0 {
		return nil, huiying.Errorf(huiying.Invalid, "intake.no_sheet", name)
	}
	return []table{readCSV(name, string(text))}, nil
}

// compound tells the two files that begin as Office 97 does: an .xls and a
// new workbook behind a password.
func compound(name string, data []byte) error {
	if bytes.Contains(data, []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")) {
		return huiying.Errorf(huiying.Invalid, "intake.password", name)
	}
	return huiying.Errorf(huiying.Invalid, "intake.xls", name)
}

// charsetOf decides by a byte order mark, else UTF-8 even with a few broken
// characters, else GB18030, which holds GBK.
func charsetOf(data []byte) encoding.Encoding {
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	}
	whole, broken := 0, 0
	for rest := data; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		rest = rest[n:]
		switch {
		case r == utf8.RuneError && n == 1:
			broken++
		case n > 2:
			whole++
		}
	}
	if broken == 0 || whole >= 8*broken {
		return unicode.UTF8BOM
	}
	return simplifiedchinese.GB18030
}

// readCSV reads to the end or to the first broken quote: what stands behind
// one cannot be told from what stands in the cell.
func readCSV(name, text string) table {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord = separator(text), -1
	var t table
	n, line, inside := 0, 0, 0 // inside: line breaks within the record before
	for {
		cells, err := r.Read()
		var parse *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return t
		case errors.As(err, &parse):
			n += parse.StartLine - line - inside
			t.broken = huiying.Errorf(huiying.Invalid, "catalogue.row", name, n, huiying.Errorf(huiying.Invalid, "catalogue.quote"))
			return t
		case err != nil:
			t.broken = huiying.Errorf(huiying.Invalid, "intake.broken", name, err)
			return t
		case len(t.rows) > maxRows:
			t.broken = tooMany(name)
			return t
		}
		at, _ := r.FieldPos(0)
		n += at - line - inside
		line, inside = at, 0
		for _, c := range cells {
			inside += strings.Count(c, "\n")
		}
		t.rows = addRow(t.rows, n, cells)
	}
}

func tooMany(name string) error {
	return huiying.Errorf(huiying.Invalid, "catalogue.too_many_rows", name, MaxItems)
}

// separator is the one of tab and comma with which more headings are found.
func separator(text string) rune {
	best, most := ',', 0
	for _, mark := range []rune{',', '\t'} {
		r := csv.NewReader(strings.NewReader(text[:min(len(text), 16<<10)]))
		r.Comma, r.FieldsPerRecord, r.LazyQuotes = mark, -1, true
		var rows []row
		for cells, err := r.Read(); err == nil && len(rows) < maxTitle; cells, err = r.Read() {
			rows = addRow(rows, len(rows), cells)
		}
		if columns, _, ok := findHeadings(rows); ok {
			n := 0
			for _, c := range columns {
				n += min(c+1, 1)
			}
			if n > most {
				best, most = mark, n
			}
		}
	}
	return best
}

// addRow adds a row unless it is blank.
func addRow(rows []row, n int, cells []string) []row {
	if !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" }) {
		return rows
	}
	return append(rows, row{n, cells})
}

// recovered turns a panic of the library that reads xlsx into a sentence: it
// trusts files more than we do.
func recovered(name string, err *error) {
	if p := recover(); p != nil {
		*err = huiying.Errorf(huiying.Invalid, "intake.broken", name, fmt.Errorf("%v", p))
	}
}
