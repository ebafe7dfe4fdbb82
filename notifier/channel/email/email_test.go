package email_test

import (
	"context"
	"crypto/tls"
	"errors"
	"mime"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"huiying"
	"huiying/notifier/channel"
	"huiying/notifier/channel/email"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func message() channel.Message {
	return channel.Message{
		DeliveryID: "d-1", Level: huiying.LevelRed, Title: "【红】排队", Lines: []string{"规则：排队", "来源：微博"},
		Link: "https://hy.example/a/t", LinkText: "查看并签收", Address: "amin@office.example",
		At: time.Date(2026, 11, 23, 9, 30, 0, 0, time.FixedZone("office", 8*3600)),
	}
}

func plain(s *server) email.Config {
	return email.Config{Host: "127.0.0.1", Port: s.port(), TLS: email.TLSNone, From: "回应系统 <alerts@office.example>", Timeout: 2 * time.Second}
}

func send(t *testing.T, c email.Config, m channel.Message) channel.Outcome {
	t.Helper()
	mail, err := email.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return mail.Send(context.Background(), m)
}

func reasonOf(o channel.Outcome) string {
	var e *huiying.Error
	if errors.As(o.Reason, &e) {
		return e.Key
	}
	return ""
}

// The letter as a mail program reads it: one Message-ID for every attempt.
func TestLetter(t *testing.T) {
	s := newServer(t, func(*server) {})
	for range 2 {
		if got := send(t, plain(s), message()); got.Result != channel.Accepted {
			t.Fatalf("got %+v", got)
		}
	}
	letters, _ := s.got()
	if len(letters) != 2 || !strings.Contains(s.from[0], "<alerts@office.example>") || !strings.Contains(s.to[0], "<amin@office.example>") {
		t.Fatalf("from %v to %v", s.from, s.to)
	}
	for _, raw := range letters {
		letter, err := netmail.ReadMessage(strings.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		subject, err := new(mime.WordDecoder).DecodeHeader(letter.Header.Get("Subject"))
		if err != nil || subject != "【红】排队" {
			t.Errorf("subject %q, %v", subject, err)
		}
		for header, want := range map[string]string{
			"Message-Id": "<d-1@office.example>", "X-Huiying-Delivery": "d-1", "Auto-Submitted": "auto-generated",
			"Date": "Mon, 23 Nov 2026 09:30:00 +0800", "Importance": "high",
		} {
			if got := letter.Header.Get(header); got != want {
				t.Errorf("%s: %q, want %q", header, got, want)
			}
		}
	}
}

func TestBodyHoldsTheLink(t *testing.T) {
	s := newServer(t, func(*server) {})
	m := message()
	m.Level, m.Link, m.Title = huiying.LevelYellow, "https://hy.example/a/t", "plain"
	m.Lines, m.LinkText = []string{"Rule: x"}, "View"
	send(t, plain(s), m)
	m.Link = ""
	send(t, plain(s), m)
	letters, _ := s.got()
	if !strings.Contains(letters[0], "View\r\nhttps://hy.example/a/t\r\n") || strings.Contains(letters[0], "Importance: high") {
		t.Errorf("letter %s", letters[0])
	}
	if strings.Contains(letters[1], "View") {
		t.Errorf("letter %s", letters[1])
	}
}

func TestProtected(t *testing.T) {
	config, pool := certificate(t)
	for name, implicit := range map[string]bool{email.TLSImplicit: true, email.TLSStart: false} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, func(s *server) {
				s.tls, s.implicit, s.start, s.auth = config, implicit, !implicit, "alerts:hunter2"
			})
			c := plain(s)
			c.TLS, c.User, c.Password, c.TLSConfig = name, "alerts", "hunter2", &tls.Config{RootCAs: pool, ServerName: "127.0.0.1"}
			got := send(t, c, message())
			if _, secured := s.got(); got.Result != channel.Accepted || !secured {
				t.Fatalf("got %+v, secured %v", got, secured)
			}
			c.Password = "wrong"
			if got := send(t, c, message()); got.Result != channel.Refused || reasonOf(got) != "channel.email.refused" || strings.Contains(got.Reason.Error(), "wrong") {
				t.Errorf("wrong password: %+v", got)
			}
			c.TLSConfig = nil // an authority nobody trusts
			if got := send(t, c, message()); got.Result != channel.Refused || reasonOf(got) != "channel.email.certificate" {
				t.Errorf("unknown certificate: %+v", got)
			}
		})
	}
}

// A server that cannot do TLS does not get the password in clear.
func TestNoDowngrade(t *testing.T) {
	s := newServer(t, func(s *server) { s.auth = "alerts:hunter2" })
	c := plain(s)
	c.TLS, c.User, c.Password = email.TLSStart, "alerts", "hunter2"
	got := send(t, c, message())
	if letters, _ := s.got(); got.Result == channel.Accepted || len(letters) != 0 {
		t.Errorf("got %+v", got)
	}
}

// Every stage of the talk may fail for now or for good.
func TestServerSaysNo(t *testing.T) {
	for _, stage := range []string{"HELLO", "MAIL", "RCPT", "DATA", "DATA."} {
		for code, want := range map[string]channel.Result{"421 4.3.2 later": channel.Retry, "451 4.7.1 later": channel.Retry, "550 5.1.1 never": channel.Refused, "": channel.Retry} {
			s := newServer(t, func(s *server) { s.replies[stage] = code })
			got := send(t, plain(s), message())
			if got.Result != want || got.Reason == nil {
				t.Errorf("%s %q: %+v, want %s", stage, code, got, want)
			}
		}
	}
}

// What the server took is not sent again because the good-bye went wrong.
func TestGoodbyeFails(t *testing.T) {
	for _, stage := range []string{"QUIT", "RSET"} {
		for _, reply := range []string{"", "421 gone"} {
			s := newServer(t, func(s *server) { s.replies[stage] = reply })
			got := send(t, plain(s), message())
			if letters, _ := s.got(); got.Result != channel.Accepted || len(letters) != 1 {
				t.Errorf("%s %q: %+v, %d letters", stage, reply, got, len(letters))
			}
		}
	}
}

func TestUnreached(t *testing.T) {
	s := newServer(t, func(*server) {})
	c := plain(s)
	s.listener.Close()
	if got := send(t, c, message()); got.Result != channel.Retry || reasonOf(got) != "channel.unreached" {
		t.Errorf("got %+v", got)
	}
	c.Host = "name.invalid"
	if got := send(t, c, message()); got.Result != channel.Retry {
		t.Errorf("got %+v", got)
	}
}

// A server that falls silent is left when the time is up or the sender stops.
func TestSilentServer(t *testing.T) {
	for _, stage := range []string{"EHLO", "MAIL", "DATA."} {
		s := newServer(t, func(s *server) { s.replies[stage] = "hang" })
		c := plain(s)
		c.Timeout = 200 * time.Millisecond
		if got := send(t, c, message()); got.Result != channel.Retry {
			t.Errorf("%s: %+v", stage, got)
		}
	}
	s := newServer(t, func(s *server) { s.replies["MAIL"] = "hang" })
	c := plain(s)
	c.Timeout = time.Hour
	mail, err := email.New(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	if got := mail.Send(ctx, message()); got.Result != channel.Retry {
		t.Errorf("stopped: %+v", got)
	}
}

func TestBadAddress(t *testing.T) {
	s := newServer(t, func(*server) {})
	for _, address := range []string{"", "amin", "a@b\r\nBcc: c@d", "<>"} {
		m := message()
		m.Address = address
		if got := send(t, plain(s), m); got.Result != channel.Refused || reasonOf(got) != "channel.email.address" {
			t.Errorf("%q: %+v", address, got)
		}
	}
	if len(s.to) != 0 {
		t.Errorf("sent to %v", s.to)
	}
}

func TestValidate(t *testing.T) {
	good := email.DefaultConfig()
	good.Host, good.From = "smtp.example", "a@office.example"
	for name, c := range map[string]struct {
		change func(*email.Config)
		keys   string
	}{
		"good":           {func(*email.Config) {}, ""},
		"host":           {func(c *email.Config) { c.Host = "" }, "channel.email.host"},
		"host with port": {func(c *email.Config) { c.Host = "smtp.example:465" }, "channel.email.host"},
		"port":           {func(c *email.Config) { c.Port = 70000 }, "channel.email.port"},
		"from":           {func(c *email.Config) { c.From = "nobody" }, "channel.email.from"},
		"tls":            {func(c *email.Config) { c.TLS = "maybe" }, "channel.email.tls"},
		"clear password": {func(c *email.Config) { c.TLS, c.User = email.TLSNone, "a" }, "channel.email.clear_password"},
		"timeout":        {func(c *email.Config) { c.Timeout = 0 }, "channel.timeout_positive"},
		"all":            {func(c *email.Config) { *c = email.Config{} }, "channel.email.host channel.email.from channel.email.tls channel.timeout_positive"},
	} {
		config := good
		c.change(&config)
		var got []string
		var joined interface{ Unwrap() []error }
		if errors.As(config.Validate(), &joined) {
			for _, one := range joined.Unwrap() {
				var e *huiying.Error
				if errors.As(one, &e) {
					got = append(got, e.Key)
				}
			}
		}
		if strings.Join(got, " ") != c.keys {
			t.Errorf("%s: %v, want %s", name, got, c.keys)
		}
	}
	if _, err := email.New(email.Config{}); err == nil {
		t.Error("an empty configuration was taken")
	}
}
