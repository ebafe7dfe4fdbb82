package refusal_test

import (
	"context"
	"errors"
	"testing"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/pseudonym"
	"huiying/crawler/refusal"
)

var key = []byte("0123456789abcdef0123456789abcdef")

type list struct {
	keys  map[string]bool
	err   error
	learn []string
}

func (l *list) Refused(key string) (bool, error) { return l.keys[key], l.err }

func (l *list) Also(_ context.Context, known, other string) error {
	l.learn = append(l.learn, known, other)
	l.keys[other] = true
	return nil
}

type taken []huiying.Post

func (t *taken) Accept(_ context.Context, p huiying.Post) error {
	*t = append(*t, p)
	return nil
}

func post(id, name string) huiying.Post {
	return huiying.Post{ID: "weibo:1", Platform: "weibo", Kind: huiying.KindPost, Author: huiying.Author{ID: id, Name: name}}
}

func TestSink(t *testing.T) {
	byID, byName := pseudonym.Of("weibo", "7", "", key), pseudonym.Of("weibo", "", "石榴籽", key)
	ticket, finding, elsewhere, paper := post("7", ""), post("7", ""), post("7", ""), post("7", "晚报")
	paper.Author.Verified = "media"
	ticket.Kind, finding.Finding, elsewhere.Platform = huiying.KindTicket, &huiying.Finding{}, "forum"
	for name, c := range map[string]struct {
		listed string
		post   huiying.Post
		passes bool
		learns bool
	}{
		"by id":              {byID, post("7", "石榴籽"), false, false},
		"by another's id":    {byID, post("8", "石榴籽"), true, false},
		"by name, id learnt": {byName, post("7", "石榴籽"), false, true},
		"by name, no id":     {byName, post("", "石榴籽"), false, false},
		"no author":          {byID, post("", ""), true, false},
		"a hand-over":        {byID, ticket, true, false},
		"a finding":          {byID, finding, true, false},
		"another platform":   {byID, elsewhere, true, false},
		"an institution":     {byID, paper, true, false},
	} {
		l, next := &list{keys: map[string]bool{c.listed: true}}, &taken{}
		err := refusal.Sink(next, l, key).Accept(t.Context(), c.post)
		if passed := len(*next) == 1; passed != c.passes || (err == nil) != c.passes || !c.passes && !errors.Is(err, crawler.ErrDeclined) {
			t.Errorf("%s: passed %v, %v", name, passed, err)
		}
		if learnt := len(l.learn) == 2 && l.learn[0] == byName && l.learn[1] == byID; learnt != c.learns {
			t.Errorf("%s: learnt %v", name, l.learn)
		}
	}
}

// Those who give no name are not one person: a refusal of 网友 is nobody's.
func TestNobodyRefusesForTheAnonymous(t *testing.T) {
	for _, name := range []string{"匿名用户", "网友", "热心市民"} {
		if key := pseudonym.Of("forum", "", name, key); key != "" {
			t.Errorf("%s is known as %s", name, key)
		}
	}
}

// Where the list is not known nobody is let through.
func TestUnknownList(t *testing.T) {
	broken := errors.New("not known")
	next := &taken{}
	err := refusal.Sink(next, &list{err: broken}, key).Accept(t.Context(), post("7", ""))
	if !errors.Is(err, broken) || len(*next) > 0 {
		t.Errorf("%v, passed %d", err, len(*next))
	}
}

// The key of the list is the id that a stored post's author has.
func TestKeyIsThePseudonym(t *testing.T) {
	for _, a := range []huiying.Author{{ID: "7", Name: "石榴籽"}, {Name: "石榴籽"}} {
		hidden, err := pseudonym.Hide(huiying.Post{Platform: "weibo", Author: a}, key)
		if err != nil || hidden.Author.ID != pseudonym.Of("weibo", a.ID, a.Name, key) {
			t.Errorf("%+v is stored as %s, %v", a, hidden.Author.ID, err)
		}
	}
}
