package discuz_test

import (
	"html"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"huiying/crawler"
	"huiying/crawler/surfacetest"
)

// all gives the first group of every match in the raw page.
func all(body []byte, expression string) []string {
	var out []string
	for _, m := range regexp.MustCompile(expression).FindAllSubmatch(body, -1) {
		out = append(out, strings.TrimSpace(html.UnescapeString(string(m[1]))))
	}
	return out
}

// TestSavedList compares a saved list with what the raw page holds.
func TestSavedList(t *testing.T) {
	d := document(t, surfacetest.Saved(t, "discuz/mobile_forumdisplay.html"), "")
	got, err := surface(t, "discuz.forum")(d)
	if err != nil || got.Answer != crawler.AnswerOK {
		t.Fatal(got.Answer, err)
	}
	titles := all(d.Body, `<em +(?:style="[^"]*")?>([^<]+)</em>`)
	authors := all(d.Body, `class="mmc">([^<]+)<`)
	times := all(d.Body, `<span class="mtime">([^<]+)<`)
	views := all(d.Body, `dm-eye-fill"></i>(\d+)`)
	replies := all(d.Body, `dm-chat-s-fill"></i>(\d+)`)
	if len(got.Posts) != len(titles) || len(titles) < 20 {
		t.Fatalf("%d threads, want %d", len(got.Posts), len(titles))
	}
	pinned := len(titles) - len(authors)
	for i, p := range got.Posts {
		if p.Title != titles[i] || !strings.HasPrefix(p.ID, "forum:") || !strings.HasSuffix(p.URL, strings.TrimPrefix(p.ID[strings.LastIndex(p.ID, "/"):], "/t")) {
			t.Errorf("%d: %+v", i, p)
		}
		if i < pinned {
			continue
		}
		n := i - pinned
		if p.Author.Name != authors[n] || p.PublishedAt.In(surfacetest.Zone()).Format("2006-1-2 15:04") != times[n] ||
			strconv.FormatInt(p.Engagement.Views, 10) != views[n] || strconv.FormatInt(p.Engagement.Comments, 10) != replies[n] {
			t.Errorf("%d: %+v", i, p)
		}
	}
	if got.Next != "page=2" || got.Total == 0 {
		t.Errorf("next %q, total %d", got.Next, got.Total)
	}
}

// TestSavedThread compares a saved thread with what the raw page holds.
func TestSavedThread(t *testing.T) {
	d := document(t, surfacetest.Saved(t, "discuz/mobile_thread.html"), "")
	got, err := surface(t, "discuz.thread")(d)
	if err != nil || got.Answer != crawler.AnswerOK {
		t.Fatal(got.Answer, err)
	}
	pids := all(d.Body, `id="pid(\d+)"`)
	uids := all(d.Body, `<span class="z">\n<a href="home.php\?mod=space&amp;uid=(\d+)`)
	times := all(d.Body, `(\d{4}-\d+-\d+ \d+:\d+)</li>`)
	if len(got.Posts) != len(pids) || len(pids) != len(times) || len(pids) < 5 {
		t.Fatalf("%d posts, want %d", len(got.Posts), len(pids))
	}
	for i, p := range got.Posts {
		if p.Author.ID != uids[i] || p.PublishedAt.In(surfacetest.Zone()).Format("2006-1-2 15:04") != times[i] || p.Text == "" || strings.ContainsAny(p.Text, "<>") {
			t.Errorf("%d: %+v", i, p)
		}
		if i > 0 && (!strings.HasSuffix(p.ID, "/p"+pids[i]) || p.ParentID != got.Posts[0].ID || p.RootID != got.Posts[0].ID) {
			t.Errorf("%d: place %+v", i, p)
		}
	}
	first := got.Posts[0]
	if !strings.Contains(first.ID, "/t") || first.Kind != "thread" || first.Title == "" || first.Engagement.Comments != int64(len(pids)-1) {
		t.Errorf("first floor %+v", first)
	}
	// Every line of the raw message stands in ours.
	for _, line := range all(d.Body, `<div align="left">([^<]+)</div>`) {
		if !strings.Contains(first.Text, strings.Join(strings.Fields(line), " ")) {
			t.Errorf("%q is missing", line)
		}
	}
}

func TestSavedRefusals(t *testing.T) {
	for file, want := range map[string]crawler.Answer{
		"discuz/desktop_prompt_login.html": crawler.AnswerLoginWall,
		"discuz/maintenance.html":          crawler.AnswerMaintenance,
	} {
		t.Run(file, func(t *testing.T) {
			d := document(t, surfacetest.Saved(t, file), "")
			for _, name := range []string{"discuz.forum", "discuz.thread"} {
				got, err := surface(t, name)(d)
				if err != nil || got.Answer != want || len(got.Posts) > 0 {
					t.Errorf("%s: %s with %d posts, %v", name, got.Answer, len(got.Posts), err)
				}
			}
		})
	}
}
