package app

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/feed"
	"huiying/crawler/feed/endpoint"
	"huiying/crawler/forum"
	"huiying/crawler/intake"
	"huiying/crawler/patrol"
	"huiying/crawler/portal"
	"huiying/crawler/portal/changyan"
	"huiying/crawler/portal/liuyan"
	"huiying/crawler/weibo"
	"huiying/crawler/weibo/ajax"
	"huiying/crawler/weibo/openapi"
	"huiying/crawler/weibo/search"
)

// Kinds is the table of source kinds: a new one is a folder and a row here.
// profiles are the portal site descriptions of the configuration by name.
func Kinds(profiles map[string]portal.Profile) []crawler.Kind {
	return []crawler.Kind{
		weibo.Kind(),
		openapi.Kind(),
		ajax.Kind(),
		search.Kind(),
		portal.Kind(profiles),
		feed.Kind(),
		endpoint.Kind(),
		liuyan.Kind(),
		changyan.Kind(),
		forum.Kind(),
		intake.Kind(),
		patrol.Kind(profiles),
	}
}

// Surfaces is every parser by its surface's name.
func Surfaces(kinds []crawler.Kind) map[string]crawler.Parse {
	out := map[string]crawler.Parse{}
	for _, k := range kinds {
		for name, parse := range k.Surfaces {
			out[name] = parse
		}
	}
	return out
}

// LoadProfiles reads site descriptions; each is known by its file's name
// without the ending.
func LoadProfiles(files []string) (map[string]portal.Profile, error) {
	out := map[string]portal.Profile{}
	var problems []error
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			problems = append(problems, huiying.Errorf(huiying.Invalid, "config.unreadable", file, err))
			continue
		}
		p, err := portal.ParseProfile(raw)
		if err != nil {
			problems = append(problems, InFile(file, err))
			continue
		}
		base := filepath.Base(file)
		out[strings.TrimSuffix(base, filepath.Ext(base))] = p
	}
	return out, errors.Join(problems...)
}

// InFile puts the file's name before every sentence of err.
func InFile(file string, err error) error {
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		return huiying.Errorf(huiying.ErrorCode(err), "app.in_file", file, err)
	}
	var out []error
	for _, e := range joined.Unwrap() {
		out = append(out, InFile(file, e))
	}
	return errors.Join(out...)
}
