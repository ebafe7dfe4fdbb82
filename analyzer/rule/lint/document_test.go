package lint_test

import (
	"huiying"
	"huiying/analyzer/fold"
	"huiying/analyzer/rule"
)

// document is a post whose title is its first character; every character is a
// word.
func document(text string) *rule.Document {
	runes := []rune(text)
	title := string(runes[:min(1, len(runes))])
	field := func(s string) rule.Field {
		f := rule.Field{Text: fold.New(s)}
		for i := range f.Text.Runes {
			f.Tokens = append(f.Tokens, fold.Span{Start: int32(i), End: int32(i + 1)})
		}
		return f
	}
	return &rule.Document{Post: &huiying.Post{}, Title: field(title), Text: field(text)}
}
