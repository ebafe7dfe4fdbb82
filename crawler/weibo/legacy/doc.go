// Package legacy reads the comments that weibo.com gave before 2019, as HTML
// inside of JSON (aj/v6/comment). It is kept for answers saved then and asks
// nobody anything. A comment of this form names whom it answers, but not
// which comment, so it stands under its post unless the page nests it.
package legacy
