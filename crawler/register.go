package crawler

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/crawler/host"
)

// record is what is kept of a source across starts.
type record struct {
	Cursor     json.RawMessage     `json:"cursor,omitempty"`
	SavedAt    time.Time           `json:"saved_at"`           // when the cursor was moved
	Reread     time.Time           `json:"reread,omitzero"`    // a re-reading from here is owed
	State      huiying.SourceState `json:"state"`              // of the last visit
	Reason     string              `json:"reason,omitempty"`   // catalogue key
	Failures   int                 `json:"failures,omitempty"` // visits in a row that ended in State
	Quiet      int                 `json:"quiet,omitempty"`    // visits in a row that brought nothing new
	NextAt     time.Time           `json:"next_at"`
	LastOK     time.Time           `json:"last_ok,omitzero"`
	Definition string              `json:"definition"`        // fingerprint of the definition visited
	Budgets    string              `json:"budgets,omitempty"` // in force when State is paused
}

// entry is a source under care. Its fields are under the crawler's lock,
// except that whoever set running may use rec, revision and loaded.
type entry struct {
	source   huiying.Source
	kind     Kind
	running  bool
	asked    time.Time // not offered again before; zero = not offered
	looked   time.Time // when its watched posts were looked at
	gone     bool      // taken out while running
	changed  bool      // due again at once when it has run: redefined, or collection goes on
	loaded   bool
	rec      record
	revision uint64
	next     time.Time
	last     huiying.LedgerEntry
	failures int // as of the last visit, for Health
	lastOK   time.Time
}

// Apply makes the list of sources the register: new ones are visited soon,
// changed ones at once (their refusals are forgotten, those of hosts are not),
// those of which a visit is wanted as well, unless they refuse, and missing ones
// no more. A definition that is wrong is left out and named in
// the error, which joins a sentence for each; all others are in force.
func (c *Crawler) Apply(sources []huiying.Source) error {
	var errs []error
	wanted := map[string]*entry{}
	for _, s := range sources {
		e, err := c.define(s)
		switch {
		case err != nil:
			errs = append(errs, err)
		case wanted[s.ID] != nil:
			errs = append(errs, huiying.Errorf(huiying.Invalid, "crawler.source_twice", s.ID))
		default:
			wanted[s.ID] = e
		}
	}
	c.mu.Lock()
	for id, old := range c.entries {
		if wanted[id] == nil {
			old.gone = true
			delete(c.entries, id)
			c.meter.Forget(id)
		}
	}
	for id, e := range wanted {
		old := c.entries[id]
		switch {
		case old == nil:
			c.entries[id] = e
		case fingerprint(old.source) != fingerprint(e.source):
			old.source, old.kind, old.changed = e.source, e.kind, old.running
			old.next, old.asked, old.failures = c.o.Now(), time.Time{}, 0
			if !old.running {
				old.rec.Failures = 0
			}
		case e.source.Asked.After(old.source.Asked):
			old.source.Asked = e.source.Asked
			if old.wanted(old.last) {
				old.next, old.asked, old.changed = c.o.Now(), time.Time{}, old.running
			}
		}
	}
	c.mu.Unlock()
	c.hosts.Allow(c.written(sources))
	c.nudge()
	return errors.Join(errs...)
}

// wanted reports whether somebody wants a visit that was not made since: one
// that began later, in whichever process, has done it. Where the last one was
// refused nothing is hurried.
func (e *entry) wanted(last huiying.LedgerEntry) bool {
	return !e.source.Disabled && e.source.Asked.After(last.At) && last.State.MayBeAsked()
}

// written are the hosts of the addresses in definitions. What an administrator
// writes there may lie in a private network; where pages lead may not, nor may
// what was registered or ordered on a page.
func (c *Crawler) written(sources []huiying.Source) []string {
	var out []string
	for _, s := range sources {
		if s.Public {
			continue
		}
		var options any
		_ = json.Unmarshal(s.Options, &options) // the kind's own check tells what is wrong with them
		if fields, ok := options.(map[string]any); ok {
			for _, name := range c.laid(s.Kind) {
				delete(fields, name)
			}
		}
		out = append(addresses(options, out), addresses(s.BaseURL, nil)...)
	}
	return out
}

// laid are the options of a kind that pages lay over its definitions.
func (c *Crawler) laid(kind string) []string {
	if i := slices.IndexFunc(c.o.Kinds, func(k Kind) bool { return k.Name == kind }); i >= 0 {
		return c.o.Kinds[i].Laid
	}
	return nil
}

// addresses adds the hosts of all addresses in a JSON value.
func addresses(v any, out []string) []string {
	switch v := v.(type) {
	case string:
		if name := host.Authority(v); name != "" {
			out = append(out, name)
		}
	case []any:
		for _, one := range v {
			out = addresses(one, out)
		}
	case map[string]any:
		for _, one := range v {
			out = addresses(one, out)
		}
	}
	return out
}

func (c *Crawler) define(s huiying.Source) (*entry, error) {
	if !huiying.ValidSubject(s.ID) {
		return nil, huiying.Errorf(huiying.Invalid, "crawler.bad_source_id", s.ID)
	}
	i := slices.IndexFunc(c.o.Kinds, func(k Kind) bool { return k.Name == s.Kind })
	if i < 0 {
		var names []string
		for _, k := range c.o.Kinds {
			names = append(names, k.Name)
		}
		return nil, huiying.Errorf(huiying.Invalid, "crawler.unknown_kind", s.ID, s.Kind, strings.Join(names, " "))
	}
	kind := c.o.Kinds[i]
	if kind.Check != nil {
		if err := kind.Check(s); err != nil {
			return nil, err
		}
	}
	return &entry{source: s, kind: kind, next: c.o.Now()}, nil
}

// fingerprint tells two definitions of a source apart; that a visit is wanted
// changes none.
func fingerprint(s huiying.Source) string {
	s.Asked = time.Time{}
	raw, err := json.Marshal(s)
	if err != nil {
		raw = fmt.Appendf(nil, "%#v", s) // options that are no JSON
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:8])
}

// SourceHealth is how one source is doing. It holds none of its options, which
// may hold a cookie.
type SourceHealth struct {
	ID       string
	Name     string
	Kind     string
	BaseURL  string
	State    huiying.SourceState
	Reason   string // catalogue key of why it is not well, "" when it is
	Running  bool
	Failures int // visits in a row that ended in State
	LastOK   time.Time
	NextAt   time.Time // zero while paused
	Last     huiying.LedgerEntry
}

// Health lists every source of the register, by id.
func (c *Crawler) Health() []SourceHealth {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]SourceHealth, 0, len(c.entries))
	for _, e := range c.entries {
		h := SourceHealth{
			ID: e.source.ID, Name: e.source.Name, Kind: e.source.Kind, BaseURL: e.source.BaseURL, State: e.last.State, Reason: e.last.Reason,
			Running: e.running, Last: e.last, NextAt: e.next, Failures: e.failures, LastOK: e.lastOK,
		}
		switch {
		case e.source.Disabled:
			h.State, h.Reason, h.NextAt = huiying.SourcePaused, "", time.Time{}
		case h.State == "":
			h.State = huiying.SourceNew
		}
		out = append(out, h)
	}
	slices.SortFunc(out, func(a, b SourceHealth) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// reread is how far behind the cursor a source is read again after an unclean
// start (DESIGN.md, "Durability").
const reread = 10 * time.Minute

// load reads what was kept of a source. Whoever calls it has set running.
func (c *Crawler) load(ctx context.Context, e *entry, id string) error {
	raw, revision, err := c.o.State.Load(ctx, id)
	if err != nil {
		return told(huiying.Unavailable, "crawler.state_unread", err, id, err.Error())
	}
	var rec record
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &rec); err != nil {
			// What cannot be read would stop the source for ever. Read anew, nothing
			// is lost: what was accepted before is known by its id.
			rec = record{}
			c.o.Logger.Error("what was kept of a source cannot be read; the source is read anew from its beginning", "source", id, "err", err)
		}
	}
	if c.o.Unclean && !e.loaded && !rec.SavedAt.IsZero() {
		since := rec.SavedAt.Add(-reread)
		if rec.Reread.IsZero() || since.Before(rec.Reread) {
			rec.Reread = since
		}
	}
	e.rec, e.revision, e.loaded = rec, revision, true
	return nil
}

// save keeps the record. After a conflict it is loaded anew before the next
// visit.
func (c *Crawler) save(ctx context.Context, e *entry, id string) error {
	raw, err := json.Marshal(e.rec)
	if err != nil {
		return fmt.Errorf("write the state of %s: %w", id, err)
	}
	next, err := c.o.State.Save(ctx, id, raw, e.revision)
	if huiying.ErrorCode(err) == huiying.Conflict {
		e.loaded = false
		return told(huiying.Conflict, "crawler.state_changed", err, id)
	}
	if err != nil {
		return fmt.Errorf("save the state of %s: %w", id, err)
	}
	e.revision = next
	return nil
}

// moved reports whether a cursor is another one.
func moved(a, b json.RawMessage) bool { return len(b) > 0 && !bytes.Equal(a, b) }

// CursorOf is the kind's own mark in what State keeps of a source; nil of
// nothing.
func CursorOf(raw []byte) (json.RawMessage, error) {
	var rec record
	if len(raw) == 0 {
		return nil, nil
	}
	if err := json.Unmarshal(raw, &rec); err != nil {
		return nil, fmt.Errorf("read what is kept of a source: %w", err)
	}
	return rec.Cursor, nil
}
