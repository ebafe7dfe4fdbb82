package handover_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/crawler/intake/handover"
	"huiying/internal/locale"
)

var zone = time.FixedZone("CST", 8*3600)

func desk() handover.Desk {
	return handover.Desk{Source: "letters", Platform: "mailbox", Now: time.Date(2026, 3, 2, 12, 0, 0, 0, zone), Zone: zone}
}

func good() huiying.Handover {
	return huiying.Handover{Number: "X1", Text: "路灯不亮", Time: "2026-01-05 10:30"}
}

func TestTimes(t *testing.T) {
	for give, want := range map[string]string{
		"2026-01-05 10:30":          "2026-01-05 10:30:00 minute",
		"2026/1/5 8:05:09":          "2026-01-05 08:05:09 second",
		"2026年1月5日":                 "2026-01-05 00:00:00 day",
		"2026年1月5日 10时30分":          "2026-01-05 10:30:00 minute",
		"2026年1月5日10点":              "2026-01-05 10:00:00 minute",
		"2026.1.5":                  "2026-01-05 00:00:00 day",
		"２０２６－０１－０５":                "2026-01-05 00:00:00 day",
		"20260105":                  "2026-01-05 00:00:00 day",
		"20260105103000":            "2026-01-05 10:30:00 second",
		"2026010510":                "2026-01-05 10:00:00 minute",
		"2026-01-05T10:30:00+08:00": "2026-01-05 10:30:00 second",
		"2026-01-05T02:30:00Z":      "2026-01-05 10:30:00 second",
		"昨天 10:30":                  "", "1月5日": "", "1/5/26 10:30": "", "2026-13-05": "", "2026-02-30": "", "1.2万": "",
		"2026-01-05 下午3:00": "", "46083": "", "2027-01-05": "",
	} {
		h := good()
		h.Time = give
		p, err := desk().Post(h)
		if want == "" {
			if err == nil {
				t.Errorf("%s was read as %v", give, p.PublishedAt)
			}
			continue
		}
		if got := p.PublishedAt.In(zone).Format(time.DateTime) + " " + p.PublishedPrecision; err != nil || got != want {
			t.Errorf("%s: %s %v", give, got, err)
		}
	}
}

func TestDue(t *testing.T) {
	for give, want := range map[string]string{
		"2026-01-12": "2026-01-12 23:59:59", "2026-01-12 17:30": "2026-01-12 17:30:00", "": "none", "无": "none", "—": "none",
		"5个工作日": "", "2026-01-01": "",
	} {
		h := good()
		h.Due = give
		p, err := desk().Post(h)
		got := p.DueAt.Format(time.DateTime)
		if p.DueAt.IsZero() {
			got = "none"
		}
		if want == "" && err == nil || want != "" && (err != nil || got != want) {
			t.Errorf("%s: %s %v", give, got, err)
		}
	}
}

func TestStatus(t *testing.T) {
	for give, want := range map[string]string{
		"受理": "received", "待受理": "received", "未处理": "received", "待处理": "received", "办理中": "handling", "已转办": "handling", "待回复": "handling",
		"已办结": "answered", "已回复": "answered", "办结归档": "answered", "": "", "其他": "", "handling": "handling",
	} {
		h := good()
		h.Status = give
		p, err := desk().Post(h)
		if err != nil || p.Status != want {
			t.Errorf("%s: %s %v", give, p.Status, err)
		}
	}
}

func TestNames(t *testing.T) {
	for give, want := range map[string]string{"赵小六": "赵小六", "张女士": "匿名", "李*": "匿名", "王某": "匿名", "": "", "/": ""} {
		h := good()
		h.Name = give
		if p, _ := desk().Post(h); p.Author.Name != want {
			t.Errorf("%s: %s", give, p.Author.Name)
		}
	}
}

// Every mistake of a row is said at once.
func TestEveryMistake(t *testing.T) {
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	_, err = desk().Post(huiying.Handover{Number: "a b,c", Due: "soon", URL: "x"})
	said := words.Sentence(locale.Chinese, err)
	if strings.Count(said, "\n") != 4 {
		t.Errorf("%s", said)
	}
}

func TestNumbers(t *testing.T) {
	for give, want := range map[string]string{" ＲＸ－００１ ": "RX-001", "中卫〔2026〕12号": "中卫〔2026〕12号", "a/b": "a/b"} {
		h := good()
		h.Number = give
		p, err := desk().Post(h)
		if err != nil || p.Number != want || p.ID != "mailbox:"+want {
			t.Errorf("%s: %s %v", give, p.ID, err)
		}
	}
	for _, bad := range []string{"", "a\nb,c", "X1;X2", strings.Repeat("1", 101), "x\u0000y"} {
		h := good()
		h.Number = bad
		if p, err := desk().Post(h); err == nil {
			t.Errorf("%q became %s", bad, p.ID)
		}
	}
}

func FuzzPost(f *testing.F) {
	f.Add(`{"number":"X1","text":"路灯不亮","time":"2026-01-05 10:30","due":"2026-01-12","status":"已办结","answers":[{"text":"好"}]}`)
	f.Add(`{"number":"1","text":"<b>x</b>","time":"20260105"}`)
	f.Fuzz(func(t *testing.T, raw string) {
		var h huiying.Handover
		if json.Unmarshal([]byte(raw), &h) != nil {
			return
		}
		p, err := desk().Post(h)
		if err != nil {
			return
		}
		if err := p.Validate(); err != nil {
			t.Fatal(err)
		}
		again, err := desk().Post(h)
		if err != nil || again.MessageID() != p.MessageID() {
			t.Fatalf("read twice, two posts: %v", err)
		}
	})
}
