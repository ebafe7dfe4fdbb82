package message

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"huiying"
	"huiying/internal/locale"
	"huiying/notifier/channel"
)

// named is how many deliveries a digest names; the rest are counted.
const named = 5

// Digest is one message for many deliveries over one channel, the most urgent
// first, where the provider allows no more messages. Its link leads to the page
// of all alerts, for no single person's link would do for several.
func (t Texts) Digest(id string, ds []huiying.Delivery) channel.Message {
	lead, lang := ds[0], t.lang(ds[0].Channel)
	text := func(key string, args ...any) string { return t.Catalogue.Text(lang, key, args...) }
	m := channel.Message{
		DeliveryID: id, AlertID: id, Level: lead.Alert.Level, Address: lead.Address, Person: lead.Person, Lang: string(lang), At: lead.Alert.RaisedAt,
	}
	counts, first := map[huiying.Level]int{}, lead.Alert
	for _, d := range ds {
		m.Level = huiying.MoreUrgent(m.Level, d.Alert.Level)
		m.Also = append(m.Also, d.Address)
		if d.Person != m.Person {
			m.Person = ""
		}
		if d.Alert.AcceptedAt.Before(first.AcceptedAt) {
			first = d.Alert
		}
		counts[d.Alert.Level]++
		m.Digest = append(m.Digest, t.item(d))
	}
	m.At = first.RaisedAt.In(cmp.Or(t.Zone, time.UTC))
	m.Title = text("notifier.message.digest", locale.Key("level."+string(m.Level)), len(ds))
	m.Lines = append([]string{t.counted(lang, counts), text("notifier.message.digest_first", t.values(lang, first)["time"])}, t.foremost(lang, ds)...)
	if t.PublicURL == "" {
		m.Lines = append(m.Lines, text("notifier.message.no_link"))
		return m
	}
	m.Link, m.LinkText = strings.TrimSuffix(t.PublicURL, "/")+AllPath, text("notifier.message.digest_link")
	return m
}

func (t Texts) item(d huiying.Delivery) channel.Item {
	a := d.Alert
	return channel.Item{
		DeliveryID: d.ID, AlertID: a.ID, Level: a.Level, CaseNo: a.CaseNo, Person: d.Person, RaisedAt: a.RaisedAt.In(cmp.Or(t.Zone, time.UTC)),
	}
}

// counted is "红 12、橙 25".
func (t Texts) counted(lang locale.Lang, counts map[huiying.Level]int) string {
	var parts []string
	for _, l := range huiying.Levels() {
		if counts[l] > 0 {
			parts = append(parts, t.Catalogue.Text(lang, "level."+string(l))+" "+strconv.Itoa(counts[l]))
		}
	}
	return strings.Join(parts, t.Catalogue.Text(lang, "notifier.message.and"))
}

// foremost names the most urgent ones, each rule and case once.
func (t Texts) foremost(lang locale.Lang, ds []huiying.Delivery) []string {
	var lines []string
	more := 0
	for _, d := range ds {
		a := d.Alert
		line := t.Catalogue.Text(lang, "notifier.message.title", locale.Key("level."+string(a.Level)), Mask(a.RuleName))
		if a.Cause == huiying.CauseDrill {
			line = t.Catalogue.Text(lang, "notifier.message.drill", Mask(a.RuleName))
		}
		if a.CaseNo != "" {
			line += " " + a.CaseNo
		}
		switch {
		case slices.Contains(lines, line):
		case len(lines) < named:
			lines = append(lines, line)
		default:
			more++
		}
	}
	if more > 0 {
		lines = append(lines, t.Catalogue.Text(lang, "notifier.message.digest_more", more))
	}
	return lines
}

// Group is the message of the first delivery, sent at the given time, that says
// how many others of its group it stands for. It has their common id, and names
// every one of them.
func (t Texts) Group(ds []huiying.Delivery, at time.Time) channel.Message {
	m := t.Message(ds[0], at)
	m.DeliveryID = ds[0].Digest
	counts := map[huiying.Level]int{}
	for i, d := range ds {
		m.Digest = append(m.Digest, t.item(d))
		if i > 0 {
			counts[d.Alert.Level]++
		}
	}
	lang := locale.Lang(m.Lang)
	if ds[0].Quieted() {
		m.Lines = append([]string{t.Catalogue.Text(lang, "notifier.message.quiet", len(ds))}, m.Lines...)
	}
	m.Lines = append(m.Lines, t.Catalogue.Text(lang, "notifier.message.more", len(ds)-1, t.counted(lang, counts)))
	return m
}
