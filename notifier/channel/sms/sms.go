// Package sms sends short messages through any HTTP provider that the
// configuration describes: where, with which headers and body, signed how, and
// by what an answer is known to be an acceptance. It cuts messages to whole
// segments and refuses a description with a placeholder it does not know.
package sms

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"huiying"
	"huiying/notifier/channel"
)

// Config describes one provider. URL, Headers, Body and SignOver are templates
// with the placeholders of Placeholders.
type Config struct {
	Method   string // "" = POST
	URL      string
	BaseURL  string // stands in for URL's scheme and host; "" = URL as it is
	Headers  map[string]string
	Body     string
	Encode   string // of the whole body: "" or base64
	Secret   string // {secret}
	Sign     string // of {sign}: "" = none, md5, sha1, sha256, hmac-sha1, hmac-sha256 (key = Secret)
	SignOver string
	// An acceptance is a status of 2xx with what the verdict asks for.
	Verdict   channel.Verdict
	Signature string // which the provider puts before the text; it counts
	Segments  int    // at most so many; 0 = 3
	Timeout   time.Duration
	Now       func() time.Time // nil = time.Now
}

// DefaultConfig is three segments by POST.
func DefaultConfig() Config {
	return Config{Method: http.MethodPost, Segments: 3, Timeout: 10 * time.Second}
}

// Limits to one telephone: providers state 50 of one template a day, and take
// what comes faster for a mistake.
func Limits() channel.Limits {
	return channel.Limits{
		PerAddress: true, Rates: []channel.Rate{{Messages: 2, Window: time.Minute}, {Messages: 50, Window: 24 * time.Hour}},
		Stated: "https://help.aliyun.com/zh/sms/",
	}
}

// Placeholders is the closed set of a description's placeholders.
func Placeholders() []string {
	return []string{"phone", "text", "title", "level", "case", "link", "delivery", "secret", "timestamp", "timestamp_ms", "time", "nonce", "signature", "sign"}
}

// Validate names every mistake as a sentence.
func (c Config) Validate() error {
	var problems []error
	bad := func(key string, args ...any) {
		problems = append(problems, huiying.Errorf(huiying.Invalid, key, args...))
	}
	if !channel.ValidURL(plain(c.URL)) {
		bad("channel.sms.url")
	}
	if c.BaseURL != "" && !channel.ValidURL(c.BaseURL) {
		bad("channel.base_url")
	}
	if !slices.Contains([]string{http.MethodGet, http.MethodPost, http.MethodPut}, c.Method) {
		bad("channel.sms.method", c.Method)
	}
	if !strings.Contains(c.URL+c.Body, "{phone}") || !strings.Contains(c.URL+c.Body, "{text}") {
		bad("channel.sms.body")
	}
	if _, known := hashes()[c.Sign]; !known {
		bad("channel.sms.sign", c.Sign)
	}
	if c.Encode != "" && c.Encode != "base64" {
		bad("channel.sms.encode", c.Encode)
	}
	if err := c.Verdict.Validate(); err != nil {
		problems = append(problems, err)
	}
	if c.Segments < 1 || c.Segments > 10 {
		bad("channel.sms.segments", c.Segments)
	}
	if c.Timeout <= 0 {
		bad("channel.timeout_positive")
	}
	for _, name := range unknown(c) {
		bad("channel.placeholder", name, strings.Join(Placeholders(), " "))
	}
	return errors.Join(problems...)
}

// unknown lists the placeholders nobody fills.
func unknown(c Config) []string {
	var out []string
	texts := []string{c.URL, c.Body, c.SignOver}
	for _, v := range c.Headers {
		texts = append(texts, v)
	}
	for _, text := range texts {
		for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
			if !slices.Contains(Placeholders(), m[1]) && !slices.Contains(out, m[1]) {
				out = append(out, m[1])
			}
		}
	}
	slices.Sort(out)
	return out
}

// Provider is a channel.Channel.
type Provider struct {
	config Config
	client *http.Client
}

var _ channel.Channel = (*Provider)(nil)

// New makes the channel of a valid Config; zero values take the defaults.
func New(c Config) (*Provider, error) {
	d := DefaultConfig()
	c.Method, c.Segments, c.Timeout = cmp.Or(strings.ToUpper(c.Method), d.Method), cmp.Or(c.Segments, d.Segments), cmp.Or(c.Timeout, d.Timeout)
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Provider{config: c, client: channel.Client(c.Timeout)}, nil
}

// Send asks the provider once.
func (p *Provider) Send(ctx context.Context, m channel.Message) channel.Outcome {
	if len(m.Addressed()) != 1 {
		return channel.Outcome{Result: channel.Refused, Reason: huiying.Errorf(huiying.Invalid, "channel.no_address")}
	}
	request, err := p.request(m)
	if err != nil {
		return channel.Outcome{Result: channel.Refused, Reason: huiying.Errorf(huiying.Internal, "channel.unwritable", err)}
	}
	answer, err := channel.Post(ctx, p.client, request)
	if err != nil {
		return channel.Unreached(err)
	}
	outcome := channel.Judge(answer, p.config.Now())
	if outcome.Result != channel.Accepted {
		return outcome
	}
	return p.config.Verdict.Judge("channel.kind.sms", answer)
}

func (p *Provider) request(m channel.Message) (channel.Request, error) {
	values := p.values(m)
	c := p.config
	target, err := channel.Rebase(fill(c.URL, values, escapeQuery), c.BaseURL)
	if err != nil {
		return channel.Request{}, err
	}
	r := channel.Request{Method: c.Method, URL: target, Header: http.Header{}}
	for name, value := range c.Headers {
		r.Header.Set(name, fill(value, values, escapeHeader))
	}
	escape := escapeJSON
	if strings.Contains(r.Header.Get("Content-Type"), "form-urlencoded") {
		escape = escapeQuery
	}
	body := fill(c.Body, values, escape)
	if c.Encode == "base64" {
		body = base64.StdEncoding.EncodeToString([]byte(body))
	}
	if c.Method != http.MethodGet {
		r.Body = []byte(body)
	}
	return r, nil
}

// values are what the placeholders stand for.
func (p *Provider) values(m channel.Message) map[string]string {
	now := p.config.Now()
	values := map[string]string{
		"phone": m.Addressed()[0], "text": Cut(m, p.config.Signature, p.config.Segments), "title": m.Title, "level": string(m.Level), "case": m.CaseNo,
		"link": m.Link, "delivery": m.DeliveryID, "secret": p.config.Secret, "timestamp": strconv.FormatInt(now.Unix(), 10),
		"timestamp_ms": strconv.FormatInt(now.UnixMilli(), 10), "time": now.In(m.At.Location()).Format("20060102150405"),
		"nonce": m.DeliveryID + "-" + strconv.FormatInt(now.UnixMicro(), 36), "signature": p.config.Signature,
	}
	values["sign"] = sign(p.config, fill(p.config.SignOver, values, escapeNot))
	return values
}
