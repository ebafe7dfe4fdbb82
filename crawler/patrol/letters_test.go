package patrol_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/patrol"
	"huiying/crawler/portal/site"
)

const board = `
name: town-letters
site: https://zw.example.gov.cn
kind: letter
list: {url: "/letters?page={page}", item: li}
detail:
  title: h1
  text: .text
  time: .time
  answers: {item: .answer, text: .words, org: .org, time: .at}
id: {query: id}
`

func page(sent, answer string) string {
	out := `<body><h1>来信</h1><div class="time">` + sent + `</div><div class="text">窗口几点下班？</div>`
	if answer != "" {
		out += `<div class="answer"><b class="org">大厅</b><i class="at">2026-11-01</i><p class="words">` + answer + `</p></div>`
	}
	return out + "</body>"
}

// TestLetters: letters without an answer after two and three months are told
// at their levels, an answered one is over, an invalid one is none.
func TestLetters(t *testing.T) {
	profile, err := site.Parse([]byte(board))
	if err != nil {
		t.Fatal(err)
	}
	b := newBeat()
	b.opt["letters"] = map[string]any{"profile": "town-letters", "ignore": []string{home + "letter?id=5"}}
	b.opt["off"] = []string{"probe", "links", "wording", "home", "columns", "channels", "certificate"}
	rows := ""
	for i, sent := range []string{"2026-11-10", "2026-09-19", "2026-08-19", "2026-08-18", "2026-08-01", "2025-01-01"} {
		address := fmt.Sprintf("%sletter?id=%d", home, i+1)
		rows += fmt.Sprintf(`<li><a href="%s">信</a><span>%s</span></li>`, address, sent)
		answer := ""
		if i == 3 {
			answer = "五点半。"
		}
		b.town.pages[address] = page(sent, answer)
	}
	b.town.pages[home+"letters?page=1"] = "<ul>" + rows + "</ul>"
	visit := func() crawler.Report {
		t.Helper()
		r := patrol.New(map[string]site.Profile{"town-letters": profile}, nil, nil)
		b.town.asked = nil
		got, err := r.Read(t.Context(), crawler.Visit{
			Source: b.source(), Cursor: b.cursor, Fetch: &b.town, Sink: b, Now: func() time.Time { return b.now }, Zone: b.now.Location(),
		})
		if err != nil {
			t.Fatal(err)
		}
		b.cursor = got.Cursor
		return got
	}
	if got := visit(); len(b.town.asked) != 4 {
		t.Errorf("%d questions: %+v", len(b.town.asked), got)
	}
	b.expect(t, "at first", "letter-unanswered orange", "letter-unanswered yellow")
	b.now = b.now.AddDate(0, 1, 0)
	visit()
	b.expect(t, "a month later", "letter-unanswered orange")
	for i := 2; i <= 3; i++ {
		b.town.pages[fmt.Sprintf("%sletter?id=%d", home, i)] = page("2026-09-19", "五点半。")
	}
	b.now = b.now.AddDate(0, 0, 1)
	visit()
	b.expect(t, "answered", "letter-unanswered over", "letter-unanswered over")
	if strings.Contains(string(b.cursor), "窗口") {
		t.Error("a citizen's words are in the cursor")
	}
}

func TestCheck(t *testing.T) {
	check := patrol.Kind(nil).Check
	for options, good := range map[string]bool{
		`{"url":"https://zw.example.gov.cn/"}`:                                                       true,
		`{"url":"https://zw.example.gov.cn/","norms":{"home-stale":{"limit":10,"level":"red"}}}`:     true,
		`{"url":"https://zw.example.gov.cn/","columns":[{"name":"要闻","url":"/yw/","class":"news"}]}`: true,
		`{}`:                          false,
		`{"url":"zw.example.gov.cn"}`: false,
		`{"url":"https://zw.example.gov.cn/","probes_a_day":19}`:                              false,
		`{"url":"https://zw.example.gov.cn/","probes_a_day":288}`:                             false, // every 10 min is too seldom
		`{"url":"https://zw.example.gov.cn/","norms":{"nothing":{}}}`:                         false,
		`{"url":"https://zw.example.gov.cn/","off":["everything"]}`:                           false,
		`{"url":"https://zw.example.gov.cn/","columns":[{"name":"x","url":"https://b.cn/"}]}`: false,
		`{"url":"https://zw.example.gov.cn/","letters":{"profile":"nowhere"}}`:                false,
		`{"url":"https://zw.example.gov.cn/","words":{"add":[{"wrong":"错","right":"对"}]}}`:    false,
		`{"url":"https://zw.example.gov.cn/","words":{"file":"/nowhere.yaml"}}`:               false,
		`{"url":"https://zw.example.gov.cn/","round_every":"daily"}`:                          false,
		`{"url":"https://zw.example.gov.cn/","colour":1}`:                                     false,
	} {
		err := check(huiying.Source{ID: "p", Every: 10 * time.Minute, Options: []byte(options)})
		if (err == nil) != good {
			t.Errorf("%s: %v", options, err)
		}
	}
}

func FuzzCursor(f *testing.F) {
	for _, s := range []string{`{}`, `{"series":{"n":24,"f":1,"s":"o.x"},"round":{"b":1,"l":[{"u":"x","f":[9]}]}}`, `{"letters":{"b":1,"l":7},"open":{"a":{}}}`} {
		f.Add([]byte(s))
	}
	r := reader(nil)
	f.Fuzz(func(t *testing.T, raw []byte) {
		b := newBeat()
		_, _ = r.Read(t.Context(), crawler.Visit{
			Source: b.source(), Cursor: raw, Fetch: &b.town, Sink: b, Now: func() time.Time { return b.now }, Zone: b.now.Location(),
		})
	})
}
