package channel_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"huiying"
	"huiying/notifier/channel"
)

var codes = channel.Codes{Provider: "channel.kind.dingtalk", Field: "errcode", Said: "errmsg", Later: map[int]time.Duration{130101: 10 * time.Minute}}

func TestCodes(t *testing.T) {
	for body, want := range map[string]struct {
		result channel.Result
		code   string
		after  time.Duration
	}{
		`{"errcode":0,"errmsg":"ok"}`:                           {channel.Accepted, "0", 0},
		`{"errcode":130101,"errmsg":"send too fast"}`:           {channel.Retry, "130101", 10 * time.Minute},
		`{"errcode":310000,"errmsg":"keywords not in content"}`: {channel.Refused, "310000", 0},
		`{"errcode":null}`:                                      {channel.Retry, "200", 0},
		`{"errcode":"0"}`:                                       {channel.Retry, "200", 0},
		`{}`:                                                    {channel.Retry, "200", 0},
		`[0]`:                                                   {channel.Retry, "200", 0},
		``:                                                      {channel.Retry, "200", 0},
		`{"errcode":1.5}`:                                       {channel.Retry, "200", 0},
	} {
		got := codes.Judge(channel.Answer{Status: 200, Body: []byte(body)})
		if got.Result != want.result || got.Code != want.code || got.RetryAfter != want.after || (got.Reason == nil) != (want.result == channel.Accepted) {
			t.Errorf("%s: %+v", body, got)
		}
	}
}

// What a provider says is shown, and nothing in it that could be a key, a token
// or a telephone number.
func TestSaid(t *testing.T) {
	for words, want := range map[string]string{
		"keywords not in content":                 "keywords not in content",
		"token a1b2c3d4e5f6a7b8c9d0 is not exist": "token *** is not exist",
		"bad mobile 13900000000!":                 "bad mobile ***!",
		"access_token=ff6cd723bdb4455fe18 不合法":    "access_token=*** 不合法",
		"一\n二\x00三":                               "一 二 三",
		"":                                        "",
		"errcode 310000":                          "errcode 310000",
	} {
		if got := channel.Said(words); got != want {
			t.Errorf("%q: %q, want %q", words, got, want)
		}
	}
	if got := channel.Said(strings.Repeat("很长。", 200)); utf8.RuneCountInString(got) != 121 {
		t.Errorf("%d characters", utf8.RuneCountInString(got))
	}
}

func FuzzSaid(f *testing.F) {
	f.Add("ok")
	f.Add("key 0123456789abcdef0")
	f.Fuzz(func(t *testing.T, words string) {
		got := channel.Said(words)
		if !utf8.ValidString(got) || strings.ContainsAny(got, "\n\r\x00") {
			t.Errorf("%q from %q", got, words)
		}
	})
}

func TestSignAndVerify(t *testing.T) {
	body, stamp := []byte(`{"state":"delivered"}`), strconv.FormatInt(now.Unix(), 10)
	sign := func(secret, stamp string, body []byte) http.Header {
		h := http.Header{}
		h.Set(channel.HeaderTimestamp, stamp)
		h.Set(channel.HeaderSignature, channel.Signature(secret, stamp, body))
		return h
	}
	if err := channel.Verify("s3cret", sign("s3cret", stamp, body), body, now.Add(5*time.Minute)); err != nil {
		t.Errorf("genuine: %v", err)
	}
	for name, err := range map[string]error{
		"late":       channel.Verify("s3cret", sign("s3cret", stamp, body), body, now.Add(6*time.Minute)),
		"early":      channel.Verify("s3cret", sign("s3cret", stamp, body), body, now.Add(-6*time.Minute)),
		"other key":  channel.Verify("s3cret", sign("guess", stamp, body), body, now),
		"other body": channel.Verify("s3cret", sign("s3cret", stamp, body), []byte("{}"), now),
		"no secret":  channel.Verify("", sign("", stamp, body), body, now),
		"unsigned":   channel.Verify("s3cret", http.Header{}, body, now),
	} {
		if huiying.ErrorCode(err) != huiying.Unauthorized {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFit(t *testing.T) {
	for limit := 8; limit < 40; limit++ {
		got := channel.Fit(strings.Repeat("汉", 20), "\n链", limit)
		if len(got) > limit || !utf8.ValidString(got) || !strings.HasSuffix(got, "\n链") {
			t.Errorf("%d: %q (%d)", limit, got, len(got))
		}
	}
}

// Whatever a provider answers is judged, and only its own word for it is an
// acceptance.
func FuzzJudge(f *testing.F) {
	for _, s := range []string{`{"errcode":0}`, `{"errcode":130101,"errmsg":"x"}`, `[]`, `null`, `{"errcode":1e99}`, "\xff", ""} {
		f.Add([]byte(s))
	}
	verdict := channel.Verdict{Path: "errcode", Equals: []string{"0"}}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, got := range []channel.Outcome{codes.Judge(channel.Answer{Status: 200, Body: body}), verdict.Judge("channel.kind.sms", channel.Answer{Status: 200, Body: body})} {
			if (got.Reason == nil) != (got.Result == channel.Accepted) || got.Result == channel.Accepted && !strings.Contains(string(body), "0") {
				t.Errorf("%q: %+v", body, got)
			}
		}
	})
}
