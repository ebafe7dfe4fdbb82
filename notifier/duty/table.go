package duty

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"huiying"
)

// Line is a row of a sheet.
type Line struct {
	N     int // from 1, as the spreadsheet program shows it
	Cells []string
}

// Table is what was read of a sheet: the rows that can be used, and a sentence
// for every one that cannot.
type Table struct {
	Rows     []huiying.DutyRow
	Problems []error
}

// The columns of a table and what offices call them.
const (
	colDate = iota
	colLayer
	colShift
	colPeople
	colNote
	columns
)

func columnNames() [columns][]string {
	return [columns][]string{
		colDate:   {"日期", "值班日期", "date"},
		colLayer:  {"岗位", "职责", "类别", "layer", "post"},
		colShift:  {"班次", "时段", "shift"},
		colPeople: {"姓名", "工号", "姓名/工号", "值班人员", "值班人", "人员", "person", "people", "name"},
		colNote:   {"备注", "说明", "note"},
	}
}

// ReadTable reads a duty table: a head that names 日期 and 姓名 or 工号, and
// where there are such 班次, 岗位 and 备注, then one row a date. A date that is
// missing is the row's above, as in merged cells; a cell may name several
// people. People are known by id or by name.
func ReadTable(r huiying.Roster, people []huiying.Person, lines []Line) Table {
	var t Table
	at, rest, ok := head(lines)
	if !ok {
		t.Problems = append(t.Problems, huiying.Errorf(huiying.Invalid, "duty.table.head"))
		return t
	}
	date := ""
	for _, line := range rest {
		cell := func(col int) string {
			if i := at[col]; i >= 0 && i < len(line.Cells) {
				return strings.TrimSpace(line.Cells[i])
			}
			return ""
		}
		if cell(colDate) == "" && cell(colPeople) == "" {
			continue // an empty line, or a note under the table
		}
		row, err := readRow(r, people, cell, date)
		if err != nil {
			t.Problems = append(t.Problems, huiying.Errorf(huiying.Invalid, "duty.table.row", line.N, err))
			if d := readDate(cell(colDate)); d != "" {
				date = d
			}
			continue
		}
		date = row.Date
		t.Rows = append(t.Rows, row)
	}
	if len(t.Rows) == 0 && len(t.Problems) == 0 {
		t.Problems = append(t.Problems, huiying.Errorf(huiying.Invalid, "duty.table.empty"))
	}
	return t
}

// head finds the columns: in the first line that names a date and a person, for
// sheets begin with a title.
func head(lines []Line) (at [columns]int, rest []Line, ok bool) {
	for i, line := range lines {
		for col, names := range columnNames() {
			at[col] = slices.IndexFunc(line.Cells, func(c string) bool {
				return slices.Contains(names, strings.ToLower(strings.Join(strings.Fields(c), "")))
			})
		}
		if at[colDate] >= 0 && at[colPeople] >= 0 {
			return at, lines[i+1:], true
		}
	}
	return at, nil, false
}

func readRow(r huiying.Roster, people []huiying.Person, cell func(int) string, above string) (huiying.DutyRow, error) {
	row := huiying.DutyRow{Date: above, Shift: cell(colShift), Layer: cell(colLayer), Note: cell(colNote)}
	if text := cell(colDate); text != "" {
		if row.Date = readDate(text); row.Date == "" {
			return row, huiying.Errorf(huiying.Invalid, "duty.row.date", text)
		}
	}
	if row.Date == "" {
		return row, huiying.Errorf(huiying.Invalid, "duty.row.date", "")
	}
	for _, l := range r.Layers {
		if row.Layer != "" && row.Layer == l.Name {
			row.Layer = l.ID
		}
	}
	for _, word := range strings.FieldsFunc(cell(colPeople), between) {
		id, err := personOf(people, word)
		if err != nil {
			return row, err
		}
		if !slices.Contains(row.People, id) {
			row.People = append(row.People, id)
		}
	}
	return row, CheckRow(r, row)
}

// between stands between the people of one cell.
func between(c rune) bool { return strings.ContainsRune("、,，;；/ \t\n　", c) }

func personOf(people []huiying.Person, word string) (string, error) {
	id, n := "", 0
	for _, p := range people {
		if p.ID == word {
			return p.ID, nil
		}
		if p.Name == word {
			id = p.ID
			n++
		}
	}
	switch n {
	case 0:
		return "", huiying.Errorf(huiying.Invalid, "duty.row.no_person", word)
	case 1:
		return id, nil
	}
	return "", huiying.Errorf(huiying.Invalid, "duty.row.two_people", word)
}

// readDate reads 2026-10-01, 2026/10/1, 2026.10.1, 20261001, 2026年10月1日 (with
// or without a weekday behind) and the serial number of a spreadsheet; "" where
// it is none of them.
func readDate(s string) string {
	s, _, _ = strings.Cut(s, "(")
	s, _, _ = strings.Cut(s, "（")
	s, _, _ = strings.Cut(strings.TrimSpace(s), " ")
	s = strings.TrimSuffix(strings.NewReplacer("年", "-", "月", "-", "/", "-", ".", "-").Replace(s), "日")
	for _, form := range []string{"2006-1-2", "20060102"} {
		if t, err := time.Parse(form, s); err == nil && plausible(t) {
			return t.Format(time.DateOnly)
		}
	}
	if n, err := strconv.Atoi(s); err == nil && len(s) == 5 {
		// Day 1 of a sheet is 1900-01-01, and it believes in a 29th of February then.
		if t := time.Date(1899, 12, 30+n, 0, 0, 0, 0, time.UTC); plausible(t) {
			return t.Format(time.DateOnly)
		}
	}
	return ""
}

func plausible(t time.Time) bool { return t.Year() >= 2000 && t.Year() < 2100 }

// From drops the rows of days before a day: what is over stays as it was.
func From(today string, rows []huiying.DutyRow) []huiying.DutyRow {
	return slices.DeleteFunc(slices.Clone(rows), func(row huiying.DutyRow) bool { return row.Date < today })
}

// Merge gives the rows of a table after new ones came in: what they say of a
// date and layer replaces all that was said of it, as a table handed in anew
// replaces the one before.
func Merge(r huiying.Roster, old, fresh []huiying.DutyRow) []huiying.DutyRow {
	first := ""
	if len(r.Layers) > 0 {
		first = r.Layers[0].ID
	}
	key := func(row huiying.DutyRow) [2]string { return [2]string{row.Date, cmp.Or(row.Layer, first)} }
	said := map[[2]string]bool{}
	for _, row := range fresh {
		said[key(row)] = true
	}
	out := slices.DeleteFunc(slices.Clone(old), func(row huiying.DutyRow) bool { return said[key(row)] })
	out = append(out, fresh...)
	slices.SortStableFunc(out, func(a, b huiying.DutyRow) int {
		return cmp.Or(strings.Compare(a.Date, b.Date), strings.Compare(cmp.Or(a.Layer, first), cmp.Or(b.Layer, first)))
	})
	return out
}
