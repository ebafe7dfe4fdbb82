package incident

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"huiying/internal/drill/replica"
)

type chatterData struct {
	Slots    map[string][]string `yaml:"slots"`
	Kinds    []chatterKind       `yaml:"kinds"`
	Comments []string            `yaml:"comments"`
	Letters  []chatterLetter     `yaml:"letters"`
	Regions  []string            `yaml:"regions"`
	People   []account           `yaml:"people"`
}

type chatterKind struct {
	Name   string   `yaml:"name"`
	Weight int      `yaml:"weight"`
	By     string   `yaml:"by"` // of the cast; "" for anybody
	Posts  []string `yaml:"posts"`
}

type chatterLetter struct {
	Kind  string `yaml:"kind"`
	Title string `yaml:"title"`
	Text  string `yaml:"text"`
}

// chatter makes up what people say on an ordinary day, without end. The same
// seed gives the same sequence.
type chatter struct {
	data    chatterData
	cast    map[string]replica.Account
	on      []string // keys of posts that may be commented on
	random  *rand.Rand
	perMin  float64
	at      time.Duration // of the next item, in the script's time
	n       int
	weights int
}

// The shares of comments and letters in the chatter; the rest are posts. One
// post in repostEvery passes on an earlier one; only the last talkedOf posts
// are talked of.
const (
	commentShare = 0.22
	letterShare  = 0.04
	repostEvery  = 12
	talkedOf     = 8
)

func newChatter(seed uint64, perMinute float64, on []string) (*chatter, error) {
	cast, err := loadCast()
	if err != nil {
		return nil, err
	}
	raw, err := files.ReadFile(chatterFile)
	if err != nil {
		return nil, fmt.Errorf("read the chatter: %w", err)
	}
	c := &chatter{cast: cast, on: on, perMin: perMinute, random: rand.New(rand.NewPCG(seed, 0x6875697969))}
	if err := yaml.UnmarshalWithOptions(raw, &c.data, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("parse the chatter: %w", err)
	}
	for _, k := range c.data.Kinds {
		c.weights += k.Weight
	}
	c.wait()
	return c, nil
}

// wait draws the time until the next item, so that they come irregularly and
// at the wanted rate on average.
func (c *chatter) wait() {
	c.at += time.Duration(c.random.ExpFloat64() * float64(time.Minute) / c.perMin)
}

// next makes up the next item.
func (c *chatter) next() replica.Change {
	c.n++
	defer c.wait()
	switch draw := c.random.Float64(); {
	case draw < commentShare && len(c.on) > 0:
		return replica.Change{Comment: &replica.Comment{
			On: c.on[c.random.IntN(len(c.on))], By: c.anybody(), Text: c.fill(pick(c, c.data.Comments)),
			Region: pick(c, c.data.Regions), Likes: int64(c.random.IntN(9)),
		}}
	case draw < commentShare+letterShare:
		l := pick(c, c.data.Letters)
		words := c.filler()
		return replica.Change{Letter: &replica.Letter{Kind: l.Kind, Title: words.Replace(l.Title), Text: words.Replace(l.Text)}}
	}
	return replica.Change{Post: c.post()}
}

func (c *chatter) post() *replica.Post {
	k := c.kind()
	p := &replica.Post{
		Key: fmt.Sprintf("chatter-%d", c.n), By: c.anybody(), Text: c.fill(pick(c, k.Posts)), Region: pick(c, c.data.Regions),
		Counts: replica.Counts{Reposts: int64(c.random.IntN(4)), Comments: int64(c.random.IntN(6)), Likes: int64(c.random.IntN(60))},
	}
	if k.By != "" {
		p.By, p.Region = c.cast[k.By], ""
		p.Pics = c.random.IntN(4)
		c.on = append(c.on[max(0, len(c.on)-talkedOf):], p.Key)
	} else if c.n%repostEvery == 0 && len(c.on) > 0 {
		p.Of = c.on[c.random.IntN(len(c.on))]
	}
	return p
}

func (c *chatter) kind() chatterKind {
	draw := c.random.IntN(c.weights)
	for _, k := range c.data.Kinds {
		if draw < k.Weight {
			return k
		}
		draw -= k.Weight
	}
	return c.data.Kinds[0]
}

func (c *chatter) anybody() replica.Account { return pick(c, c.data.People).replica() }

func (c *chatter) fill(s string) string { return c.filler().Replace(s) }

// filler puts one word into every slot. The slots are gone through in a fixed
// order, or the draw would not repeat.
func (c *chatter) filler() *strings.Replacer {
	var pairs []string
	for _, name := range []string{"place", "item", "team", "food", "shop", "mood", "num"} {
		pairs = append(pairs, "{"+name+"}", pick(c, c.data.Slots[name]))
	}
	return strings.NewReplacer(pairs...)
}

func pick[T any](c *chatter, list []T) T { return list[c.random.IntN(len(list))] }
