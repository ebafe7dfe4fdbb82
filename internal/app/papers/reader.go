package papers

import (
	"context"
	"slices"
	"sync/atomic"
	"unicode/utf8"

	"huiying"
	"huiying/analyzer/fold"
	"huiying/analyzer/personal"
	"huiying/crawler/patrol/wording"
	"huiying/internal/store"
	"huiying/internal/store/posts"
	"huiying/notifier/reply"
)

// Reader finds in words what the analyzer and the inspection of the office's
// own site know how to find; see reply.Reader.
type Reader struct {
	public *personal.Public
	files  []wording.Word // built in and of files
	wrong  atomic.Pointer[wording.List]
	cut    func(text string) []string
}

// NewReader makes a Reader. public are the office's own telephone numbers, cut
// is the analyzer's, nil where none runs: pairs of characters do then.
func NewReader(public []string, wrong []wording.Word, cut func(string) []string) *Reader {
	if cut == nil {
		cut = reply.Pairs
	}
	r := &Reader{public: personal.NewPublic(public), files: append(wording.Builtin(), wrong...), cut: cut}
	r.Own(nil)
	return r
}

// Own lays the office's own wrong words over those of files, in place of the
// ones before; it may be called while the Reader reads.
func (r *Reader) Own(words []wording.Word) {
	list := wording.New(append(slices.Clone(r.files), words...)...)
	r.wrong.Store(&list)
}

// Personal implements reply.Reader.
func (r *Reader) Personal(text string) []reply.Private {
	var out []reply.Private
	for _, p := range r.public.Find("text", fold.New(text)) {
		out = append(out, reply.Private{Span: reply.Span{Start: p.Start, End: p.End}, Kind: p.Kind})
	}
	return out
}

// Wrong implements reply.Reader.
func (r *Reader) Wrong(text string) []reply.Mistake {
	var out []reply.Mistake
	for _, h := range r.wrong.Load().Find(text) {
		start := utf8.RuneCountInString(text[:h.Start])
		out = append(out, reply.Mistake{
			Span: reply.Span{Start: start, End: start + utf8.RuneCountInString(h.Wrong)}, Wrong: h.Wrong, Right: h.Right,
		})
	}
	return out
}

// Cut implements reply.Reader.
func (r *Reader) Cut(text string) []string { return r.cut(text) }

// Fold implements reply.Reader.
func (r *Reader) Fold(text string) string { return fold.String(text) }

// Mask hides personal data character by character, so that places stay true.
func (r *Reader) Mask(text string) (masked string, any bool) {
	found := r.Personal(text)
	if len(found) == 0 {
		return text, false
	}
	runes := []rune(text)
	for _, p := range found {
		hide(runes, p.Start, p.End)
	}
	return string(runes), true
}

// Archive reads posts of cases; see reply.Posts.
type Archive struct{ Store *store.Store }

// Posts implements reply.Posts. A post that is not archived yet is left out.
func (a Archive) Posts(ctx context.Context, ids []string) ([]huiying.Post, error) {
	var out []huiying.Post
	for _, id := range ids {
		p, err := posts.Get(ctx, a.Store.Reader(), id)
		if huiying.ErrorCode(err) == huiying.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, p.Judgement.Post)
	}
	return out, nil
}
