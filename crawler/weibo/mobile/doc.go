// Package mobile reads the JSON of m.weibo.cn: timelines and searches, single
// posts, long texts, comments and reposts. Bytes that are none of it are
// classified and never parsed as content; nothing makes it fail or panic.
//
// Identity: a post is weibo:<mid>, a comment weibo:c<id>. A post that is
// gone has no text: the notice that stands in its place is not its author's.
package mobile
