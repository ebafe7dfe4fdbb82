package notifier

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"

	"huiying"
	"huiying/notifier/casework/machine"
)

// The two things a link can do.
const (
	LinkAck    = "ack"
	LinkHandOn = "hand_on"
)

// linkLife is how long a link works.
const linkLife = 24 * time.Hour

// LinksOptions is what Links works with; all but Wake are required. Key is a
// secret of at least 32 bytes that lies outside the database.
type LinksOptions struct {
	Key       []byte
	Outbox    Deliveries
	Ledger    Ledger
	Cases     Cases
	Reader    CaseReader
	Directory Directory
	Now       func() time.Time
	Zone      *time.Location // of the times in sentences; nil = UTC
	Wake      func()         // after a hand-on has queued a delivery: Sender.Wake
}

// Links makes and honours the links in alerts. A link is made for one person
// and one delivery, lasts 24 hours, and can only acknowledge or hand on.
type Links struct{ o LinksOptions }

// NewLinks makes Links.
func NewLinks(o LinksOptions) *Links {
	o.Zone = cmp.Or(o.Zone, time.UTC)
	return &Links{o}
}

// Token is the secret part of a link to the delivery, good for 24 hours from
// at. The delivery's id already stands for one person and one channel.
func (l *Links) Token(deliveryID string, at time.Time) string {
	body := deliveryID + "." + strconv.FormatInt(at.Add(linkLife).Unix(), 36)
	return body + "." + l.sign(body)
}

// HourToken is a token that is the same for an hour, so that an attempt again
// is the same message, which providers know for a repeat. It is good for 24
// hours at least from at.
func (l *Links) HourToken(deliveryID string, at time.Time) string {
	return l.Token(deliveryID, at.Truncate(time.Hour).Add(time.Hour))
}

func (l *Links) sign(body string) string {
	mac := hmac.New(sha256.New, l.o.Key)
	mac.Write([]byte("huiying alert link 1\n" + body))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:20])
}

// open checks the token. A forged one and one of an unknown delivery are told
// alike.
func (l *Links) open(ctx context.Context, token string) (huiying.Delivery, time.Time, error) {
	body, signature, ok := cutLast(token)
	if !ok || !hmac.Equal([]byte(signature), []byte(l.sign(body))) {
		return huiying.Delivery{}, time.Time{}, huiying.Errorf(huiying.NotFound, "link.invalid")
	}
	id, until, _ := cutLast(body)
	unix, err := strconv.ParseInt(until, 36, 64)
	if err != nil {
		return huiying.Delivery{}, time.Time{}, huiying.Errorf(huiying.NotFound, "link.invalid")
	}
	expires := time.Unix(unix, 0).UTC()
	if !l.o.Now().Before(expires) {
		return huiying.Delivery{}, time.Time{}, huiying.Errorf(huiying.Forbidden, "link.expired")
	}
	d, err := l.o.Outbox.Delivery(ctx, id)
	if huiying.ErrorCode(err) == huiying.NotFound {
		err = huiying.Errorf(huiying.NotFound, "link.invalid")
	}
	return d, expires, err
}

func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, '.')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// Card is what the link shows. It changes nothing, so that the preview of a
// chat program does no harm.
func (l *Links) Card(ctx context.Context, token string) (huiying.Card, error) {
	d, expires, err := l.open(ctx, token)
	if err != nil {
		return huiying.Card{}, err
	}
	card := huiying.Card{Delivery: d, Expires: expires}
	if d.Alert.CaseNo == "" {
		if !d.AckedAt.IsZero() {
			card.AckedBy, card.AckedAt = l.name(ctx, d.Person), d.AckedAt
		}
	} else {
		if card.Case, err = l.o.Reader.Case(ctx, d.Alert.CaseNo); err != nil {
			return huiying.Card{}, err
		}
		if !card.Case.AckedAt.IsZero() {
			card.AckedBy, card.AckedAt = l.name(ctx, card.Case.Owner), card.Case.AckedAt
		}
		if who, err := l.person(ctx, d.Person); err == nil { // one who is gone is owed nothing
			card.AckToo = owesToo(card.Case, who)
		}
	}
	if card.HandTo, err = l.colleagues(ctx, d, card.Case); err != nil {
		return huiying.Card{}, err
	}
	return card, nil
}

// colleagues are those of the unit the matter may be handed on to.
func (l *Links) colleagues(ctx context.Context, d huiying.Delivery, c huiying.Case) ([]huiying.Person, error) {
	unit := d.Unit
	if c.No != "" {
		if c.State != huiying.StateAwaitingAck && c.State != huiying.StateHandling {
			return nil, nil
		}
		unit = c.Unit
	}
	if unit == "" {
		return nil, nil
	}
	found, err := l.o.Directory.Recipients(ctx, []string{unit})
	if err != nil {
		return nil, err
	}
	var people []huiying.Person
	for _, r := range found {
		fits := r.Person.ID != "" && r.Person.ID != d.Person && r.Person.Unit == unit
		if c.No != "" && !slices.Contains(r.Person.Roles, huiying.RoleResponder) {
			fits = false
		}
		if fits && !slices.ContainsFunc(people, func(p huiying.Person) bool { return p.ID == r.Person.ID }) {
			people = append(people, r.Person)
		}
	}
	return people, nil
}

// Reader is whose link it is, and the delivery it came with.
func (l *Links) Reader(ctx context.Context, token string) (d huiying.Delivery, who huiying.Person, err error) {
	if d, _, err = l.open(ctx, token); err != nil {
		return d, who, err
	}
	who, err = l.person(ctx, d.Person)
	return d, who, err
}

// Act does what the reader of the link asks: LinkAck acknowledges, LinkHandOn
// gives the matter to the colleague named by to and tells that person. The
// case is zero for an alert below orange.
func (l *Links) Act(ctx context.Context, token, action, to string) (huiying.Case, error) {
	d, _, err := l.open(ctx, token)
	if err != nil {
		return huiying.Case{}, err
	}
	who, err := l.person(ctx, d.Person)
	if err != nil {
		return huiying.Case{}, err
	}
	switch action {
	case LinkAck:
		return l.ack(ctx, d, who)
	case LinkHandOn:
		return l.handOn(ctx, d, who, to)
	}
	return huiying.Case{}, huiying.Errorf(huiying.Invalid, "link.action", action)
}

func (l *Links) ack(ctx context.Context, d huiying.Delivery, who huiying.Person) (huiying.Case, error) {
	var c huiying.Case
	err := l.o.Ledger.InTx(ctx, func(tx Tx) error {
		var err error
		if d.Alert.CaseNo != "" {
			c, err = l.ackCase(ctx, tx, d, who)
		}
		if err != nil {
			return err
		}
		return tx.MarkAcked(ctx, d.ID, l.now())
	})
	if err != nil || c.AckedAt.IsZero() || c.Owner == who.ID || slices.Contains(c.Ladder.Acks, who.ID) {
		return c, err
	}
	at := c.AckedAt.In(l.o.Zone).Format("2006-01-02 15:04:05")
	return c, huiying.Errorf(huiying.Conflict, "link.acked_by", l.name(ctx, c.Owner), at)
}

func (l *Links) now() time.Time { return l.o.Now().UTC().Truncate(time.Microsecond) }

// ackCase takes the step where it is owed by this person. Before triage, and
// for people of other units, acknowledging says no more than "I have read it".
func (l *Links) ackCase(ctx context.Context, tx Tx, d huiying.Delivery, who huiying.Person) (huiying.Case, error) {
	c, err := tx.Case(ctx, d.Alert.CaseNo)
	if err != nil {
		return c, err
	}
	action := ""
	switch {
	case c.State == huiying.StateAwaitingAck && answersFor(c, who):
		action = machine.ActionAck
	case owesToo(c, who):
		action = machine.ActionCoAck
	default:
		return c, nil
	}
	return l.o.Cases.DoIn(ctx, tx, huiying.Command{
		CaseNo: c.No, Action: action, Actor: actorOf(who),
		Fields: map[string]string{machine.FieldDeliveryID: d.ID, machine.FieldChannel: d.Channel},
	})
}

// answersFor reports a responder of the unit that has the case.
func answersFor(c huiying.Case, who huiying.Person) bool {
	return c.Unit == who.Unit && slices.Contains(who.Roles, huiying.RoleResponder)
}

// owesToo reports that the policy of the case wants further people to
// acknowledge, and that this may be one: of its unit, or who answers for all.
func owesToo(c huiying.Case, who huiying.Person) bool {
	l := c.Ladder
	if !c.State.Open() || len(l.Acks) == 0 || len(l.Acks) >= max(l.Needs, 1) || slices.Contains(l.Acks, who.ID) {
		return false
	}
	return answersFor(c, who) || slices.Contains(who.Roles, huiying.RoleOfficer) || slices.Contains(who.Roles, huiying.RoleManager)
}

func (l *Links) handOn(ctx context.Context, d huiying.Delivery, who huiying.Person, to string) (huiying.Case, error) {
	c, err := l.current(ctx, d)
	if err != nil {
		return c, err
	}
	people, err := l.colleagues(ctx, d, c)
	if err != nil {
		return c, err
	}
	if !slices.ContainsFunc(people, func(p huiying.Person) bool { return p.ID == to }) {
		return c, huiying.Errorf(huiying.Invalid, "link.no_colleague", to)
	}
	colleague, err := l.recipient(ctx, to)
	if err != nil {
		return c, err
	}
	err = l.o.Ledger.InTx(ctx, func(tx Tx) error {
		if c.No != "" {
			var err error
			c, err = l.o.Cases.DoIn(ctx, tx, huiying.Command{
				CaseNo: c.No, Action: machine.ActionReassign, Actor: actorOf(who),
				Fields: map[string]string{machine.FieldOwner: to, machine.FieldDeliveryID: d.ID},
			})
			if err != nil {
				return err
			}
		}
		if err := l.tell(ctx, tx, handing{d, c, colleague}); err != nil {
			return err
		}
		return tx.MarkAcked(ctx, d.ID, l.now())
	})
	if err == nil && l.o.Wake != nil {
		l.o.Wake()
	}
	return c, err
}

func (l *Links) current(ctx context.Context, d huiying.Delivery) (huiying.Case, error) {
	if d.Alert.CaseNo == "" {
		return huiying.Case{}, nil
	}
	return l.o.Reader.Case(ctx, d.Alert.CaseNo)
}

// handing is one matter on its way to a colleague.
type handing struct {
	from huiying.Delivery
	c    huiying.Case // after the step
	to   Recipient
}

// tell queues a delivery for the colleague. Its id comes of the hand-on, since
// the colleague may have had the alert itself already.
func (l *Links) tell(ctx context.Context, tx Tx, h handing) error {
	who := h.to.Person
	if len(who.Contacts) == 0 {
		return nil
	}
	first := who.Contacts[0]
	id := huiying.DeriveID("d-", h.from.ID, LinkHandOn, strconv.Itoa(h.c.Version), who.ID, first.Channel)
	r := Recipient{Person: who, Unit: who.Unit, Channel: first.Channel, Address: first.Address, Quiet: h.to.Quiet}
	_, err := tx.Enqueue(ctx, NewDelivery(id, h.from.Alert, r, l.now()))
	return err
}

func actorOf(p huiying.Person) huiying.Actor {
	return huiying.Actor{ID: p.ID, Unit: p.Unit, Roles: p.Roles}
}

// person looks the reader up, as roles and units change within a day.
func (l *Links) person(ctx context.Context, id string) (huiying.Person, error) {
	r, err := l.recipient(ctx, id)
	return r.Person, err
}

func (l *Links) recipient(ctx context.Context, id string) (Recipient, error) {
	if id != "" {
		found, err := l.o.Directory.Recipients(ctx, []string{id})
		if err != nil {
			return Recipient{}, err
		}
		for _, r := range found {
			if r.Person.ID == id {
				return r, nil
			}
		}
	}
	return Recipient{}, huiying.Errorf(huiying.Forbidden, "link.no_person")
}

// name is how people know the person; the id where nobody knows it any more.
func (l *Links) name(ctx context.Context, id string) string {
	p, err := l.person(ctx, id)
	if err != nil {
		return id
	}
	return cmp.Or(p.Name, id)
}
