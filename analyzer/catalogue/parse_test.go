package catalogue_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"huiying"
	"huiying/analyzer/catalogue"
)

// workbook is an xlsx with a sheet for each list of rows.
func workbook(t testing.TB, sheets ...[][]string) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for i, rows := range sheets {
		name := fmt.Sprintf("Sheet%d", i+1)
		if _, err := f.NewSheet(name); err != nil {
			t.Fatal(err)
		}
		for n, cells := range rows {
			if err := f.SetSheetRow(name, fmt.Sprintf("A%d", n+1), &cells); err != nil {
				t.Fatal(err)
			}
		}
	}
	var b bytes.Buffer
	if _, err := f.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func rowsOf(text string) [][]string {
	var rows [][]string
	for line := range strings.Lines(text) {
		rows = append(rows, strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
	}
	return rows
}

func utf16LE(text string) []byte {
	out := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(text)) {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return out
}

const small = "政务服务事项目录\t\t\t\t\t\t\n" +
	"窗口\t事项名称\t事项编码\t主管部门\t事项类型\t关键词\t别名\n" +
	"3号厅 A12\t犬只准养登记\tdog-1\t公安局\t行政许可\t养犬、狗证\t办狗证|犬证；养狗登记\n" +
	"\t公共停车场备案\t\tu-police\t\t\t\n"

// One table in every dress is the same catalogue.
func TestParse(t *testing.T) {
	gb, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	english := strings.NewReplacer("窗口\t事项名称\t事项编码\t主管部门\t事项类型\t关键词\t别名", "window,Name,CODE,unit,type,keywords,aliases", "\t", ",").Replace(small)
	want := []catalogue.Item{
		{
			Code: "dog-1", Name: "犬只准养登记", Unit: "公安局", Aliases: []string{"办狗证", "犬证", "养狗登记"},
			Keywords: []string{"养犬", "狗证"}, Window: "3号厅 A12", Type: "行政许可",
		},
		{Code: "item-fe3e1fea0b", Name: "公共停车场备案", Unit: "u-police"},
	}
	for name, data := range map[string][]byte{
		"tab":       []byte(small),
		"comma":     []byte(english),
		"mark":      []byte("\ufeff" + small),
		"gb18030":   gb,
		"utf-16":    utf16LE(small),
		"crlf":      []byte(strings.ReplaceAll(small, "\n", "\r\n")),
		"xlsx":      workbook(t, rowsOf(small)),
		"2nd sheet": workbook(t, [][]string{{"说明"}, {"请按模板填写"}}, rowsOf(small)),
		"starred":   []byte(strings.Replace(small, "事项名称", " * 事项 名称 ", 1)),
		"blank":     []byte(strings.ReplaceAll(small, "\n", "\n\t\t\t\n\n")),
		"quoted":    []byte(strings.Replace(small, "办狗证|犬证；养狗登记", "\"办狗证\n犬证\n养狗登记\"", 1)),
	} {
		c, err := catalogue.Parse(name, data)
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
	table := "本表由各部门填报,,,,\n" +
		"事项编码,事项名称,主管部门,别名,窗口\n" +
		"a-1,犬只准养登记,公安局,\"办狗证\n犬证\",1号\n" + // two lines
		"a-1,公共停车场备案,,,\n" +
		"a_2,露天烧烤许可,,,\n" +
		"a-3,,公安局,,\n" +
		",,公安局,,\n" +
		"a-4," + long + "," + long + ",,\n" +
		",户外广告设置,,,\n" +
		"\n" +
		",户外广告设置,,,\n" +
		"a-5,养鸽许可,,鸽、" + long + "," + strings.Repeat("窗", 201) + "\n" +
		"a-6,坏\ufffd字,,,\n" +
		"a-7,别名太多,," + many("别名", 32) + ",\n" +
		"a-3,编码又重复,,,\n" +
		"a-8,引号没有\"成对,,,\n" +
		"a-9,后面的,,,\n"
	c, err := catalogue.Parse("事项.csv", []byte(table))
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

// A file that is no table, or no whole one, is refused with one sentence.
func TestRefused(t *testing.T) {
	whole := workbook(t, rowsOf(small))
	rows := "name\n甲乙\n"
	for name, c := range map[string]struct {
		data []byte
		key  string
	}{
		"nothing":       {nil, "intake.empty"},
		"blanks":        {[]byte("\ufeff \r\n"), "intake.empty"},
		"page":          {[]byte("<html><table>"), "intake.html"},
		"old":           {[]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 Workbook"), "intake.xls"},
		"password":      {append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), utf16LE("EncryptedPackage")[2:]...), "intake.password"},
		"picture":       {[]byte("\x89PNG\x00\x00\x00"), "intake.no_sheet"},
		"no headings":   {[]byte("编码,部门\n1,2\n"), "catalogue.no_headings"},
		"headings only": {[]byte("事项编码,事项名称\n"), "catalogue.no_items"},
		"cut zip":       {whole[:len(whole)/2], "intake.broken"},
		"cut sheet":     {repack(t, whole, "xl/worksheets/sheet1.xml", func(b []byte) []byte { return b[:len(b)/2] }), "intake.broken"},
		"other zip":     {repack(t, whole, "xl/workbook.xml", nil), "intake.no_sheet"},
		"bomb":          {bomb(t, whole), "intake.bomb"},
		"two sheets":    {workbook(t, rowsOf(small), rowsOf(small)), "catalogue.two_sheets"},
		"no rows":       {workbook(t, [][]string{{"事项名称"}}), "catalogue.no_items"},
		"too many":      {[]byte(rows + strings.Repeat("甲乙\n", catalogue.MaxItems+1)), "catalogue.too_many_rows"},
		"far too many":  {[]byte(rows + strings.Repeat("甲乙\n", catalogue.MaxItems*2)), "catalogue.too_many_rows"},
		"too big":       {bytes.Repeat([]byte("name\n"), 4<<20), "intake.too_big"},
	} {
		got, err := catalogue.Parse(name, c.data)
		var e *huiying.Error
		if !errors.As(err, &e) || e.Key != c.key || e.Code != huiying.Invalid || got != nil {
			t.Errorf("%s: %v, want %s", name, err, c.key)
		}
	}
}

// repack changes one part of an xlsx, or leaves it out.
func repack(t *testing.T, file []byte, part string, change func([]byte) []byte) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, m := range z.File {
		r, err := m.Open()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if m.Name == part {
			if change == nil {
				continue
			}
			body = change(body)
		}
		to, err := w.Create(m.Name)
		if err == nil {
			_, err = to.Write(body)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bomb adds a sheet of spaces that unpacks to more than is allowed.
func bomb(t *testing.T, file []byte) []byte {
	t.Helper()
	return repack(t, file, "xl/worksheets/sheet1.xml", func([]byte) []byte { return bytes.Repeat([]byte(" "), 65<<20) })
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte("name,code\n甲乙,1\n甲乙,1\n"))
	f.Add([]byte("name\tcode\n\"甲\t乙\n"))
	f.Add([]byte("\xca\xc2\xcf\xee\xc3\xfb\xb3\xc6\n\xb9\xab\xd6\xa4\n"))
	f.Add(utf16LE(small))
	f.Add(workbook(f, rowsOf(small)))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := catalogue.Parse("f", data)
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
