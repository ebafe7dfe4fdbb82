// Package portal reads government portals that a site description in YAML
// explains: letters with their official answers, and articles. It refuses to
// follow links off the described site and to sign in anywhere.
//
// Identity never depends on where a page was fetched: with a base_url that
// stands in for the site, every address is first put back on the site's own
// host. A letter is portal:<host>/l<native id>, an article
// portal:<host>/a<native id>; without a native id the sha256 of the page's
// address takes its place, and of a file without an address that of its bytes.
package portal

import (
	"maps"
	"slices"
	"strings"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/portal/site"
)

// The surfaces of a portal.
const (
	surfaceLetter  = "portal.letter"
	surfaceArticle = "portal.article"
	surfaceList    = "portal.list"
)

// Profile describes one site; see package site.
type Profile = site.Profile

// ParseProfile reads one site description in YAML. Unknown keys are refused;
// every mistake is a sentence with line and column.
func ParseProfile(raw []byte) (Profile, error) { return site.Parse(raw) }

// Kind is the row of the table of source kinds for portals. extra are site
// descriptions beside the built-in ones, by name; they win over built-in ones
// of the same name. Its surfaces read by the description that
// Document.Profile names, without one by beijing-letters (letters and lists)
// or government-article.
func Kind(extra map[string]Profile) crawler.Kind {
	shelf := newShelf(extra)
	return crawler.Kind{
		Name:   "portal",
		Check:  shelf.check,
		Reader: Reader{shelf: shelf},
		Look:   shelf.look,
		Surfaces: map[string]crawler.Parse{
			surfaceLetter:  shelf.surface(surfaceLetter, site.BeijingLetters),
			surfaceArticle: shelf.surface(surfaceArticle, site.GovernmentArticle),
			surfaceList:    shelf.surface(surfaceList, site.BeijingLetters),
		},
	}
}

// Surfaces are the parsers of one site description.
func Surfaces(p Profile) map[string]crawler.Parse {
	return map[string]crawler.Parse{
		surfaceLetter:  func(d crawler.Document) (crawler.Parsed, error) { return p.ReadPage(d, huiying.KindLetter), nil },
		surfaceArticle: func(d crawler.Document) (crawler.Parsed, error) { return p.ReadPage(d, huiying.KindArticle), nil },
		surfaceList:    func(d crawler.Document) (crawler.Parsed, error) { return p.ReadList(d).Parsed(p, d), nil },
	}
}

// shelf holds the site descriptions that can be named.
type shelf struct {
	profiles map[string]Profile
}

func newShelf(extra map[string]Profile) shelf {
	s := shelf{profiles: site.Builtin()}
	maps.Copy(s.profiles, extra)
	return s
}

func (s shelf) find(name string) (Profile, error) {
	if p, ok := s.profiles[name]; ok {
		return p, nil
	}
	names := strings.Join(slices.Sorted(maps.Keys(s.profiles)), ", ")
	return Profile{}, huiying.Errorf(huiying.NotFound, "portal.unknown_profile", name, names)
}

func (s shelf) surface(name, fallback string) crawler.Parse {
	return func(d crawler.Document) (crawler.Parsed, error) {
		chosen := d.Profile
		if chosen == "" {
			chosen = fallback
		}
		p, err := s.find(chosen)
		if err != nil {
			return crawler.Parsed{}, err
		}
		return Surfaces(p)[name](d)
	}
}
