package segment

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"unicode/utf8"

	"huiying"
)

// checkMain makes sure that every line of the main dictionary is "word
// frequency tag" as gojieba needs it.
func checkMain(path string) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return huiying.Errorf(huiying.Invalid, "analyzer.dictionary_missing", path, err)
	}
	number := 0
	for line := range bytes.Lines(raw) {
		number++
		line = bytes.TrimSuffix(line, []byte("\n"))
		word, rest, _ := bytes.Cut(line, []byte(" "))
		frequency, tag, found := bytes.Cut(rest, []byte(" "))
		if !found || len(tag) == 0 || bytes.IndexByte(tag, ' ') >= 0 || len(word) == 0 ||
			!positive(frequency) || !utf8.Valid(word) || bytes.IndexByte(line, 0) >= 0 {
			return huiying.Errorf(huiying.Invalid, "analyzer.dictionary_line", path, number)
		}
	}
	if number == 0 {
		return huiying.Errorf(huiying.Invalid, "analyzer.dictionary_line", path, 1)
	}
	return nil
}

func positive(digits []byte) bool {
	some := false
	for _, b := range digits {
		if b < '0' || b > '9' {
			return false
		}
		some = some || b != '0'
	}
	return some && len(digits) < 12
}

// modelLines is how many lines of numbers the model has: start, four of
// transitions, four of emissions.
const modelLines = 9

// checkModel makes sure that the hidden Markov model has the shape gojieba
// needs.
func checkModel(path string) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return huiying.Errorf(huiying.Invalid, "analyzer.dictionary_missing", path, err)
	}
	number, seen := 0, 0
	for line := range strings.Lines(string(raw)) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		seen++
		if seen <= 5 && !fourNumbers(line) || seen > 5 && !emissions(line) {
			return huiying.Errorf(huiying.Invalid, "analyzer.dictionary_line", path, number)
		}
	}
	if seen < modelLines {
		return huiying.Errorf(huiying.Invalid, "analyzer.dictionary_line", path, number)
	}
	return nil
}

func fourNumbers(line string) bool {
	fields := strings.Split(line, " ")
	for _, f := range fields {
		if _, err := strconv.ParseFloat(f, 64); err != nil {
			return false
		}
	}
	return len(fields) == 4
}

func emissions(line string) bool {
	for pair := range strings.SplitSeq(strings.TrimSuffix(line, ","), ",") {
		char, number, ok := strings.Cut(pair, ":")
		if !ok || utf8.RuneCountInString(char) != 1 || !utf8.ValidString(char) {
			return false
		}
		if _, err := strconv.ParseFloat(number, 64); err != nil {
			return false
		}
	}
	return true
}
