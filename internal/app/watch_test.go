package app_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"huiying/internal/app"
	"huiying/internal/drill/replica"
)

// A post with an open case is looked at again although its source is not due:
// that its author changed it, and then took it away, becomes known as revisions
// of it, and what it said stays.
func TestWatchedPost(t *testing.T) {
	t.Parallel()
	world := replica.NewWorld(replica.Options{Now: time.Now})
	author := replica.Account{UID: 2000000009, Name: "过路的人", Verified: "none"}
	change := func(c replica.Change) {
		t.Helper()
		c.At = time.Now()
		if err := world.Apply(c); err != nil {
			t.Fatal(err)
		}
	}
	change(replica.Change{Post: &replica.Post{Key: "p", By: author, Text: "大厅系统瘫痪，一上午没办成"}})
	site, err := replica.Serve(t.Context(), "", replica.Weibo(world))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = site.Close() })
	a := startWatch(t, site.URL, author.UID)
	id := world.PublishedPosts()[0]
	hall := signIn(t, a, "duty")
	revisions := func() (list []struct{ Deleted, Edited bool }) {
		status, raw := hall.do(t, http.MethodGet, "/api/v1/posts/"+id, nil)
		var got struct {
			Revisions []struct{ Deleted, Edited bool }
			Post      struct{ Text string }
		}
		if status != http.StatusOK {
			return nil
		}
		if err := json.Unmarshal(raw, &got); err != nil {
			t.Fatal(err)
		}
		return got.Revisions
	}
	until := func(what string, n int) {
		t.Helper()
		for deadline := time.Now().Add(30 * time.Second); len(revisions()) < n; time.Sleep(50 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s is not known: %+v", what, revisions())
			}
		}
	}
	until("the post", 1)
	change(replica.Change{Edit: &replica.Edit{Key: "p", Text: "大厅系统恢复了，谢谢"}})
	until("the edit", 2)
	change(replica.Change{Delete: &replica.Delete{Key: "p"}})
	until("the deletion", 3)
	list := revisions()
	if !list[1].Edited || !list[len(list)-1].Deleted {
		t.Errorf("revisions %+v", list)
	}
	openEvidence(t, hall, id)
	if err := a.Stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
}

// openEvidence opens the page that the post's first words were read from.
func openEvidence(t *testing.T, b *browser, id string) {
	t.Helper()
	var post struct {
		Post struct {
			CaseNo string `json:"case_no"`
		}
	}
	b.get(t, "/api/v1/posts/"+id, &post)
	status, raw := b.do(t, http.MethodPost, "/api/v1/cases/"+post.Post.CaseNo+"/evidence", map[string]string{"post": id, "reason": "核对原文"})
	var page struct {
		Name string
		Raw  []byte
	}
	if err := json.Unmarshal(raw, &page); err != nil || status != http.StatusOK {
		t.Fatalf("open the evidence: %d %s", status, raw)
	}
	if sum := fmt.Sprintf("sha256:%x", sha256.Sum256(page.Raw)); sum != page.Name {
		t.Errorf("%s holds what is %s", page.Name, sum)
	}
}

func startWatch(t *testing.T, site string, uid int64) *app.App {
	t.Helper()
	return boot(t, t.TempDir(), files{
		"rules.yaml": "rules:\n  - {id: r-fault, name: 故障, level: orange, when: 系统瘫痪}\n",
		office: fmt.Sprintf(`
data: data
listen: 127.0.0.1:0
crawler: {host_delay: 1ms, watch_every: 1s}
rules: [rules.yaml]
users: [{id: duty, name: 值班, roles: [officer]}]
sources: [{id: office, kind: weibo, base_url: "%s", every: 24h, options: {accounts: ["%d"]}}]
`, site, uid),
	})
}
