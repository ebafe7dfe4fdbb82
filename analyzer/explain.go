package analyzer

import (
	"huiying"
	"huiying/analyzer/rule"
)

// Explain says of every rule, or of the one named, whether it holds for the
// post and why. huiying.NotFound when there is no such rule.
func (a *Analyzer) Explain(p huiying.Post, ruleID string) ([]rule.Explanation, error) {
	return a.explain(p, nil, ruleID)
}

// ExplainRules is Explain with rules that are not in force.
func (a *Analyzer) ExplainRules(p huiying.Post, rules *rule.File, ruleID string) ([]rule.Explanation, error) {
	return a.explain(p, rules, ruleID)
}

func (a *Analyzer) explain(p huiying.Post, rules *rule.File, ruleID string) ([]rule.Explanation, error) {
	w := a.newWork()
	*w.post = p
	var ok bool
	w.defs, w.cutter, ok = a.acquire()
	if !ok {
		return nil, huiying.Errorf(huiying.Unavailable, "analyzer.closed")
	}
	defer w.cutter.Release()
	w.can = true
	if rules != nil {
		d, err := a.compile(w.defs.segmenter, rules, w.defs.lexicon)
		if err != nil {
			return nil, err
		}
		w.defs = d
	}
	for _, run := range []func(*work) error{a.fold, a.cut, a.findPlaces, a.intent} {
		if err := run(w); err != nil {
			return nil, err
		}
	}
	ids := []string{ruleID}
	if ruleID == "" {
		ids = w.defs.program.IDs()
	}
	out := make([]rule.Explanation, 0, len(ids))
	for _, id := range ids {
		e, err := w.defs.program.Explain(w.document(), id, a.say)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}
