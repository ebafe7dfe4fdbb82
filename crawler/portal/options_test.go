package portal_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"huiying"
	"huiying/crawler/portal"
)

// keys lists the catalogue keys of an error, joined or not.
func keys(err error) []string {
	var many interface{ Unwrap() []error }
	var one *huiying.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &many):
		var out []string
		for _, e := range many.Unwrap() {
			out = append(out, keys(e)...)
		}
		return out
	case errors.As(err, &one):
		return []string{one.Key}
	}
	return []string{fmt.Sprint(err)}
}

func TestOptionMistakes(t *testing.T) {
	kind := portal.Kind(map[string]portal.Profile{"town-news": profile(t, town)})
	for _, c := range []struct{ options, base, want string }{
		{`{"profile":"beijing-letters"}`, "", ""},
		{`{"profile":"town-news","lists":["/xw/{page}.html","https://www.linhe.gov.example/b.html"]}`, "http://127.0.0.1:8", ""},
		{``, "", "portal.no_profile"},
		{`{"profile":"nowhere"}`, "", "portal.unknown_profile"},
		{`{"profil":"beijing-letters"}`, "", "portal.options_unreadable"},
		{`{"profile":"government-article"}`, "", "portal.no_site portal.nothing_to_read"},
		{`{"profile":"beijing-letters"}`, "127.0.0.1", "portal.bad_base_url"},
		{`{"profile":"beijing-letters","urls":["https://elsewhere.example/1"],"lists":["javascript:x"]}`, "", "portal.bad_address portal.bad_address"},
		{`{"profile":"beijing-letters","pages":0,"details":0,"recheck":-1,"recheck_days":999}`, "", "portal.bad_number portal.bad_number portal.bad_number portal.bad_number"},
		{`{"profile":"beijing-letters","recheck_every":"soon"}`, "", "portal.bad_duration"},
		{`{"profile":"beijing-letters","recheck_every":"2s"}`, "", ""},
	} {
		err := kind.Check(huiying.Source{ID: "s", BaseURL: c.base, Options: json.RawMessage(c.options)})
		if got := strings.Join(keys(err), " "); got != c.want {
			t.Errorf("%s: %s, want %s", c.options, got, c.want)
		}
	}
}
