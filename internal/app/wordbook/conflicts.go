package wordbook

import (
	"context"
	"strconv"
	"strings"

	"huiying"
	"huiying/analyzer"
	"huiying/analyzer/rule"
	"huiying/analyzer/rule/lang"
	"huiying/internal/query"
)

// maxProbes bounds the texts that are cut to find conflicts. Words that meet
// more are refused, for a conflict that nobody looked for is not to be read as
// none.
const maxProbes = 20_000

// probe is a text in which a term of a rule should stand as whole words.
type probe struct {
	query.WordConflict
	id string // of the rule that asks for the term alone
}

// conflicts are those of words that are to be added, to be told before they are.
func (d *Desk) conflicts(ctx context.Context, list string, added []query.Word) ([]query.WordConflict, error) {
	rules, err := d.Rules(ctx)
	if err != nil {
		return nil, err
	}
	m, err := meetingOf(list, added, rules)
	if err != nil || len(m.probes) == 0 {
		return nil, err
	}
	before, after, err := d.changed(ctx, query.WordChange{List: list, Add: added})
	if err != nil {
		return nil, err
	}
	was, is, err := d.tried(before, after, m.question())
	if err != nil {
		return nil, err
	}
	return m.lost(was[0], is[0]), nil
}

// meeting is, for every word and every term that rules ask for as whole words
// and that meets it, the texts in which the two meet. They are cut without the
// new words and with them; what held and no longer does is a conflict. Terms
// that rules look for anywhere are met inside words too, and have none.
type meeting struct {
	probes []probe
	asked  *rule.File
}

func meetingOf(list string, added []query.Word, rules *rule.File) (m meeting, err error) {
	if list != query.ListWords && list != query.ListPlaces {
		return m, nil
	}
	m.probes, m.asked, err = probesOf(added, rules)
	return m, err
}

func (m meeting) question() analyzer.WordQuestion {
	q := analyzer.WordQuestion{Posts: make([]huiying.Post, len(m.probes)), Rules: m.asked}
	for i, p := range m.probes {
		q.Posts[i] = huiying.Post{Text: p.Text}
	}
	return q
}

// lost are the conflicts, by what held of each text before and after.
func (m meeting) lost(before, after []analyzer.WordTrial) []query.WordConflict {
	out := []query.WordConflict{}
	seen := map[string]bool{}
	for i, p := range m.probes {
		key := p.Word + "\n" + p.Rule + "\n" + p.Term + "\n" + p.Kind
		if holds(before[i], p.id) && !holds(after[i], p.id) && !seen[key] {
			seen[key] = true
			out = append(out, p.WordConflict)
		}
	}
	return out
}

// tried asks the analyzer with the words of before, then of after.
func (d *Desk) tried(before, after Own, questions ...analyzer.WordQuestion) (was, is [][]analyzer.WordTrial, err error) {
	judge, err := d.Judge()
	if err != nil {
		return nil, nil, err
	}
	if was, err = judge.TryLexicon(before.Lexicon, questions...); err == nil {
		is, err = judge.TryLexicon(after.Lexicon, questions...)
	}
	return was, is, err
}

func holds(t analyzer.WordTrial, id string) bool {
	for _, r := range t.Rules {
		if r == id {
			return true
		}
	}
	return false
}

// probesOf are the texts in which words meet terms of rules, and rules that
// each ask for one of the terms. Errors: huiying.Invalid for more than
// maxProbes.
func probesOf(added []query.Word, rules *rule.File) ([]probe, *rule.File, error) {
	ids := map[string]string{} // by term
	var out []probe
	for i := range rules.Rules {
		r := &rules.Rules[i]
		for _, term := range whole(r.Expr(), nil) {
			for _, w := range added {
				for _, c := range meetings(w.Text, term) {
					if len(out) == maxProbes {
						return nil, nil, huiying.Errorf(huiying.Invalid, "lexicon.too_many_meet", maxProbes)
					}
					if ids[term] == "" {
						ids[term] = "t-" + strconv.Itoa(len(ids))
					}
					c.Rule, c.Name = r.ID, r.Name
					out = append(out, probe{c, ids[term]})
				}
			}
		}
	}
	var b strings.Builder
	b.WriteString("rules:\n")
	for term, id := range ids {
		b.WriteString("  - {id: " + id + ", level: none, when: '" + strings.ReplaceAll(`word("`+strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(term)+`")`, "'", "''") + "'}\n")
	}
	if len(ids) == 0 {
		return nil, nil, nil
	}
	asked, err := rule.ParseFile([]byte(b.String()))
	return out, asked, err //nolint:wrapcheck // our own text
}

// whole are the terms that an expression asks for as whole words.
func whole(n *lang.Node, out []string) []string {
	if n == nil {
		return out
	}
	switch {
	case n.Kind == lang.Term && n.Word:
		out = append(out, n.Text)
	case n.Kind == lang.Set && n.Word:
		out = append(out, n.Words...)
	}
	for _, k := range n.Kids {
		out = whole(k, out)
	}
	return out
}

// meetings are the texts in which a word and a term share characters.
func meetings(word, term string) []query.WordConflict {
	if word == term {
		return nil
	}
	var out []query.WordConflict
	add := func(kind, text string) {
		out = append(out, query.WordConflict{Word: word, Term: term, Kind: kind, Text: text})
	}
	if strings.Contains(word, term) {
		add(query.ConflictSwallows, word)
	}
	if strings.Contains(term, word) {
		add(query.ConflictSplits, term)
	}
	w, t := []rune(word), []rune(term)
	for n := 1; n < len(w) && n < len(t); n++ {
		if string(t[len(t)-n:]) == string(w[:n]) {
			add(query.ConflictSplits, term+string(w[n:]))
		}
		if string(w[len(w)-n:]) == string(t[:n]) {
			add(query.ConflictSplits, word+string(t[n:]))
		}
	}
	return out
}
