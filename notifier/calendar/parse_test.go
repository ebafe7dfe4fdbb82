package calendar_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"huiying"
	"huiying/internal/locale"
	"huiying/notifier/calendar"
)

// imported2027 is invented; the notice for 2027 is not published.
const imported2027 = `# an invented year
year 2027
notice 国办发明电〔2026〕99号 2026-11-06 https://www.example.gov.cn/2027.htm
off 元旦 2027-01-01..2027-01-03
off 春节 2027-02-05..2027-02-12
work 春节 2027-01-31
work 春节 2027-02-14
off 劳动节 2027-05-01..2027-05-05
work 劳动节 2027-05-08
off 国庆节 2027-10-01..2027-10-07
`

func mustParse(tb testing.TB, text string) calendar.Year {
	tb.Helper()
	y, err := calendar.Parse(strings.NewReader(text))
	if err != nil {
		tb.Fatal(err)
	}
	return y
}

func said(err error, key string) bool {
	var e *huiying.Error
	return errors.As(err, &e) && e.Key == key && e.Code == huiying.Invalid
}

// days writes holiday-cn's rows: "2027-01-01" off, "2027-01-09!" worked.
func days(dates ...string) string {
	rows := make([]string, len(dates))
	for i, d := range dates {
		date, worked := strings.CutSuffix(d, "!")
		row, err := json.Marshal(map[string]any{"name": "某节", "date": date, "isOffDay": !worked})
		if err != nil {
			panic(err)
		}
		rows[i] = string(row)
	}
	return `{"year":2027,"papers":["https://www.example.gov.cn/2027.htm"],"days":[` + strings.Join(rows, ",") + `]}`
}

func TestParseBothFormats(t *testing.T) {
	own := mustParse(t, imported2027)
	if own.Year != 2027 || len(own.Days) != 26 || own.Notices[0].Number != "国办发明电〔2026〕99号" {
		t.Errorf("read %+v", own)
	}
	for i := range own.Days[1:] {
		if own.Days[i].Date >= own.Days[i+1].Date {
			t.Errorf("days are out of order at %s", own.Days[i].Date)
		}
	}
	var dates []string
	for _, d := range own.Days {
		if d.Off {
			dates = append(dates, d.Date.String())
		} else {
			dates = append(dates, d.Date.String()+"!")
		}
	}
	theirs := mustParse(t, "\ufeff \n"+days(dates...))
	for i, d := range theirs.Days {
		if d.Date != own.Days[i].Date || d.Off != own.Days[i].Off {
			t.Errorf("JSON day %d is %+v, rows say %+v", i, d, own.Days[i])
		}
	}
	if theirs.Notices[0].URL == "" {
		t.Error("the papers are lost")
	}
}

// TestParseSentences holds one file per mistake: its key, and the place it
// names.
func TestParseSentences(t *testing.T) {
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	const good = "year 2027\noff 元旦 2027-01-01\noff 劳动节 2027-05-01\noff 国庆节 2027-10-01\n"
	for _, v := range []struct{ name, text, key, names string }{
		{"empty file", "", "calendar.year", ""},
		{"no days", "year 2027\n", "calendar.empty", "2027"},
		{"no days, JSON", `{"year":2027,"papers":[],"days":[]}`, "calendar.empty", "2027"},
		{"half a year", "year 2027\noff 元旦 2027-01-01\noff 劳动节 2027-05-01\n", "calendar.incomplete", "2027-10-01"},
		{"wrong year", good + "off 春节 2028-02-05\n", "calendar.wrong_year", "line 5"},
		{"too far back", good + "off 元旦 2026-11-30\n", "calendar.wrong_year", "line 5"},
		{"wrong year, JSON", days("2027-01-01", "2026-05-01"), "calendar.wrong_year", "days[1]"},
		{"twice", good + "off 元旦 2027-01-01\n", "calendar.twice", "line 5"},
		{"twice, JSON", days("2027-01-01", "2027-01-02", "2027-01-01"), "calendar.twice", "days[2]"},
		{"off and worked", good + "off 春节 2027-02-06\nwork 春节 2027-02-06\n", "calendar.both", "line 6"},
		{"weekday made up", good + "work 春节 2027-02-04\n", "calendar.weekday", "line 5"},
		{"weekday made up, JSON", days("2027-01-01", "2027-01-04!"), "calendar.weekday", "days[1]"},
		{"runs back", good + "off 春节 2027-02-08..2027-02-05\n", "calendar.run", "line 5"},
		{"runs on", good + "off 春节 2027-02-01..2027-03-31\n", "calendar.run", "line 5"},
		{"no date", good + "off 春节 2027-02-30\n", "calendar.date", "line 5"},
		{"no date, JSON", `{"year":2027,"days":[{"name":"元旦","date":"1月1日","isOffDay":true}]}`, "calendar.date", "days[0].date"},
		{"off is missing", `{"year":2027,"days":[{"name":"元旦","date":"2027-01-01"}]}`, "calendar.off", "days[0].isOffDay"},
		{"name is missing", `{"year":2027,"days":[{"date":"2027-01-01","isOffDay":true}]}`, "calendar.name", "days[0]"},
		{"unknown row", good + "holiday 春节\n", "calendar.row", "line 5"},
		{"year twice", good + "year 2028\n", "calendar.year_row", "line 5"},
		{"year of letters", "year next\n", "calendar.year_row", "line 1"},
		{"year of the past", "year 1987\n", "calendar.year", "1987"},
		{"broken JSON", "{\"year\":2027,\n\"days\":[", "calendar.json", "line 2"},
		{"JSON of another kind", `{"year":"2027"}`, "calendar.json", "year"},
		{"notice of no date", good + "notice 1号 soon -\n", "calendar.date", "line 5"},
		{"too big", strings.Repeat("#", 1<<20+1), "calendar.big", ""},
	} {
		_, err := calendar.Parse(strings.NewReader(v.text))
		if !said(err, v.key) {
			t.Errorf("%s: %v, want %s", v.name, err, v.key)
			continue
		}
		for _, lang := range []locale.Lang{locale.Chinese, locale.English} {
			if s := words.Sentence(lang, err); !strings.Contains(s, v.names) || strings.Contains(s, "%!") {
				t.Errorf("%s: the sentence does not name %q: %s", v.name, v.names, s)
			}
		}
	}
}

func TestYearSurvivesJSON(t *testing.T) {
	before := mustParse(t, imported2027)
	raw, err := json.Marshal(before)
	if err != nil {
		t.Fatal(err)
	}
	var after calendar.Year
	if err := json.Unmarshal(raw, &after); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(before, after) {
		t.Errorf("%s became %+v", raw, after)
	}
}

// TestFormat checks that the embedded files are what Format writes, so that
// what is shown can be imported.
func TestFormat(t *testing.T) {
	years, err := calendar.Published()
	if err != nil {
		t.Fatal(err)
	}
	for _, y := range years {
		if again := mustParse(t, y.Format()); !reflect.DeepEqual(again, y) {
			t.Errorf("%d is written\n%s", y.Year, y.Format())
		}
	}
	if got := mustParse(t, imported2027).Format(); !strings.Contains(got, "off 春节 2027-02-05..2027-02-12\nwork 春节 2027-02-14\n") {
		t.Errorf("written\n%s", got)
	}
}

// FuzzParse feeds foreign bytes: what is accepted must make a calendar in which
// every day of the file is what the file says.
func FuzzParse(f *testing.F) {
	f.Add(imported2027)
	f.Add(days("2027-01-01", "2027-05-01", "2027-10-01", "2027-01-09!"))
	f.Add("year 2027\noff 元旦 2027-01-01..2027-01-03\nwork 元旦 2026-12-27\noff 劳动节 2027-05-01\noff 国庆节 2027-10-01")
	f.Add(`{"year":2027,"days":[{"name":"\u0000","date":"9999-99-99","isOffDay":null}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		y, err := calendar.Parse(strings.NewReader(text))
		if err != nil {
			if code := huiying.ErrorCode(err); code != huiying.Invalid {
				t.Fatalf("%v has code %s", err, code)
			}
			return
		}
		again, err := calendar.Parse(strings.NewReader(y.Format()))
		if err != nil || !reflect.DeepEqual(again, y) {
			t.Fatalf("%+v\nis written\n%s\nand read %+v %v", y, y.Format(), again, err)
		}
		c, err := calendar.New(calendar.Options{Imported: []calendar.Year{y}})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range y.Days {
			worked, known := c.Workday(d.Date)
			if _, next := c.Year(d.Date.Year() + 1); d.Date.Year() < y.Year || !next {
				if worked == d.Off || !known {
					t.Fatalf("%s is off=%v in the file and worked=%v in the calendar", d.Date, d.Off, worked)
				}
			}
		}
	})
}
