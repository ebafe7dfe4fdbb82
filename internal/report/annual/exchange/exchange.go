// Package exchange reads and writes the year's numbers as files people edit:
// CSV and XLSX with one number a row, YAML for what is kept with the office's
// other definitions. It refuses what it does not understand, with the row and
// the column in one sentence, and takes no file by halves.
package exchange

import (
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/text/width"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/report/annual"
)

// Limits of a file.
const (
	mostBytes   = 5 << 20
	mostRows    = 5000
	longestText = 20_000
	longestNote = 500
)

// Formats of files.
const (
	CSV  = "csv"
	XLSX = "xlsx"
	YAML = "yaml"
)

// FormatOf tells the format by a file's name.
func FormatOf(name string) (string, error) {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".csv":
		return CSV, nil
	case ".xlsx":
		return XLSX, nil
	case ".yaml", ".yml":
		return YAML, nil
	}
	return "", huiying.Errorf(huiying.Invalid, "annual.file.format", filepath.Base(name))
}

// Read reads a file into what it says about a year; year 0 = the file names it.
func Read(raw []byte, format string, year int) (query.NewDisclosure, error) {
	if len(raw) > mostBytes {
		return query.NewDisclosure{}, huiying.Errorf(huiying.Invalid, "annual.file.large", mostBytes>>20)
	}
	n := query.NewDisclosure{Year: year, Source: query.FactImported}
	var err error
	switch format {
	case YAML:
		err = readYAML(raw, &n)
	case CSV:
		err = readCSV(raw, &n)
	case XLSX:
		err = readXLSX(raw, &n)
	default:
		err = huiying.Errorf(huiying.Invalid, "annual.file.format", format)
	}
	if err == nil && n.Year == 0 {
		err = huiying.Errorf(huiying.Invalid, "annual.file.no_year")
	}
	if err != nil {
		return query.NewDisclosure{}, err
	}
	for i := range n.Facts {
		n.Facts[i].Year = n.Year
	}
	for i := range n.Texts {
		n.Texts[i].Year = n.Year
	}
	return n, nil
}

// place is where something stands in a file.
type place struct {
	sheet       string // "" in files without
	row, column int
}

// wrong says what is wrong at a place.
func (p place) wrong(err error) error {
	if err == nil {
		return nil
	}
	if p.sheet != "" {
		return huiying.Errorf(huiying.Invalid, "annual.file.at_sheet", p.sheet, p.row, p.column, err)
	}
	return huiying.Errorf(huiying.Invalid, "annual.file.at", p.row, p.column, err)
}

// reading collects what a file says and refuses to be told twice.
type reading struct {
	n    *query.NewDisclosure
	seen map[string]place
}

func newReading(n *query.NewDisclosure) *reading { return &reading{n, map[string]place{}} }

func (r *reading) once(key string, at place) error {
	if before, twice := r.seen[key]; twice {
		return at.wrong(huiying.Errorf(huiying.Invalid, "annual.file.twice", annual.TitleOf(key), before.row))
	}
	r.seen[key] = at
	return nil
}

// fact takes a number; its key stands at one place and its value at another.
func (r *reading) fact(f query.DisclosureFact, value string, at, valueAt place) error {
	number, atLeast, err := Number(value)
	if err != nil {
		return valueAt.wrong(err)
	}
	f.Value, f.AtLeast = number, f.AtLeast || atLeast
	if len([]rune(f.Note)) > longestNote {
		return at.wrong(huiying.Errorf(huiying.Invalid, "annual.note_long", longestNote))
	}
	if err := annual.CheckFact(f); err != nil {
		where := at
		if k, known := annual.Find(f.Fact); known && k.Has(f.Cell) {
			where = valueAt
		}
		return where.wrong(err)
	}
	if err := r.once(f.Key(), at); err != nil {
		return err
	}
	r.n.Facts = append(r.n.Facts, f)
	return nil
}

func (r *reading) text(part, text string, at place) error {
	if _, known := annual.FindPart(part); !known {
		return at.wrong(huiying.Errorf(huiying.Invalid, "annual.no_part", part))
	}
	if len([]rune(text)) > longestText {
		return at.wrong(huiying.Errorf(huiying.Invalid, "annual.text_long", longestText))
	}
	if err := r.once("text."+part, at); err != nil {
		return err
	}
	r.n.Texts = append(r.n.Texts, query.DisclosureText{Part: part, Text: text})
	return nil
}

// Number reads a number as people write it: wide figures, commas between
// thousands, 余 or + behind for "no fewer than". huiying.Invalid says that it is
// none.
func Number(s string) (v float64, atLeast bool, err error) {
	text := strings.TrimSpace(width.Narrow.String(s))
	for _, end := range []string{"余", "+"} {
		if cut, ok := strings.CutSuffix(text, end); ok {
			text, atLeast = strings.TrimSpace(cut), true
		}
	}
	bare := strings.ReplaceAll(text, ",", "")
	if !plainNumber(bare) || strings.Contains(text, ",") && !thousands(text) {
		return 0, false, huiying.Errorf(huiying.Invalid, "annual.file.number", shown(s))
	}
	if v, err = strconv.ParseFloat(bare, 64); err != nil {
		return 0, false, huiying.Errorf(huiying.Invalid, "annual.file.number", shown(s))
	}
	// A workbook holds 12.3456 as 12.345600000000001.
	if four := math.Round(v*1e4) / 1e4; math.Abs(four-v) < 1e-9*max(1, v) {
		v = four
	}
	return v, atLeast, nil
}

// plainNumber is digits with at most one point among them: no exponent, no
// sign, no "Inf".
func plainNumber(s string) bool {
	whole, part, point := strings.Cut(s, ".")
	digits := func(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" && len(s) <= 20 }
	return digits(whole) && (!point || digits(part))
}

// thousands reports that commas stand where they belong.
func thousands(s string) bool {
	whole, _, _ := strings.Cut(s, ".")
	groups := strings.Split(whole, ",")
	for i, g := range groups {
		if i > 0 && len(g) != 3 || i == 0 && (g == "" || len(g) > 3) {
			return false
		}
	}
	return true
}

// shown is a piece of a foreign text for a sentence.
func shown(s string) string {
	if r := []rune(s); len(r) > 30 {
		return string(r[:30]) + "…"
	}
	return s
}

// year reads the year of a file.
func yearOf(s string, at place) (int, error) {
	n, err := strconv.Atoi(strings.TrimSpace(width.Narrow.String(s)))
	if err != nil || n < 1990 || n > 2200 {
		return 0, at.wrong(huiying.Errorf(huiying.Invalid, "annual.year", shown(s)))
	}
	return n, nil
}

// setYear takes the year a file names; another than the one asked for is
// refused, so that last year's file does not become this year's figures.
func (r *reading) setYear(year int, at place) error {
	if r.n.Year != 0 && r.n.Year != year {
		return at.wrong(huiying.Errorf(huiying.Invalid, "annual.file.other_year", year, r.n.Year))
	}
	r.n.Year = year
	return nil
}
