package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"huiying"
	"huiying/analyzer/rule"
	"huiying/internal/store/definitions"
)

// RulesVersion is one version of one rules file as the service took it up, and
// what it changed against the one before, by rule.
type RulesVersion struct {
	ID      string    `json:"id"` // of the file
	Version int       `json:"version"`
	At      time.Time `json:"at"`
	Author  string    `json:"author"`
	Gone    bool      `json:"gone,omitempty"` // the file is no longer named
	Added   []string  `json:"added,omitempty"`
	Changed []string  `json:"changed,omitempty"`
	Removed []string  `json:"removed,omitempty"`
	Text    string    `json:"-"`
}

// RulesHistory reads every version of the rules, each file's newest first.
func RulesHistory(ctx context.Context, w Where) (out []RulesVersion, err error) {
	data, err := OpenArchive(ctx, w)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	shelf := definitions.New(data.Store)
	ids, err := shelf.IDs(ctx, definitionRules)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		list, err := shelf.History(ctx, definitionRules, id)
		if err != nil {
			return nil, err
		}
		versions, err := versionsOf(list)
		if err != nil {
			return nil, err
		}
		for i := range versions {
			versions[i].At = versions[i].At.In(data.Zone)
		}
		out = append(out, versions...)
	}
	return out, nil
}

// versionsOf compares versions, the newest first, each with the one before.
func versionsOf(list []definitions.Definition) ([]RulesVersion, error) {
	out := make([]RulesVersion, len(list))
	files := make([]map[string]string, len(list)+1)
	for i, d := range list {
		var f rulesFile
		if err := json.Unmarshal(d.Body, &f); err != nil {
			return nil, fmt.Errorf("read version %d of %s: %w", d.Version, d.ID, err)
		}
		out[i] = RulesVersion{ID: d.ID, Version: d.Version, At: d.At, Author: d.Author, Gone: d.Deleted, Text: f.Text}
		if !d.Deleted {
			files[i] = meanings(f.Text)
		}
	}
	for i := range out {
		out[i].compare(files[i], files[i+1])
	}
	return out, nil
}

// meanings are what makes each rule of a file what it is, by id.
func meanings(text string) map[string]string {
	f, err := rule.ParseFile([]byte(text))
	if err != nil {
		return nil // of a version that this program no longer reads, only the text is shown
	}
	out := map[string]string{}
	for _, r := range f.Rules {
		out[r.ID] = fmt.Sprint(r.Name, "\x00", r.Level, "\x00", r.Notify, "\x00", r.Expr())
	}
	return out
}

func (v *RulesVersion) compare(now, before map[string]string) {
	for _, id := range slices.Sorted(maps.Keys(now)) {
		switch old, had := before[id]; {
		case !had:
			v.Added = append(v.Added, id)
		case old != now[id]:
			v.Changed = append(v.Changed, id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(before)) {
		if _, has := now[id]; !has {
			v.Removed = append(v.Removed, id)
		}
	}
}

// VersionText is the text of one version; huiying.NotFound when there is none.
func VersionText(list []RulesVersion, id string, version int) (string, error) {
	for _, v := range list {
		if v.Version == version && (id == "" || v.ID == id) {
			return v.Text, nil
		}
	}
	return "", huiying.Errorf(huiying.NotFound, "app.no_rules_version", version)
}
