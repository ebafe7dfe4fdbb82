package status_test

import (
	"encoding/json"
	"testing"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/surfacetest"
	"huiying/crawler/weibo/status"
)

// TestLoose: whatever type a field comes in, decoding never fails and what is
// no value of its kind counts as absent.
func TestLoose(t *testing.T) {
	for raw, want := range map[string]struct {
		word  string
		count int64
		floor bool
		whole int64
		flag  bool
		items int
	}{
		`7`:              {"7", 7, false, 7, false, 0},
		`"7"`:            {"7", 7, false, 7, false, 0},
		`-3`:             {"-3", 0, false, -3, false, 0},
		`"1.2万"`:         {"1.2万", 12000, false, 0, false, 0},
		`"100万+"`:        {"100万+", 1_000_000, true, 0, false, 0},
		`"37,184,025"`:   {"37,184,025", 37184025, false, 0, false, 0},
		`"87万次播放"`:       {"87万次播放", 870000, false, 0, false, 0},
		`1`:              {"1", 1, false, 1, true, 0},
		`"true"`:         {"true", 0, false, 0, true, 0},
		`true`:           {"", 0, false, 0, true, 0},
		`false`:          {"", 0, false, 0, false, 0},
		`null`:           {"", 0, false, 0, false, 0},
		`[1,2]`:          {"", 0, false, 0, false, 2},
		`{"1":2,"0":1}`:  {"", 0, false, 0, false, 2},
		`{"a":1}`:        {"", 0, false, 0, false, 0},
		`""`:             {"", 0, false, 0, false, 0},
		`99999999999999`: {"99999999999999", 99999999999999, false, 99999999999999, false, 0},
	} {
		var v struct {
			Word  status.Word
			Count status.Count
			Whole status.Whole
			Flag  status.Flag
			Items status.Items
		}
		body := `{"Word":` + raw + `,"Count":` + raw + `,"Whole":` + raw + `,"Flag":` + raw + `,"Items":` + raw + `}`
		if err := json.Unmarshal([]byte(body), &v); err != nil {
			t.Errorf("%s: %v", raw, err)
		}
		if string(v.Word) != want.word || v.Count.N != want.count || v.Count.Floor != want.floor || v.Whole.N != want.whole ||
			bool(v.Flag) != want.flag || len(v.Items) != want.items {
			t.Errorf("%s: %+v", raw, v)
		}
	}
}

func TestVerified(t *testing.T) {
	for raw, want := range map[string]string{
		`{"verified_type":-1}`: "none", `{"verified_type":0}`: "person", `{"verified_type":"1"}`: "government", `{"verified_type":2}`: "enterprise",
		`{"verified_type":3}`: "media", `{"verified_type":4}`: "campus", `{"verified_type":5}`: "enterprise", `{"verified_type":6}`: "enterprise",
		`{"verified_type":7}`: "organisation", `{"verified_type":200}`: "none", `{"verified_type":220,"verified":true}`: "none",
		`{"verified":true}`: "person", `{"verified":false}`: "none", `{}`: "none",
	} {
		var u status.User
		if !status.Object([]byte(raw), &u) || u.Author().Verified != want {
			t.Errorf("%s: %+v, want %s", raw, u.Author(), want)
		}
	}
}

func TestPlaces(t *testing.T) {
	for said, want := range map[string]string{
		"来自云岭": "云岭", "发布于 云岭": "云岭", "来自来自云岭": "云岭", "": "", "青禾手机端": "", `<a href="x">来自云岭</a>`: "", `来自<a href="x">青禾</a>`: "",
	} {
		if got := status.Place(said); got != want {
			t.Errorf("%s: %q, want %q", said, got, want)
		}
	}
}

// TestMids: a mid and the moment it was made lead to each other.
func TestMids(t *testing.T) {
	at := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	if mid := status.LowerMid(at); !status.MidTime(mid).Equal(at) {
		t.Errorf("%d is of %s", mid, status.MidTime(mid))
	}
	if !status.MidTime(17).IsZero() || status.LowerMid(time.Unix(0, 0)) != 0 {
		t.Error("a number that is no mid has a time")
	}
	for address, want := range map[string]int64{
		"https://weibo.com/x?id=5198765432109876": 5198765432109876, "https://weibo.com/x?id=PFrl58QSg": 5198765432109876,
		"https://weibo.com/x?mid=7": 7, "https://weibo.com/x": 0, "::": 0, "https://weibo.com/x?id=<>": 0,
	} {
		if got := status.MidOf(address); got != want {
			t.Errorf("%s: %d, want %d", address, got, want)
		}
	}
}

func TestPageAfter(t *testing.T) {
	for _, c := range []struct {
		address string
		last    int64
		want    string
	}{
		{"", 0, ""}, {"", 1, ""}, {"", 2, "page=2"}, {"https://a/?page=2", 2, ""}, {"https://a/?page=2", 9, "page=3"}, {"https://a/?page=x", 9, "page=2"}, {"::", 2, "page=2"},
	} {
		if got := status.PageAfter(c.address, c.last); got != c.want {
			t.Errorf("%s of %d: %q, want %q", c.address, c.last, got, c.want)
		}
	}
}

// TestOnce: a post's own place wins over a quotation of it, in the first place.
func TestOnce(t *testing.T) {
	post := func(id, text string) huiying.Post { return huiying.Post{ID: id, Text: text} }
	got := status.Once([]status.Entry{
		{Post: post("a", "quoted"), Quoted: true}, {Post: post("b", "own")}, {Post: post("a", "own")}, {Post: post("b", "quoted"), Quoted: true},
	})
	if len(got) != 2 || got[0].Post.Text != "own" || got[0].Quoted || got[1].Post.Text != "own" {
		t.Errorf("%+v", got)
	}
}

// TestTombstones: what stands in the place of a post that is gone is not its
// author's word; the same words of a known author are.
func TestTombstones(t *testing.T) {
	for raw, gone := range map[string]bool{
		`{"id":5367253432270859,"text":"此微博已被作者删除","user":null}`:                     true,
		`{"id":5367253432270859,"text":"此微博已被原作者删除。","deleted":"1"}`:                 true,
		`{"id":5367253432270859,"text":"","user":null}`:                              true,
		`{"id":5367253432270859,"text_raw":"该账号因用户自行申请关闭，现已无法查看。","user":null}`:      true,
		`{"id":5367253432270859,"text":"这条微博已被小区群转疯","user":{"id":7}}`:               false,
		`{"id":5367253432270859,"text":"路灯坏了","user":null}`:                          false,
		`{"id":5367253432270859,"text":"作者已设置仅展示半年内微博","user":[],"isLongText":true}`: true,
	} {
		got := status.Entries([]byte(raw), status.Reading{Document: surfacetest.Body("", "")})
		if len(got) != 1 || got[0].Post.Deleted != gone || (got[0].Post.Text == "") != gone || (gone && got[0].Post.Truncated) {
			t.Errorf("%s: %+v", raw, got)
		}
	}
}

// TestWhole: which of its texts is a post's text, and whether it is all of it.
func TestWhole(t *testing.T) {
	for _, c := range []struct {
		fields string
		whole  bool // of the surface
		text   string
		cut    bool
	}{
		{`"text":"甲<br />乙"`, false, "甲\n乙", false},
		{`"text":"甲","text_raw":"乙"`, false, "乙", false},
		{`"raw_text":"丙"`, false, "丙", false},
		{`"text":"甲...<a href=\"/status/1\">全文</a>"`, true, "甲...", true},
		{`"text":"甲","isLongText":true`, false, "甲", true},
		{`"text":"甲","isLongText":true`, true, "甲", false},
		{`"text":"甲","isLongText":true,"longText":{"content":"甲乙丙"}`, false, "甲乙丙", false},
		{`"text":"甲","isLongText":true,"longText":{"longTextContent":"甲<br>乙"}`, false, "甲\n乙", false},
		{`"text":"甲","truncated":true`, true, "甲", true},
	} {
		raw := `{"id":5367253432270859,"user":{"id":7},` + c.fields + `}`
		got := status.Entries([]byte(raw), status.Reading{Document: surfacetest.Body("", ""), Whole: c.whole})
		if len(got) != 1 || got[0].Post.Text != c.text || got[0].Post.Truncated != c.cut {
			t.Errorf("%s: %+v", c.fields, got)
		}
	}
}

func TestEnvelopes(t *testing.T) {
	for body, want := range map[string]crawler.Answer{
		`{"ok":1,"data":{}}`: crawler.AnswerOK, "\xef\xbb\xbf{\"ok\":1,\"data\":[]}": crawler.AnswerOK, `{"data":{}}`: crawler.AnswerOK,
		`{"ok":-100}`: crawler.AnswerLoginWall, `{"ok":0,"url":"https://passport.weibo.com/x"}`: crawler.AnswerLoginWall,
		`{"ok":0,"url":"https://m.weibo.cn/captcha"}`: crawler.AnswerBlocked, `{"ok":0}`: crawler.AnswerEmpty, `{"ok":1}`: crawler.AnswerMalformed,
		`{"error_code":"20502","error":"Need"}`: crawler.AnswerForbidden, `{"ok":0,"msg":"系统维护中"}`: crawler.AnswerMaintenance, ``: crawler.AnswerMalformed,
	} {
		if _, got := status.Open(surfacetest.Body(body, "")); got != want {
			t.Errorf("%s: %s, want %s", body, got, want)
		}
	}
}

func FuzzEntries(f *testing.F) {
	f.Add([]byte(`{"id":"5367253432270859","mblogid":"Rsdzh9wKL","text":"甲","user":{"id":7},"retweeted_status":{"id":5,"text":"","user":null},"longText":{"content":"乙"}}`))
	f.Add([]byte(`{"id":7,"rootid":5,"reply_comment":{"id":6},"comments":[{"id":8}],"analysis_extra":"mid:5367253432270859","source":"来自云岭"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		d := surfacetest.Body("", "")
		surfacetest.Sound(t, status.Full(status.Entries(raw, status.Reading{Document: d}), "", 0).Parsed())
		surfacetest.Sound(t, status.Full(status.Thread(raw, 0, d), "", 0).Parsed())
	})
}
