package document_test

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"huiying/internal/report/document"
)

// parts reads a written file: its parts by name.
func parts(t testing.TB, d document.Document) map[string]string {
	t.Helper()
	var b bytes.Buffer
	if err := document.DOCX(&b, d, made); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, twice := out[f.Name]; twice {
			t.Errorf("%s stands twice", f.Name)
		}
		out[f.Name] = string(raw)
	}
	return out
}

// Every part parses, has a content type, and is reached by a relation; every
// type and every relation has its part; every r:id has its relation.
func TestPackage(t *testing.T) {
	pkg := parts(t, paper())
	var raw struct {
		Default []struct {
			Extension   string `xml:"Extension,attr"`
			ContentType string `xml:"ContentType,attr"`
		} `xml:"Default"`
		Override []struct {
			PartName    string `xml:"PartName,attr"`
			ContentType string `xml:"ContentType,attr"`
		} `xml:"Override"`
	}
	if err := xml.Unmarshal([]byte(pkg["[Content_Types].xml"]), &raw); err != nil {
		t.Fatal(err)
	}
	typed := map[string]bool{}
	for _, o := range raw.Override {
		name := strings.TrimPrefix(o.PartName, "/")
		if typed[name] {
			t.Errorf("%s is typed twice", name)
		}
		typed[name] = true
		if _, ok := pkg[name]; !ok {
			t.Errorf("a content type of %s, which is not there", name)
		}
	}
	ends := map[string]bool{}
	for _, d := range raw.Default {
		ends[d.Extension] = true
	}
	reached := map[string]bool{}
	for name, text := range pkg {
		if !strings.HasSuffix(name, ".xlsx") {
			parse(t, name, text)
		}
		if !strings.HasSuffix(name, ".rels") {
			continue
		}
		for id, target := range relations(t, text) {
			from := path.Dir(path.Dir(name))
			full := path.Join(from, target)
			if _, ok := pkg[full]; !ok {
				t.Errorf("%s: %s leads to %s, which is not there", name, id, full)
			}
			reached[full] = true
		}
	}
	for name := range pkg {
		end := strings.TrimPrefix(path.Ext(name), ".")
		if name != "[Content_Types].xml" && !typed[name] && (end == "xml" || !ends[end]) {
			t.Errorf("%s has no content type", name)
		}
		if name != "[Content_Types].xml" && end != "rels" && !reached[name] {
			t.Errorf("%s is not reached", name)
		}
	}
	used := map[string]bool{}
	for _, piece := range strings.Split(pkg["word/document.xml"], `r:id="`)[1:] {
		id, _, _ := strings.Cut(piece, `"`)
		used[id] = true
		if relations(t, pkg["word/_rels/document.xml.rels"])[id] == "" {
			t.Errorf("the body names %s, which is no relation", id)
		}
	}
	if len(used) != 4+3 { // heads and feet, and three charts: the empty one is its table
		t.Errorf("the body names %d relations", len(used))
	}
}

func relations(t testing.TB, text string) map[string]string {
	t.Helper()
	var r struct {
		List []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
			Type   string `xml:"Type,attr"`
		} `xml:"Relationship"`
	}
	if err := xml.Unmarshal([]byte(text), &r); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, one := range r.List {
		if out[one.ID] != "" {
			t.Errorf("relation %s stands twice", one.ID)
		}
		out[one.ID] = one.Target
	}
	return out
}

// orders are the children of an element in the order of the schema (ECMA-376,
// transitional), as far as we write them.
func orders() map[string][]string {
	axis := strings.Fields("axId scaling delete axPos majorGridlines minorGridlines title numFmt majorTickMark minorTickMark tickLblPos spPr txPr crossAx crosses crossesAt")
	ser := strings.Fields("idx order tx spPr invertIfNegative marker dPt dLbls trendline errBars cat val smooth shape")
	rPr := strings.Fields("rStyle rFonts b bCs i iCs caps smallCaps strike dstrike outline shadow emboss imprint noProof snapToGrid vanish webHidden color spacing w kern position sz szCs highlight u effect bdr shd fitText vertAlign rtl cs em lang")
	pPr := strings.Fields("pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr suppressLineNumbers pBdr shd tabs suppressAutoHyphens kinsoku wordWrap overflowPunct topLinePunct autoSpaceDE autoSpaceDN bidi adjustRightInd snapToGrid spacing ind contextualSpacing mirrorIndents suppressOverlap jc textDirection textAlignment textboxTightWrap outlineLvl divId cnfStyle rPr sectPr pPrChange")
	tblPr := strings.Fields("tblStyle tblpPr tblOverlap bidiVisual tblStyleRowBandSize tblStyleColBandSize tblW jc tblCellSpacing tblInd tblBorders shd tblLayout tblCellMar tblLook")
	sides := strings.Fields("top left start bottom right end insideH insideV tl2br tr2bl between bar")
	return map[string][]string{
		"w:pPr": pPr, "w:rPr": rPr, "w:tblPr": tblPr, "w:pBdr": strings.Fields("top left bottom right between bar"),
		"w:tblBorders": strings.Fields("top left bottom right insideH insideV"), "w:tblCellMar": sides,
		"w:tcPr":        strings.Fields("cnfStyle tcW gridSpan hMerge vMerge tcBorders shd noWrap tcMar textDirection tcFitText vAlign hideMark"),
		"w:trPr":        strings.Fields("cnfStyle divId gridBefore gridAfter wBefore wAfter cantSplit trHeight tblHeader tblCellSpacing jc hidden"),
		"w:sectPr":      strings.Fields("headerReference footerReference footnotePr endnotePr type pgSz pgMar paperSrc pgBorders lnNumType pgNumType cols formProt vAlign noEndnote titlePg textDirection bidi rtlGutter docGrid"),
		"w:style":       strings.Fields("name aliases basedOn next link autoRedefine hidden uiPriority semiHidden unhideWhenUsed qFormat locked personal rsid pPr rPr tblPr trPr tcPr tblStylePr"),
		"w:font":        strings.Fields("altName panose1 charset family notTrueType pitch sig"),
		"w:settings":    strings.Fields("writeProtection view zoom removePersonalInformation mirrorMargins evenAndOddHeaders defaultTabStop characterSpacingControl footnotePr endnotePr compat rsids themeFontLang clrSchemeMapping decimalSymbol listSeparator"),
		"w:tbl":         strings.Fields("tblPr tblGrid tr"),
		"w:tc":          strings.Fields("tcPr p"),
		"w:tr":          strings.Fields("trPr tc"),
		"w:docDefaults": strings.Fields("rPrDefault pPrDefault"), "w:styles": strings.Fields("docDefaults latentStyles style"),
		"w:r":          nil, // any order
		"wp:inline":    strings.Fields("extent effectExtent docPr cNvGraphicFramePr graphic"),
		"c:chartSpace": strings.Fields("date1904 lang roundedCorners AlternateContent style clrMapOvr pivotFmts protection chart spPr txPr externalData printSettings userShapes"),
		"c:chart":      strings.Fields("title autoTitleDeleted pivotFmts view3D floor sideWall backWall plotArea legend plotVisOnly dispBlanksAs"),
		"c:title":      strings.Fields("tx layout overlay spPr txPr"),
		"c:plotArea":   strings.Fields("layout barChart lineChart catAx valAx dTable spPr"),
		"c:barChart":   strings.Fields("barDir grouping varyColors ser dLbls gapWidth overlap serLines axId"),
		"c:lineChart":  strings.Fields("grouping varyColors ser dLbls dropLines hiLowLines upDownBars marker smooth axId"),
		"c:ser":        ser, "c:catAx": append(slices.Clone(axis), strings.Fields("auto lblAlgn lblOffset tickLblSkip tickMarkSkip noMultiLvlLbl")...),
		"c:valAx":  append(slices.Clone(axis), strings.Fields("crossBetween majorUnit minorUnit dispUnits")...),
		"c:legend": strings.Fields("legendPos legendEntry layout overlay spPr txPr"), "c:marker": strings.Fields("symbol size spPr"),
		"c:dLbls":    strings.Fields("dLbl numFmt spPr txPr dLblPos showLegendKey showVal showCatName showSerName showPercent showBubbleSize"),
		"c:strCache": strings.Fields("ptCount pt"), "c:numCache": strings.Fields("formatCode ptCount pt"),
		"c:strRef": strings.Fields("f strCache"), "c:numRef": strings.Fields("f numCache"), "c:rich": strings.Fields("bodyPr lstStyle p"), "c:txPr": strings.Fields("bodyPr lstStyle p"),
		"a:ln": strings.Fields("noFill solidFill gradFill pattFill prstDash round bevel miter"), "a:p": strings.Fields("pPr r br fld endParaRPr"),
		"a:defRPr": strings.Fields("ln noFill solidFill latin ea cs"), "a:r": strings.Fields("rPr t"),
	}
}

// parse reads a part to its end and compares the order of children with the
// schema's.
func parse(t testing.TB, name, text string) {
	t.Helper()
	short := map[string]string{
		"http://schemas.openxmlformats.org/wordprocessingml/2006/main": "w", "http://schemas.openxmlformats.org/drawingml/2006/chart": "c",
		"http://schemas.openxmlformats.org/drawingml/2006/main": "a", "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing": "wp",
	}
	allowed := orders()
	type open struct {
		name string
		last int
	}
	var stack []open
	decoder := xml.NewDecoder(strings.NewReader(text))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			if n := len(stack); n > 0 {
				if order := allowed[stack[n-1].name]; order != nil {
					at := slices.Index(order, e.Name.Local)
					if at < stack[n-1].last {
						t.Fatalf("%s: %s inside %s stands where the schema does not allow it", name, e.Name.Local, stack[n-1].name)
					}
					stack[n-1].last = at
				}
			}
			full := e.Name.Local
			if prefix := short[e.Name.Space]; prefix != "" {
				full = prefix + ":" + full
			}
			stack = append(stack, open{name: full})
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		}
	}
}

// The body shows what the model says: every style named is defined, every style
// of letters names an eastern font, heads repeat, rows hold together, cells
// merge, pages are numbered.
func TestBody(t *testing.T) {
	pkg := parts(t, paper())
	body, styles := pkg["word/document.xml"], pkg["word/styles.xml"]
	for _, text := range []string{body, pkg["word/header1.xml"], pkg["word/footer1.xml"]} {
		for _, piece := range strings.Split(text, `Style w:val="`)[1:] {
			if id, _, _ := strings.Cut(piece, `"`); !strings.Contains(styles, `w:styleId="`+id+`"`) {
				t.Errorf("style %s is not defined", id)
			}
		}
	}
	for _, s := range strings.Split(styles, `<w:style w:type="paragraph"`)[1:] {
		if !strings.Contains(s, `w:eastAsia="`) {
			t.Errorf("a style without an eastern font: %.80s", s)
		}
	}
	for _, font := range []string{"方正小标宋简体", "仿宋", "楷体", "黑体", "宋体"} {
		if !strings.Contains(styles, `w:eastAsia="`+font+`"`) || !strings.Contains(pkg["word/fontTable.xml"], `<w:font w:name="`+font+`"><w:altName`) {
			t.Errorf("%s is not used, or has no other name", font)
		}
	}
	for _, want := range []string{
		`<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="2098" w:right="1474" w:bottom="1984" w:left="1588"`,
		`<w:tblHeader/>`, `<w:cantSplit/>`, `<w:gridSpan w:val="2"/>`, `<w:vMerge w:val="restart"/>`, `<w:vMerge/>`, `<w:jc w:val="right"/>`,
		`一、总体情况`, `（一）来源`, `1.说明`, `二、办理情况`, `>附则<`, `第一行</w:t></w:r></w:p>`, `&lt;b&gt;&amp;amp;&lt;/b&gt;`, `<w:br w:type="page"/>`,
		`<w:highlight w:val="yellow"/>`, `<c:chart r:id=`, `descr="第二周最多，共42件。"`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the body has no %s", want)
		}
	}
	for name, want := range map[string]string{
		"word/footer1.xml": ` PAGE `, "word/footer2.xml": `<w:jc w:val="left"/>`, "word/header1.xml": `某县政务服务大厅办公室　某县政务服务大厅第三季度舆情报告　【草稿】`,
		"docProps/core.xml": `2018-01-15T09:30:00Z`, "word/charts/chart2.xml": `<c:lineChart>`, "word/charts/chart3.xml": `<c:barDir val="bar"/>`,
	} {
		if !strings.Contains(pkg[name], want) {
			t.Errorf("%s has no %s: %s", name, want, pkg[name])
		}
	}
}

// The workbook inside a chart holds what the chart's cache says, and a day
// without data is an empty cell and no point.
func TestEmbeddedWorkbook(t *testing.T) {
	pkg := parts(t, paper())
	x, err := excelize.OpenReader(strings.NewReader(pkg["word/embeddings/chart2.xlsx"]))
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	rows, err := x.GetRows("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"", "来信", "评论"}, {"1日", "3", "10"}, {"2日", "5", "2.5"}, {"3日", "", "0"}, {"4日", "4", "1"}}
	if len(rows) != len(want) {
		t.Fatalf("%q", rows)
	}
	for i := range want {
		if !slices.Equal(rows[i], want[i]) {
			t.Errorf("row %d: %q", i, rows[i])
		}
	}
	chart := pkg["word/charts/chart2.xml"]
	if strings.Count(chart, "<c:pt ") != 2+4+4+3+4 || strings.Contains(chart, "NaN") {
		t.Errorf("points: %d", strings.Count(chart, "<c:pt "))
	}
	for _, want := range []string{`Sheet1!$A$2:$A$5`, `Sheet1!$C$2:$C$5`, `<c:ptCount val="4"/>`} {
		if !strings.Contains(chart, want) {
			t.Errorf("no %s", want)
		}
	}
}

// The same document and the same time give the same bytes, so that a digest of
// a released file means something.
func TestSameBytes(t *testing.T) {
	var a, b bytes.Buffer
	if err := errors.Join(document.DOCX(&a, paper(), made), document.DOCX(&b, paper(), made)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("two writings differ")
	}
}

// A large table is written and reads again.
func TestLargeTable(t *testing.T) {
	pkg := parts(t, large(4000))
	parse(t, "body", pkg["word/document.xml"])
	if n := strings.Count(pkg["word/document.xml"], "<w:tr>"); n != 4001 {
		t.Errorf("%d rows", n)
	}
}

// Whatever stands in a text, every part parses and the words that can be shown
// are there.
func FuzzTexts(f *testing.F) {
	for _, s := range []string{"", "正常", "\x00\x01\x1b[31m", "a\r\nb\tc", "]]><x>&", "\xff\xfe\xed\xa0\x80", "\uFFFE\uFFFF\u202Eabc", "=cmd|' /C calc'!A0", "👨‍👩‍👧 𠮷", "</w:t>", strings.Repeat("长", 3000)} {
		f.Add(s, 1.5)
	}
	f.Fuzz(func(t *testing.T, s string, v float64) {
		if math.IsInf(v, 0) {
			v = 0
		}
		d := document.Document{
			Title: s, Office: s, Date: s, Header: s, Status: s, Close: []string{s}, Lead: []document.Block{document.Gap{Text: s}, document.List{Items: [][]document.Run{document.Words(s)}}},
			Sections: []document.Section{{Title: s, Blocks: []document.Block{
				document.Para(document.Run{Text: s, Figure: s, Link: s, Strong: true}),
				document.Table{Name: s, Caption: s, Unit: s, Note: s, Columns: make([]document.Column, 2), Rows: [][]document.Cell{{document.TextCell(s), document.Amount(s, v, s)}}},
				document.Chart{Kind: document.Stacked, Title: s, Unit: s, Summary: s, Categories: []string{s, s}, Series: []document.Series{{Name: s, Values: []float64{v, math.NaN()}}}},
				document.Chart{Kind: document.Ranked, Title: s, Summary: s, Categories: []string{s}, Series: []document.Series{{Name: s, Values: []float64{v}}}},
			}}},
		}
		for name, text := range parts(t, d) {
			if !strings.HasSuffix(name, ".xlsx") {
				parse(t, name, text)
			}
		}
		checkPage(t, d)
		checkBook(t, d)
	})
}
