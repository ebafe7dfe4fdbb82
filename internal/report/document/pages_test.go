package document_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/xuri/excelize/v2"

	"huiying/internal/query"
	"huiying/internal/report/document"
)

func pageOf(t testing.TB, d document.Document) string {
	t.Helper()
	var b bytes.Buffer
	if err := document.HTML(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// checkPage reads the page and refuses what a strict policy would: scripts,
// handlers, styles at elements, things from elsewhere.
func checkPage(t testing.TB, d document.Document) {
	t.Helper()
	text := pageOf(t, d)
	q, err := goquery.NewDocumentFromReader(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if n := q.Find("script, iframe, object, embed, img, link, [style], [onclick], [onload], base, form").Length(); n != 0 {
		t.Errorf("%d things the policy refuses", n)
	}
	q.Find("a").Each(func(_ int, a *goquery.Selection) {
		if href, _ := a.Attr("href"); !strings.HasPrefix(href, "/") && !strings.HasPrefix(href, "http") {
			t.Errorf("a link to %q", href)
		}
	})
	for _, drawing := range regexp.MustCompile(`(?s)<svg .*?</svg>`).FindAllString(text, -1) {
		decoder := xml.NewDecoder(strings.NewReader(drawing))
		for {
			if _, err := decoder.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("a drawing: %v\n%s", err, drawing)
			}
		}
		if strings.Contains(drawing, "NaN") || strings.Contains(drawing, "Inf") {
			t.Errorf("a drawing with no number: %s", drawing)
		}
	}
}

func TestHTML(t *testing.T) {
	d := paper()
	checkPage(t, d)
	text := pageOf(t, d)
	golden(t, "paper.html", []byte(text))
	for _, want := range []string{
		`<html lang="zh-CN">`, `<data value="letters"><a href="/stream?kind=letter">128</a></data>`, `<data value="delta" class="changed">&#43;12</data>`,
		`<strong class="missing">待填写</strong>`, `<h2>一、总体情况</h2>`, `<h3>（一）来源</h3>`, `<h4>1.说明</h4>`, `<th scope="col" colspan="2" class="center">结果</th>`,
		`<th scope="row" rowspan="2" class="center">办结</th>`, `role="img"`, `<summary>数据表</summary>`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s", want)
		}
	}
	// The digest of the policy is that of the style as it stands in the page.
	q, err := goquery.NewDocumentFromReader(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(q.Find("style").Text()))
	policy, _ := q.Find("meta[http-equiv]").Attr("content")
	if policy != document.Policy() || !strings.Contains(policy, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'") {
		t.Errorf("the policy does not know the style: %s", policy)
	}
	evil := document.Document{Title: "x", Lead: []document.Block{document.Para(document.Run{Text: "t", Figure: "f", Link: "javascript:alert(1)"}, document.Run{Text: "u", Link: "//elsewhere"})}}
	if text := pageOf(t, evil); strings.Contains(text, "javascript") || strings.Contains(text, "elsewhere") {
		t.Error("a link that runs is let through")
	}
}

func bookOf(t testing.TB, d document.Document) *excelize.File {
	t.Helper()
	var b bytes.Buffer
	if err := document.XLSX(&b, d); err != nil {
		t.Fatal(err)
	}
	x, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// checkBook opens the workbook: no formula anywhere, no cell a spreadsheet
// would take for one.
func checkBook(t testing.TB, d document.Document) {
	t.Helper()
	x := bookOf(t, d)
	defer x.Close()
	for _, sheet := range x.GetSheetList() {
		rows, err := x.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for r, row := range rows {
			for c, text := range row {
				name, err := excelize.CoordinatesToCellName(c+1, r+1)
				if err != nil {
					t.Fatal(err)
				}
				if f, err := x.GetCellFormula(sheet, name); err != nil || f != "" {
					t.Errorf("%s!%s: %q %v", sheet, name, f, err)
				}
				kind, err := x.GetCellType(sheet, name)
				if err != nil {
					t.Fatal(err)
				}
				if kind == excelize.CellTypeSharedString && query.Guarded(text) != text {
					t.Errorf("%s!%s: %q is not guarded", sheet, name, text)
				}
			}
		}
	}
}

func TestXLSX(t *testing.T) {
	checkBook(t, paper())
	x := bookOf(t, paper())
	defer x.Close()
	want := "正文 各周来信 逐日数量 承办部门 空图 办理结果 宽表"
	if got := strings.Join(x.GetSheetList(), " "); got != want {
		t.Fatalf("%s", got)
	}
	for cell, want := range map[string]string{"A1": "办理结果（单位：件）", "A2": "结果", "C4": "100", "D5": "未填", "A6": "'=1+1", "C6": "0.985", "A7": "注：按时率＝按时÷应办结。"} {
		if got, err := x.GetCellValue("办理结果", cell); err != nil || got != want {
			t.Errorf("%s: %q %v", cell, got, err)
		}
	}
	if kind, err := x.GetCellType("办理结果", "C4"); err != nil || kind != excelize.CellTypeUnset && kind != excelize.CellTypeNumber {
		t.Errorf("a number is %v %v", kind, err)
	}
	merged, err := x.GetMergeCells("办理结果")
	if err != nil || len(merged) != 4 {
		t.Errorf("%d merged %v", len(merged), err)
	}
	if got, err := x.GetCellValue("逐日数量", "B4"); err != nil || got != "" {
		t.Errorf("a day without data: %q %v", got, err)
	}
}

// Sheets get names that spreadsheets take, and none twice.
func TestSheetNames(t *testing.T) {
	var d document.Document
	for _, name := range []string{"a/b:c", "A/B:C", "'quoted'", "", strings.Repeat("很长的名字", 10), strings.Repeat("很长的名字", 10), "正文", "\x00"} {
		d.Lead = append(d.Lead, document.Table{Name: name, Columns: make([]document.Column, 1), Rows: [][]document.Cell{{document.TextCell("x")}}})
	}
	x := bookOf(t, d)
	defer x.Close()
	if got := len(x.GetSheetList()); got != 9 {
		t.Errorf("%q", x.GetSheetList())
	}
}
