package channel

import (
	"strings"
	"unicode/utf8"
)

// Plain is the message as plain text without its link.
func (m Message) Plain() string { return m.Title + "\n" + strings.Join(m.Lines, "\n") }

// Tail is the link with its words, to stand after Plain; "" without a link.
func (m Message) Tail() string {
	if m.Link == "" {
		return ""
	}
	return "\n" + m.LinkText + "\n" + m.Link
}

// Fit cuts head between two characters so that head and tail stay within so
// many bytes; the link in tail is never cut.
func Fit(head, tail string, limit int) string {
	const ellipsis = "…"
	room := limit - len(tail)
	if len(head) <= room {
		return head + tail
	}
	end := max(room-len(ellipsis), 0)
	for end > 0 && !utf8.RuneStart(head[end]) {
		end--
	}
	return head[:end] + ellipsis + tail
}

// Escape keeps text from being read as markdown or markup.
func Escape(s string) string {
	return strings.NewReplacer("<", "＜", ">", "＞", "[", "［", "]", "］", "*", "＊", "`", "｀", "#", "＃", "\n", " ").Replace(s)
}

// EscapeAll escapes every line.
func EscapeAll(lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = Escape(l)
	}
	return out
}
