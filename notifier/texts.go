package notifier

import (
	"cmp"
	"strings"
	"time"

	"huiying"
	"huiying/internal/locale"
	"huiying/notifier/channel"
)

// LinkPath is where the pages of alert links live under the public address;
// the token follows.
const LinkPath = "/a/"

// Texts writes the message of a delivery. It knows level, rule, platform, case
// number and time, and nothing a citizen wrote.
type Texts struct {
	Catalogue *locale.Catalogue
	Lang      locale.Lang    // "" = Chinese
	Zone      *time.Location // of the times in messages
	PublicURL string         // how people reach the pages; "" = no link, the text says to open the system
	Token     func(deliveryID string, at time.Time) string
}

// Message is what the person of the delivery reads, sent at the given time.
func (t Texts) Message(d huiying.Delivery, at time.Time) channel.Message {
	a := d.Alert
	zone := cmp.Or(t.Zone, time.UTC)
	m := channel.Message{
		DeliveryID: d.ID, AlertID: a.ID, Level: a.Level, Address: d.Address, Person: d.Person, CaseNo: a.CaseNo,
		Lang: string(cmp.Or(t.Lang, locale.Chinese)), At: a.RaisedAt.In(zone),
		Title: t.text("notifier.message.title", locale.Key("level."+string(a.Level)), a.RuleName),
		Lines: []string{
			t.text("notifier.message.rule", a.RuleName),
		},
	}
	if a.Platform != "" {
		m.Lines = append(m.Lines, t.text("notifier.message.platform", t.platform(a.Platform)))
	}
	if a.CaseNo != "" {
		m.Lines = append(m.Lines, t.text("notifier.message.case", a.CaseNo))
	}
	m.Lines = append(m.Lines, t.text("notifier.message.time", a.AcceptedAt.In(zone).Format("2006-01-02 15:04:05")))
	if t.PublicURL == "" || t.Token == nil || d.Person == "" {
		m.Lines = append(m.Lines, t.text("notifier.message.no_link"))
		return m
	}
	m.Link = strings.TrimSuffix(t.PublicURL, "/") + LinkPath + t.Token(d.ID, at)
	m.LinkText = t.text("notifier.message.link")
	return m
}

// Sentence is an error as people read it.
func (t Texts) Sentence(err error) string {
	if err == nil {
		return ""
	}
	return t.Catalogue.Sentence(cmp.Or(t.Lang, locale.Chinese), err)
}

func (t Texts) text(key string, args ...any) string {
	return t.Catalogue.Text(cmp.Or(t.Lang, locale.Chinese), key, args...)
}

func (t Texts) platform(id string) string {
	if key := "notifier.platform." + id; t.Catalogue.Has(key) {
		return t.text(key)
	}
	return id
}
