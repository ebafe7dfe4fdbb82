package replica_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"huiying/internal/drill/replica"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTimelineBySinceID(t *testing.T) {
	s := newStage(t, 10)
	for i := range 34 {
		s.post(fmt.Sprint(i), fmt.Sprintf("第%d条", i))
	}
	s.apply(replica.Change{Delete: &replica.Delete{Key: "20"}})
	var got []string
	more := ""
	for range 10 {
		answer := s.json(timelineURL(office.UID, more), "")
		got = append(got, idsOf(t, answer)...)
		next, ok := dig(t, answer, "data", "cardlistInfo", "since_id").(json.Number)
		if !ok {
			break
		}
		more = "&since_id=" + next.String()
	}
	slices.Reverse(got)
	var want []string
	for _, id := range s.world.PublishedPosts() {
		want = append(want, strings.TrimPrefix(id, "weibo:"))
	}
	if !slices.Equal(got, want) || len(got) != 33 {
		t.Errorf("paging by since_id gave %d posts %v, want %d", len(got), got, len(want))
	}
	if n := len(s.world.Served()); n != 33 {
		t.Errorf("served list has %d, want 33", n)
	}
}

func TestTimelineByPage(t *testing.T) {
	s := newStage(t, 10)
	for i := range 25 {
		s.post("", fmt.Sprintf("第%d条", i))
	}
	seen := map[string]bool{}
	for page := 1; page <= 3; page++ {
		for _, id := range idsOf(t, s.json(timelineURL(office.UID, fmt.Sprintf("&page=%d", page)), "")) {
			seen[id] = true
		}
	}
	if len(seen) != 25 {
		t.Errorf("three pages gave %d posts, want 25", len(seen))
	}
	if end := s.json(timelineURL(office.UID, "&page=4"), ""); dig(t, end, "ok").(json.Number) != "0" {
		t.Errorf("past the end: %v", end)
	}
}

func TestPinnedStandsFirst(t *testing.T) {
	s := newStage(t, 10)
	s.apply(replica.Change{Post: &replica.Post{Key: "top", By: office, Text: "置顶的话", Pinned: true}})
	s.post("", "后来的话")
	answer := s.json(timelineURL(office.UID, ""), "")
	first := dig(t, answer, "data", "cards", 0, "mblog")
	if dig(t, first, "isTop").(json.Number) != "1" || dig(t, first, "title", "text") != "置顶" {
		t.Errorf("the pinned post does not stand first: %v", first)
	}
}

func TestUnknownAccountIsEmpty(t *testing.T) {
	s := newStage(t, 10)
	for _, address := range []string{timelineURL(1, ""), "/api/container/getIndex?type=uid&value=1", "/api/container/getIndex"} {
		if answer := s.json(address, ""); dig(t, answer, "ok").(json.Number) != "0" {
			t.Errorf("%s: %v", address, answer)
		}
	}
}

func TestProfileSaysWhereTheTimelineIs(t *testing.T) {
	s := newStage(t, 10)
	s.post("", "你好")
	answer := s.json(fmt.Sprintf("/api/container/getIndex?type=uid&value=%d", office.UID), "")
	if got := dig(t, answer, "data", "userInfo", "followers_count"); got != "2.4万" {
		t.Errorf("followers_count %v", got)
	}
	if got := dig(t, answer, "data", "tabsInfo", "tabs", 1, "containerid"); got != fmt.Sprintf("107603%d", office.UID) {
		t.Errorf("timeline container %v", got)
	}
}

func searchURL(q, more string) string {
	return "/api/container/getIndex?containerid=" + url.QueryEscape("100103type=61&q="+q) + "&page_type=searchall" + more
}

func TestSearch(t *testing.T) {
	s := newStage(t, 2)
	s.post("a", "桥头修路")
	s.post("b", "修路的桥头堵车")
	s.post("c", "桥头很安静")
	s.post("d", "桥头修路到几时")
	if wall := s.json(searchURL("桥头", ""), ""); dig(t, wall, "ok").(json.Number) != "-100" || !strings.Contains(dig(t, wall, "url").(string), "passport.weibo.com") {
		t.Errorf("without a cookie: %v", wall)
	}
	first := s.json(searchURL("桥头 修路", ""), "SUB=x")
	second := s.json(searchURL("桥头 修路", "&page=2"), "SUB=x")
	if got := append(idsOf(t, first), idsOf(t, second)...); len(got) != 3 {
		t.Errorf("found %v", got)
	}
	if next := dig(t, first, "data", "cardlistInfo", "page"); next != json.Number("2") {
		t.Errorf("next page %v", next)
	}
	if next := dig(t, second, "data", "cardlistInfo", "page"); next != nil {
		t.Errorf("a page after the last: %v", next)
	}
	if none := s.json(searchURL("没有这个词", ""), "SUB=x"); dig(t, none, "ok").(json.Number) != "0" {
		t.Errorf("nothing found: %v", none)
	}
}

func TestHotflow(t *testing.T) {
	s := newStage(t, 3)
	s.post("p", "请大家说说")
	for i := range 7 {
		s.apply(replica.Change{At: s.at.Add(time.Duration(i) * time.Second), Comment: &replica.Comment{Key: fmt.Sprint("c", i), On: "p", By: reader, Text: fmt.Sprint("看法", i), Region: "宁夏"}})
	}
	s.apply(replica.Change{At: s.at.Add(time.Minute), Comment: &replica.Comment{Key: "r", On: "c6", By: office, Text: "谢谢"}})
	s.apply(replica.Change{At: s.at.Add(time.Minute), Comment: &replica.Comment{On: "r", By: reader, Text: "不客气"}})
	mid := strings.TrimPrefix(s.world.PublishedPosts()[0], "weibo:")
	address := "/comments/hotflow?id=" + mid + "&mid=" + mid + "&max_id_type="
	first := s.json(address+"0", "")
	if got := dig(t, first, "data", "data", 0, "source"); got != "来自宁夏" {
		t.Errorf("source %v", got)
	}
	if got := len(dig(t, first, "data", "data", 0, "comments").([]any)); got != 2 {
		t.Errorf("the newest comment has %d replies, want 2", got)
	}
	if got := dig(t, first, "data", "data", 1, "comments"); got != false {
		t.Errorf("a comment without replies has %v, want false", got)
	}
	next := dig(t, first, "data", "max_id").(json.Number).String()
	if wrong := s.json(address+"0&max_id="+next, ""); dig(t, wrong, "ok").(json.Number) != "0" {
		t.Error("max_id without its max_id_type was answered")
	}
	s.json(address+"1&max_id="+next, "")
	last := s.json(address+"1&max_id="+dig(t, s.json(address+"1&max_id="+next, ""), "data", "max_id").(json.Number).String(), "")
	if got := dig(t, last, "data", "max_id").(json.Number); got != "0" {
		t.Errorf("the last page points on to %v", got)
	}
	if n := len(s.world.Served()); n != 9 {
		t.Errorf("served %d comments, want 9", n)
	}
	if n := dig(t, s.json(timelineURL(office.UID, ""), ""), "data", "cards", 0, "mblog", "comments_count").(json.Number); n != "9" {
		t.Errorf("comments_count %v", n)
	}
}

func TestLongText(t *testing.T) {
	s := newStage(t, 10)
	text := strings.Repeat("长话要慢慢说。", 40)
	s.post("", text)
	m := dig(t, s.json(timelineURL(office.UID, ""), ""), "data", "cards", 0, "mblog")
	list := dig(t, m, "text").(string)
	if dig(t, m, "isLongText") != true || !strings.HasSuffix(list, `">全文</a>`) || strings.Contains(list, text) {
		t.Errorf("the list shows %q", list)
	}
	id := dig(t, m, "id").(string)
	if got := dig(t, s.json("/statuses/extend?id="+id, ""), "data", "longTextContent"); got != text {
		t.Errorf("extend gave %q", got)
	}
	if got := dig(t, s.json("/statuses/show?id="+dig(t, m, "bid").(string), ""), "data", "text"); got != text {
		t.Errorf("show gave %q", got)
	}
}

func TestDeletedAndEdited(t *testing.T) {
	s := newStage(t, 10)
	s.post("gone", "要删的话")
	mid := strings.TrimPrefix(s.world.PublishedPosts()[0], "weibo:")
	s.apply(replica.Change{Post: &replica.Post{Key: "r", By: reader, Of: "gone", Text: "转一下"}})
	s.apply(replica.Change{Post: &replica.Post{By: reader, Of: "r", Text: "再转"}})
	s.apply(replica.Change{Delete: &replica.Delete{Key: "gone"}})
	s.apply(replica.Change{Edit: &replica.Edit{Key: "r", Text: "转一下（改）"}})
	for _, path := range []string{"/statuses/show", "/statuses/extend", "/api/statuses/repostTimeline"} {
		if got := s.json(path+"?id="+mid, ""); dig(t, got, "errno") != "20101" {
			t.Errorf("%s of a deleted post: %v", path, got)
		}
	}
	cards := s.json(timelineURL(reader.UID, ""), "")
	m := dig(t, cards, "data", "cards", 1, "mblog")
	original := dig(t, m, "retweeted_status")
	if dig(t, original, "user") != nil || dig(t, original, "id") != mid || !strings.Contains(dig(t, original, "text").(string), "已被作者删除") {
		t.Errorf("in place of a deleted original: %v", original)
	}
	if dig(t, m, "edit_config", "edited") != true || dig(t, m, "raw_text") != "转一下（改）" {
		t.Errorf("edited repost: %v", m)
	}
	if got := dig(t, cards, "data", "cards", 0, "mblog", "retweeted_status", "id"); got != mid {
		t.Errorf("a repost of a repost quotes %v, want the first post", got)
	}
	served := s.world.Served()
	if len(served) != 2 || !served[1].Edited || served[0].Edited {
		t.Errorf("a notice counts as served, or the edit does not: %+v", served)
	}
}

func TestRepostTimeline(t *testing.T) {
	s := newStage(t, 2)
	s.post("o", "原话")
	mid := strings.TrimPrefix(s.world.PublishedPosts()[0], "weibo:")
	if got := s.json("/api/statuses/repostTimeline?id="+mid, ""); dig(t, got, "ok").(json.Number) != "0" {
		t.Errorf("nobody reposted: %v", got)
	}
	for range 3 {
		s.apply(replica.Change{Post: &replica.Post{By: reader, Of: "o", Text: "转"}})
	}
	answer := s.json("/api/statuses/repostTimeline?id="+mid+"&page=2", "")
	if got := len(dig(t, answer, "data", "data").([]any)); got != 1 {
		t.Errorf("second page has %d, want 1", got)
	}
	if got := dig(t, answer, "data", "max").(json.Number); got != "2" {
		t.Errorf("max %v", got)
	}
}

func TestConfigTellsTheCookie(t *testing.T) {
	s := newStage(t, 2)
	if dig(t, s.json("/api/config", ""), "data", "login") != false || dig(t, s.json("/api/config", "SUB=1"), "data", "login") != true {
		t.Error("login does not follow the cookie")
	}
}

func TestWalls(t *testing.T) {
	resp := get(t, replica.Walled(replica.Wall432), timelineURL(1, ""), "")
	if resp.StatusCode != 432 || len(body(t, resp)) != 0 {
		t.Errorf("status %d", resp.StatusCode)
	}
	resp = get(t, replica.Walled(replica.WallLogin), timelineURL(1, ""), "SUB=x")
	if raw := body(t, resp); resp.StatusCode != http.StatusOK || !strings.HasPrefix(string(raw), `{"ok":-100,`) {
		t.Errorf("login wall: %d %s", resp.StatusCode, raw)
	}
	resp = get(t, replica.Walled(replica.Wall432), "/robots.txt", "")
	if raw := body(t, resp); resp.StatusCode != http.StatusOK || !strings.Contains(string(raw), "User-agent") {
		t.Errorf("robots.txt: %d %s", resp.StatusCode, raw)
	}
}

func TestChangesOfWhatIsNotThere(t *testing.T) {
	w := replica.NewWorld(replica.Options{Now: func() time.Time { return noon }})
	for _, c := range []replica.Change{
		{Post: &replica.Post{Of: "x"}},
		{Comment: &replica.Comment{On: "x"}},
		{Edit: &replica.Edit{Key: "x"}},
		{Delete: &replica.Delete{Key: "x"}},
		{Grow: &replica.Grow{Key: "x"}},
		{Answer: &replica.Answer{Letter: "x"}},
	} {
		if err := w.Apply(c); err == nil {
			t.Errorf("%+v was applied", c)
		}
	}
}

// TestMidsGrow keeps ids in the order of time and apart from each other, and
// checks that the short form stands for the same number.
func TestMidsGrow(t *testing.T) {
	s := newStage(t, 1000)
	for range 500 {
		s.apply(replica.Change{Post: &replica.Post{By: office, Text: "同一刻"}})
	}
	s.post("", "下一秒")
	ids := s.world.PublishedPosts()
	if !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != 501 {
		t.Error("ids repeat or do not grow")
	}
	if last := ids[500]; len(last) != len("weibo:")+16 {
		t.Errorf("id %s has not sixteen digits", last)
	}
	for _, n := range []int64{1, 9999999, 10000000, 5309997458390001, 4000000000000061} {
		if got := unbid(replica.Bid(n)); got != n {
			t.Errorf("Bid(%d) = %s, which stands for %d", n, replica.Bid(n), got)
		}
	}
}

// unbid reads the short form back: from the right, four signs are seven digits.
func unbid(bid string) int64 {
	const signs = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	var n, scale int64 = 0, 1
	for end := len(bid); end > 0; end -= 4 {
		var part int64
		for _, r := range bid[max(end-4, 0):end] {
			part = part*62 + int64(strings.IndexRune(signs, r))
		}
		n += part * scale
		scale *= 10_000_000
	}
	return n
}

func FuzzGetIndex(f *testing.F) {
	f.Add("containerid=1076032100000001&since_id=5&page=2")
	f.Add("containerid=100103type%3D61%26q%3D%25")
	f.Add("containerid=100103%3Fq=x;y&page=-1")
	f.Add("value=%ff&page=99999999999999999999")
	f.Add("containerid=1076032100000001&page=9223372036854775807")
	f.Add("containerid=1076032100000001&page=4611686018427387905")
	f.Fuzz(func(t *testing.T, query string) {
		s := newStage(t, 3)
		for range 5 {
			s.post("", "话")
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/container/getIndex", nil)
		r.URL.RawQuery = query
		r.Header.Set("Cookie", "SUB=1")
		rec := httptest.NewRecorder()
		s.weibo.ServeHTTP(rec, r)
		if !json.Valid(rec.Body.Bytes()) {
			t.Errorf("%q: no JSON: %s", query, rec.Body)
		}
	})
}
