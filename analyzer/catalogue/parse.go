package catalogue

import (
	"errors"
	"slices"
	"strings"

	"huiying"
	"huiying/analyzer/fold"
)

// maxTitle is how many rows with cells may stand above the headings.
const maxTitle = 10

// field is a column of the table.
type field int

const (
	fieldCode field = iota
	fieldName
	fieldUnit
	fieldAliases
	fieldKeywords
	fieldWindow
	fieldType
	fields
)

// headings are the names of the columns, folded.
func headings() map[string]field {
	return map[string]field{
		"事项编码": fieldCode, "事项编号": fieldCode, "编码": fieldCode, "code": fieldCode,
		"事项名称": fieldName, "名称": fieldName, "name": fieldName,
		"主管部门": fieldUnit, "实施机构": fieldUnit, "实施主体": fieldUnit, "unit": fieldUnit,
		"别名": fieldAliases, "aliases": fieldAliases, "alias": fieldAliases,
		"关键词": fieldKeywords, "keywords": fieldKeywords, "keyword": fieldKeywords,
		"窗口": fieldWindow, "办理窗口": fieldWindow, "window": fieldWindow,
		"事项类型": fieldType, "类型": fieldType, "type": fieldType,
	}
}

// Row is one row of a sheet.
type Row struct {
	N     int // from 1, as the spreadsheet program shows it
	Cells []string
}

// Parse reads a catalogue from the rows of a file's sheets; name is what people
// call the file. Columns are found by their Chinese or English headings in any
// order: 事项编码/code, 事项名称/name (which must be there),
// 主管部门/实施机构/unit, 别名/aliases and 关键词/keywords (separated by 、 | ; , as
// wide as they come, or line breaks), 窗口/window, 事项类型/type. Of two columns for
// the same thing the left one counts. An item without a code gets item- and ten
// hexadecimal digits. Every bad row is told with its number in one joined error
// of code huiying.Invalid, and then nothing is taken.
func Parse(name string, sheets [][]Row) (*Catalogue, error) {
	var rows []Row
	var columns [fields]int
	found := false
	for _, sheet := range sheets {
		sheet = slices.DeleteFunc(slices.Clone(sheet), blank)
		c, at, ok := findHeadings(sheet)
		switch {
		case ok && found:
			return nil, huiying.Errorf(huiying.Invalid, "catalogue.two_sheets", name)
		case ok:
			rows, columns, found = sheet[at+1:], c, true
		}
	}
	if !found {
		return nil, huiying.Errorf(huiying.Invalid, "catalogue.no_headings", name, maxTitle)
	}
	r := reader{name: name, columns: columns, first: map[string]int{}}
	return r.catalogue(rows)
}

func blank(r Row) bool {
	return !slices.ContainsFunc(r.Cells, func(c string) bool { return strings.TrimSpace(c) != "" })
}

// findHeadings finds the row with a heading for the name and where each column
// stands; -1 = there is none.
func findHeadings(rows []Row) (columns [fields]int, at int, ok bool) {
	known := headings()
	for i, r := range rows[:min(len(rows), maxTitle)] {
		for f := range columns {
			columns[f] = -1
		}
		for c, cell := range r.Cells {
			f, is := known[strings.Trim(strings.ReplaceAll(fold.String(cell), " ", ""), "*")]
			if is && columns[f] < 0 {
				columns[f] = c
			}
		}
		if columns[fieldName] >= 0 {
			return columns, i, true
		}
	}
	return columns, 0, false
}

// reader makes items of rows and notes what is wrong.
type reader struct {
	name    string
	columns [fields]int
	items   []Item
	bad     []error
	first   map[string]int // row of each code
}

// catalogue takes all rows or none.
func (r *reader) catalogue(rows []Row) (*Catalogue, error) {
	if len(rows) > MaxItems {
		return nil, huiying.Errorf(huiying.Invalid, "catalogue.too_many_rows", r.name, MaxItems)
	}
	for _, row := range rows {
		r.take(row)
	}
	switch {
	case len(r.bad) > 0:
		return nil, errors.Join(r.bad...)
	case len(r.items) == 0:
		return nil, huiying.Errorf(huiying.Invalid, "catalogue.no_items", r.name)
	}
	return &Catalogue{Items: r.items}, nil
}

func (r *reader) take(row Row) {
	it := Item{
		Code: r.text(row, fieldCode), Name: r.text(row, fieldName), Unit: r.text(row, fieldUnit),
		Aliases: r.list(row, fieldAliases), Keywords: r.list(row, fieldKeywords),
		Window: r.text(row, fieldWindow), Type: r.text(row, fieldType),
	}
	given := it.Code
	if given == "" {
		it.Code = derivedCode(it.Name)
	}
	problems := it.problems()
	before := r.first[it.Code]
	switch {
	case before == 0:
		r.first[it.Code] = row.N
	case given != "":
		problems = append(problems, huiying.Errorf(huiying.Invalid, "catalogue.code_twice", given, before))
	case it.Name != "":
		problems = append(problems, huiying.Errorf(huiying.Invalid, "catalogue.name_twice", it.Name, before))
	}
	for _, p := range problems {
		r.bad = append(r.bad, huiying.Errorf(huiying.Invalid, "catalogue.row", r.name, row.N, p))
	}
	r.items = append(r.items, it)
}

// text is a cell without the spaces around it and without line breaks.
func (r *reader) text(row Row, f field) string {
	c := r.columns[f]
	if c < 0 || c >= len(row.Cells) {
		return ""
	}
	lines := strings.FieldsFunc(row.Cells[c], func(r rune) bool { return r == '\n' || r == '\r' })
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, "")
}

// list is a cell of several words, each once.
func (r *reader) list(row Row, f field) []string {
	c := r.columns[f]
	if c < 0 || c >= len(row.Cells) {
		return nil
	}
	var out []string
	for _, w := range strings.FieldsFunc(row.Cells[c], func(r rune) bool { return strings.ContainsRune("、|;,｜；，\n\r", r) }) {
		if w = strings.TrimSpace(w); w != "" && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}
