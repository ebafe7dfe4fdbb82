// Package wecom speaks to a group robot of 企业微信. It cuts messages to the
// robot's limit and refuses to send more than the robot takes in a minute.
package wecom

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

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
	URL       string   // whole, with its key: https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…
	BaseURL   string   // stands in for URL's scheme and host; "" = URL as it is
	Format    string   // "" = markdown, or text where people are to be mentioned
	Mention   []string // user ids of 企业微信 named in every text message; "@all" = everybody
	PerMinute int      // the robot takes 20
	Timeout   time.Duration
	Now       func() time.Time // nil = time.Now
}

// DefaultConfig sends markdown, 20 a minute.
func DefaultConfig() Config {
	return Config{Format: FormatMarkdown, PerMinute: 20, Timeout: 10 * time.Second}
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
	if c.PerMinute < 1 || c.PerMinute > 20 {
		problems = append(problems, huiying.Errorf(huiying.Invalid, "channel.wecom.per_minute", c.PerMinute))
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

	mu   sync.Mutex
	sent []time.Time // the last PerMinute sendings, oldest first
}

var _ channel.Channel = (*Robot)(nil)

// New makes the channel of a valid Config; zero values take the defaults.
func New(c Config) (*Robot, error) {
	d := DefaultConfig()
	if len(c.Mention) > 0 {
		d.Format = FormatText
	}
	c.Format, c.PerMinute, c.Timeout = cmp.Or(c.Format, d.Format), cmp.Or(c.PerMinute, d.PerMinute), cmp.Or(c.Timeout, d.Timeout)
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

// Send posts the message once; when the robot's minute is full it sends
// nothing and says when there is room.
func (r *Robot) Send(ctx context.Context, m channel.Message) channel.Outcome {
	if wait := r.admit(); wait > 0 {
		return channel.Outcome{Result: channel.Retry, RetryAfter: wait, Reason: huiying.Errorf(huiying.Unavailable, "channel.wecom.full")}
	}
	body, err := json.Marshal(r.body(m))
	if err != nil {
		return channel.Outcome{Result: channel.Refused, Reason: huiying.Errorf(huiying.Internal, "channel.unwritable", err)}
	}
	answer, err := channel.Post(ctx, r.client, channel.Request{URL: r.url, Body: body})
	if err != nil {
		return channel.Unreached(err)
	}
	outcome := channel.Judge(answer, r.config.Now())
	if outcome.Result != channel.Accepted {
		return outcome
	}
	return judge(answer.Body)
}

// admit takes a place in the last minute, or says how long until one is free.
// Any 60 seconds count, so a token bucket, which lets a burst follow a burst,
// would not do.
func (r *Robot) admit() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.config.Now()
	if len(r.sent) >= r.config.PerMinute {
		if wait := r.sent[0].Add(time.Minute).Sub(now); wait > 0 {
			return wait
		}
		r.sent = r.sent[1:]
	}
	r.sent = append(r.sent, now)
	return 0
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
		tail := ""
		if m.Link != "" {
			tail = "\n" + m.LinkText + "\n" + m.Link
		}
		head := m.Title + "\n" + strings.Join(m.Lines, "\n")
		return message{Type: FormatText, Text: &content{Content: fit(head, tail), Mentioned: r.mentioned(m)}}
	}
	tail := ""
	if m.Link != "" {
		tail = "\n[" + escape(m.LinkText) + "](" + m.Link + ")"
	}
	lines := make([]string, len(m.Lines))
	for i, l := range m.Lines {
		lines[i] = "> " + escape(l)
	}
	head := `<font color="` + color(m.Level) + `">**` + escape(m.Title) + "**</font>\n" + strings.Join(lines, "\n")
	return message{Type: FormatMarkdown, Markdown: &content{Content: fit(head, tail)}}
}

// mentioned is the configured people and the one the message is for, whose
// address on this channel is the 企业微信 user id.
func (r *Robot) mentioned(m channel.Message) []string {
	list := append([]string{}, r.config.Mention...)
	if m.Address != "" {
		list = append(list, m.Address)
	}
	return list
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

// escape keeps text from being read as markdown or markup.
func escape(s string) string {
	return strings.NewReplacer("<", "＜", ">", "＞", "[", "［", "]", "］", "*", "＊", "`", "｀", "\n", " ").Replace(s)
}

// fit cuts head on a rune boundary so that head and tail stay within the
// robot's limit; the link in tail is never cut.
func fit(head, tail string) string {
	const ellipsis = "…"
	room := maxContent - len(tail)
	if len(head) <= room {
		return head + tail
	}
	end := max(room-len(ellipsis), 0)
	for end > 0 && !utf8.RuneStart(head[end]) {
		end--
	}
	return head[:end] + ellipsis + tail
}

// Error codes of the robot that a wait may cure: busy (-1), too many calls
// (45009 in a minute, 45033 at once).
func passing(code int) bool { return code == -1 || code == 45009 || code == 45033 }

// judge reads the errcode that the robot puts into an answer of status 200.
func judge(body []byte) channel.Outcome {
	var answer struct {
		Code *int `json:"errcode"`
	}
	switch err := json.Unmarshal(body, &answer); {
	case err != nil || answer.Code == nil:
		return channel.Outcome{Result: channel.Retry, Reason: huiying.Errorf(huiying.Unavailable, "channel.wecom.unreadable")}
	case *answer.Code == 0:
		return channel.Outcome{Result: channel.Accepted}
	case passing(*answer.Code):
		return channel.Outcome{Result: channel.Retry, RetryAfter: time.Minute,
			Reason: huiying.Errorf(huiying.Unavailable, "channel.wecom.busy", *answer.Code)}
	}
	return channel.Outcome{Result: channel.Refused, Reason: huiying.Errorf(huiying.Invalid, "channel.wecom.refused", *answer.Code)}
}
