package email_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// server is a mail server of a few commands. replies overrides the answer to
// a command by its first word ("DATA." is the end of the data); "" hangs up,
// "hang" never answers.
type server struct {
	listener net.Listener
	implicit bool
	start    bool // offers STARTTLS
	tls      *tls.Config
	auth     string // "user:password" that is right, "" = none offered
	replies  map[string]string
	size     int // what it says of itself by SIZE; 0 = nothing, -1 = SIZE without a number
	most     int // the longest letter that it takes; 0 = any

	mu      sync.Mutex
	letters []string
	from    []string
	to      []string
	secured bool
	done    sync.WaitGroup
}

func newServer(t *testing.T, change func(*server)) *server {
	t.Helper()
	s := &server{replies: map[string]string{}}
	var listening net.ListenConfig
	l, err := listening.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.listener = l
	change(s)
	s.done.Go(s.accept)
	t.Cleanup(func() {
		l.Close()
		s.done.Wait()
	})
	return s
}

func (s *server) port() int { return s.listener.Addr().(*net.TCPAddr).Port }

func (s *server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.done.Go(func() {
			defer conn.Close()
			if s.implicit {
				conn = tls.Server(conn, s.tls)
			}
			s.talk(conn)
		})
	}
}

func (s *server) talk(conn net.Conn) {
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	in := bufio.NewReader(conn)
	say := func(command, usual string) bool {
		if special, ok := s.replies[command]; ok {
			usual = special
		}
		switch usual {
		case "":
			return false
		case "hang":
			in.ReadString(0)
			return false
		}
		_, err := fmt.Fprint(conn, usual+"\r\n")
		return err == nil
	}
	if !say("HELLO", "220 test") {
		return
	}
	secure := s.implicit
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		word, rest, _ := strings.Cut(line, " ")
		ok := true
		switch word = strings.ToUpper(word); word {
		case "EHLO", "HELO":
			ok = say(word, s.greeting(secure))
		case "STARTTLS":
			if !say(word, "220 go on") {
				return
			}
			conn = tls.Server(conn, s.tls)
			in, secure = bufio.NewReader(conn), true
		case "AUTH":
			ok = say(word, s.check(rest))
		case "MAIL":
			s.note(&s.from, rest)
			ok = say(word, "250 ok")
		case "RCPT":
			s.note(&s.to, rest)
			ok = say(word, "250 ok")
		case "DATA":
			if ok = say(word, "354 go on"); !ok || !strings.HasPrefix(s.replies[word]+"354", "354") {
				break
			}
			letter, err := readLetter(in)
			if err != nil {
				return
			}
			if s.most > 0 && len(letter) > s.most {
				ok = say("", "552 5.3.4 too big")
				break
			}
			if _, special := s.replies["DATA."]; !special {
				s.note(&s.letters, letter)
				s.mu.Lock()
				s.secured = secure
				s.mu.Unlock()
			}
			ok = say("DATA.", "250 queued")
		case "QUIT":
			say(word, "221 bye")
			return
		default:
			ok = say(word, "250 ok")
		}
		if !ok {
			return
		}
	}
}

func (s *server) greeting(secure bool) string {
	out := "250-test\r\n"
	if s.start && !secure {
		out += "250-STARTTLS\r\n"
	}
	if s.auth != "" {
		out += "250-AUTH PLAIN LOGIN\r\n"
	}
	if s.size > 0 {
		out += fmt.Sprintf("250-SIZE %d\r\n", s.size)
	}
	if s.size < 0 {
		out += "250-SIZE\r\n"
	}
	return out + "250 8BITMIME"
}

func (s *server) check(rest string) string {
	_, encoded, _ := strings.Cut(rest, " ")
	raw, err := base64.StdEncoding.DecodeString(encoded)
	parts := strings.Split(string(raw), "\x00")
	if err != nil || len(parts) != 3 || parts[1]+":"+parts[2] != s.auth {
		return "535 5.7.8 no"
	}
	return "235 welcome"
}

func (s *server) note(list *[]string, v string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*list = append(*list, v)
}

// got is what the server took so far.
func (s *server) got() (letters []string, secured bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.letters), s.secured
}

func readLetter(in *bufio.Reader) (string, error) {
	var letter strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return "", err
		}
		if line == ".\r\n" {
			return letter.String(), nil
		}
		letter.WriteString(line)
	}
}

// certificate makes a certificate for 127.0.0.1 and the pool that trusts it.
func certificate(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, pool
}
