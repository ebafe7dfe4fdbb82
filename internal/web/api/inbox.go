package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/door"
)

// Inbox is what people do about items that wait, beside deciding on one.
type Inbox interface {
	InboxOrders
	Standing(ctx context.Context) (query.InboxStanding, error)
	Hold(ctx context.Context, item, person string) error
	LetGo(ctx context.Context, item, person string) error
}

// InboxOrders put items off, bring them back, and decide on several.
type InboxOrders interface {
	PutOff(ctx context.Context, n query.NewLater) error
	BringBack(ctx context.Context, item string, by huiying.Actor) error
	Decide(ctx context.Context, b query.InboxBulk) ([]query.InboxResult, error)
	OpenMany(ctx context.Context, b query.OpeningBulk) ([]query.OpeningResult, error)
}

// inboxOperations are the rows of the table about the inbox beside single
// decisions.
func inboxOperations() []operation {
	return []operation{
		op(http.MethodPost, "/inbox/later", "put-off", door.Triagers(), (*service).putOff),
		op(http.MethodPost, "/inbox/back", "bring-back", door.Triagers(), (*service).bringBack),
		op(http.MethodPost, "/inbox/together", "decide-together", door.Triagers(), (*service).decideTogether),
		op(http.MethodPost, "/inbox/open/together", "open-cases", door.Triagers(), (*service).openCases),
	}
}

// LaterItem is an item that somebody put off. It still counts as waiting.
type LaterItem struct {
	Item   string    `json:"item" doc:"case:NUMBER or post:ID"`
	Seen   string    `json:"seen" doc:"Version of the case or revision of the post; once it is another, the item is back"`
	Until  time.Time `json:"until"`
	Reason string    `json:"reason"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

// OpenItem is an item that somebody has open on a page. It locks nothing.
type OpenItem struct {
	Item   string    `json:"item"`
	Person string    `json:"person"`
	Since  time.Time `json:"since"`
}

// VersionSeen is what a case is known by in the inbox.
func VersionSeen(c huiying.Case) string { return strconv.Itoa(c.Version) }

// standing adds to the inbox what people have done about what waits in it.
func (s *service) standing(ctx context.Context, out *inboxOut) error {
	standing, err := s.o.Inbox.Standing(ctx)
	if err != nil {
		return err
	}
	out.Body.Later, out.Body.Open = []LaterItem{}, []OpenItem{}
	add := func(item string) {
		if l, ok := standing.Later[item]; ok {
			out.Body.Later = append(out.Body.Later, LaterItem{l.Item, l.Seen, s.in(l.Until), l.Reason, l.By, s.in(l.At)})
		}
		for _, h := range standing.Open[item] {
			out.Body.Open = append(out.Body.Open, OpenItem{h.Item, h.Person, s.in(h.Since)})
		}
	}
	for _, c := range out.Body.Cases {
		add("case:" + c.No)
	}
	for _, p := range out.Body.Posts {
		add("post:" + p.Post.ID)
	}
	return nil
}

type putOffIn struct {
	Body struct {
		Item   string    `json:"item" doc:"case:NUMBER or post:ID"`
		Seen   string    `json:"seen" doc:"Version of the case or revision of the post that was looked at"`
		Until  time.Time `json:"until" doc:"At most seven days from now"`
		Reason string    `json:"reason,omitempty"`
	}
}

func (s *service) putOff(ctx context.Context, in *putOffIn) (*none, error) {
	b := in.Body
	return &none{}, s.o.Inbox.PutOff(ctx, query.NewLater{
		InboxSeen: query.InboxSeen{Item: b.Item, Seen: b.Seen}, Until: b.Until, Reason: b.Reason, Actor: account(ctx).Actor(),
	})
}

type bringBackIn struct {
	Body struct {
		Item string `json:"item"`
	}
}

func (s *service) bringBack(ctx context.Context, in *bringBackIn) (*none, error) {
	return &none{}, s.o.Inbox.BringBack(ctx, in.Body.Item, account(ctx).Actor())
}

// SeenItem is an item as somebody saw it.
type SeenItem struct {
	Item string `json:"item" doc:"case:NUMBER or post:ID"`
	Seen string `json:"seen" doc:"Version of the case or revision of the post that was looked at"`
}

type decideTogetherIn struct {
	Body struct {
		Action string     `json:"action" enum:"false_alarm,watch,later"`
		Items  []SeenItem `json:"items" doc:"At most 50"`
		Reason string     `json:"reason,omitempty" doc:"One for all; needed unless they are put off"`
		Until  time.Time  `json:"until,omitempty" doc:"Of what is put off"`
	}
}

// InboxResult is what became of one item.
type InboxResult struct {
	Item  string `json:"item"`
	Done  bool   `json:"done"`
	Error string `json:"error,omitempty" doc:"Why it was left as it is"`
}

type decideTogetherOut struct {
	Body struct {
		Results []InboxResult `json:"results"`
	}
}

func (s *service) decideTogether(ctx context.Context, in *decideTogetherIn) (*decideTogetherOut, error) {
	b := query.InboxBulk{Action: in.Body.Action, Reason: in.Body.Reason, Until: in.Body.Until, Actor: account(ctx).Actor()}
	for _, item := range in.Body.Items {
		b.Items = append(b.Items, query.InboxSeen{Item: item.Item, Seen: item.Seen})
	}
	list, err := s.o.Inbox.Decide(ctx, b)
	out := &decideTogetherOut{}
	out.Body.Results = make([]InboxResult, len(list))
	for i, r := range list {
		out.Body.Results[i] = InboxResult{Item: r.Item, Done: r.Err == nil}
		if r.Err != nil {
			out.Body.Results[i].Error = s.o.Catalogue.Sentence(langOf(ctx), r.Err)
		}
	}
	return out, err
}

type openCasesIn struct {
	Body struct {
		Posts    []string `json:"posts" doc:"At most 50"`
		Together bool     `json:"together,omitempty" doc:"One case of all of them; else each its own, or the open one of its topic"`
		Unit     string   `json:"unit"`
		Owner    string   `json:"owner,omitempty"`
		Note     string   `json:"note,omitempty"`
	}
}

// OpeningResult is what became of one post.
type OpeningResult struct {
	Post   string `json:"post"`
	CaseNo string `json:"case_no" doc:"Empty when it was left as it is"`
	Error  string `json:"error,omitempty"`
}

type openCasesOut struct {
	Body struct {
		Results []OpeningResult `json:"results"`
	}
}

func (s *service) openCases(ctx context.Context, in *openCasesIn) (*openCasesOut, error) {
	b := in.Body
	list, err := s.o.Inbox.OpenMany(ctx, query.OpeningBulk{Posts: b.Posts, Together: b.Together, Unit: b.Unit, Owner: b.Owner, Note: b.Note, Actor: account(ctx).Actor()})
	out := &openCasesOut{}
	out.Body.Results = make([]OpeningResult, len(list))
	for i, r := range list {
		out.Body.Results[i] = OpeningResult{Post: r.Post, CaseNo: r.CaseNo}
		if r.Err != nil {
			out.Body.Results[i].Error = s.o.Catalogue.Sentence(langOf(ctx), r.Err)
		}
	}
	return out, err
}
