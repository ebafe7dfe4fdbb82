package sheet

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"huiying"
)

func openCSV(f *os.File, name string) (*Book, error) {
	enc, err := charsetOf(f)
	if err != nil {
		return nil, huiying.Errorf(huiying.Unavailable, "intake.unreadable", name, err)
	}
	comma, err := separator(decoded(f, enc))
	if err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "intake.broken", name, err)
	}
	return &Book{
		name: name, sheets: []string{""}, closeAll: f.Close,
		rows: func(_ context.Context, _ string, yield func(Row) error) error {
			return csvRows(decoded(f, enc), comma, name, yield)
		},
	}, nil
}

// decoded reads the file from its start as UTF-8 without a byte order mark.
func decoded(f io.ReaderAt, enc encoding.Encoding) io.Reader {
	return transform.NewReader(io.NewSectionReader(f, 0, MaxFile), enc.NewDecoder())
}

// charsetOf decides by the bytes of the whole file: a byte order mark, else
// UTF-8 even with a few broken characters, else GB18030.
func charsetOf(f io.ReaderAt) (encoding.Encoding, error) {
	r := bufio.NewReaderSize(io.NewSectionReader(f, 0, MaxFile), 64<<10)
	head, err := r.Peek(3)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), nil
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		return unicode.UTF8BOM, nil
	}
	whole, broken := 0, 0
	for {
		c, n, err := r.ReadRune()
		switch {
		case errors.Is(err, io.EOF):
			if broken == 0 || whole >= 8*broken {
				return unicode.UTF8BOM, nil
			}
			return simplifiedchinese.GB18030, nil
		case err != nil:
			return nil, err
		case c == utf8.RuneError && n == 1:
			broken++
		case n > 2:
			whole++
		}
	}
}

// separator is the mark that stands most often in the first lines.
func separator(r io.Reader) (rune, error) {
	head, err := io.ReadAll(io.LimitReader(r, 16<<10))
	if err != nil {
		return 0, err
	}
	best, most := ',', 0
	for _, mark := range []rune{',', '\t', ';', '，', '|'} {
		if n := strings.Count(string(head), string(mark)); n > most && (mark != '，' || most == 0) {
			best, most = mark, n
		}
	}
	return best, nil
}

func csvRows(in io.Reader, comma rune, name string, yield func(Row) error) error {
	r := csv.NewReader(in)
	r.Comma, r.LazyQuotes, r.FieldsPerRecord, r.ReuseRecord = comma, true, -1, true
	row, line, inside := 0, 0, 0 // inside: line breaks within the record before
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return huiying.Errorf(huiying.Invalid, "intake.broken", name, err)
		}
		at, _ := r.FieldPos(0)
		row += at - line - inside
		line, inside = at, 0
		for _, c := range cells {
			inside += strings.Count(c, "\n")
		}
		if err := yield(Row{N: row, Cells: cells}); err != nil {
			return err
		}
	}
}
