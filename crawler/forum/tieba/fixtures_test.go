package tieba_test

import (
	"encoding/json"
	"html"
	"regexp"
	"strings"
	"testing"
	"time"

	"huiying/crawler"
	"huiying/crawler/surfacetest"
)

// saved is a real answer as of when it was saved.
func saved(t *testing.T, name string) crawler.Document {
	t.Helper()
	d := document(t, surfacetest.Saved(t, name), "")
	d.FetchedAt = time.Date(2024, 8, 8, 11, 30, 0, 0, surfacetest.Zone())
	return d
}

// all gives the first group of every match in the raw page.
func all(body []byte, expression string) []string {
	var out []string
	for _, m := range regexp.MustCompile(expression).FindAllSubmatch(body, -1) {
		out = append(out, strings.TrimSpace(html.UnescapeString(string(m[1]))))
	}
	return out
}

func read(t *testing.T, name string, d crawler.Document) crawler.Parsed {
	t.Helper()
	got, err := surface(t, name)(d)
	if err != nil || got.Answer != crawler.AnswerOK {
		t.Fatal(got.Answer, err)
	}
	return got
}

// TestSavedList compares a saved list with the data of its rows.
func TestSavedList(t *testing.T) {
	d := saved(t, "tieba/forum_list.html")
	got := read(t, "tieba.list", d)
	rows := all(d.Body, `j_thread_list[^>]*data-field='([^']*)'`)
	titles := all(d.Body, `title="([^"]*)" target="_blank" class="j_th_tit`)
	times := all(d.Body, `is_show_create_time"[^>]*>([^<]*)<`)
	if len(got.Posts) != len(rows) || len(rows) < 40 || len(titles) != len(rows) || len(times) != len(rows) {
		t.Fatalf("%d threads, want %d", len(got.Posts), len(rows))
	}
	for i, p := range got.Posts {
		var raw struct {
			ID       json.Number `json:"id"`
			Portrait string      `json:"author_portrait"`
			Replies  int64       `json:"reply_num"`
		}
		if err := json.Unmarshal([]byte(rows[i]), &raw); err != nil {
			t.Fatal(err)
		}
		if p.ID != "forum:tieba.baidu.com/t"+raw.ID.String() || p.Engagement.Comments != raw.Replies || p.Author.ID != raw.Portrait ||
			p.Author.Name == "" || p.PublishedAt.IsZero() {
			t.Errorf("%s: %+v", rows[i], p)
		}
		if p.Title != strings.Join(strings.Fields(titles[i]), " ") {
			t.Errorf("title %q, want %q", p.Title, titles[i])
		}
		if forms := []string{"1-2", "2006-01", "15:04"}; !shows(p.PublishedAt, times[i], forms) {
			t.Errorf("time %v, want %q", p.PublishedAt, times[i])
		}
	}
	if got.Next != "pn=50" || got.Total == 0 {
		t.Errorf("next %q, total %d", got.Next, got.Total)
	}
}

func shows(at time.Time, as string, forms []string) bool {
	for _, f := range forms {
		if at.In(surfacetest.Zone()).Format(f) == as {
			return true
		}
	}
	return false
}

func TestSavedReplies(t *testing.T) {
	d := saved(t, "tieba/floor_replies_lzl.html")
	got := read(t, "tieba.replies", d)
	rows := all(d.Body, `lzl_single_post[^>]*data-field='([^']*)'`)
	times := all(d.Body, `lzl_time">([^<]*)<`)
	if len(got.Posts) != len(rows) || len(rows) < 10 {
		t.Fatalf("%d replies, want %d", len(got.Posts), len(rows))
	}
	for i, p := range got.Posts {
		var raw struct {
			ID   json.Number `json:"spid"`
			Name string      `json:"showname"`
		}
		if err := json.Unmarshal([]byte(rows[i]), &raw); err != nil {
			t.Fatal(err)
		}
		if p.ID != "forum:tieba.baidu.com/l"+raw.ID.String() || p.Author.Name != raw.Name || p.Text == "" ||
			p.PublishedAt.In(surfacetest.Zone()).Format("2006-1-2 15:04") != times[i] {
			t.Errorf("%s: %+v", rows[i], p)
		}
	}
	if got.Next != "pn=2" || got.Total != 16 {
		t.Errorf("next %q, total %d", got.Next, got.Total)
	}
}

func TestSavedSearch(t *testing.T) {
	d := saved(t, "tieba/search_result.html")
	got := read(t, "tieba.search", d)
	ids := all(d.Body, `data-tid="(\d+)"`)
	times := all(d.Body, `p_date">([^<]*)<`)
	titles := all(d.Body, `target="_blank">([^<]+)</a></span>`)
	if len(got.Posts) != len(ids) || len(ids) < 10 {
		t.Fatalf("%d results, want %d", len(got.Posts), len(ids))
	}
	for i, p := range got.Posts {
		if p.ID != "forum:tieba.baidu.com/t"+ids[i] || p.Title != titles[i] || p.Author.Name == "" || p.PublishedAt.In(surfacetest.Zone()).Format("2006-01-02 15:04") != times[i] {
			t.Errorf("%d: %+v", i, p)
		}
	}
}
