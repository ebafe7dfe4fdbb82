package site_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/portal"
	"huiying/crawler/surfacetest"
	"huiying/internal/locale"
)

// faults lists the errors of a joined one as "key line:column".
func faults(err error) []string {
	var many interface{ Unwrap() []error }
	var one *huiying.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &many):
		var out []string
		for _, e := range many.Unwrap() {
			out = append(out, faults(e)...)
		}
		return out
	case errors.As(err, &one) && len(one.Args) < 2:
		return []string{one.Key}
	case errors.As(err, &one):
		return []string{fmt.Sprintf("%s %v:%v", one.Key, one.Args[0], one.Args[1])}
	}
	return []string{err.Error()}
}

func TestProfileMistakes(t *testing.T) {
	catalogue, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	const good = "name: a\nsite: https://a.example\nkind: letter\ndetail: {text: .t}\n"
	for _, c := range []struct {
		yaml string
		want []string
	}{
		{good, nil},
		{good + "list: {url: /l, date: {match: '\\d+'}}\n", nil},
		{good + "colour: red\n", []string{"portal.profile_yaml 5:1"}},
		{good + "list:\n  item: li\n  tilte: a\n", []string{"portal.profile_yaml 7:3"}},
		{good + "list:\n  title: {selector: a}\n", []string{"portal.profile_yaml 6:11"}},
		{"name: [\n", []string{"portal.profile_yaml 1:7"}},
		{"name: Ä\nsite: nowhere\nkind: book\n", []string{"portal.profile_name 1:7", "portal.profile_site 2:7", "portal.profile_kind 3:7"}},
		{"name: a\nsite: https://a.example\nkind: letter\n", []string{"portal.profile_no_text 1:1"}},
		{good + "list:\n  format: xml\n", []string{"portal.profile_format 6:11"}},
		{good + "list:\n  format: js-object\n", []string{"portal.profile_no_rows 6:9"}},
		{good + "list:\n  item: 'li['\n", []string{"portal.profile_selector 6:9"}},
		{good + "list:\n  next:\n    select: 'a:('\n", []string{"portal.profile_selector 7:11"}},
		{good + "id: {match: 'a(b'}\n", []string{"portal.profile_match 5:13"}},
		{good + "id: {match: 'ab'}\n", []string{"portal.profile_match 5:13"}},
		{good + "dates: [YYYY-MM-DD, when]\n", []string{"portal.profile_date 5:8"}},
	} {
		_, err := portal.ParseProfile([]byte(c.yaml))
		if got := faults(err); strings.Join(got, ", ") != strings.Join(c.want, ", ") {
			t.Errorf("%q:\n got %v\nwant %v", c.yaml, got, c.want)
		}
		for _, lang := range []locale.Lang{locale.Chinese, locale.English} {
			if err == nil {
				continue
			}
			if s := catalogue.Sentence(lang, err); strings.Contains(s, "%!") || strings.Contains(s, "portal.") {
				t.Errorf("%q: sentence %q", c.yaml, s)
			}
		}
	}
}

// TestOwnDates: a site that writes dates its own way.
func TestOwnDates(t *testing.T) {
	p := profile(t, "name: a\nsite: https://a.example\nkind: letter\ndetail: {text: .t, time: .d}\ndates: [DD/MM/YYYY HH:mm, D.M.YYYY]\n")
	for shown, want := range map[string]string{
		"05/11/2026 08:30": "2026-11-05 08:30 minute", "5.11.2026": "2026-11-05 00:00 day", "2026-11-05 08:30:07": "2026-11-05 08:30 second", "bald": "",
	} {
		body := `<html><body><p class="t">路灯不亮。</p><p class="d">` + shown + `</p></body></html>`
		got, err := portal.Surfaces(p)["portal.letter"](crawler.Document{Body: []byte(body), FetchedAt: surfacetest.Fetched(), Zone: surfacetest.Zone()})
		if err != nil || len(got.Posts) != 1 {
			t.Fatal(got, err)
		}
		post := got.Posts[0]
		if post.PublishedAt.IsZero() != (want == "") || want != "" && post.PublishedAt.In(surfacetest.Zone()).Format("2006-01-02 15:04 ")+post.PublishedPrecision != want {
			t.Errorf("%s: %v %s, want %s", shown, post.PublishedAt, post.PublishedPrecision, want)
		}
	}
}
