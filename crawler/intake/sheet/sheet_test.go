package sheet_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"huiying/crawler/intake/sheet"
)

func write(t testing.TB, name string, body []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, body, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// workbook is an xlsx with one sheet of rows.
func workbook(t testing.TB, rows int, cells ...any) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		if err := w.SetRow(fmt.Sprintf("A%d", i+1), cells); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := f.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func rows(t testing.TB, path string) ([]string, error) {
	t.Helper()
	b, err := sheet.Open(path, filepath.Base(path))
	if err != nil {
		return nil, err
	}
	defer b.Close()
	var out []string
	for _, s := range b.Sheets() {
		err := b.Rows(context.Background(), s, func(r sheet.Row) error {
			out = append(out, fmt.Sprintf("%d %q", r.N, r.Cells))
			return nil
		})
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

// The numbers of rows are those that a spreadsheet program shows, whatever
// lines a cell holds and whatever is left blank.
func TestRowNumbers(t *testing.T) {
	got, err := rows(t, write(t, "a.csv", []byte("\r\na,b\r\n\"x\ny\nz\",1\r\n\r\n,\r\nc,d")))
	want := []string{`2 ["a" "b"]`, `3 ["x\ny\nz" "1"]`, `5 ["" ""]`, `6 ["c" "d"]`}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func TestDate(t *testing.T) {
	for _, c := range []struct {
		cell    string
		since04 bool
		want    string
	}{
		{"46083", false, "2026-03-02"}, {"46083.4375", false, "2026-03-02 10:30:00"}, {"44621", true, "2026-03-02"},
		{"46083.999999", false, "2026-03-03"}, {"20260302", false, ""}, {"12", false, ""}, {"NaN", false, ""}, {"1e5", false, ""}, {"", false, ""},
		{"1.2万", false, ""},
	} {
		if got, ok := sheet.Date(c.cell, c.since04); got != c.want || ok != (c.want != "") {
			t.Errorf("%s: %q", c.cell, got)
		}
	}
}

// A sheet that ends in the middle of its XML is broken, not short; a file that
// unpacks to more than is allowed is not unpacked.
func TestBroken(t *testing.T) {
	whole := workbook(t, 50, "a", "b")
	for name, body := range map[string][]byte{
		"cut sheet": replace(t, whole, "xl/worksheets/sheet1.xml", func(b []byte) []byte { return b[:len(b)/2] }),
		"junk":      replace(t, whole, "xl/worksheets/sheet1.xml", func([]byte) []byte { return []byte("\x00\x01 not XML <") }),
		"bomb":      replace(t, whole, "xl/media/a.bin", nil),
		"no zip":    []byte("PK\x03\x04 and nothing more"),
	} {
		if got, err := rows(t, write(t, "a.xlsx", body)); err == nil {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// replace changes one part of an xlsx; without a change it adds a member that
// says it unpacks to 600 MB.
func replace(t *testing.T, file []byte, part string, change func([]byte) []byte) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	put := func(name string, body io.Reader) {
		to, err := w.Create(name)
		if err == nil {
			_, err = io.Copy(to, body)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
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
			body = change(body)
		}
		put(m.Name, bytes.NewReader(body))
	}
	if change == nil {
		if _, err := w.CreateRaw(&zip.FileHeader{Name: part, Method: zip.Deflate, UncompressedSize64: 600 << 20}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A sheet of 50 MB takes no more memory than its parts that stay in memory.
func TestFlatMemory(t *testing.T) {
	if testing.Short() || raced {
		t.Skip("writes and reads a sheet of 50 MB: not with -short or -race")
	}
	body := workbook(t, 100_000, "RX20260000001", strings.Repeat("供热问题", 30), 46083.5, "城建局")
	path := write(t, "big.xlsx", body)
	body = nil
	runtime.GC()
	runtime.GC() // what has a finalizer goes in the second
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	b, err := sheet.Open(path, "big.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	n, most := 0, uint64(0)
	err = b.Rows(context.Background(), "Sheet1", func(sheet.Row) error {
		if n++; n%10_000 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapAlloc)
		}
		return nil
	})
	if err != nil || n != 100_000 {
		t.Fatal(n, err)
	}
	grown := int64(most) - int64(before.HeapAlloc)
	t.Logf("%d rows, live heap grown by %d KB at most", n, grown>>10)
	if grown > 24<<20 {
		t.Errorf("the live heap grew by %d MB", grown>>20)
	}
}

func FuzzRows(f *testing.F) {
	f.Add("a.csv", []byte("编号,内容\n1,\"二\n三\"\n"))
	f.Add("a.csv", []byte("\xff\xfea\x00,\x00b\x00"))
	f.Add("a.tsv", []byte("\xb1\xe0\xba\xc5\t\xc4\xda\xc8\xdd\n1\t\"unclosed"))
	f.Add("a.xlsx", workbook(f, 3, "a", 1, true))
	f.Add("a.xls", []byte("<html><table>"))
	f.Add("a.xls", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"))
	f.Fuzz(func(t *testing.T, name string, body []byte) {
		if len(body) > 1<<20 {
			return
		}
		name = "x" + filepath.Ext(filepath.Base(name))
		if strings.ContainsAny(name, "/\x00") || len(name) > 50 {
			return
		}
		b, err := sheet.Open(write(t, name, body), name)
		if err != nil {
			return
		}
		defer b.Close()
		for _, s := range b.Sheets() {
			last := 0
			_ = b.Rows(context.Background(), s, func(r sheet.Row) error {
				if r.N <= last {
					t.Fatalf("row %d after row %d", r.N, last)
				}
				last = r.N
				return nil
			})
		}
	})
}
