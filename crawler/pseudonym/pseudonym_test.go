package pseudonym_test

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"huiying"
	"huiying/crawler/pseudonym"
)

var key = []byte("0123456789abcdef")

func hide(t testing.TB, p huiying.Post, key []byte) huiying.Post {
	t.Helper()
	out, err := pseudonym.Hide(p, key)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func post(a huiying.Author) huiying.Post {
	return huiying.Post{ID: "weibo:4001", Platform: huiying.PlatformWeibo, URL: "https://weibo.com/2000000001/A1b2", Author: a, Text: "排队",
		Answers: []huiying.Answer{{Org: "某某局", Text: "答复"}}}
}

func TestHide(t *testing.T) {
	id, name := regexp.MustCompile(`^p-[0-9a-f]{16}$`), regexp.MustCompile(`^网民[a-z2-7]{6}$`)
	for _, verified := range []string{"none", "person", "enterprise", "campus", "organisation", "government", "media"} {
		in := post(huiying.Author{ID: "2000000001", Name: "某某", Verified: verified})
		got := hide(t, in, key)
		if !id.MatchString(got.Author.ID) || got.Author.Verified != verified || got.Text != in.Text || got.Answers[0].Org != "某某局" {
			t.Errorf("%s: %+v", verified, got)
		}
		institution := verified == "government" || verified == "media"
		if institution && got.Author.Name != "某某" || !institution && !name.MatchString(got.Author.Name) {
			t.Errorf("%s: the name is %q", verified, got.Author.Name)
		}
		if got.URL != "https://m.weibo.cn/detail/4001" {
			t.Errorf("%s: the address is %s", verified, got.URL)
		}
	}
}

func TestHideIsStableAndKeyed(t *testing.T) {
	a := huiying.Author{ID: "2000000001", Name: "某某"}
	first, renamed := hide(t, post(a), key).Author, hide(t, post(huiying.Author{ID: a.ID, Name: "新名"}), key).Author
	if first != renamed {
		t.Errorf("a new name made another pseudonym: %v, %v", first, renamed)
	}
	other := hide(t, post(a), []byte("another key, 16+")).Author
	elsewhere := post(a)
	elsewhere.Platform = huiying.PlatformForum
	if forum := hide(t, elsewhere, key).Author; forum.ID == first.ID || other.ID == first.ID {
		t.Errorf("%v, %v and %v are alike", first, other, forum)
	}
	if _, err := pseudonym.Hide(post(a), key[:15]); huiying.ErrorCode(err) != huiying.Internal {
		t.Errorf("a short key: %v", err)
	}
}

func TestHideWithoutAnAuthor(t *testing.T) {
	for _, a := range []huiying.Author{{}, {Verified: "none"}, {Name: "匿名用户"}, {Name: "游客"}} {
		if got := hide(t, post(a), key).Author; got != a {
			t.Errorf("%v became %v", a, got)
		}
	}
	if got := hide(t, post(huiying.Author{ID: "0", Name: "匿名用户"}), key).Author; got.ID != "" {
		t.Errorf("everybody without a name became %v", got)
	}
	byName := hide(t, post(huiying.Author{Name: "某某"}), key).Author
	if byName.ID == "" || byName.Name == "某某" {
		t.Errorf("an author without an id stays %v", byName)
	}
}

func TestHideAddresses(t *testing.T) {
	for _, tc := range []struct{ id, platform, url, want string }{
		{"weibo:4001", "weibo", "https://weibo.com/2000000001/A1b2", "https://m.weibo.cn/detail/4001"},
		{"weibo:c4001", "weibo", "https://weibo.com/2000000001/A1b2?cid=1", ""},
		{"weibo:4001", "weibo", "https://m.weibo.cn/detail/4001", "https://m.weibo.cn/detail/4001"},
		{"forum:example.org/t1", "forum", "https://example.org/t?uid=2000000001", ""},
		{"forum:example.org/t1", "forum", "https://example.org/t?tid=1", "https://example.org/t?tid=1"},
		{"portal:example.org/l1", "portal", "", ""},
	} {
		p := post(huiying.Author{ID: "2000000001", Name: "某某"})
		p.ID, p.Platform, p.URL = tc.id, tc.platform, tc.url
		if got := hide(t, p, key).URL; got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.url, got, tc.want)
		}
	}
}

// Nothing of a private author's id or name is left in author or address.
func TestHideLeavesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := huiying.Author{ID: rapid.StringMatching(`[1-9][0-9]{7,11}`).Draw(t, "id"), Name: rapid.StringMatching(`[一-龥]{3,8}`).Draw(t, "name")}
		p := post(a)
		p.URL = "https://weibo.com/" + a.ID + "/A1b2"
		got, err := pseudonym.Hide(p, key)
		if err != nil {
			t.Fatal(err)
		}
		left := got.Author.ID + got.Author.Name + got.URL
		if strings.Contains(left, a.ID) || strings.Contains(left, a.Name) {
			t.Fatalf("%v left %q", a, left)
		}
	})
}
