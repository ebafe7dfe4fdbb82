package topics

import (
	"context"
	"slices"
	"strings"

	"huiying"
	"huiying/analyzer/gather"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/posts"
)

// mostAdded is how many bytes of title and text a post that is added is told
// with: query.MaxInbox of them, written as JSON, are one message.
const mostAdded = 2_400

// Joining reads the posts that a person adds to a topic. huiying.NotFound names
// one that is not there, or whose words were removed by law.
func Joining(ctx context.Context, q store.Querier, ids []string) ([]gather.Joining, error) {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	if len(ids) == 0 || len(ids) > query.MaxInbox {
		return nil, huiying.Errorf(huiying.Invalid, "gather.too_many_added", len(ids), query.MaxInbox)
	}
	out := make([]gather.Joining, 0, len(ids))
	for _, id := range ids {
		s, err := posts.Get(ctx, q, id)
		if err != nil {
			return nil, err
		}
		p := s.Judgement.Post
		if p.Withdrawn {
			return nil, huiying.Errorf(huiying.NotFound, "gather.withdrawn", id)
		}
		j := gather.Joining{Level: s.Judgement.Level, Matter: gather.Matter{
			ID: id, ParentID: p.ParentID, RootID: p.RootID, Title: cut(p.Title, mostAdded/4), Text: cut(p.Text, mostAdded-mostAdded/4),
			Author: p.Author.ID, Platform: p.Platform, At: s.FirstSeenAt,
		}}
		if tag, ok := s.Judgement.TopTag(); ok {
			j.Rule = tag.Rule
		}
		out = append(out, j)
	}
	return out, nil
}

// cut is the beginning of a text, whole characters.
func cut(text string, most int) string {
	return strings.ToValidUTF8(text[:min(len(text), most)], "")
}
