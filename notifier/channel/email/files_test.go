package email_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"strings"
	"testing"

	"huiying/notifier/channel"
	"huiying/notifier/channel/email"
)

const docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

// parcel is a message with two files, one with a name that no line of a header holds.
func parcel() channel.Message {
	m := message()
	m.Instead = "附件太大，请登录系统下载。"
	m.Files = []channel.File{
		{Name: "日报 2026年11月26日.docx", Type: docx, Body: bytes.Repeat([]byte{0, 1, 2, 0xff, '\r', '\n', '.', '='}, 4000)},
		{Name: strings.Repeat("大厅排队“专报”（A&B）", 5) + ".xlsx", Type: "application/x-test", Body: []byte("PK\x03\x04表")},
	}
	return m
}

// part is a part of a letter as a mail program has it.
type part struct {
	name, old, kind string
	body            []byte
}

// read takes a letter apart with the standard library, and checks what no
// parser complains of.
func read(t *testing.T, raw string) (text string, parts []part) {
	t.Helper()
	for _, line := range strings.Split(raw, "\r\n") {
		if len(line) > 76 && !strings.HasPrefix(line, "Content-Type: "+docx) { // which is one word
			t.Errorf("a line of %d columns: %s", len(line), line)
		}
	}
	letter, err := netmail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(letter.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	if kind == "text/plain" {
		whole, err := io.ReadAll(letter.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(whole), nil
	}
	if kind != "multipart/mixed" {
		t.Fatalf("it is %s", kind)
	}
	for r := multipart.NewReader(letter.Body, params["boundary"]); ; {
		p, err := r.NextPart()
		if err == io.EOF {
			return text, parts
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(p)
		if err != nil {
			t.Fatal(err)
		}
		if p.Header.Get("Content-Disposition") == "" {
			text = string(body) // the reader undoes quoted-printable
			continue
		}
		parts = append(parts, file(t, p, body))
	}
}

func file(t *testing.T, p *multipart.Part, body []byte) part {
	t.Helper()
	how, params, err := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
	if err != nil || how != "attachment" || p.Header.Get("Content-Transfer-Encoding") != "base64" {
		t.Fatalf("%s %v: %v", how, p.Header, err)
	}
	// What a program does that knows no RFC 2231: the quoted filename, its words decoded.
	_, quoted, _ := strings.Cut(p.Header.Get("Content-Disposition"), `filename="`)
	quoted, _, _ = strings.Cut(quoted, `"`)
	old, err := new(mime.WordDecoder).DecodeHeader(quoted)
	if err != nil {
		t.Fatal(err)
	}
	kind, named, err := mime.ParseMediaType(p.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	if name, err := new(mime.WordDecoder).DecodeHeader(named["name"]); err != nil || name != old {
		t.Errorf("%s is named %q, %v", kind, name, err)
	}
	raw, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(string(body), "\r\n", ""))
	if err != nil {
		t.Fatal(err)
	}
	return part{name: params["filename"], old: old, kind: kind, body: raw}
}

// The files arrive byte for byte, with their Chinese names for new programs and
// old ones, and the words stay readable beside them.
func TestFilesGoAlong(t *testing.T) {
	s := newServer(t, func(*server) {})
	m := parcel()
	if got := send(t, plain(s), m); got.Result != channel.Accepted || got.Left {
		t.Fatalf("got %+v", got)
	}
	letters, _ := s.got()
	text, parts := read(t, letters[0])
	if !strings.Contains(text, "规则：排队") || !strings.Contains(text, m.Link) || strings.Contains(text, m.Instead) || len(parts) != 2 {
		t.Fatalf("%d parts, %s", len(parts), text)
	}
	for i, p := range parts {
		f := m.Files[i]
		if p.name != f.Name || p.old != f.Name || p.kind != f.Type || sha256.Sum256(p.body) != sha256.Sum256(f.Body) {
			t.Errorf("%q, %q, %s, %d bytes instead of %q of %d", p.name, p.old, p.kind, len(p.body), f.Name, len(f.Body))
		}
	}
}

// Whatever a report is called, both kinds of programs read the same name, but
// for quotes and breaks, which old ones have no way to be told.
func TestNames(t *testing.T) {
	pieces := []string{"日报", "𠮷", "a", "Report-2026 ", "100%", "'", "’", "+", ";", "=?", "é", "（", "*", "大厅排队情况的专报", strings.Repeat("x", 40)}
	rnd := rand.New(rand.NewPCG(7, 7))
	s := newServer(t, func(*server) {})
	m := parcel()
	for range 200 {
		name := ""
		for range 1 + rnd.IntN(12) {
			name += pieces[rnd.IntN(len(pieces))]
		}
		m.Files = []channel.File{{Name: name + ".docx", Type: "application/x-test", Body: []byte(name)}, {Name: name + "\"\\\r\n.xlsx", Type: "application/x-test", Body: []byte{1}}}
		send(t, plain(s), m)
		letters, _ := s.got()
		_, parts := read(t, letters[len(letters)-1])
		for i, p := range parts {
			old := strings.NewReplacer(`"`, "_", `\`, "_", "\r", "_", "\n", "_").Replace(m.Files[i].Name)
			if len(parts) != 2 || p.name != m.Files[i].Name || p.old != old {
				t.Fatalf("%q became %q and %q", m.Files[i].Name, p.name, p.old)
			}
		}
	}
}

// Every way in which files can be too much leaves the words and the link, says so
// in one line, and never sends a letter twice.
func TestFilesStayBehind(t *testing.T) {
	for name, c := range map[string]struct {
		server func(*server)
		config func(*email.Config)
		talks  int // that reached RCPT
	}{
		"over the limit":          {func(*server) {}, func(c *email.Config) { c.Files = 100 }, 1},
		"the server's SIZE":       {func(s *server) { s.size = 20_000 }, func(*email.Config) {}, 1},
		"refused for its size":    {func(s *server) { s.most = 20_000 }, func(*email.Config) {}, 2},
		"none may go along":       {func(*server) {}, func(c *email.Config) { c.Files = -1 }, 1},
		"SIZE without any bounds": {func(s *server) { s.size, s.most = -1, 20_000 }, func(*email.Config) {}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, c.server)
			config := plain(s)
			c.config(&config)
			m := parcel()
			got := send(t, config, m)
			letters, _ := s.got()
			if got.Result != channel.Accepted || !got.Left || len(letters) != 1 || len(s.to) != c.talks {
				t.Fatalf("got %+v, %d letters, %d talks", got, len(letters), len(s.to))
			}
			letter, err := netmail.ReadMessage(strings.NewReader(letters[0]))
			if err != nil || !strings.HasPrefix(letter.Header.Get("Content-Type"), "text/plain") || letter.Header.Get("Message-Id") != "<d-1@office.example>" {
				t.Fatalf("%v: %v", letter, err)
			}
			if body := decoded(t, letters[0]); strings.Count(body, m.Instead) != 1 || !strings.Contains(body, m.Link) {
				t.Errorf("it says %s", body)
			}
			if len(m.Files) != 2 || strings.Join(m.Lines, "") != strings.Join(message().Lines, "") {
				t.Error("the message of the caller was changed")
			}
		})
	}
}

// A letter that fits under SIZE goes with its files.
func TestSizeThatFits(t *testing.T) {
	s := newServer(t, func(s *server) { s.size = 60_000 })
	got := send(t, plain(s), parcel())
	letters, _ := s.got()
	if _, parts := read(t, letters[0]); got.Left || len(parts) != 2 {
		t.Errorf("got %+v, %d files", got, len(parts))
	}
}

// A refusal for another reason stays one: the words would be refused as well.
func TestRefusedWithFiles(t *testing.T) {
	s := newServer(t, func(s *server) { s.replies["DATA."] = "550 5.7.1 no" })
	if got := send(t, plain(s), parcel()); got.Result != channel.Refused || got.Code != "550" || len(s.to) != 1 {
		t.Errorf("got %+v after %d talks", got, len(s.to))
	}
}

func TestCarries(t *testing.T) {
	for files, want := range map[int64]bool{0: true, 1: true, -1: false} {
		mail, err := email.New(email.Config{Host: "smtp.example", From: "a@office.example", Files: files})
		if err != nil || mail.Carries() != want {
			t.Errorf("%d: %v, %v", files, mail.Carries(), err)
		}
	}
}

// decoded is the body of a letter of text alone.
func decoded(t *testing.T, raw string) string {
	t.Helper()
	_, body, _ := strings.Cut(raw, "\r\n\r\n")
	// As a part, so that the standard reader undoes quoted-printable.
	one := fmt.Sprintf("--b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n%s\r\n--b--\r\n", body)
	p, err := multipart.NewReader(strings.NewReader(one), "b").NextPart()
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(p)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
