package replica_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"huiying/internal/drill/replica"
)

// fixtures is the folder of saved responses beside the repository; without it
// the comparison is skipped.
const fixtures = "../../../../shared/fixtures"

func saved(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(fixtures, filepath.FromSlash(name)))
	if os.IsNotExist(err) {
		t.Skipf("saved responses are not here: %s", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func savedJSON(t *testing.T, name string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(saved(t, name), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// posts gives the plain and the reposting posts of a timeline.
func posts(t *testing.T, timeline any) (plain, reposts []map[string]any) {
	t.Helper()
	for _, c := range dig(t, timeline, "data", "cards").([]any) {
		m := dig(t, c, "mblog").(map[string]any)
		if m["retweeted_status"] != nil {
			reposts = append(reposts, m)
		} else {
			plain = append(plain, m)
		}
	}
	return plain, reposts
}

// countKeys may be numbers or strings on the real site.
var countKeys = []string{"reposts_count", "comments_count", "attitudes_count", "followers_count"}

// sameShape checks that ours has every key all real ones have, of the same
// type, and none that no real one has.
func sameShape(t *testing.T, what string, ours map[string]any, real []map[string]any, extra ...string) {
	t.Helper()
	for key, value := range real[0] {
		everywhere := !slices.ContainsFunc(real, func(m map[string]any) bool { _, ok := m[key]; return !ok })
		mine, ok := ours[key]
		switch {
		case everywhere && !ok:
			t.Errorf("%s lacks %q", what, key)
		case ok && !slices.Contains(countKeys, key) && reflect.TypeOf(mine) != reflect.TypeOf(value):
			t.Errorf("%s: %q is %T, the site has %T", what, key, mine, value)
		}
	}
	for key := range ours {
		known := slices.ContainsFunc(real, func(m map[string]any) bool { _, ok := m[key]; return ok })
		if !known && !slices.Contains(extra, key) {
			t.Errorf("%s has %q, which the site does not", what, key)
		}
	}
}

func TestTimelineHasTheShapeOfTheSite(t *testing.T) {
	real := savedJSON(t, "weibo-m/getIndex_107603_timeline.json")
	s := newStage(t, 2)
	s.apply(replica.Change{Post: &replica.Post{Key: "a", By: office, Text: "#题# 有图", Pics: 2}})
	s.apply(replica.Change{Post: &replica.Post{By: office, Of: "a", Text: "转"}})
	s.post("", "#题# 第三")
	var ours any
	for _, more := range []string{"", "&page=2"} {
		resp := get(t, s.weibo, timelineURL(office.UID, more), "")
		var page any
		if err := json.Unmarshal(body(t, resp), &page); err != nil {
			t.Fatal(err)
		}
		if ours == nil {
			ours = page
			continue
		}
		cards := dig(t, ours, "data", "cards").([]any)
		dig(t, ours, "data").(map[string]any)["cards"] = append(cards, dig(t, page, "data", "cards").([]any)...)
	}
	for _, path := range [][]any{{}, {"data"}, {"data", "cardlistInfo"}, {"data", "cards", 0}} {
		sameShape(t, fmt.Sprint(path), dig(t, ours, path...).(map[string]any), []map[string]any{dig(t, real, path...).(map[string]any)})
	}
	realPlain, realReposts := posts(t, real)
	plain, reposts := posts(t, ours)
	for _, m := range plain {
		sameShape(t, "post", m, realPlain, "region_name")
	}
	sameShape(t, "repost", reposts[0], realReposts, "region_name")
	original := reposts[0]["retweeted_status"].(map[string]any)
	sameShape(t, "original", original, append([]map[string]any{realReposts[0]["retweeted_status"].(map[string]any)}, realPlain...), "region_name")
	sameShape(t, "user", plain[0]["user"].(map[string]any), []map[string]any{realPlain[0]["user"].(map[string]any)})
	for _, m := range plain {
		if pics, ok := m["pics"].([]any); ok {
			for _, r := range realPlain {
				if theirs, ok := r["pics"].([]any); ok {
					sameShape(t, "picture", pics[0].(map[string]any), []map[string]any{theirs[0].(map[string]any)})
				}
			}
		}
	}
}

func TestSmallAnswersHaveTheShapeOfTheSite(t *testing.T) {
	s := newStage(t, 5)
	s.post("p", strings.Repeat("长文", 100))
	s.apply(replica.Change{Comment: &replica.Comment{On: "p", By: reader, Text: "评", Region: "宁夏"}})
	mid := strings.TrimPrefix(s.world.PublishedPosts()[0], "weibo:")
	load := func(address string) map[string]any {
		var o map[string]any
		if err := json.Unmarshal(body(t, get(t, s.weibo, address, "")), &o); err != nil {
			t.Fatal(err)
		}
		return o
	}
	some := savedJSON(t, "weibo-m/show_hotflow_hotsearch_2026_transcribed.json")
	comment := dig(t, load("/comments/hotflow?id="+mid+"&max_id_type=0"), "data", "data", 0).(map[string]any)
	for key, theirs := range dig(t, some, "comments_hotflow", "data", "data", 0).(map[string]any) {
		if reflect.TypeOf(comment[key]) != reflect.TypeOf(theirs) {
			t.Errorf("comment %q is %T, the site has %T", key, comment[key], theirs)
		}
	}
	shown := dig(t, load("/statuses/show?id="+mid), "data").(map[string]any)
	for key, theirs := range dig(t, some, "statuses_show", "data").(map[string]any) {
		if mine := shown[key]; reflect.TypeOf(mine) != reflect.TypeOf(theirs) && !slices.Contains(countKeys, key) {
			t.Errorf("show %q is %T, the site has %T", key, mine, theirs)
		}
	}
	extend := savedJSON(t, "weibo-m/statuses_extend_longtext_a.json").(map[string]any)
	sameShape(t, "extend", load("/statuses/extend?id=" + mid)["data"].(map[string]any), []map[string]any{extend["data"].(map[string]any)})
	empty := savedJSON(t, "weibo-m/getIndex_ok0_empty.json").(map[string]any)
	if mine := load(timelineURL(1, "")); !reflect.DeepEqual(mine, empty) {
		t.Errorf("empty answer %v, the site says %v", mine, empty)
	}
	profile := savedJSON(t, "weibo-m/getIndex_user_profile.json")
	mine := load(fmt.Sprintf("/api/container/getIndex?type=uid&value=%d", office.UID))
	for key, theirs := range dig(t, profile, "data", "userInfo").(map[string]any) {
		if got, ok := dig(t, mine, "data", "userInfo").(map[string]any)[key]; ok && reflect.TypeOf(got) != reflect.TypeOf(theirs) {
			t.Errorf("profile %q is %T, the site has %T", key, got, theirs)
		}
	}
	envelopes := savedJSON(t, "weibo-ajax/envelopes_2026_transcribed.json")
	if mine := load("/statuses/show?id=1"); !reflect.DeepEqual(mine, dig(t, envelopes, "deleted_post")) {
		t.Errorf("deleted post: %v", mine)
	}
}

// TestLetterHasTheMarkupOfTheSite finds on a real page everything that is
// found on ours, with the same selectors.
func TestLetterHasTheMarkupOfTheSite(t *testing.T) {
	s := letterStage(t)
	s.apply(replica.Change{Answer: &replica.Answer{Letter: "one", Org: "路灯所", Text: "已修好。"}})
	id := letterIDs(s.page(replica.LettersPath + "?page.pageSize=50"))[7]
	ours := document(t, s.page("/hudong/hdjl/com.web.complain.complainDetail.flow?originalId="+id))
	files, err := filepath.Glob(filepath.Join(fixtures, "gov-letters", "*.html"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("saved responses are not here: gov-letters")
	}
	for _, file := range files {
		theirs := document(t, saved(t, "gov-letters/"+filepath.Base(file)))
		for _, selector := range []string{
			".o-font4 strong", "div.p-2.text-muted.mx-2", "div.p-4.text-muted.my-3", "div.o-border-bottom .o-font4 strong",
			"div.column.my-3 div.text-muted", `meta[name="PubDate"]`, `meta[name="ArticleTitle"]`, `meta[name="robots"]`,
		} {
			if found(ours, selector) != found(theirs, selector) {
				t.Errorf("%s: %s is there %v, ours %v", filepath.Base(file), selector, found(theirs, selector), found(ours, selector))
			}
		}
	}
}

func found(doc *goquery.Document, selector string) bool { return doc.Find(selector).Length() > 0 }
