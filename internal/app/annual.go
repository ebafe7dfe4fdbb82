package app

import (
	"context"
	"errors"
	"time"

	"huiying/internal/app/annual"
	"huiying/internal/locale"
	"huiying/internal/store/users"
)

// OpenAnnual opens the yearly report of a service that is not running, or for
// reading beside one that is.
func OpenAnnual(ctx context.Context, w Where, words *locale.Catalogue, writing bool) (*Archive, annual.Desk, error) {
	c, err := w.Config()
	if err != nil {
		return nil, annual.Desk{}, err
	}
	var data *Archive
	if writing {
		data, _, err = OpenForWriting(ctx, w)
	} else {
		data, err = OpenArchive(ctx, w)
	}
	if err != nil {
		return nil, annual.Desk{}, err
	}
	names := map[string]string{}
	people, err := users.New(data.Store, users.Options{}).List(ctx)
	if err != nil {
		return nil, annual.Desk{}, errors.Join(err, data.Close())
	}
	for _, p := range people {
		names[p.ID] = p.Name
	}
	desk := annual.Desk{
		Store: data.Store, Office: c.Office.Name, Accounts: c.Office.Accounts, Measure: annual.MeasureOffice(data.Zone, data.Presets), Now: time.Now, Words: words,
		Person: func(id string) string {
			if name := names[id]; name != "" {
				return name
			}
			return id
		},
		Known: func(id string) bool {
			_, known := names[id]
			return known
		},
	}
	return data, desk, nil
}
