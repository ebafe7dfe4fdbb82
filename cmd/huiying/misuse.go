package main

import (
	"regexp"

	"huiying/internal/locale"
)

// misuses are kong's English sentences about a wrong command line and the
// catalogue's for the same; what they caught is passed on in order.
var misuses = []struct {
	said *regexp.Regexp
	key  string
}{
	{regexp.MustCompile(`^(\S+): stat (.+): no such file or directory$`), "cli.misuse.no_file"},
	{regexp.MustCompile(`^(\S+): stat (.+): permission denied$`), "cli.misuse.no_permission"},
	{regexp.MustCompile(`^(\S+): "(.+)" exists but is a directory$`), "cli.misuse.directory"},
	{regexp.MustCompile(`^(\S+): "(.+)" exists but is not a directory$`), "cli.misuse.no_directory"},
	{regexp.MustCompile(`^unexpected argument ([^,]+)`), "cli.misuse.unexpected"},
	{regexp.MustCompile(`^unknown flag ([^,]+)`), "cli.misuse.no_flag"},
	{regexp.MustCompile(`^missing flags: (.+)$`), "cli.misuse.missing"},
	{regexp.MustCompile(`^expected one of (.+)$`), "cli.misuse.want_one"},
	{regexp.MustCompile(`^expected "(.+)"$`), "cli.misuse.missing"},
	{regexp.MustCompile(`^(\S+) must be one of (.+) but got (.+)$`), "cli.misuse.one_of"},
}

// misuse says what is wrong with a command line in the person's language.
func misuse(words *locale.Catalogue, lang locale.Lang, err error) string {
	for _, m := range misuses {
		found := m.said.FindStringSubmatch(err.Error())
		if found == nil {
			continue
		}
		args := make([]any, 0, len(found)-1)
		for _, part := range found[1:] {
			args = append(args, part)
		}
		return words.Text(lang, m.key, args...)
	}
	return words.Text(lang, "cli.usage", err)
}
