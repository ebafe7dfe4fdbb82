package catalogue

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"

	"huiying"
)

// readXLSX reads the visible sheets. What the file would unpack to is bounded
// before anything is unpacked, and nothing is written to disk.
func readXLSX(name string, data []byte) (tables []table, err error) {
	defer recovered(name, &err)
	if err := checkParts(name, data); err != nil {
		return nil, err
	}
	x, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{
		RawCellValue: true, UnzipSizeLimit: maxPlain, UnzipXMLSizeLimit: maxPlain,
	})
	if err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "intake.broken", name, err)
	}
	defer func() { err = errors.Join(err, x.Close()) }()
	for _, s := range x.GetSheetList() {
		if visible, err := x.GetSheetVisible(s); err != nil || !visible {
			continue
		}
		t, err := readSheet(x, name, s)
		if err != nil {
			return nil, err
		}
		tables = append(tables, t)
	}
	return tables, nil
}

func readSheet(x *excelize.File, name, sheet string) (t table, err error) {
	rows, err := x.Rows(sheet)
	if err != nil {
		return t, huiying.Errorf(huiying.Invalid, "intake.broken", name, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for n := 1; rows.Next(); n++ {
		cells, err := rows.Columns()
		if err != nil {
			return t, huiying.Errorf(huiying.Invalid, "intake.broken", name, fmt.Errorf("row %d: %w", n, err))
		}
		if len(t.rows) > maxRows {
			t.broken = tooMany(name)
			break
		}
		t.rows = addRow(t.rows, n, cells)
	}
	if err := rows.Error(); err != nil {
		return t, huiying.Errorf(huiying.Invalid, "intake.broken", name, err)
	}
	return t, nil
}

// checkParts looks at the members of the file: what they say they unpack to,
// and whether every sheet is whole. The reader of rows takes a broken sheet
// for a short one, and rows would be lost without a word.
func checkParts(name string, data []byte) error {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return huiying.Errorf(huiying.Invalid, "intake.broken", name, err)
	}
	var total uint64
	workbook := false
	for _, m := range z.File {
		if total += m.UncompressedSize64; total > maxPlain || m.UncompressedSize64 > maxPlain {
			return huiying.Errorf(huiying.Invalid, "intake.bomb", name, maxPlain>>20)
		}
		workbook = workbook || strings.EqualFold(m.Name, "xl/workbook.xml")
	}
	if !workbook {
		return huiying.Errorf(huiying.Invalid, "intake.no_sheet", name)
	}
	for _, m := range z.File {
		path := strings.ToLower(strings.ReplaceAll(m.Name, "\\", "/"))
		if !strings.HasPrefix(path, "xl/worksheets/sheet") || m.FileInfo().IsDir() {
			continue
		}
		if err := wellFormed(m); err != nil {
			return huiying.Errorf(huiying.Invalid, "intake.broken", name, fmt.Errorf("%s: %w", m.Name, err))
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
