// Package board is what all forums have in common: where a page says it
// belongs, how times and texts are read off its markup, which pages are no
// content. It knows no forum software and refuses to take the words of a
// notice, a quotation with a known source, or the page itself for a citizen's.
package board
