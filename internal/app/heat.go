package app

import (
	"cmp"
	"context"
	"path"
	"time"

	"huiying/analyzer/place"
	"huiying/internal/app/heat"
	counts "huiying/internal/store/heat"
	"huiying/internal/store/views"
)

// startHeat counts what posts and cases are about, those of before as well.
func (a *App) startHeat(read *views.Views) (*heat.Desk, error) {
	items, err := a.heatItems()
	if err != nil {
		return nil, err
	}
	table, err := placeTable(a.config)
	if err != nil {
		return nil, err
	}
	units := map[string]string{}
	for _, u := range a.config.Units {
		units[u.ID] = u.Name
	}
	a.life.loop("heat of before", a.countBefore)
	return heat.New(heat.Options{Store: a.store, Posts: read.ByNumber, Items: items, Places: heatPlaces(table, a.config.Analyzer.Area), Units: units}), nil
}

// heatItems is the office's catalogue, each unit by its id where it has one.
func (a *App) heatItems() (out []heat.Item, err error) {
	list, err := readItems(a.config.Analyzer.Catalogue)
	if err != nil {
		return nil, err
	}
	ids := map[string]string{}
	for _, u := range a.config.Units {
		ids[u.Name] = u.ID
	}
	for _, it := range list {
		out = append(out, heat.Item{Code: it.Code, Name: it.Name, Unit: cmp.Or(ids[it.Unit], it.Unit), Window: it.Window})
	}
	return out, nil
}

// heatPlaces are the townships and villages of an area.
func heatPlaces(t *place.Table, area string) (out []heat.Place) {
	for _, p := range t.Places(area) {
		if p.Level == place.Township || p.Level == place.Village {
			out = append(out, heat.Place{Name: p.Name, Village: p.Level == place.Village, Above: path.Base(path.Dir(p.Path))})
		}
	}
	return out
}

const (
	beforeSlice = 500 // posts in one transaction, a few milliseconds
	beforeRest  = 200 * time.Millisecond
)

// countBefore counts what posts are about that were archived before there was
// the counting, in slices beside everything else. It goes on after a stop.
func (a *App) countBefore(ctx context.Context) error {
	tick := time.NewTicker(beforeRest)
	defer tick.Stop()
	for {
		more, err := counts.Behind(ctx, a.store, beforeSlice)
		if err != nil && ctx.Err() == nil {
			a.logger.Error("counting what earlier posts are about failed; it is tried again", "error", err)
		} else if !more {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
