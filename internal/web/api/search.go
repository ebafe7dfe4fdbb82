package api

import (
	"context"
	"net/http"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/door"
)

// searchOperations are the rows of the table about finding things.
func searchOperations() []operation {
	return []operation{
		op(http.MethodGet, "/search", "search", door.CaseRoom(), (*service).search),
	}
}

type postsIn struct {
	Level     []string  `query:"level,explode"`
	Source    []string  `query:"source,explode"`
	Platform  []string  `query:"platform,explode"`
	Sentiment []string  `query:"sentiment,explode" doc:"negative, neutral, positive"`
	Intent    []string  `query:"intent,explode"`
	Rule      []string  `query:"rule,explode"`
	Place     []string  `query:"place,explode"`
	Verified  []string  `query:"verified,explode" doc:"Of the author"`
	Case      string    `query:"case" enum:"yes,no" doc:"Only posts of a case, or without one"`
	Text      string    `query:"q" doc:"Words that must all stand in it; \"a phrase\", -without, OR, brackets, a case number"`
	Tagged    bool      `query:"tagged" doc:"Only posts that a rule holds for"`
	From      time.Time `query:"from" doc:"Collected at or after"`
	To        time.Time `query:"to" doc:"Collected before"`
	Sort      string    `query:"sort" enum:"new,best" doc:"The newest first, or those that fit q best"`
	Before    int64     `query:"before" doc:"The newest first: the value of next of the page before"`
	Skip      int       `query:"skip" minimum:"0" maximum:"10000" doc:"The best first: so many are left out"`
	Limit     int       `query:"limit" minimum:"1" maximum:"500" default:"50"`
}

func (in *postsIn) ask(s query.Scope) query.PostSearch {
	ask := query.PostSearch{
		Scope: s, Text: in.Text, Tagged: in.Tagged, From: in.From, To: in.To, Before: in.Before, Skip: in.Skip, Limit: in.Limit,
		Relevance: in.Sort == "best" && in.Text != "",
		Choices: map[string][]string{
			query.ByLevel: in.Level, query.BySource: in.Source, query.ByPlatform: in.Platform, query.BySentiment: in.Sentiment, query.ByIntent: in.Intent,
			query.ByRule: in.Rule, query.ByPlace: in.Place, query.ByVerified: in.Verified,
		},
	}
	if in.Case != "" {
		ask.Choices[query.ByCase] = []string{in.Case}
	}
	for facet, values := range ask.Choices {
		var kept []string
		for _, v := range values {
			if v != "" {
				kept = append(kept, v)
			}
		}
		ask.Choices[facet] = kept
	}
	return ask
}

// Index says how far the index is.
type Index struct {
	Done    bool `json:"done"`
	Percent int  `json:"percent"`
}

// Count is how many posts or cases have a value, were it not filtered by.
type Count struct {
	Value string `json:"value"`
	Name  string `json:"name,omitempty"`
	N     int    `json:"n" doc:"At most 10000"`
	More  bool   `json:"more" doc:"There are more than n"`
}

type postsOut struct {
	Body struct {
		Posts []JudgedPost `json:"posts"`
		Next  int64        `json:"next" doc:"For before; 0 at the end"`
		Total int          `json:"total" doc:"At most 10000"`
		More  bool         `json:"more" doc:"There are more than total"`
		Short bool         `json:"short" doc:"Only the newest 20000 hits of q were looked through"`

		Counts map[string][]Count `json:"counts" doc:"By level, source, platform, sentiment, intent, rule, place, verified, case; none while the index is made"`
		Index  Index              `json:"index"`

		Coverage Coverage `json:"coverage" doc:"Of the span that is listed"`
	}
}

func (s *service) posts(ctx context.Context, in *postsIn) (*postsOut, error) {
	ask := in.ask(account(ctx).Scope())
	found, err := s.o.Views.Find(ctx, ask)
	if err != nil {
		return nil, err
	}
	out, err := s.listed(ctx, found.PostList, query.CoverageFilter{From: in.From, To: in.To, Source: first(ask.Choices[query.BySource])})
	if err != nil {
		return nil, err
	}
	out.Body.Short, out.Body.Index = found.Short, Index(found.Index)
	out.Body.Counts = countsOf(found.Counts)
	return out, nil
}

// first is the only value, "" of several or none.
func first(values []string) string {
	if len(values) == 1 {
		return values[0]
	}
	return ""
}

func countsOf(all map[string][]query.CountValue) map[string][]Count {
	out := make(map[string][]Count, len(all))
	for facet, list := range all {
		if facet == query.ByPeriod {
			continue
		}
		out[facet] = make([]Count, 0, len(list))
		for _, c := range list {
			out[facet] = append(out[facet], Count{Value: c.Value, Name: c.Label, N: c.N, More: c.More})
		}
	}
	return out
}

type searchIn struct {
	Text  string `query:"q" required:"true" doc:"As in list-posts"`
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
}

type searchOut struct {
	Body struct {
		Posts     []JudgedPost   `json:"posts" doc:"The newest first"`
		PostTotal int            `json:"post_total" doc:"At most 10000"`
		Cases     []huiying.Case `json:"cases" doc:"The newest first"`
		CaseTotal int            `json:"case_total"`
		Short     bool           `json:"short"`
		Index     Index          `json:"index"`
		PostsHeld bool           `json:"posts_more" doc:"There are more posts than post_total"`
		CasesUpTo string         `json:"cases_next" doc:"For before of list-cases; empty at the end"`
		PostsUpTo int64          `json:"posts_next" doc:"For before of list-posts; 0 at the end"`
	}
}

// search finds posts and cases that the caller may see.
func (s *service) search(ctx context.Context, in *searchIn) (*searchOut, error) {
	scope := account(ctx).Scope()
	found, err := s.o.Views.Find(ctx, query.PostSearch{Scope: scope, Text: in.Text, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	cases, err := s.o.Views.Cases(ctx, query.CaseFilter{Scope: scope, Text: in.Text, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := &searchOut{}
	b := &out.Body
	b.Posts, b.Cases = make([]JudgedPost, 0, len(found.Rows)), make([]huiying.Case, 0, len(cases.Rows))
	for _, row := range found.Rows {
		b.Posts = append(b.Posts, s.post(row))
	}
	for _, c := range cases.Rows {
		b.Cases = append(b.Cases, c.In(s.o.Zone))
	}
	b.PostTotal, b.PostsHeld, b.PostsUpTo, b.Short, b.Index = found.Total, found.PostList.More, found.Next, found.Short, Index(found.Index)
	b.CaseTotal, b.CasesUpTo = cases.Total, cases.Next
	return out, nil
}
