package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"huiying"
	"huiying/internal/app/wordbook"
	"huiying/internal/bus"
	"huiying/internal/store/definitions"
	dutybook "huiying/internal/store/duty"
)

// Kinds of definitions and the key-value bucket that carries them to crawlers
// and analyzers.
const (
	definitionSource = "source"
	definitionRules  = "rules"
	definitionUnit   = "unit"
	definitionsKV    = "definitions"
)

// rulesFile is a rules file as it travels: its name, for sentences, and its
// text.
type rulesFile struct {
	File string `json:"file"`
	Text string `json:"text"`
}

// importDefinitions makes the store's definitions be what the configuration
// says, and hands sources and rules to the bucket that the other rooms watch.
func (a *App) importDefinitions(ctx context.Context) error {
	if a.store == nil {
		return nil
	}
	kinds, err := a.definitions()
	if err != nil {
		return err
	}
	shelf := definitions.New(a.store)
	origin := a.origin()
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		if _, err := shelf.Import(ctx, kind, origin, kinds[kind]); err != nil {
			return err
		}
	}
	if err := a.importPeople(ctx); err != nil {
		return err
	}
	return a.shareDefinitions(ctx, shelf)
}

// origin names the file that definitions come from.
func (a *App) origin() string {
	if a.config.Path == "" {
		return "built-in"
	}
	return filepath.Base(a.config.Path)
}

func (a *App) importPeople(ctx context.Context) error {
	people := make([]huiying.Person, 0, len(a.config.Users))
	for _, u := range a.config.Users {
		people = append(people, u.Person())
	}
	return a.users.Import(ctx, a.origin(), people)
}

// definitions reads every definition of the configuration and of its files.
func (a *App) definitions() (map[string][]definitions.Definition, error) {
	out := map[string][]definitions.Definition{definitionSource: nil, definitionRules: nil, definitionUnit: nil}
	add := func(kind, id string, v any) error {
		body, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("encode %s %s: %w", kind, id, err)
		}
		out[kind] = append(out[kind], definitions.Definition{ID: id, Author: "file", Body: body})
		return nil
	}
	for _, s := range a.config.Sources {
		def, err := s.Definition(a.zone)
		if err != nil {
			return nil, err
		}
		if err := add(definitionSource, s.ID, def); err != nil {
			return nil, err
		}
	}
	for i, file := range a.config.Rules {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, huiying.Errorf(huiying.Invalid, "config.unreadable", file, err)
		}
		id := fmt.Sprintf("file-%02d", i+1) // rules keep the order of the files
		if err := add(definitionRules, id, rulesFile{File: file, Text: string(text)}); err != nil {
			return nil, err
		}
	}
	for _, u := range a.config.Units {
		if err := add(definitionUnit, u.ID, huiying.Unit{ID: u.ID, Name: u.Name}); err != nil {
			return nil, err
		}
	}
	var err error
	out[dutybook.KindRoster], err = a.rosterDefinitions()
	return out, err
}

// shareDefinitions makes the bucket hold the current sources, rules and words.
// One at a time: what was read of the store must not be put after what somebody
// else read later. A kind that cannot be handed over keeps no other from it.
func (a *App) shareDefinitions(ctx context.Context, shelf *definitions.Definitions) error {
	a.sharing.Lock()
	defer a.sharing.Unlock()
	kv, err := a.bus.KV(ctx, definitionsKV, bus.KVOptions{History: 8})
	if err != nil {
		return err
	}
	stale, err := keysOf(ctx, kv)
	if err != nil {
		return err
	}
	var problems []error
	for _, kind := range []string{definitionRules, wordbook.Kind, definitionSource} {
		current, err := shelf.Current(ctx, kind)
		if err != nil {
			return err
		}
		if kind == definitionSource {
			if err := a.layOver(ctx, shelf, current); err != nil {
				problems = append(problems, err)
				leave(stale, kind)
				continue
			}
		}
		for _, d := range current {
			key := kind + "." + d.ID
			delete(stale, key)
			if d.Body, err = travelling(kind, d.Body); err != nil {
				problems = append(problems, err)
				continue
			}
			problems = append(problems, handOver(ctx, kv, key, d.Body))
		}
	}
	for key := range stale {
		problems = append(problems, kv.Delete(ctx, key))
	}
	return errors.Join(problems...)
}

// leave keeps what was handed over of a kind before.
func leave(stale map[string]bool, kind string) {
	maps.DeleteFunc(stale, func(key string, _ bool) bool { return strings.HasPrefix(key, kind+".") })
}

// handOver puts a value unless it stands there.
func handOver(ctx context.Context, kv *bus.KV, key string, body []byte) error {
	if e, err := kv.Get(ctx, key); err == nil && string(e.Value) == string(body) {
		return nil
	}
	_, err := kv.Put(ctx, key, body)
	return err
}

func keysOf(ctx context.Context, kv *bus.KV) (map[string]bool, error) {
	keys, err := kv.Keys(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for _, k := range keys {
		out[k] = true
	}
	return out, nil
}

// followDefinitions applies the definitions of one kind now and whenever one
// of them changes, until ctx ends. What cannot be applied is logged and the
// last good ones stay in force.
func (a *App) followDefinitions(ctx context.Context, kind string, apply func([][]byte) error) error {
	kv, err := a.bus.KV(ctx, definitionsKV, bus.KVOptions{History: 8})
	if err != nil {
		return err
	}
	load := func() error {
		bodies, err := definitionsOf(ctx, kv, kind)
		if err != nil {
			return err
		}
		return apply(bodies)
	}
	if err := load(); err != nil {
		return err
	}
	a.life.loop(kind+" definitions", func(ctx context.Context) error {
		known := false // what stands there first is read once, at its end
		return kv.Watch(ctx, kind, func(e bus.Entry) error {
			if known = known || e.Key == ""; !known {
				return nil
			}
			if err := load(); err != nil && ctx.Err() == nil {
				a.logger.Error("new definitions were not applied; the last good ones stay", "kind", kind, "error", err)
			}
			return nil
		})
	})
	return nil
}

// definitionsOf reads the bodies of one kind in the order of their ids.
func definitionsOf(ctx context.Context, kv *bus.KV, kind string) ([][]byte, error) {
	keys, err := kv.Keys(ctx)
	if err != nil {
		return nil, err
	}
	slices.Sort(keys)
	var out [][]byte
	for _, k := range keys {
		if !strings.HasPrefix(k, kind+".") {
			continue
		}
		e, err := kv.Get(ctx, k)
		if huiying.ErrorCode(err) == huiying.NotFound {
			continue // deleted meanwhile
		}
		if err != nil {
			return nil, err
		}
		out = append(out, e.Value)
	}
	return out, nil
}
