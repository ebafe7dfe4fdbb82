// Package replica answers over HTTP as m.weibo.cn and a government portal do,
// in their real formats, bad answers included, so that a crawler can be tried
// without the network. What it shows is a World: a set of accounts, posts,
// comments, letters and articles that changes in time. It keeps its own list
// of everything it has served, which no other part can write.
//
// It refuses to know anything about whoever reads it: it imports nothing of
// huiying and is reached over HTTP only.
package replica
