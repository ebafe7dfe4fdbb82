package starting

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
	"huiying/internal/store/definitions"
)

// KindSource is the kind of definitions that sources are.
const KindSource = "source"

// Ways of reading an address.
const (
	WayAuto     = "auto" // the first of those below that reads anything
	WayWeibo    = "weibo"
	WayFeed     = "feed"
	WayArticles = "gov-articles"
	WayTRS      = "trs-articles"
	WayBoard    = "aspnet-board"
)

// Ways lists them, with the configuration's own site descriptions.
func (d *Desk) Ways() []string {
	return append([]string{WayAuto, WayWeibo, WayFeed, WayArticles, WayTRS, WayBoard}, d.Profiles...)
}

// every is how often a source that was registered on a page is read.
const every = 10 * time.Minute

// guessed are the ways that WayAuto tries for an address, in their order.
func guessed() []string { return []string{WayFeed, WayArticles, WayTRS} }

// define makes the definition of a source that is read one way.
func (d *Desk) define(n query.NewSource) (huiying.Source, error) {
	s := huiying.Source{
		Name: strings.TrimSpace(n.Name), Every: every, Public: true,
		Register: huiying.Register{Basis: strings.TrimSpace(n.Basis), Reference: strings.TrimSpace(n.Reference), Holder: strings.TrimSpace(n.Holder)},
	}
	if n.Expires != "" {
		day, err := time.ParseInLocation(time.DateOnly, n.Expires, d.Zone)
		if err != nil {
			return s, huiying.Errorf(huiying.Invalid, "config.want_date", n.Expires)
		}
		s.Register.Expires = day.AddDate(0, 0, 1)
	}
	var err error
	if n.Way == WayWeibo {
		err = ofAccount(&s, n.Address)
	} else {
		err = d.ofAddress(&s, n)
	}
	if err != nil {
		return s, err
	}
	s.Name = cmp.Or(s.Name, s.ID)
	return s, d.check(s)
}

// ofAccount is the timeline of a Weibo account by its number, or by the address
// of its page.
func ofAccount(s *huiying.Source, address string) error {
	uid := strings.TrimSpace(address)
	if u, err := url.Parse(uid); err == nil && u.Host != "" {
		parts := strings.Split(strings.Trim(u.Path, "/"), "/")
		uid = parts[len(parts)-1]
	}
	if n, err := strconv.ParseUint(uid, 10, 64); err != nil || n == 0 || len(uid) < 5 {
		return huiying.Errorf(huiying.Invalid, "start.no_account", strings.TrimSpace(address))
	}
	s.Kind, s.ID = "weibo", "weibo-"+uid
	return options(s, map[string]any{"accounts": []string{uid}})
}

// ofAddress is a feed, or a column of a portal.
func (d *Desk) ofAddress(s *huiying.Source, n query.NewSource) error {
	if !slices.Contains(d.Ways(), n.Way) || n.Way == WayAuto {
		return huiying.Errorf(huiying.Invalid, "start.no_way", n.Way)
	}
	own := slices.Contains(d.Profiles, n.Way)
	address := strings.TrimSpace(n.Address)
	if own && address == "" {
		s.Kind, s.ID = "portal", subject(n.Way)
		return options(s, map[string]any{"profile": n.Way})
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return huiying.Errorf(huiying.Invalid, "start.no_address", address)
	}
	s.ID = subject(u.Hostname())
	if n.Way == WayFeed {
		s.Kind, s.BaseURL = "feed", u.String()
		return options(s, map[string]any{})
	}
	s.Kind = "portal"
	return options(s, map[string]any{"profile": n.Way, "site": u.Scheme + "://" + u.Host, "lists": []string{u.String()}})
}

func options(s *huiying.Source, o map[string]any) (err error) {
	if s.Options, err = json.Marshal(o); err != nil {
		return fmt.Errorf("write options of %s: %w", s.ID, err)
	}
	return nil
}

// subject makes an id of a name: small letters, figures and hyphens.
func subject(name string) string {
	id := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return '-'
	}, name)
	id = strings.Trim(id[:min(len(id), longestID)], "-")
	return cmp.Or(id, "site")
}

// longestID leaves room for a number behind it.
const longestID = 56

func (d *Desk) check(s huiying.Source) error {
	for _, k := range d.Kinds {
		if k.Name == s.Kind && k.Check != nil {
			return k.Check(s)
		}
	}
	return nil
}

// PutSource registers a source and has crawlers read it; huiying.Conflict when
// the same place is read already.
func (d *Desk) PutSource(ctx context.Context, n query.NewSource) (id string, err error) {
	s, err := d.define(n)
	if err != nil {
		return "", err
	}
	list, err := d.Shelf.Current(ctx, KindSource)
	if err != nil {
		return "", err
	}
	if s.ID, err = free(s, list); err != nil {
		return "", err
	}
	if n.Name == "" {
		s.Name = s.ID
	}
	body, err := json.Marshal(s)
	if err != nil {
		return "", fmt.Errorf("write source %s: %w", s.ID, err)
	}
	_, _, err = d.Shelf.PutNoted(ctx, definitions.Definition{Kind: KindSource, ID: s.ID, Author: n.By.ID, Body: body}, func(definitions.Definition) access.Entry {
		return access.Entry{Actor: n.By.ID, Action: access.SourceRegistered, Object: s.ID, Detail: place(s)}
	})
	if err != nil {
		return "", err
	}
	return s.ID, d.Share(ctx)
}

// free is the id of a source, with a number where another place has it.
func free(s huiying.Source, list []definitions.Definition) (string, error) {
	taken := map[string]bool{}
	for _, def := range list {
		other, err := sourceOf(def)
		if err != nil {
			return "", err
		}
		if other.Kind == s.Kind && other.BaseURL == s.BaseURL && string(other.Options) == string(s.Options) {
			return "", huiying.Errorf(huiying.Conflict, "start.source_known", other.ID)
		}
		taken[def.ID] = true
	}
	id := s.ID
	for n := 2; taken[id]; n++ {
		id = s.ID + "-" + strconv.Itoa(n)
	}
	return id, nil
}

// Sources reads every source that is defined, in order of the ids.
func Sources(ctx context.Context, shelf *definitions.Definitions) ([]huiying.Source, error) {
	list, err := shelf.Current(ctx, KindSource)
	if err != nil {
		return nil, err
	}
	out := make([]huiying.Source, 0, len(list))
	for _, def := range list {
		s, err := sourceOf(def)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

func sourceOf(def definitions.Definition) (s huiying.Source, err error) {
	if err = json.Unmarshal(def.Body, &s); err != nil {
		return s, fmt.Errorf("read source %s: %w", def.ID, err)
	}
	return s, nil
}

// place is where a source is read, without what may be secret in an address.
func place(s huiying.Source) string {
	var o struct {
		Site     string
		Accounts []string
		Profile  string
	}
	_ = json.Unmarshal(s.Options, &o) // of our own making
	where := cmp.Or(o.Site, strings.Join(o.Accounts, " "), o.Profile)
	if u, err := url.Parse(s.BaseURL); err == nil && u.Host != "" {
		where = u.Scheme + "://" + u.Host
	}
	return s.Kind + " " + where
}

// DropSource has a source that was registered on a page read no more. What was
// read of it stays.
func (d *Desk) DropSource(ctx context.Context, id string, by huiying.Actor) error {
	def, err := d.Shelf.Get(ctx, KindSource, id)
	if err != nil {
		return err
	}
	if def.Origin != "" {
		return huiying.Errorf(huiying.Forbidden, "store.defined_in_file", id, def.Origin)
	}
	def.Deleted, def.Author = true, by.ID
	_, _, err = d.Shelf.PutNoted(ctx, def, func(definitions.Definition) access.Entry {
		return access.Entry{Actor: by.ID, Action: access.SourceRemoved, Object: id}
	})
	if err != nil {
		return err
	}
	return d.Share(ctx)
}

func (d *Desk) note(ctx context.Context, e access.Entry) error {
	return d.Store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error { return access.Note(ctx, tx, e) })
}

var _ crawler.Sink = (*tried)(nil)
