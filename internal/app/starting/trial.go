package starting

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"huiying"
	"huiying/internal/query"
	"huiying/notifier/message"
)

// TrySource reads a source once, as it would be read, a few pages of it at most,
// and stores nothing; huiying.Conflict while another trial is under way.
func (d *Desk) TrySource(ctx context.Context, n query.NewSource) (query.SourceTrial, error) {
	if !d.trying.TryLock() {
		return query.SourceTrial{}, huiying.Errorf(huiying.Conflict, "start.trial_busy")
	}
	defer d.trying.Unlock()
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	if n.Way != WayAuto {
		return d.try(ctx, n)
	}
	if ofWeibo(n.Address) {
		n.Way = WayWeibo
		return d.try(ctx, n)
	}
	var best query.SourceTrial
	for _, way := range guessed() {
		n.Way = way
		trial, err := d.try(ctx, n)
		if err != nil {
			return trial, err
		}
		if len(trial.Posts) > 0 || closed(trial.State) {
			return trial, nil
		}
		if best.Way == "" || telling(trial.State) > telling(best.State) {
			best = trial
		}
	}
	return best, nil
}

// telling is how much the state of a trial without posts tells: that the site is
// being mended most, then that its page was understood and has nothing, then
// that it was not understood.
func telling(s huiying.SourceState) int {
	switch s {
	case huiying.SourceMaintenance:
		return 3
	case huiying.SourceEmpty:
		return 2
	case huiying.SourceMalformed:
		return 1
	}
	return 0
}

// ofWeibo reports the number of an account, or an address on Weibo.
func ofWeibo(address string) bool {
	address = strings.TrimSpace(address)
	if _, err := strconv.ParseUint(address, 10, 64); err == nil {
		return true
	}
	u, err := url.Parse(address)
	return err == nil && (u.Hostname() == "weibo.com" || u.Hostname() == "weibo.cn" || strings.HasSuffix(u.Hostname(), ".weibo.com") || strings.HasSuffix(u.Hostname(), ".weibo.cn"))
}

// longest is how long a trial may take; it asks as slowly as every reading.
const longest = 50 * time.Second

// closed reports that the site itself does not want to be asked again.
func closed(s huiying.SourceState) bool {
	switch s {
	case huiying.SourceRobotsDisallowed, huiying.SourceLoginNeeded, huiying.SourceBlocked, huiying.SourceRateLimited, huiying.SourceForbidden, huiying.SourceUnreachable:
		return true
	}
	return false
}

func (d *Desk) try(ctx context.Context, n query.NewSource) (query.SourceTrial, error) {
	s, err := d.define(n)
	if err != nil {
		return query.SourceTrial{}, err
	}
	if s, err = shortened(s); err != nil {
		return query.SourceTrial{}, err
	}
	got := &tried{}
	c, err := d.Crawler(ctx, got)
	if err != nil {
		return query.SourceTrial{}, err
	}
	defer c.Close()
	if err := c.Apply([]huiying.Source{s}); err != nil {
		return query.SourceTrial{}, err
	}
	begun := d.Now()
	row, err := c.RunOnce(ctx, s.ID)
	if row.State == "" && err != nil {
		return query.SourceTrial{}, err
	}
	return query.SourceTrial{
		Way: n.Way, State: row.State, Reason: row.Reason, Detail: row.Detail, Posts: got.posts, Seen: got.seen, Asked: row.Answers.Asked(), Took: d.Now().Sub(begun),
	}, nil
}

// shortened is the source for a trial: one page of each list, few pages behind.
func shortened(s huiying.Source) (huiying.Source, error) {
	o := map[string]any{}
	if err := json.Unmarshal(s.Options, &o); err != nil {
		return s, fmt.Errorf("read options of %s: %w", s.ID, err)
	}
	switch s.Kind {
	case "portal":
		o["pages"], o["details"] = 1, shownPosts
	case "weibo":
		o["max_pages"] = 1
	}
	return s, options(&s, o)
}

// tried keeps the first posts of a trial as they may be shown.
type tried struct {
	posts []query.TriedPost
	seen  int
}

// What is shown of a trial.
const (
	shownPosts = 3
	beginning  = 40
)

// Accept implements crawler.Sink.
func (t *tried) Accept(_ context.Context, p huiying.Post) error {
	if t.seen++; len(t.posts) >= shownPosts {
		return nil
	}
	one := query.TriedPost{URL: p.URL, PublishedAt: p.PublishedAt, Length: utf8.RuneCountInString(p.Text)}
	begins := []rune(message.Mask(strings.Join(strings.Fields(cmp.Or(p.Title, p.Text)), " ")))
	if one.Begins = string(begins); len(begins) > beginning {
		one.Begins = string(begins[:beginning]) + "…"
	}
	for _, f := range []struct {
		name string
		has  bool
	}{{"text", p.Text != ""}, {"published_at", !p.PublishedAt.IsZero()}, {"url", p.URL != ""}} {
		if !f.has {
			one.Missing = append(one.Missing, f.name)
		}
	}
	t.posts = append(t.posts, one)
	return nil
}
