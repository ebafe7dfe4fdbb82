package message

import (
	"cmp"
	"strings"
	"time"

	"huiying"
	"huiying/notifier/channel"
)

// MinePath is the page where a person enters a code.
const MinePath = "/me"

// Code is a code that shows that a contact is a person's own.
type Code struct {
	ID      string // of the message
	Over    string
	Address string
	Code    string
	For     time.Duration // it is good for
}

// Code is the message that brings a code, sent at the given time.
func (t Texts) Code(c Code, at time.Time) channel.Message {
	lang := t.lang(c.Over)
	text := func(key string, args ...any) string { return t.Catalogue.Text(lang, key, args...) }
	m := channel.Message{
		DeliveryID: c.ID, AlertID: c.ID, Level: huiying.LevelBlue, Address: c.Address, Lang: string(lang), At: at.In(cmp.Or(t.Zone, time.UTC)),
		Title: text("notifier.message.code", c.Code),
		Lines: []string{text("notifier.message.code_for", int(c.For/time.Minute)), text("notifier.message.code_not")},
	}
	if t.PublicURL != "" {
		m.Link, m.LinkText = strings.TrimSuffix(t.PublicURL, "/")+MinePath, text("notifier.message.code_link")
	}
	return m
}
