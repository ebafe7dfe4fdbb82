package message

import (
	"net/url"
	"strings"

	"huiying"
	"huiying/internal/locale"
	"huiying/notifier/channel"
)

// ReportPath is where reports live under the public address; the id follows.
const ReportPath = "/reports/"

// ofReport is the message that a report was released: what it is called and a
// link that asks the reader to sign in. No figure of it is in the message.
func (t Texts) ofReport(m channel.Message, a huiying.Alert) channel.Message {
	lang := locale.Lang(m.Lang)
	text := func(key string, args ...any) string { return t.Catalogue.Text(lang, key, args...) }
	m.Title = text("notifier.message.report", Mask(a.RuleName))
	m.Lines = []string{text("notifier.message.report_line", m.At.Format("2006-01-02 15:04"))}
	if t.PublicURL == "" {
		m.Lines = append(m.Lines, text("notifier.message.no_link"))
		return m
	}
	m.Link = strings.TrimSuffix(t.PublicURL, "/") + ReportPath + url.PathEscape(a.View)
	m.LinkText = text("notifier.message.report_link")
	return m
}
