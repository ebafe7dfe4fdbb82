package inbox_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"huiying"
	"huiying/internal/app/inbox"
	"huiying/internal/query"
)

// hands notes what was asked of it and refuses what is named "moved".
type hands struct{ did []string }

func (h *hands) PutOff(_ context.Context, n query.NewLater) error {
	h.did = append(h.did, fmt.Sprintf("later %s@%s %s", n.Item, n.Seen, n.Reason))
	return nil
}
func (h *hands) BringBack(context.Context, string, huiying.Actor) error { return nil }
func (h *hands) Hold(context.Context, string, string) error             { return nil }
func (h *hands) LetGo(context.Context, string, string) error            { return nil }

func (h *hands) do(_ context.Context, cmd huiying.Command) (huiying.Case, error) {
	h.did = append(h.did, fmt.Sprintf("%s %s@%d %s", cmd.Action, cmd.CaseNo, cmd.Version, cmd.Fields["reason"]))
	return huiying.Case{}, nil
}

func (h *hands) aside(_ context.Context, a query.Aside) error {
	switch a.Post {
	case "moved":
		return huiying.Errorf(huiying.Conflict, "access.dealt_with")
	case "broken":
		return errors.New("the disk is full")
	}
	h.did = append(h.did, fmt.Sprintf("%s %s@%s %s", a.Reason, a.Post, a.Seen, a.Note))
	return nil
}

func TestDecide(t *testing.T) {
	items := []query.InboxSeen{{Item: "post:moved", Seen: "r1"}, {Item: "case:HY1", Seen: "4"}, {Item: "post:weibo:1", Seen: "r2"}, {Item: "post:weibo:2"}, {Item: "case:HY2", Seen: "x"}, {Item: "file:1", Seen: "1"}}
	for action, want := range map[string]string{
		query.AsideFalseAlarm: "[dismiss HY1@4 同名 false_alarm weibo:1@r2 同名]",
		query.AsideWatch:      "[watch HY1@4 同名 watch weibo:1@r2 同名]",
	} {
		h := &hands{}
		d := inbox.Desk{Book: h, Do: h.do, SetAside: h.aside, Logger: slog.New(slog.DiscardHandler)}
		list, err := d.Decide(t.Context(), query.InboxBulk{Action: action, Items: items, Reason: " 同名 "})
		if err != nil || fmt.Sprint(h.did) != want {
			t.Errorf("%s: %v %v", action, h.did, err)
		}
		var codes []huiying.Code
		for _, r := range list {
			codes = append(codes, huiying.ErrorCode(r.Err))
		}
		if fmt.Sprint(codes) != "[conflict   invalid invalid invalid]" {
			t.Errorf("%s: %v", action, codes)
		}
	}
	h, log := &hands{}, &strings.Builder{}
	d := inbox.Desk{Book: h, Do: h.do, SetAside: h.aside, Logger: slog.New(slog.NewTextHandler(log, nil))}
	if _, err := d.Decide(t.Context(), query.InboxBulk{Action: query.InboxLater, Items: items[1:3]}); err != nil || fmt.Sprint(h.did) != "[later case:HY1@4  later post:weibo:1@r2 ]" {
		t.Errorf("%v %v", h.did, err)
	}
	list, err := d.Decide(t.Context(), query.InboxBulk{Action: query.AsideWatch, Reason: "旧闻", Items: []query.InboxSeen{{Item: "post:broken", Seen: "r"}, {Item: "post:weibo:1", Seen: "r"}}})
	if err != nil || list[0].Err == nil || list[1].Err != nil || !strings.Contains(log.String(), "the disk is full") {
		t.Errorf("%v %v %s", list, err, log)
	}
}

func TestDecideRefuses(t *testing.T) {
	one := []query.InboxSeen{{Item: "post:weibo:1", Seen: "r"}}
	many := make([]query.InboxSeen, query.MaxInbox+1)
	for name, b := range map[string]query.InboxBulk{
		"no action":   {Items: one, Reason: "x"},
		"no items":    {Action: query.AsideWatch, Reason: "x"},
		"too many":    {Action: query.AsideWatch, Reason: "x", Items: many},
		"twice":       {Action: query.AsideWatch, Reason: "x", Items: append(one, one...)},
		"no reason":   {Action: query.AsideFalseAlarm, Reason: "  ", Items: one},
		"long reason": {Action: query.AsideWatch, Reason: strings.Repeat("长", 201), Items: one},
	} {
		h := &hands{}
		d := inbox.Desk{Book: h, Do: h.do, SetAside: h.aside}
		if list, err := d.Decide(t.Context(), b); huiying.ErrorCode(err) != huiying.Invalid || len(list) != 0 || len(h.did) != 0 {
			t.Errorf("%s: %v %v", name, list, err)
		}
	}
}

// Cases of several posts: each its own, or one that the first begins; what has a
// case is left there.
func TestOpenMany(t *testing.T) {
	for together, want := range map[bool]string{
		false: "[open a u-hall open b u-hall]",
		true:  "[open a u-hall attach_mention HY-a@0 b]",
	} {
		var did []string
		d := inbox.Desk{
			Do: func(_ context.Context, cmd huiying.Command) (huiying.Case, error) {
				did = append(did, fmt.Sprintf("%s %s@%d %s", cmd.Action, cmd.CaseNo, cmd.Version, cmd.Fields["post"]))
				return huiying.Case{No: cmd.CaseNo}, nil
			},
			Open: func(_ context.Context, o query.Opening) (huiying.Case, error) {
				did = append(did, "open "+o.Post+" "+o.Unit)
				return huiying.Case{No: "HY-" + o.Post}, nil
			},
			CaseOf: func(_ context.Context, post string) (string, error) {
				switch post {
				case "taken":
					return "HY-0", nil
				case "none":
					return "", huiying.Errorf(huiying.NotFound, "store.post_not_found", post)
				}
				return "", nil
			},
			Logger: slog.New(slog.DiscardHandler),
		}
		list, err := d.OpenMany(t.Context(), query.OpeningBulk{Posts: []string{"taken", "a", "none", "b"}, Together: together, Unit: "u-hall"})
		if err != nil || fmt.Sprint(did) != want {
			t.Errorf("%v: %v %v", together, did, err)
		}
		got := ""
		for _, r := range list {
			got += fmt.Sprintf("%s:%s:%s ", r.Post, r.CaseNo, huiying.ErrorCode(r.Err))
		}
		second := map[bool]string{false: "HY-b", true: "HY-a"}[together]
		if got != "taken::conflict a:HY-a: none::not_found b:"+second+": " {
			t.Errorf("%v: %s", together, got)
		}
		for name, b := range map[string]query.OpeningBulk{
			"none": {Unit: "u"}, "no unit": {Posts: []string{"a"}}, "twice": {Posts: []string{"a", "a"}, Unit: "u"}, "many": {Posts: make([]string, query.MaxInbox+1), Unit: "u"},
		} {
			if _, err := d.OpenMany(t.Context(), b); huiying.ErrorCode(err) != huiying.Invalid {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
