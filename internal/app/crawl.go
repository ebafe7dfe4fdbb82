package app

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/internal/bus"
)

// evidenceFor is how long a sealed page is kept when no case needs it (网络数据
// 安全管理条例 §24: what was collected unavoidably is deleted).
const evidenceFor = 30 * 24 * time.Hour

// busSink accepts a post when JetStream has it.
type busSink struct{ bus *bus.Bus }

func (s busSink) Accept(ctx context.Context, p huiying.Post) error { return s.bus.PublishPost(ctx, p) }

// cursors keeps how far each source was read.
type cursors struct{ kv *bus.KV }

func (c cursors) Load(ctx context.Context, source string) (json.RawMessage, error) {
	e, err := c.kv.Get(ctx, source)
	if huiying.ErrorCode(err) == huiying.NotFound {
		return nil, nil
	}
	return e.Value, err
}

func (c cursors) Save(ctx context.Context, source string, state json.RawMessage) error {
	_, err := c.kv.Put(ctx, source, state)
	return err
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
