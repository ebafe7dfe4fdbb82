package crawler_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/badsites"
)

// durable is the bus of the model: what it accepted stays, and it counts
// repeats by message id as JetStream does.
type durable struct {
	mu     sync.Mutex
	ids    map[string]int
	refuse int // the next so many posts are refused
}

func (d *durable) Accept(_ context.Context, p huiying.Post) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.refuse > 0 {
		d.refuse--
		return huiying.Errorf(huiying.Unavailable, "bus.full", "posts")
	}
	d.ids[p.MessageID()]++
	return nil
}

// Whatever happens in between — a sink that refuses, a reader that panics or
// fails, a state store that is down or moved by another, a start — a list that
// grows is in the end accepted whole, and the cursor never passes a post that
// was not accepted.
func TestNothingIsLost(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		bus, kept, clock := &durable{ids: map[string]int{}}, newStates(), newClock()
		written := 0 // posts 0..written-1 exist
		var trouble string
		read := reader(func(ctx context.Context, v crawler.Visit) (crawler.Report, error) {
			from := 0
			if v.Cursor != nil {
				if err := json.Unmarshal(v.Cursor, &from); err != nil {
					return crawler.Report{}, err
				}
			}
			for i := range from {
				if bus.ids[badsites.Thread(v, i).MessageID()] == 0 {
					rt.Fatalf("the cursor %d passed post %d, which was not accepted", from, i)
				}
			}
			for i := from; i < written; i++ {
				err := v.Sink.Accept(ctx, badsites.Thread(v, i))
				if err != nil && trouble != "careless" {
					return crawler.Report{Cursor: json.RawMessage(fmt.Sprint(i))}, err
				}
				switch {
				case trouble == "panic" && i == from:
					panic("a broken page")
				case trouble == "error" && i == from:
					return crawler.Report{Cursor: json.RawMessage(fmt.Sprint(i + 1))}, errors.New("cut")
				}
			}
			return crawler.Report{Cursor: json.RawMessage(fmt.Sprint(written)), Answer: crawler.AnswerOK}, nil
		})
		var c *crawler.Crawler
		start := func(unclean bool) {
			if c != nil {
				c.Close()
			}
			var err error
			c, err = crawler.New(crawler.Options{
				Fetch: crawler.FetchOptions{UserAgent: "x"}, Kinds: []crawler.Kind{{Name: "test", Reader: read}},
				Sink: bus, State: kept, Now: clock.now, Unclean: unclean,
			})
			if err == nil {
				err = c.Apply([]huiying.Source{source("a")})
			}
			if err != nil {
				rt.Fatal(err)
			}
		}
		start(false)
		visit := func(how string) {
			trouble = how
			_, _ = c.RunOnce(context.Background(), "a") // its error is one of the troubles
		}
		rt.Repeat(map[string]func(*rapid.T){
			"write":    func(rt *rapid.T) { written += rapid.IntRange(1, 5).Draw(rt, "posts") },
			"visit":    func(*rapid.T) { visit("") },
			"panic":    func(*rapid.T) { visit("panic") },
			"error":    func(*rapid.T) { visit("error") },
			"careless": func(rt *rapid.T) { bus.refuse = rapid.IntRange(1, 3).Draw(rt, "refused"); visit("careless") },
			"refuse":   func(rt *rapid.T) { bus.refuse = rapid.IntRange(1, 3).Draw(rt, "refused"); visit("") },
			"down":     func(*rapid.T) { kept.breakWith(errors.New("down")); visit(""); kept.breakWith(nil) },
			"restart":  func(rt *rapid.T) { start(rapid.Bool().Draw(rt, "unclean")) },
			"moved": func(*rapid.T) {
				if raw, rev, err := kept.Load(context.Background(), "a"); err == nil && rev > 0 {
					_, _ = kept.Save(context.Background(), "a", slices.Clone(raw), rev)
				}
			},
		})
		bus.refuse = 0
		visit("")
		visit("") // the first may have met a conflict
		if len(bus.ids) != written {
			rt.Fatalf("%d of %d posts were accepted", len(bus.ids), written)
		}
		c.Close()
	})
}
