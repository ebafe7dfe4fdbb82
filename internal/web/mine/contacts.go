package mine

import (
	"context"
	"net/http"
	"net/mail"
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/frame"
)

// Contacts is what people change about how they are told.
type Contacts interface {
	PutContact(ctx context.Context, id string, c huiying.Contact) error
	DropContact(ctx context.Context, id, channel string) error
}

// Proofs shows that contacts reach their person.
type Proofs interface {
	SendCode(ctx context.Context, to query.CodeTo) (query.Trial, error)
	ProveContact(ctx context.Context, id, channel, code string) error
	ContactCodes(ctx context.Context, id string) (map[string]query.PendingCode, error)
}

// Contact is a way in which the person is told.
type Contact struct {
	Channel, Address string
	Browsers         bool // all of the person's browsers
	Unproven         bool
	ProvenAt         time.Time
	Code             *query.PendingCode // that may be entered; nil = none
}

// proofs fills the contacts with what is known of them, and the channels over
// which the person may be told.
func (s *Pages) proofs(r *http.Request, v *View) error {
	a := frame.Must(r)
	pending, err := s.o.Proofs.ContactCodes(r.Context(), a.Person.ID)
	if err != nil && huiying.ErrorCode(err) != huiying.Unavailable {
		return err
	}
	v.Provable, v.File = err == nil, a.Origin
	for _, c := range a.Person.Contacts {
		one := Contact{Channel: c.Channel, Address: c.Shown(), Browsers: c.Channel == v.Offer.Channel, ProvenAt: c.ProvenAt, Unproven: c.Unproven() && v.Provable}
		if code, ok := pending[c.Channel]; ok {
			one.Code = &code
		}
		v.Contacts = append(v.Contacts, one)
	}
	if !v.Provable {
		return nil
	}
	list, err := s.o.Ways.Channels(r.Context())
	for _, c := range list {
		if c.Kind != "webpush" { // people turn browsers on in them
			v.Channels = append(v.Channels, c.ID)
		}
	}
	return err
}

// telephone reports a number as providers of short messages take it.
func telephone(text string) bool {
	digits := strings.TrimPrefix(text, "+")
	return len(digits) >= 5 && len(digits) <= 20 && strings.Trim(digits, "0123456789") == ""
}

// put keeps a contact whose address its channel can take.
func (s *Pages) put(r *http.Request, c huiying.Contact) error {
	list, err := s.o.Ways.Channels(r.Context())
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(row query.ChannelRow) bool { return row.ID == c.Channel && row.Kind != "webpush" })
	if i < 0 {
		return huiying.Errorf(huiying.Invalid, "contact.channel")
	}
	fits := true
	switch list[i].Kind {
	case "email":
		parsed, err := mail.ParseAddress(c.Address)
		fits = err == nil && parsed.Address == c.Address
	case "sms":
		fits = telephone(c.Address)
	case "wecom-app":
		fits = c.Address != ""
	}
	if !fits {
		return huiying.Errorf(huiying.Invalid, "contact.address")
	}
	return s.o.Accounts.PutContact(r.Context(), frame.Must(r).Person.ID, c)
}

// sendCode sends a code to one of the person's contacts. What the provider said is
// shown in the answer itself; the code is not.
func (s *Pages) sendCode(w http.ResponseWriter, r *http.Request) error {
	trial, err := s.o.Proofs.SendCode(r.Context(), query.CodeTo{Channel: r.PostFormValue("channel"), By: frame.Must(r).Person, Lang: s.Base(r, "").Lang})
	switch {
	case err == nil:
		return s.fill(w, r, View{Sent: &trial}, nil)
	case frame.Ours(err):
		return err
	}
	return s.show(w, r, err)
}

// NoProofs stands where nobody is told of alerts.
type NoProofs struct{}

func noProofs() error { return huiying.Errorf(huiying.Unavailable, "contact.nowhere") }

// SendCode implements Proofs.
func (NoProofs) SendCode(context.Context, query.CodeTo) (query.Trial, error) {
	return query.Trial{}, noProofs()
}

// ProveContact implements Proofs.
func (NoProofs) ProveContact(context.Context, string, string, string) error { return noProofs() }

// ContactCodes implements Proofs.
func (NoProofs) ContactCodes(context.Context, string) (map[string]query.PendingCode, error) {
	return nil, noProofs()
}
