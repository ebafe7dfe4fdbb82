package account_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/crawler/weibo/account"
)

func cookie(value string) account.Given {
	return account.Given{Kind: account.Cookie, Key: "cookie", FileKey: "cookie_file", Value: value}
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "cookie")
	if err := os.WriteFile(file, []byte("  SUB=a; XSRF-TOKEN=b=c\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	from := cookie("")
	from.File = file
	got, err := account.Read("x", from, nil)
	if err != nil || got.Value() != "SUB=a; XSRF-TOKEN=b=c" || got.Part("XSRF-TOKEN") != "b=c" || got.Part("SUBP") != "" {
		t.Errorf("%q %v", got.Value(), err)
	}
	if got, err := account.Read("x", cookie(" bare "), nil); err != nil || got.Value() != "SUB=bare" {
		t.Errorf("%q %v", got.Value(), err)
	}
	token := account.Given{Kind: account.Token, Key: "access_token", FileKey: "token_file", Value: "2.00"}
	if got, err := account.Read("x", token, nil); err != nil || got.Value() != "2.00" {
		t.Errorf("%q %v", got.Value(), err)
	}
	both, none, odd, when := cookie("a"), cookie(""), cookie("a\r\nX: y"), cookie("a")
	both.File, none.File, when.Expires = file, filepath.Join(dir, "none"), "2026-13-01"
	for want, g := range map[string]account.Given{
		"weibo.two_secrets": both, "weibo.secret_file": none, "weibo.bad_secret": odd, "weibo.bad_expiry": when,
	} {
		if _, err := account.Read("x", g, nil); huiying.ErrorCode(err) != huiying.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// TestValueIsNotPrinted: whatever a secret is printed with, its value is not in it.
func TestValueIsNotPrinted(t *testing.T) {
	s, err := account.Read("x", cookie("hush"), nil)
	if err != nil {
		t.Fatal(err)
	}
	var h account.Health
	h.Worked(s, time.Unix(1e9, 0))
	for _, form := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if out := fmt.Sprintf(form, s) + fmt.Sprintf(form, &s) + fmt.Sprintf(form, h); strings.Contains(out, "hush") {
			t.Errorf("%s: %s", form, out)
		}
	}
}

func TestHealth(t *testing.T) {
	now := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	s, _ := account.Read("x", cookie("one"), nil)
	other, _ := account.Read("x", cookie("two"), nil)
	none, _ := account.Read("x", cookie(""), nil)
	var h account.Health
	if got := h.Refused(s, "x", now, nil); got != "cookie of source x: refused since 2026-11-20 10:00, never worked" {
		t.Error(got)
	}
	h.Worked(s, now.Add(time.Hour))
	before := h
	if h.Worked(s, now.Add(90*time.Minute)); h != before {
		t.Error("the note changes within the hour")
	}
	h.Worked(s, now.Add(5*time.Hour))
	h.Refused(s, "x", now.Add(6*time.Hour), nil)
	if got := h.Refused(s, "x", now.Add(9*time.Hour), nil); got != "cookie of source x: refused since 2026-11-20 16:00, had worked from 2026-11-20 11:00 to 2026-11-20 15:00" {
		t.Error(got)
	}
	if got := h.Refused(other, "x", now.Add(10*time.Hour), nil); got != "cookie of source x: refused since 2026-11-20 20:00, never worked" {
		t.Error(got)
	}
	if got := h.Refused(none, "x", now, nil); got != "no cookie of source x" || h != (account.Health{}) {
		t.Error(got, h)
	}
}

func TestWarning(t *testing.T) {
	zone := time.FixedZone("CST", 8*60*60)
	g := cookie("a")
	g.Expires = "2026-12-31"
	s, err := account.Read("x", g, zone)
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[string]string{
		"2026-12-24 23:59": "", "2026-12-25 00:00": "weibo.cookie_expires", "2026-12-31 23:59": "weibo.cookie_expires", "2027-01-01 00:00": "weibo.cookie_expired",
	} {
		now, err := time.ParseInLocation("2006-01-02 15:04", day, zone)
		if err != nil {
			t.Fatal(err)
		}
		if reason, detail := s.Warning("x", now); reason != want || (want != "" && !strings.Contains(detail, "2026-12-31")) {
			t.Errorf("%s: %s %s", day, reason, detail)
		}
	}
}
