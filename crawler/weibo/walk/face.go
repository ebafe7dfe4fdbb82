// Package walk reads lists of posts of whichever face Weibo shows, newest
// first, until what is known: what is cut is completed, comments with their
// replies and reposts are read where their count changed, and posts that
// vanished are asked for by themselves. A face says only what to ask and how to
// read the answer. A wall or ban ends the visit at once and stands in the
// report; nothing here helps anyone past one, and no cookie a site sets is
// kept, let alone sent back.
package walk

import (
	"time"

	"huiying/crawler/weibo/ask"
	"huiying/crawler/weibo/status"
)

// Face is what one face of the site can be asked. A nil question is one it
// does not answer.
type Face struct {
	ask.Site

	Whole       func(status.Entry) ask.Question // the whole text of a post
	Show        func(mid int64) ask.Question    // a post by itself
	Comments    func(e status.Entry, token string) ask.Question
	OldComments func(e status.Entry, token string) ask.Question           // asked where Comments are forbidden
	Replies     func(of, comment status.Entry, token string) ask.Question // those under a comment
	Reposts     func(e status.Entry, token string) ask.Question
}

// Stream is one list that is read newest first.
type Stream struct {
	// Key names the list in the cursor; it never changes.
	Key string
	// Ask makes the question for the page that token names, "" for the first.
	// after is the number up to which everything is known, 0 when nothing is.
	Ask func(token string, after int64) ask.Question
	// Back asks for a page of a past window, where the site can be asked so;
	// else the list is paged back until the window is behind.
	Back func(token string, from, to time.Time) ask.Question
	// After marks a list of which Ask leaves out what is known.
	After bool
	// Watched marks a list whose posts stay on it: what vanished was deleted.
	Watched bool
	// Talk marks a list whose posts' comments and reposts are read.
	Talk bool
	// Every is how often the list is asked at most; 0 for at every visit.
	Every time.Duration
}

// Limits is how far a visit goes.
type Limits struct {
	Pages        int // list pages of a stream
	Comments     int // posts of a stream whose comments are read
	CommentPages int // pages of one post's comments, reposts, or of one comment's replies
	Replies      int // comments of a stream whose replies are read
	Reposts      int // posts of a stream whose reposts are read
	LongText     bool
	Reread       time.Duration // how far back edits and deletions are looked for
	RereadEvery  time.Duration // how often pages behind the first are read for it
}

// Plan is what a source asks of a face.
type Plan struct {
	Face    Face
	Streams []Stream
	Limits  Limits
}
