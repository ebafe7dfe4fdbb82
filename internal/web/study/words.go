package study

import (
	"cmp"
	"slices"
	"time"

	"huiying/internal/query"
)

// Word is a weighty word and how many posts have it.
type Word struct {
	Word string
	N    int
	Size int  // 1 to 4, against the most frequent
	New  bool // it is not among those of the other side
}

// Words are the words of posts before and after a reply.
type Words struct {
	Before, After         []Word
	PostsBefore, PostsNow int
}

// mostHot is how many words are told.
const mostHot = 20

// WordsAround tells the words of posts around a reply; without one (the zero
// time) all are before.
func WordsAround(posts []query.StudyPost, reply time.Time) Words {
	at := len(posts)
	if !reply.IsZero() {
		at, _ = slices.BinarySearchFunc(posts, reply, func(p query.StudyPost, t time.Time) int { return p.At.Compare(t) })
	}
	w := Words{Before: hot(posts[:at]), After: hot(posts[at:]), PostsBefore: at, PostsNow: len(posts) - at}
	if !reply.IsZero() {
		onlyIn(w.Before, posts[at:])
		onlyIn(w.After, posts[:at])
	}
	return w
}

func hot(posts []query.StudyPost) []Word {
	var out []Word
	for word, n := range counted(posts) {
		out = append(out, Word{Word: word, N: n})
	}
	slices.SortFunc(out, func(a, b Word) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Word, b.Word)) })
	out = out[:min(len(out), mostHot)]
	for i := range out {
		out[i].Size = SizeOf(out[i].N, out[0].N)
	}
	return out
}

// SizeOf is how large a word is written, 1 to 4, against the most frequent.
func SizeOf(n, most int) int { return 1 + 3*(n-1)/max(1, most-1) }

// onlyIn marks the words that none of the others has.
func onlyIn(words []Word, others []query.StudyPost) {
	n := counted(others)
	for i := range words {
		words[i].New = n[words[i].Word] == 0
	}
}
