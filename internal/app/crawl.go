package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/host"
	"huiying/crawler/refusal"
	"huiying/internal/app/collection"
	"huiying/internal/bus"
	"huiying/internal/config"
)

// busSink accepts a post when JetStream has it.
type busSink struct{ bus *bus.Bus }

func (s busSink) Accept(ctx context.Context, p huiying.Post) error { return s.bus.PublishPost(ctx, p) }

func decodeLedger(body []byte) (huiying.LedgerEntry, error) {
	var e huiying.LedgerEntry
	if err := json.Unmarshal(body, &e); err != nil {
		return e, huiying.Errorf(huiying.Invalid, "app.bad_ledger", err)
	}
	return e, nil
}

// sinkChain is what every post passes on its way to a sink, whether it was
// crawled or handed over.
func (a *App) sinkChain(next crawler.Sink) crawler.Sink {
	hidden := crawler.Pseudonymise(next, a.keys.pseudonym)
	if a.refusals == nil {
		return hidden // a command that stores nothing
	}
	return refusal.Sink(hidden, a.refusals, a.keys.pseudonym)
}

// crawlerOptions wires a crawler of this configuration to a sink.
func (a *App) crawlerOptions(sink crawler.Sink) (crawler.Options, error) {
	profiles, err := LoadProfiles(a.config.Profiles)
	if err != nil {
		return crawler.Options{}, err
	}
	budgets, err := hostBudgets(a.config.Crawler.Hosts)
	if err != nil {
		return crawler.Options{}, err
	}
	return crawler.Options{
		Fetch: crawler.FetchOptions{
			UserAgent: userAgent(a.config.Office, a.version),
			HostDelay: time.Duration(a.config.Crawler.HostDelay), NoDelay: a.config.Crawler.HostDelay == 0,
			Budgets: budgets, Private: a.config.Crawler.AllowPrivate,
		},
		Kinds: Kinds(profiles), Sink: a.sinkChain(sink),
		Now: a.now, Zone: a.zone, Logger: a.logger, Registerer: a.registry, Checkpoint: a.checkpoint,
		Workers: a.config.Crawler.Workers, HoldOlder: time.Duration(a.config.Crawler.HoldOlder), WatchEvery: time.Duration(a.config.Crawler.WatchEvery), VisitTimeout: time.Duration(a.config.Crawler.VisitTimeout),
	}, nil
}

// hostBudgets are the budgets as the crawler knows them.
func hostBudgets(list []config.HostBudget) ([]host.Budget, error) {
	out := make([]host.Budget, 0, len(list))
	for _, b := range list {
		made := host.Budget{Host: b.Host, Delay: time.Duration(b.Delay), PerDay: b.PerDay}
		if b.Hours != "" {
			var err error
			if made.Hours, err = host.ParseHours(b.Hours); err != nil {
				return nil, huiying.Errorf(huiying.Invalid, "config.hours", b.Hours)
			}
		}
		out = append(out, made)
	}
	return out, nil
}

// userAgent names the office and a contact, as a polite reader does.
func userAgent(o config.Office, version string) string {
	contact := o.Contact
	if contact == "" {
		contact = "contact not configured"
	}
	return fmt.Sprintf("huiying/%s (%s; %s)", version, url.QueryEscape(o.Name), contact)
}

// startCrawler reads the sources of the definitions.
func (a *App) startCrawler(ctx context.Context) error {
	if !a.runs(TargetCrawler) {
		return nil
	}
	var sink crawler.Sink = busSink{a.bus}
	if a.wrapSink != nil {
		sink = a.wrapSink(sink)
	}
	o, err := a.crawlerOptions(sink)
	if err != nil {
		return err
	}
	if err := collection.Share(ctx, a.bus, &o); err != nil {
		return err
	}
	o.EvidenceKey, o.Unclean, o.Stopped = a.keys.evidence, a.bus.Unclean(), a.collecting.Stopped
	if a.crawler, err = crawler.New(o); err != nil {
		return err
	}
	a.collecting.OnStart(a.crawler.Resume)
	a.life.onStop("crawler", func(context.Context) error { a.crawler.Close(); return nil })
	if err := a.followDefinitions(ctx, definitionSource, a.applySources); err != nil {
		return err
	}
	a.life.loop("crawler", a.crawler.Run)
	return nil
}

func (a *App) applySources(bodies [][]byte) error {
	list := make([]huiying.Source, 0, len(bodies))
	var problems []error
	for _, b := range bodies {
		var s huiying.Source
		if err := json.Unmarshal(b, &s); err != nil {
			problems = append(problems, fmt.Errorf("decode source definition: %w", err))
			continue
		}
		list = append(list, s)
	}
	// A definition that cannot be read keeps no other from being read, and no
	// service from starting: it may have been written on a page, which must be
	// there to mend it.
	if err := errors.Join(append(problems, a.crawler.Apply(list))...); err != nil {
		a.logger.Error("some sources cannot be read as they are defined; the others are", "error", err)
	}
	return nil
}
