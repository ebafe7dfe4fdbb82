package huiying

import "time"

// PostingState is how far the publication of approved words through a
// platform's own interface is.
type PostingState string

// The states of a Posting.
const (
	PostingSending PostingState = "sending" // 正在发布
	PostingDone    PostingState = "done"    // 已发布: the platform took it
	PostingRefused PostingState = "refused" // 未发布: the platform refused it, or a person saw that it is not there
	PostingUnclear PostingState = "unclear" // 结果不明: no answer came; a person must look
)

// Posting is one attempt to publish approved words as an answer to a post,
// through the official interface of its platform. That they are published is a
// step of the case; the posting says what became of the attempt.
type Posting struct {
	ID       string       `json:"id"`
	CaseNo   string       `json:"case_no"`
	Post     string       `json:"post"`     // which is answered
	Platform string       `json:"platform"` // of that post
	URL      string       `json:"url"`      // of that post: where the answer stands
	Digest   string       `json:"digest"`   // of the words
	By       string       `json:"by"`       // who ordered it
	State    PostingState `json:"state"`
	Receipt  string       `json:"receipt,omitempty"` // the platform's own id of what it took
	Why      string       `json:"why,omitempty"`     // a sentence: why it was refused or is unclear
	BeganAt  time.Time    `json:"began_at"`
	EndedAt  time.Time    `json:"ended_at,omitzero"`
}

// PostingLasts is how long an attempt may be under way. One that is older was
// cut off, by a kill or a power failure, and nobody knows what became of it.
const PostingLasts = 2 * time.Minute

// Now is the posting as it stands at a moment: an attempt that was cut off is
// unclear.
func (p Posting) Now(now time.Time) Posting {
	if p.State == PostingSending && now.Sub(p.BeganAt) >= PostingLasts {
		p.State = PostingUnclear
	}
	return p
}
