// Package wap reads the plain pages of weibo.cn: the posts of an account and
// the page of one post with its comments. The site forgets to open tags that
// it closes, so a text is read from where it begins up to the first control
// behind it, not as the content of an element. Reposts and comments are capped
// by the site at a million, which is then a floor. A deleted original has no
// id on these pages and leaves only the mark that the post is a repost.
package wap
