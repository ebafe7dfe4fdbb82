package study

import (
	"cmp"
	"math"
	"slices"

	"huiying/internal/query"
)

// Viewpoint is a group of posts that want the same and name the same thing.
type Viewpoint struct {
	Key       string // of the choice that lists them
	Intent    string // "unsure" where nobody is sure
	Critical  bool
	Word      string // that they share; "" = what is left of intent and tone
	N         int
	Platforms int
	Typical   string // id of the most typical post; "" when none can be shown
	ids       []string
}

// Limits of how a group of one intent and tone is cut by words.
const (
	mostWords   = 3  // so many words at most
	smallest    = 4  // a group of fewer is not cut
	tooCommon   = 60 // a word that so many in a hundred of all posts have tells no two apart
	leastShared = 2
)

// Viewpoints groups posts by what they want, whether they criticise, and the
// word that most of them share and most others do not; the largest first. Every
// post is in one group and every group is told, however small. Of fewer than Few
// posts none is made.
func Viewpoints(posts []query.StudyPost) []Viewpoint {
	if len(posts) < Few {
		return nil
	}
	said := originals(posts)
	common := tellNothing(posts)
	groups := map[stance][]query.StudyPost{}
	for _, p := range posts {
		o := said[p.ID] // what repeats another is of its view
		g := stance{cmp.Or(o.Intent, Unsure), o.Sentiment == Negative}
		groups[g] = append(groups[g], p)
	}
	var out []Viewpoint
	for g, members := range groups {
		for _, part := range byWord(members, said, common) {
			out = append(out, viewpoint(g, part, said))
		}
	}
	slices.SortFunc(out, func(a, b Viewpoint) int {
		return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(b2i(b.Critical), b2i(a.Critical)), cmp.Compare(a.Key, b.Key))
	})
	return out
}

// stance is a group before it is cut by words.
type stance struct {
	intent   string
	critical bool
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// originals maps each post to the one that it repeats, as far as that is here.
func originals(posts []query.StudyPost) map[string]query.StudyPost {
	byID := make(map[string]query.StudyPost, len(posts))
	for _, p := range posts {
		byID[p.ID] = p
	}
	out := make(map[string]query.StudyPost, len(posts))
	for _, p := range posts {
		o := p
		if first, ok := byID[p.DuplicateOf]; ok && !first.Gone {
			o = first
		}
		out[p.ID] = o
	}
	return out
}

// tellNothing are the words that most posts of the event have.
func tellNothing(posts []query.StudyPost) map[string]bool {
	out := map[string]bool{}
	for word, n := range counted(posts) {
		out[word] = n*100 > tooCommon*len(posts)
	}
	return out
}

// counted is how many posts have each word.
func counted(posts []query.StudyPost) map[string]int {
	n := map[string]int{}
	for _, p := range posts {
		seen := map[string]bool{}
		for _, w := range p.Words {
			if !seen[w] {
				seen[w] = true
				n[w]++
			}
		}
	}
	return n
}

// part is posts that share a word.
type part struct {
	word  string
	posts []query.StudyPost
}

// byWord cuts a group: the word that most of what is left share takes its posts,
// up to three times; what is left stays one group.
func byWord(posts []query.StudyPost, said map[string]query.StudyPost, common map[string]bool) []part {
	var out []part
	left := posts
	for len(left) >= smallest && len(out) < mostWords {
		word := shared(left, said, common)
		if word == "" {
			break
		}
		p := part{word: word}
		var rest []query.StudyPost
		for _, one := range left {
			if slices.Contains(said[one.ID].Words, word) {
				p.posts = append(p.posts, one)
			} else {
				rest = append(rest, one)
			}
		}
		out, left = append(out, p), rest
	}
	if len(left) > 0 {
		out = append(out, part{posts: left})
	}
	return out
}

// shared is the word that most of the posts have and that tells something; ""
// when hardly two have one.
func shared(posts []query.StudyPost, said map[string]query.StudyPost, common map[string]bool) (word string) {
	own := make([]query.StudyPost, len(posts))
	for i, p := range posts {
		own[i] = said[p.ID]
	}
	most := max(leastShared, len(posts)/10) - 1
	for w, n := range counted(own) {
		if !common[w] && (n > most || n == most && word != "" && w < word) {
			word, most = w, n
		}
	}
	return word
}

func viewpoint(g stance, p part, said map[string]query.StudyPost) Viewpoint {
	v := Viewpoint{Intent: g.intent, Critical: g.critical, Word: p.word, N: len(p.posts), Key: g.intent + "." + string("nc"[b2i(g.critical)]) + "." + p.word}
	platforms := map[string]bool{}
	for _, one := range p.posts {
		v.ids = append(v.ids, one.ID)
		platforms[one.Platform] = true
	}
	v.Platforms, v.Typical = len(platforms), typical(p.posts, said)
	return v
}

// typical is the post whose words most others of the group have, too; of several
// the earliest. What repeats another or cannot be read is none.
func typical(posts []query.StudyPost, said map[string]query.StudyPost) (id string) {
	n := counted(posts)
	best := -1.0
	for _, p := range posts {
		if p.Gone || said[p.ID].ID != p.ID {
			continue
		}
		sum := 0
		for _, w := range p.Words {
			sum += n[w]
		}
		if score := float64(sum) / math.Sqrt(float64(len(p.Words)+1)); score > best {
			best, id = score, p.ID
		}
	}
	return id
}
