package wordbook

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"huiying"
	"huiying/internal/query"
)

// Shipped is a list that lies beneath the office's own words: it is part of
// the program, or a file of the configuration defines it.
type Shipped struct {
	List, Key, File string
	// Each gives every entry to yield until that says no more.
	Each func(yield func(query.Word) bool) error
	size func() (int, error)
}

// Of is a list of known entries.
func Of(list, key, file string, words []query.Word) Shipped {
	return Shipped{List: list, Key: key, File: file, Each: func(yield func(query.Word) bool) error {
		for _, w := range words {
			if !yield(w) {
				break
			}
		}
		return nil
	}, size: func() (int, error) { return len(words), nil }}
}

// Lines is a file of one entry a line, whose first field is the word; it is
// read when somebody looks, since the large ones are not to be kept.
func Lines(list, key, file string) Shipped { return lines(list, key, file, firstField) }

// Rows is a file of rows with tabs between, whose word is the column of a
// number from 0.
func Rows(list, key, file string, column int) Shipped {
	return lines(list, key, file, func(line []byte) []byte {
		cells := bytes.Split(line, []byte("\t"))
		if len(cells) <= column {
			return nil
		}
		return cells[column]
	})
}

func firstField(line []byte) []byte {
	word, _, _ := bytes.Cut(line, []byte(" "))
	return word
}

func lines(list, key, file string, wordOf func(line []byte) []byte) Shipped {
	s := Shipped{List: list, Key: key, File: file, Each: func(yield func(query.Word) bool) error {
		f, err := os.Open(file)
		if err != nil {
			return huiying.Errorf(huiying.Invalid, "config.unreadable", file, err)
		}
		defer f.Close()
		lines := bufio.NewScanner(f)
		for lines.Scan() {
			line := bytes.TrimSpace(bytes.TrimPrefix(lines.Bytes(), []byte("\ufeff")))
			if len(line) == 0 || line[0] == '#' {
				continue
			}
			if word := wordOf(line); len(word) > 0 && !yield(query.Word{Text: string(word)}) {
				return nil
			}
		}
		if err := lines.Err(); err != nil {
			return fmt.Errorf("read %s: %w", file, err)
		}
		return nil
	}}
	s.size = sync.OnceValues(func() (n int, err error) {
		err = s.Each(func(query.Word) bool { n++; return true })
		return n, err
	})
	return s
}

// find gives the size, and the first rows that hold a text; none when rows is 0.
func (s Shipped) find(text string, rows int) (out query.WordSource, err error) {
	out = query.WordSource{Key: s.Key, File: filepath.Base(s.File), Rows: []query.Word{}}
	if out.Of, err = s.size(); err != nil || rows == 0 {
		return out, err
	}
	text = strings.TrimSpace(text)
	err = s.Each(func(w query.Word) bool {
		if text == "" || strings.Contains(w.Text, text) || strings.Contains(w.Right, text) {
			if out.Found++; len(out.Rows) < rows {
				out.Rows = append(out.Rows, w)
			}
		}
		return text != "" || len(out.Rows) < rows
	})
	if text == "" {
		out.Found = out.Of
	}
	return out, err
}
