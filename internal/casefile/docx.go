package casefile

import (
	"archive/zip"
	"embed"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

//go:embed docx/*.xml
var skeleton embed.FS

// docxParts are the fixed parts of the package: the name in it and the file it
// is read from.
func docxParts() [][2]string {
	return [][2]string{
		{"[Content_Types].xml", "docx/content_types.xml"}, {"_rels/.rels", "docx/rels.xml"},
		{"word/_rels/document.xml.rels", "docx/document_rels.xml"}, {"word/styles.xml", "docx/styles.xml"}, {"word/settings.xml", "docx/settings.xml"},
	}
}

// DOCX writes the document as a text that word processors open: A4, 仿宋 and
// 黑体, the case number at the head and the page number at the foot of every
// page.
func DOCX(w io.Writer, d Document, made time.Time) error {
	z := zip.NewWriter(w)
	for _, part := range docxParts() {
		raw, err := skeleton.ReadFile(part[1])
		if err != nil {
			return fmt.Errorf("read the skeleton: %w", err)
		}
		if err := put(z, part[0], string(raw), made); err != nil {
			return err
		}
	}
	for _, part := range [][2]string{
		{"word/document.xml", body(d)}, {"word/header1.xml", header(d)}, {"word/footer1.xml", footer(d)},
	} {
		if err := put(z, part[0], part[1], made); err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("write docx: %w", err)
	}
	return nil
}

func put(z *zip.Writer, name, text string, made time.Time) error {
	f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: made.UTC()})
	if err == nil {
		_, err = io.WriteString(f, text)
	}
	if err != nil {
		return fmt.Errorf("write docx: %s: %w", name, err)
	}
	return nil
}

const (
	xmlHead   = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	namespace = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
)

// pageWidth is the room between the margins, in twentieths of a point.
const pageWidth = 10092

func body(d Document) string {
	var b strings.Builder
	b.WriteString(xmlHead + `<w:document ` + namespace + `><w:body>`)
	paragraph(&b, "Title", d.Title)
	for _, line := range append([]string{d.Office}, d.Lines...) {
		paragraph(&b, "Sub", line)
	}
	for _, p := range d.Parts {
		paragraph(&b, "Heading1", p.Title)
		if p.Note != "" {
			for line := range strings.SplitSeq(p.Note, "\n") {
				paragraph(&b, "Normal", line)
			}
		}
		if len(p.Rows) > 0 {
			table(&b, p)
		}
	}
	b.WriteString(`<w:sectPr><w:headerReference w:type="default" r:id="rId3"/><w:footerReference w:type="default" r:id="rId4"/>` +
		`<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1134" w:right="907" w:bottom="1134" w:left="907" w:header="567" w:footer="567" w:gutter="0"/></w:sectPr>`)
	b.WriteString(`</w:body></w:document>`)
	return b.String()
}

func paragraph(b *strings.Builder, style, text string) {
	b.WriteString(`<w:p><w:pPr><w:pStyle w:val="` + style + `"/></w:pPr><w:r><w:t xml:space="preserve">` + escaped(text) + `</w:t></w:r></w:p>`)
}

// escaped makes a text fit for XML; characters that XML does not allow become
// the replacement character.
func escaped(text string) string {
	var b strings.Builder
	// A strings.Builder never fails to be written.
	_ = xml.EscapeText(&b, []byte(strings.ToValidUTF8(text, "�")))
	return b.String()
}

func table(b *strings.Builder, p Part) {
	cell := "Cell"
	if p.Mono {
		cell = "Mono"
	}
	widths := columns(p)
	b.WriteString(`<w:tbl><w:tblPr><w:tblStyle w:val="Grid"/><w:tblW w:w="` + strconv.Itoa(pageWidth) + `" w:type="dxa"/><w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>`)
	for _, width := range widths {
		b.WriteString(`<w:gridCol w:w="` + strconv.Itoa(width) + `"/>`)
	}
	b.WriteString(`</w:tblGrid>`)
	if len(p.Head) > 0 {
		row(b, p.Head, widths, func(int) string { return "Head" }, `<w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>`)
	}
	for _, r := range p.Rows {
		row(b, r, widths, func(i int) string {
			if i == 0 && len(p.Head) == 0 {
				return "Head"
			}
			return cell
		}, "")
	}
	b.WriteString(`</w:tbl>`)
}

func row(b *strings.Builder, cells []string, widths []int, style func(int) string, properties string) {
	b.WriteString(`<w:tr>` + properties)
	for i, text := range cells {
		b.WriteString(`<w:tc><w:tcPr><w:tcW w:w="` + strconv.Itoa(widths[i]) + `" w:type="dxa"/></w:tcPr>`)
		for line := range strings.SplitSeq(text, "\n") {
			paragraph(b, style(i), line)
		}
		b.WriteString(`</w:tc>`)
	}
	b.WriteString(`</w:tr>`)
}

// columns shares the width out by the longest line of each column, within
// bounds, so that no column starves.
func columns(p Part) []int {
	rows := p.Rows
	if len(p.Head) > 0 {
		rows = append([][]string{p.Head}, rows...)
	}
	weights := make([]int, len(rows[0]))
	total := 0
	for i := range weights {
		longest := 0
		for _, r := range rows {
			for line := range strings.SplitSeq(r[i], "\n") {
				longest = max(longest, utf8.RuneCountInString(line))
			}
		}
		weights[i] = min(max(longest, 4), 30)
		total += weights[i]
	}
	left := pageWidth
	for i := range weights {
		weights[i] = pageWidth * weights[i] / total
		left -= weights[i]
	}
	weights[len(weights)-1] += left
	return weights
}

func header(d Document) string {
	var b strings.Builder
	b.WriteString(xmlHead + `<w:hdr ` + namespace + `>`)
	paragraph(&b, "Header", d.Office+"　"+d.No)
	b.WriteString(`</w:hdr>`)
	return b.String()
}

// footer numbers the pages: the sentence has one %s, where the number stands.
func footer(d Document) string {
	before, after, _ := strings.Cut(d.Page, "%s")
	text := func(s string) string { return `<w:r><w:t xml:space="preserve">` + escaped(s) + `</w:t></w:r>` }
	return xmlHead + `<w:ftr ` + namespace + `><w:p><w:pPr><w:pStyle w:val="Footer"/></w:pPr>` + text(before) +
		`<w:fldSimple w:instr=" PAGE "><w:r><w:t>1</w:t></w:r></w:fldSimple>` + text(after) + `</w:p></w:ftr>`
}
