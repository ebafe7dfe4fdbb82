package replica

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Happenings gives what has happened up to a moment and was not given before,
// in the order of time. The world asks for it before every answer, so nothing
// runs in the background.
type Happenings interface {
	Until(now time.Time) []Change
}

// Options make a World. Now is the clock of the incident; Happenings may be
// nil.
type Options struct {
	Now        func() time.Time
	Happenings Happenings
	PerPage    int // posts of one list page, 10 when not given
}

// World is what the replicas show, and the list of what they have shown. It
// is safe for concurrent use.
type World struct {
	now     func() time.Time
	source  Happenings
	perPage int

	mu       sync.Mutex
	lastMid  int64
	letterN  int
	articleN int
	names    map[string]any // script key → *post, *comment, *letter, *article
	byMid    map[int64]*post
	byBid    map[string]*post
	posts    []*post           // in the order of their mids
	accounts map[int64]Account // as last seen
	timeline map[int64][]*post // of an account, in the order of their mids
	letters  []*letter         // in the order of their arrival
	articles []*article
	faults   []error
	seen     map[string]*Seen
	order    []string
}

type post struct {
	mid      int64
	at       time.Time
	by       Account
	text     string
	of       *post
	region   string
	client   string
	pinned   bool
	pics     int
	counts   Counts
	edits    int
	editedAt time.Time
	deleted  bool
	comments []*comment // first level, oldest first
	total    int64      // comments and replies
	reposts  []*post
}

type comment struct {
	id      int64
	floor   int
	at      time.Time
	by      Account
	text    string
	region  string
	likes   int64
	on      *post
	root    *comment // nil for first level
	to      *comment // the one it answers
	replies []*comment
}

type letter struct {
	id      string
	kind    string
	title   string
	text    string
	gbk     bool
	at      time.Time
	answers []answer
}

type answer struct {
	org  string
	text string
	at   time.Time
}

type article struct {
	id string
	Article
	at time.Time
}

// NewWorld makes an empty world.
func NewWorld(o Options) *World {
	if o.PerPage <= 0 {
		o.PerPage = 10
	}
	return &World{
		now: o.Now, source: o.Happenings, perPage: o.PerPage,
		names: map[string]any{}, byMid: map[int64]*post{}, byBid: map[string]*post{},
		accounts: map[int64]Account{}, timeline: map[int64][]*post{}, seen: map[string]*Seen{},
	}
}

// lock takes the world at this moment: everything that has happened by now is
// applied.
func (w *World) lock() (now time.Time, unlock func()) {
	w.mu.Lock()
	now = w.now()
	if w.source != nil {
		for _, c := range w.source.Until(now) {
			if err := w.apply(c); err != nil {
				w.faults = append(w.faults, err)
			}
		}
	}
	return now, w.mu.Unlock
}

// Apply makes a change at once, whatever the clock says. An error means that
// the change names something the world does not know.
func (w *World) Apply(c Change) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.apply(c)
}

// Advance applies what has happened by now without serving anything, and
// gives the errors of every change that could not be applied so far.
func (w *World) Advance() []error {
	_, unlock := w.lock()
	defer unlock()
	return slices.Clone(w.faults)
}

func (w *World) apply(c Change) error {
	switch {
	case c.Post != nil:
		return w.addPost(c.At, *c.Post)
	case c.Comment != nil:
		return w.addComment(c.At, *c.Comment)
	case c.Edit != nil:
		return w.onPost(c.Edit.Key, func(p *post) { p.text, p.edits, p.editedAt = c.Edit.Text, p.edits+1, c.At })
	case c.Delete != nil:
		return w.onPost(c.Delete.Key, func(p *post) { p.deleted = true })
	case c.Grow != nil:
		return w.onPost(c.Grow.Key, func(p *post) { p.counts = c.Grow.Counts })
	case c.Letter != nil:
		w.addLetter(c.At, *c.Letter)
	case c.Answer != nil:
		return w.addAnswer(c.At, *c.Answer)
	case c.Article != nil:
		w.addArticle(c.At, *c.Article)
	}
	return nil
}

func (w *World) addPost(at time.Time, n Post) error {
	p := &post{
		mid: w.nextMid(at), at: at, by: n.By, text: n.Text, region: n.Region,
		client: cmp.Or(n.Client, "微博网页版"), pinned: n.Pinned, pics: n.Pics, counts: n.Counts,
	}
	if n.Of != "" {
		original, ok := w.names[n.Of].(*post)
		if !ok {
			return fmt.Errorf("post %q reposts %q, which is not there", n.Key, n.Of)
		}
		if original.of != nil {
			original = original.of
		}
		p.of = original
		original.reposts = append(original.reposts, p)
	}
	if n.Key != "" {
		w.names[n.Key] = p
	}
	w.accounts[n.By.UID] = n.By
	w.byMid[p.mid], w.byBid[Bid(p.mid)] = p, p
	w.posts = append(w.posts, p)
	w.timeline[n.By.UID] = append(w.timeline[n.By.UID], p)
	return nil
}

func (w *World) addComment(at time.Time, n Comment) error {
	c := &comment{id: w.nextMid(at), at: at, by: n.By, text: n.Text, region: n.Region, likes: n.Likes}
	switch on := w.names[n.On].(type) {
	case *post:
		c.on = on
		c.floor = len(on.comments) + 1
		on.comments = append(on.comments, c)
	case *comment:
		c.on, c.to, c.root = on.on, on, on
		if on.root != nil {
			c.root = on.root
		}
		c.floor = len(c.root.replies) + 1
		c.root.replies = append(c.root.replies, c)
	default:
		return fmt.Errorf("comment %q is on %q, which is not there", n.Key, n.On)
	}
	c.on.total++
	if n.Key != "" {
		w.names[n.Key] = c
	}
	w.accounts[n.By.UID] = n.By
	return nil
}

func (w *World) onPost(key string, do func(*post)) error {
	p, ok := w.names[key].(*post)
	if !ok {
		return fmt.Errorf("there is no post %q to change", key)
	}
	do(p)
	return nil
}

func (w *World) addLetter(at time.Time, n Letter) {
	w.letterN++
	l := &letter{
		id:   "ZW" + at.In(siteZone).Format("060102") + fmt.Sprintf("%05d", w.letterN),
		kind: n.Kind, title: n.Title, text: n.Text, gbk: n.GBK, at: at,
	}
	w.letters = append(w.letters, l)
	if n.Key != "" {
		w.names[n.Key] = l
	}
}

func (w *World) addAnswer(at time.Time, n Answer) error {
	l, ok := w.names[n.Letter].(*letter)
	if !ok {
		return fmt.Errorf("there is no letter %q to answer", n.Letter)
	}
	l.answers = append(l.answers, answer{org: n.Org, text: n.Text, at: at})
	return nil
}

func (w *World) addArticle(at time.Time, n Article) {
	w.articleN++
	w.articles = append(w.articles, &article{id: strconv.Itoa(600000 + w.articleN), Article: n, at: at})
}

// find is the post of a mid or bid, nil when there is none.
func (w *World) find(id string) *post {
	if mid, err := strconv.ParseInt(strings.TrimSpace(id), 10, 64); err == nil {
		return w.byMid[mid]
	}
	return w.byBid[id]
}
