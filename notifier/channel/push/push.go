// Package push speaks to a push server of one's own, in the formats of ntfy and
// of Gotify. It refuses to send to a topic or with a token that the
// configuration does not name.
package push

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"huiying"
	"huiying/notifier/channel"
)

// Formats of a message.
const (
	FormatNtfy   = "ntfy"
	FormatGotify = "gotify"
)

// maxContent is what ntfy shows as a message; longer becomes an attachment.
const maxContent = 4096

// Config is one server. For ntfy the last part of URL is the topic, unless the
// person's address on the channel names one.
type Config struct {
	URL     string // https://push.example/office (ntfy), https://push.example (Gotify)
	BaseURL string // stands in for URL's scheme and host; "" = URL as it is
	Secret  string // access token; Gotify needs the application's
	Format  string // "" = ntfy
	Timeout time.Duration
	Now     func() time.Time // nil = time.Now
}

// DefaultConfig sends as ntfy takes it.
func DefaultConfig() Config { return Config{Format: FormatNtfy, Timeout: 10 * time.Second} }

// Limits of the format: ntfy gives a visitor 60 requests and one more every
// five seconds; Gotify states none.
func Limits(format string) channel.Limits {
	if format == FormatGotify {
		return channel.Limits{}
	}
	return channel.Limits{
		Apart: true, Rates: []channel.Rate{{Messages: 60, Window: 5 * time.Minute}},
		Stated: "https://docs.ntfy.sh/publish/#limitations",
	}
}

// Validate names every mistake as a sentence.
func (c Config) Validate() error {
	var problems []error
	if !channel.ValidURL(c.URL) {
		problems = append(problems, huiying.Errorf(huiying.Invalid, "channel.push.url"))
	}
	if c.BaseURL != "" && !channel.ValidURL(c.BaseURL) {
		problems = append(problems, huiying.Errorf(huiying.Invalid, "channel.base_url"))
	}
	if c.Format != FormatNtfy && c.Format != FormatGotify {
		problems = append(problems, huiying.Errorf(huiying.Invalid, "channel.format", c.Format, "ntfy, gotify"))
	}
	if c.Format == FormatGotify && c.Secret == "" {
		problems = append(problems, huiying.Errorf(huiying.Invalid, "channel.push.token"))
	}
	if c.Timeout <= 0 {
		problems = append(problems, huiying.Errorf(huiying.Invalid, "channel.timeout_positive"))
	}
	return errors.Join(problems...)
}

// Server is a channel.Channel.
type Server struct {
	config Config
	url    string
	topic  string
	client *http.Client
}

var _ channel.Channel = (*Server)(nil)

// New makes the channel of a valid Config; zero values take the defaults.
func New(c Config) (*Server, error) {
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
		return nil, huiying.Errorf(huiying.Invalid, "channel.push.url")
	}
	s := &Server{config: c, url: strings.TrimSuffix(target, "/"), client: channel.Client(c.Timeout)}
	if c.Format == FormatGotify {
		s.url += "/message"
		return s, nil
	}
	u, err := url.Parse(s.url)
	if err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "channel.push.url")
	}
	cut := strings.LastIndex(u.Path, "/")
	if cut >= 0 {
		s.topic, u.Path = u.Path[cut+1:], u.Path[:cut]
	}
	s.url = u.String() + "/" // JSON goes to the server's root
	return s, nil
}

// Send posts the message once.
func (s *Server) Send(ctx context.Context, m channel.Message) channel.Outcome {
	header := http.Header{}
	var body any
	if s.config.Format == FormatGotify {
		header.Set("X-Gotify-Key", s.config.Secret)
		body = gotify(m)
	} else {
		if s.config.Secret != "" {
			header.Set("Authorization", "Bearer "+s.config.Secret)
		}
		topic := cmp.Or(m.Address, s.topic)
		if topic == "" {
			return channel.Outcome{Result: channel.Refused, Reason: huiying.Errorf(huiying.Invalid, "channel.no_address")}
		}
		body = ntfy(topic, m)
	}
	_, outcome := channel.Tell(ctx, s.client, channel.Request{URL: s.url, Header: header}, body, s.config.Now)
	return outcome
}

type ntfyMessage struct {
	Topic    string   `json:"topic"`
	Title    string   `json:"title"`
	Message  string   `json:"message"`
	Priority int      `json:"priority"`
	Tags     []string `json:"tags,omitempty"`
	Click    string   `json:"click,omitempty"`
}

// ntfy's priorities run from 1 to 5; 5 rings through "do not disturb".
func ntfy(topic string, m channel.Message) ntfyMessage {
	out := ntfyMessage{
		Topic: topic, Title: channel.Fit(m.Title, "", 250), Message: channel.Fit(strings.Join(m.Lines, "\n"), "", maxContent-96),
		Priority: max(m.Level.Rank()+1, 2), Click: m.Link,
	}
	if m.Level == huiying.LevelRed {
		out.Tags = []string{"rotating_light"}
	}
	return out
}

type gotifyMessage struct {
	Title    string         `json:"title"`
	Message  string         `json:"message"`
	Priority int            `json:"priority"`
	Extras   map[string]any `json:"extras,omitempty"`
}

// Gotify's priorities run from 0 to 10; from 8 the telephone rings.
func gotify(m channel.Message) gotifyMessage {
	priorities := map[huiying.Level]int{huiying.LevelRed: 10, huiying.LevelOrange: 8, huiying.LevelYellow: 5, huiying.LevelBlue: 3}
	out := gotifyMessage{
		Title: channel.Fit(m.Title, "", 250), Message: channel.Fit(strings.Join(m.Lines, "\n"), "", maxContent-96), Priority: priorities[m.Level],
	}
	if m.Link != "" {
		out.Extras = map[string]any{"client::notification": map[string]any{"click": map[string]any{"url": m.Link}}}
	}
	return out
}
