package replica

import (
	"fmt"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

func TestCount(t *testing.T) {
	for _, c := range []struct {
		n        int64
		asString bool
		want     any
	}{
		{0, false, int64(0)},
		{7, true, "7"},
		{9999, false, int64(9999)},
		{10000, false, "1万"},
		{12600, true, "1.2万"},
		{99999, false, "9.9万"},
		{100000, false, "10万+"},
		{999999, true, "10万+"},
		{1000000, false, "100万+"},
	} {
		if got := count(c.n, c.asString); got != c.want {
			t.Errorf("count(%d, %v) = %v, want %v", c.n, c.asString, got, c.want)
		}
	}
}

func TestTextHTML(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"<b> & 'x'", "&lt;b&gt; &amp; &#39;x&#39;"},
		{"上\n下", "上<br />下"},
		{"@阿甲:好", "<a href='/n/阿甲'>@阿甲</a>:好"},
		{"甲//@乙:丙", "甲//<a href='/n/乙'>@乙</a>:丙"},
		{"[笑cry]", `<span class="url-icon"><img alt=[笑cry] src="https://h5.sinaimg.cn/m/emoticon/icon/default.png" style="width:1em; height:1em;" /></span>`},
	} {
		if got := textHTML(c.text); got != c.want {
			t.Errorf("textHTML(%q) =\n%s\nwant\n%s", c.text, got, c.want)
		}
	}
	topic := textHTML("看#有 空格#了")
	if !strings.Contains(topic, `<span class="surl-text">#有 空格#</span></a>了`) {
		t.Errorf("topic: %s", topic)
	}
}

// FuzzTextHTML checks that the markup of any words can be read back: what is
// shown is what was written.
func FuzzTextHTML(f *testing.F) {
	f.Add("#话题# @名字 [太阳]\n第二行 <i>&amp;</i> //@转:")
	f.Add("##@[]")
	f.Add(`"><script>`)
	f.Fuzz(func(t *testing.T, s string) {
		if strings.ContainsAny(s, "\r\x00\u200b") || !validText(s) {
			t.Skip("the parser of HTML itself changes these")
		}
		doc, err := goquery.NewDocumentFromReader(strings.NewReader("<div id=x>" + textHTML(s) + "</div>"))
		if err != nil {
			t.Fatal(err)
		}
		x := doc.Find("#x")
		x.Find("br").ReplaceWithHtml("\n")
		x.Find("img").Each(func(_ int, img *goquery.Selection) {
			img.ReplaceWithHtml(img.AttrOr("alt", ""))
		})
		if got := x.Text(); got != s {
			t.Errorf("%q came back as %q by %q", s, got, textHTML(s))
		}
	})
}

func validText(s string) bool {
	for _, r := range s {
		if r == '\ufffd' || (r < ' ' && r != '\n') {
			return false
		}
	}
	return true
}

func TestQuote(t *testing.T) {
	if got, want := quote("it's \\ 两\n行"), `it\'s \\ 两\n行`; got != want {
		t.Errorf("quote = %s, want %s", got, want)
	}
}

func TestNativeID(t *testing.T) {
	for id, want := range map[string]string{
		"weibo:12":                      "weibo:12",
		"weibo:c12":                     "weibo:c12",
		"portal:www.example.cn/lZW0001": "portal:lZW0001",
		"portal:127.0.0.1:80/a60":       "portal:a60",
		"nonsense":                      "nonsense",
	} {
		if got := NativeID(id); got != want {
			t.Errorf("NativeID(%q) = %q, want %q", id, got, want)
		}
	}
}

func ExampleBid() {
	fmt.Println(Bid(4999999999999999))
	// Output: NFXsjFXsj
}
