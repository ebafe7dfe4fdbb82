package reports_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"huiying"
	"huiying/analyzer/fold"
	"huiying/analyzer/personal"
	"huiying/internal/app/reports"
	"huiying/internal/query"
	"huiying/internal/report/periodic"
	"huiying/internal/store/access"
	"huiying/internal/store/outbox"
	"huiying/internal/store/record"
	"huiying/internal/store/storetest"
	"huiying/notifier"
	"huiying/notifier/channel"
	"huiying/notifier/channel/email"
	"huiying/notifier/message"
)

// postOffice is a mail server on a port of this machine. It puts off the first
// letters when told to, after it has read them.
type postOffice struct {
	listener net.Listener
	done     sync.WaitGroup

	mu      sync.Mutex
	putOff  int
	seen    []string // every letter that was read
	letters []string // and those that were taken
}

func newPostOffice(t *testing.T) *postOffice {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &postOffice{listener: l}
	p.done.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			p.done.Go(func() {
				defer conn.Close()
				p.talk(conn)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		p.done.Wait()
	})
	return p
}

func (p *postOffice) talk(conn net.Conn) {
	in := bufio.NewReader(conn)
	fmt.Fprint(conn, "220 test\r\n")
	for {
		line, err := in.ReadString('\n')
		word := strings.ToUpper(strings.TrimSpace(line))
		switch {
		case err != nil:
			return
		case strings.HasPrefix(word, "EHLO"):
			fmt.Fprint(conn, "250-test\r\n250 8BITMIME\r\n")
		case word == "DATA":
			fmt.Fprint(conn, "354 go on\r\n")
			var letter strings.Builder
			for line != ".\r\n" {
				if line, err = in.ReadString('\n'); err != nil {
					return
				}
				letter.WriteString(line)
			}
			fmt.Fprint(conn, p.take(strings.TrimSuffix(letter.String(), ".\r\n")))
		default:
			fmt.Fprint(conn, "250 ok\r\n")
			if word == "QUIT" {
				return
			}
		}
	}
}

func (p *postOffice) take(letter string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = append(p.seen, letter)
	if p.putOff--; p.putOff >= 0 {
		return "451 4.7.1 later\r\n"
	}
	p.letters = append(p.letters, letter)
	return "250 queued\r\n"
}

// robot is a channel of a group, which takes no files.
type robot struct {
	mu   sync.Mutex
	sent []channel.Message
}

func (r *robot) Send(_ context.Context, m channel.Message) channel.Outcome {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent = append(r.sent, m)
	return channel.Outcome{Result: channel.Accepted}
}

// mailbox sends what waits until nothing does.
func (o *office) mailbox(p *postOffice, hook channel.Channel, most int64) {
	o.t.Helper()
	mail, err := email.New(email.Config{
		Host: "127.0.0.1", Port: p.listener.Addr().(*net.TCPAddr).Port, TLS: email.TLSNone, From: "alerts@office.example", Files: most,
	})
	o.must(err)
	queue := outbox.NewDeliveries(o.store)
	sender := notifier.NewSender(notifier.SenderOptions{
		Outbox: queue, Lates: queue, Directory: addressed{}, Now: func() time.Time { return o.now },
		Channels: map[string]channel.Channel{"mail": mail, "hook": hook},
		Ledger: notifier.LedgerFunc(func(ctx context.Context, f func(notifier.Tx) error) error {
			return o.ledger.InTx(ctx, func(tx *record.Tx) error { return f(tx) })
		}),
		Texts:   message.Texts{Catalogue: o.words, Zone: zone, PublicURL: "https://hy.example"},
		Sending: notifier.Sending{Retry: []time.Duration{1}, Every: time.Millisecond, Workers: 1},
		Enclosures: reports.Mail{Desk: o.desk, Personal: func(text string) bool {
			return len(personal.Find("text", fold.New(text))) > 0
		}},
	})
	ctx, stop := context.WithTimeout(o.t.Context(), 20*time.Second)
	ended := make(chan error, 1)
	go func() { ended <- sender.Run(ctx) }()
	for idle := false; !idle; {
		counts, err := queue.Counts(ctx)
		o.must(err)
		idle = counts[huiying.DeliveryQueued]+counts[huiying.DeliveryRetrying]+counts[huiying.DeliverySending] == 0
	}
	stop()
	o.must(<-ended)
}

// addressed finds people as reachable does, with their mailboxes in a domain.
type addressed struct {
	reachable
	domain string
}

func (a addressed) Recipients(ctx context.Context, ids []string) ([]notifier.Recipient, error) {
	list, err := a.reachable.Recipients(ctx, ids)
	for i, r := range list {
		list[i].Person.Contacts = []huiying.Contact{{Channel: "mail"}, {Channel: "hook"}}
		if r.Channel == "mail" {
			list[i].Address = r.Person.ID + a.domain
		}
	}
	return list, err
}

// opened is a letter as its reader has it.
type opened struct {
	id, text string
	files    map[string][]byte
}

func open(t *testing.T, raw string) opened {
	t.Helper()
	letter, err := netmail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	out := opened{id: letter.Header.Get("X-Huiying-Delivery"), files: map[string][]byte{}}
	kind, params, err := mime.ParseMediaType(letter.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	body := io.Reader(letter.Body)
	if kind != "multipart/mixed" { // read it as the only part of one
		params = map[string]string{"boundary": "b"}
		body = io.MultiReader(strings.NewReader("--b\r\nContent-Transfer-Encoding: "+letter.Header.Get("Content-Transfer-Encoding")+"\r\n\r\n"), body, strings.NewReader("\r\n--b--\r\n"))
	}
	for r := multipart.NewReader(body, params["boundary"]); ; {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		if name := part.FileName(); name != "" {
			if out.files[name], err = io.ReadAll(base64.NewDecoder(base64.StdEncoding, part)); err != nil {
				t.Fatal(err)
			}
			continue
		}
		text, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		out.text += string(text)
	}
}

// Whoever is told of a released report by e-mail gets the very files that the
// page gives out, though the server puts the letter off twice: under the same
// delivery id, noted once, and with their digests in the ledger. Over a robot
// goes the link.
func TestMailed(t *testing.T) {
	o := aDay(t)
	o.people(addressed{domain: "@office.example"})
	p, hook := newPostOffice(t), &robot{}
	p.putOff = 2
	r := o.draft(query.ReportAsk{Kind: query.ReportDaily, From: day})
	o.mailbox(p, hook, 0)
	if len(p.seen) != 0 {
		t.Fatal("a draft went out")
	}
	r = o.do(o.do(r, "wen", query.ReportSubmit), "gu", query.ReportRelease, func(d *query.ReportDo) { d.Tell = []string{"he"} })
	o.tick()
	o.mailbox(p, hook, 0)
	if len(p.seen) != 3 || len(p.letters) != 1 || len(hook.sent) != 0 {
		t.Fatalf("%d letters of %d, %d by the robot", len(p.letters), len(p.seen), len(hook.sent))
	}
	got := open(t, p.letters[0])
	if first := open(t, p.seen[0]); first.id != got.id || got.id == "" || !strings.Contains(got.text, "https://hy.example/reports/"+r.ID) {
		t.Errorf("sent as %s, then as %s: %s", first.id, got.id, got.text)
	}
	o.sameFiles(got, r)
	o.noted(got, r)
	if strings.Contains(fmt.Sprint(got.files, got.text), "13900001234") {
		t.Error("a telephone number went out")
	}
}

// sameFiles compares what was mailed with what the page gives out.
func (o *office) sameFiles(got opened, r query.Report) {
	o.t.Helper()
	if len(got.files) != 2 {
		o.t.Fatalf("%d files", len(got.files))
	}
	for _, format := range []string{"docx", "xlsx"} {
		want, err := o.desk.File(o.t.Context(), account("he"), r.ID, format)
		o.must(err)
		if mailed, ok := got.files[want.Name]; !ok || sha256.Sum256(mailed) != sha256.Sum256(want.Body) {
			o.t.Errorf("%s: %d bytes instead of %d", want.Name, len(mailed), len(want.Body))
		}
	}
}

// noted looks for the digests of what was mailed in both ledgers.
func (o *office) noted(got opened, r query.Report) {
	o.t.Helper()
	ledger, err := outbox.NewDeliveries(o.store).Attempts(o.t.Context(), got.id)
	o.must(err)
	if len(ledger) != 3 || ledger[0].Result != huiying.AttemptRetry || ledger[0].Code != "451" || ledger[2].Result != huiying.AttemptAccepted {
		o.t.Errorf("the ledger has %+v", ledger)
	}
	entries, err := access.New(o.store).Of(o.t.Context(), r.ID, access.ReportMailed, 10)
	o.must(err)
	if len(entries) != 2 {
		o.t.Errorf("the log has %+v", entries)
	}
	for name, body := range got.files {
		sum := fmt.Sprintf("%x", sha256.Sum256(body))
		logged := 0
		for _, e := range entries {
			if e.Actor == "he" && strings.Contains(e.Detail, "sha256:"+sum) && strings.Contains(e.Detail, got.id) {
				logged++
			}
		}
		if logged != 1 || !strings.Contains(ledger[len(ledger)-1].Sentence, fmt.Sprintf("%s（%d 字节，SHA-256 %s）", name, len(body), sum)) {
			o.t.Errorf("%s is logged %d times, and the ledger says %s", name, logged, ledger[len(ledger)-1].Sentence)
		}
	}
}

// What is too big, and what people wrote somebody's number into, stays: one
// sentence says so, and the link goes.
func TestMailedAsALink(t *testing.T) {
	for name, c := range map[string]struct {
		most int64
		text string
		says string
		kept string // what the ledger says
	}{
		"too big":  {1000, "大厅排队集中。", "超过邮件附件上限，没有随信发出，请登录系统下载。", "附件超过上限没有随信发出，只发了链接。"},
		"personal": {0, "来电人电话 13900001234。", "疑有个人信息，没有作为附件发出，请登录系统查看。", ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := aDay(t)
			o.people(addressed{domain: "@office.example"})
			p := newPostOffice(t)
			r := o.draft(query.ReportAsk{Kind: query.ReportDaily, From: day})
			r = o.do(r, "wen", query.ReportWrite, func(d *query.ReportDo) { d.Texts = map[string]string{periodic.PlaceSummary: c.text} })
			r = o.do(o.do(r, "wen", query.ReportSubmit), "gu", query.ReportRelease, func(d *query.ReportDo) { d.Tell = []string{"he"} })
			o.tick()
			o.mailbox(p, &robot{}, c.most)
			if len(p.letters) != 1 {
				t.Fatalf("%d letters", len(p.letters))
			}
			got := open(t, p.letters[0])
			if len(got.files) != 0 || strings.Count(got.text, c.says) != 1 || !strings.Contains(got.text, "https://hy.example/reports/"+r.ID) || strings.Contains(got.text, "13900001234") {
				t.Errorf("%d files: %s", len(got.files), got.text)
			}
			ledger, err := outbox.NewDeliveries(o.store).Attempts(t.Context(), got.id)
			if err != nil || len(ledger) != 1 || ledger[0].Sentence != c.kept {
				t.Errorf("%+v, %v", ledger, err)
			}
		})
	}
}

// Where the letter fails for good, the person's next channel tells them with a
// link.
func TestMailHandsOn(t *testing.T) {
	o := aDay(t)
	o.people(addressed{domain: " is no address"})
	p, hook := newPostOffice(t), &robot{}
	r := o.draft(query.ReportAsk{Kind: query.ReportDaily, From: day})
	r = o.do(o.do(r, "wen", query.ReportSubmit), "gu", query.ReportRelease, func(d *query.ReportDo) { d.Tell = []string{"he"} })
	o.tick()
	o.mailbox(p, hook, 0)
	if len(hook.sent) != 1 || len(hook.sent[0].Files) != 0 || hook.sent[0].Link != "https://hy.example/reports/"+r.ID {
		t.Errorf("%d letters, by the robot %+v", len(p.letters), hook.sent)
	}
}

// Nothing goes along that the receiver could not open on the page: a draft, one
// that they were not told of, and what somebody has who is gone.
func TestEnclosedForWhomItIs(t *testing.T) {
	o := aDay(t)
	mail := reports.Mail{Desk: o.desk, Personal: func(string) bool { return false }}
	ask := func(r query.Report, person, unit string) error {
		files, err := mail.Enclosed(t.Context(), huiying.Delivery{ID: "d-1", Person: person, Unit: unit, Alert: huiying.Alert{Cause: huiying.CauseReport, View: r.ID}}, "zh")
		if err == nil && len(files) != 2 {
			t.Errorf("%d files for %s", len(files), person)
		}
		return err
	}
	r := o.draft(query.ReportAsk{Kind: query.ReportDaily, From: day})
	code(t, "a draft to management", ask(r, "lu", ""), huiying.Forbidden)
	r = o.do(o.do(r, "wen", query.ReportSubmit), "gu", query.ReportRelease, func(d *query.ReportDo) { d.Tell = []string{"u-hall"} })
	for _, who := range [][2]string{{"lu", ""}, {"he", "u-hall"}, {"", "u-hall"}} {
		if err := ask(r, who[0], who[1]); err != nil {
			t.Errorf("%v: %v", who, err)
		}
	}
	code(t, "another unit's mailbox", ask(r, "", "u-roads"), huiying.Forbidden)
	code(t, "somebody who is gone", ask(r, "gone", "u-hall"), huiying.Forbidden)
	storetest.Exec(t, o.store, `DROP TABLE access_log`)
	if err := ask(r, "lu", ""); err == nil || huiying.ErrorCode(err) == huiying.Forbidden {
		t.Errorf("given out without a note: %v", err)
	}
}
