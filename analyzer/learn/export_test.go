package learn

import (
	"slices"

	"huiying"
)

// Join joins the letters of a folder with labels that a test brings, and counts
// those that were read twice, once and never.
func Join(dir, twice, once string) (counts [3]int, err error) {
	l, err := join(dir, thirty, twice, once)
	for _, x := range l.letters {
		switch {
		case x.class == "":
			counts[2]++
		case x.once:
			counts[1]++
		default:
			counts[0]++
		}
	}
	return counts, err
}

// AgreementOf is Agreement of labels that a test brings.
func AgreementOf(body string) (letters int, share, kappa float64, err error) { return agreement(body) }

// Cues are the words of the table by class, in its order.
func Cues() (words [][2]string) {
	for _, c := range cues() {
		for _, w := range c.words {
			words = append(words, [2]string{c.class, w})
		}
	}
	return words
}

// ByCue is the class that a cue word in the text speaks for.
func ByCue(text string) string { return byCue(text) }

// Ruled is the answer of the cue words for a post.
func Ruled(title, text string) string { return ruled(title, text) }

// Answer is a truth and an answer, as a test brings them.
type Answer struct {
	Truth, Said, Second string
	Sure                bool
}

// Figure is the figure of a bar of answers that a test brings.
func Figure(b Bar, classes []string, list []Answer) float64 {
	var v []verdict
	for _, a := range list {
		one := verdict{slices.Index(classes, a.Truth), slices.Index(classes, a.Said), slices.Index(classes, a.Second), .5, a.Sure}
		v = append(v, one)
	}
	return b.figure(classes, v)
}

// Units makes classes of units by how many cases each had.
func Units(cases map[string]int) (classes []string, labels map[string]string) { return units(cases) }

// ReadOwn reads the set of a task as Build does and gives the classes of its
// rows.
func ReadOwn(t Task) (classes []string, err error) {
	rows, _, err := t.Sets[len(t.Sets)-1].read("")
	for _, r := range rows {
		classes = append(classes, r.class)
	}
	return classes, err
}

// Folds is how many times IntentByFolds trains.
const Folds = 5

// IntentByFolds trains the intent task once for each fifth of the letters,
// which is held back, and measures the answers of all together.
func IntentByFolds(dir string) ([]Line, error) {
	all := map[string]answers{}
	for fold := range uint32(Folds) {
		t := intentBy(func(id string) Part {
			switch n := bucket(id) % (2 * Folds); {
			case n/2 == fold:
				return Held
			case n == (2*fold+2)%(2*Folds):
				return Calibrate
			}
			return Train
		})
		m, err := Build(t, dir)
		if err != nil {
			return nil, err
		}
		for _, file := range []string{titles, letters} {
			a, err := t.answers(m, file, dir)
			if err != nil {
				return nil, err
			}
			all[file] = answers{append(all[file].model, a.model...), append(all[file].rule, a.rule...)}
		}
	}
	var out []Line
	for _, b := range intentBars() {
		if a, ok := all[b.File]; ok {
			out = append(out, b.line(huiying.Intents(), a))
		}
	}
	return out, nil
}

// Lessons are the texts of the last set of a task that train, and those of the
// others that do not.
func Lessons(t Task, dir string) (aside map[string]bool, lessons []string, err error) {
	aside = map[string]bool{}
	for _, s := range t.Sets {
		rows, _, err := s.read(dir)
		if err != nil {
			return nil, nil, err
		}
		lessons = nil
		for _, r := range of(Train, s.unseen(rows, aside)) {
			lessons = append(lessons, r.bare())
		}
	}
	return aside, lessons, nil
}
