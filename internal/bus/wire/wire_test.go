package wire_test

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"huiying"
	"huiying/internal/bus/wire"
)

var (
	office = time.FixedZone("office", 8*3600)
	at     = time.Date(2026, 11, 23, 1, 2, 3, 0, time.UTC)
)

func post() huiying.Post {
	return huiying.Post{
		ID: "portal:www.example.gov/l42", Source: "portal-letters", Platform: huiying.PlatformPortal, Kind: huiying.KindLetter,
		Title: "窗口几点下班", Text: "请问周六办理吗？<br>谢谢", PublishedAt: at, CollectedAt: at,
		Answers: []huiying.Answer{{Org: "某中心", At: at, Text: "周六上午办理。"}},
	}
}

func TestPostComesBack(t *testing.T) {
	m, err := wire.Post(post(), office)
	if err != nil {
		t.Fatal(err)
	}
	if m.Subject != "huiying.post.portal.portal-letters" || m.ID != post().MessageID() {
		t.Errorf("%s %s", m.Subject, m.ID)
	}
	if s := string(m.Body); !strings.Contains(s, `"published_at":"2026-11-23T09:02:03+08:00"`) || !strings.Contains(s, "<br>") {
		t.Errorf("%s", s)
	}
	got, err := wire.DecodePost(m.Body)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(post(), got); d != "" {
		t.Error(d)
	}
}

func TestLongPostsAreCut(t *testing.T) {
	for name, text := range map[string]string{
		"5 MB":          strings.Repeat("长信", 900_000),
		"new lines":     strings.Repeat("\n", 5_000_000),
		"controls":      strings.Repeat("\x01", 700_000),
		"bad UTF-8":     strings.Repeat("\xff", 700_000) + "好",
		"NUL":           "a\x00b",
		"a cut in half": strings.Repeat("a", huiying.MaxText-1) + "界",
	} {
		p := post()
		p.Text = text
		p.Answers = append(p.Answers, huiying.Answer{Org: "o", Text: text})
		m, err := wire.Post(p, office)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, err := wire.DecodePost(m.Body)
		if err != nil || len(m.Body) > wire.MaxMessage || !utf8.ValidString(got.Text) {
			t.Errorf("%s: %d bytes, %v", name, len(m.Body), err)
		}
		if got.MessageID() != m.ID {
			t.Errorf("%s: sent as %s, read as %s", name, m.ID, got.MessageID())
		}
		if want := len(text) > 1000; got.Truncated != want && name != "bad UTF-8" {
			t.Errorf("%s: truncated is %v", name, got.Truncated)
		}
	}
}

func TestPostRefused(t *testing.T) {
	huge, bad := post(), post()
	huge.URL = strings.Repeat("u", 2*wire.MaxMessage)
	bad.Source = "Bad.Source"
	for key, p := range map[string]huiying.Post{"bus.too_large": huge, "post.bad_source": bad} {
		_, err := wire.Post(p, office)
		var e *huiying.Error
		if !errors.As(err, &e) || e.Key != key || e.Code != huiying.Invalid {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestEventComesBack(t *testing.T) {
	j := huiying.Judgement{Post: post(), Level: huiying.LevelOrange, Tags: []huiying.Tag{
		{Rule: "r-blue", Level: huiying.LevelBlue}, {Rule: "r-queue", Level: huiying.LevelOrange},
	}}
	m, err := wire.Event(huiying.NewEvent(j, at), office)
	if err != nil {
		t.Fatal(err)
	}
	if m.Subject != "huiying.event.orange.r-queue" || m.ID != post().MessageID() {
		t.Errorf("%s %s", m.Subject, m.ID)
	}
	if s := string(m.Body); !strings.Contains(s, `"keywords":[]`) || !strings.Contains(s, `"level_why":[]`) || !strings.Contains(s, `"time":"2026-11-23T09:02:03+08:00"`) {
		t.Errorf("%s", s)
	}
	got, err := wire.DecodeEvent(m.Body)
	if err != nil || got.Data.Tags[1].Rule != "r-queue" || !got.Time.Equal(at) {
		t.Errorf("%+v, %v", got, err)
	}
	m, err = wire.Event(huiying.NewEvent(huiying.Judgement{Post: post(), Level: huiying.LevelNone}, at), office)
	if err != nil || m.Subject != "huiying.event.none.untagged" || !strings.Contains(string(m.Body), `"tags":[]`) {
		t.Errorf("%s, %v", m.Subject, err)
	}
}

func TestLargeEventKeepsFirstMatches(t *testing.T) {
	tag := huiying.Tag{Rule: "r-1", Level: huiying.LevelRed}
	for i := range 40_000 {
		tag.Matches = append(tag.Matches, huiying.Match{Field: "text", Start: i, End: i + 1, Text: "长"})
	}
	e := huiying.NewEvent(huiying.Judgement{Post: post(), Level: huiying.LevelRed, Tags: []huiying.Tag{tag}}, at)
	m, err := wire.Event(e, office)
	if err != nil || len(m.Body) > wire.MaxMessage {
		t.Fatalf("%d bytes, %v", len(m.Body), err)
	}
	if len(e.Data.Tags[0].Matches) != 40_000 {
		t.Error("the caller's event was changed")
	}
}

func TestEventRefused(t *testing.T) {
	good := huiying.Judgement{Post: post(), Level: huiying.LevelRed}
	level, rule, none := good, good, good
	level.Level = "purple"
	rule.Tags = []huiying.Tag{{Rule: "r.dot", Level: huiying.LevelRed}}
	none.Post.ID = ""
	for _, j := range []huiying.Judgement{level, rule, none} {
		if _, err := wire.Event(huiying.NewEvent(j, at), office); huiying.ErrorCode(err) != huiying.Invalid {
			t.Errorf("%v", err)
		}
	}
}

// Bytes from anywhere decode to a post that can be published again, or to an
// error.
func FuzzDecode(f *testing.F) {
	m, err := wire.Post(post(), office)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(m.Body)
	f.Add([]byte(`{"id":"a:b","source":"s","platform":"p","collected_at":"2026-01-01T00:00:00Z","text":"\u0000\ud800"}`))
	f.Add([]byte(`{"type":"huiying.event.v1","data":{"level":"red","post":{}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if p, err := wire.DecodePost(body); err == nil {
			m, err := wire.Post(p, office)
			if err != nil {
				if huiying.ErrorCode(err) == huiying.Internal && p.CollectedAt.Year() < 9999 && p.PublishedAt.Year() < 9999 {
					t.Error(err)
				}
				return
			}
			again, err := wire.DecodePost(m.Body)
			if err != nil || again.MessageID() != m.ID {
				t.Errorf("%s came back as %s, %v", m.ID, again.MessageID(), err)
			}
		}
		if e, err := wire.DecodeEvent(body); err == nil {
			_, _ = wire.Event(e, office)
		}
	})
}
