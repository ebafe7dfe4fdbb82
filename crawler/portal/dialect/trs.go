package dialect

import (
	"regexp"
	"strconv"
	"strings"
)

var trsCount = regexp.MustCompile(`createPage(?:HTML|Html)\s*\(\s*['"]?(\d{1,6})['"]?\s*,`)

// Pages is how many pages a static TRS list says it has, 0 when it does not
// say.
func Pages(body string) int {
	if m := trsCount.FindStringSubmatch(body); m != nil {
		return int(whole(m[1]))
	}
	return 0
}

// Numbered is the address of the n-th page of a static TRS list: index.html,
// index_1.html, index_2.html. first is the address of the first; a folder
// stands for its index.html.
func Numbered(first string, n int) string {
	if n <= 1 {
		return first
	}
	path, query, _ := strings.Cut(first, "?")
	if query != "" {
		query = "?" + query
	}
	if strings.HasSuffix(path, "/") {
		path += "index.html"
	}
	dot := strings.LastIndexByte(path, '.')
	if dot < strings.LastIndexByte(path, '/') {
		dot = len(path)
	}
	return path[:dot] + "_" + strconv.Itoa(n-1) + path[dot:] + query
}
