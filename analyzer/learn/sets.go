// Package learn makes the models of package linear from labelled texts and
// measures them: which sets, split how, against which baselines and bars. The
// texts themselves stay where they are; a model keeps their names and sha256.
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
	File   string
	Labels map[string]string  // label in the file → class; others are a mistake
	Among  []string           // the classes its labellers chose from, none = all
	Weight float32            // of its rows in training
	Boost  map[string]float32 // of the rows of a class, beside Weight; none = 1
	// Stripped takes bracket emoticons away: in some sets they give the label
	// away.
	Stripped bool
	// Cut joins words that the set has cut.
	Cut bool
	// Whole: the file is all for Part; else rows are spread by their text.
	Whole bool
	Part  Part
}

// Part is what a row is for.
type Part int

// The parts: most rows train, a tenth sets the temperature, a tenth is held
// back and measured.
const (
	Train Part = iota
	Calibrate
	Held
)

// row is one labelled text.
type row struct {
	text  string
	class string
	part  Part
}

var emoticon = regexp.MustCompile(`\[[^\[\]\s]{1,8}\]`)

// read reads a set of a folder; sum is the sha256 of the file. Errors:
// huiying.NotFound when it is not there, huiying.Invalid with file and line.
func (s Set) read(dir string) (rows []row, sum string, err error) {
	f, err := os.Open(filepath.Join(dir, s.File))
	if errors.Is(err, os.ErrNotExist) {
		return nil, "", huiying.Errorf(huiying.NotFound, "learn.no_set", filepath.Join(dir, s.File))
	}
	if err != nil {
		return nil, "", fmt.Errorf("open a set: %w", err)
	}
	defer f.Close()
	hash := sha256.New()
	lines := bufio.NewScanner(io.TeeReader(f, hash))
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		label, text, ok := strings.Cut(lines.Text(), "\t")
		class, known := s.Labels[label]
		switch {
		case !ok || strings.TrimSpace(text) == "":
			if strings.TrimSpace(lines.Text()) == "" || n == 1 {
				continue
			}
			return nil, "", huiying.Errorf(huiying.Invalid, "learn.no_text", s.File, n)
		case !known && n == 1:
			continue // the names of the columns
		case !known:
			return nil, "", huiying.Errorf(huiying.Invalid, "learn.label", s.File, n, label)
		}
		if s.Stripped {
			text = emoticon.ReplaceAllString(text, "")
		}
		if s.Cut {
			text = strings.ReplaceAll(text, " ", "")
		}
		rows = append(rows, row{text, class, s.part(text)})
	}
	if err := lines.Err(); err != nil {
		return nil, "", fmt.Errorf("read %s: %w", s.File, err)
	}
	return rows, hex.EncodeToString(hash.Sum(nil)), nil
}

// part spreads rows by their text, so that the same text is never in two parts.
func (s Set) part(text string) Part {
	if s.Whole {
		return s.Part
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(text))
	switch h.Sum32() % 10 {
	case 0:
		return Held
	case 1:
		if len(s.Among) == 0 { // probabilities among some classes say nothing of those among all
			return Calibrate
		}
	}
	return Train
}

// examples turns rows of one part into features.
func (s Set) examples(rows []row, part Part, classes []string) []linear.Example {
	var among uint16
	for _, c := range s.Among {
		among |= 1 << slices.Index(classes, c)
	}
	var f linear.Features
	var text fold.Text
	var out []linear.Example
	for _, r := range rows {
		if r.part != part {
			continue
		}
		text.Reset(r.text)
		f.Read(&text)
		weight := s.Weight
		if b, ok := s.Boost[r.class]; ok {
			weight *= b
		}
		out = append(out, linear.Example{Hashes: slices.Clone(f.Hashes), Class: slices.Index(classes, r.class), Among: among, Weight: weight})
	}
	return out
}
