package locale_test

import (
	"errors"
	"regexp"
	"slices"
	"testing"

	"huiying"
	"huiying/internal/locale"
)

func load(t *testing.T) *locale.Catalogue {
	t.Helper()
	c, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Both languages of a sentence take the same arguments.
func TestVerbsAgree(t *testing.T) {
	verb := regexp.MustCompile(`%(\[\d+\])?[+#.\d]*[a-zA-Z]`)
	indexed := regexp.MustCompile(`\[\d+\]`)
	for key, e := range load(t).Entries() {
		zh, en := verb.FindAllString(e.ZH, -1), verb.FindAllString(e.EN, -1)
		if indexed.MatchString(e.ZH + e.EN) {
			slices.Sort(zh)
			slices.Sort(en)
		}
		if len(zh) != len(en) {
			t.Errorf("%s: %d arguments in Chinese, %d in English", key, len(zh), len(en))
		}
	}
}

func TestSentence(t *testing.T) {
	c := load(t)
	err := huiying.Errorf(huiying.Invalid, "post.no_collected_at", "weibo:1")
	for lang, want := range map[locale.Lang]string{
		locale.Chinese: "信息 weibo:1 缺少采集时间。",
		locale.English: "Post weibo:1 has no collected_at.",
	} {
		if got := c.Sentence(lang, err); got != want {
			t.Errorf("%s: got %q, want %q", lang, got, want)
		}
	}
	if got := c.Sentence(locale.English, errors.New("disk on fire")); got != c.Text(locale.English, "error.internal") {
		t.Errorf("a cause without a code leaked: %q", got)
	}
	both := errors.Join(err, err)
	if got, want := c.Sentence(locale.English, both), "Post weibo:1 has no collected_at.\nPost weibo:1 has no collected_at."; got != want {
		t.Errorf("joined: got %q", got)
	}
}
