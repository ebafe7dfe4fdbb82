// Package desktop reads the JSON of weibo.com/ajax: single posts, whole texts,
// timelines, comments with their replies, reposts and the hot searches. The
// text is taken as it was written (text_raw), with emoticons as [doge], rather
// than from the markup. It asks the site nothing and takes no answer of the
// site that is a wall, an error or a notice for content.
//
// A hot search is a post of platform weibo and kind thread, without an author:
// its id is weibo:hot/ and the first 16 hexadecimal digits of the SHA-256 of
// its word without # marks, so that the same word is the same post at every
// reading; Views holds the heat the site shows. Advertisements in the list are
// left out. The site says when a word came onto the list only of some; the
// others have no time.
package desktop
