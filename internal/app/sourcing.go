package app

import (
	"context"

	"huiying"
	"huiying/internal/app/sourcing"
	"huiying/internal/store/definitions"
	"huiying/internal/store/views"
)

// sourcing is where orders about one source are taken.
func (a *App) sourcing() (*sourcing.Desk, error) {
	profiles, err := LoadProfiles(a.config.Profiles)
	if err != nil {
		return nil, err
	}
	kinds, shelf := Kinds(profiles), definitions.New(a.store)
	return &sourcing.Desk{
		Shelf: shelf, Now: a.now, Zone: a.zone, Switch: switchDesk{a}.State, Visits: views.New(a.store).Source,
		Share: func(ctx context.Context) error { return a.shareDefinitions(ctx, shelf) },
		Check: func(s huiying.Source) error {
			for _, k := range kinds {
				if k.Name == s.Kind && k.Check != nil {
					return k.Check(s)
				}
			}
			return nil
		},
	}, nil
}
