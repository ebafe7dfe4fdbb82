// Package dingtalk speaks to a group robot of 钉钉. It signs every request at
// the time it is given, and refuses to take HTTP 200 for an answer: the code in
// the body decides.
package dingtalk

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"huiying"
	"huiying/notifier/channel"
)

// maxContent keeps a request within the robot's 20,000 bytes.
const maxContent = 16 << 10

// Formats of a message.
const (
	FormatMarkdown = "markdown"
	FormatText     = "text"
)

// Config is one robot.
type Config struct {
	URL     string // whole, with its token: https://oapi.dingtalk.com/robot/send?access_token=…
	BaseURL string // stands in for URL's scheme and host; "" = URL as it is
	Secret  string // SEC…, where the robot is set to 加签; "" = unsigned
	Keyword string // which the robot demands in every message; "" = none
	Format  string // "" = markdown
	Mention []string
	Timeout time.Duration
	Now     func() time.Time // nil = time.Now
}

// DefaultConfig sends markdown.
func DefaultConfig() Config { return Config{Format: FormatMarkdown, Timeout: 10 * time.Second} }

// Limits of one robot: beyond 20 a minute it is muted for ten.
func Limits() channel.Limits {
	return channel.Limits{
		Rates:  []channel.Rate{{Messages: 20, Window: time.Minute}},
		Stated: "https://open.dingtalk.com/document/robots/custom-robot-access",
	}
}

// Validate names every mistake as a sentence.
func (c Config) Validate() error {
	var problems []error
	if !channel.ValidURL(c.URL) {
		problems = append(problems, huiying.Errorf(huiying.Invalid, "channel.dingtalk.url"))
	}
	if c.BaseURL != "" && !channel.ValidURL(c.BaseURL) {
		problems = append(problems, huiying.Errorf(huiying.Invalid, "channel.base_url"))
	}
	if c.Format != FormatMarkdown && c.Format != FormatText {
		problems = append(problems, huiying.Errorf(huiying.Invalid, "channel.format", c.Format, "markdown, text"))
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
	c.Format, c.Timeout = cmp.Or(c.Format, d.Format), cmp.Or(c.Timeout, d.Timeout)
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	target, err := channel.Rebase(c.URL, c.BaseURL)
	if err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "channel.dingtalk.url")
	}
	return &Robot{config: c, url: target, client: channel.Client(c.Timeout)}, nil
}

// Send posts the message once.
func (r *Robot) Send(ctx context.Context, m channel.Message) channel.Outcome {
	target := r.url
	if r.config.Secret != "" {
		stamp := strconv.FormatInt(r.config.Now().UnixMilli(), 10)
		join := "?"
		if strings.Contains(target, "?") {
			join = "&"
		}
		target += join + "timestamp=" + stamp + "&sign=" + Sign(r.config.Secret, stamp)
	}
	answer, outcome := channel.Tell(ctx, r.client, channel.Request{URL: target}, r.body(m), r.config.Now)
	if outcome.Result != channel.Accepted {
		return outcome
	}
	return codes().Judge(answer)
}

// Sign is the signature of a millisecond timestamp, escaped for a query.
func Sign(secret, timestamp string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestamp + "\n" + secret))
	return url.QueryEscape(base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}

// codes that a wait may cure: busy (-1), too many in a minute (130101, 410100),
// after which the robot is muted, and the daily measure (90030).
func codes() channel.Codes {
	const muted = 10 * time.Minute
	return channel.Codes{
		Provider: "channel.kind.dingtalk", Field: "errcode", Said: "errmsg",
		Later: map[int]time.Duration{-1: time.Minute, 130101: muted, 410100: muted, 90030: muted},
	}
}

type markdown struct {
	Title string `json:"title"`
	Text  string `json:"text"`
}

type text struct {
	Content string `json:"content"`
}

type at struct {
	Mobiles []string `json:"atMobiles,omitempty"`
	Users   []string `json:"atUserIds,omitempty"`
	All     bool     `json:"isAtAll,omitempty"`
}

type message struct {
	Type     string    `json:"msgtype"`
	Markdown *markdown `json:"markdown,omitempty"`
	Text     *text     `json:"text,omitempty"`
	At       *at       `json:"at,omitempty"`
}

func (r *Robot) body(m channel.Message) message {
	at, names := r.at(m)
	if r.config.Format == FormatText {
		return message{Type: FormatText, At: at, Text: &text{Content: channel.Fit(r.keyed(m.Plain()), m.Tail()+names, maxContent)}}
	}
	tail := ""
	if m.Link != "" {
		tail = "\n\n[" + channel.Escape(m.LinkText) + "](" + m.Link + ")"
	}
	head := "### " + channel.Escape(m.Title) + "\n\n- " + strings.Join(channel.EscapeAll(m.Lines), "\n- ")
	return message{Type: FormatMarkdown, At: at, Markdown: &markdown{
		Title: channel.Fit(m.Title, "", 256), Text: channel.Fit(r.keyed(head), tail+names, maxContent),
	}}
}

// keyed is the text with the robot's keyword, which goes first so that no cut
// takes it.
func (r *Robot) keyed(text string) string {
	if k := r.config.Keyword; k != "" && !strings.Contains(text, k) {
		return k + "\n\n" + text
	}
	return text
}

var mobile = regexp.MustCompile(`^1[3-9]\d{9}$`)

// at names the configured people and those the message is for. The robot marks
// a person only where the text has the @ too.
func (r *Robot) at(m channel.Message) (*at, string) {
	var out at
	var names strings.Builder
	for _, id := range append(append([]string{}, r.config.Mention...), m.Addressed()...) {
		switch {
		case id == "@all":
			out.All = true
			continue
		case mobile.MatchString(id):
			out.Mobiles = append(out.Mobiles, id)
		default:
			out.Users = append(out.Users, id)
		}
		names.WriteString(" @" + id)
	}
	if names.Len() == 0 && !out.All {
		return nil, ""
	}
	if names.Len() == 0 {
		return &out, ""
	}
	return &out, "\n\n" + strings.TrimSpace(names.String())
}
