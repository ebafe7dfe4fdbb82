// Package weibo reads m.weibo.cn as JSON: account timelines, keyword search,
// the comments of a post, long texts and single posts. It refuses to sign in,
// to mint visitor tokens and to go around a login wall: a cookie is one the
// operator supplies, and a wall ends the visit and is reported.
//
// Identity: a post is weibo:<mid>, a comment weibo:c<id>. The text of a post
// that is gone is the site's own notice, never the author's words.
package weibo

import (
	"huiying/crawler"
)

// Kind is the row of the table of source kinds for Weibo.
func Kind() crawler.Kind {
	return crawler.Kind{
		Name:   "weibo",
		Check:  Check,
		Reader: Reader{},
		Surfaces: map[string]crawler.Parse{
			"weibo.m.timeline": ParseCards,
			"weibo.m.search":   ParseCards,
			"weibo.m.hotflow":  ParseHotflow,
			"weibo.m.extend":   ParseExtend,
			"weibo.m.show":     ParseShow,
			"weibo.m.reposts":  ParseReposts,
		},
	}
}
