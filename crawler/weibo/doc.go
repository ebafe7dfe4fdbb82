// Package weibo reads m.weibo.cn: account timelines, keyword search, the
// comments of a post, long texts and single posts. It refuses to sign in, to
// mint visitor tokens and to go around a login wall: a cookie is one the
// operator supplies, and a wall ends the visit and is reported. The formats
// themselves are read by package mobile.
package weibo

import (
	"huiying/crawler"
	"huiying/crawler/weibo/mobile"
)

// Kind is the row of the table of source kinds for Weibo.
func Kind() crawler.Kind {
	return crawler.Kind{Name: "weibo", Check: Check, Reader: Reader{}, Surfaces: mobile.Surfaces()}
}
