package reports

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"

	"huiying"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/report/document"
	"huiying/internal/report/periodic"
	"huiying/internal/store/reports"
	"huiying/notifier"
	"huiying/notifier/channel"
)

// Mail gives released reports to what sends letters. Nothing that is not
// released leaves by it, nothing that its receiver could not open on the pages,
// and no paper in whose words somebody's personal data stand.
type Mail struct {
	Desk     *Desk
	Personal func(text string) bool // that such data stand in a text
}

var _ notifier.Enclosures = Mail{}

// mailed are the formats that go along: what is read, and what is counted with.
func mailed(doc document.Document) []string {
	if doc.Tabular() {
		return []string{"docx", "xlsx"}
	}
	return []string{"docx"}
}

// Enclosed implements notifier.Enclosures: the files are byte for byte those that
// the receiver downloads from the report's page, and the log of access has their
// digests before they are handed over.
func (m Mail) Enclosed(ctx context.Context, d huiying.Delivery, lang string) ([]channel.File, error) {
	a, err := m.account(ctx, d)
	if err != nil {
		return nil, err
	}
	a.Lang = lang
	r, full, err := m.Desk.kept(ctx, a, d.Alert.View)
	if err != nil {
		return nil, err
	}
	if r.State != query.ReportReleased {
		return nil, huiying.Errorf(huiying.Forbidden, "report.mail_draft")
	}
	if m.Personal(r.Title) || m.private(r.Texts) {
		return nil, huiying.Errorf(huiying.Forbidden, "report.mail_personal")
	}
	doc, err := periodic.Document(full, m.Desk.words(locale.ParseLang(lang)))
	if err != nil {
		return nil, err
	}
	var files []channel.File
	for _, format := range mailed(doc) {
		f, err := file(doc, format, full.At)
		if err != nil {
			return nil, err
		}
		note := reports.Mailing{Format: format, Delivery: d.ID, Person: d.Person, SHA256: fmt.Sprintf("%x", sha256.Sum256(f.Body))}
		if err := m.Desk.o.Book.Mailed(ctx, r, note); err != nil {
			return nil, err
		}
		files = append(files, channel.File{Name: named(r, format), Type: f.Type, Body: f.Body})
	}
	return files, nil
}

// account is who reads the letter: the person as they are now, or nobody but the
// unit where its shared mailbox is told.
func (m Mail) account(ctx context.Context, d huiying.Delivery) (query.Account, error) {
	if d.Person == "" {
		return query.Account{Person: huiying.Person{Unit: d.Unit}}, nil
	}
	people, err := m.Desk.o.People(ctx)
	if err != nil {
		return query.Account{}, err
	}
	i := slices.IndexFunc(people, func(p huiying.Person) bool { return p.ID == d.Person })
	if i < 0 {
		return query.Account{}, huiying.Errorf(huiying.Forbidden, "report.not_yours")
	}
	return query.Account{Person: people[i]}, nil
}

func (m Mail) private(texts map[string]string) bool {
	for _, text := range texts {
		if m.Personal(text) {
			return true
		}
	}
	return false
}
