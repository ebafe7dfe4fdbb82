package patrol

import (
	"context"
	"errors"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"huiying/crawler"
	"huiying/crawler/patrol/settings"
	"huiying/crawler/patrol/sight"
	"huiying/crawler/patrol/wording"
)

// round is one walk over the site, breadth first from the home page, over as
// many visits as it takes.
type round struct {
	Began   int64    `json:"b,omitempty"` // unix seconds, 0 = none under way
	Links   []link   `json:"l,omitempty"` // in the order they were met
	Pages   int      `json:"p,omitempty"` // pages read
	Dropped int      `json:"d,omitempty"` // addresses beyond the bound
	Unread  int      `json:"u,omitempty"` // pages beyond the bound: looked at, their links and words not read
	Untold  int      `json:"n,omitempty"` // dead links beyond what is told one by one
	Words   []string `json:"w,omitempty"` // mistakes met
	Columns []seen   `json:"c,omitempty"`

	index map[string]int
}

// link is one address of the round.
type link struct {
	URL   string `json:"u"`
	From  []int  `json:"f,omitempty"` // pages it stands on, by their place in the list
	Depth int    `json:"d,omitempty"`
	State string `json:"s,omitempty"`
	Why   string `json:"w,omitempty"`
	Tries int    `json:"t,omitempty"`
	At    int64  `json:"a,omitempty"` // when it was last asked for
	New   int64  `json:"n,omitempty"` // newest date on it, of the home page and those it links to
	Chan  bool   `json:"c,omitempty"` // its words name a channel for the public
}

// States of a link.
const (
	todo     = ""
	fine     = "k"
	dead     = "d"
	trouble  = "t" // to be asked for once more
	unsaid   = "x" // could not or may not be asked
	maxFrom  = 5
	maxTries = 2
	patience = 20 * time.Minute // before a link in trouble is asked for again
)

// seen is what was seen of one column.
type seen struct {
	Name  string `json:"n"`
	URL   string `json:"u"`
	Class string `json:"c,omitempty"`
	Days  int    `json:"d,omitempty"`
	New   int64  `json:"t,omitempty"`
	Blank bool   `json:"b,omitempty"`
}

// check refuses a round that this package did not write.
func (d *round) check() error {
	for i, l := range d.Links {
		if slices.ContainsFunc(l.From, func(n int) bool { return n < 0 || n >= len(d.Links) || n == i && i > 0 }) {
			return errors.New("a round with impossible links")
		}
	}
	return nil
}

// add notes an address met on a page; from -1 is the office's own list.
func (d *round) add(address string, from, bound int) int {
	if d.index == nil {
		d.index = map[string]int{}
		for i, l := range d.Links {
			d.index[l.URL] = i
		}
	}
	i, ok := d.index[address]
	switch {
	case !ok && len(d.Links) >= bound:
		d.Dropped++
		return -1
	case !ok:
		i = len(d.Links)
		depth := 1
		if from >= 0 {
			depth = d.Links[from].Depth + 1
		}
		d.Links = append(d.Links, link{URL: address, Depth: depth})
		d.index[address] = i
	}
	l := &d.Links[i]
	if from >= 0 && from != i && len(l.From) < maxFrom && !slices.Contains(l.From, from) {
		l.From = append(l.From, from)
	}
	return i
}

// round walks on, and judges once all addresses were looked at.
func (r *visit) round(ctx context.Context) error {
	d := &r.cursor.Round
	if d.Began == 0 {
		if !r.due(settings.JobRound) || !slices.ContainsFunc([]string{settings.PartLinks, settings.PartWording, settings.PartHome, settings.PartColumns, settings.PartChannels}, r.opt.Does) {
			return nil
		}
		r.begin()
	}
	for {
		i, waits := d.next(r.now)
		if waits {
			r.note("round: %d of %d addresses, some are asked for once more", d.looked(), len(d.Links))
			return nil
		}
		if i < 0 {
			return r.judge(ctx)
		}
		err := r.step(ctx, i)
		if errors.Is(err, errEnough) {
			r.note("round: %d of %d addresses", d.looked(), len(d.Links))
		}
		if err != nil {
			return err
		}
		if home := d.Links[0]; home.State != todo && home.State != fine && home.State != trouble {
			r.note("round put off: the home page is not there")
			*d = round{}
			r.cursor.Done[settings.JobRound] = r.now.Add(min(0, time.Hour-r.opt.Every[settings.JobRound])).Unix()
			return nil
		}
	}
}

func (r *visit) begin() {
	d := &r.cursor.Round
	*d = round{Began: r.now.Unix()}
	d.add(r.opt.URL, -1, r.opt.Links)
	d.Links[0].Depth = 0
	for _, c := range r.opt.Columns {
		d.add(c.URL, 0, r.opt.Links)
	}
}

// next is the address to ask for: the first new one, else one in trouble whose
// wait is over; -1 when all are done.
func (d *round) next(now time.Time) (i int, waits bool) {
	if i = slices.IndexFunc(d.Links, func(l link) bool { return l.State == todo }); i >= 0 {
		return i, false
	}
	ready := func(l link) bool {
		return l.State == trouble && now.Sub(time.Unix(l.At, 0)) >= patience
	}
	if i = slices.IndexFunc(d.Links, ready); i >= 0 {
		return i, false
	}
	return -1, slices.ContainsFunc(d.Links, func(l link) bool { return l.State == trouble })
}

func (d *round) looked() int {
	n := 0
	for _, l := range d.Links {
		if l.State != todo {
			n++
		}
	}
	return n
}

// step looks at one address: pages of the site are read while the bound
// allows, all else is asked for its header first.
func (r *visit) step(ctx context.Context, i int) error {
	d := &r.cursor.Round
	l := d.Links[i]
	read := r.opt.Own(l.URL) && readable(l.URL)
	beyond := read && d.Pages >= r.opt.Pages
	read = read && !beyond
	if beyond && l.Tries == 0 {
		defer func() { d.Unread += count(d.Links[i].State != todo) }()
	}
	if !read && !r.opt.Does(settings.PartLinks) {
		d.Links[i].State = unsaid
		return nil
	}
	a, err := r.ask(ctx, crawler.Request{URL: l.URL, Head: !read})
	if err != nil {
		return err
	}
	if !read && (a.kind == gone || a.kind == troubled || a.kind == forbidden) {
		if a, err = r.ask(ctx, crawler.Request{URL: l.URL}); err != nil { // some answer a question for the header wrongly
			return err
		}
	}
	if a.kind == there && read {
		d.Pages++
		if err := r.page(ctx, i, &a); err != nil {
			return err
		}
	}
	return r.looked(ctx, i, a)
}

// looked notes what an address turned out to be.
func (r *visit) looked(ctx context.Context, i int, a answer) error {
	l := &r.cursor.Round.Links[i]
	l.At, l.Why = r.now.Unix(), a.why
	l.Tries++
	switch a.kind {
	case there:
		l.State = fine
	case gone:
		l.State = dead
	case troubled:
		l.State = trouble
		if l.Tries >= maxTries {
			l.State = dead
		}
	default:
		l.State = unsaid
	}
	if l.State == dead && i > 0 {
		return r.deadLink(ctx, i, a)
	}
	return nil
}

// readable reports an address that looks like a page rather than a file.
func readable(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	switch strings.ToLower(path.Ext(u.Path)) {
	case "", ".html", ".htm", ".shtml", ".xhtml", ".jsp", ".jspx", ".php", ".asp", ".aspx", ".do", ".action", ".cgi", ".flow":
		return true
	}
	return false
}

// page reads a page of the site: its links, words and dates.
func (r *visit) page(ctx context.Context, i int, a *answer) error {
	d := &r.cursor.Round
	address := d.Links[i].URL
	body, _ := crawler.Decode(a.page.Body, a.page.Header.Get("Content-Type"))
	if !html(a.page.Header.Get("Content-Type"), body) {
		return nil
	}
	s := sight.Look(body, a.page.URL, r.now.In(r.Zone))
	if s.Gone != "" {
		a.kind, a.why = gone, "页面写明：“"+s.Gone+"”"
		return nil
	}
	if d.Links[i].Depth <= 1 && !s.Newest.IsZero() {
		d.Links[i].New = s.Newest.Unix()
	}
	if i > 0 {
		r.column(address, s)
	}
	for _, l := range s.Links {
		if settings.Begins(l.URL, r.opt.Skip) {
			continue
		}
		n := d.add(l.URL, i, r.opt.Links)
		if n >= 0 && d.Links[i].Depth <= 1 && slices.ContainsFunc(r.opt.Channels, func(c string) bool { return strings.Contains(l.Words, c) }) {
			d.Links[n].Chan = true
		}
	}
	if !r.opt.Does(settings.PartWording) || settings.Begins(address, r.opt.Words.Except) {
		return nil
	}
	for _, h := range r.opt.Mistakes.Find(s.Title + "\n" + s.Text) {
		if err := r.mistake(ctx, i, h, a.page.Evidence); err != nil {
			return err
		}
	}
	return nil
}

func html(contentType string, body []byte) bool {
	if contentType == "" {
		return strings.Contains(strings.ToLower(string(body[:min(len(body), 1024)])), "<")
	}
	return strings.Contains(contentType, "html")
}

// column notes a page that is a column.
func (r *visit) column(address string, s sight.Sight) {
	if c, ok := r.columnOf(address, s); ok {
		r.cursor.Round.Columns = append(r.cursor.Round.Columns, c)
	}
}

// columnOf is what a page shows that is one of the office's list, or a column
// by its own tags.
func (r *visit) columnOf(address string, s sight.Sight) (c seen, ok bool) {
	c = seen{URL: address, Name: s.Column, Class: classOf(s.Class + s.Column), Blank: s.Blank}
	if i := slices.IndexFunc(r.opt.Columns, func(x settings.Column) bool { return x.URL == address }); i >= 0 {
		own := r.opt.Columns[i]
		c.Name, c.Days = own.Name, own.Days
		if own.Class != "" {
			c.Class = own.Class
		}
	}
	if !s.Newest.IsZero() {
		c.New = s.Newest.Unix()
	}
	return c, c.Name != ""
}

// classOf is the norm's class of a column by its name.
func classOf(name string) string {
	for _, row := range []struct {
		class string
		marks []string
	}{
		{"notice", []string{"通知", "公告", "公示", "政策", "文件", "法规"}},
		{"news", []string{"动态", "要闻", "新闻", "资讯"}},
	} {
		if slices.ContainsFunc(row.marks, func(m string) bool { return strings.Contains(name, m) }) {
			return row.class
		}
	}
	return ""
}

// mistake tells a wrong word the first time the round meets it.
func (r *visit) mistake(ctx context.Context, i int, h wording.Hit, proof string) error {
	d := &r.cursor.Round
	if slices.Contains(d.Words, h.Wrong) {
		return nil
	}
	d.Words = append(d.Words, h.Wrong)
	return r.wrong(ctx, d.Links[i].URL, h, proof)
}
