package wecom

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"huiying"
	"huiying/notifier/channel"
)

// AppURL is the platform's own address.
const AppURL = "https://qyapi.weixin.qq.com"

// Limits of an application message, in bytes of UTF-8.
const (
	maxCardTitle = 128
	maxCardText  = 512
)

// AppConfig is one application of the office's own 企业微信. A person's address
// on it is the member's id there.
type AppConfig struct {
	URL     string // "" = AppURL
	CorpID  string
	AgentID int
	Secret  string // of the application
	Timeout time.Duration
	Now     func() time.Time // nil = time.Now
}

// Validate names every mistake as a sentence.
func (c AppConfig) Validate() error {
	var problems []error
	if !channel.ValidURL(c.URL) {
		problems = append(problems, huiying.Errorf(huiying.Invalid, "channel.base_url"))
	}
	if c.CorpID == "" || c.AgentID <= 0 || c.Secret == "" {
		problems = append(problems, huiying.Errorf(huiying.Invalid, "channel.wecom.app"))
	}
	if c.Timeout <= 0 {
		problems = append(problems, huiying.Errorf(huiying.Invalid, "channel.timeout_positive"))
	}
	return errors.Join(problems...)
}

// AppLimits of an application: to one member 30 a minute and 1,000 an hour,
// beyond which the platform drops messages without saying so. Its third, 200 a
// day for every account of the company, depends on the company.
func AppLimits() channel.Limits {
	return channel.Limits{
		PerAddress: true, Rates: []channel.Rate{{Messages: 30, Window: time.Minute}, {Messages: 1000, Window: time.Hour}},
		Stated: "https://developer.work.weixin.qq.com/document/path/90236",
	}
}

// App is a channel.Channel.
type App struct {
	config AppConfig
	client *http.Client

	mu    sync.Mutex // held while a token is asked for: one question, not many
	token string
	until time.Time
}

var _ channel.Channel = (*App)(nil)

// NewApp makes the channel of a valid AppConfig; zero values take the defaults.
func NewApp(c AppConfig) (*App, error) {
	c.URL, c.Timeout = strings.TrimSuffix(cmp.Or(c.URL, AppURL), "/"), cmp.Or(c.Timeout, DefaultConfig().Timeout)
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &App{config: c, client: channel.Client(c.Timeout)}, nil
}

// Send posts the message once, and once more with a new token when the platform
// no longer knows the one in hand.
func (a *App) Send(ctx context.Context, m channel.Message) channel.Outcome {
	if len(m.Addressed()) == 0 {
		return channel.Outcome{Result: channel.Refused, Reason: huiying.Errorf(huiying.Invalid, "channel.no_address")}
	}
	for again := false; ; again = true {
		token, outcome := a.valid(ctx)
		if outcome.Result != channel.Accepted {
			return outcome
		}
		outcome = a.post(ctx, token, m)
		if again || !staleToken(outcome.Code) {
			return outcome
		}
		a.forget(token)
	}
}

// staleToken: 40014 no valid token, 42001 expired, 41001 none.
func staleToken(code string) bool { return code == "40014" || code == "42001" || code == "41001" }

func (a *App) post(ctx context.Context, token string, m channel.Message) channel.Outcome {
	target := a.config.URL + "/cgi-bin/message/send?access_token=" + url.QueryEscape(token)
	answer, outcome := channel.Tell(ctx, a.client, channel.Request{URL: target}, a.body(m), a.config.Now)
	if outcome.Result != channel.Accepted {
		return outcome
	}
	if outcome = codes().Judge(answer); outcome.Result != channel.Accepted {
		return outcome
	}
	var missed struct {
		Users      string `json:"invaliduser"`
		Unlicensed string `json:"unlicenseduser"`
	}
	if json.Unmarshal(answer.Body, &missed) == nil && missed.Users+missed.Unlicensed != "" && len(m.Addressed()) == 1 {
		return channel.Outcome{Result: channel.Refused, Code: outcome.Code, Reason: huiying.Errorf(huiying.Invalid, "channel.wecom.no_member")}
	}
	return outcome
}

// valid is a token good for a while yet.
func (a *App) valid(ctx context.Context) (string, channel.Outcome) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.config.Now()
	if a.token != "" && now.Before(a.until) {
		return a.token, channel.Outcome{Result: channel.Accepted}
	}
	query := url.Values{"corpid": {a.config.CorpID}, "corpsecret": {a.config.Secret}}
	answer, err := channel.Post(ctx, a.client, channel.Request{Method: http.MethodGet, URL: a.config.URL + "/cgi-bin/gettoken?" + query.Encode()})
	if err != nil {
		return "", channel.Unreached(err)
	}
	outcome := channel.Judge(answer, now)
	if outcome.Result == channel.Accepted {
		outcome = codes().Judge(answer)
	}
	if outcome.Result != channel.Accepted {
		return "", outcome
	}
	var given struct {
		Token   string `json:"access_token"`
		Seconds int    `json:"expires_in"`
	}
	if json.Unmarshal(answer.Body, &given) != nil || given.Token == "" {
		return "", channel.Outcome{Result: channel.Retry, Reason: huiying.Errorf(huiying.Unavailable, "channel.unreadable", "企业微信")}
	}
	const spare = 5 * time.Minute
	a.token, a.until = given.Token, now.Add(max(time.Duration(given.Seconds)*time.Second-spare, time.Minute))
	return a.token, outcome
}

// forget drops the token, unless another has renewed it meanwhile.
func (a *App) forget(token string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.token == token {
		a.token = ""
	}
}

type card struct {
	Title  string `json:"title"`
	Text   string `json:"description"`
	URL    string `json:"url"`
	Button string `json:"btntxt"`
}

type appMessage struct {
	To    string   `json:"touser"`
	Type  string   `json:"msgtype"`
	Agent int      `json:"agentid"`
	Card  *card    `json:"textcard,omitempty"`
	Text  *content `json:"text,omitempty"`
	Once  int      `json:"enable_duplicate_check"` // the platform drops the same words to the same member within half an hour
}

// body is a card where there is a link to follow, and plain text otherwise. A
// repeat is dropped only where its link says that it is one: other messages may
// have the same words and mean another alert, or a reminder.
func (a *App) body(m channel.Message) appMessage {
	out := appMessage{To: strings.Join(m.Addressed(), "|"), Agent: a.config.AgentID}
	if m.Link != "" && len(m.Digest) == 0 {
		out.Once = 1
	}
	if m.Link == "" {
		out.Type, out.Text = "text", &content{Content: channel.Fit(m.Plain(), "", maxContent)}
		return out
	}
	lines := channel.EscapeAll(m.Lines)
	out.Type, out.Card = "textcard", &card{
		Title: channel.Fit(channel.Escape(m.Title), "", maxCardTitle), Text: channel.Fit(strings.Join(lines, "\n"), "", maxCardText),
		URL: m.Link, Button: button(m.LinkText),
	}
	return out
}

// button is the card's own: four characters at most, "详情" where the words of
// the link do not fit.
func button(words string) string {
	if n := utf8.RuneCountInString(words); n == 0 || n > 4 {
		return "详情"
	}
	return words
}
