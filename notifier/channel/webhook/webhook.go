// Package webhook posts an alert as JSON to an address of the operator's own.
// It signs what it sends and refuses to follow redirects.
package webhook

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"huiying"
	"huiying/notifier/channel"
)

// Config is one webhook.
type Config struct {
	URL     string
	BaseURL string // stands in for URL's scheme and host; "" = URL as it is
	Secret  string // signs the body; "" = unsigned
	Timeout time.Duration
	Verdict channel.Verdict  // of a receiver that answers 200 with an error in its body
	Now     func() time.Time // nil = time.Now
}

// DefaultConfig gives an answer ten seconds.
func DefaultConfig() Config { return Config{Timeout: 10 * time.Second} }

// Validate names every mistake as a sentence.
func (c Config) Validate() error {
	var problems []error
	if !channel.ValidURL(c.URL) {
		problems = append(problems, huiying.Errorf(huiying.Invalid, "channel.webhook.url"))
	}
	if c.BaseURL != "" && !channel.ValidURL(c.BaseURL) {
		problems = append(problems, huiying.Errorf(huiying.Invalid, "channel.base_url"))
	}
	if err := c.Verdict.Validate(); err != nil {
		problems = append(problems, err)
	}
	if c.Timeout <= 0 {
		problems = append(problems, huiying.Errorf(huiying.Invalid, "channel.timeout_positive"))
	}
	return errors.Join(problems...)
}

// Headers of a request.
const (
	HeaderDelivery  = channel.HeaderDelivery
	HeaderTimestamp = channel.HeaderTimestamp
	HeaderSignature = channel.HeaderSignature
)

// Body is the JSON a receiver reads (docs/events.md). Fields are only added.
type Body struct {
	DeliveryID string        `json:"delivery_id"`
	AlertID    string        `json:"alert_id"`
	Level      huiying.Level `json:"level"`
	Title      string        `json:"title"`
	Lines      []string      `json:"lines"`
	CaseNo     string        `json:"case_no"` // "" below orange
	Person     string        `json:"person"`  // user id, "" for a shared channel
	Link       string        `json:"link"`    // "" where no public address is set
	Lang       string        `json:"lang"`
	RaisedAt   time.Time     `json:"raised_at"` // RFC 3339 in the office zone
	// Deliveries are those a digest stands for, each with the id it keeps for
	// ever; none = the message is the delivery of delivery_id itself.
	Deliveries []channel.Item `json:"deliveries,omitempty"`
}

// Webhook is a channel.Channel.
type Webhook struct {
	config Config
	url    string
	client *http.Client
}

var _ channel.Channel = (*Webhook)(nil)

// New makes the channel of a valid Config.
func New(c Config) (*Webhook, error) {
	c.Timeout = cmp.Or(c.Timeout, DefaultConfig().Timeout)
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	target, err := channel.Rebase(c.URL, c.BaseURL)
	if err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "channel.webhook.url")
	}
	return &Webhook{config: c, url: target, client: channel.Client(c.Timeout)}, nil
}

// Send posts the message once.
func (w *Webhook) Send(ctx context.Context, m channel.Message) channel.Outcome {
	body, err := json.Marshal(Body{
		DeliveryID: m.DeliveryID, AlertID: m.AlertID, Level: m.Level, Title: m.Title, Lines: m.Lines,
		CaseNo: m.CaseNo, Person: m.Person, Link: m.Link, Lang: m.Lang, RaisedAt: m.At, Deliveries: m.Digest,
	})
	if err != nil {
		return channel.Outcome{Result: channel.Refused, Reason: huiying.Errorf(huiying.Internal, "channel.unwritable", err)}
	}
	now := w.config.Now()
	header := http.Header{}
	header.Set(HeaderDelivery, m.DeliveryID)
	header.Set(HeaderTimestamp, strconv.FormatInt(now.Unix(), 10))
	if w.config.Secret != "" {
		header.Set(HeaderSignature, Signature(w.config.Secret, header.Get(HeaderTimestamp), body))
	}
	answer, err := channel.Post(ctx, w.client, channel.Request{URL: w.url, Header: header, Body: body})
	if err != nil {
		return channel.Unreached(err)
	}
	outcome := channel.Judge(answer, now)
	if outcome.Result != channel.Accepted {
		return outcome
	}
	return w.config.Verdict.Judge("channel.kind.webhook", answer)
}

// Signature is the value of HeaderSignature, for receivers that check it.
func Signature(secret, timestamp string, body []byte) string {
	return channel.Signature(secret, timestamp, body)
}
