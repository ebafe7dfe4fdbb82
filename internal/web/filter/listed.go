package filter

import "huiying/internal/query"

// Listed is the span of a page of posts, to ask for its gaps: from its oldest
// row to its newest or, on the first page, to now.
func Listed(list query.PostList, later bool, source string) (f query.CoverageFilter) {
	f.Source = source
	for i, row := range list.Rows {
		at := row.Judgement.Post.CollectedAt
		if i == 0 || at.Before(f.From) {
			f.From = at
		}
		if later && at.After(f.To) {
			f.To = at
		}
	}
	return f
}
