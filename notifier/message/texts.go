// Package message writes what people read of a delivery: title, lines and link,
// from the catalogue or from the office's own templates, and the digest of many
// deliveries. It knows level, rule, platform, unit, case number and time, and
// nothing a citizen wrote. It refuses a template with a placeholder nobody
// fills, and masks whatever looks like a number, an address or a key of
// somebody in the names it is given.
package message

import (
	"cmp"
	"strings"
	"time"

	"huiying"
	"huiying/internal/locale"
	"huiying/notifier/channel"
)

// LinkPath is where the pages of alert links live under the public address;
// the token follows. AllPath is the page of all alerts nobody acknowledged.
const (
	LinkPath = "/a/"
	AllPath  = "/alerts?show=open"
)

// Texts writes the message of a delivery.
type Texts struct {
	Catalogue *locale.Catalogue
	Lang      locale.Lang    // "" = Chinese
	Zone      *time.Location // of the times in messages
	PublicURL string         // how people reach the pages; "" = no link, the text says to open the system
	Token     func(deliveryID string, at time.Time) string
	Templates []Template
	Channels  map[string]Style  // by id
	Units     map[string]string // names by id
}

// Style is what of a channel decides the text.
type Style struct {
	Kind string
	Lang locale.Lang // "" = that of Texts
}

// Message is what the person of the delivery reads, sent at the given time.
func (t Texts) Message(d huiying.Delivery, at time.Time) channel.Message {
	a, lang := d.Alert, t.lang(d.Channel)
	zone := cmp.Or(t.Zone, time.UTC)
	m := channel.Message{
		DeliveryID: d.ID, AlertID: a.ID, Level: a.Level, Address: d.Address, Person: d.Person, CaseNo: a.CaseNo,
		Lang: string(lang), At: a.RaisedAt.In(zone),
	}
	if a.Cause == huiying.CauseView {
		return t.ofView(m, a)
	}
	if a.Cause == huiying.CauseReport {
		return t.ofReport(m, a)
	}
	if a.Cause == huiying.CauseDrill {
		return t.ofDrill(m, d, at)
	}
	values := t.values(lang, a)
	if own, ok := t.template(t.Channels[d.Channel].Kind, a.Level, lang); ok {
		m.Title, m.Lines = own.fill(values)
	} else {
		m.Title, m.Lines = t.usual(lang, a.Level, values)
	}
	if t.PublicURL == "" || t.Token == nil || d.Person == "" {
		m.Lines = append(m.Lines, t.Catalogue.Text(lang, "notifier.message.no_link"))
		return m
	}
	m.Link = strings.TrimSuffix(t.PublicURL, "/") + LinkPath + t.Token(d.ID, at)
	m.LinkText = t.Catalogue.Text(lang, "notifier.message.link")
	return m
}

// usual is the text where the office has no template of its own.
func (t Texts) usual(lang locale.Lang, level huiying.Level, values map[string]string) (title string, lines []string) {
	text := func(key string, args ...any) string { return t.Catalogue.Text(lang, key, args...) }
	title = text("notifier.message.title", locale.Key("level."+string(level)), values["rule"])
	if values["cause"] != "" {
		title = text("notifier.message.title_cause", locale.Key("level."+string(level)), values["cause"], values["rule"])
	}
	for _, name := range []string{"rule", "platform", "case", "time"} {
		if values[name] != "" {
			lines = append(lines, text("notifier.message."+name, values[name]))
		}
	}
	return title, lines
}

// values are what the placeholders of a template stand for.
func (t Texts) values(lang locale.Lang, a huiying.Alert) map[string]string {
	return map[string]string{
		"level": t.Catalogue.Text(lang, "level."+string(a.Level)), "rule": Mask(a.RuleName), "platform": t.platform(lang, a.Platform),
		"case": a.CaseNo, "cause": t.cause(lang, a), "unit": Mask(cmp.Or(t.Units[a.Unit], a.Unit)),
		"time": a.AcceptedAt.In(cmp.Or(t.Zone, time.UTC)).Format("2006-01-02 15:04:05"),
	}
}

// cause is the step of the case that the alert tells of; what a ladder says is
// in its title.
func (t Texts) cause(lang locale.Lang, a huiying.Alert) string {
	key := "case.action." + a.Cause
	switch a.Cause {
	case "", "ack_timeout", "escalate", "remind":
		return ""
	}
	if !t.Catalogue.Has(key) {
		return ""
	}
	return t.Catalogue.Text(lang, key)
}

// Test is a message that tries a channel and says so.
func (t Texts) Test(id, over, address string, at time.Time) channel.Message {
	lang := t.lang(over)
	text := func(key string, args ...any) string { return t.Catalogue.Text(lang, key, args...) }
	at = at.In(cmp.Or(t.Zone, time.UTC))
	return channel.Message{
		DeliveryID: id, AlertID: id, Level: huiying.LevelBlue, Address: address, Lang: string(lang), At: at,
		Title: text("notifier.message.test"),
		Lines: []string{text("notifier.message.test_line"), text("notifier.message.time_sent", at.Format("2006-01-02 15:04:05"))},
	}
}

// Sentence is an error as people read it.
func (t Texts) Sentence(err error) string {
	if err == nil {
		return ""
	}
	return t.Catalogue.Sentence(t.ownLang(), err)
}

// ownLang is the language of what is kept beside deliveries.
func (t Texts) ownLang() locale.Lang { return cmp.Or(t.Lang, locale.Chinese) }

func (t Texts) lang(over string) locale.Lang {
	return cmp.Or(t.Channels[over].Lang, t.Lang, locale.Chinese)
}

func (t Texts) platform(lang locale.Lang, id string) string {
	if key := "notifier.platform." + id; t.Catalogue.Has(key) {
		return t.Catalogue.Text(lang, key)
	}
	return Mask(id)
}
