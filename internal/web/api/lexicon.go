package api

import (
	"context"
	"io"
	"net/http"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/door"
)

// Lexicon is the desk of the office's own words.
type Lexicon interface {
	WordLists
	WordChanges
	WordTrials
}

// WordLists reads the lists.
type WordLists interface {
	Lexicon(ctx context.Context) ([]query.WordList, error)
	// List gives one list; of what lies beneath, what holds the text find.
	List(ctx context.Context, id, find string) (query.WordList, error)
	Export(ctx context.Context, list string, who huiying.Actor) (query.WordFile, error)
}

// WordChanges changes the lists; huiying.Conflict when somebody else did since,
// or where words are at odds with rules.
type WordChanges interface {
	Change(ctx context.Context, c query.WordChange) (version int, err error)
	Import(ctx context.Context, file io.Reader, c query.WordChange) (version, words int, err error)
	Return(ctx context.Context, r query.WordReturn) (version int, err error)
}

// WordTrials says what words would do.
type WordTrials interface {
	Try(ctx context.Context, q query.WordQuestion) (query.WordAnswer, error)
}

// lexiconOperations are the rows of the lexicon.
func lexiconOperations() []operation {
	return []operation{
		op(http.MethodGet, "/lexicon", "list-lexicon", door.RuleReaders(), (*service).lexicon),
		op(http.MethodGet, "/lexicon/{list}", "get-words", door.RuleReaders(), (*service).words),
		op(http.MethodPost, "/lexicon/{list}", "change-words", door.RuleWriters(), (*service).changeWords),
		op(http.MethodPost, "/lexicon/{list}/return", "return-words", door.RulePublishers(), (*service).returnWords),
		op(http.MethodPost, "/lexicon/{list}/try", "try-words", door.RuleReaders(), (*service).tryWords),
	}
}

type lexiconOut struct {
	Body struct {
		Lists []query.WordList `json:"lists"`
	}
}

func (s *service) lexicon(ctx context.Context, _ *none) (*lexiconOut, error) {
	out := &lexiconOut{}
	var err error
	out.Body.Lists, err = s.o.Lexicon.Lexicon(ctx)
	for i := range out.Body.Lists {
		s.wordTimes(&out.Body.Lists[i])
	}
	return out, err
}

func (s *service) wordTimes(l *query.WordList) {
	for i := range l.Words {
		l.Words[i].At = s.in(l.Words[i].At)
	}
	for i := range l.Versions {
		l.Versions[i].At = s.in(l.Versions[i].At)
	}
}

type wordsIn struct {
	List string `path:"list" doc:"words stops places wrong sensitive sentiment synonyms"`
	Find string `query:"q" maxLength:"64" doc:"Of what lies beneath, entries that hold this"`
}

type wordsOut struct{ Body query.WordList }

func (s *service) words(ctx context.Context, in *wordsIn) (*wordsOut, error) {
	l, err := s.o.Lexicon.List(ctx, in.List, in.Find)
	s.wordTimes(&l)
	return &wordsOut{l}, err
}

type wordBody struct {
	Text      string   `json:"text" maxLength:"64"`
	Frequency int      `json:"frequency,omitempty"`
	Tag       string   `json:"tag,omitempty"`
	Right     string   `json:"right,omitempty"`
	Level     string   `json:"level,omitempty"`
	Except    []string `json:"except,omitempty"`
	Why       string   `json:"why,omitempty" maxLength:"200"`
}

func wordsOf(list []wordBody) []query.Word {
	out := make([]query.Word, len(list))
	for i, w := range list {
		out[i] = query.Word{Text: w.Text, Frequency: w.Frequency, Tag: w.Tag, Right: w.Right, Level: w.Level, Except: w.Except, Why: w.Why}
	}
	return out
}

type changeWordsIn struct {
	List string `path:"list"`
	Body struct {
		Add    []wordBody `json:"add,omitempty" maxItems:"5000"`
		Remove []string   `json:"remove,omitempty" maxItems:"5000"`
		Note   string     `json:"note" maxLength:"200" doc:"Why"`
		Seen   int        `json:"version" doc:"Version of the list that the caller saw"`
		Accept bool       `json:"accept,omitempty" doc:"In spite of conflicts with rules"`
	}
}

type wordsVersionOut struct {
	Body struct {
		Version int `json:"version" doc:"Its new version"`
	}
}

func (s *service) changeWords(ctx context.Context, in *changeWordsIn) (*wordsVersionOut, error) {
	out := &wordsVersionOut{}
	var err error
	out.Body.Version, err = s.o.Lexicon.Change(ctx, query.WordChange{
		List: in.List, Add: wordsOf(in.Body.Add), Remove: in.Body.Remove, Note: in.Body.Note, Seen: in.Body.Seen, Accept: in.Body.Accept, Actor: account(ctx).Actor(),
	})
	return out, err
}

type returnWordsIn struct {
	List string `path:"list"`
	Body struct {
		Back int    `json:"back" doc:"The version to go back to; 0 = before the first"`
		Seen int    `json:"version" doc:"Version of the list that the caller saw"`
		Note string `json:"note" maxLength:"200"`
	}
}

func (s *service) returnWords(ctx context.Context, in *returnWordsIn) (*wordsVersionOut, error) {
	out := &wordsVersionOut{}
	var err error
	out.Body.Version, err = s.o.Lexicon.Return(ctx, query.WordReturn{List: in.List, Back: in.Body.Back, Seen: in.Body.Seen, Note: in.Body.Note, Actor: account(ctx).Actor()})
	return out, err
}

type tryWordsIn struct {
	List string `path:"list"`
	Body struct {
		Add    []wordBody `json:"add,omitempty" maxItems:"100"`
		Remove []string   `json:"remove,omitempty" maxItems:"100"`
		Text   string     `json:"text" maxLength:"2000"`
	}
}

type tryWordsOut struct{ Body query.WordAnswer }

func (s *service) tryWords(ctx context.Context, in *tryWordsIn) (*tryWordsOut, error) {
	a, err := s.o.Lexicon.Try(ctx, query.WordQuestion{List: in.List, Add: wordsOf(in.Body.Add), Remove: in.Body.Remove, Text: in.Body.Text})
	return &tryWordsOut{a}, err
}
