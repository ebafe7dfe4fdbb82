// Package text reads the small human forms that Chinese sites write times,
// counts and rich text in, and gives them as values. It knows no site's pages
// and no network; what a form means is decided by the form alone, and what is
// not understood is refused rather than guessed.
package text
