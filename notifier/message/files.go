package message

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"huiying/internal/locale"
	"huiying/notifier/channel"
)

// Enclosing is a message with what is said of its files where they are too big
// to go along.
func (t Texts) Enclosing(m channel.Message) channel.Message {
	if len(m.Files) > 0 {
		total := 0
		for _, f := range m.Files {
			total += len(f.Body)
		}
		m.Instead = t.Catalogue.Text(locale.Lang(m.Lang), "notifier.message.too_big", fmt.Sprintf("%.1f", float64(total)/1e6))
	}
	return m
}

// Kept is a message that says why a document does not go along with it.
func (t Texts) Kept(m channel.Message, why error) channel.Message {
	m.Lines = append(slices.Clone(m.Lines), t.Catalogue.Sentence(locale.Lang(m.Lang), why))
	return m
}

// Carried is what the ledger says of a message that was accepted: each file with
// its size and SHA-256, or that they stayed behind; "" where there were none.
func (t Texts) Carried(m channel.Message, left bool) string {
	if len(m.Files) == 0 {
		return ""
	}
	lang := t.ownLang()
	if left {
		return t.Catalogue.Text(lang, "notifier.left_behind")
	}
	var list []string
	for _, f := range m.Files {
		list = append(list, t.Catalogue.Text(lang, "notifier.file", f.Name, len(f.Body), fmt.Sprintf("%x", sha256.Sum256(f.Body))))
	}
	return t.Catalogue.Text(lang, "notifier.carried", strings.Join(list, t.Catalogue.Text(lang, "notifier.message.and")))
}
