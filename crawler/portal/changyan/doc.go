// Package changyan reads the comments that news and portal sites keep with
// 搜狐畅言. It refuses to sign in; it keeps no address of a writer.
//
// A comment is news:changyan.sohu.com/p<comment id>; its root is the page it
// is about, its parent the comment it answers. A topic that was saved without
// its page has no root.
package changyan

import (
	"huiying"
	"huiying/crawler"
)

const (
	surface = "portal.changyan"
	host    = "changyan.sohu.com"
	site    = "https://" + host
)

// Kind is the row of the table of source kinds for comments kept by 畅言.
func Kind() crawler.Kind {
	return crawler.Kind{
		Name:     "changyan",
		Check:    func(s huiying.Source) error { _, err := settle(s); return err },
		Reader:   Reader{},
		Surfaces: map[string]crawler.Parse{surface: Parse},
	}
}
