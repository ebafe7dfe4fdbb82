// Package wecom speaks to 企业微信: to a group's robot, and to its members by a
// message of an application of one's own. It cuts messages to their limits and
// refuses to take HTTP 200 for an answer: the code in the body decides.
package wecom

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"huiying"
	"huiying/notifier/channel"
)

// maxContent is the robot's limit on one text or markdown, in bytes of UTF-8.
const maxContent = 2048

// Formats of a message.
const (
	FormatMarkdown = "markdown"
	FormatText     = "text" // the only one in which the robot mentions people
)

// Config is one robot.
type Config struct {
	URL     string   // whole, with its key: https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…
	BaseURL string   // stands in for URL's scheme and host; "" = URL as it is
	Format  string   // "" = markdown, or text where people are to be mentioned
	Mention []string // user ids of 企业微信 named in every text message; "@all" = everybody
	Timeout time.Duration
	Now     func() time.Time // nil = time.Now
}

// DefaultConfig sends markdown.
func DefaultConfig() Config { return Config{Format: FormatMarkdown, Timeout: 10 * time.Second} }

// Limits of one robot, as its provider states them.
func Limits() channel.Limits {
	return channel.Limits{
		Rates:  []channel.Rate{{Messages: 20, Window: time.Minute}},
		Stated: "https://developer.work.weixin.qq.com/document/path/91770",
	}
}

// Validate names every mistake as a sentence.
func (c Config) Validate() error {
	var problems []error
	if !channel.ValidURL(c.URL) {
		problems = append(problems, huiying.Errorf(huiying.Invalid, "channel.wecom.url"))
	}
	if c.BaseURL != "" && !channel.ValidURL(c.BaseURL) {
		problems = append(problems, huiying.Errorf(huiying.Invalid, "channel.base_url"))
	}
	if c.Format != FormatMarkdown && c.Format != FormatText {
		problems = append(problems, huiying.Errorf(huiying.Invalid, "channel.wecom.format", c.Format))
	}
	if len(c.Mention) > 0 && c.Format != FormatText {
		problems = append(problems, huiying.Errorf(huiying.Invalid, "channel.wecom.mention"))
	}
	if c.Timeout <= 0 {
		problems = append(problems, huiying.Errorf(huiying.Invalid, "channel.timeout_positive"))
	}
	return errors.Join(problems...)
}

// Robot is a channel.Channel.
type Robot struct {
	config Config
	url    string
	client *http.Client
}

var _ channel.Channel = (*Robot)(nil)

// New makes the channel of a valid Config; zero values take the defaults.
func New(c Config) (*Robot, error) {
	d := DefaultConfig()
	if len(c.Mention) > 0 {
		d.Format = FormatText
	}
	c.Format, c.Timeout = cmp.Or(c.Format, d.Format), cmp.Or(c.Timeout, d.Timeout)
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	target, err := channel.Rebase(c.URL, c.BaseURL)
	if err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "channel.wecom.url")
	}
	return &Robot{config: c, url: target, client: channel.Client(c.Timeout)}, nil
}

// Send posts the message once.
func (r *Robot) Send(ctx context.Context, m channel.Message) channel.Outcome {
	answer, outcome := channel.Tell(ctx, r.client, channel.Request{URL: r.url}, r.body(m), r.config.Now)
	if outcome.Result != channel.Accepted {
		return outcome
	}
	return codes().Judge(answer)
}

type content struct {
	Content   string   `json:"content"`
	Mentioned []string `json:"mentioned_list,omitempty"`
}

type message struct {
	Type     string   `json:"msgtype"`
	Text     *content `json:"text,omitempty"`
	Markdown *content `json:"markdown,omitempty"`
}

func (r *Robot) body(m channel.Message) message {
	if r.config.Format == FormatText {
		return message{Type: FormatText, Text: &content{Content: channel.Fit(m.Plain(), m.Tail(), maxContent), Mentioned: r.mentioned(m)}}
	}
	tail := ""
	if m.Link != "" {
		tail = "\n[" + channel.Escape(m.LinkText) + "](" + m.Link + ")"
	}
	lines := "> " + strings.Join(channel.EscapeAll(m.Lines), "\n> ")
	head := `<font color="` + color(m.Level) + `">**` + channel.Escape(m.Title) + "**</font>\n" + lines
	return message{Type: FormatMarkdown, Markdown: &content{Content: channel.Fit(head, tail, maxContent)}}
}

// mentioned is the configured people and those the message is for, whose
// address on this channel is the 企业微信 user id.
func (r *Robot) mentioned(m channel.Message) []string {
	return append(append([]string{}, r.config.Mention...), m.Addressed()...)
}

// color is one of the robot's three: warning (orange-red), info (green),
// comment (grey).
func color(l huiying.Level) string {
	switch {
	case l.OpensCase():
		return "warning"
	case l.Alerts():
		return "info"
	}
	return "comment"
}

// codes are those of the whole platform that a wait may cure: busy (-1), too
// many calls (45009 in a minute, 45033 at once).
func codes() channel.Codes {
	return channel.Codes{
		Provider: "channel.kind.wecom", Field: "errcode", Said: "errmsg",
		Later: map[int]time.Duration{-1: time.Minute, 45009: time.Minute, 45033: time.Minute},
	}
}
