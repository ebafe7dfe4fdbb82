package message

import (
	"regexp"
	"slices"
	"strings"

	"huiying"
	"huiying/internal/locale"
)

// Template is an office's own text for a kind of channel, a level and a
// language, each "" for any.
type Template struct {
	Kind  string
	Level huiying.Level
	Lang  locale.Lang
	Title string
	Lines []string // one whose placeholders are all empty is left out
}

// Placeholders is the closed set of a template's placeholders.
func Placeholders() []string {
	return []string{"level", "rule", "cause", "platform", "unit", "case", "time"}
}

var placeholder = regexp.MustCompile(`\{([^{}]*)\}`)

// Unknown lists the placeholders of a text that nobody fills.
func Unknown(text string) []string {
	var out []string
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(Placeholders(), m[1]) {
			out = append(out, m[1])
		}
	}
	return out
}

// template is the one that fits most closely; of two that fit alike the first.
func (t Texts) template(kind string, level huiying.Level, lang locale.Lang) (best Template, found bool) {
	closest := -1
	for _, c := range t.Templates {
		fits, close := c.fits(kind, level, lang)
		if fits && close > closest {
			best, closest, found = c, close, true
		}
	}
	return best, found
}

func (t Template) fits(kind string, level huiying.Level, lang locale.Lang) (fits bool, close int) {
	for _, part := range []struct {
		want, is string
		weight   int
	}{{t.Kind, kind, 4}, {string(t.Level), string(level), 2}, {string(t.Lang), string(lang), 1}} {
		switch part.want {
		case "":
		case part.is:
			close += part.weight
		default:
			return false, 0
		}
	}
	return true, close
}

func (t Template) fill(values map[string]string) (title string, lines []string) {
	title, _ = fill(t.Title, values)
	for _, l := range t.Lines {
		if line, empty := fill(l, values); !empty {
			lines = append(lines, line)
		}
	}
	return title, lines
}

// fill reports whether the text has placeholders and all are empty.
func fill(text string, values map[string]string) (filled string, empty bool) {
	some, any := false, false
	filled = placeholder.ReplaceAllStringFunc(text, func(s string) string {
		v := values[s[1:len(s)-1]]
		any, some = true, some || v != ""
		return v
	})
	return strings.TrimSpace(filled), any && !some
}
