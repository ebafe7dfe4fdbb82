package app

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"huiying"
)

// workbook is an xlsx with a sheet for each list of rows.
func workbook(t testing.TB, sheets ...[][]string) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for i, rows := range sheets {
		name := fmt.Sprintf("Sheet%d", i+1)
		if _, err := f.NewSheet(name); err != nil {
			t.Fatal(err)
		}
		for n, cells := range rows {
			if err := f.SetSheetRow(name, fmt.Sprintf("A%d", n+1), &cells); err != nil {
				t.Fatal(err)
			}
		}
	}
	var b bytes.Buffer
	if _, err := f.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func utf16LE(text string) []byte {
	out := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(text)) {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return out
}

// repack changes one part of an xlsx, or leaves it out.
func repack(t *testing.T, file []byte, part string, change func([]byte) []byte) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, m := range z.File {
		r, err := m.Open()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if m.Name == part {
			if change == nil {
				continue
			}
			body = change(body)
		}
		to, err := w.Create(m.Name)
		if err == nil {
			_, err = to.Write(body)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const itemTable = "政务服务事项目录,,,\n窗口,事项名称,事项编码,别名\n3号厅,犬只准养登记,dog-1,办狗证、犬证\n,公共停车场备案,,\n"

// cells are the rows of a text with commas.
func cells(text string) (rows [][]string) {
	for line := range strings.Lines(text) {
		rows = append(rows, strings.Split(strings.TrimSuffix(line, "\n"), ","))
	}
	return rows
}

func itemFile(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// One catalogue in every dress gives the same items.
func TestReadItems(t *testing.T) {
	gb, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(itemTable))
	if err != nil {
		t.Fatal(err)
	}
	tabs := strings.ReplaceAll(itemTable, ",", "\t")
	for name, data := range map[string][]byte{
		"comma.csv": []byte(itemTable), "tab.tsv": []byte(tabs), "mark.csv": []byte("\ufeff" + itemTable), "gb.csv": gb, "utf16.csv": utf16LE(itemTable),
		"crlf.csv": []byte(strings.ReplaceAll(itemTable, "\n", "\r\n")), "quoted.csv": []byte(strings.Replace(itemTable, "办狗证、犬证", "\"办狗证\n犬证\"", 1)),
		"book.xlsx": workbook(t, cells(itemTable)), "second.xlsx": workbook(t, [][]string{{"说明"}}, cells(itemTable)),
	} {
		items, err := readItems(itemFile(t, name, data))
		if err != nil || len(items) != 2 || items[0].Code != "dog-1" || strings.Join(items[0].Aliases, " ") != "办狗证 犬证" || items[1].Name != "公共停车场备案" {
			t.Errorf("%s: %+v, %v", name, items, err)
		}
	}
	if items, err := readItems(""); items != nil || err != nil {
		t.Errorf("no file: %v, %v", items, err)
	}
}

// A file that is no table, or no whole one, is refused with one sentence.
func TestItemsRefused(t *testing.T) {
	whole := workbook(t, cells(itemTable))
	for name, c := range map[string]struct {
		data []byte
		key  string
	}{
		"nothing.csv": {nil, "intake.empty"}, "blanks.csv": {[]byte("\ufeff \r\n"), "intake.empty"}, "page.csv": {[]byte("<html><table>"), "intake.html"},
		"old.xls": {[]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 Workbook"), "intake.xls"}, "picture.csv": {[]byte("\x89PNG\x00\x00\x00"), "intake.no_sheet"},
		"password.xlsx": {append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), utf16LE("EncryptedPackage")[2:]...), "intake.password"},
		"cut.xlsx":      {whole[:len(whole)/2], "intake.broken"}, "headings.csv": {[]byte("编码,部门\n1,2\n"), "catalogue.no_headings"},
		"cut-sheet.xlsx": {repack(t, whole, "xl/worksheets/sheet1.xml", func(b []byte) []byte { return b[:len(b)/2] }), "intake.broken"},
		"other.xlsx":     {repack(t, whole, "xl/workbook.xml", nil), "intake.no_sheet"},
		"open.csv":       {[]byte(itemTable + "\"引号没有成对,后面的\n" + strings.Repeat("甲乙,丙\n", 40)), "catalogue.row"},
	} {
		items, err := readItems(itemFile(t, name, c.data))
		var e *huiying.Error
		if !errors.As(err, &e) || e.Key != c.key || e.Code != huiying.Invalid || items != nil {
			t.Errorf("%s: %v, want %s", name, err, c.key)
		}
	}
}
