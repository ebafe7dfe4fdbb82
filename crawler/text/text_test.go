package text_test

import (
	"math"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"huiying"
	"huiying/crawler/text"
)

func zone() *time.Location { return time.FixedZone("CST", 8*60*60) }

func TestParseTime(t *testing.T) {
	fetched := time.Date(2026, 11, 23, 12, 30, 15, 0, zone())
	second, minute, day := huiying.PrecisionSecond, huiying.PrecisionMinute, huiying.PrecisionDay
	for _, tc := range []struct{ in, want, precision string }{
		{"Mon Nov 23 12:00:00 +0800 2026", "2026-11-23T12:00:00+08:00", second},
		{"Mon Nov 23 04:00:00 +0000 2026", "2026-11-23T12:00:00+08:00", second},
		{"2026-11-23T04:00:00Z", "2026-11-23T12:00:00+08:00", second},
		{"2026-11-23T12:00:00.250+08:00", "2026-11-23T12:00:00.25+08:00", second},
		{"Mon, 23 Nov 2026 04:00:00 GMT", "2026-11-23T12:00:00+08:00", second},
		{"Mon, 23 Nov 2026 12:00:00 +0800", "2026-11-23T12:00:00+08:00", second},
		{"2026-11-23 12:00:00 +0800", "2026-11-23T12:00:00+08:00", second},
		{"1795406400", "2026-11-23T12:00:00+08:00", second},
		{"1795406400000", "2026-11-23T12:00:00+08:00", second},
		{"刚刚", "2026-11-23T12:30:15+08:00", minute},
		{"10秒前", "2026-11-23T12:30:05+08:00", second},
		{"5分钟前", "2026-11-23T12:25:15+08:00", minute},
		{"５ 分钟前", "2026-11-23T12:25:15+08:00", minute},
		{"3小时前", "2026-11-23T09:30:15+08:00", minute},
		{"3个小时前", "2026-11-23T09:30:15+08:00", minute},
		{"半小时前", "2026-11-23T12:00:15+08:00", minute},
		{"3\u00a0天前", "2026-11-20T12:30:15+08:00", day},
		{"今天 12:03", "2026-11-23T12:03:00+08:00", minute},
		{"今天12:03", "2026-11-23T12:03:00+08:00", minute},
		{"今天 12:03:04", "2026-11-23T12:03:04+08:00", second},
		{"昨天 12:03", "2026-11-22T12:03:00+08:00", minute},
		{"昨天\u00a015:28", "2026-11-22T15:28:00+08:00", minute},
		{"前天 08:00", "2026-11-21T08:00:00+08:00", minute},
		{"昨天", "2026-11-22T00:00:00+08:00", day},
		{"06-27", "2026-06-27T00:00:00+08:00", day},
		{"12-31", "2025-12-31T00:00:00+08:00", day},
		{"06月17日 18:12", "2026-06-17T18:12:00+08:00", minute},
		{"6月7日", "2026-06-07T00:00:00+08:00", day},
		{"11月24日 00:10", "2025-11-24T00:10:00+08:00", minute},
		{"11-23 12:35", "2026-11-23T12:35:00+08:00", minute}, // the site's clock is a little ahead
		{"02-29", "2024-02-29T00:00:00+08:00", day},
		{"2020年06月15日 10:09", "2020-06-15T10:09:00+08:00", minute},
		{"2020-06-05 11:12:14", "2020-06-05T11:12:14+08:00", second},
		{"2020-06-05 11:12:14.0", "2020-06-05T11:12:14+08:00", second},
		{"2020-06-05 11:12:14\u00a0网页", "2020-06-05T11:12:14+08:00", second},
		{"2026-2-8 11:31", "2026-02-08T11:31:00+08:00", minute},
		{"2022-02-20", "2022-02-20T00:00:00+08:00", day},
		{"2022/2/20", "2022-02-20T00:00:00+08:00", day},
		{"2022.02.20", "2022-02-20T00:00:00+08:00", day},
		{"发布时间：2019-09-18 06:23", "2019-09-18T06:23:00+08:00", minute},
		{"发布于 2019-09-18 06:23", "2019-09-18T06:23:00+08:00", minute},
		{"06月17日 18:12\u00a0来自某某客户端", "2026-06-17T18:12:00+08:00", minute},
	} {
		got, precision, ok := text.ParseTime(tc.in, fetched, zone())
		if !ok || got.Format(time.RFC3339Nano) != tc.want || precision != tc.precision {
			t.Errorf("%q: got %s %s %v, want %s %s", tc.in, got.Format(time.RFC3339Nano), precision, ok, tc.want, tc.precision)
		}
	}
}

func TestParseTimeRefuses(t *testing.T) {
	fetched := time.Date(2026, 11, 23, 12, 30, 15, 0, zone())
	for _, in := range []string{
		"", "  ", "abc", "2026-13-01", "2026-02-30", "02-30", "99:99", "今年", "12", "123456789012", "昨天 25:00", "0000-00-00", "前",
		"1e10", strings.Repeat("9", 300), "1.2万",
	} {
		if got, _, ok := text.ParseTime(in, fetched, zone()); ok {
			t.Errorf("%q was read as %s", in, got)
		}
	}
	for _, in := range []string{"刚刚", "5分钟前", "今天 12:00", "06-27"} {
		if got, _, ok := text.ParseTime(in, time.Time{}, zone()); ok {
			t.Errorf("%q without a time of fetching was read as %s", in, got)
		}
	}
}

// The year of a date without one turns with the office's calendar, not with
// the machine's or with UTC.
func TestParseTimeAcrossNewYear(t *testing.T) {
	fetched := time.Date(2025, 12, 31, 16, 5, 0, 0, time.UTC) // 2026-01-01 00:05 at the office
	for in, want := range map[string]string{
		"昨天 23:59":    "2025-12-31T23:59:00+08:00",
		"今天 00:01":    "2026-01-01T00:01:00+08:00",
		"12-31":       "2025-12-31T00:00:00+08:00",
		"01-01":       "2026-01-01T00:00:00+08:00",
		"12月31日 23:1": "2025-12-31T23:01:00+08:00",
	} {
		got, _, ok := text.ParseTime(in, fetched, nil)
		if !ok || got.Format(time.RFC3339) != want {
			t.Errorf("%q: got %s %v, want %s", in, got.Format(time.RFC3339), ok, want)
		}
	}
}

func TestParseCount(t *testing.T) {
	for _, tc := range []struct {
		in    string
		n     int64
		floor bool
	}{
		{"0", 0, false}, {"123", 123, false}, {"1.2万", 12_000, false}, {"10万+", 100_000, true}, {"100万+", 1_000_000, true},
		{"2.68亿", 268_000_000, false}, {"7164.8万", 71_648_000, false}, {"37,184,025", 37_184_025, false}, {"1.5w", 15_000, false},
		{"999+", 999, true}, {"转发", 0, false}, {"评论", 0, false}, {"赞", 0, false}, {"转发 28", 28, false}, {"赞[523801]", 523_801, false},
		{"转发[1000000]", 1_000_000, false}, {"１２３", 123, false}, {" 42 ", 42, false}, {"", 0, false}, {"1.23456万", 12_345, false},
		{"3千", 3_000, false}, {"10万以上", 100_000, true}, {"1.9", 1, false}, {"99999999999999999999", math.MaxInt64, false},
		{"9999999999999亿", math.MaxInt64, false},
	} {
		if n, floor := text.ParseCount(tc.in); n != tc.n || floor != tc.floor {
			t.Errorf("%q: got %d %v, want %d %v", tc.in, n, floor, tc.n, tc.floor)
		}
	}
}

func TestPlain(t *testing.T) {
	for _, tc := range []struct{ name, in, want string }{
		{"plain", "大厅今天人很多", "大厅今天人很多"},
		{"own lines", "第一行\n第二行\r\n\r\n\r\n第四行", "第一行\n第二行\n\n第四行"},
		{"entity", "3 &lt; 5 &amp;&nbsp;好", "3 < 5 & 好"},
		{"bare less-than", "号数<5 的人 3<4", "号数<5 的人 3<4"},
		{"br", "一<br />二<br>三<br/><br/>四", "一\n二\n三\n\n四"},
		{"blocks", "<p>一</p>\n<p>二</p><div><div>三</div></div>", "一\n二\n三"},
		{"unquoted emoticon", `好<span class="url-icon"><img alt=[笑脸] src="//x/y.png" style="width:1em" /></span>呀`, "好[笑脸]呀"},
		{"title emoticon", `<img class="face" type=face title="[作揖]" src=x>谢谢`, "[作揖]谢谢"},
		{"other picture", `看<img alt="图片" src=x>图`, "看图"},
		{"mention", `<a href='/n/测试号'>@测试号</a>:请回复 //<a href='/n/乙'>@乙</a>:转`, "@测试号:请回复 //@乙:转"},
		{"topic", `<a href="https://m.weibo.cn/search?x=1"><span class="surl-text">#排队 三小时?#</span></a>来了`, "#排队 三小时?#来了"},
		{"wrapped link", `见<a data-url="http://t.cn/x" href="https://weibo.cn/sinaurl?u=https%3A%2F%2Fexample.org%2Fa%3Fb%3D1%26c%3D2" data-hide=""><span class='url-icon'><img src='x.png'></span><span class="surl-text">网页链接</span></a>。`, "见https://example.org/a?b=1&c=2。"},
		{"named link", `<a href="https://weibo.cn/sinaurl?u=https%3A%2F%2Fexample.org"><span class="surl-text">办事指南</span></a>`, "办事指南"},
		{"script link", `<a href="javascript:alert(1)">网页链接</a>`, "网页链接"},
		{"full text tail", `排了很久...<a href="/status/1">全文</a>`, "排了很久..."},
		{"fold tail", `说完了<a href="x">收起<i class="wbicon">d</i></a>`, "说完了"},
		{"tail as text", "说到一半...展开c", "说到一半..."},
		{"words that are no tail", "请阅读全文", "请阅读全文"},
		{"icon letters", `<a href=x><i class="wbicon">2</i>某某大厅</a>`, "某某大厅"},
		{"invisible", "字\u200b\ue627\ufeff里\x00\x07", "字里"},
		{"family emoji", "一家👨‍👩‍👧好", "一家👨‍👩‍👧好"},
		{"script and style", "<style>p{}</style>甲<script>var a='<p>乙</p>'</script>丙", "甲丙"},
		{"comment", "甲<!-- 乙 -->丙", "甲丙"},
		{"source lines", "<p>甲\n  乙</p>", "甲 乙"},
		{"inline keeps lines", "<a href='/n/x'>@x</a> 甲\n乙", "@x 甲\n乙"},
		{"unclosed", "甲<a href=x>乙", "甲乙"},
		{"table", "<table><tr><td>甲</td><td>乙</td></tr><tr><td>丙</td></tr></table>", "甲 乙\n丙"},
		{"invalid bytes", "甲\xff乙", "甲\ufffd乙"},
		{"empty", "", ""},
	} {
		if got := text.Plain(tc.in); got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, got, tc.want)
		}
	}
}

// Foreign markup may be as odd as it likes; reading it stays quick.
func TestPlainIsLinear(t *testing.T) {
	for _, piece := range []string{"<p> ", "<a>x", "<a href=x>", "<i>", "<script>", "<br> ", "&amp;", "<td>", "\u200b", "<", "</p>\n", "<title>", "<select>"} {
		begun := time.Now()
		text.Plain(strings.Repeat(piece, 1<<19/len(piece)))
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("512 kB of %q took %s", piece, took)
		}
	}
}

func TestMidAndBid(t *testing.T) {
	// Made up of both groups' edges: a short head, a group of leading zeros.
	for mid, bid := range map[string]string{"1": "1", "9999999": "FXsj", "10000000": "10000", "12345670000001": "5ban0001"} {
		if got := text.MidToBid(mid); got != bid {
			t.Errorf("bid of %s: got %q, want %q", mid, got, bid)
		}
		if got := text.BidToMid(bid); got != mid {
			t.Errorf("mid of %s: got %q, want %q", bid, got, mid)
		}
	}
	for _, bad := range []string{"", "0", "012", "-1", "12a", "１２", strings.Repeat("9", 22)} {
		if got := text.MidToBid(bad); got != "" {
			t.Errorf("%q gave the bid %q", bad, got)
		}
	}
	for _, bad := range []string{"", "0a", "a-b", "zzzzZZZZ", strings.Repeat("z", 13), "汉"} {
		if got := text.BidToMid(bad); got != "" {
			t.Errorf("%q gave the mid %q", bad, got)
		}
	}
}

// The check pairs of the reference, where it lies beside the module.
func TestMidPairs(t *testing.T) {
	raw, err := os.ReadFile("../../../shared/reference/weibo-and-portal-formats.md")
	if err != nil {
		t.Skipf("no check pairs: %v", err)
	}
	pairs := regexp.MustCompile(`(\d{16}) = ([0-9A-Za-z]{9})`).FindAllStringSubmatch(string(raw), -1)
	if len(pairs) < 4 {
		t.Fatalf("%d check pairs in the reference", len(pairs))
	}
	for _, p := range pairs {
		if got := text.MidToBid(p[1]); got != p[2] {
			t.Errorf("bid of %s: got %q, want %q", p[1], got, p[2])
		}
		if got := text.BidToMid(p[2]); got != p[1] {
			t.Errorf("mid of %s: got %q, want %q", p[2], got, p[1])
		}
	}
}

func TestMidRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mid := rapid.StringMatching(`[1-9][0-9]{0,20}`).Draw(t, "mid")
		if got := text.BidToMid(text.MidToBid(mid)); got != mid {
			t.Fatalf("%s came back as %q over %q", mid, got, text.MidToBid(mid))
		}
	})
}

func FuzzParseTime(f *testing.F) {
	for _, s := range []string{"昨天 12:03", "06-27", "Mon Nov 23 12:00:00 +0800 2026", "2020年06月15日 10:09", "3天前", "\xff：1"} {
		f.Add(s)
	}
	fetched := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, s string) {
		got, precision, ok := text.ParseTime(s, fetched, zone())
		if ok != (precision != "") || ok == got.IsZero() {
			t.Fatalf("%q: %s %q %v", s, got, precision, ok)
		}
		if ok && (got.Year() < 1989 || got.Year() > 2201) {
			t.Fatalf("%q was read as %s", s, got)
		}
	})
}

func FuzzParseCount(f *testing.F) {
	for _, s := range []string{"1.2万", "10万+", "37,184,025", ",,,", "1.亿", "9999999999999999999亿"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if n, _ := text.ParseCount(s); n < 0 {
			t.Fatalf("%q gave %d", s, n)
		}
	})
}

func FuzzPlain(f *testing.F) {
	for _, s := range []string{"<br />", "<img alt=[x]>", "a<b", "<a href=/n/x>@x</a>", "<script>", "&#0;&#x110000;", "<a>全文", "<<<>>>", "<p\x00>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := text.Plain(s)
		if !utf8.ValidString(got) || strings.ContainsAny(got, "\x00\u200b\ue627") {
			t.Fatalf("%q gave %q", s, got)
		}
		if len(got) > 3*len(s) {
			t.Fatalf("%q grew to %q", s, got)
		}
	})
}

func FuzzMid(f *testing.F) {
	f.Add("12345670000001", "5ban0001")
	f.Add("00", "ZZZZZ")
	f.Fuzz(func(t *testing.T, mid, bid string) {
		if b := text.MidToBid(mid); b != "" && text.BidToMid(b) != mid {
			t.Fatalf("%q → %q → %q", mid, b, text.BidToMid(b))
		}
		if m := text.BidToMid(bid); m != "" && text.MidToBid(m) != bid {
			t.Fatalf("%q → %q → %q", bid, m, text.MidToBid(m))
		}
	})
}
