package app

import (
	"cmp"
	"context"
	"net/url"
	"time"

	"huiying/crawler/host"
	"huiying/internal/config"
	"huiying/internal/query"
)

// register is the register of automated collection as the configuration has
// it.
func (a *App) register(context.Context) ([]query.RegisterRow, error) {
	return Register(a.config, a.now(), a.version)
}

// Register is the register of automated collection of a configuration
// (网络数据安全管理条例 §18): every source with the basis that the office holds and
// the budget of its host.
func Register(c config.Config, now time.Time, version string) ([]query.RegisterRow, error) {
	zone, err := c.Zone()
	if err != nil {
		return nil, err
	}
	budgets, err := hostBudgets(c.Crawler.Hosts)
	if err != nil {
		return nil, err
	}
	out := make([]query.RegisterRow, 0, len(c.Sources))
	for _, s := range c.Sources {
		def, err := s.Definition(zone)
		if err != nil {
			return nil, err
		}
		def.Options = nil
		row := query.RegisterRow{Source: def, Agent: userAgent(c.Office, version), Standing: query.StandingOf(def.Register, now)}
		if u, err := url.Parse(def.BaseURL); err == nil {
			row.Host = u.Host
		}
		b := host.BudgetOf(budgets, row.Host)
		row.Delay, row.PerDay, row.Hours = cmp.Or(b.Delay, time.Duration(c.Crawler.HostDelay)), b.PerDay, b.Hours.String()
		out = append(out, row)
	}
	return out, nil
}
