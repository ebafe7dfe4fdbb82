// Package weibo reads Weibo: account timelines, keyword search, the comments
// of a post, long texts and single posts of m.weibo.cn, and, from saved
// answers, every other surface. It refuses to sign in, to mint visitor tokens
// and to go around a login wall: a cookie is one the operator supplies, and a
// wall ends the visit and is reported. The formats themselves are read by the
// packages below it, one for each face the site shows: mobile, desktop,
// searchpage, wap, legacy and open. Of the other faces, openapi, ajax and search
// are source kinds of their own; what they share is in walk, ask and account.
package weibo

import (
	"maps"

	"huiying/crawler"
	"huiying/crawler/weibo/desktop"
	"huiying/crawler/weibo/legacy"
	"huiying/crawler/weibo/mobile"
	"huiying/crawler/weibo/open"
	"huiying/crawler/weibo/searchpage"
	"huiying/crawler/weibo/wap"
)

// Kind is the row of the table of source kinds for Weibo.
func Kind() crawler.Kind {
	surfaces := map[string]crawler.Parse{}
	for _, face := range []map[string]crawler.Parse{
		mobile.Surfaces(), desktop.Surfaces(), searchpage.Surfaces(), wap.Surfaces(), legacy.Surfaces(), open.Surfaces(),
	} {
		maps.Copy(surfaces, face)
	}
	return crawler.Kind{Name: "weibo", Check: Check, Reader: Reader{}, Look: Look, Surfaces: surfaces}
}
