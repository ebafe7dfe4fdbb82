package replica

import (
	"context"
	"sync/atomic"
	"time"
)

// Feed is a Weibo replica of one account that a test fills itself, as fast as
// it likes, with its own list of what it has published. It is the measure of
// tests that kill the service: what is on the list and was never taken back
// must be in the archive.
type Feed struct {
	*Server
	World *World

	account Account
	now     func() time.Time
	n       atomic.Int64
}

// FeedOptions make a Feed.
type FeedOptions struct {
	Account Account // of the one timeline; UID 2000000001 when not given
	PerPage int     // posts of one page; a big page lets a crawler catch up in few requests
	Now     func() time.Time
}

// NewFeed starts the replica on 127.0.0.1 and a free port.
func NewFeed(ctx context.Context, o FeedOptions) (*Feed, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Account.UID == 0 {
		o.Account = Account{UID: 2000000001, Name: "沙坡头区热线镜像", Verified: "media"}
	}
	f := &Feed{World: NewWorld(Options{Now: o.Now, PerPage: o.PerPage}), account: o.Account, now: o.Now}
	server, err := Serve(ctx, "", Weibo(f.World))
	if err != nil {
		return nil, err
	}
	f.Server = server
	return f, nil
}

// UID is the account whose timeline it is.
func (f *Feed) UID() int64 { return f.account.UID }

// Append publishes a post and gives its id, weibo:<mid>.
func (f *Feed) Append(text string) (string, error) { return f.AppendBy(f.account, text) }

// AppendBy is Append for another account of the same site.
func (f *Feed) AppendBy(by Account, text string) (string, error) {
	f.n.Add(1)
	f.World.mu.Lock()
	defer f.World.mu.Unlock()
	err := f.World.addPost(f.now(), Post{By: by, Text: text})
	if err != nil {
		return "", err
	}
	return postID(f.World.posts[len(f.World.posts)-1]), nil
}

// Published lists the ids of every post so far, in their order.
func (f *Feed) Published() []string { return f.World.PublishedPosts() }

// Len is how many posts were published.
func (f *Feed) Len() int { return int(f.n.Load()) }
