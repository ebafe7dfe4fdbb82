package document

import (
	"archive/zip"
	"embed"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

//go:embed docx/*.xml
var skeleton embed.FS

const (
	xmlHead    = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	namespaces = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"` +
		` xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"` +
		` xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"`
	relationTypes = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
	wordType      = "application/vnd.openxmlformats-officedocument.wordprocessingml."
)

// textWidth is the room between the margins of GB/T 9704 (156 mm), in
// twentieths of a point.
const textWidth = 8844

// pack is a file in the making: its parts, what they are, and what the body
// refers to.
type pack struct {
	z         *zip.Writer
	made      time.Time
	types     strings.Builder
	relations strings.Builder
	n         int // relations so far
	charts    int
	err       error // the first
}

// DOCX writes the document for word processors, set as official papers are:
// A4 with the margins of GB/T 9704, title 小标宋 二号, headings 黑体 and 楷体
// 三号, body 仿宋 三号 on lines of 29 points, the page number at the outer edge
// of the foot. Charts are drawings of the word processor's own, each with its
// workbook inside.
func DOCX(w io.Writer, d Document, made time.Time) error {
	if err := d.Check(); err != nil {
		return err
	}
	p := &pack{z: zip.NewWriter(w), made: made.UTC()}
	p.fixed("_rels/.rels", "docx/rels.xml", "")
	p.word("styles", "styles", skeletonText("docx/styles.xml"))
	p.word("settings", "settings", skeletonText("docx/settings.xml"))
	p.word("fontTable", "fontTable", skeletonText("docx/fontTable.xml"))
	refs := p.edges(d)
	body := p.body(d, refs)
	p.part("word/document.xml", wordType+"document.main+xml", body)
	p.part("docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml", core(d, p.made))
	p.part("word/_rels/document.xml.rels", "", relationsOf(p.relations.String()))
	p.part("[Content_Types].xml", "", p.contentTypes())
	if p.err == nil {
		p.err = p.z.Close()
	}
	if p.err != nil {
		return fmt.Errorf("write docx: %w", p.err)
	}
	return nil
}

// skeletonText reads a fixed part; that it is there is known when this package
// is built.
func skeletonText(name string) string {
	raw, err := skeleton.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

func (p *pack) fixed(name, from, kind string) { p.part(name, kind, skeletonText(from)) }

// word adds a part of the folder word that the body refers to, and gives the
// relation's id.
func (p *pack) word(name, kind, text string) string {
	p.part("word/"+name+".xml", wordType+kind+"+xml", text)
	return p.relate(kind, name+".xml")
}

func (p *pack) relate(kind, target string) string {
	p.n++
	id := "rId" + strconv.Itoa(p.n)
	p.relations.WriteString(relation(id, relationTypes+kind, target))
	return id
}

func relation(id, kind, target string) string {
	return `<Relationship Id="` + id + `" Type="` + kind + `" Target="` + target + `"/>`
}

func relationsOf(list string) string {
	return xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` + list + `</Relationships>`
}

// part writes a part; kind is its content type, empty where the default of the
// name's end holds.
func (p *pack) part(name, kind, text string) {
	if kind != "" {
		p.types.WriteString(`<Override PartName="/` + name + `" ContentType="` + kind + `"/>`)
	}
	if p.err != nil {
		return
	}
	f, err := p.z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: p.made})
	if err == nil {
		_, err = io.WriteString(f, text)
	}
	if err != nil {
		p.err = fmt.Errorf("%s: %w", name, err)
	}
}

func (p *pack) contentTypes() string {
	defaults := `<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>`
	if p.charts > 0 {
		defaults += `<Default Extension="xlsx" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"/>`
	}
	return xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` + defaults + p.types.String() + `</Types>`
}

func core(d Document, made time.Time) string {
	at := made.Format(time.RFC3339)
	return xmlHead + `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"` +
		` xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title>` + escaped(d.Title) + `</dc:title><dc:creator>` + escaped(d.Office) +
		`</dc:creator><dcterms:created xsi:type="dcterms:W3CDTF">` + at + `</dcterms:created><dcterms:modified xsi:type="dcterms:W3CDTF">` + at + `</dcterms:modified></cp:coreProperties>`
}

// escaped makes a text fit for XML.
func escaped(text string) string {
	var b strings.Builder
	// A strings.Builder never fails to be written.
	_ = xml.EscapeText(&b, []byte(clean(text)))
	return b.String()
}

// edges writes the heads and feet of odd and even pages and gives what the
// section says of them.
func (p *pack) edges(d Document) string {
	out := ""
	for _, side := range []struct{ kind, n, jc string }{{"default", "1", "right"}, {"even", "2", "left"}} {
		head := xmlHead + `<w:hdr ` + namespaces + `>` + paragraph("Header", "", Words(d.head())) + `</w:hdr>`
		out += `<w:headerReference w:type="` + side.kind + `" r:id="` + p.word("header"+side.n, "header", head) + `"/>`
	}
	for _, side := range []struct{ kind, n, jc string }{{"default", "1", "right"}, {"even", "2", "left"}} {
		foot := xmlHead + `<w:ftr ` + namespaces + `><w:p><w:pPr><w:pStyle w:val="Footer"/><w:jc w:val="` + side.jc + `"/></w:pPr>` + run(Run{Text: "— "}) +
			`<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> PAGE </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>` +
			run(Run{Text: "1"}) + `<w:r><w:fldChar w:fldCharType="end"/></w:r>` + run(Run{Text: " —"}) + `</w:p></w:ftr>`
		out += `<w:footerReference w:type="` + side.kind + `" r:id="` + p.word("footer"+side.n, "footer", foot) + `"/>`
	}
	return out
}

func (p *pack) body(d Document, edges string) string {
	var b strings.Builder
	b.WriteString(xmlHead + `<w:document ` + namespaces + `><w:body>`)
	b.WriteString(paragraph("Title", "", Words(d.Title)))
	for _, line := range []string{d.Office, d.Date} {
		if line != "" {
			b.WriteString(paragraph("Office", "", Words(line)))
		}
	}
	b.WriteString(paragraph("Body", "", nil)) // a blank line under the head, as the custom is
	for block := range d.flow() {
		p.block(&b, block)
	}
	if len(d.Close) > 0 {
		b.WriteString(paragraph("Body", "", nil))
	}
	for _, line := range d.Close {
		b.WriteString(paragraph("Close", "", Words(line)))
	}
	b.WriteString(`<w:sectPr>` + edges + `<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="2098" w:right="1474" w:bottom="1984" w:left="1588" w:header="1134" w:footer="1304" w:gutter="0"/><w:cols w:space="425"/></w:sectPr>`)
	b.WriteString(`</w:body></w:document>`)
	return b.String()
}

func (p *pack) block(b *strings.Builder, block Block) {
	switch v := block.(type) {
	case heading:
		b.WriteString(paragraph("Heading"+strconv.Itoa(v.level), "", Words(v.text())))
	case Paragraph:
		style := "Body"
		if v.Flush {
			style = "Normal"
		}
		for _, runs := range split(v.Runs) {
			b.WriteString(paragraph(style, "", runs))
		}
	case List:
		for i, item := range v.Items {
			b.WriteString(`<w:p><w:pPr><w:pStyle w:val="Item"/></w:pPr>` + run(Run{Text: mark(v, i)}) + `<w:r><w:tab/></w:r>` + runs(item) + `</w:p>`)
		}
	case Gap:
		b.WriteString(paragraph("Gap", "", Words(v.Text)))
	case PageBreak:
		b.WriteString(`<w:p><w:r><w:br w:type="page"/></w:r></w:p>`)
	case Table:
		wordTable(b, v)
	case Chart:
		p.chart(b, v)
	}
}

// paragraph writes a paragraph; jc is its alignment where the style's does not
// hold.
func paragraph(style, jc string, list []Run) string {
	if jc != "" {
		jc = `<w:jc w:val="` + jc + `"/>`
	}
	return `<w:p><w:pPr><w:pStyle w:val="` + style + `"/>` + jc + `</w:pPr>` + runs(list) + `</w:p>`
}

func runs(list []Run) string {
	out := ""
	for _, r := range list {
		out += run(r)
	}
	return out
}

func run(r Run) string {
	properties := ""
	if r.Strong || r.Mark != Plain {
		properties += `<w:b/><w:bCs/>`
	}
	switch r.Mark {
	case Missing:
		properties += `<w:color w:val="B3001B"/><w:highlight w:val="yellow"/>`
	case Changed:
		properties += `<w:color w:val="8A4B00"/><w:u w:val="wave"/>`
	}
	if properties != "" {
		properties = `<w:rPr>` + properties + `</w:rPr>`
	}
	text := strings.ReplaceAll(escaped(r.Text), "&#xA;", `</w:t><w:br/><w:t xml:space="preserve">`)
	return `<w:r>` + properties + `<w:t xml:space="preserve">` + text + `</w:t></w:r>`
}
