// Package liuyan reads 人民网领导留言板, the message board where citizens write
// to leading officials: messages with their official answers, forum by forum
// with a watermark each. It refuses to sign in and to sign requests as the
// board's app does; it keeps no address that the board may show of a writer.
//
// A message is portal:liuyan.people.com.cn/l<tid>.
package liuyan

import (
	"huiying"
	"huiying/crawler"
)

const (
	surface = "portal.liuyan"
	host    = "liuyan.people.com.cn"
	site    = "https://" + host
)

// Kind is the row of the table of source kinds for the message board.
func Kind() crawler.Kind {
	return crawler.Kind{
		Name:     "liuyan",
		Check:    func(s huiying.Source) error { _, err := settle(s); return err },
		Reader:   Reader{},
		Surfaces: map[string]crawler.Parse{surface: Parse},
	}
}
