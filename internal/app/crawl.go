package app

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/internal/bus"
	"huiying/internal/config"
)

// evidenceFor is how long a sealed page is kept when no case needs it (网络数据
// 安全管理条例 §24: what was collected unavoidably is deleted).
const evidenceFor = 30 * 24 * time.Hour

// busSink accepts a post when JetStream has it.
type busSink struct{ bus *bus.Bus }

func (s busSink) Accept(ctx context.Context, p huiying.Post) error { return s.bus.PublishPost(ctx, p) }

// cursors keeps how far each source was read.
type cursors struct{ kv *bus.KV }

func (c cursors) Load(ctx context.Context, source string) ([]byte, uint64, error) {
	e, err := c.kv.Get(ctx, source)
	if huiying.ErrorCode(err) == huiying.NotFound {
		return nil, 0, nil
	}
	return e.Value, e.Revision, err
}

func (c cursors) Save(ctx context.Context, source string, state []byte, revision uint64) (uint64, error) {
	if revision == 0 {
		return c.kv.Create(ctx, source, state)
	}
	return c.kv.Update(ctx, source, state, revision)
}

// ledgerSink sends the rows of the coverage ledger.
type ledgerSink struct{ bus *bus.Bus }

func (l ledgerSink) Record(ctx context.Context, e huiying.LedgerEntry) error {
	body, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode ledger entry: %w", err)
	}
	id := fmt.Sprintf("ledger:%s:%d", e.Source, e.At.UnixMicro())
	return l.bus.Publish(ctx, "huiying.ledger."+e.Source, id, body)
}

func decodeLedger(body []byte) (huiying.LedgerEntry, error) {
	var e huiying.LedgerEntry
	if err := json.Unmarshal(body, &e); err != nil {
		return e, huiying.Errorf(huiying.Invalid, "app.bad_ledger", err)
	}
	return e, nil
}

// evidence keeps sealed pages.
type evidence struct{ objects *bus.Objects }

func (e evidence) Put(ctx context.Context, name string, sealed []byte) error {
	return e.objects.Put(ctx, name, sealed)
}

// crawlerOptions wires a crawler of this configuration to a sink.
func (a *App) crawlerOptions(sink crawler.Sink) (crawler.Options, error) {
	profiles, err := LoadProfiles(a.config.Profiles)
	if err != nil {
		return crawler.Options{}, err
	}
	return crawler.Options{
		Fetch: crawler.FetchOptions{
			UserAgent: userAgent(a.config.Office, a.version),
			HostDelay: time.Duration(a.config.Crawler.HostDelay), NoDelay: a.config.Crawler.HostDelay == 0,
		},
		Kinds: Kinds(profiles), Sink: crawler.Pseudonymise(sink, a.keys.pseudonym),
		Now: a.now, Zone: a.zone, Logger: a.logger, Registerer: a.registry, Checkpoint: a.checkpoint,
		Workers: a.config.Crawler.Workers, VisitTimeout: time.Duration(a.config.Crawler.VisitTimeout),
	}, nil
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
	kv, err := a.bus.KV(ctx, "cursors", bus.KVOptions{})
	if err != nil {
		return err
	}
	objects, err := a.bus.Objects(ctx, "evidence", bus.ObjectOptions{MaxAge: evidenceFor})
	if err != nil {
		return err
	}
	o.State, o.Ledger, o.Evidence, o.EvidenceKey = cursors{kv}, ledgerSink{a.bus}, evidence{objects}, a.keys.evidence
	o.Unclean = a.bus.Unclean()
	if a.crawler, err = crawler.New(o); err != nil {
		return err
	}
	a.life.onStop("crawler", func(context.Context) error { a.crawler.Close(); return nil })
	if err := a.followDefinitions(ctx, definitionSource, a.applySources); err != nil {
		return err
	}
	a.life.loop("crawler", a.crawler.Run)
	return nil
}

func (a *App) applySources(bodies [][]byte) error {
	list := make([]huiying.Source, 0, len(bodies))
	for _, b := range bodies {
		var s huiying.Source
		if err := json.Unmarshal(b, &s); err != nil {
			return fmt.Errorf("decode source definition: %w", err)
		}
		list = append(list, s)
	}
	return a.crawler.Apply(list)
}
