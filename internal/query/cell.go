package query

import (
	"strings"
	"unicode/utf8"
)

// formula are the signs that begin a formula, also the wide ones that Chinese
// and Japanese editions of spreadsheets take for the narrow ones.
const formula = "=+-@\t\r\n＝＋－＠"

// Guarded is a cell of a file with what a spreadsheet would take for a formula
// quoted.
func Guarded(cell string) string {
	if begins(cell) {
		return "'" + cell
	}
	return cell
}

// Unguarded takes the quote of Guarded off again.
func Unguarded(cell string) string {
	if rest, quoted := strings.CutPrefix(cell, "'"); quoted && begins(rest) {
		return rest
	}
	return cell
}

func begins(cell string) bool {
	first, _ := utf8.DecodeRuneInString(cell)
	return cell != "" && strings.ContainsRune(formula, first)
}
