package handover

import (
	"context"
	"errors"
	"hash/fnv"
	"strings"

	"huiying"
	"huiying/crawler/intake/sheet"
)

// Row is one row of a sheet as a hand-over.
type Row struct {
	sheet.Row
	Handover huiying.Handover
	Repeat   bool  // said word for word in an earlier row
	Fault    error // what the row itself shows to be wrong, nil = nothing
}

// Table is the hand-overs of one file.
type Table struct {
	Columns
	book  *sheet.Book
	sheet string
}

// errEnough ends a reading of rows early.
var errEnough = errors.New("enough rows")

// NewTable finds the sheet and the row with the headings. wanted is the name
// of the sheet, "" = the first one with headings; name is how people know the
// file. Errors: huiying.Invalid where there is none.
func NewTable(ctx context.Context, book *sheet.Book, h Headings, wanted, name string) (*Table, error) {
	best := map[string]int{}
	for _, s := range book.Sheets() {
		if wanted != "" && s != "" && s != wanted {
			continue
		}
		look := seeker{headings: h}
		err := book.Rows(ctx, s, func(r sheet.Row) error {
			if look.look(r) {
				return errEnough
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			return nil, err
		}
		if look.found != nil {
			return &Table{Columns: *look.found, book: book, sheet: s}, nil
		}
		if len(look.best) > len(best) {
			best = look.best
		}
	}
	var names []string
	for _, field := range lacking(best) {
		names = append(names, h[field][0])
	}
	return nil, huiying.Errorf(huiying.Invalid, "intake.no_header", name, headerWithin, strings.Join(names, "、"))
}

// said is where and how a number stood first.
type said struct {
	row  int
	what uint64
}

// Rows gives the rows below the headings that hold anything: blank ones,
// repeated headings and the lines that sum up or sign a sheet are left out.
func (t *Table) Rows(ctx context.Context, yield func(Row) error) error {
	seen := map[uint64]said{}
	return t.book.Rows(ctx, t.sheet, func(r sheet.Row) error {
		if r.N <= t.last || t.idle(r.Cells) {
			return nil
		}
		row := Row{Row: r, Handover: t.handover(r.Cells)}
		row.Fault = t.fault(r.Cells, row.Handover)
		if n := number(row.Handover.Number); n != "" && row.Fault == nil {
			key, what := hash(n), hash(r.Cells...)
			before, again := seen[key]
			switch {
			case !again:
				seen[key] = said{r.N, what}
			case before.what == what:
				row.Repeat = true
			default:
				row.Fault = huiying.Errorf(huiying.Invalid, "intake.row_twice", n, before.row)
			}
		}
		return yield(row)
	})
}

func hash(parts ...string) uint64 {
	h := fnv.New64a()
	for _, p := range parts {
		h.Write([]byte(strings.TrimSpace(p)))
		h.Write([]byte{0})
	}
	return h.Sum64()
}

// idle reports a row that hands nothing over.
func (t *Table) idle(cells []string) bool {
	filled, words := 0, ""
	for _, c := range cells {
		if c = strings.TrimSpace(c); c != "" {
			if filled++; filled == 1 {
				words = c
			}
		}
	}
	if filled == 0 {
		return true
	}
	if filled <= 2 && footer(words) {
		return true
	}
	for _, field := range required() {
		if heading(t.cell(cells, field)) != heading(t.Header[t.at[field]]) {
			return false
		}
	}
	return true
}

// footer reports the words below a table.
func footer(words string) bool {
	words = heading(words)
	for _, begin := range []string{"合计", "总计", "小计", "共计", "备注", "说明", "制表", "填表", "审核人", "打印时间", "导出时间", "统计时间"} {
		if strings.HasPrefix(words, begin) {
			return true
		}
	}
	return strings.HasPrefix(words, "共") && strings.ContainsAny(words, "件条宗")
}

// cell is what the row says of a field.
func (t *Table) cell(cells []string, field string) string {
	i, ok := t.at[field]
	if !ok || i >= len(cells) {
		return ""
	}
	return tidy(cells[i])
}

// when is a cell with a time; a serial number becomes what people write.
func (t *Table) when(cells []string, field string) string {
	c := t.cell(cells, field)
	if text, ok := sheet.Date(c, t.book.Since1904()); ok {
		return text
	}
	return c
}

func (t *Table) handover(cells []string) huiying.Handover {
	h := huiying.Handover{
		Number: t.cell(cells, fieldNumber), Title: t.cell(cells, fieldTitle), Text: t.cell(cells, fieldText),
		Time: t.when(cells, fieldTime), Due: t.when(cells, fieldDue), Status: t.cell(cells, fieldStatus),
		Name: t.cell(cells, fieldName), Phone: t.cell(cells, fieldPhone), Region: t.cell(cells, fieldRegion),
		Unit: t.cell(cells, fieldUnit), URL: t.cell(cells, fieldURL),
	}
	if answer := t.cell(cells, fieldAnswer); answer != "" {
		h.Answers = []huiying.HandoverAnswer{{
			Org: t.cell(cells, fieldAnswerUnit), Time: t.when(cells, fieldAnswerTime), Text: answer,
		}}
	}
	return h
}

// fault is what only the sheet shows: a cell that is no text, or a number that
// the spreadsheet program has rounded.
func (t *Table) fault(cells []string, h huiying.Handover) error {
	if len(cells) > sheet.MaxCells {
		return huiying.Errorf(huiying.Invalid, "intake.row_wide", sheet.MaxCells)
	}
	for field, i := range t.at {
		if i >= len(cells) {
			continue
		}
		switch c := cells[i]; {
		case len(c) > sheet.MaxCell && len([]rune(c)) > sheet.MaxCell:
			return huiying.Errorf(huiying.Invalid, "intake.row_long", t.Header[t.at[field]], sheet.MaxCell)
		case strings.Contains(c, "\ufffd"):
			return huiying.Errorf(huiying.Invalid, "intake.row_garbled", t.Header[t.at[field]])
		case formulaError(c):
			return huiying.Errorf(huiying.Invalid, "intake.row_formula", t.Header[t.at[field]], c)
		}
	}
	if rounded(h.Number) {
		return huiying.Errorf(huiying.Invalid, "intake.row_rounded", h.Number)
	}
	return nil
}

func formulaError(c string) bool {
	switch c {
	case "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!":
		return true
	}
	return false
}

// rounded reports a number in the scientific form: spreadsheets keep fifteen
// digits of a number and write the rest as zeros.
func rounded(s string) bool {
	mantissa, power, ok := strings.Cut(strings.ToUpper(s), "E")
	if !ok || mantissa == "" || power == "" {
		return false
	}
	return strings.Trim(mantissa, "0123456789.") == "" && strings.Contains(mantissa, ".") && strings.Trim(power, "+0123456789") == ""
}

// tidy takes off what exports put around a cell: spaces, an apostrophe or
// ="…" that keeps a number text.
func tidy(s string) string {
	s = strings.TrimSpace(strings.ReplaceAll(s, "\u200b", ""))
	if inner, ok := strings.CutPrefix(s, `="`); ok && strings.HasSuffix(inner, `"`) {
		s = strings.TrimSpace(strings.TrimSuffix(inner, `"`))
	}
	return strings.TrimSpace(strings.TrimPrefix(s, "'"))
}
