package studies

import (
	"encoding/json"
	"sync"

	"huiying"
)

// about is what of a judgement is studied, in the order of the query.
type about struct {
	precision   string
	words       []string // key words
	intent      *huiying.Intent
	sentiment   *huiying.Sentiment
	duplicateOf string
	engagement  huiying.Engagement
}

func readAbout(raw string) (a about, err error) {
	var parts []json.RawMessage
	if err := json.Unmarshal([]byte(raw), &parts); err != nil {
		return a, err
	}
	var words []huiying.Keyword
	for i, to := range []any{&a.precision, &words, &a.intent, &a.sentiment, &a.duplicateOf, &a.engagement} {
		if i < len(parts) {
			if err := json.Unmarshal(parts[i], to); err != nil {
				return a, err
			}
		}
	}
	for _, w := range words {
		if w.Word != "" {
			a.words = append(a.words, w.Word)
		}
	}
	return a, nil
}

// decodedMost is how many posts are kept decoded, a kilobyte each.
const decodedMost = 8192

// decoded are posts that were decoded lately: an event is read whole whenever it
// is looked at, and of one that grows nearly all are as they were. One is given
// again only for the very text it was decoded from. They are shared: nobody may
// change what one points to. The zero value is ready.
type decoded struct {
	mu   sync.Mutex
	list map[int64]decodedAbout // by number
}

type decodedAbout struct {
	raw string
	about
}

func (d *decoded) about(n int64, raw string) (about, error) {
	d.mu.Lock()
	known, ok := d.list[n]
	d.mu.Unlock()
	if ok && known.raw == raw {
		return known.about, nil
	}
	a, err := readAbout(raw)
	if err != nil {
		return a, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.list == nil || len(d.list) >= decodedMost {
		d.list = map[int64]decodedAbout{}
	}
	d.list[n] = decodedAbout{raw, a}
	return a, nil
}
