// Package patrol inspects the office's own site, 巡检: whether it can be
// reached, dead links, stale home page and columns, overdue letters, wrong
// words, its certificate, a working channel for the public. What it finds are
// posts of kind finding, told once each time something begins and once when it
// is over. It refuses to judge what it did not see: gaps in its own probing,
// pages a bounded walk did not reach, and dates a page does not show are
// counted and said, and are neither for nor against the site.
package patrol

import (
	"crypto/x509"
	"maps"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/patrol/certificate"
	"huiying/crawler/patrol/settings"
	"huiying/crawler/portal/site"
	"huiying/internal/locale"
)

// KindName is the kind of these sources.
const KindName = "patrol"

// Kind is the row of this kind in the table of kinds. profiles are site
// descriptions beside the built-in ones, for the letters page.
func Kind(profiles map[string]site.Profile) crawler.Kind {
	r := New(profiles, nil, nil)
	return crawler.Kind{
		Name: KindName, Reader: r,
		Check: func(s huiying.Source) error { _, err := settings.Settle(s, r.profiles); return err },
		Laid:  []string{"words", "except", "again"},
	}
}

// Reader inspects sites. It keeps nothing between visits but the cursor.
type Reader struct {
	profiles map[string]site.Profile
	shake    certificate.Shake
	roots    *x509.CertPool
	words    func() (*locale.Catalogue, error)
}

// New makes a Reader with its own way of shaking hands, nil = over the
// connections of the visit; roots nil are those of the machine.
func New(profiles map[string]site.Profile, shake certificate.Shake, roots *x509.CertPool) Reader {
	all := site.Builtin()
	maps.Copy(all, profiles)
	return Reader{profiles: all, shake: shake, roots: roots, words: locale.Load}
}
