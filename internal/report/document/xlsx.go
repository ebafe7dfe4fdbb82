package document

import (
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"huiying/internal/query"
)

// longestCell is how many characters a cell of a sheet holds.
const longestCell = 32767

// fit makes a text fit for a cell.
func fit(s string) string {
	s = query.Guarded(clean(s))
	if units := utf16.Encode([]rune(s)); len(units) > longestCell {
		return string(utf16.Decode(units[:longestCell]))
	}
	return s
}

// book is a workbook in the making.
type book struct {
	x      *excelize.File
	names  map[string]bool
	styles map[cellStyle]int
}

type cellStyle struct {
	head  bool
	align Align
	mark  Mark
}

// XLSX writes the document as a workbook: all of its words on the first sheet,
// then each table and each chart on a sheet of its own, numbers as numbers, the
// chart drawn beside them.
func XLSX(w io.Writer, d Document) error {
	if err := d.Check(); err != nil {
		return err
	}
	b := book{x: excelize.NewFile(), names: map[string]bool{}, styles: map[cellStyle]int{}}
	defer b.x.Close()
	err := b.all(d)
	if err == nil {
		b.settle()
		err = b.x.Write(w)
	}
	if err != nil {
		return fmt.Errorf("write xlsx: %w", err)
	}
	return nil
}

// settle puts in order what excelize writes in the order of a map: the same
// document is the same bytes whenever it is written.
func (b *book) settle() {
	types := b.x.ContentTypes.Defaults
	sort.Slice(types, func(i, j int) bool { return types[i].Extension < types[j].Extension })
}

func (b *book) all(d Document) error {
	first := b.name(d.word("正文", "Text"))
	if err := b.x.SetSheetName("Sheet1", first); err != nil {
		return err
	}
	words := []string{d.Title, d.Office, d.Date, d.Status}
	for block := range d.flow() {
		switch v := block.(type) {
		case Table:
			sheet := b.name(firstOf(v.Name, v.Caption, d.word("表", "Table")))
			words = append(words, "→ "+sheet)
			if err := b.table(sheet, v, 1); err != nil {
				return fmt.Errorf("%s: %w", sheet, err)
			}
		case Chart:
			sheet := b.name(firstOf(v.Title, d.word("图", "Chart")))
			words = append(words, clean(v.Summary), "→ "+sheet)
			if err := b.chart(sheet, v); err != nil {
				return fmt.Errorf("%s: %w", sheet, err)
			}
		default:
			words = append(words, said(block)...)
		}
	}
	row := 0
	for _, line := range append(words, d.Close...) {
		if line == "" {
			continue
		}
		row++
		if err := b.x.SetCellStr(first, at(0, row), fit(line)); err != nil {
			return err
		}
	}
	return b.sheet(first, []float64{110})
}

// said is the words of a block as lines.
func said(block Block) []string {
	switch v := block.(type) {
	case heading:
		return []string{v.text()}
	case Paragraph:
		return []string{joined(v.Runs)}
	case Gap:
		return []string{"！" + clean(v.Text)}
	case List:
		out := make([]string, len(v.Items))
		for i, item := range v.Items {
			out[i] = mark(v, i) + " " + joined(item)
		}
		return out
	}
	return nil
}

func firstOf(list ...string) string {
	for _, s := range list {
		if strings.TrimSpace(s) != "" {
			return s
		}
	}
	return ""
}

// name makes a sheet's name: none of the signs that sheets forbid, at most 31
// characters, none twice.
func (b *book) name(wish string) string {
	wish = strings.Trim(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]：＼／？＊［］`+"\n\ufffd", r) {
			return ' '
		}
		return r
	}, clean(wish)), " '")
	if wish == "" {
		wish = "-"
	}
	for n := 1; ; n++ {
		end := ""
		if n > 1 {
			end = " " + strconv.Itoa(n)
		}
		name := cutUnits(wish, 31-len(end)) + end
		if key := strings.ToLower(name); !b.names[key] {
			b.names[key] = true
			return name
		}
	}
}

func cutUnits(s string, n int) string {
	used := 0
	for i, r := range s {
		used += utf16.RuneLen(r)
		if used > n {
			return strings.TrimRight(s[:i], " '")
		}
	}
	return s
}

// table writes a table from a row on, in a sheet it makes.
func (b *book) table(sheet string, t Table, row int) error {
	if _, err := b.x.NewSheet(sheet); err != nil {
		return err
	}
	if title := t.caption(); title != "" {
		if err := b.words(sheet, at(0, row), title, cellStyle{head: true, align: Left}); err != nil {
			return err
		}
		row++
	}
	head := row + len(t.Head)
	for _, rows := range [][][]Cell{t.Head, t.Rows} {
		if err := b.rows(sheet, t, rows, row); err != nil {
			return err
		}
		row += len(rows)
	}
	if t.Note != "" {
		if err := b.x.SetCellStr(sheet, at(0, row), fit(t.Note)); err != nil {
			return err
		}
	}
	if len(t.Head) > 0 && len(t.Rows) > 0 {
		panes := excelize.Panes{Freeze: true, YSplit: head - 1, TopLeftCell: at(0, head), ActivePane: "bottomLeft"}
		if err := b.x.SetPanes(sheet, &panes); err != nil {
			return err
		}
	}
	widths := make([]float64, len(t.Columns))
	for i, w := range t.widths(1000) {
		widths[i] = min(max(float64(w)*0.1, 8), 60)
	}
	return b.sheet(sheet, widths)
}

func (b *book) rows(sheet string, t Table, rows [][]Cell, from int) error {
	grid, err := t.grid(rows)
	if err != nil {
		return err
	}
	for r, row := range grid {
		for c, s := range row {
			if !s.top || !s.left {
				continue
			}
			if err := b.cell(sheet, t, s, [2]int{c, from + r}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *book) cell(sheet string, t Table, s slot, place [2]int) error {
	name, end := at(place[0], place[1]), at(place[0]+s.width-1, place[1]+s.deep-1)
	style := cellStyle{head: s.cell.Head, align: t.align(s, place[0])}
	for _, r := range s.cell.Runs {
		if r.Mark != Plain {
			style.mark = r.Mark
		}
	}
	if err := b.words(sheet, name, s.cell.text(), style); err != nil {
		return err
	}
	if s.cell.Value != nil {
		if err := b.x.SetCellFloat(sheet, name, *s.cell.Value, -1, 64); err != nil {
			return err
		}
	}
	if name == end {
		return nil
	}
	return b.x.MergeCell(sheet, name, end)
}

func (b *book) words(sheet, cell, text string, style cellStyle) error {
	id, err := b.style(style)
	if err == nil {
		err = b.x.SetCellStr(sheet, cell, fit(text))
	}
	if err == nil {
		err = b.x.SetCellStyle(sheet, cell, cell, id)
	}
	return err
}

func (b *book) style(s cellStyle) (int, error) {
	if id, ok := b.styles[s]; ok {
		return id, nil
	}
	horizontal := string(s.align)
	if s.align == Number {
		horizontal = string(Right)
	}
	style := &excelize.Style{
		Font:      &excelize.Font{Bold: s.head, Family: "宋体", Size: 11},
		Alignment: &excelize.Alignment{Horizontal: horizontal, Vertical: "center", WrapText: true},
	}
	if s.mark != Plain {
		style.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"FFF2A8"}}
	}
	id, err := b.x.NewStyle(style)
	b.styles[s] = id
	return id, err
}

// chart writes the numbers of a chart and draws it beside them.
func (b *book) chart(sheet string, c Chart) error {
	if _, err := b.x.NewSheet(sheet); err != nil {
		return err
	}
	if err := chartSheet(b.x, sheet, c, 1); err != nil || len(c.Categories) == 0 {
		return err
	}
	last := strconv.Itoa(len(c.Categories) + 1)
	quoted := "'" + strings.ReplaceAll(sheet, "'", "''") + "'!"
	drawn := excelize.Chart{
		Type: kindOf(c.Kind), Title: excelize.ChartTitle{Paragraph: []excelize.RichTextRun{{Text: Table{Caption: c.Title, Unit: c.Unit}.caption()}}},
		Legend: excelize.ChartLegend{Position: "bottom"}, ShowBlanksAs: "gap", Dimension: excelize.ChartDimension{Width: 760, Height: 360},
	}
	if c.Kind == Ranked {
		drawn.XAxis.ReverseOrder = true
	}
	for i := range c.Series {
		column := letter(i + 1)
		one := excelize.ChartSeries{
			Name: quoted + "$" + column + "$1", Categories: quoted + "$A$2:$A$" + last, Values: quoted + "$" + column + "$2:$" + column + "$" + last,
			Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{c.color(i)}},
		}
		if c.Kind == Lines {
			one.Line = excelize.LineOptions{Width: 2, Fill: one.Fill}
			one.Marker = excelize.ChartMarker{Symbol: "circle", Size: 5}
		}
		drawn.Series = append(drawn.Series, one)
	}
	if err := b.x.AddChart(sheet, at(len(c.Series)+2, 2), &drawn); err != nil {
		return err
	}
	return b.sheet(sheet, []float64{24})
}

func kindOf(k Kind) excelize.ChartType {
	return map[Kind]excelize.ChartType{Bars: excelize.Col, Stacked: excelize.ColStacked, Ranked: excelize.Bar, Lines: excelize.Line}[k]
}

// sheet sets what every sheet has: the widths of its columns and A4 paper.
func (b *book) sheet(name string, widths []float64) error {
	for i, w := range widths {
		if err := b.x.SetColWidth(name, letter(i), letter(i), w); err != nil {
			return err
		}
	}
	a4, wide := 9, "landscape"
	return b.x.SetPageLayout(name, &excelize.PageLayoutOptions{Size: &a4, Orientation: &wide})
}
