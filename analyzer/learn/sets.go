// Package learn makes the models of package linear from labelled texts and
// measures them: which sets, split how, against which baselines and bars. The
// texts themselves stay where they are; a model keeps their names and sha256,
// and labels of its own are kept by the ids of the letters alone.
package learn

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"huiying"
	"huiying/analyzer/fold"
	"huiying/analyzer/linear"
)

// Set is one labelled file: a line is a label, a tab, the text.
type Set struct {
	File string
	Dir  string // where it lies; "" = the folder of the sets
	// Labels is label in the file → class, "" = such rows are left out; others
	// are a mistake.
	Labels map[string]string
	Else   string             // class of other labels; "" = they are a mistake
	Among  []string           // the classes its labellers chose from, none = all
	Weight float32            // of its rows in training
	Boost  map[string]float32 // of the rows of a class, beside Weight; none = 1
	// Stripped takes bracket emoticons away: in some sets they give the label
	// away.
	Stripped bool
	// Cut joins words that the set has cut.
	Cut bool
	// Without leaves out the rows in which one of these words stands.
	Without []string
	// Sample takes one in so many of the rows that would train, by their text;
	// 0 = all.
	Sample int
	// Aside: no row sets the temperature; the set is of another kind than what
	// is to be judged.
	Aside bool
	// Whole: the file is all for Part; else rows are spread by their text.
	Whole bool
	Part  Part

	from  source // rows of another form; File is but a name then
	units bool   // the labels are an office's own units
}

// source reads rows of a folder and gives the sha256 of the files it read.
type source func(dir string) (rows []row, sums map[string]string, err error)

// Part is what a row is for.
type Part int

// The parts: most rows train, a tenth sets the temperature, a tenth is held
// back and measured.
const (
	Train Part = iota
	Calibrate
	Held
)

// row is one labelled text; few have a title of their own.
type row struct {
	title, text string
	class       string
	part        Part
}

var emoticon = regexp.MustCompile(`\[[^\[\]\s]{1,8}\]`)

// read reads a set of a folder; sums is the sha256 of each file read. Errors:
// huiying.NotFound when one is not there, huiying.Invalid with file and line.
func (s Set) read(dir string) (rows []row, sums map[string]string, err error) {
	if s.from != nil {
		return s.from(dir)
	}
	name := s.File
	if s.Dir != "" {
		dir, name = s.Dir, "own/"+s.File
	}
	sum, err := scan(dir, s.File, func(n int, line string) error {
		r, err := s.row(n, line)
		if err == nil && r.class != "" {
			rows = append(rows, r)
		}
		return err
	})
	return rows, map[string]string{name: sum}, err
}

// row reads the line n; a row without a class is to be left out.
func (s Set) row(n int, line string) (row, error) {
	label, text, ok := strings.Cut(line, "\t")
	class, known := s.Labels[label]
	if !known && n > 1 && s.Else != "" {
		class, known = s.Else, true
	}
	switch {
	case !ok || strings.TrimSpace(text) == "":
		if strings.TrimSpace(line) == "" || n == 1 {
			return row{}, nil
		}
		return row{}, huiying.Errorf(huiying.Invalid, "learn.no_text", s.File, n)
	case !known && n == 1:
		return row{}, nil // the names of the columns
	case !known:
		return row{}, huiying.Errorf(huiying.Invalid, "learn.label", s.File, n, label)
	}
	if s.Stripped {
		text = emoticon.ReplaceAllString(text, "")
	}
	if s.Cut {
		text = strings.ReplaceAll(text, " ", "")
	}
	part := s.part(text)
	if s.Sample > 1 && part == Train && bucket(text)/10%uint32(s.Sample) != 0 {
		return row{}, nil
	}
	if slices.ContainsFunc(s.Without, func(word string) bool { return strings.Contains(text, word) }) {
		return row{}, nil
	}
	return row{text: text, class: class, part: part}, nil
}

// scan hands over the lines of a file, from 1, and gives its sha256.
func scan(dir, file string, line func(n int, line string) error) (sum string, err error) {
	f, err := os.Open(filepath.Join(dir, file))
	if errors.Is(err, os.ErrNotExist) {
		return "", huiying.Errorf(huiying.NotFound, "learn.no_set", filepath.Join(dir, file))
	}
	if err != nil {
		return "", fmt.Errorf("open a set: %w", err)
	}
	defer f.Close()
	hash := sha256.New()
	lines := bufio.NewScanner(io.TeeReader(f, hash))
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		if err := line(n, lines.Text()); err != nil {
			return "", err
		}
	}
	if err := lines.Err(); err != nil {
		return "", fmt.Errorf("read %s: %w", file, err)
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// part spreads rows by their text, so that the same text is never in two parts.
func (s Set) part(text string) Part {
	if s.Whole {
		return s.Part
	}
	switch bucket(text) % 10 {
	case 0:
		return Held
	case 1:
		if len(s.Among) == 0 && !s.Aside { // probabilities among some classes say nothing of those among all
			return Calibrate
		}
	}
	return Train
}

// bucket spreads texts and ids evenly and always the same way.
func bucket(text string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(text))
	return h.Sum32()
}

// bare is a text without what may be lost on its way into a line of a set:
// spaces, bracket emoticons, the border between title and text.
func (r row) bare() string {
	return strings.Join(strings.Fields(emoticon.ReplaceAllString(r.title+" "+r.text, "")), "")
}

// of picks the rows of one part.
func of(part Part, rows []row) (out []row) {
	for _, r := range rows {
		if r.part == part {
			out = append(out, r)
		}
	}
	return out
}

// examples turns rows into features.
func (s Set) examples(rows []row, classes []string) []linear.Example {
	var among uint16
	for _, c := range s.Among {
		among |= 1 << slices.Index(classes, c)
	}
	var f linear.Features
	var title, text fold.Text
	out := make([]linear.Example, 0, len(rows))
	for _, r := range rows {
		title.Reset(r.title)
		text.Reset(r.text)
		f.Read(&title, &text)
		weight := s.Weight
		if b, ok := s.Boost[r.class]; ok {
			weight *= b
		}
		out = append(out, linear.Example{Hashes: slices.Clone(f.Hashes), Class: slices.Index(classes, r.class), Among: among, Weight: weight})
	}
	return out
}
