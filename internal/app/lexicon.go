package app

import (
	"context"
	"fmt"
	"path/filepath"

	"huiying/analyzer"
	"huiying/internal/app/inspection"
	"huiying/internal/app/rulebook"
	"huiying/internal/app/sourcing"
	"huiying/internal/app/wordbook"
	"huiying/internal/store/definitions"
)

// wordbook is the desk of the lexicon. What it tries is judged by the analyzer
// that rules are explained with.
func (a *App) wordbook(rules *rulebook.Desk) (*wordbook.Desk, error) {
	shipped, err := wordbook.Beneath(a.config, filepath.Join(a.config.Data, dictFolder))
	if err != nil {
		return nil, err
	}
	marks, err := wordbook.MarksOf(a.config)
	return &wordbook.Desk{
		Shelf: rules.Shelf, Store: a.store, Share: rules.Share, Judge: rules.Judge, Rules: rules.InForce, Shipped: shipped, Marks: marks, Now: a.now,
	}, err
}

// travelling is the body of a definition as it goes to its readers.
func travelling(kind string, body []byte) ([]byte, error) {
	if kind == wordbook.Kind {
		return wordbook.Travels(body)
	}
	return body, nil
}

// applyLexicon has the analyzer of this process take up the office's own words.
func (a *App) applyLexicon(bodies [][]byte) error {
	own, err := wordbook.Read(bodies)
	if err != nil {
		return err
	}
	return a.analyzer.ReloadLexicon(own.Lexicon)
}

// applyReplyWords has the reading of replies take them up.
func (a *App) applyReplyWords(bodies [][]byte) error {
	own, err := wordbook.Read(bodies)
	if err != nil {
		return err
	}
	a.room.reading.reader.Own(own.Wrong)
	a.room.reading.inspector.Own(own.Sensitive)
	return nil
}

// ownWords reads the office's own words.
func ownWords(ctx context.Context, shelf *definitions.Definitions) (wordbook.Own, error) {
	current, err := shelf.Current(ctx, wordbook.Kind)
	if err != nil {
		return wordbook.Own{}, err
	}
	bodies := make([][]byte, len(current))
	for i, d := range current {
		bodies[i] = d.Body
	}
	return wordbook.Read(bodies)
}

// lexiconInForce is what an analyzer of its own is made with, for a trial.
func (a *App) lexiconInForce(shelf *definitions.Definitions) (analyzer.Lexicon, error) {
	own, err := ownWords(context.Background(), shelf)
	return own.Lexicon, err
}

// layOver lays the office's own wrong words and people's orders over the
// definitions of inspections, as they go to the crawlers.
func (a *App) layOver(ctx context.Context, shelf *definitions.Definitions, sources []definitions.Definition) error {
	own, err := ownWords(ctx, shelf)
	if err != nil {
		return err
	}
	for i := range sources {
		orders, err := inspection.OrdersOf(ctx, shelf, sources[i].ID)
		if err != nil {
			return err
		}
		if sources[i].Body, err = inspection.Merge(sources[i].Body, own.Wrong, orders, a.now()); err != nil {
			return fmt.Errorf("definition of %s: %w", sources[i].ID, err)
		}
		if sources[i].Body, err = sourcing.Lay(ctx, shelf, sources[i]); err != nil {
			return err
		}
	}
	return nil
}
