package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"

	"huiying"
	"huiying/crawler/host"
	"huiying/internal/app/starting"
	"huiying/internal/config"
	"huiying/internal/query"
	"huiying/internal/store/definitions"
)

// register is the register of automated collection: of the configuration, and
// of what was registered on pages.
func (a *App) register(ctx context.Context) ([]query.RegisterRow, error) {
	list, err := a.sources(ctx)
	if err != nil {
		return nil, err
	}
	return registerOf(a.config, list, a.now(), a.version)
}

// Register is the register of automated collection of a configuration
// (网络数据安全管理条例 §18): every source with the basis that the office holds and
// the budget of its host; with those that were registered on pages, where data
// are stored already.
func Register(ctx context.Context, c config.Config, now time.Time, version string) ([]query.RegisterRow, error) {
	zone, err := c.Zone()
	if err != nil {
		return nil, err
	}
	list := make([]huiying.Source, 0, len(c.Sources))
	for _, s := range c.Sources {
		def, err := s.Definition(zone)
		if err != nil {
			return nil, err
		}
		list = append(list, def)
	}
	registered, err := registeredOnPages(ctx, c)
	if err != nil {
		return nil, err
	}
	for _, s := range registered {
		if !slices.ContainsFunc(list, func(known huiying.Source) bool { return known.ID == s.ID }) {
			list = append(list, s)
		}
	}
	return registerOf(c, list, now, version)
}

func registeredOnPages(ctx context.Context, c config.Config) (out []huiying.Source, err error) {
	if _, err := os.Stat(filepath.Join(c.Data, databaseFile)); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	a, err := openArchive(ctx, c, true)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	list, err := starting.Sources(ctx, definitions.New(a.Store))
	return slices.DeleteFunc(list, func(s huiying.Source) bool { return !s.Public }), err
}

// siteOf is the site that the options of a portal name.
func siteOf(s huiying.Source) string {
	var o struct{ Site string }
	_ = json.Unmarshal(s.Options, &o) // the kind's own check tells what is wrong with them
	return o.Site
}

func registerOf(c config.Config, list []huiying.Source, now time.Time, version string) ([]query.RegisterRow, error) {
	budgets, err := hostBudgets(c.Crawler.Hosts)
	if err != nil {
		return nil, err
	}
	out := make([]query.RegisterRow, 0, len(list))
	for _, def := range list {
		site := cmp.Or(def.BaseURL, siteOf(def))
		def.Options = nil
		row := query.RegisterRow{Source: def, Agent: userAgent(c.Office, version), Standing: query.StandingOf(def.Register, now)}
		if u, err := url.Parse(site); err == nil {
			row.Host = u.Host
		}
		b := host.BudgetOf(budgets, row.Host)
		row.Delay, row.PerDay, row.Hours = cmp.Or(b.Delay, time.Duration(c.Crawler.HostDelay)), b.PerDay, b.Hours.String()
		out = append(out, row)
	}
	return out, nil
}
