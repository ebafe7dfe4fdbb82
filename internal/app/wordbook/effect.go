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

func (d *Desk) lexicons(ctx context.Context, c query.WordChange) (before, after analyzer.Lexicon, err error) {
	b, a, err := d.changed(ctx, c)
	return b.Lexicon, a.Lexicon, err
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
	if out.Before, err = d.effect(ctx, q.Text, before); err != nil {
		return out, err
	}
	if out.After, err = d.effect(ctx, q.Text, after); err != nil {
		return out, err
	}
	out.Gained, out.Lost = []string{}, []string{}
	for _, id := range out.After.Rules {
		if !slices.Contains(out.Before.Rules, id) {
			out.Gained = append(out.Gained, id)
		}
	}
	for _, id := range out.Before.Rules {
		if !slices.Contains(out.After.Rules, id) {
			out.Lost = append(out.Lost, id)
		}
	}
	found, err := d.conflicts(ctx, q.List, q.Add)
	out.Conflicts = append([]query.WordConflict{}, found...)
	return out, err
}

func (d *Desk) effect(ctx context.Context, text string, own Own) (out query.WordEffect, err error) {
	rules, err := d.Rules(ctx)
	if err != nil {
		return out, err
	}
	judge, err := d.Judge()
	if err != nil {
		return out, err
	}
	trials, err := judge.TryLexicon([]huiying.Post{{Text: text, Platform: huiying.PlatformWeibo, Kind: huiying.KindPost, PublishedAt: d.Now()}}, own.Lexicon, rules)
	if err != nil {
		return out, err
	}
	t := trials[0]
	out = query.WordEffect{Tokens: []string{}, Keywords: append([]string{}, t.Keywords...), Places: append([]string{}, t.Places...), Rules: append([]string{}, t.Rules...)}
	for _, token := range t.Text {
		if strings.TrimSpace(token) != "" {
			out.Tokens = append(out.Tokens, token)
		}
	}
	out.Remarks = d.Marks.find(text, own)
	return out, nil
}
