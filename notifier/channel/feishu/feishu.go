// Package feishu speaks to a group robot of 飞书. It signs every request at the
// time it is given, and refuses to take HTTP 200 for an answer: the code in the
// body decides.
package feishu

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"huiying"
	"huiying/notifier/channel"
)

// maxContent keeps a request within the robot's 20 KB.
const maxContent = 12 << 10

// Formats of a message.
const (
	FormatCard = "card"
	FormatText = "text"
)

// Config is one robot.
type Config struct {
	URL     string // whole: https://open.feishu.cn/open-apis/bot/v2/hook/…
	BaseURL string // stands in for URL's scheme and host; "" = URL as it is
	Secret  string // where the robot is set to 签名校验; "" = unsigned
	Keyword string // which the robot demands in every message; "" = none
	Format  string // "" = card
	Mention []string
	Timeout time.Duration
	Now     func() time.Time // nil = time.Now
}

// DefaultConfig sends cards.
func DefaultConfig() Config { return Config{Format: FormatCard, Timeout: 10 * time.Second} }

// Limits of one robot.
func Limits() channel.Limits {
	return channel.Limits{
		Rates:  []channel.Rate{{Messages: 100, Window: time.Minute}, {Messages: 5, Window: time.Second}},
		Stated: "https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot",
	}
}

// Validate names every mistake as a sentence.
func (c Config) Validate() error {
	var problems []error
	if !channel.ValidURL(c.URL) {
		problems = append(problems, huiying.Errorf(huiying.Invalid, "channel.feishu.url"))
	}
	if c.BaseURL != "" && !channel.ValidURL(c.BaseURL) {
		problems = append(problems, huiying.Errorf(huiying.Invalid, "channel.base_url"))
	}
	if c.Format != FormatCard && c.Format != FormatText {
		problems = append(problems, huiying.Errorf(huiying.Invalid, "channel.format", c.Format, "card, text"))
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
		return nil, huiying.Errorf(huiying.Invalid, "channel.feishu.url")
	}
	return &Robot{config: c, url: target, client: channel.Client(c.Timeout)}, nil
}

// Send posts the message once.
func (r *Robot) Send(ctx context.Context, m channel.Message) channel.Outcome {
	body := r.body(m)
	if r.config.Secret != "" {
		body.Timestamp = strconv.FormatInt(r.config.Now().Unix(), 10)
		body.Sign = Sign(r.config.Secret, body.Timestamp)
	}
	answer, outcome := channel.Tell(ctx, r.client, channel.Request{URL: r.url}, body, r.config.Now)
	if outcome.Result != channel.Accepted {
		return outcome
	}
	return codes().Judge(answer)
}

// Sign is the signature of a timestamp in seconds: the two together are the
// key, and the message is empty.
func Sign(secret, timestamp string) string {
	mac := hmac.New(sha256.New, []byte(timestamp+"\n"+secret))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// codes that a wait may cure: too many messages (11232, 230020), and a failure
// inside (11246, 11247).
func codes() channel.Codes {
	return channel.Codes{
		Provider: "channel.kind.feishu", Field: "code", Said: "msg",
		Later: map[int]time.Duration{11232: time.Minute, 230020: time.Minute, 11246: time.Minute, 11247: time.Minute},
	}
}

type words struct {
	Tag     string `json:"tag"`
	Content string `json:"content"`
}

type button struct {
	Tag  string `json:"tag"`
	Text words  `json:"text"`
	URL  string `json:"url"`
	Type string `json:"type"`
}

type element struct {
	Tag     string   `json:"tag"`
	Text    *words   `json:"text,omitempty"`
	Actions []button `json:"actions,omitempty"`
}

type header struct {
	Title    words  `json:"title"`
	Template string `json:"template"`
}

type card struct {
	Header   header    `json:"header"`
	Elements []element `json:"elements"`
}

type text struct {
	Text string `json:"text"`
}

type message struct {
	Timestamp string `json:"timestamp,omitempty"`
	Sign      string `json:"sign,omitempty"`
	Type      string `json:"msg_type"`
	Content   *text  `json:"content,omitempty"`
	Card      *card  `json:"card,omitempty"`
}

func (r *Robot) body(m channel.Message) message {
	if r.config.Format == FormatText {
		tail := m.Tail()
		for _, id := range r.mentioned(m) {
			tail += ` <at user_id="` + channel.Escape(id) + `"></at>`
		}
		head := strings.NewReplacer("<", "＜", ">", "＞").Replace(r.keyed(m.Plain()))
		return message{Type: FormatText, Content: &text{channel.Fit(head, tail, maxContent)}}
	}
	tail := ""
	for _, id := range r.mentioned(m) {
		tail += `<at id=` + channel.Escape(id) + `></at>`
	}
	if tail != "" {
		tail = "\n" + tail
	}
	lines := strings.Join(channel.EscapeAll(m.Lines), "\n")
	out := &card{
		Header:   header{Title: words{"plain_text", channel.Fit(r.keyed(m.Title), "", 512)}, Template: color(m.Level)},
		Elements: []element{{Tag: "div", Text: &words{"lark_md", channel.Fit(lines, tail, maxContent)}}},
	}
	if m.Link != "" {
		out.Elements = append(out.Elements, element{Tag: "action", Actions: []button{{
			Tag: "button", Text: words{"plain_text", m.LinkText}, URL: m.Link, Type: "primary",
		}}})
	}
	return message{Type: "interactive", Card: out}
}

func (r *Robot) mentioned(m channel.Message) []string {
	var out []string
	for _, id := range append(append([]string{}, r.config.Mention...), m.Addressed()...) {
		if id == "@all" {
			id = "all"
		}
		out = append(out, id)
	}
	return out
}

// keyed is the text with the robot's keyword.
func (r *Robot) keyed(text string) string {
	if k := r.config.Keyword; k != "" && !strings.Contains(text, k) {
		return k + " " + text
	}
	return text
}

// color is the card's head in the colour of the level.
func color(l huiying.Level) string {
	if l.Alerts() {
		return string(l)
	}
	return "grey"
}
