package streams

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"

	"huiying"
)

// metaName marks a durable as one group of a Consumer.
const metaName = "huiying-consumer"

// maxAckPending bounds what one durable may have unacknowledged over all
// processes, messages waiting for their back-off included.
const maxAckPending = 5000

// Consumer is a named reader of one stream: groups of filters in order of
// priority, one durable each.
type Consumer struct {
	Stream  Stream
	Name    string
	Groups  [][]string
	AckWait time.Duration
}

// Durables are the names of the durables: the consumer's name, or name-0,
// name-1, … with several groups.
func (c Consumer) Durables() []string {
	if len(c.Groups) == 1 {
		return []string{c.Name}
	}
	names := make([]string, len(c.Groups))
	for i := range names {
		names[i] = c.Name + "-" + strconv.Itoa(i)
	}
	return names
}

// Check refuses filters of another stream, and filters that overlap: such a
// message would be handled twice.
func (c Consumer) Check() error {
	for _, f := range slices.Concat(c.Groups...) {
		if of, ok := Of(f); !ok || of.Name != c.Stream.Name {
			return huiying.Errorf(huiying.Invalid, "bus.bad_filter", c.Name, f, c.Stream.Name)
		}
	}
	if slices.ContainsFunc(c.Groups, func(g []string) bool { return len(g) == 0 }) {
		return huiying.Errorf(huiying.Invalid, "bus.bad_filter", c.Name, "", c.Stream.Name)
	}
	return c.overlap()
}

func (c Consumer) overlap() error {
	all := slices.Concat(c.Groups...)
	for i, a := range all {
		for _, other := range all[i+1:] {
			if server.SubjectsCollide(a, other) {
				return huiying.Errorf(huiying.Invalid, "bus.overlap", c.Name, a, other)
			}
		}
	}
	return nil
}

// filters is what each durable of c takes: its group, and replays meant for it.
func (c Consumer) filters() map[string][]string {
	out := map[string][]string{}
	for i, name := range c.Durables() {
		out[name] = slices.Clone(c.Groups[i])
		if c.Stream.Name != Dead {
			out[name] = append(out[name], ReplaySubject(c.Stream, name))
		}
	}
	return out
}

func (c Consumer) config(name string, filters []string) jetstream.ConsumerConfig {
	return jetstream.ConsumerConfig{
		Durable:        name,
		FilterSubjects: filters,
		AckPolicy:      jetstream.AckExplicitPolicy,
		AckWait:        c.AckWait,
		MaxDeliver:     -1, // parking is ours: the server would drop silently
		MaxAckPending:  maxAckPending,
		Metadata:       map[string]string{metaName: c.Name},
	}
}

// Ensure makes the durables of c, one per group. When their filters
// have changed they are made anew from the oldest message the old ones had not
// acknowledged: some messages come again, none is passed over.
func (c Consumer) Ensure(ctx context.Context, client jetstream.JetStream) ([]jetstream.Consumer, error) {
	js, err := client.Stream(ctx, c.Stream.Name)
	if err != nil {
		return nil, fmt.Errorf("find stream %s: %w", c.Stream.Name, err)
	}
	old, err := durablesOf(ctx, js, c.Name)
	if err != nil {
		return nil, err
	}
	want := c.filters()
	if len(old) > 0 && !sameFilters(old, want) {
		if err := c.move(ctx, js, want, old); err != nil {
			return nil, err
		}
		if old, err = durablesOf(ctx, js, c.Name); err != nil {
			return nil, err
		}
	}
	var out []jetstream.Consumer
	for _, name := range c.Durables() {
		cfg := c.config(name, want[name])
		if had, ok := old[name]; ok { // where it started cannot be changed
			cfg.DeliverPolicy, cfg.OptStartSeq = had.Config.DeliverPolicy, had.Config.OptStartSeq
		}
		cons, err := js.CreateOrUpdateConsumer(ctx, cfg)
		if err != nil {
			return nil, fmt.Errorf("make durable %s: %w", name, err)
		}
		out = append(out, cons)
	}
	return out, nil
}

// move replaces the durables of c. A placeholder that has acknowledged
// nothing past the floor stands while old ones go and new ones come, so that a
// process killed half-way finds the floor again.
func (c Consumer) move(ctx context.Context, js jetstream.Stream, want map[string][]string, old map[string]*jetstream.ConsumerInfo) error {
	from := floor(slices.Collect(maps.Values(old))) + 1
	start := func(name string, filters []string) jetstream.ConsumerConfig {
		cfg := c.config(name, filters)
		cfg.DeliverPolicy, cfg.OptStartSeq = jetstream.DeliverByStartSequencePolicy, from
		return cfg
	}
	holder := c.Name + "-moving"
	if _, ok := old[holder]; !ok {
		if _, err := js.CreateConsumer(ctx, start(holder, slices.Concat(c.Groups...))); err != nil {
			return fmt.Errorf("make durable %s: %w", holder, err)
		}
	}
	for name := range old {
		if name == holder {
			continue
		}
		if err := js.DeleteConsumer(ctx, name); err != nil {
			return fmt.Errorf("remove durable %s: %w", name, err)
		}
	}
	for name, filters := range want {
		if _, err := js.CreateConsumer(ctx, start(name, filters)); err != nil {
			return fmt.Errorf("make durable %s: %w", name, err)
		}
	}
	if err := js.DeleteConsumer(ctx, holder); err != nil {
		return fmt.Errorf("remove durable %s: %w", holder, err)
	}
	return nil
}

// listed is a stream's consumers, by name.
func listed(ctx context.Context, js jetstream.Stream) (map[string]*jetstream.ConsumerInfo, error) {
	out := map[string]*jetstream.ConsumerInfo{}
	list := js.ListConsumers(ctx)
	for info := range list.Info() {
		out[info.Name] = info
	}
	if err := list.Err(); err != nil {
		return nil, fmt.Errorf("list consumers: %w", err)
	}
	return out, nil
}

// durablesOf lists a stream's durables that belong to the consumer name.
func durablesOf(ctx context.Context, js jetstream.Stream, name string) (map[string]*jetstream.ConsumerInfo, error) {
	out, err := listed(ctx, js)
	maps.DeleteFunc(out, func(_ string, info *jetstream.ConsumerInfo) bool {
		return info.Config.Durable == "" || info.Config.Metadata[metaName] != name
	})
	return out, err
}

func sameFilters(old map[string]*jetstream.ConsumerInfo, want map[string][]string) bool {
	if len(old) != len(want) {
		return false
	}
	for name, info := range old {
		had := info.Config.FilterSubjects
		if len(had) == 0 {
			had = []string{info.Config.FilterSubject}
		}
		if !slices.Equal(slices.Sorted(slices.Values(had)), slices.Sorted(slices.Values(want[name]))) {
			return false
		}
	}
	return true
}

// floor is the stream sequence up to which every one of the consumers has
// acknowledged what it was given.
func floor(infos []*jetstream.ConsumerInfo) uint64 {
	lowest := ^uint64(0)
	for _, info := range infos {
		lowest = min(lowest, floorOf(info))
	}
	return lowest
}

func floorOf(info *jetstream.ConsumerInfo) uint64 {
	if info.NumAckPending == 0 {
		// A filtered consumer's floor stands at its last message; what lies
		// between that and its next one is not for it.
		return max(info.AckFloor.Stream, info.Delivered.Stream)
	}
	return info.AckFloor.Stream
}
