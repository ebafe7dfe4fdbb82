package open_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/surfacetest"
	"huiying/crawler/weibo/open"
)

func TestGoldens(t *testing.T) {
	surfacetest.Goldens(t, open.Surfaces(), [][3]string{
		{"statuses.json", "weibo.open.statuses", ""},
		{"reposts.json", "weibo.open.statuses", "https://api.weibo.com/2/statuses/repost_timeline.json?id=5367245945438215"},
		{"reposts_none.json", "weibo.open.statuses", ""},
		{"array.json", "weibo.open.statuses", ""},
		{"one.json", "weibo.open.statuses", ""},
		{"comments.json", "weibo.open.comments", ""},
		{"comments_none.json", "weibo.open.comments", ""},
	})
}

func TestRefusals(t *testing.T) {
	bodies := map[string]crawler.Answer{
		`{"ok":-100,"url":"https://passport.weibo.com/"}`:                 crawler.AnswerLoginWall,
		`{"error":"Forbidden"}`:                                           crawler.AnswerForbidden,
		`<html><title>访问受限</title><body>访问受限</body></html>`:               crawler.AnswerBlocked,
		`{"error":"x","error_code":"20502","request":"/a","statuses":[]}`: crawler.AnswerForbidden,
	}
	for code, want := range map[string]crawler.Answer{
		"20502": crawler.AnswerForbidden, "10014": crawler.AnswerForbidden, "20003": crawler.AnswerForbidden,
		"10022": crawler.AnswerRateLimited, "10023": crawler.AnswerRateLimited, "10024": crawler.AnswerRateLimited,
		"21327": crawler.AnswerLoginWall, "21332": crawler.AnswerLoginWall, "10006": crawler.AnswerLoginWall,
		"20101": crawler.AnswerDeleted, "20201": crawler.AnswerDeleted, "10002": crawler.AnswerMaintenance,
	} {
		bodies[`{"request":"/2/x.json","error_code":"`+code+`","error":"Some words."}`] = want
		bodies[`{"request":"/2/x.json","error_code":`+code+`,"error":"Some words."}`] = want
	}
	surfacetest.Refusals(t, open.Surfaces(), bodies)
}

func TestOddBytes(t *testing.T) { surfacetest.Odd(t, open.Surfaces()) }

func TestOtherAnswers(t *testing.T) {
	for _, c := range []struct{ file, surface string }{
		{"comments.json", "weibo.open.statuses"}, {"statuses.json", "weibo.open.comments"}, {"reposts_none.json", "weibo.open.comments"},
		{"one.json", "weibo.open.comments"},
	} {
		got := surfacetest.Parse(t, open.Surfaces(), c.surface, surfacetest.Document(t, "testdata/"+c.file, ""))
		if got.Answer != crawler.AnswerMalformed || len(got.Posts) > 0 {
			t.Errorf("%s as %s: %s with %d posts", c.file, c.surface, got.Answer, len(got.Posts))
		}
	}
}

// TestLooseTypes: ids and counts come as numbers and as strings, and a client
// beside a comment is no place.
func TestLooseTypes(t *testing.T) {
	for _, body := range []string{
		`{"comments":[{"id":5367248399106049,"created_at":"Fri Nov 20 08:40:00 +0800 2026","text":"早","source":"来自云岭","user":{"id":77,"verified":false,"verified_type":220},"status":{"id":5367245945438215}}]}`,
		`{"comments":[{"id":"5367248399106049","created_at":"1795135200","text":"早","source":"来自云岭","user":{"idstr":"77"},"status":{"idstr":"x","mid":"5367245945438215"}}]}`,
		`{"comments":{"0":{"id":5367248399106049,"created_at":"?","text":"早","source":"发布于 云岭","user":{"id":"77"},"status":{"id":"5367245945438215"}}}}`,
	} {
		got := surfacetest.Parse(t, open.Surfaces(), "weibo.open.comments", surfacetest.Body(body, ""))
		if len(got.Posts) != 2 {
			t.Fatalf("%s: %+v", body, got)
		}
		p := got.Posts[1]
		if p.ID != "weibo:c5367248399106049" || p.RootID != "weibo:5367245945438215" || p.Region != "云岭" || p.Author.ID != "77" ||
			p.Author.Verified != "none" || p.PublishedAt.Sub(time.Date(2026, 11, 20, 8, 40, 0, 0, surfacetest.Zone())).Abs() > 2*time.Second {
			t.Errorf("%s: %+v", body, p)
		}
	}
	got := surfacetest.Parse(t, open.Surfaces(), "weibo.open.comments", surfacetest.Document(t, "testdata/comments.json", ""))
	for _, p := range got.Posts {
		if p.Region != "" {
			t.Errorf("%s: an app was taken for a place: %q", p.ID, p.Region)
		}
	}
}

type saved struct {
	ID    int64  `json:"id"`
	At    string `json:"created_at"`
	Text  string `json:"text"`
	Reply *saved `json:"reply_comment"`
	Of    *saved `json:"status"`
	User  struct {
		ID   string `json:"idstr"`
		Name string `json:"screen_name"`
		Type int    `json:"verified_type"`
	} `json:"user"`
}

// same compares a post with what the saved answer has.
func (s saved) same(t *testing.T, p huiying.Post) {
	t.Helper()
	at, err := time.Parse(time.RubyDate, s.At)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[int]string{0: "person", 1: "government", 2: "enterprise", 3: "media", 4: "campus", 7: "organisation"}
	want := kinds[s.User.Type]
	if want == "" {
		want = "none"
	}
	if !p.PublishedAt.Equal(at) || p.Author.ID != s.User.ID || p.Author.Name != s.User.Name || p.Author.Verified != want ||
		strings.Join(strings.Fields(p.Text), "") != strings.Join(strings.Fields(s.Text), "") {
		t.Errorf("%+v, want %+v", p, s)
	}
}

func TestSavedStatuses(t *testing.T) {
	d := surfacetest.Document(t, surfacetest.Saved(t, "weibo-openapi/statuses_timeline.json"), "")
	var raw struct{ Statuses []saved }
	if err := json.Unmarshal(d.Body, &raw); err != nil {
		t.Fatal(err)
	}
	got := surfacetest.Parse(t, open.Surfaces(), "weibo.open.statuses", d)
	if len(got.Posts) != len(raw.Statuses) {
		t.Fatalf("%d posts of %d", len(got.Posts), len(raw.Statuses))
	}
	for i, s := range raw.Statuses {
		if got.Posts[i].ID != "weibo:"+strconv.FormatInt(s.ID, 10) {
			t.Errorf("%s stands where %d does", got.Posts[i].ID, s.ID)
		}
		s.same(t, got.Posts[i])
	}
}

func TestSavedComments(t *testing.T) {
	d := surfacetest.Document(t, surfacetest.Saved(t, "weibo-openapi/comments_to_me.json"), "")
	var raw struct{ Comments []saved }
	if err := json.Unmarshal(d.Body, &raw); err != nil {
		t.Fatal(err)
	}
	got := surfacetest.Parse(t, open.Surfaces(), "weibo.open.comments", d)
	at, want := map[string]int{}, map[string]bool{}
	for i, p := range got.Posts {
		at[p.ID] = i
	}
	for _, c := range raw.Comments {
		id, of := "weibo:c"+strconv.FormatInt(c.ID, 10), "weibo:"+strconv.FormatInt(c.Of.ID, 10)
		want[id], want[of] = true, true
		p := got.Posts[at[id]]
		c.same(t, p)
		parent := of
		if c.Reply != nil {
			parent = "weibo:c" + strconv.FormatInt(c.Reply.ID, 10)
			want[parent] = true
		}
		if p.ID != id || p.RootID != of || p.ParentID != parent || at[of] >= at[id] {
			t.Errorf("%s: parent %s, root %s", id, p.ParentID, p.RootID)
		}
	}
	if len(got.Posts) != len(want) {
		t.Errorf("%d posts, want %d", len(got.Posts), len(want))
	}
}

func TestSavedRefusals(t *testing.T) {
	for file, want := range map[string]crawler.Answer{
		"weibo-openapi/error_20502.json": crawler.AnswerForbidden, "weibo-openapi/empty_repost_timeline.json": crawler.AnswerEmpty,
		"weibo-antibot/access_denied.html": crawler.AnswerBlocked, "weibo-antibot/account_blocked_gbk.html": crawler.AnswerBlocked,
	} {
		got := surfacetest.Parse(t, open.Surfaces(), "weibo.open.statuses", surfacetest.Document(t, surfacetest.Saved(t, file), ""))
		if got.Answer != want || len(got.Posts) > 0 {
			t.Errorf("%s: %s", file, got.Answer)
		}
	}
}

func FuzzParse(f *testing.F) { surfacetest.Fuzz(f, open.Surfaces()) }
