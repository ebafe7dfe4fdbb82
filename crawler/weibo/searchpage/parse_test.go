package searchpage_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiying/crawler"
	"huiying/crawler/surfacetest"
	"huiying/crawler/weibo/searchpage"
)

func TestGoldens(t *testing.T) {
	surfacetest.Goldens(t, searchpage.Surfaces(), [][3]string{
		{"2026.html", "weibo.s.search", "https://s.weibo.com/weibo?q=%E6%B2%B3&page=2"},
		{"2018.html", "weibo.s.search", ""},
		{"2017.html", "weibo.s.search", ""},
		{"2017_raw.html", "weibo.s.search", ""},
		{"2017_none.html", "weibo.s.search", ""},
		{"none.html", "weibo.s.search", ""},
		{"none_words.html", "weibo.s.search", ""},
	})
}

// TestRawIsTheSame: the page as the site sent it in 2017 and as a browser
// showed it are one page.
func TestRawIsTheSame(t *testing.T) {
	shown := surfacetest.Parse(t, searchpage.Surfaces(), "weibo.s.search", surfacetest.Document(t, "testdata/2017.html", ""))
	sent := surfacetest.Parse(t, searchpage.Surfaces(), "weibo.s.search", surfacetest.Document(t, "testdata/2017_raw.html", ""))
	if diff := cmp.Diff(shown, sent); diff != "" {
		t.Error(diff)
	}
}

func TestRefusals(t *testing.T) {
	surfacetest.Refusals(t, searchpage.Surfaces(), map[string]crawler.Answer{
		`<html><title>访问受限</title><body><p>抱歉，您的访问受限</p></body></html>`:                                                                            crawler.AnswerBlocked,
		`<html><head><meta charset="gb2312"><title>Sina Visitor System</title></head><body><script src="/visitor/visitor"></script></body></html>`: crawler.AnswerLoginWall,
		`<html><head><title>微博搜索</title></head><body><div class="m-main"></div></body></html>`:                                                     crawler.AnswerMalformed,
		`<html><body><script>STK && STK.pageletM && STK.pageletM.view({"pid":"pl_weibo_direct","html":"</script></body></html>`:                    crawler.AnswerMalformed,
		`{"ok":-100,"url":"https://passport.weibo.com/sso/signin"}`:                                                                                crawler.AnswerLoginWall,
	})
}

func TestOddBytes(t *testing.T) { surfacetest.Odd(t, searchpage.Surfaces()) }

// TestCounts: a label without digits is none, and a plus is a floor.
func TestCounts(t *testing.T) {
	for label, want := range map[string]struct {
		n     int64
		floor bool
	}{
		"转发": {0, false}, " 转发 28": {28, false}, "1.2万": {12000, false}, "100万+": {1_000_000, true}, "": {0, false},
	} {
		body := `<div class="card-wrap" mid="5367245945438215"><div class="content"><div class="info"><div></div><div><a nick-name="甲" href="//weibo.com/7">甲</a></div></div>
			<p class="txt" node-type="feed_list_content">早</p></div><a action-type="feed_list_forward">` + label + `</a></div>`
		got := surfacetest.Parse(t, searchpage.Surfaces(), "weibo.s.search", surfacetest.Body(body, ""))
		if len(got.Posts) != 1 || got.Posts[0].Engagement.Reposts != want.n || got.Posts[0].Engagement.AtLeast != want.floor || got.Posts[0].Author.ID != "7" {
			t.Errorf("%q: %+v", label, got)
		}
	}
}

func TestBadges(t *testing.T) {
	for badge, want := range map[string]string{
		`<svg id="woo_svg_vblue"></svg>`: "organisation", `<svg id="woo_svg_vyellow"></svg>`: "person", `<svg id="woo_svg_vorange"></svg>`: "person",
		`<svg id="woo_svg_vgold"></svg>`: "person", `<svg><use xlink:href="#woo_svg_vblue"></use></svg>`: "organisation", `<svg id="woo_svg_vip"></svg>`: "none",
		`<i class="icon-vip icon-vip-b"></i>`: "organisation", `<i class="icon-vip icon-vip-g"></i>`: "person", "": "none",
		`<a title="微博政府认证" class="W_icon icon_approve_co"></a>`: "government", `<a title="微博媒体认证" class="W_icon icon_approve_co"></a>`: "media",
	} {
		body := `<div class="card-wrap" mid="5367245945438215"><div class="avator">` + badge + `</div><div class="info"><a nick-name="甲" href="//weibo.com/7">甲</a></div><p class="txt">早<i class="icon-vip-x"></i></p></div>`
		got := surfacetest.Parse(t, searchpage.Surfaces(), "weibo.s.search", surfacetest.Body(body, ""))
		if len(got.Posts) != 1 || got.Posts[0].Author.Verified != want {
			t.Errorf("%s: %+v, want %s", badge, got.Posts, want)
		}
	}
}

var (
	cards = regexp.MustCompile(`<div mid="(\d+)" action-type="feed_list_item">`)
	dates = regexp.MustCompile(`date="(\d{13})"`)
)

func TestSaved2017(t *testing.T) {
	d := surfacetest.Document(t, surfacetest.Saved(t, "weibo-s/s_weibo_search_2017.html"), "")
	got := surfacetest.Parse(t, searchpage.Surfaces(), "weibo.s.search", d)
	listed, moments := cards.FindAllStringSubmatch(string(d.Body), -1), dates.FindAllStringSubmatch(string(d.Body), -1)
	if len(listed) != 20 || len(moments) != 20 || len(got.Posts) != 20 || got.Next != "page=2" {
		t.Fatalf("%d posts of %d cards, next %s", len(got.Posts), len(listed), got.Next)
	}
	cut := 0
	for i, p := range got.Posts {
		ms, err := strconv.ParseInt(moments[i][1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		if p.ID != "weibo:"+listed[i][1] || !p.PublishedAt.Equal(time.UnixMilli(ms)) || p.Author.ID == "" || p.Author.Name == "" ||
			p.Text == "" || strings.Contains(p.Text, "展开全文") || !strings.Contains(string(d.Body), strings.TrimPrefix(p.URL, "https://")) {
			t.Errorf("%+v", p)
		}
		if p.Truncated {
			cut++
		}
	}
	if want := strings.Count(string(d.Body), "展开全文"); cut != want {
		t.Errorf("%d cut texts, want %d", cut, want)
	}
}

func TestSavedWalls(t *testing.T) {
	for _, file := range []string{"weibo-antibot/access_denied.html", "weibo-antibot/account_blocked_gbk.html"} {
		got := surfacetest.Parse(t, searchpage.Surfaces(), "weibo.s.search", surfacetest.Document(t, surfacetest.Saved(t, file), ""))
		if got.Answer != crawler.AnswerBlocked || len(got.Posts) > 0 {
			t.Errorf("%s: %s", file, got.Answer)
		}
	}
}

func FuzzParse(f *testing.F) { surfacetest.Fuzz(f, searchpage.Surfaces()) }
