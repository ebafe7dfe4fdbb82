package wordbook

import (
	"slices"

	"huiying/crawler/patrol/wording"
	"huiying/internal/app/papers"
	"huiying/internal/config"
	"huiying/notifier/reply"
)

// Marks are the lists by which wrong and sensitive words are found in texts,
// the office's own words aside.
type Marks struct {
	Wrong     [][]wording.Word // of the reading of replies, then of each inspection
	Sensitive []reply.Sensitive
}

// MarksOf are the lists of a configuration and its files.
func MarksOf(c config.Config) (m Marks, err error) {
	wrong, sensitive, err := papers.ReadWords(c.Reply.Words)
	if err != nil {
		return m, err
	}
	m.Wrong, m.Sensitive = [][]wording.Word{append(wording.Builtin(), wrong...)}, sensitive
	for _, s := range inspections(c) {
		if s.reads {
			m.Wrong = append(m.Wrong, s.words.All())
		}
	}
	return m, nil
}

// find tells every mistake and every sensitive word that some reader would
// find, with the office's own words laid over its list, once.
func (m Marks) find(text string, own Own) []string {
	out := []string{}
	add := func(s string) {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	for _, list := range m.Wrong {
		for _, h := range wording.New(slices.Concat(list, own.Wrong)...).Find(text) {
			add(h.Wrong + " → " + h.Right)
		}
	}
	for _, s := range reply.Find(slices.Concat(m.Sensitive, own.Sensitive), text) {
		add(s.Word)
	}
	return out
}
