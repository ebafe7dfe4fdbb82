// Package reply reads the words of a reply before anybody reviews them, as a
// list of checks: personal data, wrong words, words to think twice about,
// questions of the citizen that it does not take up, and empty politeness. It
// explains every remark, corrects nothing, and never repeats personal data. It
// does not judge whether what is said is true, and a missing greeting is no
// fault.
package reply

import (
	"context"
	"slices"
	"sync/atomic"

	"huiying"
	"huiying/notifier/casework"
)

// The kinds of remarks.
const (
	KindPersonal   = "personal_data"
	KindWrong      = "wrong_word"
	KindSensitive  = "sensitive"
	KindUnanswered = "unanswered"
	KindEmpty      = "empty"
)

// Span is a half-open range of runes.
type Span struct{ Start, End int }

// Mistake is a wrong word with what is right.
type Mistake struct {
	Span
	Wrong, Right string
}

// Reader finds in words what other rooms know how to find.
type Reader interface {
	// Personal gives the places of personal data with their kinds.
	Personal(text string) []Private
	// Wrong gives mistakes of wording.
	Wrong(text string) []Mistake
	// Cut cuts a text into words.
	Cut(text string) []string
	// Fold writes a text as it is compared: one width, one case, simplified.
	Fold(text string) string
}

// Private is a place of personal data.
type Private struct {
	Span
	Kind string
}

// Posts reads posts of a case, as many of the ids as there are.
type Posts interface {
	Posts(ctx context.Context, ids []string) ([]huiying.Post, error)
}

// Options is what an Inspector works with; Reader and Posts are required.
type Options struct {
	Reader    Reader
	Posts     Posts
	Sensitive []Sensitive // nil = Builtin()
}

// Inspector looks at replies; see casework.Inspector.
type Inspector struct {
	o    Options
	list atomic.Pointer[sensitives]
}

// New makes an Inspector.
func New(o Options) *Inspector {
	if o.Sensitive == nil {
		o.Sensitive = Builtin()
	}
	in := &Inspector{o: o}
	in.Own(nil)
	return in
}

// Own lays the office's own sensitive words over those of files, in place of
// the ones before; it may be called while the Inspector looks.
func (in *Inspector) Own(list []Sensitive) {
	made := newSensitives(append(slices.Clone(in.o.Sensitive), list...))
	in.list.Store(&made)
}

// reading is one reply being read.
type reading struct {
	text  string
	posts []huiying.Post
}

// maxPosts is how many posts are looked through for questions: the first ones,
// which the case was opened for.
const maxPosts = 50

// check is one thing that is looked for.
type check struct {
	kind string
	look func(*Inspector, reading) []casework.Remark
}

// checks lists everything that is looked for, in the order of the remarks.
func checks() []check {
	return []check{
		{KindPersonal, (*Inspector).personal},
		{KindWrong, (*Inspector).wrong},
		{KindSensitive, (*Inspector).sensitive},
		{KindUnanswered, (*Inspector).unanswered},
		{KindEmpty, (*Inspector).empty},
	}
}

// Inspect gives the remarks on words for a case.
func (in *Inspector) Inspect(ctx context.Context, c huiying.Case, text string) ([]casework.Remark, error) {
	posts, err := in.o.Posts.Posts(ctx, c.Posts[:min(len(c.Posts), maxPosts)])
	if err != nil {
		return nil, err
	}
	r := reading{text: text, posts: posts}
	var out []casework.Remark
	for _, check := range checks() {
		for _, remark := range check.look(in, r) {
			remark.Kind = check.kind
			out = append(out, remark)
		}
	}
	return out, nil
}

func (in *Inspector) personal(r reading) []casework.Remark {
	var out []casework.Remark
	for _, p := range in.o.Reader.Personal(r.text) {
		out = append(out, casework.Remark{
			Start: p.Start, End: p.End, Stops: true,
			Say: huiying.Errorf(huiying.Invalid, "reply.personal", p.Start+1, p.End, kindOf(p.Kind)),
		})
	}
	return out
}

func (in *Inspector) wrong(r reading) []casework.Remark {
	var out []casework.Remark
	for _, m := range in.o.Reader.Wrong(r.text) {
		out = append(out, casework.Remark{
			Start: m.Start, End: m.End, Stops: true, Say: huiying.Errorf(huiying.Invalid, "reply.wrong", m.Wrong, m.Right),
		})
	}
	return out
}

func (in *Inspector) sensitive(r reading) []casework.Remark {
	var out []casework.Remark
	for _, h := range in.list.Load().find(r.text) {
		out = append(out, casework.Remark{
			Start: h.Start, End: h.End, Say: huiying.Errorf(huiying.Invalid, "reply.sensitive", h.Word, why(h.Why)),
		})
	}
	return out
}

// kindOf and why are names in the catalogue, as errors so that they are told in
// the reader's language.
func kindOf(kind string) error { return huiying.Errorf(huiying.Invalid, "personal."+kind) }

func why(kind string) error { return huiying.Errorf(huiying.Invalid, "reply.why."+kind) }
