package sheet

import (
	"archive/zip"
	"bufio"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"huiying"
)

// inMemory is how much of one unpacked part stays in memory; more goes to a
// temporary file.
const inMemory = 8 << 20

func openXLSX(f *os.File, size int64, name string) (*Book, error) {
	z, err := parts(f, size, name)
	if err != nil {
		return nil, err
	}
	if err := whole(z); err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "intake.broken", name, err)
	}
	x, err := excelize.OpenFile(f.Name(), excelize.Options{RawCellValue: true, UnzipSizeLimit: MaxPlain, UnzipXMLSizeLimit: inMemory})
	if err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "intake.broken", name, err)
	}
	b := &Book{name: name, closeAll: func() error { return errors.Join(x.Close(), f.Close()) }}
	for _, s := range x.GetSheetList() {
		if visible, err := x.GetSheetVisible(s); err == nil && visible {
			b.sheets = append(b.sheets, s)
		}
	}
	if props, err := x.GetWorkbookProps(); err == nil && props.Date1904 != nil {
		b.since04 = *props.Date1904
	}
	b.rows = func(_ context.Context, sheet string, yield func(Row) error) error {
		return xlsxRows(x, name, sheet, yield)
	}
	return b, nil
}

func xlsxRows(x *excelize.File, name, sheet string, yield func(Row) error) (err error) {
	rows, err := x.Rows(sheet)
	if err != nil {
		return huiying.Errorf(huiying.Invalid, "intake.broken", name, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for n := 1; rows.Next(); n++ {
		cells, err := rows.Columns()
		if err != nil {
			return huiying.Errorf(huiying.Invalid, "intake.broken", name, fmt.Errorf("row %d: %w", n, err))
		}
		if len(cells) == 0 {
			continue
		}
		if err := yield(Row{N: n, Cells: cells}); err != nil {
			return err
		}
	}
	return rows.Error()
}

// whole reads every sheet to its end. The reader of rows takes a broken sheet
// for a short one, and rows would be lost without a word.
func whole(z *zip.Reader) error {
	for _, m := range z.File {
		if !strings.HasPrefix(strings.ToLower(strings.ReplaceAll(m.Name, "\\", "/")), "xl/worksheets/sheet") || m.FileInfo().IsDir() {
			continue
		}
		if err := wellFormed(m); err != nil {
			return fmt.Errorf("%s: %w", m.Name, err)
		}
	}
	return nil
}

func wellFormed(m *zip.File) error {
	r, err := m.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	d := xml.NewDecoder(bufio.NewReaderSize(r, 64<<10))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// Serial bounds of the dates that a sheet of this trade may hold, 1990 to
// 2100, counted from 1900; Excel stores dates as such numbers.
const (
	firstSerial = 32_874
	lastSerial  = 73_051
	shift1904   = 1_462
)

// Date writes the serial number of a date as people do: 2026-01-05 where it is
// a whole day, else with a clock. ok is false for anything that is no serial
// number of our time.
func Date(cell string, since1904 bool) (text string, ok bool) {
	n, err := strconv.ParseFloat(cell, 64)
	if err != nil || math.IsNaN(n) {
		return "", false
	}
	if since1904 {
		n += shift1904
	}
	if n < firstSerial || n >= lastSerial {
		return "", false
	}
	// Serial 25569 is 1970-01-01; a day's fraction is off by less than a second.
	t := time.Unix(int64(math.Round((n-25569)*86400)), 0).UTC()
	if t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Format(time.DateOnly), true
	}
	return t.Format(time.DateTime), true
}
