package app

import (
	"context"
	"encoding/json"

	"huiying/crawler"
	"huiying/crawler/patrol"
	"huiying/internal/app/collection"
	"huiying/internal/app/inspection"
	"huiying/internal/app/rulebook"
)

// inspection is the desk of the portal inspection.
func (a *App) inspection(ctx context.Context, rules *rulebook.Desk) (*inspection.Desk, error) {
	profiles, err := LoadProfiles(a.config.Profiles)
	if err != nil {
		return nil, err
	}
	cursor, err := collection.Cursors(ctx, a.bus)
	if err != nil {
		return nil, err
	}
	return &inspection.Desk{
		Shelf: rules.Shelf, Store: a.store, Share: rules.Share, Sources: a.sources, Reader: patrol.New(profiles, nil, nil), Zone: a.zone, Now: a.now,
		Cursor: func(ctx context.Context, source string) (json.RawMessage, error) {
			raw, err := cursor(ctx, source)
			if err != nil {
				return nil, err
			}
			return crawler.CursorOf(raw)
		},
	}, nil
}

// mask hides personal data, as in papers.
func (r *caseRoom) mask(text string) string {
	masked, _ := r.reading.reader.Mask(text)
	return masked
}
