// Package wordbook is the desk of the lexicon: the office's own words beside
// those that are shipped or that files define. What is added, taken out or gone
// back to is a new version with who, when and why, and is handed to what reads
// the list at once: analyzers, the inspection of the site, the reading of
// replies. It shows what files define and refuses to change it, refuses a word
// that its list cannot use, one that would keep a rule's whole word from being
// found unless that was read, and a change of what somebody else has changed.
package wordbook

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"huiying"
	"huiying/analyzer"
	"huiying/analyzer/rule"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
	"huiying/internal/store/definitions"
)

// Kind is the kind of definitions that hold the lists, one each by its id.
const Kind = "lexicon"

// Limits of the office's own words of a list.
const (
	maxWords  = 5000
	maxBytes  = 600_000 // as it travels: a value of the bus takes 900 000, and definitions of inspections have the wrong words beside their own
	maxLength = 60      // of a word, what is right, or an exception, in characters
	maxExcept = 20      // exceptions of a word
)

// Desk is the desk. All fields are required.
type Desk struct {
	Shelf   *definitions.Definitions
	Store   *store.Store
	Share   func(ctx context.Context) error // hands what is in force to its readers
	Judge   func() (*analyzer.Analyzer, error)
	Rules   func(ctx context.Context) (*rule.File, error) // in force
	Shipped []Shipped
	Marks   Marks
	Now     func() time.Time

	changing sync.Mutex // one change at a time
}

// document is a list as it is kept and travels.
type document struct {
	List  string       `json:"list"`
	Words []query.Word `json:"words"`
	Note  string       `json:"note"`
}

// editable reports whether a list has words of the office's own.
func editable(list string) bool {
	return slices.Contains(query.Lists(), list) && list != query.ListSentiment && list != query.ListSynonyms
}

// Lexicon gives every list without its versions and without the rows of what
// lies beneath.
func (d *Desk) Lexicon(ctx context.Context) ([]query.WordList, error) {
	out := make([]query.WordList, 0, len(query.Lists()))
	for _, id := range query.Lists() {
		l, err := d.shipped(id, "", 0)
		if err != nil {
			return nil, err
		}
		if l.Editable {
			doc, version, _, err := d.current(ctx, id)
			if err != nil {
				return nil, err
			}
			l.Version, l.Words = version, append(l.Words, doc.Words...)
		}
		out = append(out, l)
	}
	return out, nil
}

// Limits of what is shown of a list.
const (
	maxRows     = 100 // of what lies beneath
	maxVersions = 20
)

// List gives one list with its newest versions; of what lies beneath, what
// holds a text.
func (d *Desk) List(ctx context.Context, id, find string) (query.WordList, error) {
	if !slices.Contains(query.Lists(), id) {
		return query.WordList{}, huiying.Errorf(huiying.NotFound, "lexicon.no_list", id)
	}
	out, err := d.shipped(id, find, maxRows)
	if err != nil || !out.Editable {
		return out, err
	}
	history, err := d.Shelf.Newest(ctx, Kind, id, maxVersions+1) // one more to compare the last with
	if err != nil || len(history) == 0 {
		return out, err
	}
	docs := make([]document, len(history)+1)
	for i, def := range history {
		if err := json.Unmarshal(def.Body, &docs[i]); err != nil {
			return out, fmt.Errorf("read version %d of %s: %w", def.Version, id, err)
		}
	}
	out.Version, out.Words = history[0].Version, docs[0].Words
	for i, def := range history[:min(len(history), maxVersions)] {
		v := query.WordVersion{Version: def.Version, At: def.At, By: def.Author, Note: docs[i].Note, Words: len(docs[i].Words)}
		v.Added, v.Changed, v.Removed = compare(docs[i+1].Words, docs[i].Words)
		out.Versions = append(out.Versions, v)
	}
	return out, nil
}

// shipped is a list without the office's own words.
func (d *Desk) shipped(id, find string, rows int) (query.WordList, error) {
	out := query.WordList{ID: id, Editable: editable(id), Words: []query.Word{}, Sources: []query.WordSource{}, Versions: []query.WordVersion{}}
	for _, s := range d.Shipped {
		if s.List != id {
			continue
		}
		found, err := s.find(find, rows)
		if err != nil {
			return out, err
		}
		out.Sources = append(out.Sources, found)
	}
	return out, nil
}

// compare names what differs between two versions.
func compare(old, now []query.Word) (added, changed, removed []string) {
	was := make(map[string]query.Word, len(old))
	for _, w := range old {
		was[w.Text] = w
	}
	is := make(map[string]bool, len(now))
	for _, w := range now {
		is[w.Text] = true
		switch before, ok := was[w.Text]; {
		case !ok:
			added = append(added, w.Text)
		case !same(before, w):
			changed = append(changed, w.Text)
		}
	}
	for _, w := range old {
		if !is[w.Text] {
			removed = append(removed, w.Text)
		}
	}
	return added, changed, removed
}

func indexOf(list []query.Word, text string) int {
	return slices.IndexFunc(list, func(w query.Word) bool { return w.Text == text })
}

func same(a, b query.Word) bool {
	return a.Frequency == b.Frequency && a.Tag == b.Tag && a.Right == b.Right && a.Level == b.Level && a.Why == b.Why && slices.Equal(a.Except, b.Except)
}

// current reads the office's own words of a list.
func (d *Desk) current(ctx context.Context, list string) (doc document, version int, by string, err error) {
	if !editable(list) {
		return doc, 0, "", huiying.Errorf(huiying.NotFound, "lexicon.no_list", list)
	}
	def, err := d.Shelf.Get(ctx, Kind, list)
	if huiying.ErrorCode(err) == huiying.NotFound {
		return document{List: list}, 0, "", nil
	}
	if err == nil {
		err = json.Unmarshal(def.Body, &doc)
	}
	if err != nil {
		return doc, 0, "", fmt.Errorf("read the words of %s: %w", list, err)
	}
	return doc, def.Version, def.Author, nil
}

// put keeps a list as its next version and hands it to its readers.
func (d *Desk) put(ctx context.Context, doc document, who huiying.Actor) (int, error) {
	body, err := json.Marshal(doc)
	if err != nil {
		return 0, fmt.Errorf("write the words of %s: %w", doc.List, err)
	}
	if sent, err := Travels(body); err != nil || len(sent) > maxBytes { // before it is kept, for what cannot be handed on stops every start
		return 0, orTooLarge(err, len(sent))
	}
	def, _, err := d.Shelf.PutNoted(ctx, definitions.Definition{Kind: Kind, ID: doc.List, Author: who.ID, Body: body}, func(now definitions.Definition) access.Entry {
		return access.Entry{Actor: who.ID, Action: access.LexiconChanged, Object: doc.List, Detail: fmt.Sprintf("version %d", now.Version)}
	})
	if err != nil {
		return 0, err
	}
	return def.Version, d.Share(ctx)
}

func orTooLarge(err error, n int) error {
	if err != nil {
		return err
	}
	return huiying.Errorf(huiying.Invalid, "lexicon.too_large", n/1000, maxBytes/1000)
}

func (d *Desk) note(ctx context.Context, e access.Entry) error {
	return d.Store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error { return access.Note(ctx, tx, e) })
}
