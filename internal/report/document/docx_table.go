package document

import (
	"strconv"
	"strings"
)

// wordTable writes a table with its caption above and its note below. Heads
// stand again on every page, and no row is torn in two.
func wordTable(b *strings.Builder, t Table) {
	if t.Caption != "" {
		b.WriteString(paragraph("Caption", "", Words(t.Caption)))
	}
	if t.Unit != "" {
		b.WriteString(paragraph("Unit", "", Words(t.Unit)))
	}
	widths := t.widths(textWidth)
	b.WriteString(`<w:tbl><w:tblPr><w:tblStyle w:val="Grid"/><w:tblW w:w="` + strconv.Itoa(textWidth) + `" w:type="dxa"/><w:jc w:val="center"/><w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>`)
	for _, w := range widths {
		b.WriteString(`<w:gridCol w:w="` + strconv.Itoa(w) + `"/>`)
	}
	b.WriteString(`</w:tblGrid>`)
	if len(t.Head)+len(t.Rows) == 0 {
		b.WriteString(`<w:tr><w:tc><w:tcPr><w:tcW w:w="` + strconv.Itoa(textWidth) + `" w:type="dxa"/>` + spanOf(len(widths)) + `</w:tcPr>` + paragraph("Cell", "", nil) + `</w:tc></w:tr>`)
	}
	wordRows(b, t, t.Head, `<w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>`)
	wordRows(b, t, t.Rows, `<w:trPr><w:cantSplit/></w:trPr>`)
	b.WriteString(`</w:tbl>`)
	// Two tables that touch would become one.
	b.WriteString(paragraph("Note", "", Words(t.Note)))
}

func wordRows(b *strings.Builder, t Table, rows [][]Cell, properties string) {
	grid, err := t.grid(rows)
	if err != nil {
		return // check has said so
	}
	widths := t.widths(textWidth)
	for _, row := range grid {
		b.WriteString(`<w:tr>` + properties)
		for i, s := range row {
			if s.left {
				wordCell(b, t, s, i, widths)
			}
		}
		b.WriteString(`</w:tr>`)
	}
}

func wordCell(b *strings.Builder, t Table, s slot, column int, widths []int) {
	width := 0
	for _, w := range widths[column : column+s.width] {
		width += w
	}
	b.WriteString(`<w:tc><w:tcPr><w:tcW w:w="` + strconv.Itoa(width) + `" w:type="dxa"/>` + spanOf(s.width))
	switch {
	case s.deep > 1 && s.top:
		b.WriteString(`<w:vMerge w:val="restart"/>`)
	case s.deep > 1:
		b.WriteString(`<w:vMerge/>`)
	}
	b.WriteString(`<w:vAlign w:val="center"/></w:tcPr>`)
	style := map[[2]bool]string{{false, false}: "Cell", {false, true}: "CellHead", {true, false}: "SmallCell", {true, true}: "SmallHead"}[[2]bool{t.Small, s.cell.Head}]
	if !s.top {
		b.WriteString(paragraph(style, "", nil) + `</w:tc>`)
		return
	}
	jc := string(t.align(s, column))
	if jc == string(Number) {
		jc = string(Right)
	}
	b.WriteString(paragraph(style, jc, s.cell.Runs) + `</w:tc>`)
}

func spanOf(n int) string {
	if n < 2 {
		return ""
	}
	return `<w:gridSpan w:val="` + strconv.Itoa(n) + `"/>`
}
