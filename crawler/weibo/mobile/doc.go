// Package mobile reads the JSON of m.weibo.cn: timelines and searches, single
// posts, long texts, comments and reposts. Bytes that are none of it are
// classified and never parsed as content; nothing makes it fail or panic.
//
// Identity: a post is weibo:<mid>, a comment weibo:c<id>. The text of a post
// that is gone is the site's own notice, never the author's words.
package mobile
