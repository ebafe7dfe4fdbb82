package analyzer

import (
	"slices"
	"strings"

	"huiying"
	"huiying/analyzer/document"
	"huiying/analyzer/fold"
	"huiying/analyzer/linear"
	"huiying/analyzer/rule"
)

// findPlaces notes the places that the post names.
func (a *Analyzer) findPlaces(w *work) error {
	for i := range w.texts {
		for _, f := range a.places.Find(&w.texts[i], w.tokens[i]) {
			if !slices.Contains(w.paths, f.Path) {
				w.paths = append(w.paths, f.Path)
				w.verdict.Places = append(w.verdict.Places, f.Name)
			}
		}
	}
	return nil
}

// text is the post as the models take it.
func (w *work) text() linear.Text {
	return linear.Text{
		Features: &w.grams,
		Fields:   [2]*fold.Text{&w.texts[0], &w.texts[1]},
		Words:    [2][]fold.Span{w.tokens[0], w.tokens[1]},
	}
}

// intent says what the author wants, and in what tone. What the service found
// out by itself wants nothing.
func (a *Analyzer) intent(w *work) error {
	w.grams.Read(&w.texts[0], &w.texts[1])
	if w.post.Finding != nil {
		return nil
	}
	w.verdict.Intent, w.verdict.Sentiment = w.judge.Intent(w.text()), w.judge.Sentiment(w.text())
	if i := w.verdict.Intent; i != nil {
		i.Why = w.shown(i.Why)
	}
	if s := w.verdict.Sentiment; s != nil {
		s.Why = w.shown(s.Why)
	}
	return nil
}

// shown leaves out reasons that are part of personal data: pages mask that in
// the text, and so must they here.
func (w *work) shown(why []huiying.Why) []huiying.Why {
	if len(w.verdict.PersonalData) == 0 {
		return why
	}
	return slices.DeleteFunc(why, func(y huiying.Why) bool {
		return slices.ContainsFunc(w.verdict.PersonalData, func(p huiying.PersonalData) bool {
			f := 1
			if p.Field == rule.Title {
				f = 0
			}
			return strings.Contains(w.texts[f].Slice(fold.Span{Start: int32(p.Start), End: int32(p.End)}), y.Text)
		})
	})
}

// documents notes the official documents and policies that the post names.
func (a *Analyzer) documents(w *work) error {
	for i, name := range []string{rule.Title, rule.Text} {
		for _, m := range document.Find(name, &w.texts[i]) {
			w.verdict.Documents = append(w.verdict.Documents, huiying.DocumentName{Kind: m.Kind, Name: m.Name, Field: m.Field, Start: m.Start, End: m.End})
		}
	}
	return nil
}

// route suggests units for what asks something of the office.
func (a *Analyzer) route(w *work) error {
	if !asks(w.verdict) {
		return nil
	}
	s := w.desk.Suggest(w.text())
	w.verdict.ServiceItems, w.verdict.Routing = s.Items, s.Routes
	for i := range s.Routes {
		s.Routes[i].Why = w.shown(s.Routes[i].Why)
	}
	return nil
}

// asks reports whether a post wants something of somebody: a rule tags it, or it
// surely asks. What does neither is nobody's task.
func asks(j *huiying.Judgement) bool {
	if len(j.Tags) > 0 {
		return true
	}
	return j.Intent != nil && !j.Intent.Unsure && j.Intent.Label != "other" && j.Intent.Label != "praise"
}
