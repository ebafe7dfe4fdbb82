package exchange

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/report/annual"
)

// heads are the columns of a file, in Chinese and English. What a person needs
// not fill in is not read: names, units, who and when.
func heads() [][2]string {
	return [][2]string{{"代码", "code"}, {"名称", "name"}, {"单元", "cell"}, {"单元名称", "cell name"}, {"单位", "unit"}, {"数值", "value"}, {"备注", "note"},
		{"年份", "year"}, {"来源", "source"}, {"填报人", "by"}, {"时间", "at"}}
}

// columns finds where in a row of heads each one stands; -1 = nowhere.
func columns(row []string, sheet string) (map[string]int, error) {
	out := map[string]int{}
	for i, cell := range row {
		cell = strings.TrimSpace(strings.TrimPrefix(cell, "\ufeff"))
		for _, h := range heads() {
			if strings.EqualFold(cell, h[0]) || strings.EqualFold(cell, h[1]) {
				if _, twice := out[h[1]]; twice {
					return nil, place{sheet, 1, i + 1}.wrong(huiying.Errorf(huiying.Invalid, "annual.file.head_twice", cell))
				}
				out[h[1]] = i
			}
		}
	}
	for _, must := range []string{"code", "value"} {
		if _, there := out[must]; !there {
			return nil, place{sheet, 1, 1}.wrong(huiying.Errorf(huiying.Invalid, "annual.file.heads"))
		}
	}
	return out, nil
}

func readCSV(raw []byte, n *query.NewDisclosure) error {
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	if !utf8.Valid(raw) {
		decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(raw)
		if err != nil || bytes.ContainsRune(decoded, utf8.RuneError) {
			return huiying.Errorf(huiying.Invalid, "annual.file.encoding")
		}
		raw = decoded
	}
	c := csv.NewReader(bytes.NewReader(raw))
	c.FieldsPerRecord = -1
	var rows [][]string
	var at []int // the line each row begins in
	for {
		row, err := c.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var bad *csv.ParseError
		if errors.As(err, &bad) {
			return place{row: bad.StartLine, column: 1}.wrong(huiying.Errorf(huiying.Invalid, "annual.file.not_csv"))
		}
		if err != nil {
			return err
		}
		line, _ := c.FieldPos(0)
		rows, at = append(rows, row), append(at, line)
		if len(rows) > mostRows {
			return huiying.Errorf(huiying.Invalid, "annual.file.rows", mostRows)
		}
	}
	return newReading(n).table("", rows, at)
}

func readXLSX(raw []byte, n *query.NewDisclosure) (err error) {
	x, err := excelize.OpenReader(bytes.NewReader(raw), excelize.Options{UnzipSizeLimit: 50 << 20, UnzipXMLSizeLimit: 20 << 20})
	if err != nil {
		return huiying.Errorf(huiying.Invalid, "annual.file.not_xlsx")
	}
	defer func() { err = errors.Join(err, x.Close()) }()
	r := newReading(n)
	for _, sheet := range x.GetSheetList() {
		rows, err := x.GetRows(sheet, excelize.Options{RawCellValue: true})
		if err != nil {
			return huiying.Errorf(huiying.Invalid, "annual.file.not_xlsx")
		}
		if len(rows) > mostRows {
			return huiying.Errorf(huiying.Invalid, "annual.file.rows", mostRows)
		}
		at := make([]int, len(rows))
		for i := range at {
			at[i] = i + 1
		}
		if err := r.table(sheet, rows, at); err != nil {
			return err
		}
	}
	return nil
}

// table reads rows under their heads; a row without a value says nothing.
func (r *reading) table(sheet string, rows [][]string, lines []int) error {
	if len(rows) == 0 {
		return nil
	}
	cols, err := columns(rows[0], sheet)
	if err != nil {
		return err
	}
	for i, row := range rows[1:] {
		get := func(name string) (string, place) {
			at, there := cols[name]
			p := place{sheet, lines[i+1], at + 1}
			if !there || at >= len(row) {
				return "", p
			}
			return query.Unguarded(row[at]), p
		}
		if err := r.row(get); err != nil {
			return err
		}
	}
	return nil
}

func (r *reading) row(get func(string) (string, place)) error {
	code, codeAt := get("code")
	value, valueAt := get("value")
	code = strings.TrimSpace(code)
	if code == "" && strings.TrimSpace(value) == "" {
		return nil
	}
	if text, at := get("year"); strings.TrimSpace(text) != "" {
		year, err := yearOf(text, at)
		if err == nil {
			err = r.setYear(year, at)
		}
		if err != nil {
			return err
		}
	}
	if part, ok := strings.CutPrefix(code, "text."); ok {
		if strings.TrimSpace(value) == "" {
			return nil
		}
		return r.text(part, value, codeAt)
	}
	fact, cell := query.SplitFact(code)
	if other, at := get("cell"); strings.TrimSpace(other) != "" {
		if cell != "" {
			return at.wrong(huiying.Errorf(huiying.Invalid, "annual.file.cell_twice"))
		}
		cell = strings.TrimSpace(other)
		codeAt = at
	}
	if _, known := annual.Find(fact); !known {
		_, codeAt = get("code")
		return codeAt.wrong(huiying.Errorf(huiying.Invalid, "annual.no_fact", shown(fact)))
	}
	if strings.TrimSpace(value) == "" {
		return nil
	}
	note, _ := get("note")
	return r.fact(query.DisclosureFact{Fact: fact, Cell: cell, Note: note}, value, codeAt, valueAt)
}

// Write writes all that people and files say of a year, and a row without a value
// for each number that they do not, so that the file is the form to fill in. What
// was counted stands beside its source alone: taken in again it would be a number
// that somebody entered, and no longer counted. People by their names.
func Write(d query.Disclosure, format string, o WriteOptions) ([]byte, error) {
	switch format {
	case YAML:
		return writeYAML(d)
	case CSV:
		return writeCSV(d, o)
	case XLSX:
		return writeXLSX(d, o)
	}
	return nil, huiying.Errorf(huiying.Invalid, "annual.file.format", format)
}

// WriteOptions say how people and sources are named.
type WriteOptions struct {
	Person func(id string) string
	Source func(source string) string
	Time   func(f query.DisclosureFact) string
}

// records is every row of a file, heads first: numbers, then texts.
func records(d query.Disclosure, o WriteOptions) (numbers, texts [][]string) {
	var head []string
	for _, names := range heads() {
		head = append(head, names[0])
	}
	numbers = [][]string{head}
	texts = [][]string{head}
	year := strconv.Itoa(d.Year)
	for _, k := range annual.Kinds() {
		for _, cell := range k.All() {
			row := []string{k.ID, k.ZH, cell, "", k.Unit, "", "", year, "", "", ""}
			if cell != "" {
				row[3] = annual.CellName(cell)
			}
			if f, ok := d.Fact(k.ID, cell); ok {
				row[8], row[9], row[10] = o.Source(f.Source), o.Person(f.By), o.Time(f)
				if f.Source == query.FactCounted {
					row[8] += " " + number(f)
				} else {
					row[5], row[6] = number(f), f.Note
				}
			}
			numbers = append(numbers, row)
		}
	}
	for _, p := range annual.Parts() {
		texts = append(texts, []string{"text." + p.ID, p.ZH, "", "", "", d.Text(p.ID), "", year, "", "", ""})
	}
	return numbers, texts
}

func number(f query.DisclosureFact) string {
	s := strconv.FormatFloat(f.Value, 'f', -1, 64)
	if f.AtLeast {
		s += "余"
	}
	return s
}

func writeCSV(d query.Disclosure, o WriteOptions) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("\ufeff") // without it spreadsheets take the text for GBK
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	numbers, texts := records(d, o)
	for _, row := range append(numbers, texts[1:]...) {
		out := make([]string, len(row))
		for i, s := range row {
			out[i] = query.Guarded(s)
		}
		if err := w.Write(out); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

func writeXLSX(d query.Disclosure, o WriteOptions) (raw []byte, err error) {
	x := excelize.NewFile()
	defer func() { err = errors.Join(err, x.Close()) }()
	numbers, texts := records(d, o)
	for i, s := range []struct {
		name string
		rows [][]string
	}{{"数字", numbers}, {"文字", texts}} {
		if i == 0 {
			err = x.SetSheetName("Sheet1", s.name)
		} else {
			_, err = x.NewSheet(s.name)
		}
		if err == nil {
			err = fill(x, s.name, s.rows)
		}
		if err != nil {
			return nil, err
		}
	}
	var b bytes.Buffer
	err = x.Write(&b)
	return b.Bytes(), err
}

func fill(x *excelize.File, sheet string, rows [][]string) error {
	for r, row := range rows {
		for c, text := range row {
			if text == "" {
				continue
			}
			cell, err := excelize.CoordinatesToCellName(c+1, r+1)
			if err != nil {
				return err
			}
			if v, err := strconv.ParseFloat(text, 64); err == nil && r > 0 && c == 5 && sheet == "数字" {
				if err := x.SetCellFloat(sheet, cell, v, -1, 64); err != nil {
					return err
				}
				continue
			}
			if err := x.SetCellStr(sheet, cell, query.Guarded(text)); err != nil {
				return err
			}
		}
	}
	for column, width := range map[string]float64{"A": 24, "B": 44, "D": 20, "F": 16, "G": 30} {
		if err := x.SetColWidth(sheet, column, column, width); err != nil {
			return err
		}
	}
	return x.SetPanes(sheet, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
}
