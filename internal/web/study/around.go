package study

import (
	"slices"
	"time"

	"huiying/internal/query"
)

// MomentReply is the What of a moment at which a reply was published; that of an
// interpretation is its kind.
const MomentReply = "reply"

// Moment is one that opinion may be compared around: a reply or an
// interpretation.
type Moment struct {
	At    time.Time // to the minute
	What  string
	Title string // number of the case, or what the interpretation is called
}

// Moments are the replies and the interpretations that stand, the earliest
// first.
func Moments(replies []Reply, list []query.Interpretation) (out []Moment) {
	for _, r := range replies {
		out = append(out, Moment{At: r.At.Truncate(time.Minute), What: MomentReply, Title: r.CaseNo})
	}
	for _, i := range list {
		if i.RemovedBy == "" {
			out = append(out, Moment{At: i.At.Truncate(time.Minute), What: i.Kind, Title: i.Title})
		}
	}
	slices.SortStableFunc(out, func(x, y Moment) int { return x.At.Compare(y.At) })
	return out
}

// Chosen is the place of the moment at a time, of the first there is where none
// is then; −1 where there is none at all.
func Chosen(list []Moment, at time.Time) int {
	if i := slices.IndexFunc(list, func(m Moment) bool { return m.At.Equal(at) }); i >= 0 || len(list) == 0 {
		return i
	}
	return 0
}

// Opinion is the posts of a study as effects see them, and how far they reach by
// now. A study without posts has no opinion.
func Opinion(s query.Study, now time.Time) (posts []query.EffectPost, begin, end time.Time) {
	for _, p := range s.Posts {
		posts = append(posts, query.EffectPost{ID: p.ID, At: p.At, Tone: p.Sentiment, Intent: p.Intent, Official: p.Official})
	}
	if len(posts) == 0 {
		return nil, begin, end
	}
	begin, end = posts[0].At, now
	if s.More {
		end = posts[len(posts)-1].At // what came later was not studied
	}
	return posts, begin, end
}
