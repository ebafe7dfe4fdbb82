// Package sheet reads the spreadsheets that offices hand over, row by row in
// flat memory: xlsx, and csv in UTF-8, UTF-16 or GB18030 (which holds GBK). It
// refuses what is no such file with one sentence on what to do: an old .xls, an
// HTML page under that name, a password, something cut off, a bomb.
package sheet

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"huiying"
)

// Limits of one file.
const (
	MaxFile  = 64 << 20  // bytes of the file
	MaxPlain = 512 << 20 // bytes of what an xlsx unpacks to
	MaxRows  = 200_000
	MaxCell  = 32_767 // characters of a cell, the limit of Excel itself
	MaxCells = 500    // of a row
)

// Row is one row. Cells are as they are stored: a date in an xlsx is its serial
// number.
type Row struct {
	N     int      // from 1, as the spreadsheet program shows it
	Cells []string // trailing empty ones may be missing; valid until the next row
}

// Book is an open file. It is not safe for concurrent use.
type Book struct {
	name     string
	sheets   []string
	since04  bool
	rows     func(ctx context.Context, sheet string, yield func(Row) error) error
	closeAll func() error
}

// Sheets names the visible sheets in their order; a csv has one, "".
func (b *Book) Sheets() []string { return b.sheets }

// Since1904 reports that serial numbers of dates count from 1904.
func (b *Book) Since1904() bool { return b.since04 }

// Rows gives the rows of a sheet in order, until yield fails, which is
// returned. Rows without any cell may be left out.
func (b *Book) Rows(ctx context.Context, sheet string, yield func(Row) error) (err error) {
	yielding := false // a panic then is not the file's
	defer func() {
		p := recover()
		switch {
		case p != nil && yielding:
			panic(p)
		case p != nil:
			err = huiying.Errorf(huiying.Invalid, "intake.broken", b.name, fmt.Errorf("%v", p))
		}
	}()
	return b.rows(ctx, sheet, func(r Row) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if r.N > MaxRows {
			return huiying.Errorf(huiying.Invalid, "intake.too_many_rows", b.name, MaxRows)
		}
		yielding = true
		err := yield(r)
		yielding = false
		return err
	})
}

// Close lets go of the file and of what was unpacked.
func (b *Book) Close() error { return b.closeAll() }

// Open opens the file at path. Errors of code huiying.Invalid are sentences
// for whoever made the file; name is how they know it.
func Open(path, name string) (*Book, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, huiying.Errorf(huiying.Unavailable, "intake.unreadable", name, err)
	}
	book, err := open(f, name)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return book, nil
}

func open(f *os.File, name string) (book *Book, err error) {
	defer func() {
		if p := recover(); p != nil { // the library trusts the file more than we do
			book, err = nil, huiying.Errorf(huiying.Invalid, "intake.broken", name, fmt.Errorf("%v", p))
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return nil, huiying.Errorf(huiying.Unavailable, "intake.unreadable", name, err)
	}
	if info.Size() > MaxFile {
		return nil, huiying.Errorf(huiying.Invalid, "intake.too_big", name, info.Size()>>20, MaxFile>>20)
	}
	head := make([]byte, 4096)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, huiying.Errorf(huiying.Unavailable, "intake.unreadable", name, err)
	}
	head = head[:n]
	switch {
	case len(bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\ufeff")))) == 0:
		return nil, huiying.Errorf(huiying.Invalid, "intake.empty", name)
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return openXLSX(f, info.Size(), name)
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
		return nil, compound(f, name)
	case markup(head):
		return nil, huiying.Errorf(huiying.Invalid, "intake.html", name)
	case !plain(name, head):
		return nil, huiying.Errorf(huiying.Invalid, "intake.no_sheet", name)
	}
	return openCSV(f, name)
}

// compound tells the two files that begin as Office 97 does: an .xls and a
// new workbook behind a password.
func compound(f *os.File, name string) error {
	mark := []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")
	if found, err := contains(io.NewSectionReader(f, 0, MaxFile), mark); err == nil && found {
		return huiying.Errorf(huiying.Invalid, "intake.password", name)
	}
	return huiying.Errorf(huiying.Invalid, "intake.xls", name)
}

func contains(r io.Reader, mark []byte) (bool, error) {
	buf := make([]byte, 64<<10)
	kept := 0
	for {
		n, err := r.Read(buf[kept:])
		have := buf[:kept+n]
		if bytes.Contains(have, mark) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		kept = copy(buf, have[max(0, len(have)-len(mark)):])
	}
}

// markup reports a page: many systems export one and call it .xls.
func markup(head []byte) bool {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n")
	return len(head) > 1 && head[0] == '<' && (head[1] == '!' || head[1] == '?' || head[1]|0x20 >= 'a' && head[1]|0x20 <= 'z')
}

// plain reports a file that may be a csv.
func plain(name string, head []byte) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".csv", ".txt", ".tsv":
	default:
		return false
	}
	return bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) || !bytes.Contains(head, []byte{0})
}

// parts checks the members of an xlsx before anything is unpacked.
func parts(f io.ReaderAt, size int64, name string) (*zip.Reader, error) {
	z, err := zip.NewReader(f, size)
	if err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "intake.broken", name, err)
	}
	var total uint64
	workbook := false
	for _, m := range z.File {
		if total += m.UncompressedSize64; total > MaxPlain || m.UncompressedSize64 > MaxPlain {
			return nil, huiying.Errorf(huiying.Invalid, "intake.bomb", name, MaxPlain>>20)
		}
		workbook = workbook || strings.EqualFold(m.Name, "xl/workbook.xml")
	}
	if !workbook {
		return nil, huiying.Errorf(huiying.Invalid, "intake.no_sheet", name)
	}
	return z, nil
}
