package exporting

import (
	"bufio"
	"encoding/csv"
	"errors"
	"iter"
	"os"
	"strconv"
	"time"

	"github.com/xuri/excelize/v2"

	"huiying/internal/query"
)

// table is a list as it is written: a row of words, then rows of cells, each a
// string, an int, a float64 or a time.Time.
type table struct {
	name  string
	head  []string
	rows  iter.Seq2[[]any, error]
	total *int // expected, known once the first rows are read; 0 = not known
}

// longestCell is how many characters a cell of a sheet holds.
const longestCell = 32767

// writer writes a table into a file.
type writer interface {
	head(t table) error
	row(cells []any) error
	close(notes [][2]string) error
	abandon() error // after an error
}

func newWriter(f *os.File, format string) (writer, error) {
	if format == "csv" {
		b := bufio.NewWriterSize(f, 1<<16)
		w := csv.NewWriter(b)
		w.UseCRLF = true
		_, err := b.WriteString("\ufeff") // without it spreadsheets take the text for GBK
		return &csvFile{b, w}, err
	}
	x := excelize.NewFile()
	return &xlsxFile{f: f, x: x, n: 1}, nil
}

// stamp is how times are written in text.
const stamp = "2006-01-02 15:04:05"

type csvFile struct {
	b *bufio.Writer
	w *csv.Writer
}

func (c *csvFile) head(t table) error { return c.w.Write(guarded(t.head)) }

func guarded(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = query.Guarded(s)
	}
	return out
}

func (c *csvFile) row(cells []any) error {
	out := make([]string, len(cells))
	for i, v := range cells {
		switch v := v.(type) {
		case string:
			out[i] = query.Guarded(v)
		case int:
			out[i] = strconv.Itoa(v)
		case float64:
			out[i] = strconv.FormatFloat(v, 'f', -1, 64)
		case time.Time:
			if !v.IsZero() {
				out[i] = v.Format(stamp)
			}
		}
	}
	return c.w.Write(out)
}

// close ends the file; notes have no place in a csv, the page shows them.
func (c *csvFile) close([][2]string) error {
	c.w.Flush()
	return errors.Join(c.w.Error(), c.b.Flush())
}

func (*csvFile) abandon() error { return nil }

type xlsxFile struct {
	f     *os.File
	x     *excelize.File
	sheet *excelize.StreamWriter
	n     int
	date  int // style
	bold  int
}

func (x *xlsxFile) head(t table) error {
	err := x.x.SetSheetName("Sheet1", t.name)
	if err == nil {
		x.sheet, err = x.x.NewStreamWriter(t.name)
	}
	if err != nil {
		return err
	}
	format := "yyyy-mm-dd hh:mm:ss"
	if x.date, err = x.x.NewStyle(&excelize.Style{CustomNumFmt: &format}); err != nil {
		return err
	}
	if x.bold, err = x.x.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}}); err != nil {
		return err
	}
	if err := x.sheet.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	if err := x.sheet.SetColWidth(1, len(t.head), 18); err != nil {
		return err
	}
	cells := make([]any, len(t.head))
	for i, s := range t.head {
		cells[i] = excelize.Cell{StyleID: x.bold, Value: query.Guarded(s)}
	}
	return x.next(cells)
}

func (x *xlsxFile) next(cells []any) error {
	err := x.sheet.SetRow("A"+strconv.Itoa(x.n), cells)
	x.n++
	return err
}

func (x *xlsxFile) row(cells []any) error {
	out := make([]any, len(cells))
	for i, v := range cells {
		switch v := v.(type) {
		case string:
			out[i] = cut(query.Guarded(v))
		case time.Time:
			if !v.IsZero() {
				out[i] = excelize.Cell{StyleID: x.date, Value: wall(v)}
			}
		default:
			out[i] = v
		}
	}
	return x.next(out)
}

// wall is a time with the hands of its zone's clock: a sheet knows no zones.
func wall(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}

func cut(s string) string {
	if r := []rune(s); len(r) > longestCell {
		return string(r[:longestCell])
	}
	return s
}

// close writes the notes on a sheet of their own and the whole into the file.
func (x *xlsxFile) close(notes [][2]string) error {
	if err := x.sheet.Flush(); err != nil {
		return errors.Join(err, x.x.Close())
	}
	name := notes[0][0]
	_, err := x.x.NewSheet(name)
	for i, n := range notes {
		if err == nil {
			err = x.x.SetSheetRow(name, "A"+strconv.Itoa(i+1), &[]string{query.Guarded(n[0]), cut(query.Guarded(n[1]))})
		}
	}
	if err == nil {
		err = x.x.SetColWidth(name, "A", "B", 28)
	}
	if err == nil {
		err = x.x.Write(x.f)
	}
	return errors.Join(err, x.x.Close())
}

// abandon removes what lies in temporary files.
func (x *xlsxFile) abandon() error { return x.x.Close() }
