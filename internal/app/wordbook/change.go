package wordbook

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"huiying"
	"huiying/internal/query"
)

// maxNote bounds the reason of a change, in characters.
const maxNote = 200

// Change changes a list and gives its new version. Errors: huiying.Invalid for
// words the list cannot use, huiying.Conflict when somebody else changed it, and
// *query.AtOdds when rules are against the words and that is not accepted.
func (d *Desk) Change(ctx context.Context, c query.WordChange) (version int, err error) {
	d.changing.Lock()
	defer d.changing.Unlock()
	note := strings.TrimSpace(c.Note)
	if note == "" || utf8.RuneCountInString(note) > maxNote {
		return 0, huiying.Errorf(huiying.Invalid, "lexicon.note", maxNote)
	}
	doc, seen, by, err := d.current(ctx, c.List)
	if err != nil {
		return 0, err
	}
	if c.Seen != seen {
		return 0, huiying.Errorf(huiying.Conflict, "lexicon.changed", by)
	}
	added, err := cleaned(c.List, c.Add)
	if err != nil {
		return 0, err
	}
	if !c.Accept {
		if found, err := d.conflicts(ctx, c.List, added); err != nil || len(found) > 0 {
			return 0, orAtOdds(err, found)
		}
	}
	for i := range added {
		added[i].By, added[i].At = c.Actor.ID, d.Now().UTC()
		if added[i].Why == "" {
			added[i].Why = note
		}
	}
	if doc.Words, err = merged(doc.Words, added, c.Remove); err != nil {
		return 0, err
	}
	doc.Note = note
	return d.put(ctx, doc, c.Actor)
}

func orAtOdds(err error, found []query.WordConflict) error {
	if err != nil {
		return err
	}
	return &query.AtOdds{Conflicts: found}
}

// cleaned makes words ready for a list, or tells every one it cannot use.
func cleaned(list string, words []query.Word) ([]query.Word, error) {
	out := make([]query.Word, 0, len(words))
	var problems []error
	for _, w := range words {
		c, err := clean(list, w)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		if i := indexOf(out, c.Text); i >= 0 {
			out[i] = c
			continue
		}
		out = append(out, c)
	}
	return out, firstOf(problems)
}

// firstOf joins the first few of many mistakes, so that a sentence stays one.
func firstOf(problems []error) error {
	const most = 5
	if len(problems) > most {
		problems = append(problems[:most:most], huiying.Errorf(huiying.Invalid, "lexicon.more_mistakes", len(problems)-most))
	}
	return joined(problems)
}

// merged lays words over a list and takes others out.
func merged(old, add []query.Word, remove []string) ([]query.Word, error) {
	out := slices.Clone(old)
	for _, text := range remove {
		i := indexOf(out, strings.TrimSpace(text))
		if i < 0 {
			return nil, huiying.Errorf(huiying.NotFound, "lexicon.no_word", text)
		}
		out = slices.Delete(out, i, i+1)
	}
	at := make(map[string]int, len(out))
	for i, w := range out {
		at[w.Text] = i
	}
	for _, w := range add {
		if i, ok := at[w.Text]; ok {
			out[i] = w
			continue
		}
		at[w.Text] = len(out)
		out = append(out, w)
	}
	switch {
	case len(out) > maxWords:
		return nil, huiying.Errorf(huiying.Invalid, "lexicon.too_many", maxWords)
	case len(add) == 0 && len(remove) == 0:
		return nil, huiying.Errorf(huiying.Invalid, "lexicon.nothing")
	}
	return out, nil
}

// Return goes back to an earlier version of a list, which becomes the newest.
func (d *Desk) Return(ctx context.Context, r query.WordReturn) (version int, err error) {
	d.changing.Lock()
	defer d.changing.Unlock()
	note := strings.TrimSpace(r.Note)
	if note == "" || utf8.RuneCountInString(note) > maxNote {
		return 0, huiying.Errorf(huiying.Invalid, "lexicon.note", maxNote)
	}
	_, seen, by, err := d.current(ctx, r.List)
	if err != nil {
		return 0, err
	}
	if r.Seen != seen {
		return 0, huiying.Errorf(huiying.Conflict, "lexicon.changed", by)
	}
	doc := document{List: r.List}
	if r.Back > 0 { // 0 = before the first
		if doc, err = d.version(ctx, r.List, r.Back); err != nil {
			return 0, err
		}
	}
	doc.Note = note
	return d.put(ctx, doc, r.Actor)
}

func (d *Desk) version(ctx context.Context, list string, n int) (doc document, err error) {
	history, err := d.Shelf.History(ctx, Kind, list)
	if err != nil {
		return doc, err
	}
	for _, def := range history {
		if def.Version == n {
			if err := json.Unmarshal(def.Body, &doc); err != nil {
				return doc, fmt.Errorf("read version %d of %s: %w", n, list, err)
			}
			return doc, nil
		}
	}
	return doc, huiying.Errorf(huiying.NotFound, "lexicon.no_version", n)
}
