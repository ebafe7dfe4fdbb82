// Package rulebook is the desk of the rules that are made on pages: a draft
// that officers change and try on past posts, and that an administrator puts in
// force with a note; every version is kept with who made it, and can be gone
// back to. Rules of files are shown and tried beside it. It refuses a draft
// with a mistake, one that somebody else changed meanwhile, and to touch what a
// file defines.
package rulebook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/analyzer"
	"huiying/analyzer/rule"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/definitions"
)

// Kinds of definitions: what analyzers read, and the draft.
const (
	KindRules = "rules"
	KindDraft = "rules-draft"
	// PageID is the one document of rules made on pages. It sorts behind the
	// files, whose order it does not disturb.
	PageID = "page"
)

// Added marks a rule of the draft that is not in force yet.
const Added = "added"

// File is a rules file as it travels: its name, for sentences, and its text;
// of rules made on pages also what they were written as.
type File struct {
	File  string          `json:"file"`
	Text  string          `json:"text"`
	Rules []query.NewRule `json:"rules,omitempty"`
	Note  string          `json:"note,omitempty"`
}

// draft is the body of the draft.
type draft struct {
	Rules []query.NewRule `json:"rules"`
}

// Desk is the desk. All fields but Advise are required.
type Desk struct {
	Shelf  *definitions.Definitions
	Store  *store.Store
	Share  func(ctx context.Context) error // hands what is in force to the analyzers
	Judge  func() (*analyzer.Analyzer, error)
	Trials *Trials
	Advise func(*rule.File) []query.RuleAdviceLine // nil = nobody advises
	Now    func() time.Time

	counts store.Lately[struct{}, map[string]int] // posts by rule
}

// Run counts hits beside the pages until ctx ends.
func (d *Desk) Run(ctx context.Context) error { return d.counts.Run(ctx) }

// Book is everything the page shows.
func (d *Desk) Book(ctx context.Context) (out query.RuleBook, err error) {
	files, published, err := d.inForce(ctx)
	if err != nil {
		return out, err
	}
	draft, version, err := d.draft(ctx, published.Rules)
	if err != nil {
		return out, err
	}
	for _, f := range files {
		parsed, err := rule.ParseFile([]byte(f.Text))
		if err != nil {
			continue // the service says so elsewhere; the last good ones are in force
		}
		for _, r := range parsed.Rules {
			out.Rules = append(out.Rules, query.RuleRow{File: filepath.Base(f.File), NewRule: query.NewRule{
				ID: r.ID, Name: r.Name, When: r.When, Exclude: r.Exclude, Level: r.Level, Notify: r.Notify,
			}})
		}
	}
	out.Rules = append(out.Rules, compare(published.Rules, draft)...)
	out.Differs = slices.ContainsFunc(out.Rules, func(r query.RuleRow) bool { return r.Change != "" })
	out.Draft, out.DraftBy, out.DraftAt = version.Version, version.Author, version.At
	if out.Versions, err = d.versions(ctx); err != nil {
		return out, err
	}
	return out, d.hits(ctx, out.Rules)
}

// inForce reads what analyzers run with: the files, and the rules of pages.
func (d *Desk) inForce(ctx context.Context) (files []File, page File, err error) {
	list, err := d.Shelf.Current(ctx, KindRules)
	if err != nil {
		return nil, page, err
	}
	for _, def := range list {
		var f File
		if err := json.Unmarshal(def.Body, &f); err != nil {
			return nil, page, fmt.Errorf("read rules %s: %w", def.ID, err)
		}
		if def.ID == PageID {
			page = f
			continue
		}
		files = append(files, f)
	}
	return files, page, nil
}

// InForce are the rules that analyzers run with.
func (d *Desk) InForce(ctx context.Context) (*rule.File, error) {
	files, page, err := d.inForce(ctx)
	if err != nil {
		return nil, err
	}
	return join(files, page.Rules)
}

// draft reads the draft; without one it is what is in force.
func (d *Desk) draft(ctx context.Context, published []query.NewRule) ([]query.NewRule, definitions.Definition, error) {
	def, err := d.Shelf.Get(ctx, KindDraft, PageID)
	if huiying.ErrorCode(err) == huiying.NotFound {
		return published, def, nil
	}
	if err != nil {
		return nil, def, err
	}
	var body draft
	if err := json.Unmarshal(def.Body, &body); err != nil {
		return nil, def, fmt.Errorf("read draft of rules: %w", err)
	}
	return body.Rules, def, nil
}

// compare are the rules of the draft with what is new, changed and removed.
func compare(published, draft []query.NewRule) []query.RuleRow {
	var out []query.RuleRow
	for _, r := range draft {
		row := query.RuleRow{NewRule: r}
		i := indexOf(published, r.ID)
		switch {
		case i < 0:
			row.Change = Added
		case !same(published[i], r):
			row.Change = "changed"
		}
		out = append(out, row)
	}
	for _, r := range published {
		if indexOf(draft, r.ID) < 0 {
			out = append(out, query.RuleRow{NewRule: r, Change: "removed"})
		}
	}
	return out
}

func indexOf(list []query.NewRule, id string) int {
	return slices.IndexFunc(list, func(r query.NewRule) bool { return r.ID == id })
}

func same(a, b query.NewRule) bool {
	return a.Name == b.Name && a.When == b.When && a.Level == b.Level && a.Off == b.Off &&
		slices.Equal(a.Exclude, b.Exclude) && slices.Equal(a.Notify, b.Notify)
}

// Change changes the draft by one rule and gives its new version.
func (d *Desk) Change(ctx context.Context, c query.RuleChange) (version int, err error) {
	files, page, err := d.inForce(ctx)
	if err != nil {
		return 0, err
	}
	rules, def, err := d.draft(ctx, page.Rules)
	if err != nil {
		return 0, err
	}
	if c.Seen != def.Version {
		return 0, huiying.Errorf(huiying.Conflict, "rules.draft_changed", def.Author)
	}
	rules = slices.Clone(rules)
	i := indexOf(rules, c.Was)
	switch {
	case c.Was != "" && i < 0:
		return 0, huiying.Errorf(huiying.NotFound, "rule.none", c.Was)
	case c.Remove:
		rules = slices.Delete(rules, i, i+1)
	case c.Was != "":
		rules[i] = clean(c.Rule)
	default:
		rules = append(rules, clean(c.Rule))
	}
	if !c.Remove {
		if err := wellWritten(c.Rule); err != nil {
			return 0, err
		}
	}
	if _, err := join(files, rules); err != nil {
		return 0, err
	}
	return d.putDraft(ctx, rules, c.Actor)
}

func (d *Desk) putDraft(ctx context.Context, rules []query.NewRule, who huiying.Actor) (int, error) {
	body, err := json.Marshal(draft{Rules: rules})
	if err != nil {
		return 0, fmt.Errorf("write draft of rules: %w", err)
	}
	def, _, err := d.Shelf.Put(ctx, definitions.Definition{Kind: KindDraft, ID: PageID, Author: who.ID, Body: body})
	return def.Version, err
}

func clean(r query.NewRule) query.NewRule {
	r.ID, r.Name, r.When = strings.TrimSpace(r.ID), strings.TrimSpace(r.Name), strings.TrimSpace(r.When)
	r.Exclude = slices.DeleteFunc(slices.Clone(r.Exclude), func(s string) bool { return strings.TrimSpace(s) == "" })
	r.Notify = slices.DeleteFunc(slices.Clone(r.Notify), func(s string) bool { return strings.TrimSpace(s) == "" })
	return r
}

// wellWritten tells the mistakes of an expression by the character, as the
// writer sees it, not by the line of a file there is not.
func wellWritten(r query.NewRule) error {
	var problems []error
	if slices.Contains([]string{"new", "publication", "trial"}, strings.TrimSpace(r.ID)) { // addresses of pages
		problems = append(problems, huiying.Errorf(huiying.Invalid, "rule.reserved_id", r.ID))
	}
	for n, when := range append([]string{r.When}, clean(r).Exclude...) {
		_, found := rule.ParseWhen(strings.TrimSpace(when), nil)
		for _, p := range found {
			key := "rules.mistake"
			if n > 0 {
				key = "rules.mistake_exclude"
			}
			problems = append(problems, huiying.Errorf(huiying.Invalid, key, p.Pos+1, huiying.Errorf(huiying.Invalid, p.Key, p.Args...)))
		}
	}
	return errors.Join(problems...)
}

// Publish puts the draft in force, or goes back to an earlier version, which
// becomes the draft as well.
func (d *Desk) Publish(ctx context.Context, p query.RulePublication) error {
	if strings.TrimSpace(p.Note) == "" {
		return huiying.Errorf(huiying.Invalid, "rules.note")
	}
	files, page, err := d.inForce(ctx)
	if err != nil {
		return err
	}
	rules, def, err := d.draft(ctx, page.Rules)
	if err != nil {
		return err
	}
	if p.Seen != def.Version {
		return huiying.Errorf(huiying.Conflict, "rules.draft_changed", def.Author)
	}
	if p.Back > 0 {
		if rules, err = d.version(ctx, p.Back); err != nil {
			return err
		}
		if _, err := d.putDraft(ctx, rules, p.Actor); err != nil {
			return err
		}
	}
	if _, err := join(files, rules); err != nil {
		return err
	}
	body, err := json.Marshal(File{File: "page", Text: string(text(rules)), Rules: rules, Note: strings.TrimSpace(p.Note)})
	if err != nil {
		return fmt.Errorf("write rules: %w", err)
	}
	if _, _, err := d.Shelf.Put(ctx, definitions.Definition{Kind: KindRules, ID: PageID, Author: p.Actor.ID, Body: body}); err != nil {
		return err
	}
	return d.Share(ctx)
}

// version are the rules of an earlier version.
func (d *Desk) version(ctx context.Context, n int) ([]query.NewRule, error) {
	list, err := d.Shelf.History(ctx, KindRules, PageID)
	if err != nil {
		return nil, err
	}
	for _, def := range list {
		if def.Version == n {
			var f File
			err := json.Unmarshal(def.Body, &f)
			return f.Rules, err //nolint:wrapcheck // our own bytes
		}
	}
	return nil, huiying.Errorf(huiying.NotFound, "app.no_rules_version", n)
}

// versions are the published versions, the newest first, each compared with the
// one before.
func (d *Desk) versions(ctx context.Context) ([]query.RulesVersion, error) {
	list, err := d.Shelf.History(ctx, KindRules, PageID)
	if err != nil {
		return nil, err
	}
	files := make([]File, len(list)+1)
	for i, def := range list {
		if err := json.Unmarshal(def.Body, &files[i]); err != nil {
			return nil, fmt.Errorf("read version %d of the rules: %w", def.Version, err)
		}
	}
	out := make([]query.RulesVersion, len(list))
	for i, def := range list {
		v := query.RulesVersion{Version: def.Version, At: def.At, By: def.Author, Note: files[i].Note}
		for _, row := range compare(files[i+1].Rules, files[i].Rules) {
			switch row.Change {
			case Added:
				v.Added = append(v.Added, row.ID)
			case "changed":
				v.Changed = append(v.Changed, row.ID)
			case "removed":
				v.Removed = append(v.Removed, row.ID)
			}
		}
		v.Rules = len(files[i].Rules)
		out[i] = v
	}
	return out, nil
}
