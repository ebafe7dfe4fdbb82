// Package channels makes the ways of telling people from their definitions, and
// is the desk where they are tried, where dead letters are sent anew and where
// providers report what arrived. It refuses a definition that would send more
// than its provider allows.
package channels

import (
	"errors"
	"time"

	"huiying"
	"huiying/internal/config"
	"huiying/internal/locale"
	"huiying/notifier/channel"
	"huiying/notifier/channel/dingtalk"
	"huiying/notifier/channel/email"
	"huiying/notifier/channel/feishu"
	"huiying/notifier/channel/push"
	"huiying/notifier/channel/sms"
	"huiying/notifier/channel/webhook"
	"huiying/notifier/channel/webpush"
	"huiying/notifier/channel/wecom"
	"huiying/notifier/message"
)

// Set is every channel of a configuration by id.
type Set struct {
	Channels map[string]channel.Channel
	Limits   map[string]channel.Limits
	Styles   map[string]message.Style
	order    []config.Channel
}

// With is what channels work with beside their definitions. Browsers is what
// the channel of browsers needs; without its Key the definitions are checked
// and none of that kind is made.
type With struct {
	Now      func() time.Time
	Browsers webpush.Config
}

// Make makes the channels of a configuration; the error joins every mistake.
func Make(list []config.Channel, with With) (Set, error) {
	s := Set{Channels: map[string]channel.Channel{}, Limits: map[string]channel.Limits{}, Styles: map[string]message.Style{}, order: list}
	var problems []error
	for _, c := range list {
		made, limits, err := one(c, with)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		if made == nil {
			continue
		}
		s.Channels[c.ID], s.Styles[c.ID] = made, message.Style{Kind: c.Kind, Lang: locale.Lang(c.Lang)}
		if len(limits.Rates) > 0 {
			s.Limits[c.ID] = limits
		}
	}
	return s, errors.Join(problems...)
}

// kind is one row of the table of kinds: a new one is a folder and a row.
type kind struct {
	make   func(c config.Channel, with With) (channel.Channel, error)
	limits func(c config.Channel) channel.Limits
}

func kinds() map[string]kind {
	always := func(l channel.Limits) func(config.Channel) channel.Limits {
		return func(config.Channel) channel.Limits { return l }
	}
	return map[string]kind{
		"webhook":   {newWebhook, always(channel.Limits{})},
		"wecom":     {newWecom, always(wecom.Limits())},
		"wecom-app": {newWecomApp, always(wecom.AppLimits())},
		"dingtalk":  {newDingtalk, always(dingtalk.Limits())},
		"feishu":    {newFeishu, always(feishu.Limits())},
		"email":     {newEmail, always(channel.Limits{Apart: true})},
		"sms":       {newSMS, always(sms.Limits())},
		"webpush":   {newWebPush, always(webpush.Limits())},
		"push":      {newPush, func(c config.Channel) channel.Limits { return push.Limits(c.Format) }},
	}
}

func one(c config.Channel, with With) (channel.Channel, channel.Limits, error) {
	k, known := kinds()[c.Kind]
	if !known {
		return nil, channel.Limits{}, in(c.ID, huiying.Errorf(huiying.Invalid, "config.one_of", c.Kind, config.ChannelKinds()))
	}
	made, err := k.make(c, with)
	if err != nil {
		return nil, channel.Limits{}, in(c.ID, err)
	}
	limits := k.limits(c)
	if stated := limits.PerMinute(); stated > 0 && c.PerMinute > stated {
		return nil, limits, in(c.ID, huiying.Errorf(huiying.Invalid, "channel.per_minute", stated, c.PerMinute))
	}
	return made, limits.Lower(c.PerMinute), nil
}

// in puts the channel's id before every sentence of err.
func in(id string, err error) error {
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		return huiying.Errorf(huiying.Invalid, "channel.in", id, err)
	}
	var out []error
	for _, e := range joined.Unwrap() {
		out = append(out, in(id, e))
	}
	return errors.Join(out...)
}

func newWebhook(c config.Channel, with With) (channel.Channel, error) {
	return webhook.New(webhook.Config{
		URL: c.URL, BaseURL: c.BaseURL, Secret: string(c.Secret), Verdict: verdict(c), Timeout: time.Duration(c.Timeout), Now: with.Now,
	})
}

func verdict(c config.Channel) channel.Verdict {
	return channel.Verdict{Path: c.SuccessPath, Equals: c.SuccessIs, LaterOn: c.RetryOn}
}

func newWecom(c config.Channel, with With) (channel.Channel, error) {
	return wecom.New(wecom.Config{
		URL: c.URL, BaseURL: c.BaseURL, Format: c.Format, Mention: c.Mention, Timeout: time.Duration(c.Timeout), Now: with.Now,
	})
}

func newWecomApp(c config.Channel, with With) (channel.Channel, error) {
	base := c.BaseURL
	if base == "" {
		base = c.URL
	}
	return wecom.NewApp(wecom.AppConfig{
		URL: base, CorpID: c.CorpID, AgentID: c.AgentID, Secret: string(c.Secret), Timeout: time.Duration(c.Timeout), Now: with.Now,
	})
}

func newDingtalk(c config.Channel, with With) (channel.Channel, error) {
	return dingtalk.New(dingtalk.Config{
		URL: c.URL, BaseURL: c.BaseURL, Secret: string(c.Secret), Keyword: c.Keyword, Format: c.Format, Mention: c.Mention,
		Timeout: time.Duration(c.Timeout), Now: with.Now,
	})
}

func newFeishu(c config.Channel, with With) (channel.Channel, error) {
	return feishu.New(feishu.Config{
		URL: c.URL, BaseURL: c.BaseURL, Secret: string(c.Secret), Keyword: c.Keyword, Format: c.Format, Mention: c.Mention,
		Timeout: time.Duration(c.Timeout), Now: with.Now,
	})
}

func newEmail(c config.Channel, _ With) (channel.Channel, error) {
	return email.New(email.Config{
		Host: c.Host, Port: c.Port, TLS: c.TLS, User: c.User, Password: string(c.Secret), From: c.From, Timeout: time.Duration(c.Timeout),
		Files: int64(c.AttachMB) * 1_000_000,
	})
}

func newSMS(c config.Channel, with With) (channel.Channel, error) {
	p := c.SMS
	return sms.New(sms.Config{
		Method: p.Method, URL: c.URL, BaseURL: c.BaseURL, Headers: p.Headers, Body: p.Body, Encode: p.Encode, Secret: string(c.Secret),
		Sign: p.Sign, SignOver: p.SignOver, Verdict: verdict(c), Signature: p.Signature,
		Segments: p.Segments, Timeout: time.Duration(c.Timeout), Now: with.Now,
	})
}

func newPush(c config.Channel, with With) (channel.Channel, error) {
	return push.New(push.Config{
		URL: c.URL, BaseURL: c.BaseURL, Secret: string(c.Secret), Format: c.Format, Timeout: time.Duration(c.Timeout), Now: with.Now,
	})
}

// newWebPush makes the channel of browsers; nil where there is no key: then it
// is only looked at.
func newWebPush(c config.Channel, with With) (channel.Channel, error) {
	w := with.Browsers
	w.BaseURL, w.Timeout, w.Now = c.BaseURL, time.Duration(c.Timeout), with.Now
	if c.From != "" {
		w.Subject = "mailto:" + c.From
	}
	if w.Key == nil {
		return nil, w.Validate()
	}
	return webpush.New(w)
}
