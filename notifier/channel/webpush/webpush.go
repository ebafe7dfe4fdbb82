// Package webpush tells people over their browsers (RFC 8030, 8291, 8292): a
// text encrypted for the browser, handed to the push service that the browser
// named. It refuses an address that is not https, follows no redirect, and ends
// what the push service says is gone. That a push service takes a message does
// not mean that the browser is reached: it is never the only way to tell of
// something red.
package webpush

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"huiying"
	"huiying/notifier/channel"
)

// Subscription is a browser as it gave itself.
type Subscription struct {
	ID       string
	Endpoint string // address at the push service; whoever knows it may not send, see VAPID
	Key      string // p256dh
	Auth     string
}

// Limits of an address.
const longestEndpoint = 1500

// Valid says in a sentence what is wrong with a subscription.
func (s Subscription) Valid() error {
	u, err := url.Parse(s.Endpoint)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || len(s.Endpoint) > longestEndpoint {
		return huiying.Errorf(huiying.Invalid, "channel.webpush.endpoint")
	}
	if _, err := readKeys(s.Key, s.Auth); err != nil {
		return huiying.Errorf(huiying.Invalid, "channel.webpush.keys")
	}
	return nil
}

// Browsers knows the browsers of people.
type Browsers interface {
	// Of lists those that are reached.
	Of(ctx context.Context, person string) ([]Subscription, error)
	// Gone ends one: the push service knows it no more.
	Gone(ctx context.Context, id, code string) error
}

// Config is the one channel of browsers.
type Config struct {
	BaseURL   string // stands in for the scheme and host of every address; "" = as they are
	Subject   string // mailto: or https: whom a push service may write to
	Key       *ecdsa.PrivateKey
	Browsers  Browsers
	Transport http.RoundTripper // which addresses it lets be asked is its matter; nil = http.DefaultTransport
	Timeout   time.Duration
	Now       func() time.Time // nil = time.Now
}

// DefaultConfig is what holds where nothing is said.
func DefaultConfig() Config { return Config{Timeout: 10 * time.Second} }

// Limits: no push service states how many messages it takes. Every person is a
// reader of their own.
func Limits() channel.Limits { return channel.Limits{Apart: true} }

// Validate names every mistake as a sentence. Key and Browsers are not
// configured and not looked at.
func (c Config) Validate() error {
	var problems []error
	if c.BaseURL != "" && !channel.ValidURL(c.BaseURL) {
		problems = append(problems, huiying.Errorf(huiying.Invalid, "channel.base_url"))
	}
	if !strings.HasPrefix(c.Subject, "mailto:") && !strings.HasPrefix(c.Subject, "https://") {
		problems = append(problems, huiying.Errorf(huiying.Invalid, "channel.webpush.subject"))
	}
	if c.Timeout < 0 {
		problems = append(problems, huiying.Errorf(huiying.Invalid, "channel.timeout_positive"))
	}
	return errors.Join(problems...)
}

// Channel is a channel.Channel.
type Channel struct {
	c      Config
	client *http.Client
}

var _ channel.Channel = (*Channel)(nil)

// New makes the channel of a valid Config; zero values take the defaults.
func New(c Config) (*Channel, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if c.Key == nil || c.Browsers == nil {
		return nil, errors.New("webpush: Key and Browsers are required")
	}
	c.Timeout = cmp.Or(c.Timeout, DefaultConfig().Timeout)
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Channel{c: c, client: &http.Client{
		Timeout: c.Timeout, Transport: c.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// person is whom a message is for: the person of the delivery, or the one that
// the address of a contact names.
func person(m channel.Message) string {
	if id, ok := strings.CutPrefix(m.Address, huiying.BrowsersOf); ok {
		return id
	}
	return cmp.Or(m.Address, m.Person)
}

// Send hands the message to the push service of every browser of the person. It
// is accepted when one of them took it.
func (w *Channel) Send(ctx context.Context, m channel.Message) channel.Outcome {
	list, err := w.c.Browsers.Of(ctx, person(m))
	if err != nil {
		return channel.Unreached(err)
	}
	if len(list) == 0 {
		return channel.Outcome{Result: channel.Refused, Reason: huiying.Errorf(huiying.NotFound, "channel.webpush.none")}
	}
	plain, err := text(m)
	if err != nil {
		return unwritable(err)
	}
	outcomes := make([]channel.Outcome, len(list))
	var sending sync.WaitGroup
	for i, s := range list {
		sending.Go(func() { outcomes[i] = w.one(ctx, s, plain, m) })
	}
	sending.Wait()
	return best(outcomes)
}

// best is what became of a message that went to several: taken by one, else
// worth another try for one, else refused.
func best(list []channel.Outcome) channel.Outcome {
	out := list[0]
	rank := map[channel.Result]int{channel.Accepted: 2, channel.Retry: 1}
	for _, o := range list[1:] {
		wait := max(o.RetryAfter, out.RetryAfter)
		if rank[o.Result] > rank[out.Result] {
			out = o
		}
		if out.Result == channel.Retry {
			out.RetryAfter = wait
		}
	}
	return out
}

// lasts is how long a push service keeps a message for a browser that is off.
const lasts = 12 * time.Hour

// one sends to one browser, and ends it where it is gone.
func (w *Channel) one(ctx context.Context, s Subscription, plain []byte, m channel.Message) channel.Outcome {
	r, err := w.request(s, plain, m)
	if err != nil {
		return unwritable(err)
	}
	answer, err := channel.Post(ctx, w.client, r)
	if err != nil {
		return channel.Unreached(err)
	}
	if answer.Status != http.StatusNotFound && answer.Status != http.StatusGone {
		return channel.Judge(answer, w.c.Now())
	}
	code := strconv.Itoa(answer.Status)
	if err := w.c.Browsers.Gone(context.WithoutCancel(ctx), s.ID, code); err != nil {
		return channel.Unreached(err) // it is asked again, and says so again
	}
	return channel.Outcome{Result: channel.Refused, Code: code, Reason: huiying.Errorf(huiying.NotFound, "channel.webpush.gone")}
}

func (w *Channel) request(s Subscription, plain []byte, m channel.Message) (channel.Request, error) {
	if err := s.Valid(); err != nil {
		return channel.Request{}, err
	}
	endpoint, err := url.Parse(s.Endpoint)
	if err != nil {
		return channel.Request{}, errors.New("the address cannot be read")
	}
	to, err := readKeys(s.Key, s.Auth)
	if err != nil {
		return channel.Request{}, err
	}
	fresh, err := newOnce()
	if err != nil {
		return channel.Request{}, err
	}
	body, err := seal(plain, to, fresh)
	if err != nil {
		return channel.Request{}, err
	}
	signed, err := authorization(w.c.Key, endpoint, w.c.Subject, w.c.Now())
	if err != nil {
		return channel.Request{}, err
	}
	target, err := channel.Rebase(s.Endpoint, w.c.BaseURL)
	if err != nil {
		return channel.Request{}, errors.New("the address cannot be read")
	}
	return channel.Request{URL: target, Body: body, Header: http.Header{
		"Authorization": {signed}, "Content-Encoding": {"aes128gcm"}, "Content-Type": {"application/octet-stream"},
		"Ttl": {strconv.Itoa(int(lasts / time.Second))}, "Urgency": {urgency(m.Level)},
	}}, nil
}

func unwritable(err error) channel.Outcome {
	return channel.Outcome{Result: channel.Refused, Reason: huiying.Errorf(huiying.Internal, "channel.unwritable", err)}
}

// urgency tells a telephone whether to wake up for it (RFC 8030, 5.3).
func urgency(l huiying.Level) string {
	switch l {
	case huiying.LevelRed, huiying.LevelOrange:
		return "high"
	case huiying.LevelYellow:
		return "normal"
	}
	return "low"
}

// shown is what the service worker shows.
type shown struct {
	Title string `json:"title"`
	Body  string `json:"body"`
	Link  string `json:"link,omitempty"`
	Tag   string `json:"tag"` // the same for every attempt: a repeat takes the place of the first
	Level string `json:"level"`
	Lang  string `json:"lang"`
}

// text is the message as the service worker takes it, cut to what fits.
func text(m channel.Message) ([]byte, error) {
	for room := 1500; ; room /= 2 {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		err := e.Encode(shown{
			Title: channel.Fit(m.Title, "", 240), Body: channel.Fit(strings.Join(m.Lines, "\n"), "", room),
			Link: m.Link, Tag: m.DeliveryID, Level: string(m.Level), Lang: m.Lang,
		})
		if err != nil {
			return nil, fmt.Errorf("write the text: %w", err)
		}
		if b.Len() <= maxPlain || room < 100 {
			return b.Bytes(), nil
		}
	}
}
