package calendar

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"huiying"
)

// Limits of a file of one year.
const (
	maxFile = 1 << 20
	maxRun  = 31 // days in one row
)

// Parse reads one year, in the format of this package's own files or as the
// JSON of the public holiday-cn collections (year, papers, days with name,
// date, isOffDay). It refuses a file that cannot be the whole truth about a
// year; the sentence says where and what to do.
func Parse(r io.Reader) (Year, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return Year{}, fmt.Errorf("read a year of holidays: %w", err)
	}
	if len(raw) > maxFile {
		return Year{}, huiying.Errorf(huiying.Invalid, "calendar.big", maxFile)
	}
	raw = bytes.TrimLeftFunc(bytes.TrimPrefix(raw, []byte("\ufeff")), unicode.IsSpace)
	if bytes.HasPrefix(raw, []byte("{")) {
		return parseJSON(raw)
	}
	return parseRows(raw)
}

// parseRows reads rows "year 2026", "notice NUMBER DATE URL", "off NAME
// DATE[..DATE]" and "work NAME DATE"; # begins a comment.
func parseRows(raw []byte) (Year, error) {
	var d draft
	lines := bufio.NewScanner(bytes.NewReader(raw))
	lines.Buffer(nil, maxFile+1)
	for n := 1; lines.Scan(); n++ {
		text, _, _ := strings.Cut(lines.Text(), "#")
		fields := strings.Fields(text)
		if len(fields) == 0 {
			continue
		}
		if err := d.row(fmt.Sprintf("line %d", n), fields); err != nil {
			return Year{}, err
		}
	}
	if err := lines.Err(); err != nil {
		return Year{}, fmt.Errorf("read rows of holidays: %w", err)
	}
	return d.finish()
}

func (d *draft) row(where string, f []string) error {
	switch {
	case f[0] == "year" && len(f) == 2:
		return d.setYear(where, f[1])
	case f[0] == "notice" && len(f) == 4:
		return d.notice(where, f[1:])
	case f[0] == "off" && len(f) == 3:
		return d.run(where, f[1], f[2])
	case f[0] == "work" && len(f) == 3:
		date, err := dateAt(where, f[2])
		d.add(where, Day{Date: date, Name: f[1]})
		return err
	}
	return huiying.Errorf(huiying.Invalid, "calendar.row", where, clip(strings.Join(f, " ")))
}

func (d *draft) setYear(where, text string) error {
	year, err := strconv.Atoi(text)
	if err != nil || d.year.Year != 0 {
		return huiying.Errorf(huiying.Invalid, "calendar.year_row", where, clip(text))
	}
	d.year.Year = year
	return nil
}

// notice takes a row's number, date and address; "-" where one is not known.
func (d *draft) notice(where string, f []string) error {
	for i := range f {
		if f[i] == "-" {
			f[i] = ""
		}
	}
	if f[1] != "" {
		if _, err := dateAt(where, f[1]); err != nil {
			return err
		}
	}
	d.year.Notices = append(d.year.Notices, Notice{Number: f[0], Issued: f[1], URL: f[2]})
	return nil
}

func (d *draft) run(where, name, span string) error {
	first, last, ranged := strings.Cut(span, "..")
	from, err := dateAt(where, first)
	if err != nil {
		return err
	}
	to := from
	if ranged {
		if to, err = dateAt(where, last); err != nil {
			return err
		}
	}
	if to < from || to-from >= maxRun {
		return huiying.Errorf(huiying.Invalid, "calendar.run", where, from, to, maxRun)
	}
	for day := from; day <= to; day++ {
		d.add(where, Day{Date: day, Name: name, Off: true})
	}
	return nil
}

func dateAt(where, text string) (Date, error) {
	date, err := ParseDate(text)
	if err != nil {
		return 0, huiying.Errorf(huiying.Invalid, "calendar.date", where, clip(text))
	}
	return date, nil
}

// clip keeps a sentence about foreign bytes short.
func clip(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// foreign is the JSON of holiday-cn.
type foreign struct {
	Year   int      `json:"year"`
	Papers []string `json:"papers"`
	Days   []struct {
		Name string `json:"name"`
		Date string `json:"date"`
		Off  *bool  `json:"isOffDay"`
	} `json:"days"`
}

func parseJSON(raw []byte) (Year, error) {
	var f foreign
	if err := json.Unmarshal(raw, &f); err != nil {
		return Year{}, huiying.Errorf(huiying.Invalid, "calendar.json", placeOf(raw, err), err)
	}
	d := draft{year: Year{Year: f.Year}}
	for _, url := range f.Papers {
		if url = oneWord(url); url != "" && url != "-" {
			d.year.Notices = append(d.year.Notices, Notice{URL: url})
		}
	}
	for i, day := range f.Days {
		where := fmt.Sprintf("days[%d]", i)
		date, err := dateAt(where+".date", day.Date)
		if err != nil {
			return Year{}, err
		}
		if day.Off == nil {
			return Year{}, huiying.Errorf(huiying.Invalid, "calendar.off", where+".isOffDay")
		}
		d.add(where, Day{Date: date, Name: oneWord(day.Name), Off: *day.Off})
	}
	return d.finish()
}

// oneWord makes foreign words fit into a row: no space, and no # that would
// begin a comment.
func oneWord(text string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(text, "#", "%23")), "")
}

// placeOf is the field or line of an error of package json.
func placeOf(raw []byte, err error) string {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Field != "" {
		return wrong.Field
	}
	at := len(raw)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		at = int(syntax.Offset)
	}
	return fmt.Sprintf("line %d", 1+bytes.Count(raw[:min(at, len(raw))], []byte("\n")))
}
