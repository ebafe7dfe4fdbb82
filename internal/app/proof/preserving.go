package proof

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
	"huiying/internal/store/pins"
	"huiying/internal/store/posts"
)

// Preserving is the keeping of pages by hand; all are required. The Keeper
// copies them, in whatever process it runs.
type Preserving struct {
	*pins.Pins
	Store  *store.Store
	Office string
	Zone   *time.Location
	Head   func(ctx context.Context) (seq int64, hash string, err error) // of the record of cases
}

// Sheet is what goes out of the preservation of a post, as JSON: it is noted who
// took it before it is given out. huiying.Conflict when it is not preserved.
func (p Preserving) Sheet(ctx context.Context, post string, by huiying.Actor) (query.SheetFile, error) {
	kept, err := p.Preserved(ctx, post)
	if err != nil {
		return query.SheetFile{}, err
	}
	if kept.Now() == nil {
		return query.SheetFile{}, huiying.Errorf(huiying.Conflict, "preserve.not")
	}
	sheet, err := p.sheet(ctx, post, kept)
	if err != nil {
		return query.SheetFile{}, err
	}
	sheet.By = by.ID
	body, err := json.MarshalIndent(sheet, "", "  ")
	if err != nil {
		return query.SheetFile{}, fmt.Errorf("write the sheet of %s: %w", post, err)
	}
	err = p.Store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		return access.Note(ctx, tx, access.Entry{Actor: by.ID, Action: access.EvidenceOpened, Object: post, Detail: "sheet"})
	})
	return query.SheetFile{Name: "preservation-" + strings.Map(plain, post) + ".json", Body: append(body, '\n')}, err
}

// signature is a public account's name, or the pseudonym of anybody else.
func signature(a huiying.Author) string {
	if a.Institution() {
		return a.Name
	}
	return a.ID
}

// plain keeps of an id what a file may be called.
func plain(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' {
		return r
	}
	return '-'
}

func (p Preserving) sheet(ctx context.Context, post string, kept query.Preserved) (s query.PreservationSheet, err error) {
	stored, err := posts.Get(ctx, p.Store.Reader(), post)
	if err != nil {
		return s, err
	}
	o := stored.Judgement.Post
	in := func(t time.Time) time.Time {
		if t.IsZero() {
			return t
		}
		return t.In(p.Zone)
	}
	s = query.PreservationSheet{
		Version: 1, Office: p.Office, Post: post, Platform: o.Platform, Source: o.Source, URL: o.URL, Author: signature(o.Author),
		PublishedAt: in(o.PublishedAt), Pages: []query.PreservedPage{}, At: in(p.Store.Now()),
	}
	for _, k := range kept.List {
		k.At, k.EndedAt = in(k.At), in(k.EndedAt)
		s.Kept = append(s.Kept, k)
	}
	for _, e := range kept.Pages {
		if e.Name != "" {
			s.Pages = append(s.Pages, query.PreservedPage{
				SHA256: strings.TrimPrefix(e.Name, "sha256:"), URL: e.URL, CollectedAt: in(e.CollectedAt), KeptSince: in(e.PinnedAt), Gone: e.Gone,
			})
		}
	}
	s.Record.Seq, s.Record.Hash, err = p.Head(ctx)
	return s, err
}
