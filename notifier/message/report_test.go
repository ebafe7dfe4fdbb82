package message_test

import (
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/locale"
	"huiying/notifier/message"
)

// A notice of a report holds its title, the time and a link that asks to sign in.
func TestReport(t *testing.T) {
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	texts := message.Texts{Catalogue: words, PublicURL: "https://example.org/", Zone: time.UTC}
	m := texts.Message(huiying.Delivery{ID: "d-1", Person: "lu", Channel: "mail", Alert: huiying.Alert{
		RuleName: "舆情日报 2026年11月26日", Level: huiying.LevelNone, Cause: huiying.CauseReport, View: "r-abc", RaisedAt: time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC),
	}}, time.Now())
	if m.Title != "报告已发布：舆情日报 2026年11月26日" || m.Link != "https://example.org/reports/r-abc" || !strings.Contains(strings.Join(m.Lines, "\n"), "2026-11-27 09:00") {
		t.Errorf("%+v", m)
	}
}
