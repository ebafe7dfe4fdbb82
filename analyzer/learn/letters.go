package learn

import (
	_ "embed"
	"slices"
	"strings"

	"huiying"
)

// intentLabels say what letters want, each read twice (columns: file, id,
// first and second reading, label). Only these are measured.
//
//go:embed intent_labels.tsv
var intentLabels string

// intentOnce are further letters, read once by title and end (columns: file,
// id, label). They train and set the temperature and are never measured.
//
//go:embed intent_once.tsv
var intentOnce string

// Names of the two, as mistakes in them are told.
const (
	twiceFile = "intent_labels.tsv"
	onceFile  = "intent_once.tsv"
)

// archive is a file of letters; the text stands behind the title.
type archive struct {
	file           string
	columns, title int
}

func archives() []archive {
	return []archive{{"complaints_replied.tsv", 6, 3}, {"complaints_timed.tsv", 6, 4}}
}

// reading is one line of a file of labels.
type reading struct {
	line          int
	first, second string // where it was read twice
	class         string
}

// readings reads a file of labels; the key is the archive and the id with a tab
// between. columns is 5 where letters were read twice, 3 where once.
func readings(name, body string, columns int) (map[string]reading, error) {
	out := map[string]reading{}
	for i, line := range strings.Split(strings.TrimRight(body, "\n"), "\n") {
		p := strings.Split(line, "\t")
		switch {
		case i == 0:
			continue // the names of the columns
		case len(p) != columns || !slices.ContainsFunc(archives(), func(a archive) bool { return a.file == p[0] }):
			return nil, huiying.Errorf(huiying.Invalid, "learn.reading", name, i+1)
		}
		for _, class := range p[2:] {
			if !slices.Contains(huiying.Intents(), class) {
				return nil, huiying.Errorf(huiying.Invalid, "learn.label", name, i+1, class)
			}
		}
		key := p[0] + "\t" + p[1]
		if _, twice := out[key]; twice {
			return nil, huiying.Errorf(huiying.Invalid, "learn.twice", name, i+1, p[1])
		}
		r := reading{line: i + 1, class: p[columns-1]}
		if columns == 5 {
			r.first, r.second = p[2], p[3]
		}
		out[key] = r
	}
	return out, nil
}

// letter is one letter to an office.
type letter struct {
	key, id     string
	title, text string
	class       string // "" = nobody has read it
	once        bool   // read once
	part        Part
}

// letter reads the line n of an archive.
func (a archive) letter(n int, line string) (letter, error) {
	p := strings.Split(line, "\t")
	if len(p) != a.columns {
		return letter{}, huiying.Errorf(huiying.Invalid, "learn.letter", a.file, n, a.columns)
	}
	return letter{key: a.file + "\t" + p[0], id: p[0], title: p[a.title], text: p[a.title+1]}, nil
}

// split says by its id what a letter is for.
type split func(id string) Part

// thirty holds three tenths back and sets the temperature by one.
func thirty(id string) Part {
	switch n := bucket(id) % 10; {
	case n < 3:
		return Held
	case n == 3:
		return Calibrate
	}
	return Train
}

// fifth has one in five set the temperature and holds none back.
func fifth(id string) Part {
	if bucket(id)%5 == 0 {
		return Calibrate
	}
	return Train
}

// library is the letters of a folder, joined with their labels.
type library struct {
	letters []letter
	sums    map[string]string // sha256 of the archives
}

// join reads the letters of a folder with the labels of two readings, which
// are spread by part, and of one. Every label wants its letter.
func join(dir string, part split, twice, once string) (library, error) {
	l := library{sums: map[string]string{}}
	read, err := readings(twiceFile, twice, 5)
	if err != nil {
		return l, err
	}
	light, err := readings(onceFile, once, 3)
	if err != nil {
		return l, err
	}
	for _, a := range archives() {
		l.sums[a.file], err = scan(dir, a.file, func(n int, line string) error {
			one, err := a.letter(n, line)
			if err != nil {
				return err
			}
			r, readTwice := read[one.key]
			o, readOnce := light[one.key]
			switch {
			case readTwice && readOnce:
				return huiying.Errorf(huiying.Invalid, "learn.twice", onceFile, o.line, one.id)
			case readTwice:
				one.class, one.part = r.class, part(one.id)
			case readOnce:
				one.class, one.once, one.part = o.class, true, fifth(one.id)
			}
			delete(read, one.key)
			delete(light, one.key)
			l.letters = append(l.letters, one)
			return nil
		})
		if err != nil {
			return l, err
		}
	}
	l.dropRepeats()
	if err := unmatched(twiceFile, read); err != nil {
		return l, err
	}
	return l, unmatched(onceFile, light)
}

// unmatched tells the first label that has no letter.
func unmatched(name string, left map[string]reading) error {
	line, id := 0, ""
	for key, r := range left {
		if line == 0 || r.line < line {
			_, id, _ = strings.Cut(key, "\t")
			line = r.line
		}
	}
	if line == 0 {
		return nil
	}
	return huiying.Errorf(huiying.Invalid, "learn.no_letter", name, line, id)
}

// dropRepeats leaves each letter that was read twice in one part only: another
// of the same title or the same text is dropped.
func (l *library) dropRepeats() {
	seen := map[string]bool{}
	repeats := func(x letter) bool { return seen[x.title] || seen[x.text] }
	drop := map[string]bool{}
	for _, x := range l.letters {
		if x.class == "" || x.once {
			continue
		}
		drop[x.key] = repeats(x)
		seen[x.title], seen[x.text] = true, true
	}
	l.letters = slices.DeleteFunc(l.letters, func(x letter) bool {
		if x.class == "" || x.once {
			return repeats(x)
		}
		return drop[x.key]
	})
}

// view is what of a letter a row shows.
type view func(letter) (title, text string)

func titleOnly(l letter) (title, text string) { return "", l.title }
func textOnly(l letter) (title, text string)  { return "", l.text }
func whole(l letter) (title, text string)     { return l.title, l.text }

// opening is the title and as much of the text as a light label is worth the
// work of learning.
func opening(l letter) (title, text string) {
	const most = 250
	n := 0
	for i := range l.text {
		if n == most {
			return l.title, l.text[:i]
		}
		n++
	}
	return l.title, l.text
}

// labelled gives one view of the letters that were read, twice or once.
func labelled(v view, part split, once bool) source {
	return func(dir string) ([]row, map[string]string, error) {
		l, err := join(dir, part, intentLabels, intentOnce)
		var rows []row
		for _, x := range l.letters {
			if title, text := v(x); x.class != "" && x.once == once && text != "" {
				rows = append(rows, row{title, text, x.class, x.part})
			}
		}
		return rows, l.sums, err
	}
}

// cued gives one view of the letters that nobody has read, with the class that
// a cue word in the title speaks for; those without one are left out.
func cued(v view, part split) source {
	return func(dir string) ([]row, map[string]string, error) {
		l, err := join(dir, part, intentLabels, intentOnce)
		var rows []row
		for _, x := range l.letters {
			if class := byCue(x.title); x.class == "" && class != "" {
				title, text := v(x)
				rows = append(rows, row{title, text, class, Train})
			}
		}
		return rows, l.sums, err
	}
}

// Agreement is how far the two readings of the letters agree: the share of
// letters with the same class, and Cohen's kappa, which takes off what two
// readers agree on by chance (Cohen 1960).
func Agreement() (letters int, share, kappa float64, err error) {
	return agreement(intentLabels)
}

func agreement(body string) (letters int, share, kappa float64, err error) {
	read, err := readings(twiceFile, body, 5)
	if err != nil || len(read) == 0 {
		return 0, 0, 0, err
	}
	same, first, second := 0.0, map[string]float64{}, map[string]float64{}
	for _, r := range read {
		first[r.first]++
		second[r.second]++
		if r.first == r.second {
			same++
		}
	}
	n, chance := float64(len(read)), 0.0
	for _, class := range huiying.Intents() {
		chance += first[class] / n * second[class] / n
	}
	return len(read), same / n, (same/n - chance) / (1 - chance), nil
}
