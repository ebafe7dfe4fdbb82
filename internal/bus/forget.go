package bus

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go/jetstream"

	"huiying"
	"huiying/internal/bus/streams"
)

// Carrying matches messages of which the post, or the post of the event, is one
// that is holds for. Only a body that has one of the words in quotes is read; one
// that has it and cannot be read is matched.
func Carrying(words []string, is func(huiying.Post) bool) func(body []byte) bool {
	quoted := named(words)
	return func(body []byte) bool {
		if !quoted(body) {
			return false
		}
		var m struct {
			huiying.Post
			Data huiying.Judgement `json:"data"`
		}
		if json.Unmarshal(body, &m) != nil {
			return true // whatever it is, it names one of them
		}
		if m.Data.Post.ID != "" { // an event, whose own id is another
			return is(m.Data.Post)
		}
		return is(m.Post)
	}
}

// named matches bodies that have one of the words in quotes; of many words each
// body is looked through once.
func named(words []string) func(body []byte) bool {
	plain, odd := map[string]bool{}, [][]byte{}
	for _, w := range words {
		quoted, _ := json.Marshal(w) // a string has no way to fail
		if inner := quoted[1 : len(quoted)-1]; !bytes.ContainsRune(inner, '"') {
			plain[string(inner)] = true
		} else {
			odd = append(odd, quoted)
		}
	}
	return func(body []byte) bool {
		for part := range bytes.SplitSeq(body, []byte{'"'}) {
			if plain[string(part)] {
				return true
			}
		}
		return slices.ContainsFunc(odd, func(q []byte) bool { return bytes.Contains(body, q) })
	}
}

// Forget looks through every message of the streams of posts, events and
// parked messages and removes those for which match holds, their bytes
// overwritten. A message that a consumer still works on is removed as well. It
// returns how many were removed; after an error those removed stay so.
func (b *Bus) Forget(ctx context.Context, match func(body []byte) bool) (removed int, err error) {
	for _, s := range streams.All() {
		if s.Kind != "post" && s.Kind != "event" && s.Name != streams.Dead {
			continue
		}
		n, err := b.forgetIn(ctx, s.Name, match)
		removed += n
		if err != nil {
			return removed, fmt.Errorf("look through %s: %w", s.Name, err)
		}
	}
	return removed, nil
}

func (b *Bus) forgetIn(ctx context.Context, name string, match func([]byte) bool) (removed int, err error) {
	js, err := b.js.Stream(ctx, name)
	if err != nil {
		return 0, err
	}
	last := js.CachedInfo().State.LastSeq
	for next := js.CachedInfo().State.FirstSeq; next <= last; next++ {
		// The next message at or behind the sequence, whatever its subject.
		raw, err := js.GetMsg(ctx, next, jetstream.WithGetMsgSubject(">"))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return removed, nil
		}
		if err != nil {
			return removed, err
		}
		next = raw.Sequence
		if next > last || !match(raw.Data) {
			continue
		}
		if err := js.SecureDeleteMsg(ctx, raw.Sequence); err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
			return removed, err
		}
		removed++
	}
	return removed, nil
}
