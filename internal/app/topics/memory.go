package topics

import (
	"context"
	"errors"
	"time"

	"huiying/analyzer/topic"
	"huiying/internal/bus"
)

// Bucket is the name of the bucket of topics.
const Bucket = "topics"

// KeptFor is how long what is known of topics and their posts is kept after it
// was written last.
const KeptFor = 14 * 24 * time.Hour

// memory keeps what is known of topics in a bucket.
type memory struct{ kv *bus.KV }

var errLoaded = errors.New("all was loaded")

func (m memory) Load(ctx context.Context) ([]topic.Record, error) {
	var out []topic.Record
	err := m.kv.Watch(ctx, "", func(e bus.Entry) error {
		switch {
		case e.Key == "":
			return errLoaded
		case !e.Deleted:
			out = append(out, topic.Record{Key: e.Key, Value: e.Value})
		}
		return nil
	})
	if errors.Is(err, errLoaded) {
		return out, nil
	}
	return nil, errors.Join(err, ctx.Err())
}

func (m memory) Save(ctx context.Context, records []topic.Record) error {
	pairs := make([]bus.Pair, len(records))
	for i, r := range records {
		pairs[i] = bus.Pair{Key: r.Key, Value: r.Value}
	}
	return m.kv.PutAll(ctx, pairs)
}
