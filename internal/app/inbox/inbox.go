// Package inbox decides on several items of the inbox in one go, and opens cases
// of several posts, each for itself: one that moved meanwhile is named and left
// as it is, the others go on. It refuses to decide without a reason.
package inbox

import (
	"context"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"huiying"
	"huiying/internal/query"
)

// Book keeps what is put off and what is open.
type Book interface {
	PutOff(ctx context.Context, n query.NewLater) error
	BringBack(ctx context.Context, item string, by huiying.Actor) error
	Hold(ctx context.Context, item, person string) error
	LetGo(ctx context.Context, item, person string) error
}

// Reader reads what the book keeps.
type Reader interface {
	Standing(ctx context.Context) (query.InboxStanding, error)
}

// Desk is the inbox beside the steps of single items.
type Desk struct {
	Book
	Reader
	Do       func(ctx context.Context, cmd huiying.Command) (huiying.Case, error)
	SetAside func(ctx context.Context, a query.Aside) error
	Open     func(ctx context.Context, o query.Opening) (huiying.Case, error)
	CaseOf   func(ctx context.Context, post string) (no string, err error) // "" = it has none
	Logger   *slog.Logger
}

// Decide decides on every item in one way and says what became of each, in
// their order. Errors: huiying.Invalid for no items, too many, one twice, no
// reason where one is needed, or an action that there is not.
func (d Desk) Decide(ctx context.Context, b query.InboxBulk) ([]query.InboxResult, error) {
	b.Reason = strings.TrimSpace(b.Reason)
	if err := check(b); err != nil {
		return nil, err
	}
	out := make([]query.InboxResult, len(b.Items))
	for i, item := range b.Items {
		out[i] = query.InboxResult{Item: item.Item, Err: d.one(ctx, b, item)}
		d.note(ctx, item.Item, out[i].Err)
		if ctx.Err() != nil {
			return out[:i], ctx.Err()
		}
	}
	return out, nil
}

// note logs a failure that is ours: people see only that there was one.
func (d Desk) note(ctx context.Context, item string, err error) {
	if huiying.ErrorCode(err) == huiying.Internal {
		d.Logger.ErrorContext(ctx, "an item was not decided on", "item", item, "error", err)
	}
}

func check(b query.InboxBulk) error {
	if !slices.Contains([]string{query.AsideFalseAlarm, query.AsideWatch, query.InboxLater}, b.Action) {
		return huiying.Errorf(huiying.Invalid, "web.error.no_action")
	}
	if len(b.Items) == 0 || len(b.Items) > query.MaxInbox {
		return huiying.Errorf(huiying.Invalid, "inbox.many", query.MaxInbox)
	}
	if b.Reason == "" && b.Action != query.InboxLater {
		return huiying.Errorf(huiying.Invalid, "inbox.reason")
	}
	if utf8.RuneCountInString(b.Reason) > query.MaxInboxReason {
		return huiying.Errorf(huiying.Invalid, "inbox.reason_long", query.MaxInboxReason)
	}
	seen := map[string]bool{}
	for _, item := range b.Items {
		if seen[item.Item] {
			return huiying.Errorf(huiying.Invalid, "inbox.twice")
		}
		seen[item.Item] = true
	}
	return nil
}

// one decides on one item as it was seen: whoever did not see one decides on
// nothing.
func (d Desk) one(ctx context.Context, b query.InboxBulk, item query.InboxSeen) error {
	if item.Seen == "" {
		return huiying.Errorf(huiying.Invalid, "inbox.unseen")
	}
	if b.Action == query.InboxLater {
		return d.PutOff(ctx, query.NewLater{InboxSeen: item, Until: b.Until, Reason: b.Reason, Actor: b.Actor})
	}
	kind, id, _ := strings.Cut(item.Item, ":")
	switch kind {
	case "post":
		return d.SetAside(ctx, query.Aside{Post: id, Actor: b.Actor, Reason: b.Action, Note: b.Reason, Seen: item.Seen})
	case "case":
		version, err := strconv.Atoi(item.Seen)
		if err != nil || version < 1 {
			return huiying.Errorf(huiying.Invalid, "inbox.unseen")
		}
		action := "watch"
		if b.Action == query.AsideFalseAlarm {
			action = "dismiss"
		}
		_, err = d.Do(ctx, huiying.Command{CaseNo: id, Action: action, Actor: b.Actor, Version: version, Fields: map[string]string{"reason": b.Reason}})
		return err
	}
	return huiying.Errorf(huiying.Invalid, "web.error.no_item")
}
