package sms_test

import (
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"go.uber.org/goleak"

	"huiying"
	"huiying/notifier/channel"
	"huiying/notifier/channel/sms"
)

// Connections that idle for the next alert are no leak.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"))
}

type provider struct {
	server         *httptest.Server
	status         int
	answer, method string
	query          url.Values
	header         http.Header
	body           string
}

func newProvider(t *testing.T) *provider {
	p := &provider{status: 200, answer: `{"Code":"OK"}`}
	p.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		p.method, p.query, p.header, p.body = r.Method, r.URL.Query(), r.Header, string(raw)
		w.WriteHeader(p.status)
		io.WriteString(w, p.answer)
	}))
	t.Cleanup(p.server.Close)
	return p
}

func (p *provider) send(t *testing.T, c sms.Config, m channel.Message) channel.Outcome {
	t.Helper()
	c.BaseURL, c.Now = p.server.URL, func() time.Time { return time.Unix(1700000000, 0) }
	s, err := sms.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s.Send(context.Background(), m)
}

func message() channel.Message {
	return channel.Message{
		DeliveryID: "d-1", Level: huiying.LevelRed, Title: `【红】"排队"`, Lines: []string{"规则：排队&等", "办件：HY20261123-0001"},
		Link: "https://hy.example/a/t", Address: "13900000000", CaseNo: "HY20261123-0001", At: time.Unix(1700000000, 0).UTC(),
	}
}

const text = `[红]"排队"，规则：排队&等，办件：HY20261123-0001 https://hy.example/a/t`

// A provider that takes JSON with parameters of a template, as the big clouds'
// gateways do.
func TestJSON(t *testing.T) {
	p := newProvider(t)
	got := p.send(t, sms.Config{
		URL: "https://sms.invalid/send", Secret: "k", Headers: map[string]string{"Authorization": "Bearer {secret}"},
		Body: `{"PhoneNumbers":"{phone}","TemplateParam":{"text":"{text}"},"OutId":"{delivery}"}`, Verdict: channel.Verdict{Path: "Code", Equals: []string{"OK"}},
	}, message())
	var body struct {
		PhoneNumbers, OutID string
		TemplateParam       struct{ Text string }
	}
	if got.Result != channel.Accepted || got.Code != "OK" || json.Unmarshal([]byte(p.body), &body) != nil {
		t.Fatalf("%+v %s", got, p.body)
	}
	if body.PhoneNumbers != "13900000000" || body.TemplateParam.Text != text || body.OutID != "d-1" || p.header.Get("Authorization") != "Bearer k" {
		t.Errorf("%+v", body)
	}
}

func TestFormAndQuery(t *testing.T) {
	p := newProvider(t)
	p.send(t, sms.Config{
		URL:     "https://sms.invalid/send?to={phone}&t={timestamp}",
		Headers: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, Body: "content={text}",
	}, message())
	form, err := url.ParseQuery(p.body)
	if err != nil || form.Get("content") != text || p.query.Get("to") != "13900000000" || p.query.Get("t") != "1700000000" {
		t.Errorf("%q %v %v", p.body, p.query, err)
	}
	p.send(t, sms.Config{Method: "get", URL: "https://sms.invalid/send?m={phone}&c={text}"}, message())
	if p.method != http.MethodGet || p.query.Get("c") != text || p.body != "" {
		t.Errorf("%s %v %q", p.method, p.query, p.body)
	}
}

// A provider that takes base64 of JSON with an MD5 over its fields, as the
// carriers' office gateways do.
func TestSignedAndEncoded(t *testing.T) {
	p := newProvider(t)
	p.answer = `{"rspcod":"success","success":true}`
	got := p.send(t, sms.Config{
		URL: "https://mas.invalid/sms/submit", Secret: "s3cret", Encode: "base64", Sign: "md5", SignOver: "officeap1{secret}{phone}{text}sig",
		Body:    `{"ecName":"office","apId":"ap1","mobiles":"{phone}","content":"{text}","sign":"sig","mac":"{sign}"}`,
		Verdict: channel.Verdict{Path: "success", Equals: []string{"true"}},
	}, message())
	raw, err := base64.StdEncoding.DecodeString(p.body)
	var body struct{ Content, Mac string }
	if err != nil || json.Unmarshal(raw, &body) != nil || got.Result != channel.Accepted {
		t.Fatalf("%+v %q", got, p.body)
	}
	sum := md5.Sum([]byte("officeap1s3cret13900000000" + text + "sig"))
	if body.Content != text || body.Mac != hex.EncodeToString(sum[:]) {
		t.Errorf("%+v", body)
	}
}

func TestAnswers(t *testing.T) {
	c := sms.Config{
		URL: "https://sms.invalid/", Body: "{phone}{text}", Verdict: channel.Verdict{Path: "data.0.code", Equals: []string{"0", "OK"}, LaterOn: []string{"isv.BUSINESS_LIMIT_CONTROL"}},
	}
	for answer, want := range map[string]channel.Result{
		`{"data":[{"code":0}]}`:                            channel.Accepted,
		`{"data":[{"code":"OK"}]}`:                         channel.Accepted,
		`{"data":[{"code":"isv.BUSINESS_LIMIT_CONTROL"}]}`: channel.Retry,
		`{"data":[{"code":"isv.MOBILE_NUMBER_ILLEGAL"}]}`:  channel.Refused,
		`{"data":[]}`:              channel.Retry,
		`{"data":[{"code":null}]}`: channel.Retry,
		`<html>`:                   channel.Retry,
	} {
		p := newProvider(t)
		p.answer = answer
		if got := p.send(t, c, message()); got.Result != want {
			t.Errorf("%s: %+v", answer, got)
		}
	}
	p := newProvider(t)
	p.status = 429
	if got := p.send(t, c, message()); got.Result != channel.Retry {
		t.Errorf("429: %+v", got)
	}
	m := message()
	m.Address = ""
	if got := p.send(t, c, m); got.Result != channel.Refused {
		t.Errorf("no number: %+v", got)
	}
}

// A message is whole segments, its link whole or left out.
func TestCut(t *testing.T) {
	for segments, most := range map[int]int{1: 70, 2: 134, 3: 201} {
		for _, signature := range []string{"", "中心"} {
			for n := range 260 {
				m := message()
				m.Lines = []string{strings.Repeat("长😀", n/2)}
				got := sms.Cut(m, signature, segments)
				length := len(utf16.Encode([]rune(got)))
				if signature != "" {
					length += 4
				}
				if length > most || !utf8.ValidString(got) || !strings.HasSuffix(got, " "+m.Link) {
					t.Fatalf("%d segments, %d: %d units, %q", segments, n, length, got)
				}
			}
		}
	}
	m := message()
	m.Link = "https://hy.example/" + strings.Repeat("x", 80)
	if got := sms.Cut(m, "", 1); strings.Contains(got, "hy.example") {
		t.Errorf("half a link: %q", got)
	}
}

func TestConfig(t *testing.T) {
	good := sms.Config{Method: "POST", URL: "https://s.example/", Body: "{phone}{text}", Segments: 3, Timeout: time.Second}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*sms.Config){
		"url": func(c *sms.Config) { c.URL = "x" }, "method": func(c *sms.Config) { c.Method = "BREW" },
		"no text": func(c *sms.Config) { c.Body = "{phone}" }, "no phone": func(c *sms.Config) { c.Body = "{text}" },
		"placeholder": func(c *sms.Config) { c.Body += "{password}" }, "sign": func(c *sms.Config) { c.Sign = "crc" },
		"encode": func(c *sms.Config) { c.Encode = "hex" }, "equals": func(c *sms.Config) { c.Verdict.Path = "Code" },
		"segments": func(c *sms.Config) { c.Segments = 11 }, "timeout": func(c *sms.Config) { c.Timeout = 0 }, "base": func(c *sms.Config) { c.BaseURL = "x" },
		"header placeholder": func(c *sms.Config) { c.Headers = map[string]string{"A": "{nobody}"} },
	} {
		c := good
		change(&c)
		if huiying.ErrorCode(c.Validate()) == "" {
			t.Errorf("%s was taken", name)
		}
	}
}

// Whatever a provider answers is judged, and whatever a message says stays
// inside its JSON string.
func FuzzProvider(f *testing.F) {
	f.Add(`{"Code":"OK"}`, "排队")
	f.Add(`[]`, `","x":"`)
	f.Fuzz(func(t *testing.T, answer, title string) {
		var body []byte
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ = io.ReadAll(r.Body)
			io.WriteString(w, answer)
		}))
		defer server.Close()
		s, err := sms.New(sms.Config{URL: server.URL, Body: `{"to":"{phone}","text":"{text}"}`, Verdict: channel.Verdict{Path: "Code", Equals: []string{"OK"}}})
		if err != nil {
			t.Fatal(err)
		}
		m := message()
		m.Title = title
		got := s.Send(context.Background(), m)
		var parts map[string]string
		if json.Unmarshal(body, &parts) != nil || len(parts) != 2 {
			t.Errorf("%q became %s", title, body)
		}
		if got.Result == channel.Accepted && !strings.Contains(answer, "OK") {
			t.Errorf("%q was taken for an acceptance", answer)
		}
	})
}
