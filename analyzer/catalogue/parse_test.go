package catalogue_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"huiying"
	"huiying/analyzer/catalogue"
)

// rowsOf are the rows of a text with a tab between cells.
func rowsOf(text string) (rows []catalogue.Row) {
	for line := range strings.Lines(text) {
		rows = append(rows, catalogue.Row{N: len(rows) + 1, Cells: strings.Split(strings.TrimSuffix(line, "\n"), "\t")})
	}
	return rows
}

const small = "政务服务事项目录\t\t\t\t\t\t\n" +
	"窗口\t事项名称\t事项编码\t主管部门\t事项类型\t关键词\t别名\n" +
	"3号厅 A12\t犬只准养登记\tdog-1\t公安局\t行政许可\t养犬、狗证\t办狗证|犬证；养狗登记\n" +
	"\t公共停车场备案\t\tu-police\t\t\t\n"

// One table however it is laid out is the same catalogue.
func TestParse(t *testing.T) {
	english := strings.Replace(small, "窗口\t事项名称\t事项编码\t主管部门\t事项类型\t关键词\t别名", "window\tName\tCODE\tunit\ttype\tkeywords\taliases", 1)
	lines := rowsOf(small)
	lines[2].Cells[6] = "办狗证\n犬证\n养狗登记"
	want := []catalogue.Item{
		{
			Code: "dog-1", Name: "犬只准养登记", Unit: "公安局", Aliases: []string{"办狗证", "犬证", "养狗登记"},
			Keywords: []string{"养犬", "狗证"}, Window: "3号厅 A12", Type: "行政许可",
		},
		{Code: "item-fe3e1fea0b", Name: "公共停车场备案", Unit: "u-police"},
	}
	for name, sheets := range map[string][][]catalogue.Row{
		"Chinese":    {rowsOf(small)},
		"English":    {rowsOf(english)},
		"2nd sheet":  {rowsOf("说明\n请按模板填写\n"), rowsOf(small)},
		"starred":    {rowsOf(strings.Replace(small, "事项名称", " * 事项 名称 ", 1))},
		"blank rows": {rowsOf(strings.ReplaceAll(small, "\n", "\n\t\t\t\n\n"))},
		"lines":      {lines},
	} {
		c, err := catalogue.Parse(name, sheets)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(want, c.Items); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// Every mistake is told with the row as a spreadsheet program numbers it, and
// nothing is taken.
func TestMistakes(t *testing.T) {
	long := strings.Repeat("很", 65)
	rows := rowsOf("本表由各部门填报\n" +
		"事项编码\t事项名称\t主管部门\t别名\t窗口\n" +
		"a-1\t犬只准养登记\t公安局\t办狗证|犬证\t1号\n" +
		"a-1\t公共停车场备案\n" +
		"a_2\t露天烧烤许可\n" +
		"a-3\t\t公安局\n" +
		"\t\t公安局\n" +
		"a-4\t" + long + "\t" + long + "\n" +
		"\t户外广告设置\n" +
		"\n" +
		"\t户外广告设置\n" +
		"a-5\t养鸽许可\t\t鸽、" + long + "\t" + strings.Repeat("窗", 201) + "\n" +
		"a-6\t坏\ufffd字\n" +
		"a-7\t别名太多\t\t" + many("别名", 32) + "\n" +
		"a-3\t编码又重复\n")
	c, err := catalogue.Parse("事项.csv", [][]catalogue.Row{rows})
	if c != nil || huiying.ErrorCode(err) != huiying.Invalid {
		t.Errorf("took %v, error code %q", c, huiying.ErrorCode(err))
	}
	golden(t, "rows.golden", fmt.Sprintln(err))
}

func many(word string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%s%c、", word, '一'+i)
	}
	return b.String()
}

// Sheets that are no catalogue, or too much of one, are refused with one
// sentence.
func TestRefused(t *testing.T) {
	for name, c := range map[string]struct {
		sheets [][]catalogue.Row
		key    string
	}{
		"nothing":       {nil, "catalogue.no_headings"},
		"no headings":   {[][]catalogue.Row{rowsOf("编码\t部门\n1\t2\n")}, "catalogue.no_headings"},
		"headings only": {[][]catalogue.Row{rowsOf("事项编码\t事项名称\n")}, "catalogue.no_items"},
		"two sheets":    {[][]catalogue.Row{rowsOf(small), rowsOf(small)}, "catalogue.two_sheets"},
		"too many":      {[][]catalogue.Row{rowsOf("name\n" + strings.Repeat("甲乙\n", catalogue.MaxItems+1))}, "catalogue.too_many_rows"},
	} {
		got, err := catalogue.Parse(name, c.sheets)
		var e *huiying.Error
		if !errors.As(err, &e) || e.Key != c.key || e.Code != huiying.Invalid || got != nil {
			t.Errorf("%s: %v, want %s", name, err, c.key)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(small)
	f.Add("name\tcode\n甲乙\t1\n甲乙\t1\n")
	f.Add("name\tcode\n\"甲\t乙\n")
	f.Add("事项名称\n\xff\x00\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := catalogue.Parse("f", [][]catalogue.Row{rowsOf(text)})
		if (c == nil) == (err == nil) {
			t.Fatalf("both or neither: %v, %v", c, err)
		}
		if err != nil {
			if huiying.ErrorCode(err) != huiying.Invalid {
				t.Fatalf("no sentence for people: %v", err)
			}
			return
		}
		options := catalogue.Options{Segment: func(s string) []string { return []string{s} }}
		if _, err := catalogue.New(c.Items, nil, options); err != nil {
			t.Fatalf("read, but no index: %v", err)
		}
	})
}
