package message_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/locale"
	"huiying/notifier/message"
)

var start = time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC)

var office = time.FixedZone("office", 8*3600)

func catalogue(t testing.TB) *locale.Catalogue {
	t.Helper()
	c, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var update = flag.Bool("update", false, "write the goldens anew")

// The messages people read, word for word.
func TestMessages(t *testing.T) {
	alert := huiying.Alert{
		ID: "a-1", PostID: "weibo:1", PostURL: "https://weibo.example/1", Platform: "weibo", Rule: "r-queue", RuleName: "排队",
		Level: huiying.LevelRed, Unit: "u-hall", CaseNo: "HY20261123-0001", AcceptedAt: start, RaisedAt: start.Add(time.Second),
	}
	yellow := alert
	yellow.Level, yellow.CaseNo, yellow.Platform = huiying.LevelYellow, "", "bulletin"
	token := func(id string, at time.Time) string { return id + "-" + at.Format("150405") }
	var got strings.Builder
	for _, c := range []struct {
		name  string
		texts message.Texts
		d     huiying.Delivery
	}{
		{"red, with link", message.Texts{PublicURL: "https://hy.example/", Token: token}, huiying.Delivery{ID: "d-1", Person: "amin", Alert: alert}},
		{"red, in English", message.Texts{Lang: locale.English, PublicURL: "https://hy.example", Token: token}, huiying.Delivery{ID: "d-1", Person: "amin", Alert: alert}},
		{"no public address", message.Texts{Token: token}, huiying.Delivery{ID: "d-1", Person: "amin", Alert: alert}},
		{"a group's robot", message.Texts{PublicURL: "https://hy.example", Token: token}, huiying.Delivery{ID: "d-2", Alert: alert}},
		{"yellow, unknown platform", message.Texts{Lang: locale.English}, huiying.Delivery{ID: "d-3", Person: "bo", Alert: yellow}},
	} {
		c.texts.Catalogue, c.texts.Zone = catalogue(t), office
		m := c.texts.Message(c.d, start)
		got.WriteString("## " + c.name + "\n" + m.Title + "\n" + strings.Join(m.Lines, "\n") + "\n")
		if m.Link != "" {
			got.WriteString(m.LinkText + " " + m.Link + "\n")
		}
		got.WriteString("raised " + m.At.Format(time.RFC3339) + " lang " + m.Lang + "\n\n")
		if strings.Contains(strings.Join(m.Lines, ""), "weibo.example") {
			t.Error("the citizen's post is named in the message")
		}
	}
	golden := filepath.Join("testdata", "messages.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("got:\n%s", got.String())
	}
}

func TestSentenceOfNothing(t *testing.T) {
	if got := (message.Texts{Catalogue: catalogue(t)}).Sentence(nil); got != "" {
		t.Errorf("got %q", got)
	}
}
