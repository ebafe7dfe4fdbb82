package message

import (
	"strings"
	"time"

	"huiying"
	"huiying/notifier/channel"
)

// ofDrill says first that it is a drill; its link acknowledges as that of an
// alert does.
func (t Texts) ofDrill(m channel.Message, d huiying.Delivery, at time.Time) channel.Message {
	text := func(key string, args ...any) string { return t.Catalogue.Text(t.lang(d.Channel), key, args...) }
	m.Title = text("notifier.message.drill", Mask(d.Alert.RuleName))
	m.Lines = []string{text("notifier.message.drill_line"), text("notifier.message.time_sent", m.At.Format("2006-01-02 15:04:05"))}
	if t.PublicURL == "" || t.Token == nil || d.Person == "" {
		m.Lines = append(m.Lines, text("notifier.message.no_link"))
		return m
	}
	m.Link = strings.TrimSuffix(t.PublicURL, "/") + LinkPath + t.Token(d.ID, at)
	m.LinkText = text("notifier.message.link")
	return m
}
