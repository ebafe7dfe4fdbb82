package document_test

import (
	"bytes"
	"flag"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/report/document"
)

var update = flag.Bool("update", false, "write the goldens anew")

var made = time.Date(2018, 1, 15, 9, 30, 0, 0, time.UTC)

// paper holds every kind of block.
func paper() document.Document {
	text, head := document.TextCell, document.HeadCell
	return document.Document{
		Title: "某县政务服务大厅第三季度舆情报告", Office: "某县政务服务大厅办公室", Date: "2018年1月15日", Status: "草稿",
		Lead: []document.Block{document.Say("本季度来信平稳。"), document.Gap{Text: "“县府网来信”7月2日8时至11时采集中断，相关数字不含这三小时。"}},
		Sections: []document.Section{
			{Title: "总体情况", Blocks: []document.Block{
				document.Para(document.Run{Text: "共收到来信"}, document.Run{Text: "128", Figure: "letters", Link: "/stream?kind=letter"}, document.Run{Text: "件，较上季度"},
					document.Run{Text: "+12", Figure: "delta", Mark: document.Changed}, document.Run{Text: "件。"}),
				document.Paragraph{Flush: true, Runs: []document.Run{{Text: "风险提示：", Strong: true}, {Text: "待填写", Mark: document.Missing}}},
			}, Sections: []document.Section{
				{Title: "来源", Blocks: []document.Block{
					document.Chart{Kind: document.Stacked, Title: "各周来信", Unit: "件", Summary: "第二周最多，共42件。", Categories: []string{"第一周", "第二周", "第三周"},
						Series: []document.Series{{Name: "橙", Values: []float64{2, 12, 3}, Color: "f07a13"}, {Name: "蓝", Values: []float64{20, 30, 18}}}},
					document.Chart{Kind: document.Lines, Title: "逐日数量", Summary: "三日缺数据。", Categories: []string{"1日", "2日", "3日", "4日"}, ShowTable: true,
						Series: []document.Series{{Name: "来信", Values: []float64{3, 5, math.NaN(), 4}}, {Name: "评论", Values: []float64{10, 2.5, 0, 1}}}},
				}, Sections: []document.Section{{Title: "说明", Blocks: []document.Block{document.Say("第一行\n第二行 <b>&amp;</b>")}}}},
				{Title: "部门", Blocks: []document.Block{
					document.Chart{Kind: document.Ranked, Title: "承办部门", Summary: "社保窗口最多。", Categories: []string{"社保窗口", "不动产窗口"}, Series: []document.Series{{Name: "件", Values: []float64{9, 4}}}},
					document.Chart{Kind: document.Bars, Title: "空图", Summary: "无。", Series: []document.Series{{Name: "件"}}},
				}},
			}},
			{Title: "办理情况", Blocks: []document.Block{
				document.Table{Caption: "办理结果", Unit: "单位：件", Columns: []document.Column{{Width: 3}, {Width: 2}, {Width: 1, Align: document.Number}, {Width: 1, Align: document.Number}},
					Head: [][]document.Cell{{head("结果").Over(2, 1), head("件数").Over(2, 1)}, {head("大类"), head("小类"), head("本季"), head("上季")}},
					Rows: [][]document.Cell{
						{head("办结").Over(1, 2), text("按时"), document.Count("closed.in_time", 100), document.Count("", 90)},
						{text("逾期"), document.Count("closed.late", 0), {Runs: []document.Run{{Text: "未填", Mark: document.Missing}}}},
						{text("=1+1").Over(2, 1), document.Amount("rate", 0.985, "98.5%"), text("—")},
					}, Note: "注：按时率＝按时÷应办结。"},
				document.List{Ordered: true, Items: [][]document.Run{document.Words("加快办理。"), document.Words("如实公开。")}},
				document.PageBreak{},
				document.List{Items: [][]document.Run{document.Words("附后。")}},
				document.Table{Name: "宽表", Columns: make([]document.Column, 3), Small: true, Rows: [][]document.Cell{{text("甲"), text("乙"), text("丙")}}},
			}},
			{Title: "附则", Bare: true, Blocks: []document.Block{document.Say("完。")}},
		},
		Close: []string{"某县政务服务大厅", "2018年1月15日"},
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (go test -update writes it anew):\n%s", name, got)
	}
}

func TestText(t *testing.T) {
	got, err := document.Text(paper())
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "paper.txt", []byte(got))
	english := paper()
	english.Lang = "en"
	if got, err = document.Text(english); err != nil || !strings.Contains(got, "# 1. 总体情况") || !strings.Contains(got, "## (2) 部门") || !strings.Contains(got, "### a. 说明") {
		t.Errorf("%v\n%s", err, got)
	}
}

// What does not come out even is refused by every writer, with its name.
func TestCheck(t *testing.T) {
	cell := document.TextCell
	two := []document.Column{{}, {}}
	for name, c := range map[string]struct {
		block document.Block
		want  string
	}{
		"short row": {document.Table{Caption: "T", Columns: two, Rows: [][]document.Cell{{cell("a")}}}, `table "T": row 1: column 2 has no cell`},
		"long row":  {document.Table{Caption: "T", Columns: two, Rows: [][]document.Cell{{cell("a"), cell("b"), cell("c")}}}, `row 1: cell 3 reaches beyond`},
		"too deep":  {document.Table{Caption: "T", Columns: two, Rows: [][]document.Cell{{cell("a").Over(1, 2), cell("b")}}}, `row 1: cell 1 reaches beyond`},
		"covers": {document.Table{Caption: "T", Columns: make([]document.Column, 3), Rows: [][]document.Cell{
			{cell("a"), cell("b").Over(1, 2), cell("c")}, {cell("d").Over(2, 1), cell("e")}}}, `row 2: cell 1 covers another`},
		"no columns": {document.Table{Caption: "T"}, "no columns"},
		"width":      {document.Table{Caption: "T", Columns: []document.Column{{Width: -1}}}, "width -1"},
		"kind":       {document.Chart{Title: "C", Kind: "pie", Series: []document.Series{{}}}, "no known kind"},
		"no series":  {document.Chart{Title: "C", Kind: document.Bars}, "no series"},
		"length":     {document.Chart{Title: "C", Kind: document.Bars, Series: []document.Series{{Name: "s", Values: []float64{1}}}}, "1 values for 0 categories"},
		"colour":     {document.Chart{Title: "C", Kind: document.Bars, Series: []document.Series{{Color: `"/>`}}}, "no colour"},
		"infinite":   {document.Chart{Title: "C", Kind: document.Bars, Categories: []string{"a"}, Series: []document.Series{{Values: []float64{math.Inf(1)}}}}, "not finite"},
	} {
		d := document.Document{Title: "D", Lead: []document.Block{c.block}}
		_, err := document.Text(d)
		for _, e := range []error{err, document.DOCX(new(bytes.Buffer), d, made), document.HTML(new(bytes.Buffer), d), document.XLSX(new(bytes.Buffer), d)} {
			if e == nil || !strings.Contains(e.Error(), c.want) {
				t.Errorf("%s: %v", name, e)
			}
		}
	}
	deep := document.Document{Sections: []document.Section{{Sections: []document.Section{{Sections: []document.Section{{Sections: []document.Section{{Title: "vier"}}}}}}}}}
	if err := deep.Check(); err == nil || !strings.Contains(err.Error(), "deeper than three") {
		t.Error(err)
	}
}

// Every format is written by its name, and another one is refused.
func TestWrite(t *testing.T) {
	for format, begins := range map[string]string{"docx": "PK", "xlsx": "PK", "html": "<!doctype html>", "text": ""} {
		var b strings.Builder
		if err := document.Write(&b, paper(), format, made); err != nil || b.Len() == 0 || !strings.HasPrefix(b.String(), begins) || !slices.Contains(document.Formats(), format) {
			t.Errorf("%s: %d bytes, %v", format, b.Len(), err)
		}
	}
	if err := document.Write(io.Discard, paper(), "pdf", made); huiying.ErrorCode(err) != huiying.Invalid || err == nil {
		t.Error(err)
	}
}

// large is a paper with a table of so many rows.
func large(rows int) document.Document {
	t := document.Table{Caption: "大表", Columns: make([]document.Column, 6), Head: [][]document.Cell{{}}}
	for i := range 6 {
		t.Head[0] = append(t.Head[0], document.HeadCell("列"+strconv.Itoa(i)))
	}
	for i := range rows {
		row := make([]document.Cell, 6)
		for c := range row {
			row[c] = document.Count("", i*c)
		}
		t.Rows = append(t.Rows, row)
	}
	return document.Document{Title: "大表", Lead: []document.Block{t}}
}
