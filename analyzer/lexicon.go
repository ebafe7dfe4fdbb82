package analyzer

import (
	"fmt"
	"slices"

	"huiying"
	"huiying/analyzer/fold"
	"huiying/analyzer/rule"
	"huiying/analyzer/segment"
)

// Lexicon is words of the office that are exchanged while posts are analysed.
// Everything in it is folded.
type Lexicon struct {
	Words  []segment.Word // of the cut
	Stops  []string       // that are no keywords
	Places []string       // words of the cut, noted in the event where they stand
}

// equal reports that nothing differs.
func (l Lexicon) equal(other Lexicon) bool {
	return l.cutsAs(other) && slices.Equal(l.Stops, other.Stops)
}

// cutsAs reports that both cut alike.
func (l Lexicon) cutsAs(other Lexicon) bool {
	return slices.Equal(l.Words, other.Words) && slices.Equal(l.Places, other.Places)
}

// placeNames are the names of the configuration and those of a lexicon, each
// once.
func (a *Analyzer) placeNames(own Lexicon) []string {
	names := slices.Clone(a.options.Places)
	for _, p := range own.Places {
		if !slices.ContainsFunc(names, func(n string) bool { return fold.String(n) == p }) {
			names = append(names, p)
		}
	}
	return names
}

// ReloadLexicon exchanges the office's own words. Posts under way are finished
// with the old ones; with an error the old ones stay. Other words of the cut
// take about a third of a second and, for a moment, the memory of two
// dictionaries.
func (a *Analyzer) ReloadLexicon(own Lexicon) error {
	a.changing.Lock()
	defer a.changing.Unlock()
	old := a.current.Load()
	if own.equal(old.lexicon) {
		return nil
	}
	if own.cutsAs(old.lexicon) {
		d, err := a.compile(old.segmenter, old.rules, own)
		if err != nil {
			return err
		}
		d.file = old.file
		a.install(d)
	} else if err := a.exchange(old.file, own); err != nil {
		return err
	}
	a.options.Logger.Info("lexicon reloaded", "words", len(own.Words), "stops", len(own.Stops), "places", len(own.Places))
	return nil
}

// WordTrial is what words make of a text: how it is cut, what it is about, the
// places it names and the rules that hold.
type WordTrial struct {
	Title, Text []string // tokens, folded
	Keywords    []string
	Places      []string
	Rules       []string // ids
}

// WordQuestion is posts, and the rules they are to be judged by.
type WordQuestion struct {
	Posts []huiying.Post
	Rules *rule.File
}

// TryLexicon judges posts with words and rules that need not be in force, and
// keeps nothing. Each answer is that to the question at its place, each trial
// that of the post at its place.
func (a *Analyzer) TryLexicon(own Lexicon, questions ...WordQuestion) ([][]WordTrial, error) {
	seg, done, err := a.borrow(own)
	if err != nil {
		return nil, err
	}
	defer done()
	cutter, ok := seg.Acquire()
	if !ok {
		return nil, huiying.Errorf(huiying.Unavailable, "analyzer.closed")
	}
	defer cutter.Release()
	out := make([][]WordTrial, len(questions))
	for i, q := range questions {
		w := a.newWork()
		w.cutter, w.can = cutter, true
		if w.defs, err = a.compile(seg, q.Rules, own); err != nil {
			return nil, err
		}
		out[i] = make([]WordTrial, len(q.Posts))
		for j, p := range q.Posts {
			if out[i][j], err = a.tryWords(w, p); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// borrow gives a segmenter that cuts with a lexicon until done: the one in
// force where it does so already, else one for the purpose.
func (a *Analyzer) borrow(own Lexicon) (seg *segment.Segmenter, done func(), err error) {
	a.changing.Lock() // the one in force stays until done; and one trial at a time
	current := a.current.Load()
	if own.cutsAs(current.lexicon) {
		return current.segmenter, a.changing.Unlock, nil
	}
	words, err := a.userWords(current.file, own)
	if err == nil {
		seg, err = a.segmenter(words)
	}
	if err != nil {
		a.changing.Unlock()
		return nil, nil, err
	}
	return seg, func() { seg.Close(); a.changing.Unlock() }, nil
}

func (a *Analyzer) tryWords(w *work, p huiying.Post) (out WordTrial, err error) {
	*w.verdict = huiying.Judgement{Post: p}
	w.paths, w.result = w.paths[:0], rule.Result{}
	w.forget()
	for _, run := range []func(*work) error{a.fold, a.cut, a.findPlaces, a.intent, a.rules, a.weigh} {
		if err := run(w); err != nil {
			return out, fmt.Errorf("try words: %w", err)
		}
	}
	out.Title, out.Text = w.cutInto(0), w.cutInto(1)
	for _, t := range w.verdict.Tags {
		out.Rules = append(out.Rules, t.Rule)
	}
	for _, k := range w.verdict.Keywords {
		out.Keywords = append(out.Keywords, k.Word)
	}
	out.Places = slices.Clone(w.verdict.Places)
	return out, nil
}

// cutInto are the words of a field.
func (w *work) cutInto(field int) []string {
	out := make([]string, 0, len(w.tokens[field]))
	for _, t := range w.tokens[field] {
		out = append(out, w.texts[field].Term(t))
	}
	return out
}
