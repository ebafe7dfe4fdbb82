package wordbook

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store/access"
)

// columns are the columns of a list as a file, in their order.
func columns(list string) []string {
	switch list {
	case query.ListWords:
		return []string{"text", "frequency", "tag", "why", "by", "at"}
	case query.ListWrong:
		return []string{"text", "right", "level", "except", "why", "by", "at"}
	case query.ListSensitive:
		return []string{"text", "level", "except", "why", "by", "at"}
	}
	return []string{"text", "why", "by", "at"}
}

// names are what people call the columns; a file may head them either way.
func names() map[string]string {
	return map[string]string{
		"词": "text", "词语": "text", "词频": "frequency", "词性": "tag", "应为": "right", "级别": "level", "例外": "except", "原因": "why", "添加人": "by", "添加时间": "at",
	}
}

// maxFile bounds a file that is brought in.
const maxFile = 1 << 20

// ReadFile reads a file of words for a list: the first row names the columns;
// UTF-8 or GB18030. Every bad row is told with its number, and then nothing is
// taken.
func ReadFile(list string, file io.Reader) ([]query.Word, error) {
	raw, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read a file of words: %w", err)
	}
	if len(raw) > maxFile {
		return nil, huiying.Errorf(huiying.Invalid, "lexicon.file_large", maxFile>>10)
	}
	if raw = bytes.TrimPrefix(raw, []byte("\ufeff")); !utf8.Valid(raw) {
		if raw, err = simplifiedchinese.GB18030.NewDecoder().Bytes(raw); err != nil || bytes.ContainsRune(raw, utf8.RuneError) {
			return nil, huiying.Errorf(huiying.Invalid, "lexicon.file_bytes")
		}
	}
	in := csv.NewReader(bytes.NewReader(raw))
	in.FieldsPerRecord = -1
	head, err := in.Read()
	if err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "lexicon.file_head", strings.Join(columns(list), ", "))
	}
	at, err := headed(list, head)
	if err != nil {
		return nil, err
	}
	return rows(list, in, at)
}

// headed finds the columns by the first row.
func headed(list string, head []string) ([]string, error) {
	known := columns(list)
	for i, cell := range head {
		name := strings.ToLower(strings.TrimSpace(cell))
		if other, ok := names()[name]; ok {
			name = other
		}
		if !slices.Contains(known, name) {
			return nil, huiying.Errorf(huiying.Invalid, "lexicon.file_head", strings.Join(known, ", "))
		}
		head[i] = name
	}
	if !slices.Contains(head, "text") {
		return nil, huiying.Errorf(huiying.Invalid, "lexicon.file_head", strings.Join(known, ", "))
	}
	return head, nil
}

func rows(list string, in *csv.Reader, at []string) ([]query.Word, error) {
	var out []query.Word
	var problems []error
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, huiying.Errorf(huiying.Invalid, "lexicon.file_broken", err)
		}
		line, _ := in.FieldPos(0)
		if strings.TrimSpace(strings.Join(cells, "")) == "" {
			continue
		}
		w, err := wordOf(cells, at)
		if err == nil {
			w, err = clean(list, w)
		}
		if err != nil {
			problems = append(problems, huiying.Errorf(huiying.Invalid, "lexicon.file_row", line, err))
			continue
		}
		if out = append(out, w); len(out) > maxWords {
			return nil, huiying.Errorf(huiying.Invalid, "lexicon.too_many", maxWords)
		}
	}
	if len(out) == 0 && len(problems) == 0 {
		return nil, huiying.Errorf(huiying.Invalid, "lexicon.nothing")
	}
	return out, firstOf(problems)
}

func wordOf(cells, at []string) (w query.Word, err error) {
	for i, cell := range cells {
		if i >= len(at) {
			break
		}
		cell = query.Unguarded(strings.TrimSpace(cell))
		switch at[i] {
		case "text":
			w.Text = cell
		case "frequency":
			if cell != "" {
				if w.Frequency, err = strconv.Atoi(cell); err != nil {
					return w, huiying.Errorf(huiying.Invalid, "lexicon.bad_frequency", cell)
				}
			}
		case "tag":
			w.Tag = cell
		case "right":
			w.Right = cell
		case "level":
			w.Level = cell
		case "except":
			w.Except = strings.FieldsFunc(cell, func(r rune) bool { return r == '|' })
		case "why":
			w.Why = cell
		}
	}
	return w, nil
}

// Export gives the office's own words of a list as a file, and notes who took
// it.
func (d *Desk) Export(ctx context.Context, list string, who huiying.Actor) (query.WordFile, error) {
	doc, version, _, err := d.current(ctx, list)
	if err != nil {
		return query.WordFile{}, err
	}
	var b bytes.Buffer
	b.WriteString("\ufeff") // spreadsheets read UTF-8 by it
	out := csv.NewWriter(&b)
	lines := [][]string{columns(list)}
	for _, w := range doc.Words {
		lines = append(lines, cellsOf(list, w))
	}
	if err := out.WriteAll(lines); err != nil {
		return query.WordFile{}, fmt.Errorf("write the words of %s: %w", list, err)
	}
	err = d.note(ctx, access.Entry{Actor: who.ID, Action: access.LexiconExported, Object: list, Detail: fmt.Sprintf("version %d, %d words", version, len(doc.Words))})
	return query.WordFile{Name: "lexicon-" + list + ".csv", Body: b.Bytes()}, err
}

func cellsOf(list string, w query.Word) []string {
	values := map[string]string{
		"text": w.Text, "frequency": strconv.Itoa(w.Frequency), "tag": w.Tag, "right": w.Right, "level": w.Level,
		"except": strings.Join(w.Except, "|"), "why": w.Why, "by": w.By, "at": w.At.Format("2006-01-02T15:04:05Z07:00"),
	}
	cells := make([]string, 0, len(columns(list)))
	for _, c := range columns(list) {
		cells = append(cells, query.Guarded(values[c]))
	}
	return cells
}

// Import adds the words of a file to a list, as Change does, and says how many
// there were.
func (d *Desk) Import(ctx context.Context, file io.Reader, c query.WordChange) (version, words int, err error) {
	if !editable(c.List) {
		return 0, 0, huiying.Errorf(huiying.NotFound, "lexicon.no_list", c.List)
	}
	if c.Add, err = ReadFile(c.List, file); err != nil {
		return 0, 0, err
	}
	version, err = d.Change(ctx, c)
	return version, len(c.Add), err
}
