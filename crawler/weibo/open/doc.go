// Package open reads the answers of the official open platform,
// api.weibo.com/2: lists of posts and lists of comments, each comment with the
// post it stands under and the comment it answers, as they are shown together.
// A refusal of the platform is told by its number and never taken for an empty
// list.
package open
