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

// conflicts cuts, for every word and every term that rules ask for as whole
// words and that meets it, the texts in which the two meet, without the new
// words and with them. What held and no longer does is a conflict. Terms that
// rules look for anywhere are met inside words too, and have none.
func (d *Desk) conflicts(ctx context.Context, list string, added []query.Word) ([]query.WordConflict, error) {
	if list != query.ListWords && list != query.ListPlaces || len(added) == 0 {
		return nil, nil
	}
	rules, err := d.Rules(ctx)
	if err != nil {
		return nil, err
	}
	probes, asked, err := probesOf(added, rules)
	if err != nil || len(probes) == 0 {
		return nil, err
	}
	before, after, err := d.lexicons(ctx, query.WordChange{List: list, Add: added})
	if err != nil {
		return nil, err
	}
	judge, err := d.Judge()
	if err != nil {
		return nil, err
	}
	posts := make([]huiying.Post, len(probes))
	for i, p := range probes {
		posts[i] = huiying.Post{Text: p.Text}
	}
	var held [2][]analyzer.WordTrial
	for i, own := range []analyzer.Lexicon{before, after} {
		if held[i], err = judge.TryLexicon(posts, own, asked); err != nil {
			return nil, err
		}
	}
	var out []query.WordConflict
	seen := map[string]bool{}
	for i, p := range probes {
		key := p.Word + "\n" + p.Rule + "\n" + p.Term + "\n" + p.Kind
		if holds(held[0][i], p.id) && !holds(held[1][i], p.id) && !seen[key] {
			seen[key] = true
			out = append(out, p.WordConflict)
		}
	}
	return out, nil
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
