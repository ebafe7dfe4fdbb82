// Package publishing is the desk where approved replies go out through the
// official interfaces of platforms: it finds words and posts within the scope
// of who asks, and makes the interfaces from the configuration.
package publishing

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"huiying"
	"huiying/internal/config"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/postings"
	"huiying/internal/store/views"
	"huiying/notifier/posting"
	"huiying/notifier/posting/weibo"
)

// Sites makes the interfaces of a configuration by platform; the error joins
// every mistake.
func Sites(list []config.Posting) (map[string]posting.Site, error) {
	out := map[string]posting.Site{}
	var problems []error
	for i, p := range list {
		site, err := weibo.New(weibo.Config{
			URL: p.URL, Token: string(p.Token), Commercial: p.Commercial, IP: p.IP, Timeout: time.Duration(p.Timeout),
		})
		if err != nil {
			problems = append(problems, huiying.Errorf(huiying.Invalid, "posting.config", fmt.Sprintf("posting[%d]", i), err))
			continue
		}
		out[huiying.PlatformWeibo] = site
	}
	return out, errors.Join(problems...)
}

// Desk publishes for people.
type Desk struct {
	Store   *store.Store
	Views   *views.Views
	Posting *posting.Desk
	Now     func() time.Time
}

// Publishing is what was tried for a case, and what can be.
func (d Desk) Publishing(ctx context.Context, page query.CasePage) (out query.Publishing, err error) {
	list, err := postings.Of(ctx, d.Store.Reader(), page.Case.No)
	if err != nil {
		return out, err
	}
	for _, p := range list {
		out.Postings = append(out.Postings, p.Now(d.Now()))
	}
	if page.Texts[page.Case.Approved.Digest] == "" {
		return out, nil
	}
	for _, row := range page.Posts {
		p := row.Judgement.Post
		tried := slices.ContainsFunc(list, func(o huiying.Posting) bool {
			return o.Post == p.ID && o.Digest == page.Case.Approved.Digest && o.State != huiying.PostingRefused
		})
		if !tried && !p.Deleted && !p.Withdrawn && d.Posting.Offers(p.Platform) {
			out.Posts = append(out.Posts, p)
		}
	}
	return out, nil
}

// Publish publishes the approved words under a post of the case.
func (d Desk) Publish(ctx context.Context, n query.NewPosting) (huiying.Case, error) {
	page, err := d.Views.Case(ctx, n.Scope, n.CaseNo)
	if err != nil {
		return huiying.Case{}, err
	}
	post, err := d.post(page, n.Post)
	if err != nil {
		return huiying.Case{}, err
	}
	c := page.Case
	if n.Version != 0 && n.Version != c.Version {
		c.Version = n.Version // the machine says whether it matters
	}
	return d.Posting.Publish(ctx, posting.Order{
		Case: c, Actor: n.Actor, Post: post,
		Words: posting.Words{Text: page.Texts[c.Approved.Digest], Post: post.ID, Root: root(post), FromIP: n.From.Address},
	})
}

// post is the one that is named, or the first that can be answered.
func (d Desk) post(page query.CasePage, id string) (huiying.Post, error) {
	for _, row := range page.Posts {
		p := row.Judgement.Post
		if p.ID == id || id == "" && d.Posting.Offers(p.Platform) {
			return p, nil
		}
	}
	return huiying.Post{}, huiying.Errorf(huiying.NotFound, "posting.no_post", page.Case.No)
}

// root is the post under which another stands: a comment its post, everything
// else itself.
func root(p huiying.Post) string {
	if p.Kind == huiying.KindComment || p.Kind == huiying.KindReply {
		return cmp.Or(p.RootID, p.ParentID, p.ID)
	}
	return p.ID
}

// Settle records what a person saw of an unclear attempt.
func (d Desk) Settle(ctx context.Context, v query.PostingVerdict) (huiying.Case, error) {
	page, err := d.Views.Case(ctx, v.Scope, v.CaseNo)
	if err != nil {
		return huiying.Case{}, err
	}
	return d.Posting.Settle(ctx, posting.Verdict{ID: v.ID, Case: page.Case, Actor: v.Actor, Out: v.Out})
}
