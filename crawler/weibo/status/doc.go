// Package status reads the posts, authors and comments that the JSON surfaces
// of Weibo share, whatever type a field comes in, and what their envelopes say
// instead. The surfaces themselves are read by the packages beside it; nothing
// here asks a site, and no notice that stands in a deleted post's place is
// ever taken for its author's words.
//
// Identity: a post is weibo:<mid>, a comment weibo:c<id>.
package status
