package api

import (
	"context"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/mark"
)

// JudgedPost is one post with its judgement, personal data masked.
type JudgedPost struct {
	huiying.Judgement
	Revision    string    `json:"revision"`
	FirstSeenAt time.Time `json:"first_seen_at"`
	CaseNo      string    `json:"case_no"`
	Triaged     bool      `json:"triaged"`
}

func (s *service) post(row query.PostRow) JudgedPost {
	j := mark.Masked(row.Judgement)
	j.Post = j.Post.In(s.o.Zone)
	return JudgedPost{Judgement: j, Revision: row.Revision, FirstSeenAt: row.FirstSeenAt.In(s.o.Zone), CaseNo: row.CaseNo, Triaged: row.Triaged}
}

func (s *service) postList(ctx context.Context, f query.PostFilter) (*postsOut, error) {
	list, err := s.o.Views.Posts(ctx, f)
	if err != nil {
		return nil, err
	}
	return s.listed(ctx, list, query.CoverageFilter{From: f.From, To: f.To, Source: f.Source})
}

// listed is a page of posts with the gaps of its span.
func (s *service) listed(ctx context.Context, list query.PostList, span query.CoverageFilter) (out *postsOut, err error) {
	out = &postsOut{}
	out.Body.Posts = make([]JudgedPost, 0, len(list.Rows))
	for _, row := range list.Rows {
		out.Body.Posts = append(out.Body.Posts, s.post(row))
	}
	out.Body.Next, out.Body.Total, out.Body.More = list.Next, list.Total, list.More
	if span.From.IsZero() && len(list.Rows) > 0 {
		span.From = list.Rows[len(list.Rows)-1].Judgement.Post.CollectedAt
	}
	out.Body.Coverage, err = s.coverage(ctx, span)
	return out, err
}

type postIn struct {
	ID string `path:"id" doc:"platform:native id, percent-encoded"`
}

type postOut struct {
	Body struct {
		Post      JudgedPost     `json:"post"`
		Revisions []PostRevision `json:"revisions"`
		Similar   int            `json:"similar" doc:"Other posts of its topic"`
	}
}

// PostRevision is one state of a post as it was collected.
type PostRevision struct {
	Revision    string    `json:"revision"`
	CollectedAt time.Time `json:"collected_at"`
	Deleted     bool      `json:"deleted"`
	Edited      bool      `json:"edited"`
}

func (s *service) getPost(ctx context.Context, in *postIn) (*postOut, error) {
	page, err := s.o.Views.Post(ctx, account(ctx).Scope(), in.ID)
	if err != nil {
		return nil, err
	}
	out := &postOut{}
	out.Body.Post, out.Body.Similar = s.post(page.PostRow), page.Similar
	out.Body.Revisions = make([]PostRevision, 0, len(page.Revisions))
	for _, r := range page.Revisions {
		out.Body.Revisions = append(out.Body.Revisions, PostRevision{r.Revision, r.CollectedAt.In(s.o.Zone), r.Post.Deleted, r.Post.Edited})
	}
	return out, nil
}

type inboxOut struct {
	Body struct {
		Cases []huiying.Case `json:"cases" doc:"Cases nobody has triaged"`
		Posts []JudgedPost   `json:"posts" doc:"Tagged posts without a case"`
		Total int            `json:"total"`
		Later []LaterItem    `json:"later" doc:"What of it was put off; it counts as waiting all the same"`
		Open  []OpenItem     `json:"open" doc:"Who has what of it open on a page; nothing is locked"`

		Coverage Coverage `json:"coverage" doc:"Of the last 24 hours"`
	}
}

func (s *service) inbox(ctx context.Context, _ *none) (*inboxOut, error) {
	all := query.Scope{All: true}
	cases, err := s.o.Views.Cases(ctx, query.CaseFilter{Scope: all, States: []huiying.CaseState{huiying.StatePendingTriage}, Limit: 500})
	if err != nil {
		return nil, err
	}
	posts, err := s.postList(ctx, query.PostFilter{Scope: all, Untended: true, Limit: 500})
	if err != nil {
		return nil, err
	}
	out := &inboxOut{}
	out.Body.Cases = make([]huiying.Case, 0, len(cases.Rows))
	for _, c := range cases.Rows {
		out.Body.Cases = append(out.Body.Cases, c.In(s.o.Zone))
	}
	out.Body.Posts, out.Body.Total = posts.Body.Posts, cases.Total+posts.Body.Total
	if err := s.standing(ctx, out); err != nil {
		return nil, err
	}
	out.Body.Coverage, err = s.lately(ctx)
	return out, err
}

type openIn struct {
	Body struct {
		Post  string `json:"post" doc:"Id of a tagged post without a case"`
		Unit  string `json:"unit,omitempty" doc:"Assign at once to this unit"`
		Owner string `json:"owner,omitempty"`
		Level string `json:"level,omitempty" doc:"Empty keeps the post's own"`
		Note  string `json:"note,omitempty"`
	}
}

func (s *service) open(ctx context.Context, in *openIn) (*oneCaseOut, error) {
	b := in.Body
	c, err := s.o.Triage.Open(ctx, query.Opening{
		Post: b.Post, Actor: account(ctx).Actor(), Unit: b.Unit, Owner: b.Owner, Level: huiying.Level(b.Level), Note: b.Note,
	})
	return s.oneCase(c), err
}

type asideIn struct {
	Body struct {
		Post   string `json:"post"`
		Reason string `json:"reason" enum:"false_alarm,watch"`
	}
}

func (s *service) aside(ctx context.Context, in *asideIn) (*none, error) {
	return &none{}, s.o.Triage.SetAside(ctx, query.Aside{Post: in.Body.Post, Actor: account(ctx).Actor(), Reason: in.Body.Reason})
}
