package desktop_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"huiying/crawler"
	"huiying/crawler/surfacetest"
	"huiying/crawler/weibo/desktop"
)

// raw is a post or comment as a saved answer has it, read without our parser.
type raw struct {
	ID      json.Number `json:"id"`
	Mid     string      `json:"mid"`
	Bid     string      `json:"mblogid"`
	At      string      `json:"created_at"`
	Text    string      `json:"text_raw"`
	Source  string      `json:"source"`
	Likes   int64       `json:"like_counts"`
	Liked   int64       `json:"attitudes_count"`
	Reads   int64       `json:"reads_count"`
	Replies int64       `json:"total_number"`
	User    struct {
		ID   string `json:"idstr"`
		Name string `json:"screen_name"`
	} `json:"user"`
}

// bare drops everything that may differ in spacing.
func bare(s string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(s), ""), "\u200b", "")
}

func published(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RubyDate, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestSavedShow(t *testing.T) {
	d := surfacetest.Document(t, surfacetest.Saved(t, "weibo-ajax/statuses_show.json"), "")
	got := surfacetest.Parse(t, desktop.Surfaces(), "weibo.ajax.show", d)
	var want raw
	if err := json.Unmarshal(d.Body, &want); err != nil {
		t.Fatal(err)
	}
	if got.Answer != crawler.AnswerOK || len(got.Posts) != 1 {
		t.Fatalf("%s with %d posts", got.Answer, len(got.Posts))
	}
	p := got.Posts[0]
	if p.ID != "weibo:"+want.Mid || p.URL != "https://weibo.com/"+want.User.ID+"/"+want.Bid || !p.PublishedAt.Equal(published(t, want.At)) ||
		p.Engagement.Likes != want.Liked || p.Engagement.Views != want.Reads || bare(p.Text) != bare(want.Text) || p.Truncated || p.Author.Name != want.User.Name {
		t.Errorf("%+v", p)
	}
}

func TestSavedComments(t *testing.T) {
	d := surfacetest.Document(t, surfacetest.Saved(t, "weibo-ajax/buildComments_page.json"), "")
	got := surfacetest.Parse(t, desktop.Surfaces(), "weibo.ajax.comments", d)
	var want struct {
		Data  []raw       `json:"data"`
		MaxID json.Number `json:"max_id"`
		Total int64       `json:"total_number"`
	}
	if err := json.Unmarshal(d.Body, &want); err != nil {
		t.Fatal(err)
	}
	if len(got.Posts) != len(want.Data) || got.Next != "max_id="+want.MaxID.String() || got.Total != want.Total {
		t.Fatalf("%d of %d comments, next %s, total %d", len(got.Posts), len(want.Data), got.Next, got.Total)
	}
	for i, w := range want.Data {
		p := got.Posts[i]
		if p.ID != "weibo:c"+w.ID.String() || bare(p.Text) != bare(w.Text) || !p.PublishedAt.Equal(published(t, w.At)) || p.Author.ID != w.User.ID ||
			p.Region != strings.TrimPrefix(w.Source, "来自") || p.Engagement.Likes != w.Likes || p.Engagement.Comments != w.Replies ||
			p.ParentID == "" || p.ParentID != p.RootID {
			t.Errorf("%+v, want %+v", p, w)
		}
	}
}

func TestSavedSmallAnswers(t *testing.T) {
	var answers map[string]json.RawMessage
	d := surfacetest.Document(t, surfacetest.Saved(t, "weibo-ajax/envelopes_2026_transcribed.json"), "")
	if err := json.Unmarshal(d.Body, &answers); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, surface string
		want          crawler.Answer
		posts         int
	}{
		{"user_feed_end", "weibo.ajax.timeline", crawler.AnswerEmpty, 0},
		{"profile", "weibo.ajax.timeline", crawler.AnswerMalformed, 0},
		{"comments", "weibo.ajax.comments", crawler.AnswerOK, 2},
		{"show", "weibo.ajax.show", crawler.AnswerOK, 1},
		{"longtext_empty", "weibo.ajax.longtext", crawler.AnswerEmpty, 0},
		{"needs_visitor", "weibo.ajax.comments", crawler.AnswerLoginWall, 0},
		{"login_wall_http403", "weibo.ajax.timeline", crawler.AnswerLoginWall, 0},
		{"deleted_post", "weibo.ajax.show", crawler.AnswerDeleted, 0},
		{"bad_request_http403", "weibo.ajax.show", crawler.AnswerForbidden, 0},
	} {
		got := surfacetest.Parse(t, desktop.Surfaces(), c.surface, surfacetest.Body(string(answers[c.name]), ""))
		if got.Answer != c.want || len(got.Posts) != c.posts {
			t.Errorf("%s: %s with %d posts", c.name, got.Answer, len(got.Posts))
		}
	}
}

func TestSavedHotSearch(t *testing.T) {
	var answers map[string]json.RawMessage
	d := surfacetest.Document(t, surfacetest.Saved(t, "weibo-m/show_hotflow_hotsearch_2026_transcribed.json"), "")
	if err := json.Unmarshal(d.Body, &answers); err != nil {
		t.Fatal(err)
	}
	got := surfacetest.Parse(t, desktop.Surfaces(), "weibo.ajax.hotsearch", surfacetest.Body(string(answers["hotSearch"]), ""))
	if got.Answer != crawler.AnswerOK || len(got.Posts) != 2 || got.Posts[0].Engagement.Views != 2453012 {
		t.Errorf("%+v", got)
	}
}

func TestSavedWalls(t *testing.T) {
	for _, file := range []string{"weibo-antibot/access_denied.html", "weibo-antibot/account_blocked_gbk.html"} {
		for name := range desktop.Surfaces() {
			got := surfacetest.Parse(t, desktop.Surfaces(), name, surfacetest.Document(t, surfacetest.Saved(t, file), ""))
			if got.Answer != crawler.AnswerBlocked || len(got.Posts) > 0 {
				t.Errorf("%s as %s: %s", file, name, got.Answer)
			}
		}
	}
}
