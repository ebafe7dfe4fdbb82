package portal

import (
	"cmp"
	"context"
	"errors"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/portal/site"
)

// look asks for the page of one letter or article again. A page that is no
// more gives a tombstone; a post that is not of this site, nothing.
func (s shelf) look(ctx context.Context, v crawler.Visit, p huiying.Post) (crawler.Parsed, error) {
	opt, profile, err := s.settle(v.Source)
	if err != nil {
		return crawler.Parsed{}, err
	}
	if p.URL == "" || !profile.Follows(p.URL) || profile.PostID(p.URL) != p.ID {
		return crawler.Parsed{Answer: crawler.AnswerEmpty}, nil
	}
	r := &visit{Visit: v, opt: opt, profile: profile, now: v.Now()}
	at, err := r.ask(ctx, question{turn: site.Turn{URL: profile.Ask(p.URL)}, page: p.URL})
	var no *refusalError
	if errors.As(err, &no) {
		return crawler.Parsed{Answer: no.answer}, nil
	}
	if err != nil {
		return crawler.Parsed{}, err
	}
	got := crawler.Parsed{Answer: at.answer}
	if at.answer == crawler.AnswerOK || at.answer == crawler.AnswerEmpty {
		got = profile.ReadPage(at.Document, profile.Kind)
	}
	for i := range got.Posts {
		q := &got.Posts[i]
		q.ID, q.URL, q.Evidence = p.ID, p.URL, at.evidence
		q.Title, q.Status, q.Number = cmp.Or(q.Title, p.Title), cmp.Or(q.Status, p.Status), cmp.Or(q.Number, p.Number)
		if q.PublishedAt.IsZero() {
			q.PublishedAt, q.PublishedPrecision = p.PublishedAt, p.PublishedPrecision
		}
	}
	if got.Answer == crawler.AnswerDeleted {
		got.Posts = []huiying.Post{{
			ID: p.ID, Source: v.Source.ID, Platform: huiying.PlatformPortal, Kind: profile.Kind, URL: p.URL, Deleted: true, Evidence: at.evidence,
			Author: huiying.Author{Verified: "none"}, PublishedAt: p.PublishedAt, PublishedPrecision: p.PublishedPrecision, CollectedAt: r.now,
		}}
	}
	return got, nil
}

// Explain tries every selector of the description that a document was read by,
// as the surface says; nil for an unknown description.
func Explain(extra map[string]Profile, d crawler.Document, surface string) []site.Field {
	name := d.Profile
	if name == "" {
		name = site.BeijingLetters
		if surface == surfaceArticle {
			name = site.GovernmentArticle
		}
	}
	p, err := newShelf(extra).find(name)
	if err != nil {
		return nil
	}
	return p.Explain(d, surface == surfaceList)
}

// KindOf is whether a description is of letters or of articles, "" when it is
// not known.
func KindOf(extra map[string]Profile, name string) string {
	p, err := newShelf(extra).find(name)
	if err != nil {
		return ""
	}
	return p.Kind
}
