package channels

import (
	"context"
	"strconv"
	"strings"

	"huiying"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/notifier"
	"huiying/notifier/channel"
)

// Codes makes and takes the codes of contacts; internal/store/users has it.
type Codes interface {
	NewContactCode(ctx context.Context, id, channel string) (query.ContactCode, error)
	ProveContact(ctx context.Context, id, channel, code string) error
	ContactCodes(ctx context.Context, id string) (map[string]query.PendingCode, error)
}

// Proving is where people show that their contacts reach them; all fields are
// required.
type Proving struct {
	Codes
	Post *Desk
}

// SendCode makes a code and sends it to the person's contact on a channel. The
// code stands in the message alone: not in the ledger, nor in what is answered,
// whatever the provider says back.
func (p Proving) SendCode(ctx context.Context, to query.CodeTo) (query.Trial, error) {
	made, err := p.NewContactCode(ctx, to.By.ID, to.Channel)
	if err != nil {
		return query.Trial{}, err
	}
	d, begun := p.Post, p.Post.Now()
	id := huiying.DeriveID("v-", to.Channel, to.By.ID, strconv.FormatInt(begun.UnixMicro(), 10))
	outcome, err := d.Sender.Prove(ctx, notifier.Code{ID: id, Over: to.Channel, Address: made.Contact.Address, Code: made.Code, For: query.ContactCodeFor})
	if err != nil {
		return query.Trial{}, err
	}
	hide := func(text string) string { return strings.ReplaceAll(text, made.Code, "******") }
	out := query.Trial{
		ID: id, Channel: to.Channel, Accepted: outcome.Result == channel.Accepted, Code: hide(outcome.Code), Took: d.Now().Sub(begun).Milliseconds(),
	}
	said := ""
	if outcome.Reason != nil {
		out.Sentence, said = hide(d.Words.Sentence(to.Lang, outcome.Reason)), hide(d.Words.Sentence(locale.Chinese, outcome.Reason))
	}
	return out, d.Queue.Note(context.WithoutCancel(ctx), huiying.Attempt{
		Delivery: id, Channel: to.Channel, At: begun, Result: huiying.AttemptResult(outcome.Result), Code: hide(outcome.Code), Sentence: said, Took: d.Now().Sub(begun), By: to.By.ID,
	})
}
