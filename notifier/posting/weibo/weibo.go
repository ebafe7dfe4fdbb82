// Package weibo publishes answers with the open platform's comments/create and
// comments/reply, with the access token of the office's own account
// (https://open.weibo.com/wiki/2/comments/create, …/2/comments/reply). It
// refuses words that the platform would cut, and to send anything twice: the
// platform knows no idempotency key, so an attempt without an answer is
// unclear.
package weibo

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"huiying"
	"huiying/notifier/channel"
	"huiying/notifier/posting"
)

// URL is the platform's own address; CommercialURL that of its paid interface.
const (
	URL           = "https://api.weibo.com"
	CommercialURL = "https://c.api.weibo.com"
)

// MaxLength is how long a comment may be, in Chinese characters; two letters or
// digits count as one.
const MaxLength = 140

// Config is the office's own account on the platform.
type Config struct {
	URL        string // "" = the platform's own
	Token      string // of the account's holder
	Commercial bool   // the paid interface: other addresses
	IP         string // the office's public address, told where the person's own is not public
	Timeout    time.Duration
}

// Validate names every mistake as a sentence.
func (c Config) Validate() error {
	var problems []error
	if c.URL != "" && !channel.ValidURL(c.URL) {
		problems = append(problems, huiying.Errorf(huiying.Invalid, "posting.url"))
	}
	if c.Token == "" {
		problems = append(problems, huiying.Errorf(huiying.Invalid, "posting.weibo.token"))
	}
	if !public(c.IP) {
		problems = append(problems, huiying.Errorf(huiying.Invalid, "posting.weibo.ip"))
	}
	return errors.Join(problems...)
}

// Site is a posting.Site.
type Site struct {
	config Config
	client *http.Client
}

var _ posting.Site = (*Site)(nil)

// New makes the site of a valid Config.
func New(c Config) (*Site, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	own := URL
	if c.Commercial {
		own = CommercialURL
	}
	c.URL, c.Timeout = strings.TrimSuffix(cmp.Or(c.URL, own), "/"), cmp.Or(c.Timeout, 20*time.Second)
	return &Site{config: c, client: channel.Client(c.Timeout)}, nil
}

// Fits refuses words that are too long, and posts whose id is not one of the
// platform's numbers.
func (s *Site) Fits(w posting.Words) error {
	if n := Length(w.Text); n > MaxLength {
		return huiying.Errorf(huiying.Invalid, "posting.weibo.long", n, MaxLength)
	}
	if _, err := form(w); err != nil {
		return err
	}
	return nil
}

// Length counts words as the platform does: two characters of ASCII are one.
func Length(text string) int {
	halves := 0
	for _, r := range text {
		if halves++; r > 0x7f {
			halves++
		}
	}
	return (halves + 1) / 2
}

// native is the platform's number of a post or comment.
func native(id string) (string, error) {
	number := strings.TrimPrefix(strings.TrimPrefix(id, "weibo:"), "c")
	if n, err := strconv.ParseInt(number, 10, 64); err != nil || n <= 0 || !strings.HasPrefix(id, "weibo:") {
		return "", huiying.Errorf(huiying.Invalid, "posting.weibo.id", id)
	}
	return number, nil
}

// form is what is posted, without token and address.
func form(w posting.Words) (url.Values, error) {
	root, err := native(w.Root)
	if err != nil {
		return nil, err
	}
	q := url.Values{"id": {root}, "comment": {w.Text}}
	if w.Post != w.Root {
		cid, err := native(w.Post)
		if err != nil {
			return nil, err
		}
		q.Set("cid", cid)
	}
	return q, nil
}

// Publish comments on the post, or replies to the comment.
func (s *Site) Publish(ctx context.Context, w posting.Words) posting.Answer {
	q, err := form(w)
	if err != nil {
		return refused(err)
	}
	path := "/2/comments/create"
	if q.Has("cid") {
		path = "/2/comments/reply"
	}
	if s.config.Commercial {
		path += "/biz"
	}
	q.Set("access_token", s.config.Token)
	q.Set("rip", s.config.IP)
	if public(w.FromIP) {
		q.Set("rip", w.FromIP)
	}
	answer, err := channel.Post(ctx, s.client, channel.Request{
		URL: s.config.URL + path + ".json", Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, Body: []byte(q.Encode()),
	})
	switch {
	case err != nil && neverLeft(err):
		return refused(because("posting.unreached", err))
	case err != nil:
		return unclear(because("posting.timeout", err))
	}
	return judge(answer)
}

// because is a sentence with its cause, which only the log sees.
func because(key string, cause error) error {
	e := huiying.Errorf(huiying.Unavailable, key)
	e.Err = cause
	return e
}

// neverLeft reports that no connection was made, so that nothing was sent.
func neverLeft(err error) bool {
	var dns *net.DNSError
	var op *net.OpError
	return errors.As(err, &dns) || errors.Is(err, syscall.ECONNREFUSED) || errors.As(err, &op) && op.Op == "dial"
}

// Codes with which the platform says that it may have the words already: its
// own failure on the way, a job that ran out of time, and that the same words
// were said before.
func doubtful(code int) bool {
	switch code {
	case 10001, 10009, 10010, 20019:
		return true
	}
	return false
}

// judge reads an answer. Only a comment with an id is a publication; only a
// code of the platform is a refusal.
func judge(a channel.Answer) posting.Answer {
	var body struct {
		ID    json.Number `json:"id"`
		IDStr string      `json:"idstr"`
		Code  json.Number `json:"error_code"`
		Error string      `json:"error"`
	}
	err := json.Unmarshal(a.Body, &body)
	code, _ := strconv.Atoi(body.Code.String())
	id := cmp.Or(body.IDStr, body.ID.String())
	switch {
	case err != nil || code == 0 && (id == "" || a.Status >= 300):
		return unclear(huiying.Errorf(huiying.Unavailable, "posting.unreadable", a.Status))
	case code == 0:
		return posting.Answer{State: huiying.PostingDone, Receipt: id}
	}
	said := huiying.Errorf(huiying.Invalid, "posting.weibo.said", code, channel.Said(body.Error))
	if doubtful(code) {
		return unclear(said)
	}
	return refused(said)
}

func refused(why error) posting.Answer {
	return posting.Answer{State: huiying.PostingRefused, Why: huiying.Errorf(huiying.Invalid, "posting.refused", why)}
}

func unclear(why error) posting.Answer {
	return posting.Answer{State: huiying.PostingUnclear, Why: huiying.Errorf(huiying.Unavailable, "posting.unclear", why)}
}

// public reports an IPv4 address of the open internet, as the platform wants.
func public(ip string) bool {
	a, err := netip.ParseAddr(ip)
	return err == nil && a.Is4() && a.IsGlobalUnicast() && !a.IsPrivate()
}
