// Package feed reads RSS, Atom and JSON feeds, and with them the bridges that
// speak these forms. It decodes as Chinese sites write, whatever the prolog
// says, reads what is whole of a broken feed, and refuses to guess a time or
// an author that the feed does not give.
//
// An entry is <platform>:<host>/a<native id>: host is that of the entry's own
// link, so that it does not matter through which bridge it came. The native id
// is the feed's own when it is a short plain word, else the sha256 of it, of
// the entry's canonical link, or of its words, whichever is there first.
package feed

import (
	"huiying"
	"huiying/crawler"
)

const surface = "feed"

// Kind is the row of the table of source kinds for feeds. The profile of a
// document of its surface is the platform its posts belong to: feed (the
// default), news or wechat.
func Kind() crawler.Kind {
	return crawler.Kind{
		Name:     "feed",
		Check:    func(s huiying.Source) error { _, err := settle(s); return err },
		Reader:   Reader{},
		Surfaces: map[string]crawler.Parse{surface: Parse},
	}
}
