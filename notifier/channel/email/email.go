// Package email sends an alert as plain-text mail over SMTP, and a released
// report with its documents. It refuses to give a password to a server without
// TLS.
package email

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	netmail "net/mail"
	"net/textproto"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/wneessen/go-mail"

	"huiying"
	"huiying/notifier/channel"
)

// How the connection is protected.
const (
	TLSImplicit = "implicit" // TLS from the first byte, port 465: what Chinese providers want
	TLSStart    = "starttls" // port 587, refused when the server cannot
	TLSNone     = "none"     // port 25 of a relay in the own network
)

// Config is one mail server and the sender's address there.
type Config struct {
	Host      string
	Port      int // 0 = by TLS: 465, 587, 25
	TLS       string
	User      string // "" = no authentication
	Password  string
	From      string // an address, or a name and an address in <>
	Timeout   time.Duration
	TLSConfig *tls.Config // nil = the system's authorities and Host's name
	Files     int64       // the most bytes that the files of a letter have together; 0 = 10 MB, below 0 = none go along
}

// DefaultConfig is TLS from the first byte, ten seconds for every step, and
// files that every mailbox takes once base64 has made them a third bigger.
func DefaultConfig() Config {
	return Config{TLS: TLSImplicit, Timeout: 10 * time.Second, Files: 10_000_000}
}

// Validate names every mistake as a sentence.
func (c Config) Validate() error {
	var problems []error
	refuse := func(key string, args ...any) {
		problems = append(problems, huiying.Errorf(huiying.Invalid, key, args...))
	}
	if c.Host == "" || strings.ContainsAny(c.Host, " /:@") {
		refuse("channel.email.host", c.Host)
	}
	if c.Port < 0 || c.Port > 65535 {
		refuse("channel.email.port", c.Port)
	}
	if _, err := netmail.ParseAddress(c.From); err != nil {
		refuse("channel.email.from", c.From)
	}
	if c.port() == 0 {
		refuse("channel.email.tls", c.TLS)
	}
	if c.TLS == TLSNone && c.User != "" {
		refuse("channel.email.clear_password")
	}
	if c.Timeout <= 0 {
		refuse("channel.timeout_positive")
	}
	return errors.Join(problems...)
}

func (c Config) port() int {
	usual := map[string]int{TLSImplicit: 465, TLSStart: 587, TLSNone: 25}
	if usual[c.TLS] == 0 {
		return 0
	}
	return cmp.Or(c.Port, usual[c.TLS])
}

// Mail is a channel.Channel.
type Mail struct {
	config Config
	domain string
}

var _ channel.Carrier = (*Mail)(nil)

// New makes the channel of a valid Config; zero values take the defaults.
func New(c Config) (*Mail, error) {
	d := DefaultConfig()
	c.TLS, c.Timeout, c.Files = cmp.Or(c.TLS, d.TLS), cmp.Or(c.Timeout, d.Timeout), cmp.Or(c.Files, d.Files)
	if err := c.Validate(); err != nil {
		return nil, err
	}
	from, err := netmail.ParseAddress(c.From)
	if err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "channel.email.from", c.From)
	}
	_, domain, _ := strings.Cut(from.Address, "@")
	return &Mail{config: c, domain: domain}, nil
}

// Send mails the message once. The Message-ID comes of the delivery id, so
// that mail programs show a repeat once. Files that are over the limit, or that
// the server will not have for their size, stay behind; the words go all the
// same.
func (m *Mail) Send(ctx context.Context, msg channel.Message) channel.Outcome {
	if size(msg.Files) > max(m.config.Files, 0) {
		o := m.once(ctx, without(msg))
		o.Left = true
		return o
	}
	o := m.once(ctx, msg)
	if o.Result == channel.Refused && o.Code == tooMuch && len(msg.Files) > 0 {
		o = m.once(ctx, without(msg))
		o.Left = true
	}
	return o
}

// tooMuch is the server's code for a letter that is too big (RFC 5321, 4.2.2).
const tooMuch = "552"

// once is one talk with the server about one letter.
func (m *Mail) once(ctx context.Context, msg channel.Message) channel.Outcome {
	letter, err := m.letter(msg)
	if err != nil {
		return channel.Outcome{Result: channel.Refused, Reason: huiying.Errorf(huiying.Invalid, "channel.email.address")}
	}
	line := &line{mail: m}
	defer line.hangUp()
	client, err := m.client(line)
	if err != nil {
		return channel.Outcome{Result: channel.Refused, Reason: huiying.Errorf(huiying.Internal, "channel.unwritable", err)}
	}
	conn, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return judge(err)
	}
	defer context.AfterFunc(ctx, line.hangUp)()
	if len(msg.Files) > 0 && tooBig(conn, letter) {
		_ = client.CloseWithSMTPClient(conn) // nothing was sent over it
		return channel.Outcome{Result: channel.Refused, Code: tooMuch, Reason: huiying.Errorf(huiying.Invalid, "channel.email.refused", tooMuch)}
	}
	err = client.SendWithSMTPClient(conn, letter)
	// What the server took it took, even if the good-bye fails; saying so again
	// would be a second mail.
	closed := client.CloseWithSMTPClient(conn)
	if err == nil || letter.IsDelivered() {
		return channel.Outcome{Result: channel.Accepted}
	}
	return judge(errors.Join(err, closed))
}

// line is the connection of one sending. go-mail leaves it open when the talk
// fails before the first letter, and knows no context after the dialling.
type line struct {
	mail *Mail
	mu   sync.Mutex
	conn net.Conn
}

func (l *line) dial(ctx context.Context, network, address string) (net.Conn, error) {
	var dialer interface {
		DialContext(ctx context.Context, network, address string) (net.Conn, error)
	} = &net.Dialer{}
	if l.mail.config.TLS == TLSImplicit {
		dialer = &tls.Dialer{Config: l.mail.tls()}
	}
	conn, err := dialer.DialContext(ctx, network, address)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conn = conn
	return conn, err
}

func (l *line) hangUp() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn != nil {
		_ = l.conn.Close() // twice does no harm, and nobody waits for the answer
	}
}

func (m *Mail) tls() *tls.Config {
	if m.config.TLSConfig != nil {
		return m.config.TLSConfig
	}
	return &tls.Config{ServerName: m.config.Host, MinVersion: tls.VersionTLS12}
}

func (m *Mail) client(l *line) (*mail.Client, error) {
	options := []mail.Option{
		mail.WithPort(m.config.port()), mail.WithTimeout(m.config.Timeout), mail.WithoutNoop(), mail.WithDialContextFunc(l.dial),
		mail.WithTLSConfig(m.tls()),
	}
	switch m.config.TLS {
	case TLSImplicit:
		options = append(options, mail.WithSSL())
	case TLSStart:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	default:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	}
	if m.config.User != "" { // both refuse to speak without TLS
		options = append(options, mail.WithOpportunisticSMTPAuth(mail.SMTPAuthPlain, mail.SMTPAuthLogin),
			mail.WithUsername(m.config.User), mail.WithPassword(m.config.Password))
	}
	return mail.NewClient(m.config.Host, options...)
}

func (m *Mail) letter(msg channel.Message) (*mail.Msg, error) {
	letter := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := letter.From(m.config.From); err != nil {
		return nil, err
	}
	if err := letter.To(msg.Address); err != nil {
		return nil, err
	}
	letter.Subject(msg.Title)
	letter.SetMessageIDWithValue(msg.DeliveryID + "@" + m.domain)
	letter.SetDateWithValue(msg.At)
	letter.SetGenHeader("X-Huiying-Delivery", msg.DeliveryID)
	letter.SetGenHeader("Auto-Submitted", "auto-generated")
	if msg.Level.OpensCase() {
		letter.SetImportance(mail.ImportanceHigh)
	}
	lines := append([]string{msg.Title, ""}, msg.Lines...)
	if msg.Link != "" {
		lines = append(lines, "", msg.LinkText, msg.Link)
	}
	letter.SetBodyString(mail.TypeTextPlain, strings.Join(lines, "\r\n")+"\r\n")
	enclose(letter, msg.Files)
	return letter, nil
}

// judge reads the server's code: 4xx is worth another try, 5xx is not (a wrong
// password, an unknown mailbox), and no code means that it was not reached.
func judge(err error) channel.Outcome {
	code := 0
	var sent *mail.SendError
	var reply *textproto.Error
	switch {
	case errors.As(err, &sent) && sent.ErrorCode() != 0:
		code = sent.ErrorCode()
	case errors.As(err, &reply):
		code = reply.Code
	}
	var certificate *tls.CertificateVerificationError
	var op *net.OpError
	switch {
	case code >= 500:
		return channel.Outcome{Result: channel.Refused, Code: strconv.Itoa(code), Reason: huiying.Errorf(huiying.Invalid, "channel.email.refused", code)}
	case code >= 400:
		return channel.Outcome{Result: channel.Retry, Code: strconv.Itoa(code), Reason: huiying.Errorf(huiying.Unavailable, "channel.email.later", code)}
	case errors.As(err, &certificate):
		return channel.Outcome{Result: channel.Refused, Reason: huiying.Errorf(huiying.Invalid, "channel.email.certificate")}
	case errors.As(err, &sent) && sent.Reason == mail.ErrNoUnencoded && !errors.As(err, &op):
		return channel.Outcome{Result: channel.Refused, Reason: huiying.Errorf(huiying.Invalid, "channel.email.refused", 0)}
	}
	return channel.Unreached(err)
}
