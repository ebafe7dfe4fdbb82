package mobile_test

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/surfacetest"
)

// savedPost is a post as the saved answer has it, read without our parser.
type savedPost struct {
	Mid       string     `json:"mid"`
	Bid       string     `json:"bid"`
	CreatedAt string     `json:"created_at"`
	Text      string     `json:"text"`
	Long      bool       `json:"isLongText"`
	Reposts   int64      `json:"reposts_count"`
	Comments  int64      `json:"comments_count"`
	Likes     int64      `json:"attitudes_count"`
	Edits     int64      `json:"edit_count"`
	Quoted    *savedPost `json:"retweeted_status"`
	User      struct {
		ID   int64  `json:"id"`
		Name string `json:"screen_name"`
	} `json:"user"`
}

// TestSavedTimeline compares every post of a saved timeline, quoted ones
// included, with what our parser made of it.
func TestSavedTimeline(t *testing.T) {
	d := document(t, surfacetest.Saved(t, "weibo-m/getIndex_107603_timeline.json"), "")
	got, err := surface(t, "weibo.m.timeline")(d)
	if err != nil || got.Answer != crawler.AnswerOK {
		t.Fatal(got.Answer, err)
	}
	var raw struct {
		Data struct {
			Cards []struct{ Mblog savedPost } `json:"cards"`
		} `json:"data"`
	}
	if err := json.Unmarshal(d.Body, &raw); err != nil {
		t.Fatal(err)
	}
	at, want := map[string]int{}, map[string]bool{}
	for i, p := range got.Posts {
		at[p.ID] = i
	}
	for _, c := range raw.Data.Cards {
		want["weibo:"+c.Mblog.Mid] = true
		sameAsSaved(t, c.Mblog, got.Posts[at["weibo:"+c.Mblog.Mid]])
		q := c.Mblog.Quoted
		if q == nil {
			continue
		}
		want["weibo:"+q.Mid] = true
		own := at["weibo:"+c.Mblog.Mid]
		if at["weibo:"+q.Mid] >= own || got.Posts[own].ParentID != "weibo:"+q.Mid || got.Posts[own].Kind != huiying.KindRepost {
			t.Errorf("%s does not follow the post it quotes", c.Mblog.Mid)
		}
		sameAsSaved(t, *q, got.Posts[at["weibo:"+q.Mid]])
	}
	if len(got.Posts) != len(want) || len(want) < len(raw.Data.Cards) {
		t.Errorf("%d posts, want %d", len(got.Posts), len(want))
	}
}

func sameAsSaved(t *testing.T, want savedPost, p huiying.Post) {
	t.Helper()
	if p.ID != "weibo:"+want.Mid || p.Author.ID != strconv.FormatInt(want.User.ID, 10) || p.Author.Name != want.User.Name ||
		p.URL != "https://weibo.com/"+p.Author.ID+"/"+want.Bid {
		t.Errorf("identity of %+v, want %+v", p, want)
	}
	if got := p.PublishedAt.In(surfacetest.Zone()).Format("Mon Jan 02 15:04:05 -0700 2006"); got != want.CreatedAt || p.PublishedPrecision != huiying.PrecisionSecond {
		t.Errorf("%s: published %s, want %s", p.ID, got, want.CreatedAt)
	}
	e := p.Engagement
	if e.Reposts != want.Reposts || e.Comments != want.Comments || e.Likes != want.Likes || e.AtLeast || p.Edited != (want.Edits > 0) {
		t.Errorf("%s: %+v, want %+v", p.ID, e, want)
	}
	if p.Truncated != want.Long || p.Text == "" || strings.ContainsAny(p.Text, "<>\u200b") || strings.Contains(p.Text, "全文") {
		t.Errorf("%s: text %q (cut %v)", p.ID, p.Text, p.Truncated)
	}
	// Every piece of the raw text between tags stands in ours, save the words
	// of links whose address stands there instead, and of the unfolding link.
	for _, piece := range strings.FieldsFunc(tags.ReplaceAllString(want.Text, "\n"), func(r rune) bool { return r == '\n' }) {
		piece = strings.TrimSpace(strings.Join(strings.Fields(strings.ReplaceAll(piece, "\u200b", "")), " "))
		if piece != "网页链接" && piece != "全文" && !strings.Contains(p.Text, piece) {
			t.Errorf("%s: %q is missing in %q", p.ID, piece, p.Text)
		}
	}
}

var tags = regexp.MustCompile(`<[^>]*>`)

func TestSavedExtend(t *testing.T) {
	d := document(t, surfacetest.Saved(t, "weibo-m/statuses_extend_longtext_a.json"), "")
	var raw struct {
		Data struct {
			Text     string `json:"longTextContent"`
			Reposts  int64  `json:"reposts_count"`
			Comments int64  `json:"comments_count"`
			Likes    int64  `json:"attitudes_count"`
		} `json:"data"`
	}
	if err := json.Unmarshal(d.Body, &raw); err != nil {
		t.Fatal(err)
	}
	got, err := surface(t, "weibo.m.extend")(d)
	if err != nil || got.Answer != crawler.AnswerOK || len(got.Posts) != 1 {
		t.Fatal(got, err)
	}
	p := got.Posts[0]
	e := p.Engagement
	if p.ID != "" || e.Reposts != raw.Data.Reposts || e.Comments != raw.Data.Comments || e.Likes != raw.Data.Likes {
		t.Errorf("%+v", p)
	}
	if lines := strings.Count(raw.Data.Text, "<br />"); lines < 10 || strings.Count(p.Text, "\n") != lines {
		t.Errorf("%d line breaks, want %d", strings.Count(p.Text, "\n"), lines)
	}
}

func TestSavedRefusals(t *testing.T) {
	for _, c := range []struct {
		file string
		want crawler.Answer
	}{
		{"weibo-m/getIndex_ok0_empty.json", crawler.AnswerEmpty},
		{"weibo-antibot/access_denied.html", crawler.AnswerBlocked},
		{"weibo-antibot/account_blocked_gbk.html", crawler.AnswerBlocked},
	} {
		for _, name := range []string{"weibo.m.timeline", "weibo.m.search", "weibo.m.hotflow", "weibo.m.extend", "weibo.m.show", "weibo.m.reposts"} {
			got, err := surface(t, name)(document(t, surfacetest.Saved(t, c.file), ""))
			if err != nil || got.Answer != c.want || len(got.Posts) > 0 {
				t.Errorf("%s as %s: %s with %d posts (%v), want %s", c.file, name, got.Answer, len(got.Posts), err, c.want)
			}
		}
	}
}
