package app

import (
	"context"
	"huiying/analyzer"
	"huiying/analyzer/fold"
	"huiying/analyzer/personal"
	"huiying/internal/locale"
	"huiying/internal/store/saved"
	"huiying/internal/store/search"
	"huiying/internal/store/views"
	"time"
)

// cutter makes texts ready for the index as the analyzer does. Where no
// analyzer runs in the process nothing is cut into words: everything is found
// all the same, but whole words weigh no more than chance neighbours.
type cutter struct {
	analyzer *analyzer.Analyzer
	public   *personal.Public
}

// Cut implements search.Cutter.
func (c cutter) Cut(text string) search.Text {
	t := fold.New(text)
	out := search.Text{Runes: t.Runes}
	if len(t.Runes) != t.Len() {
		out.At = make([]int, len(t.Runes))
		for i := range out.At {
			out.At[i] = int(t.At(fold.Span{Start: int32(i), End: int32(i) + 1}).Start)
		}
	}
	if c.analyzer != nil {
		for _, w := range c.analyzer.Parts(t) {
			out.Words = append(out.Words, search.Span{Start: int(w.Start), End: int(w.End)})
		}
	}
	for _, p := range c.public.Find("text", t) {
		out.Personal = append(out.Personal, search.Span{Start: p.Start, End: p.End})
	}
	return out
}

// startSearch makes the index and keeps it up to date.
func (a *App) startSearch() {
	a.index = search.New(a.store, cutter{a.analyzer, personal.NewPublic(a.config.Analyzer.PublicNumbers)})
	a.life.loop("search", a.keepIndex)
}

// keepIndex begins anew where the index cannot go on: searching that is behind
// says so on its pages, and alerts do not wait for it.
func (a *App) keepIndex(ctx context.Context) error {
	for {
		err := a.index.Run(ctx)
		if err == nil || ctx.Err() != nil {
			return nil
		}
		a.logger.Error("the index of the search stands still; tried again in a minute", "error", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Minute):
		}
	}
}

// startFollowing tells people of what is new in the views they subscribed to.
func (a *App) startFollowing() {
	a.following = &following{
		book: saved.New(a.store), views: views.New(a.store).Over(a.index), accounts: a.users.ByID, ledger: a.room.ledger, people: a.room.book,
		days: a.room.days, zone: a.zone, now: a.now, wake: a.room.sender.Wake, logger: a.logger,
		told: func(key string, args ...any) string { return a.words.Text(locale.Chinese, key, args...) },
	}
	a.life.loop("saved views", a.following.Run)
}
