// Package browsing lets people be told over their browsers: it hands browsers
// the service's key, keeps those that subscribe, and gives them to the channel.
// It refuses a push service that lies on a network of our own: an address that
// says so at once, any other when it is asked.
package browsing

import (
	"context"
	"crypto/ecdsa"

	"huiying"
	"huiying/crawler/host"
	"huiying/internal/config"
	"huiying/internal/query"
	"huiying/internal/store/browsers"
	"huiying/notifier/channel/webpush"
)

// Kind is the kind of the channel of browsers.
const Kind = "webpush"

// Desk is where people add and remove their browsers.
type Desk struct {
	*browsers.Book
	Config config.Config
	Key    *ecdsa.PrivateKey
}

// ChannelOf is the id of the first channel of browsers, "" where there is none.
func ChannelOf(c config.Config) string {
	for _, ch := range c.Channels {
		if ch.Kind == Kind {
			return ch.ID
		}
	}
	return ""
}

// Offer is what a browser needs to subscribe.
func (d *Desk) Offer() (query.PushOffer, error) {
	id := ChannelOf(d.Config)
	if id == "" {
		return query.PushOffer{}, nil
	}
	key, err := webpush.PublicKey(d.Key)
	return query.PushOffer{Channel: id, Key: key}, err
}

// Add keeps a browser that subscribed.
func (d *Desk) Add(ctx context.Context, n query.NewBrowser) error {
	if n.Channel = ChannelOf(d.Config); n.Channel == "" {
		return huiying.Errorf(huiying.Unavailable, "account.no_webpush")
	}
	if err := (webpush.Subscription{Endpoint: n.Endpoint, Key: n.Key, Auth: n.Auth}).Valid(); err != nil {
		return err
	}
	if !host.MayBePublic(n.Endpoint) {
		return huiying.Errorf(huiying.Invalid, "channel.webpush.endpoint")
	}
	return d.Book.Add(ctx, n)
}

// Targets gives the channel the browsers of people.
type Targets struct{ Book *browsers.Book }

// Of implements webpush.Browsers.
func (t Targets) Of(ctx context.Context, person string) ([]webpush.Subscription, error) {
	list, err := t.Book.Targets(ctx, person)
	out := make([]webpush.Subscription, len(list))
	for i, b := range list {
		out[i] = webpush.Subscription{ID: b.ID, Endpoint: b.Endpoint, Key: b.Key, Auth: b.Auth}
	}
	return out, err
}

// Gone implements webpush.Browsers.
func (t Targets) Gone(ctx context.Context, id, code string) error { return t.Book.Gone(ctx, id, code) }
