package message

import (
	"net/url"
	"strings"

	"huiying"
	"huiying/internal/locale"
	"huiying/notifier/channel"
)

// ViewPath is where saved views live under the public address; the id follows.
const ViewPath = "/views/"

// ofView is the message that a saved view has new posts: its name, how many,
// and a link that asks the reader to sign in. What the view looks for is not in
// it.
func (t Texts) ofView(m channel.Message, a huiying.Alert) channel.Message {
	lang := locale.Lang(m.Lang)
	text := func(key string, args ...any) string { return t.Catalogue.Text(lang, key, args...) }
	m.Title = text("notifier.message.view", Mask(a.RuleName), a.Count)
	m.Lines = []string{text("notifier.message.view_line", m.At.Format("2006-01-02 15:04"))}
	if t.PublicURL == "" {
		m.Lines = append(m.Lines, text("notifier.message.no_link"))
		return m
	}
	m.Link = strings.TrimSuffix(t.PublicURL, "/") + ViewPath + url.PathEscape(a.View)
	m.LinkText = text("notifier.message.view_link")
	return m
}
