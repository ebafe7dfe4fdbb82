package document

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// chart writes the sentence, the drawing and, where it shall be printed, the
// table of a chart.
func (p *pack) chart(b *strings.Builder, c Chart) {
	if c.Summary != "" {
		b.WriteString(paragraph("Summary", "", Words(c.Summary)))
	}
	if len(c.Categories) > 0 {
		p.drawing(b, c)
	}
	if c.ShowTable || len(c.Categories) == 0 {
		t := c.Table()
		if len(c.Categories) > 0 {
			t.Caption, t.Unit = "", "" // they stand in the drawing
		}
		wordTable(b, t)
	}
}

// drawing adds the chart's parts and what the body shows of them: 156 × 80 mm,
// in English metric units.
func (p *pack) drawing(b *strings.Builder, c Chart) {
	p.charts++
	n := strconv.Itoa(p.charts)
	book, err := workbook(c)
	if err != nil && p.err == nil {
		p.err = fmt.Errorf("chart %q: %w", c.Title, err)
	}
	p.part("word/embeddings/chart"+n+".xlsx", "", string(book))
	p.part("word/charts/_rels/chart"+n+".xml.rels", "", relationsOf(relation("rId1", relationTypes+"package", "../embeddings/chart"+n+".xlsx")))
	p.part("word/charts/chart"+n+".xml", "application/vnd.openxmlformats-officedocument.drawingml.chart+xml", chartSpace(c))
	id := p.relate("chart", "charts/chart"+n+".xml")
	b.WriteString(`<w:p><w:pPr><w:pStyle w:val="Chart"/></w:pPr><w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="5580000" cy="2880000"/>` +
		`<wp:docPr id="` + n + `" name="` + escaped(c.Title) + `" descr="` + escaped(c.Summary) + `"/><wp:cNvGraphicFramePr/>` +
		`<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/chart"><c:chart r:id="` + id + `"/></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>`)
}

// workbook is the chart's numbers as a sheet, so that the word processor's
// "edit data" opens them.
func workbook(c Chart) ([]byte, error) {
	x := excelize.NewFile()
	defer x.Close()
	if err := chartSheet(x, "Sheet1", c, 1); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err := x.Write(&out)
	return out.Bytes(), err
}

// chartSheet writes categories down the first column and series beside it, from
// the given row on.
func chartSheet(x *excelize.File, sheet string, c Chart, row int) error {
	for i, s := range c.Series {
		if err := x.SetCellStr(sheet, at(i+1, row), fit(s.Name)); err != nil {
			return err
		}
	}
	for i, name := range c.Categories {
		if err := x.SetCellStr(sheet, at(0, row+1+i), fit(name)); err != nil {
			return err
		}
		for j, s := range c.Series {
			if math.IsNaN(s.Values[i]) {
				continue
			}
			if err := x.SetCellFloat(sheet, at(j+1, row+1+i), s.Values[i], -1, 64); err != nil {
				return err
			}
		}
	}
	return nil
}

// at names a cell: columns from 0, rows from 1.
func at(column, row int) string { return letter(column) + strconv.Itoa(row) }

func letter(column int) string { return strings.ToUpper(letters(column + 1)) }

const chartNamespaces = `xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`

func chartSpace(c Chart) string {
	title := c.Title
	if c.Unit != "" {
		title += "（" + c.Unit + "）"
	}
	legend := ""
	if len(c.Series) > 1 {
		legend = `<c:legend><c:legendPos val="b"/><c:overlay val="0"/></c:legend>`
	}
	return xmlHead + `<c:chartSpace ` + chartNamespaces + `><c:date1904 val="0"/><c:roundedCorners val="0"/><c:chart>` +
		`<c:title><c:tx><c:rich><a:bodyPr/><a:p><a:pPr><a:defRPr sz="1200" b="0"/></a:pPr><a:r><a:rPr lang="zh-CN" sz="1200" b="0"/><a:t>` + escaped(title) + `</a:t></a:r></a:p></c:rich></c:tx><c:overlay val="0"/></c:title>` +
		`<c:autoTitleDeleted val="0"/><c:plotArea><c:layout/>` + plot(c) + axes(c) + `</c:plotArea>` + legend + `<c:plotVisOnly val="1"/><c:dispBlanksAs val="gap"/></c:chart>` +
		`<c:spPr><a:solidFill><a:srgbClr val="FFFFFF"/></a:solidFill><a:ln><a:noFill/></a:ln></c:spPr>` +
		`<c:txPr><a:bodyPr/><a:p><a:pPr><a:defRPr sz="1000"><a:latin typeface="Times New Roman"/><a:ea typeface="宋体"/></a:defRPr></a:pPr><a:endParaRPr lang="zh-CN"/></a:p></c:txPr>` +
		`<c:externalData r:id="rId1"><c:autoUpdate val="0"/></c:externalData></c:chartSpace>`
}

// plot is the series with how they are drawn.
func plot(c Chart) string {
	var b strings.Builder
	if c.Kind == Lines {
		b.WriteString(`<c:lineChart><c:grouping val="standard"/><c:varyColors val="0"/>`)
	} else {
		direction, grouping := "col", "clustered"
		if c.Kind == Ranked {
			direction = "bar"
		}
		if c.Kind == Stacked {
			grouping = "stacked"
		}
		b.WriteString(`<c:barChart><c:barDir val="` + direction + `"/><c:grouping val="` + grouping + `"/><c:varyColors val="0"/>`)
	}
	for i := range c.Series {
		series(&b, c, i)
	}
	switch c.Kind {
	case Lines:
		b.WriteString(`<c:marker val="1"/><c:axId val="1001"/><c:axId val="1002"/></c:lineChart>`)
	case Stacked:
		b.WriteString(`<c:gapWidth val="60"/><c:overlap val="100"/><c:axId val="1001"/><c:axId val="1002"/></c:barChart>`)
	default:
		b.WriteString(`<c:gapWidth val="60"/><c:axId val="1001"/><c:axId val="1002"/></c:barChart>`)
	}
	return b.String()
}

func series(b *strings.Builder, c Chart, i int) {
	s, n := c.Series[i], strconv.Itoa(i)
	column, last := letter(i+1), strconv.Itoa(len(c.Categories)+1)
	fill := `<a:solidFill><a:srgbClr val="` + strings.ToUpper(c.color(i)) + `"/></a:solidFill>`
	b.WriteString(`<c:ser><c:idx val="` + n + `"/><c:order val="` + n + `"/><c:tx><c:strRef><c:f>Sheet1!$` + column + `$1</c:f><c:strCache><c:ptCount val="1"/><c:pt idx="0"><c:v>` + escaped(s.Name) + `</c:v></c:pt></c:strCache></c:strRef></c:tx>`)
	if c.Kind == Lines {
		word, _ := dash(i)
		b.WriteString(`<c:spPr><a:ln w="25400">` + fill + `<a:prstDash val="` + word + `"/></a:ln></c:spPr><c:marker><c:symbol val="circle"/><c:size val="4"/><c:spPr>` + fill + `</c:spPr></c:marker>`)
	} else {
		b.WriteString(`<c:spPr>` + fill + `</c:spPr><c:invertIfNegative val="0"/>`)
	}
	if len(c.Series) == 1 && len(c.Categories) <= 12 {
		b.WriteString(`<c:dLbls><c:showLegendKey val="0"/><c:showVal val="1"/><c:showCatName val="0"/><c:showSerName val="0"/><c:showPercent val="0"/><c:showBubbleSize val="0"/></c:dLbls>`)
	}
	b.WriteString(`<c:cat><c:strRef><c:f>Sheet1!$A$2:$A$` + last + `</c:f><c:strCache><c:ptCount val="` + strconv.Itoa(len(c.Categories)) + `"/>`)
	for k, name := range c.Categories {
		b.WriteString(`<c:pt idx="` + strconv.Itoa(k) + `"><c:v>` + escaped(name) + `</c:v></c:pt>`)
	}
	b.WriteString(`</c:strCache></c:strRef></c:cat><c:val><c:numRef><c:f>Sheet1!$` + column + `$2:$` + column + `$` + last + `</c:f><c:numCache><c:formatCode>General</c:formatCode><c:ptCount val="` + strconv.Itoa(len(s.Values)) + `"/>`)
	for k, v := range s.Values {
		if !math.IsNaN(v) {
			b.WriteString(`<c:pt idx="` + strconv.Itoa(k) + `"><c:v>` + decimal(v) + `</c:v></c:pt>`)
		}
	}
	b.WriteString(`</c:numCache></c:numRef></c:val>`)
	if c.Kind == Lines {
		b.WriteString(`<c:smooth val="0"/>`)
	}
	b.WriteString(`</c:ser>`)
}

func axes(c Chart) string {
	category, value, order, crosses := "b", "l", "minMax", "autoZero"
	if c.Kind == Ranked {
		category, value, order, crosses = "l", "b", "maxMin", "max"
	}
	line := `<c:spPr><a:ln w="6350"><a:solidFill><a:srgbClr val="808080"/></a:solidFill></a:ln></c:spPr>`
	return `<c:catAx><c:axId val="1001"/><c:scaling><c:orientation val="` + order + `"/></c:scaling><c:delete val="0"/><c:axPos val="` + category + `"/><c:numFmt formatCode="General" sourceLinked="0"/>` +
		`<c:majorTickMark val="none"/><c:minorTickMark val="none"/><c:tickLblPos val="low"/>` + line + `<c:crossAx val="1002"/><c:crosses val="autoZero"/><c:auto val="0"/><c:lblAlgn val="ctr"/><c:lblOffset val="100"/><c:noMultiLvlLbl val="1"/></c:catAx>` +
		`<c:valAx><c:axId val="1002"/><c:scaling><c:orientation val="minMax"/></c:scaling><c:delete val="0"/><c:axPos val="` + value + `"/><c:majorGridlines><c:spPr><a:ln w="6350"><a:solidFill><a:srgbClr val="D9D9D9"/></a:solidFill></a:ln></c:spPr></c:majorGridlines>` +
		`<c:numFmt formatCode="General" sourceLinked="0"/><c:majorTickMark val="none"/><c:minorTickMark val="none"/><c:tickLblPos val="nextTo"/>` + line + `<c:crossAx val="1001"/><c:crosses val="` + crosses + `"/><c:crossBetween val="between"/></c:valAx>`
}
