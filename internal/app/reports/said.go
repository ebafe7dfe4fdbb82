package reports

import (
	"cmp"
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/internal/report/periodic"
	"huiying/internal/store"
	"huiying/internal/store/reports"
	"huiying/internal/web/mark"
)

// topic is a matter as the posts of a period tell of it.
type topic struct {
	n     int
	level huiying.Level
	best  periodic.View // the post of it that was heard most
}

// said counts posts.
func (c *count) said(ctx context.Context, q store.Querier) error {
	if c.ask.Kind == periodic.Special {
		c.seen = &course{first: map[string]moment{}}
	}
	c.cut()
	for _, t := range c.tallies() {
		c.begin(t)
		ask := reports.PostAsk{From: t.span.from, To: earlier(t.span.to, c.end), Event: c.ask.Event, Upto: c.head.Posts}
		err := reports.Posts(ctx, q, ask, func(p reports.Post) {
			c.post(t, p)
			if t == c.now {
				c.remember(p)
			}
		})
		if err != nil {
			return err
		}
	}
	c.settle()
	return nil
}

// begin names the figures that a report always has, so that nothing said is
// zero and not missing.
func (c *count) begin(t *tally) {
	t.at("posts")
	t.at("posts.critical").Rate = true
	for _, l := range huiying.Levels() {
		t.at("posts.level." + string(l))
	}
	for _, tone := range append(huiying.Sentiments(), "unsure") {
		t.at("posts.tone." + tone)
	}
	for _, side := range periodic.Sides() {
		t.at("posts.side." + side)
	}
}

// critical reports that a post complains: its tone is negative, or that is what
// its author wants. What the judgement is not sure of does not count.
func critical(p reports.Post) bool {
	return p.Tone == "negative" || p.Intent == "complaint" || p.Intent == "report"
}

func (c *count) post(t *tally, p reports.Post) {
	bad := critical(p)
	t.add("posts", p.ID)
	t.part("posts.critical", p.ID, bad)
	t.add("posts.platform."+p.Platform, p.ID)
	t.add("posts.level."+string(p.Level), p.ID)
	t.add("posts.tone."+cmp.Or(p.Tone, "unsure"), p.ID)
	t.add("posts.side."+periodic.SideOf(p.Verified), p.ID)
	if bad {
		t.add("posts.critical."+p.Platform, p.ID)
	}
}

// remember takes in of a post what only the period itself is told with.
func (c *count) remember(p reports.Post) {
	bad := critical(p)
	if i := c.stepOf(p.Seen); i >= 0 {
		c.now.add(c.steps[i].Figure, p.ID)
		if bad {
			c.now.add(c.steps[i].Critical, p.ID)
		}
	}
	v := periodic.View{Post: p.ID, Side: periodic.SideOf(p.Verified), Critical: bad, Platform: p.Platform, At: p.Seen, Tagged: p.Level.Alerts(), Heat: p.Heat}
	if !p.Repeats {
		c.chooser.See(v)
	}
	if c.seen != nil {
		c.seen.post(c, p)
		return
	}
	c.matter(p, v)
	if c.ask.Kind == periodic.Daily {
		return
	}
	for _, item := range p.Items {
		c.now.add("item."+item, p.ID)
		if bad {
			c.now.add("item.critical."+item, p.ID)
		}
	}
}

func (c *count) matter(p reports.Post, v periodic.View) {
	if p.Topic == "" || c.ask.Kind == periodic.Daily {
		return
	}
	c.now.add("event."+p.Topic, p.ID)
	if v.Critical {
		c.now.add("event.critical."+p.Topic, p.ID)
	}
	t := c.topics[p.Topic]
	if t == nil {
		t = &topic{level: p.Level, best: v}
		c.topics[p.Topic] = t
	}
	t.n++
	t.level = huiying.MoreUrgent(t.level, p.Level)
	if v.Heat > t.best.Heat {
		t.best = v
	}
}

// Bounds of what is listed.
const (
	mostTopics  = 10
	leastPosts  = 3 // of an event that is listed
	mostItems   = 20
	hourly      = 72 * time.Hour // up to this a curve has a point an hour
	wordsQuoted = 100            // characters
	wordsNaming = 24
)

// settle keeps of events and items those with the most posts.
func (c *count) settle() {
	f := c.facts
	f.Platforms = append(f.Platforms, c.most("posts.platform.", 0)...)
	if c.ask.Kind == periodic.Special {
		c.now.at("platforms").N = len(f.Platforms)
		for _, p := range f.Platforms {
			c.behind.note("platforms", p, true)
		}
		return
	}
	ids := slices.SortedFunc(maps.Keys(c.topics), func(a, b string) int { return cmp.Or(cmp.Compare(c.topics[b].n, c.topics[a].n), cmp.Compare(a, b)) })
	keep := map[string]bool{}
	for _, id := range ids {
		if t := c.topics[id]; len(f.Topics) < mostTopics && t.n >= leastPosts {
			f.Topics = append(f.Topics, periodic.Topic{Named: periodic.Named{ID: id}, Level: t.level, Post: t.best.Post})
			keep[id], keep["critical."+id] = true, true
		}
	}
	c.now.drop("event.", keep)
	keep = map[string]bool{}
	for _, id := range c.most("item.", mostItems) {
		f.Items = append(f.Items, periodic.Named{ID: id, Name: id})
		keep[id], keep["critical."+id] = true, true
	}
	c.now.drop("item.", keep)
}

// most lists what the figures under a prefix are of, the greatest first.
func (c *count) most(prefix string, limit int) []string {
	var ids []string
	for _, id := range c.now.order {
		if rest, ok := strings.CutPrefix(id, prefix); ok && !strings.HasPrefix(rest, "critical.") {
			ids = append(ids, rest)
		}
	}
	slices.SortFunc(ids, func(a, b string) int {
		return cmp.Or(cmp.Compare(c.now.figures[prefix+b].N, c.now.figures[prefix+a].N), cmp.Compare(a, b))
	})
	if limit > 0 {
		ids = ids[:min(len(ids), limit)]
	}
	return ids
}

// cut parts the period into the steps of its curve: hours, or days of the
// office, and says of each whether everything was read in it.
func (c *count) cut() {
	zone := c.Office.Zone
	next := func(t time.Time) time.Time {
		y, m, d := t.In(zone).Date()
		return time.Date(y, m, d+1, 0, 0, 0, 0, zone)
	}
	if c.end.Sub(c.ask.From) <= hourly {
		next = func(t time.Time) time.Time { return t.Truncate(time.Hour).Add(time.Hour) }
	}
	for at := c.ask.From; at.Before(c.end); {
		to := earlier(next(at), c.end)
		name := at.In(zone).Format(time.RFC3339)
		p := periodic.Point{Figure: "posts.at." + name, Critical: "posts.critical_at." + name, From: at, To: to}
		p.Gap, p.Dark = c.missed(at, to)
		c.now.at(p.Figure)
		c.now.at(p.Critical)
		c.now.figures[p.Figure].From, c.now.figures[p.Figure].To = at, to
		c.now.figures[p.Critical].From, c.now.figures[p.Critical].To = at, to
		c.steps = append(c.steps, p)
		at = to
	}
	c.facts.Volume = append(c.facts.Volume, c.steps...)
}

func (c *count) stepOf(t time.Time) int {
	i, found := slices.BinarySearchFunc(c.steps, t, func(p periodic.Point, t time.Time) int { return p.From.Compare(t) })
	if !found {
		i--
	}
	return i
}

// perSide is how many views of a side are quoted.
func perSide(kind string) int {
	switch kind {
	case periodic.Daily:
		return 3
	case periodic.Special:
		return 5
	}
	return 4
}

// quote chooses the views and reads their words, and those that name events.
func (c *count) quote(ctx context.Context, q store.Querier) (map[string]string, error) {
	f := c.facts
	f.Views = append(f.Views, c.chooser.Choose(perSide(c.ask.Kind))...)
	var ids []string
	for _, v := range f.Views {
		ids = append(ids, v.Post)
	}
	for _, t := range f.Topics {
		ids = append(ids, t.Post)
	}
	said, err := reports.Judgements(ctx, q, ids)
	if err != nil {
		return nil, err
	}
	words := map[string]string{}
	for id, j := range said {
		words[id] = c.words(j)
	}
	for i, v := range f.Views {
		f.Views[i].Who = publicName(said[v.Post])
	}
	for i, t := range f.Topics {
		if f.Topics[i].Name, err = reports.RenamedEvent(ctx, q, t.ID); err != nil {
			return nil, err
		}
	}
	return words, nil
}

// publicName is the name of an account that speaks for an office or an outlet;
// nobody else has one.
func publicName(j huiying.Judgement) string {
	if v := j.Post.Author.Verified; v == "government" || v == "media" {
		return j.Post.Author.Name
	}
	return ""
}

// mention is another account that a post names.
var mention = regexp.MustCompile(`@[\p{L}\p{N}_-]{1,30}`)

// words are what a post says, masked and cut short.
func (c *Counter) words(j huiying.Judgement) string {
	p := mark.Masked(j).Post
	return cutTo(c.masked(p.Title+" "+p.Text), wordsQuoted)
}

// masked is a text in one line that names nobody.
func (c *Counter) masked(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if c.Mask != nil {
		text = c.Mask(text)
	}
	return mention.ReplaceAllString(text, "@＊")
}

func cutTo(text string, n int) string {
	if r := []rune(text); len(r) > n {
		return string(r[:n]) + "…"
	}
	return text
}
