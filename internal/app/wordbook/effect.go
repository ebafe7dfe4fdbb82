package wordbook

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"huiying"
	"huiying/analyzer"
	"huiying/internal/query"
)

// maxTry bounds a text to be tried, in characters.
const maxTry = 2000

// own reads every list of the office's own words.
func (d *Desk) own(ctx context.Context) (map[string]document, error) {
	docs := map[string]document{}
	for _, list := range query.Lists() {
		if !editable(list) {
			continue
		}
		doc, _, _, err := d.current(ctx, list)
		if err != nil {
			return nil, err
		}
		docs[list] = doc
	}
	return docs, nil
}

// changed gives the words in force and those after a change.
func (d *Desk) changed(ctx context.Context, c query.WordChange) (before, after Own, err error) {
	docs, err := d.own(ctx)
	if err != nil {
		return before, after, err
	}
	for _, list := range query.Lists() {
		doc := docs[list]
		before.add(doc)
		if list == c.List && len(c.Add)+len(c.Remove) > 0 {
			if doc.Words, err = merged(doc.Words, c.Add, c.Remove); err != nil {
				return before, after, err
			}
		}
		after.add(doc)
	}
	return before, after, nil
}

// Try says what is made of a text now and what would be with other words. It
// keeps nothing.
func (d *Desk) Try(ctx context.Context, q query.WordQuestion) (out query.WordAnswer, err error) {
	if n := utf8.RuneCountInString(q.Text); strings.TrimSpace(q.Text) == "" || n > maxTry {
		return out, huiying.Errorf(huiying.Invalid, "lexicon.try_text", maxTry)
	}
	if !editable(q.List) {
		return out, huiying.Errorf(huiying.NotFound, "lexicon.no_list", q.List)
	}
	if q.Add, err = cleaned(q.List, q.Add); err != nil {
		return out, err
	}
	before, after, err := d.changed(ctx, query.WordChange{List: q.List, Add: q.Add, Remove: q.Remove})
	if err != nil {
		return out, err
	}
	rules, err := d.Rules(ctx)
	if err != nil {
		return out, err
	}
	m, err := meetingOf(q.List, q.Add, rules)
	if err != nil {
		return out, err
	}
	post := huiying.Post{Text: q.Text, Platform: huiying.PlatformWeibo, Kind: huiying.KindPost, PublishedAt: d.Now()}
	was, is, err := d.tried(before, after, analyzer.WordQuestion{Posts: []huiying.Post{post}, Rules: rules}, m.question())
	if err != nil {
		return out, err
	}
	out.Before, out.After, out.Conflicts = d.effect(q.Text, before, was[0][0]), d.effect(q.Text, after, is[0][0]), m.lost(was[1], is[1])
	out.Gained, out.Lost = without(out.After.Rules, out.Before.Rules), without(out.Before.Rules, out.After.Rules)
	return out, nil
}

// without are those of a list that another has not.
func without(list, other []string) []string {
	out := []string{}
	for _, s := range list {
		if !slices.Contains(other, s) {
			out = append(out, s)
		}
	}
	return out
}

// effect is what was made of a text with words.
func (d *Desk) effect(text string, own Own, t analyzer.WordTrial) query.WordEffect {
	out := query.WordEffect{Tokens: []string{}, Keywords: append([]string{}, t.Keywords...), Places: append([]string{}, t.Places...), Rules: append([]string{}, t.Rules...)}
	for _, token := range t.Text {
		if strings.TrimSpace(token) != "" {
			out.Tokens = append(out.Tokens, token)
		}
	}
	out.Remarks = d.Marks.find(text, own)
	return out
}
